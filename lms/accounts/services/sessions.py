"""Signing in and out: a session is a row, and ending the row ends every copy of its cookie."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update

from lms import audit, clock
from lms.accounts import queries
from lms.accounts.models import HalfSignIn, PasswordConfirmation, Person, PersonState, SignInSession
from lms.accounts.queries import LiveSession, hash_key
from lms.accounts.services import doors
from lms.db import db, insert_once

KEY_BYTES = 32
HALF_MINUTES = 10  # how long a code is waited for after the password
LAST_SEEN_STEP = timedelta(minutes=5)  # how exactly it is known when a session was last used


@dataclass(frozen=True)
class Opened:
    """A new session, and the key for its cookie, which is known only now."""

    session: SignInSession
    key: str


@dataclass(frozen=True)
class HalfOpened:
    """The password was right and a code is still to come; the key for the cookie that waits for it."""

    half: HalfSignIn
    key: str


@dataclass(frozen=True)
class Checked:
    """A password that was found right before this transaction began.

    `new_hash` replaces an outdated hash; None keeps it.
    """

    person_id: int
    password_hash: str
    new_hash: str | None = None


def sign_in(
    checked: Checked, *, typed_name: str, device: str, days: int, before: SignInSession | None = None
) -> Opened | HalfOpened | None:
    """Open a session with a new key and end the one this browser had; None when the account changed since the check.

    Who has a second factor only comes half in. `before`: the session this browser's cookie names, in any state.
    """
    # Locked: a session opened with the old password while a new one is set would survive the change.
    person = db.session.get(Person, checked.person_id, populate_existing=True, with_for_update=True)
    if person is None or person.state is not PersonState.ACTIVE or person.password_hash != checked.password_hash:
        return None
    if checked.new_hash is not None:
        person.password_hash = checked.new_hash
    doors.forgive(doors.SIGN_IN, typed_name)
    if queries.find_second_factor(person.id) is not None:
        return _open_half(person, device)
    return open_session(person, device=device, days=days, before=before)


def open_session(person: Person, *, device: str, days: int, before: SignInSession | None) -> Opened:
    """Open a session for somebody who has proved everything there is to prove; the caller has locked the person."""
    opened = _open(person, device, days, before)
    if before is not None:
        end_session(before)
    audit.record(person.id, "signed in", audit.Subject("session", opened.session.id))
    return opened


def renew_key(session_id: int) -> str | None:
    """Give a live session a new key, so that a copy of the old cookie opens nothing; None when it has ended."""
    key = secrets.token_urlsafe(KEY_BYTES)
    renewed = (
        update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(key_hash=hash_key(key))
    )
    return key if db.session.execute(renewed).rowcount else None  # type: ignore[attr-defined]  # DML returns a CursorResult


def note_password(session_id: int) -> None:
    """Note that the password was given once more in this session (two statements)."""
    if insert_once(PasswordConfirmation, session_id=session_id, confirmed_at=clock.now()):
        return
    again = update(PasswordConfirmation).where(PasswordConfirmation.session_id == session_id)
    db.session.execute(again.values(confirmed_at=clock.now()))


def sign_out(session: LiveSession) -> None:
    """End the session of this browser."""
    if end_session(session):
        audit.record(session.person_id, "signed out", audit.Subject("session", session.id))


def end_own_session(session: SignInSession, *, by_id: int) -> None:
    """End one session from the person's own list; ending it again changes nothing."""
    if end_session(session):
        audit.record(by_id, "ended a session", audit.Subject("session", session.id))


def end_sessions(person_id: int, *, by_id: int, keep_id: int | None = None) -> int:
    """Sign a person out everywhere, but for the session `keep_id`; return how many sessions ended."""
    n_ended = end_all(person_id, keep_id=keep_id)
    audit.record(by_id, "ended sessions", audit.Subject("person", person_id), {"n_sessions": n_ended})
    return n_ended


def end_all(person_id: int, *, keep_id: int | None = None) -> int:
    """End a person's sessions, and what waits for a code, as part of another change; return how many sessions ended.

    Two statements.
    """
    db.session.execute(delete(HalfSignIn).where(HalfSignIn.person_id == person_id))
    ended = (
        update(SignInSession)
        .where(SignInSession.person_id == person_id, SignInSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    if keep_id is not None:
        ended = ended.where(SignInSession.id != keep_id)
    return int(db.session.execute(ended).rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult


def end_session(session: LiveSession | SignInSession) -> bool:
    """End one session; False when it had ended before (one statement)."""
    ended = (
        update(SignInSession)
        .where(SignInSession.id == session.id, SignInSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    return bool(db.session.execute(ended).rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult


def note_last_seen(session_id: int, now: datetime) -> None:
    """Note that a session was used, at most once in five minutes (one statement)."""
    seen = (
        update(SignInSession)
        .where(
            SignInSession.id == session_id,
            SignInSession.ended_at.is_(None),
            SignInSession.last_seen_at <= now - LAST_SEEN_STEP,
        )
        .values(last_seen_at=now)
    )
    db.session.execute(seen)


def _open_half(person: Person, device: str) -> HalfOpened:
    now, key = clock.now(), secrets.token_urlsafe(KEY_BYTES)
    half = HalfSignIn(
        person_id=person.id,
        key_hash=hash_key(key),
        device=device[:80],
        created_at=now,
        expires_at=now + timedelta(minutes=HALF_MINUTES),
    )
    db.session.add(half)
    audit.record(person.id, "gave the right password", audit.Subject("person", person.id))
    return HalfOpened(half, key)


def _open(person: Person, device: str, days: int, before: SignInSession | None) -> Opened:
    now, key = clock.now(), secrets.token_urlsafe(KEY_BYTES)
    is_own = before is not None and before.person_id == person.id
    session = SignInSession(
        person=person,
        key_hash=hash_key(key),
        csrf_nonce=_csrf_nonce(before if is_own else None),
        device=device[:80],
        organization_id=before.organization_id if before is not None and is_own else None,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(days=days),
    )
    db.session.add(session)
    db.session.flush()  # the audit names the session by its id
    return Opened(session, key)


def _csrf_nonce(before: SignInSession | None) -> str:
    """Keep the nonce when a session merely ran out: forms still open in other tabs of this browser can then be sent."""
    has_run_out = before is not None and before.ended_at is None
    return before.csrf_nonce if before is not None and has_run_out else secrets.token_hex(20)

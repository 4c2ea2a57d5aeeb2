"""Signing in and out: a session is a row, and ending the row ends every copy of its cookie."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update

from lms import audit, clock
from lms.accounts.models import Person, PersonState, SignInSession
from lms.accounts.queries import hash_key
from lms.accounts.services import doors
from lms.db import db

KEY_BYTES = 32
LAST_SEEN_STEP = timedelta(minutes=5)  # how exactly it is known when a session was last used


@dataclass(frozen=True)
class Opened:
    """A new session, and the key for its cookie, which is known only now."""

    session: SignInSession
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
) -> Opened | None:
    """Open a session with a new key and end the one this browser had; None when the account changed since the check.

    `before`: the session this browser's cookie names, in any state.
    """
    # Locked: a session opened with the old password while a new one is set would survive the change.
    person = db.session.get(Person, checked.person_id, populate_existing=True, with_for_update=True)
    if person is None or person.state is not PersonState.ACTIVE or person.password_hash != checked.password_hash:
        return None
    if checked.new_hash is not None:
        person.password_hash = checked.new_hash
    opened = _open(person, device, days, before)
    if before is not None:
        end_session(before)
    doors.forgive(doors.SIGN_IN, typed_name)
    audit.record(person.id, "signed in", audit.Subject("session", opened.session.id))
    return opened


def sign_out(session: SignInSession) -> None:
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
    """End a person's sessions as part of another change; return how many ended (one statement)."""
    ended = (
        update(SignInSession)
        .where(SignInSession.person_id == person_id, SignInSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    if keep_id is not None:
        ended = ended.where(SignInSession.id != keep_id)
    return int(db.session.execute(ended).rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult


def end_session(session: SignInSession) -> bool:
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

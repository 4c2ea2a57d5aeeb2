"""The second step at sign-in: setting the app up, confirming by a code, new codes on paper, and taking it away.

Whatever changes the factor ends every other session of the person: those were opened without it.
"""

import secrets
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, insert, update

from lms import audit, clock, limits, links, outbox
from lms.accounts import queries, second_factors
from lms.accounts.models import HalfSignIn, Person, PersonState, SecondFactor, SecondFactorRecoveryCode, SignInSession
from lms.accounts.queries import hash_key
from lms.accounts.services import doors, sessions
from lms.accounts.services.sessions import Opened
from lms.db import db
from lms.outbox import OutboxKind

SECOND_CLICK_SECONDS = 60
MAIL_TOPIC = "accounts/second-factor-changed"


class Change(StrEnum):
    """What a person is told by mail, so that a stranger's doing is noticed."""

    SET_UP = "set-up"
    REMOVED = "removed"
    RESET = "reset"
    CODE_USED = "code-used"
    CODES_RENEWED = "codes-renewed"


def set_up(person_id: int, nonce: str, typed: str, *, keep_session_id: int, site_key: str) -> list[str] | None:
    """Take an app into use when its code is right, in place of an older one; return the codes for paper, else None.

    Every other session ends: it was opened by a password alone.
    """
    step = second_factors.find_step(second_factors.secret_of(site_key, person_id, nonce), typed, clock.now())
    if step is None:
        return None
    _lock(person_id)
    db.session.execute(delete(SecondFactor).where(SecondFactor.person_id == person_id))
    db.session.execute(
        insert(SecondFactor).values(person_id=person_id, nonce=nonce, confirmed_at=clock.now(), last_used_step=step)
    )
    codes = _new_codes(person_id, site_key)
    n_sessions = sessions.end_all(person_id, keep_id=keep_session_id)
    _record(person_id, "set up a second factor", {"n_sessions": n_sessions}, by_id=person_id)
    _tell(person_id, Change.SET_UP)
    return codes


def renew_codes(person_id: int, *, site_key: str) -> list[str] | None:
    """Replace the codes on paper and return the new ones in clear; None without a second factor."""
    _lock(person_id)
    if queries.find_second_factor(person_id) is None:
        return None
    codes = _new_codes(person_id, site_key)
    _record(person_id, "renewed codes of the second factor", {}, by_id=person_id)
    _tell(person_id, Change.CODES_RENEWED)
    return codes


def remove(person_id: int, *, keep_session_id: int) -> bool:
    """Let a password be enough again; False when it was enough already. Other sessions end."""
    if not _remove(person_id):
        return False
    n_sessions = sessions.end_all(person_id, keep_id=keep_session_id)
    _record(person_id, "removed their second factor", {"n_sessions": n_sessions}, by_id=person_id)
    _tell(person_id, Change.REMOVED)
    return True


def reset(person_id: int, *, by_id: int | None) -> bool:
    """Take the factor away from somebody who lost it and sign them out everywhere; False when there is none.

    `by_id` None: by a command at the console.
    """
    if not _remove(person_id):
        return False
    n_sessions = sessions.end_all(person_id)
    _record(person_id, "reset a second factor", {"n_sessions": n_sessions}, by_id=by_id)
    _tell(person_id, Change.RESET)
    return True


def confirm(
    half: HalfSignIn, typed: str, *, site_key: str, days: int, before: SignInSession | None = None
) -> Opened | None:
    """Turn what waits for a code into a session; None when the code is wrong, used before, or came too late.

    The same code from the same browser a moment later is a second click, and opens the same session.
    """
    person = _lock(half.person_id)
    typed_hash = hash_key(f"{half.id} {''.join(typed.split())}")
    held = db.session.get(HalfSignIn, half.id, populate_existing=True)
    if held is None:
        return None
    if held.ended_at is not None:
        return _open_again(held, typed_hash)
    if person.state is not PersonState.ACTIVE or not _use(person.id, typed, site_key):
        return None
    opened = sessions.open_session(person, device=held.device, days=days, before=before)
    held.ended_at, held.session_id, held.code_hash = clock.now(), opened.session.id, typed_hash
    doors.forgive(doors.SECOND_FACTOR, str(person.id))
    limits.clear(doors.SECOND_FACTOR_DAY, str(person.id))
    return opened


def new_nonce() -> str:
    """Return what the secret of a new app is derived from."""
    return links.new_nonce()


def _open_again(half: HalfSignIn, typed_hash: str) -> Opened | None:
    """Answer a second click: the first answer, with the key of the session in it, may never have arrived."""
    is_same = half.code_hash is not None and secrets.compare_digest(half.code_hash, typed_hash)
    ended_at, session_id = half.ended_at, half.session_id
    if not is_same or ended_at is None or session_id is None:
        return None
    if (clock.now() - ended_at).total_seconds() > SECOND_CLICK_SECONDS:
        return None
    key, session = sessions.renew_key(session_id), db.session.get(SignInSession, session_id)
    return Opened(session, key) if key is not None and session is not None else None


def _use(person_id: int, typed: str, site_key: str) -> bool:
    """Use a code of the app, or one on paper; each works once."""
    factor = queries.find_second_factor(person_id)
    if factor is None:
        return False
    step = second_factors.find_step(second_factors.secret_of(site_key, person_id, factor.nonce), typed, clock.now())
    if step is None:
        return _use_paper(person_id, typed, site_key)
    used = update(SecondFactor).where(SecondFactor.person_id == person_id, SecondFactor.last_used_step < step)
    return _changed(used.values(last_used_step=step))


def _use_paper(person_id: int, typed: str, site_key: str) -> bool:
    used = update(SecondFactorRecoveryCode).where(
        SecondFactorRecoveryCode.person_id == person_id,
        SecondFactorRecoveryCode.code_hash == second_factors.hash_code(site_key, person_id, typed),
        SecondFactorRecoveryCode.used_at.is_(None),
    )
    if not _changed(used.values(used_at=clock.now())):
        return False
    _record(person_id, "used a code of the second factor", {}, by_id=person_id)
    _tell(person_id, Change.CODE_USED)
    return True


def _new_codes(person_id: int, site_key: str) -> list[str]:
    codes, now = second_factors.new_codes(), clock.now()
    db.session.execute(delete(SecondFactorRecoveryCode).where(_codes_of(person_id)))
    hashes = [second_factors.hash_code(site_key, person_id, code) for code in codes]
    rows = [{"person_id": person_id, "code_hash": code_hash, "issued_at": now} for code_hash in hashes]
    db.session.execute(insert(SecondFactorRecoveryCode), rows)
    return codes


def _remove(person_id: int) -> bool:
    _lock(person_id)
    db.session.execute(delete(SecondFactorRecoveryCode).where(_codes_of(person_id)))
    return _changed(delete(SecondFactor).where(SecondFactor.person_id == person_id))


def _codes_of(person_id: int) -> ColumnElement[bool]:
    return SecondFactorRecoveryCode.person_id == person_id


def _lock(person_id: int) -> Person:
    """Wait for a sign-in of the same person that is under way: it would open a session by what is replaced here."""
    return db.session.get_one(Person, person_id, populate_existing=True, with_for_update=True)


def _changed(statement: object) -> bool:
    return bool(db.session.execute(statement).rowcount)  # type: ignore[call-overload]  # DML returns a CursorResult


def _tell(person_id: int, change: Change) -> None:
    payload = {"person_id": person_id, "change": change.value, "changed_at": clock.now().isoformat()}
    outbox.put(OutboxKind.MAIL, MAIL_TOPIC, payload)


def _record(person_id: int, verb: str, changes: dict[str, int], *, by_id: int | None) -> None:
    audit.record(by_id, verb, audit.Subject("person", person_id), changes)

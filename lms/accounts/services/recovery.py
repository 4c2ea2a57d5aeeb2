"""Recovery codes: the way back for people without e-mail, on paper."""

from sqlalchemy import ColumnElement, update

from lms import audit, clock
from lms.accounts import queries, recovery_codes
from lms.accounts.models import PersonState, RecoveryCode
from lms.accounts.services import doors, passwords
from lms.db import db


def issue_recovery_code(person_id: int, *, by_id: int) -> str:
    """Give a person a new recovery code and void older ones; return it in clear, which nobody can do again."""
    code, now = recovery_codes.new_code(), clock.now()
    _void(RecoveryCode.person_id == person_id)
    db.session.add(
        RecoveryCode(
            person_id=person_id,
            code_hash=recovery_codes.hash_code(code),
            issued_at=now,
            issued_by_id=by_id,
        )
    )
    audit.record(by_id, "issued a recovery code", audit.Subject("person", person_id))
    return code


def recover_account(typed_name: str, typed_code: str, *, password_hash: str) -> str | None:
    """Set a new password by a recovery code; return the next code, or None when name and code do not go together."""
    person = queries.find_person_by_name(typed_name)
    person_id = person.id if person is not None and person.state is PersonState.ACTIVE else 0
    if not _use_code(person_id, recovery_codes.hash_code(typed_code)):
        return None
    passwords.replace_password(person_id, password_hash)
    doors.forgive(doors.RECOVER, typed_name)
    doors.forgive(doors.SIGN_IN, typed_name)
    audit.record(person_id, "recovered their account", audit.Subject("person", person_id))
    return issue_recovery_code(person_id, by_id=person_id)


def void_codes_from_others(person_id: int) -> None:
    """Void the code that somebody else made for a person, when the person comes to do more than its maker may see."""
    _void(RecoveryCode.person_id == person_id, RecoveryCode.issued_by_id != person_id)


def void_codes_made_by(person_id: int) -> None:
    """Void the codes that somebody made for others, when it is no longer theirs to help them: they have seen them."""
    _void(RecoveryCode.issued_by_id == person_id, RecoveryCode.person_id != person_id)


def _void(*which: ColumnElement[bool]) -> None:
    is_open = update(RecoveryCode).where(*which, RecoveryCode.voided_at.is_(None))
    db.session.execute(is_open.values(voided_at=clock.now()))


def _use_code(person_id: int, code_hash: str) -> bool:
    used = update(RecoveryCode).where(
        RecoveryCode.person_id == person_id, RecoveryCode.code_hash == code_hash, RecoveryCode.voided_at.is_(None)
    )
    done = db.session.execute(used.values(voided_at=clock.now()))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult

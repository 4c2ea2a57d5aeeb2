"""What becomes of an account when it turns out to be another one's person."""

from sqlalchemy import delete, update

from lms.accounts.models import (
    FORMER_MEMBER,
    AccountExport,
    HalfSignIn,
    Language,
    OneUseLink,
    Person,
    PersonState,
    RecoveryCode,
    SecondFactor,
    SecondFactorRecoveryCode,
    SignInSession,
    Theme,
)
from lms.accounts.services import sessions
from lms.db import db

OF_THE_ACCOUNT = (
    RecoveryCode,
    OneUseLink,
    SecondFactor,
    SecondFactorRecoveryCode,
    HalfSignIn,
    SignInSession,
    AccountExport,
)
NO_PASSWORD = "!"  # no hash: no password fits


def merge_accounts(kept_id: int, gone_id: int) -> None:
    """Let one account be enough: it takes over what it lacks of name, address and alias, and the other is emptied.

    Password, recovery code and second factor stay those of the kept account; both are signed out everywhere.
    """
    kept, gone = (db.session.get_one(Person, each, populate_existing=True) for each in (kept_id, gone_id))
    taken = {name: getattr(gone, name) for name in ("name", "email", "alias") if getattr(kept, name) is None}
    issued = update(RecoveryCode).where(RecoveryCode.issued_by_id == gone_id, RecoveryCode.person_id != gone_id)
    db.session.execute(issued.values(issued_by_id=kept_id))
    sessions.end_all(kept_id)
    empty_account(gone_id)
    if taken:
        db.session.execute(update(Person).where(Person.id == kept_id).values(**taken))
    db.session.expire(kept)
    db.session.expire(gone)


def empty_account(person_id: int) -> None:
    """Take everything from an account but its number: nobody can sign in, and nothing says whose it was."""
    for table in OF_THE_ACCOUNT:
        db.session.execute(delete(table).where(table.person_id == person_id))
    emptied = update(Person).where(Person.id == person_id)
    db.session.execute(
        emptied.values(
            name=None,
            email=None,
            alias=f"{FORMER_MEMBER}{person_id}",
            password_hash=NO_PASSWORD,
            state=PersonState.SUSPENDED,
            is_administrator=False,
            language=Language.ENGLISH,
            theme=Theme.AUTO,
        )
    )

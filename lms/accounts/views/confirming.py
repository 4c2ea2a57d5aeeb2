"""Asking a signed-in person for the password once more."""

from dataclasses import dataclass

from lms.accounts import passwords
from lms.accounts.services import doors
from lms.errors import SignInNeeded
from lms.web import access, site


@dataclass(frozen=True)
class Confirmed:
    """Whose password was right just now, as plain values."""

    person_id: int
    session_id: int
    password_hash: str


def confirm_password(typed: str) -> Confirmed | None:
    """Check the password of the signed-in person outside any transaction; None when it is wrong, which is counted.

    A second click of the same form gets the first one's answer before anything is checked.
    """
    site.begin_submission()
    session, address = access.current_session(), access.client_address()
    if session is None:
        raise SignInNeeded("Sign in to go on.")
    asked = Confirmed(session.person_id, session.id, session.person.password_hash)
    name = str(asked.person_id)
    doors.check(doors.CONFIRM_PASSWORD, name, address)
    if site.outside_transaction(lambda: passwords.is_right(typed, asked.password_hash)):
        return asked
    site.afterwards(
        lambda: doors.note_refusal(
            doors.CONFIRM_PASSWORD, name, address, "password confirmation failed", asked.person_id
        )
    )
    return None

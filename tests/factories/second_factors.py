"""People with a second step at sign-in, and the codes their apps show."""

from lms import clock
from lms.accounts import queries, second_factors
from lms.accounts.models import Person
from lms.accounts.services import second_factor
from lms.db import db

SITE_KEY = "for tests only, not a secret"


def secret_for(person: Person) -> str:
    factor = queries.find_second_factor(person.id)
    return second_factors.secret_of(SITE_KEY, person.id, factor.nonce)


def give_second_factor(person: Person) -> list[str]:
    """Set an app up for somebody, as long ago that the code of this moment is a new one; return the codes on paper."""
    nonce = second_factor.new_nonce()
    code = second_factors.code_at(second_factors.secret_of(SITE_KEY, person.id, nonce), clock.now())
    codes = second_factor.set_up(person.id, nonce, code, keep_session_id=0, site_key=SITE_KEY)
    queries.find_second_factor(person.id).last_used_step -= 10
    db.session.commit()
    return codes


def code_of(person: Person) -> str:
    """The code that the app of this person shows now."""
    return second_factors.code_at(secret_for(person), clock.now())

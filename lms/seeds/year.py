"""All parts of the demonstration on one calendar, and the year that then passes."""

from collections.abc import Callable
from datetime import date

from lms import clock
from lms.accounts.passwords import hash_password
from lms.seeds import (
    assistance,
    collaboratives,
    cycles,
    drivers,
    improvement,
    learning,
    places,
    playbooks,
    readiness,
    succession,
    surveys,
    tidying,
)
from lms.seeds.maker import DOMAIN, Maker
from lms.seeds.story import read_story

PARTS = (
    learning,
    collaboratives,
    readiness,
    surveys,
    improvement,
    drivers,
    cycles,
    assistance,
    playbooks,
    succession,
)
PERSONAS = ("staff", "member", "lead", "expert", "coordinator", "admin", "lead2", "outsider")
SIGN_INS = tuple((name, f"{name}@{DOMAIN}") for name in PERSONAS)


def seed_demo(*, password: str, say: Callable[[str], None], today: date | None = None) -> None:
    """Fill an empty database; the caller commits, so the demonstration is there whole or not at all."""
    maker = Maker(hash_password(password), today or clock.today(), read_story())
    say("People, organizations and coalitions …")
    places.make(maker)
    say("A year of work …")
    for part in PARTS:
        part.plan(maker)
    places.plan_invitations(maker)
    tidying.plan(maker)
    maker.live()
    tidying.finish(maker)

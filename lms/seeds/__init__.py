"""The demonstration: three coalitions, twelve organizations and a year of work, made through the services.

What happens stands in `content/demo/`; each module here makes one slice's part of it and puts it on the calendar of
the year, and then the year passes with the clock held at each event. Everything follows from one random seed and the
day it is made for; only secrets (the password, the certificates' serials) are new each time. Names of people and
places are invented, and numbers are ones that nobody answers.
"""

from collections.abc import Callable
from datetime import date

from lms import clock
from lms.accounts.passwords import hash_password
from lms.seeds import (
    assistance,
    collaboratives,
    cycles,
    improvement,
    learning,
    places,
    playbooks,
    readiness,
    succession,
    tidying,
)
from lms.seeds.maker import DOMAIN, Maker
from lms.seeds.story import read_story

PERSONAS = ("staff", "member", "lead", "expert", "coordinator", "admin", "lead2", "outsider")
SIGN_INS = tuple((name, f"{name}@{DOMAIN}") for name in PERSONAS)


def seed_demo(*, password: str, say: Callable[[str], None], today: date | None = None) -> None:
    """Fill an empty database; the caller commits, so the demonstration is there whole or not at all."""
    maker = Maker(hash_password(password), today or clock.today(), read_story())
    say("People, organizations and coalitions …")
    places.make(maker)
    say("A year of work …")
    for part in (learning, collaboratives, readiness, improvement, cycles, assistance, playbooks, succession):
        part.plan(maker)
    places.plan_invitations(maker)
    tidying.plan(maker)
    maker.live()
    tidying.finish(maker)

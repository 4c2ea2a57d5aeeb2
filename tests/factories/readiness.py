"""Rounds of readiness: the smallest valid ones, made through the services."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from lms import clock
from lms.accounts.models import Person
from lms.db import db
from lms.organizations.models import Organization
from lms.publications import ContentVersion
from lms.readiness.models import Round
from lms.readiness.queries.instruments import get_newest, read_version
from lms.readiness.queries.rounds import RatedRound
from lms.readiness.rules import Said
from lms.readiness.services import ratings, rounds
from lms.readiness.services.publishing import publish_instruments
from lms.readiness.services.ratings import Rating, Recorded
from lms.readiness.services.rounds import Plan
from readiness.instruments import Instrument
from readiness.scoring import AnswerState
from tests.house.sources import ROOT

INSTRUMENT = "moud-readiness"


def publish() -> ContentVersion:
    publish_instruments(ROOT / "content")
    db.session.commit()
    return get_newest(INSTRUMENT)


def instrument() -> Instrument:
    return read_version(get_newest(INSTRUMENT))


def make_round(organization: Organization, *people: Person, by: Person | None = None) -> Round:
    plan = Plan(frozenset(each.id for each in people), clock.today() + timedelta(days=14))
    version = get_newest(INSTRUMENT)
    opened = rounds.start_round(organization.id, version, plan, today=clock.today(), by_id=(by or people[0]).id)
    db.session.commit()
    return opened


def said(answer: int | AnswerState = 3, evidence: str = "", dissent: str = "") -> Said:
    if isinstance(answer, AnswerState):
        return Said(answer, None, evidence, dissent)
    return Said(AnswerState.VALUE, answer, evidence, dissent)


def rate(
    a_round: Round, person: Person, answers: Mapping[str, int | AnswerState | Said], seen_id: int | None = None
) -> Recorded:
    rated = RatedRound(a_round, instrument())
    sent = [
        Rating(uuid4(), key, each if isinstance(each, Said) else said(each), seen_id) for key, each in answers.items()
    ]
    recorded = ratings.record_ratings(rated, sent, by_id=person.id)
    db.session.commit()
    return recorded


def rate_all(a_round: Round, person: Person, answer: int = 3, **others: int) -> None:
    keys = [item.key for item in instrument().items]
    rate(a_round, person, {key: others.get(key.replace("-", "_"), answer) for key in keys})


def close(a_round: Round, person: Person) -> Round:
    rounds.close_round(a_round, today=clock.today(), by_id=person.id)
    db.session.commit()
    return a_round

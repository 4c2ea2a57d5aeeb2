"""Reading which surveys have to be looked after."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from lms.db import db
from lms.readiness.models import Round, RoundState, Survey


@dataclass(frozen=True)
class RunningSurvey:
    """A survey that takes answers."""

    round_id: int
    organization_id: int
    last_day: date
    is_reopened: bool


def list_running() -> list[RunningSurvey]:
    """Return all surveys that are open or opened again, in the order they were made (one statement)."""
    running = (
        select(Round.id, Round.organization_id, Round.closes_on, Survey.reopened_until)
        .join(Survey, Survey.round_id == Round.id)
        .where(or_(Round.state == RoundState.OPEN, Survey.reopened_until.is_not(None)))
    )
    return [
        RunningSurvey(round_id, organization_id, reopened_until or closes_on, reopened_until is not None)
        for round_id, organization_id, closes_on, reopened_until in db.session.execute(running.order_by(Round.id))
    ]


def get_round(round_id: int) -> Round:
    """Return a round by its id alone, for work that nobody asked for (one statement)."""
    return db.session.get_one(Round, round_id)

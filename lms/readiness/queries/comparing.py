"""Reading what is set side by side: the last closed rounds of a coalition's organizations."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import undefer

from lms.authz import Actor, Scope
from lms.coalitions.models import Coalition, CoalitionOrganization
from lms.coalitions.queries import get_coalition_for, list_organizations
from lms.db import db
from lms.organizations.models import Organization
from lms.readiness import comparison
from lms.readiness.comparison import Comparison as Compared
from lms.readiness.comparison import RatedRoundScores, SurveyedRound
from lms.readiness.models import (
    ActionState,
    Comparison,
    ReadinessReport,
    RecommendedAction,
    Round,
    RoundState,
    Survey,
    SurveyResponse,
)
from lms.readiness.queries.instruments import get_instrument
from readiness.instruments import Instrument
from readiness.people import person_scores, turned
from readiness.scoring import AnswerState
from readiness.suppression import MINIMUM_GROUP

MOST_COMPARED = 500


@dataclass(frozen=True)
class ComparedPlace:
    """A coalition as those meet it who compare its organizations."""

    coalition: Coalition

    @property
    def scope(self) -> Scope:
        """It belongs to the coalition."""
        return Scope(coalition_ids=frozenset({self.coalition.id}))


@dataclass(frozen=True)
class ComparedRound:
    """A closed round of an organization."""

    id: int
    organization_id: int
    version_id: int
    closed_on: date
    minimum: int


def get_place_for(actor: Actor, coalition_id: int) -> ComparedPlace:
    """Return a coalition the actor may see (one statement)."""
    return ComparedPlace(get_coalition_for(actor, coalition_id))


def list_compared(coalition_id: int) -> list[Organization]:
    """Return the organizations of a coalition by name, at most MOST_COMPARED (one statement)."""
    return list_organizations(coalition_id, limit=MOST_COMPARED)


def list_coalition_ids(organization_id: int) -> list[int]:
    """Return the coalitions an organization belongs to now (one statement)."""
    held = select(CoalitionOrganization.coalition_id).where(
        CoalitionOrganization.organization_id == organization_id, CoalitionOrganization.left_at.is_(None)
    )
    return list(db.session.scalars(held.order_by(CoalitionOrganization.coalition_id)))


@dataclass(frozen=True)
class KeptComparison:
    """A comparison, and when it was computed: it stays as it is until it is computed anew."""

    computed_at: datetime
    compared: Compared


def list_comparisons(coalition_id: int) -> dict[str, KeptComparison]:
    """Return what was computed for a coalition, by instrument (one statement, one more for each that is new here)."""
    stamps = db.session.execute(_stamps(), {"coalition_id": coalition_id}).all()
    found = {}
    for slug, computed_at in stamps:
        with suppress(NoResultFound):  # computed anew in this very moment: the next page has it
            found[slug] = KeptComparison(computed_at, _read_once(coalition_id, slug, computed_at))
    return found


@lru_cache(maxsize=64)
def _read_once(coalition_id: int, slug: str, computed_at: datetime) -> Compared:
    asked = select(Comparison.document).where(
        Comparison.coalition_id == coalition_id,
        Comparison.instrument_slug == slug,
        Comparison.computed_at == computed_at,
    )
    return comparison.read(db.session.scalars(asked).one())


@cache
def _stamps() -> Select[str, datetime]:
    asked = select(Comparison.instrument_slug, Comparison.computed_at)
    return asked.where(Comparison.coalition_id == bindparam("coalition_id")).order_by(Comparison.instrument_slug)


def find_comparison_with(a_round: Round) -> Compared | None:
    """Return a comparison in which this very round stands, of any coalition, or None (one statement)."""
    beside = (
        select(Comparison.document)
        .join(CoalitionOrganization, CoalitionOrganization.coalition_id == Comparison.coalition_id)
        .where(
            Comparison.instrument_slug == a_round.instrument_slug,
            CoalitionOrganization.organization_id == a_round.organization_id,
            CoalitionOrganization.left_at.is_(None),
        )
        .order_by(Comparison.coalition_id)
    )
    for document in db.session.scalars(beside):
        compared = comparison.read(document)
        latest = compared.find(a_round.organization_id)
        if latest is not None and latest.round_id == a_round.id:
            return compared
    return None


def count_stalled(organization_ids: Collection[int], today: date) -> Mapping[int, int]:
    """Return how many accepted actions of each organization are past their day (one statement)."""
    rows = db.session.execute(_stalled(), {"organization_ids": sorted(organization_ids), "today": today})
    return dict(rows.all())


@cache
def _stalled() -> Select[int, int]:
    return (
        select(Round.organization_id, func.count())
        .join(RecommendedAction, RecommendedAction.round_id == Round.id)
        .where(
            Round.organization_id.in_(bindparam("organization_ids", expanding=True)),
            RecommendedAction.state == ActionState.ACCEPTED,
            RecommendedAction.due_on < bindparam("today"),
        )
        .group_by(Round.organization_id)
    )


def list_last_rounds(organization_ids: Collection[int], slug: str, *, n_each: int) -> dict[int, list[ComparedRound]]:
    """Return the last closed rounds of each organization with one instrument, newest first (one statement)."""
    place = func.row_number().over(
        partition_by=Round.organization_id, order_by=(Round.closed_at.desc(), Round.id.desc())
    )
    numbered = (
        select(Round.id, Round.organization_id, Round.version_id, Round.closed_at, Survey.minimum, place.label("place"))
        .outerjoin(Survey, Survey.round_id == Round.id)
        .where(
            Round.organization_id.in_(sorted(organization_ids)),
            Round.instrument_slug == slug,
            Round.state == RoundState.CLOSED,
            Survey.is_pooled.is_not(True),
        )
        .subquery()
    )
    found: dict[int, list[ComparedRound]] = {}
    placed = select(numbered).where(numbered.c.place <= n_each)
    for row in db.session.execute(placed.order_by(numbered.c.place, numbered.c.organization_id)):
        closed_at: datetime = row.closed_at
        minimum = max(row.minimum or 0, MINIMUM_GROUP)
        each = ComparedRound(row.id, row.organization_id, row.version_id, closed_at.date(), minimum)
        found.setdefault(row.organization_id, []).append(each)
    return found


def list_surveyed(rounds: Sequence[ComparedRound]) -> dict[int, SurveyedRound]:
    """Return each person's scores of closed surveys, by round: the answers with which its report first told something.

    Later ones stay out: what a report may not say of a late batch would follow from the comparisons before and after.
    One statement, and one for each version of the instrument that this process has not read yet.
    """
    batches: dict[int, dict[int, list[Mapping[str, Any]]]] = {each.id: {} for each in rounds}
    released = select(SurveyResponse.round_id, SurveyResponse.snapshot_number, SurveyResponse.answers).where(
        SurveyResponse.round_id.in_(sorted(batches)), SurveyResponse.snapshot_number.is_not(None)
    )
    for round_id, number, said in db.session.execute(released):
        batches[round_id].setdefault(number, []).append(said)
    answers = {each.id: _first_told(batches[each.id], each.minimum) for each in rounds}
    instruments = {version_id: get_instrument(version_id) for version_id in {each.version_id for each in rounds}}
    return {each.id: _surveyed(each, instruments[each.version_id], answers[each.id]) for each in rounds}


def _surveyed(each: ComparedRound, instrument: Instrument, answers: Sequence[Mapping[str, Any]]) -> SurveyedRound:
    people = [read_answers(said) for said in answers]
    return SurveyedRound(
        each.organization_id,
        each.id,
        each.closed_on,
        [person_scores(instrument, person) for person in people],
        each.minimum,
        [turned(instrument, person) for person in people],
    )


def _first_told(batches: Mapping[int, Sequence[Mapping[str, Any]]], minimum: int) -> list[Mapping[str, Any]]:
    """Return the answers of the first release that held enough of them; all of them when none did."""
    told: list[Mapping[str, Any]] = []
    for number in sorted(batches):
        told += batches[number]
        if len(told) >= minimum:
            break
    return told


def read_answers(said: Mapping[str, Any]) -> dict[str, Any]:
    """Read the stored answers of one response: a value, or the word of its state."""
    return {key: value if isinstance(value, int) else AnswerState(value) for key, value in said.items()}


def list_rated(rounds: Sequence[ComparedRound]) -> list[RatedRoundScores]:
    """Return the area scores of closed rounds of a named mode (one statement)."""
    asked = select(ReadinessReport).where(ReadinessReport.round_id.in_([each.id for each in rounds]))
    reports = db.session.scalars(asked.options(undefer(ReadinessReport.document)))
    scores = {row.round_id: {area["key"]: area["score"] for area in row.document["areas"]} for row in reports}
    return [
        RatedRoundScores(each.organization_id, each.id, each.closed_on, scores[each.id])
        for each in rounds
        if each.id in scores
    ]


def find_newest_instrument(rounds: Sequence[ComparedRound]) -> Instrument | None:
    """Return the newest version that one of these rounds used, or None (one statement at most)."""
    version_id = max((each.version_id for each in rounds), default=None)
    return None if version_id is None else get_instrument(version_id)

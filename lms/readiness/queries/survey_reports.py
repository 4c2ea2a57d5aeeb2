"""Reading what a staff survey says, and gathering what its document is computed from.

Answers are read here for computing only: what leaves is `survey_report.Inputs`, which no page is drawn from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import aliased, joinedload, undefer

from lms.authz import Actor, Scope
from lms.coalitions.models import CoalitionOrganization
from lms.db import db
from lms.errors import NotFound
from lms.readiness.models import (
    ReadinessReport,
    RecommendedAction,
    Round,
    RoundState,
    Survey,
    SurveyComment,
    SurveyGroup,
    SurveyResponse,
    SurveySnapshot,
)
from lms.readiness.queries.instruments import get_instrument
from lms.readiness.queries.rounds import find_round_before, get_round_for
from lms.readiness.survey_document import SurveyReport, read
from lms.readiness.survey_inputs import EarlierRound, Group, Inputs, Response, Spread, read_answers
from readiness.agreement import mean_squares
from readiness.benchmarks import MINIMUM_RESPONDENTS
from readiness.instruments import Instrument
from readiness.people import person_scores

MOST_PEERS: Final = 500
FRESH_DAYS: Final = 365
"""What leaders said is set beside staff's view for a year."""


@dataclass(frozen=True)
class Snapshot:
    """The newest document of a survey, with its number: later ones hold late answers."""

    number: int
    document: Mapping[str, Any]

    @property
    def report(self) -> SurveyReport:
        """What it says."""
        return read(self.document)


@dataclass(frozen=True)
class ReportFile:
    """A report as a file of one kind."""

    round: Round
    kind: str

    @property
    def scope(self) -> Scope:
        """Whoever may read the report may take it along."""
        return self.round.scope


def get_report_file_for(actor: Actor, round_id: int, kind: str) -> ReportFile:
    """Return a file of a report the actor may read (two statements)."""
    return ReportFile(get_round_for(actor, round_id), kind)


def get_snapshot(round_id: int) -> Snapshot:
    """Return the newest snapshot of a closed survey (one statement)."""
    found = find_snapshot(round_id)
    if found is None:
        raise NotFound("report")
    return found


def find_snapshot(round_id: int) -> Snapshot | None:
    """Return the newest snapshot of a survey, or None (one statement)."""
    row = db.session.scalars(_newest(), {"round_id": round_id}).first()
    return None if row is None else Snapshot(row.number, row.document)


def list_earlier_actions(a_round: Round) -> list[RecommendedAction]:
    """Return the actions of the round before, with what became of them, in their order (one statement)."""
    asked = {
        "slug": a_round.instrument_slug,
        "organization_id": a_round.organization_id,
        "closed_at": a_round.closed_at,
    }
    return list(db.session.scalars(_earlier_actions(), asked))


def gather(a_round: Round) -> Inputs:
    """Read all that the document of a survey is computed from (eleven statements at most, whatever its size)."""
    survey = db.session.get(Survey, a_round.id)
    if survey is None:
        raise NotFound("survey")
    before = find_snapshot(a_round.id)
    instrument = get_instrument(a_round.version_id)
    responses = _responses(a_round.id, has_snapshot=before is not None)
    return Inputs(
        responses=responses,
        headcount=survey.headcount,
        minimum=survey.minimum,
        cut=survey.cut.value,
        groups=_groups(a_round.id),
        comments=list(db.session.scalars(select(SurveyComment.text).where(SurveyComment.round_id == a_round.id))),
        change_name=survey.change_name,
        is_pooled=survey.is_pooled,
        earlier=_earlier(a_round),
        spreads=_spreads(a_round, instrument, responses),
        named_scores=_named_scores(a_round),
        before=before.document if before else None,
    )


def list_answers(round_id: int) -> list[Response]:
    """Return the answers to one survey, in no order that tells anything, for a pooled document (one statement)."""
    return _responses(round_id, has_snapshot=False)


def _responses(round_id: int, *, has_snapshot: bool) -> list[Response]:
    asked = select(SurveyResponse.answers, SurveyResponse.group_key, SurveyResponse.snapshot_number)
    rows = db.session.execute(asked.where(SurveyResponse.round_id == round_id).order_by(SurveyResponse.id))
    return [Response(answers, group_key, has_snapshot and number is None) for answers, group_key, number in rows]


def _groups(round_id: int) -> list[Group]:
    held = select(SurveyGroup).where(SurveyGroup.round_id == round_id).order_by(SurveyGroup.number, SurveyGroup.key)
    return [Group(each.key, each.name, each.headcount) for each in db.session.scalars(held)]


def _earlier(a_round: Round) -> EarlierRound | None:
    """Return the round before, if it said anything (three statements)."""
    earlier = find_round_before(a_round)
    snapshot = find_snapshot(earlier.id) if earlier else None
    if earlier is None or snapshot is None or snapshot.document["n"] is None:
        return None
    held = select(SurveyResponse.answers).where(
        SurveyResponse.round_id == earlier.id, SurveyResponse.snapshot_number.is_not(None)
    )
    answers = [Response(each) for each in db.session.scalars(held)]
    closed_on = date.fromisoformat(snapshot.document["closed_on"])
    return EarlierRound(earlier.id, closed_on, snapshot.document, answers)


def _spreads(a_round: Round, instrument: Instrument, own: Sequence[Response]) -> dict[str, Spread]:
    """Return how much people within organizations differ, over the last surveys of all in the same coalitions."""
    peers = _answers_of_peers(a_round)
    groups = [group for group in (*peers, [read_answers(each.answers) for each in own]) if _is_enough(group)]
    scores = [[person_scores(instrument, said) for said in group] for group in groups]
    spreads = {}
    for area in instrument.areas:
        columns = [[score for each in group if (score := each[area.key]) is not None] for group in scores]
        parts = mean_squares(columns)
        if parts.within:
            spreads[area.key] = Spread(float(parts.within), parts.df_within, parts.n_groups)
    return spreads


def _is_enough(group: Sequence[Any]) -> bool:
    return len(group) >= MINIMUM_RESPONDENTS


def _answers_of_peers(a_round: Round) -> list[list[dict[str, Any]]]:
    """Return the released answers to the last survey of each organization beside this one (one statement)."""
    asked = {"slug": a_round.instrument_slug, "organization_id": a_round.organization_id, "most": MOST_PEERS}
    held: dict[int, list[dict[str, Any]]] = {}
    for organization_id, answers in db.session.execute(_peers(), asked):
        held.setdefault(organization_id, []).append(read_answers(answers))
    return list(held.values())


def _named_scores(a_round: Round) -> dict[str, float]:
    """Return what the team or leaders last said of areas, by key; the newest counts (one statement)."""
    since = (a_round.closed_at or a_round.opened_at) - timedelta(days=FRESH_DAYS)
    reports = (
        select(ReadinessReport)
        .join(Round, Round.id == ReadinessReport.round_id)
        .where(Round.organization_id == a_round.organization_id, Round.closed_at >= since, Round.id != a_round.id)
        .order_by(Round.closed_at, Round.id)
        .options(undefer(ReadinessReport.document))
    )
    lines = [line for row in db.session.scalars(reports) for line in row.document.get("areas", ())]
    return {line["key"]: line["score"] for line in lines if line.get("score") is not None}


@cache
def _newest() -> Select[SurveySnapshot]:
    asked = select(SurveySnapshot).where(SurveySnapshot.round_id == bindparam("round_id"))
    return asked.options(undefer(SurveySnapshot.document)).order_by(SurveySnapshot.number.desc()).limit(1)


@cache
def _earlier_actions() -> Select[RecommendedAction]:
    before = (
        select(Round.id)
        .where(
            Round.organization_id == bindparam("organization_id"),
            Round.instrument_slug == bindparam("slug"),
            Round.state == RoundState.CLOSED,
            Round.closed_at < bindparam("closed_at"),
        )
        .order_by(Round.closed_at.desc(), Round.id.desc())
        .limit(1)
    )
    listed = select(RecommendedAction).where(RecommendedAction.round_id == before.scalar_subquery())
    return listed.options(joinedload(RecommendedAction.owner)).order_by(RecommendedAction.number)


@cache
def _peers() -> Any:
    """Rows of (organization, answers) of the last closed survey of each organization beside the asking one."""
    own, beside, newer = aliased(CoalitionOrganization), aliased(CoalitionOrganization), aliased(Round)
    peer_ids = (
        select(beside.organization_id)
        .join(own, and_(own.coalition_id == beside.coalition_id, own.left_at.is_(None)))
        .where(own.organization_id == bindparam("organization_id"), beside.left_at.is_(None))
        .where(beside.organization_id != bindparam("organization_id"))
        .distinct()
        .order_by(beside.organization_id)
        .limit(bindparam("most"))
    )
    closed = (newer.instrument_slug == bindparam("slug"), newer.state == RoundState.CLOSED)
    newest = (
        select(func.max(newer.closed_at))
        .where(newer.organization_id == Round.organization_id, *closed)
        .correlate(Round)
        .scalar_subquery()
    )
    return (
        select(Round.organization_id, SurveyResponse.answers)
        .join(SurveyResponse, SurveyResponse.round_id == Round.id)
        .where(
            Round.organization_id.in_(peer_ids),
            Round.instrument_slug == bindparam("slug"),
            Round.state == RoundState.CLOSED,
            Round.closed_at == newest,
            SurveyResponse.snapshot_number.is_not(None),
        )
        .order_by(Round.organization_id)
    )

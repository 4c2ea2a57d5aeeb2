"""Reading how measures are drawn, and charts that were kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import aliased, joinedload, undefer

from lms.authz import Actor, Permission, can
from lms.db import db
from lms.errors import NotFound
from lms.improvement.chart_spec import ChartPlan, PhaseStart, SettingState
from lms.improvement.models import ChartSetting, Cycle, KeptChart, Measure, MeasureDefinition, Team
from lms.improvement.queries.teams import with_reach
from lms.improvement.rules import Decision
from lms.organizations.models import Organization

MOST_SETTINGS = 500
MOST_KEPT = 200
MOST_CYCLES = 100
MOST_PROPOSALS = 50


@dataclass(frozen=True)
class Settings:
    """Everything that was ever set for the chart of a measure, oldest first."""

    rows: Sequence[ChartSetting] = ()

    @property
    def version(self) -> int:
        """The number of the newest row, 0 without any; forms send it."""
        return self.rows[-1].number if self.rows else 0

    @property
    def holding(self) -> ChartSetting | None:
        """The one that holds."""
        return next((row for row in reversed(self.rows) if row.state is SettingState.ACCEPTED), None)

    @property
    def plan(self) -> ChartPlan | None:
        """How the measure is drawn, None when nobody set anything."""
        return self.holding.plan if self.holding else None

    @property
    def phases(self) -> tuple[PhaseStart, ...]:
        """The phases that hold."""
        return self.plan.phases if self.plan else ()

    @property
    def proposal(self) -> ChartSetting | None:
        """The newest proposal of other phases, as long as nobody has answered it."""
        answered = {row.proposal_id for row in self.rows}
        newest = next((row for row in reversed(self.rows) if row.state is SettingState.PROPOSED), None)
        return None if newest is None or newest.id in answered else newest


def list_settings(measure_id: int) -> Settings:
    """Return everything that was ever set for the chart of a measure (one statement)."""
    return Settings(db.session.scalars(_settings(), {"measure_id": measure_id}).all()[-MOST_SETTINGS:])


@cache  # built once: putting it together takes longer than running it
def _settings() -> Any:
    of_measure = select(ChartSetting).where(ChartSetting.measure_id == bindparam("measure_id"))
    return of_measure.options(joinedload(ChartSetting.written_by)).order_by(ChartSetting.number)


class ProposalRow(NamedTuple):
    """Proposed phases that wait for a TA expert."""

    measure_id: int
    name: str
    team: str
    organization: str
    proposed_at: datetime


def list_proposals(organization_ids: Collection[int], *, limit: int = MOST_PROPOSALS) -> list[ProposalRow]:
    """Return the open measures of organizations whose proposed phases wait, the longest first (one statement)."""
    asked = {"organization_ids": sorted(organization_ids), "n_rows": limit}
    return [ProposalRow._make(row) for row in db.session.execute(_proposals(), asked)]


@cache
def _proposals() -> Any:
    later = aliased(ChartSetting)
    is_over = exists().where(
        later.measure_id == ChartSetting.measure_id,
        (later.proposal_id == ChartSetting.id)
        | ((later.state == SettingState.PROPOSED) & (later.number > ChartSetting.number)),
    )
    return (
        select(Measure.id, MeasureDefinition.name, Team.name, Organization.name, ChartSetting.written_at)
        .join(Measure, Measure.id == ChartSetting.measure_id)
        .join(
            MeasureDefinition,
            (MeasureDefinition.measure_id == Measure.id) & (MeasureDefinition.number == Measure.n_definitions),
        )
        .join(Team, Team.id == Measure.team_id)
        .join(Organization, Organization.id == Team.organization_id)
        .where(
            ChartSetting.state == SettingState.PROPOSED,
            ~is_over,
            Measure.closed_at.is_(None),
            Team.closed_at.is_(None),
            Team.organization_id.in_(bindparam("organization_ids", expanding=True)),
        )
        .order_by(ChartSetting.written_at, ChartSetting.id)
        .limit(bindparam("n_rows"))
    )


def list_kept(measure_id: int) -> list[KeptChart]:
    """Return the kept charts of a measure, newest first, without what they are made of (one statement)."""
    return list(db.session.scalars(_kept(), {"measure_id": measure_id}))


@cache
def _kept() -> Any:
    of_measure = select(KeptChart).where(KeptChart.measure_id == bindparam("measure_id"))
    loads = (joinedload(KeptChart.kept_by), joinedload(KeptChart.cycle))
    return of_measure.options(*loads).order_by(KeptChart.number.desc()).limit(MOST_KEPT)


def count_kept(measure_id: int) -> int:
    """Return how many charts of a measure were kept (one statement)."""
    return db.session.scalar(_n_kept(), {"measure_id": measure_id}) or 0


@cache
def _n_kept() -> Any:
    return select(func.count()).select_from(KeptChart).where(KeptChart.measure_id == bindparam("measure_id"))


def get_kept_for(actor: Actor, measure_id: int, number: int) -> KeptChart:
    """Return a kept chart that the actor may read, with its measure (four statements)."""
    whole = (
        select(KeptChart)
        .options(
            *with_reach(KeptChart.measure, Measure.team),
            joinedload(KeptChart.measure).selectinload(Measure.definitions),
            joinedload(KeptChart.kept_by),
            joinedload(KeptChart.cycle),
            undefer(KeptChart.spec),
        )
        .where(KeptChart.measure_id == measure_id, KeptChart.number == number)
    )
    kept = db.session.scalars(whole).unique().one_or_none()
    if kept is None or not can(actor, Permission.IMPROVEMENT_READ, kept.scope):
        raise NotFound("kept chart")
    return kept


@dataclass(frozen=True)
class AdoptedCycle:
    """A cycle whose change was adopted: a reason for a new phase."""

    id: int
    number: int
    title: str


def list_adopted_cycles(team_id: int) -> list[AdoptedCycle]:
    """Return a team's cycles whose change was adopted, newest first (one statement)."""
    return [AdoptedCycle(*row) for row in db.session.execute(_adopted(), {"team_id": team_id})]


@cache
def _adopted() -> Any:
    cycles = select(Cycle.id, Cycle.number, Cycle.title).where(
        Cycle.team_id == bindparam("team_id"), Cycle.decision == Decision.ADOPT
    )
    return cycles.order_by(Cycle.number.desc()).limit(MOST_CYCLES)

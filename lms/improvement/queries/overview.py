"""All teams of a coalition, with what each one's main chart says: for those who look after many."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, func, select

from lms.coalitions.models import CoalitionOrganization
from lms.db import db
from lms.improvement.models import Aim, AimVersion, Cycle, Measure, Observation, Team
from lms.improvement.pictures import Size
from lms.improvement.queries.charts import MeasureChart
from lms.improvement.queries.work import load_numbers_of
from lms.improvement.rules import UNDER_WAY, CycleState
from lms.improvement.sparklines import sparkline
from lms.organizations.models import Organization


@dataclass(frozen=True)
class TeamLine:
    """A team as it stands in the overview."""

    team_id: int
    name: str
    organization_name: str
    aim: str | None
    n_cycles: int
    n_open: int
    n_waiting: int
    n_harmed: int
    heard_at: datetime
    chart: MeasureChart | None = None

    @property
    def path(self) -> str:
        """The line of its main measure, in the size of a word; "" without one."""
        return sparkline(self.chart.values) if self.chart else ""


def count_teams_in(coalition_id: int) -> int:
    """Return how many teams work in a coalition's organizations (one statement)."""
    counted = select(func.count()).select_from(_lines().order_by(None).subquery())
    return db.session.scalar(counted, _asked(coalition_id, None)) or 0


def list_teams_in(
    coalition_id: int, *, quiet_since: datetime, zone: str, today: date, limit: int, offset: int = 0
) -> list[TeamLine]:
    """Return teams with their main chart, those who may need somebody first (five statements, whatever their number).

    First where somebody was harmed in a test, then where nothing was written since `quiet_since`, then by name.
    """
    listed = _lines().limit(limit).offset(offset)
    rows = db.session.execute(listed, _asked(coalition_id, quiet_since)).all()
    charts = _main_charts([row[0] for row in rows], zone=zone, today=today)
    return [replace(TeamLine(*row), chart=charts.get(row[0])) for row in rows]


def _asked(coalition_id: int, quiet_since: datetime | None) -> dict[str, Any]:
    return {"coalition_id": coalition_id, "quiet_since": quiet_since}


def _main_charts(team_ids: Sequence[int], *, zone: str, today: date) -> dict[int, MeasureChart]:
    """The chart of each team's first measure: of the outcome, where it has one."""
    numbers = load_numbers_of(team_ids, zone=zone, today=today)
    first = {team_id: numbers.measures_of(team_id)[:1] for team_id in team_ids}
    return {team_id: numbers.chart(each, size=Size.SMALL) for team_id, found in first.items() for each in found}


@cache  # built once: putting it together takes longer than running it
def _lines() -> Any:
    of_team = (Cycle.team_id == Team.id,)
    n_cycles = select(func.count()).where(*of_team).scalar_subquery()
    n_open = select(func.count()).where(*of_team, Cycle.state.in_(UNDER_WAY)).scalar_subquery()
    n_waiting = select(func.count()).where(*of_team, Cycle.state == CycleState.ACTED).scalar_subquery()
    n_harmed = (
        select(func.count())
        .where(*of_team, Cycle.has_harm, Cycle.state.not_in((CycleState.REVIEWED, CycleState.NOT_RUN)))
        .scalar_subquery()
    )
    newest_step = func.coalesce(Cycle.acted_at, Cycle.studied_at, Cycle.done_at, Cycle.begun_at, Cycle.created_at)
    moved = select(func.max(newest_step))
    entered = select(func.max(Observation.entered_at)).join(Measure, Measure.id == Observation.measure_id)
    last_move = func.coalesce(moved.where(*of_team).scalar_subquery(), Team.created_at)
    last_number = func.coalesce(entered.where(Measure.team_id == Team.id).scalar_subquery(), Team.created_at)
    heard_at = case((last_move > last_number, last_move), else_=last_number)
    belongs = select(CoalitionOrganization.organization_id).where(
        CoalitionOrganization.coalition_id == bindparam("coalition_id"), CoalitionOrganization.left_at.is_(None)
    )
    return (
        select(Team.id, Team.name, Organization.name, AimVersion.what, n_cycles, n_open, n_waiting, n_harmed, heard_at)
        .join(Organization, Organization.id == Team.organization_id)
        .outerjoin(Aim, (Aim.team_id == Team.id) & Aim.closed_at.is_(None))
        .outerjoin(AimVersion, (AimVersion.aim_id == Aim.id) & (AimVersion.number == Aim.n_versions))
        .where(Team.closed_at.is_(None), Team.organization_id.in_(belongs))
        .order_by(
            (n_harmed > 0).desc(),
            (heard_at < bindparam("quiet_since")).desc(),
            func.lower(Organization.name),
            func.lower(Team.name),
            Team.id,
        )
    )

"""All teams of a coalition, with what each one's main chart says: for those who look after many."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, select

from lms.coalitions.models import CoalitionOrganization
from lms.db import read_columns
from lms.improvement.models import Aim, AimVersion, Cycle, Measure, Observation, Team
from lms.improvement.queries.cells import Glance, glances_of
from lms.improvement.rules import UNDER_WAY, CycleState
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
    is_quiet: bool
    main: Glance | None


def count_teams_in(coalition_id: int) -> int:
    """Return how many teams work in a coalition's organizations (one statement)."""
    return read_columns(_counted(), {"coalition_id": coalition_id}).scalar() or 0


def list_teams_in(
    coalition_id: int, *, quiet_since: datetime, zone: str, today: date, limit: int, offset: int = 0
) -> list[TeamLine]:
    """Return teams with their main measure, those who may need somebody first.

    First where somebody was harmed in a test, then where nothing was written since `quiet_since`, then by name. Two
    statements, three more to judge what is new.
    """
    asked = {"coalition_id": coalition_id, "quiet_since": quiet_since, "n_rows": limit, "n_before": offset}
    rows = read_columns(_lines(), asked).mappings().all()
    main = glances_of([row["team_id"] for row in rows], zone=zone, today=today)
    return [TeamLine(**row, is_quiet=row["heard_at"] < quiet_since, main=main.get(row["team_id"])) for row in rows]


def _is_here() -> tuple[ColumnElement[bool], ...]:
    """What a team of the coalition fulfils."""
    belongs = select(CoalitionOrganization.organization_id).where(
        CoalitionOrganization.coalition_id == bindparam("coalition_id"), CoalitionOrganization.left_at.is_(None)
    )
    return (Team.closed_at.is_(None), Team.organization_id.in_(belongs))


@cache  # these are built once: putting them together takes longer than running them
def _counted() -> Any:
    return select(func.count()).select_from(Team).where(*_is_here())


@cache
def _lines() -> Any:
    cycles, newest = _cycles_of_teams(), _newest_entries()
    n_harmed = func.coalesce(cycles.c.n_harmed, 0).label("n_harmed")
    last_move = func.coalesce(cycles.c.moved_at, Team.created_at)
    last_number = func.coalesce(Observation.entered_at, Team.created_at)
    heard_at = case((last_move > last_number, last_move), else_=last_number).label("heard_at")
    counts = (func.coalesce(cycles.c[name], 0).label(name) for name in ("n_cycles", "n_open", "n_waiting"))
    return (
        select(Team.id.label("team_id"), Team.name, Organization.name.label("organization_name"))
        .add_columns(AimVersion.what.label("aim"), *counts, n_harmed, heard_at)
        .join(Organization, Organization.id == Team.organization_id)
        .outerjoin(Aim, (Aim.team_id == Team.id) & Aim.closed_at.is_(None))
        .outerjoin(AimVersion, (AimVersion.aim_id == Aim.id) & (AimVersion.number == Aim.n_versions))
        .outerjoin(cycles, cycles.c.team_id == Team.id)
        .outerjoin(newest, newest.c.team_id == Team.id)
        .outerjoin(Observation, Observation.id == newest.c.entry_id)
        .where(*_is_here())
        .order_by(
            (n_harmed > 0).desc(),
            (heard_at < bindparam("quiet_since")).desc(),
            func.lower(Organization.name),
            func.lower(Team.name),
            Team.id,
        )
        .limit(bindparam("n_rows"))
        .offset(bindparam("n_before"))
    )


def _cycles_of_teams() -> Any:
    """How many cycles each team has, and when one of them last moved."""
    is_harmed = Cycle.has_harm & Cycle.state.not_in((CycleState.REVIEWED, CycleState.NOT_RUN))
    newest_step = func.coalesce(Cycle.acted_at, Cycle.studied_at, Cycle.done_at, Cycle.begun_at, Cycle.created_at)
    return (
        select(
            Cycle.team_id,
            func.count().label("n_cycles"),
            _n(Cycle.state.in_(UNDER_WAY)).label("n_open"),
            _n(Cycle.state == CycleState.ACTED).label("n_waiting"),
            _n(is_harmed).label("n_harmed"),
            func.max(newest_step).label("moved_at"),
        )
        .join(Team, Team.id == Cycle.team_id)
        .where(*_is_here())
        .group_by(Cycle.team_id)
        .subquery("cycles_of_teams")
    )


def _newest_entries() -> Any:
    """The newest entry of each team; entries are only ever added."""
    return (
        select(Measure.team_id, func.max(Observation.id).label("entry_id"))
        .join(Observation, Observation.measure_id == Measure.id)
        .join(Team, Team.id == Measure.team_id)
        .where(*_is_here())
        .group_by(Measure.team_id)
        .subquery("newest_entries")
    )


def _n(condition: ColumnElement[bool]) -> Any:
    return func.sum(case((condition, 1), else_=0))

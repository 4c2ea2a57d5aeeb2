"""Reading cycles and change ideas."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, union
from sqlalchemy.orm import joinedload

from lms.authz import Actor, Permission, can
from lms.db import db, read_columns
from lms.errors import NotFound
from lms.improvement.models import ChangeIdea, Cycle, CycleRevision, Team
from lms.improvement.queries.teams import add_members, with_companions, with_reach
from lms.improvement.rules import CycleState

MOST_IDEAS = 500
MOST_REVISIONS = 500


def get_cycle_for(actor: Actor, cycle_id: int) -> Cycle:
    """Return a cycle the actor may read, with its team, idea, prediction and flags (two statements)."""
    cycle = _find_whole(cycle_id)
    if cycle is None or not can(actor, Permission.IMPROVEMENT_READ, cycle.scope):
        raise NotFound("cycle")
    return cycle


def get_cycle(cycle_id: int) -> Cycle:
    """Return one cycle as `get_cycle_for` does; for services and receivers (two statements)."""
    cycle = _find_whole(cycle_id)
    if cycle is None:
        raise NotFound("cycle")
    return cycle


def _find_whole(cycle_id: int) -> Cycle | None:
    found: Cycle | None = db.session.scalars(_whole_cycle(), {"cycle_id": cycle_id}).unique().one_or_none()
    if found is not None:
        add_members(found.team)
    return found


@cache  # built once: putting it together takes longer than running it
def _whole_cycle() -> Any:
    whole = select(Cycle).options(
        *with_companions(Cycle.team),
        joinedload(Cycle.change_idea),
        joinedload(Cycle.prediction),
        joinedload(Cycle.predecessor),
        joinedload(Cycle.flags),
        joinedload(Cycle.created_by),
    )
    return whole.where(Cycle.id == bindparam("cycle_id")).execution_options(populate_existing=True)


def list_revisions(cycle_id: int) -> list[CycleRevision]:
    """Return what was changed in a cycle, newest first, with who changed it (one statement)."""
    saved = (
        select(CycleRevision)
        .options(joinedload(CycleRevision.saved_by))
        .where(CycleRevision.cycle_id == cycle_id)
        .order_by(CycleRevision.number.desc())
    )
    return list(db.session.scalars(saved.limit(MOST_REVISIONS)))


def get_idea_for(actor: Actor, idea_id: int) -> ChangeIdea:
    """Return a change idea the actor may read, with its team (two statements)."""
    whole = select(ChangeIdea).options(*with_reach(ChangeIdea.team)).where(ChangeIdea.id == idea_id)
    idea = db.session.scalars(whole.execution_options(populate_existing=True)).unique().one_or_none()
    if idea is None or not can(actor, Permission.IMPROVEMENT_READ, idea.scope):
        raise NotFound("change idea")
    return idea


def list_ideas(team_id: int) -> list[ChangeIdea]:
    """Return a team's change ideas, open ones first, then by title (one statement)."""
    return list(db.session.scalars(_ideas(), {"team_id": team_id}))


class IdeaLine(NamedTuple):
    """A change idea in a list."""

    id: int
    title: str
    closed_at: datetime | None


def list_idea_lines(team_id: int) -> list[IdeaLine]:
    """Return a team's change ideas as they stand in a list, open ones first, then by title (one statement)."""
    return [IdeaLine._make(row) for row in read_columns(_idea_lines(), {"team_id": team_id})]


@cache
def _idea_lines() -> Any:
    return _ideas().with_only_columns(*(getattr(ChangeIdea, name) for name in IdeaLine._fields))


@cache
def _ideas() -> Any:
    ideas = select(ChangeIdea).where(ChangeIdea.team_id == bindparam("team_id"))
    ordered = ideas.order_by(ChangeIdea.closed_at.is_not(None), func.lower(ChangeIdea.title), ChangeIdea.id)
    return ordered.limit(MOST_IDEAS)


def count_shared_cycles(organization_id: int, *, newest: int) -> tuple[int, int]:
    """Return how many of an organization's newest cycles more than one person wrote, and how many these are.

    A former member counts as one writer; drafts do not count yet (one statement).
    """
    last = (
        select(Cycle.id, Cycle.created_by_id)
        .join(Team, Team.id == Cycle.team_id)
        .where(Team.organization_id == organization_id, Cycle.state != CycleState.DRAFT)
        .order_by(Cycle.created_at.desc(), Cycle.id.desc())
        .limit(newest)
        .cte("last_cycle")
    )
    wrote = union(
        select(last.c.id.label("cycle_id"), func.coalesce(last.c.created_by_id, 0).label("person_id")),
        select(CycleRevision.cycle_id, func.coalesce(CycleRevision.saved_by_id, 0)).where(
            CycleRevision.cycle_id.in_(select(last.c.id))
        ),
    ).subquery()
    shared = select(wrote.c.cycle_id).group_by(wrote.c.cycle_id).having(func.count() > 1).subquery()
    counted = select(
        select(func.count()).select_from(shared).scalar_subquery(),
        select(func.count()).select_from(last).scalar_subquery(),
    )
    n_shared, n_cycles = db.session.execute(counted).one()
    return n_shared, n_cycles

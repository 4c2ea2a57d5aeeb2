"""Reading the tasks of a plan, and whether a cycle was noted quickly."""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from lms.db import db
from lms.improvement.models import Cycle, QuickNote, Task, TaskRevision, Team
from lms.improvement.rules import WITH_OPEN_TASKS

MOST_REVISIONS = 200


def is_quick_cycle(cycle_id: int) -> bool:
    """Say whether a cycle was noted in three fields (one statement)."""
    return bool(db.session.scalar(select(exists().where(QuickNote.cycle_id == cycle_id))))


def find_tasks(cycle_id: int) -> TaskRevision | None:
    """Return the tasks of a cycle as they stand now, with their people; None when none were ever written (one)."""
    found: TaskRevision | None = db.session.scalars(_newest(), {"cycle_id": cycle_id}).unique().one_or_none()
    return found


@cache  # built once: putting it together takes longer than running it
def _newest() -> Any:
    of_cycle = aliased(TaskRevision)
    newest = (
        select(func.max(of_cycle.number))
        .where(of_cycle.cycle_id == bindparam("cycle_id"))
        .correlate(None)
        .scalar_subquery()
    )
    tasks = joinedload(TaskRevision.tasks)
    found = select(TaskRevision).where(TaskRevision.cycle_id == bindparam("cycle_id"), TaskRevision.number == newest)
    loads = (tasks.joinedload(Task.person), tasks.joinedload(Task.done_by))
    return found.options(*loads).execution_options(populate_existing=True)


def list_open_tasks(person_id: int, organization_id: int) -> list[tuple[int, str]]:
    """Return what somebody still has to do for an organization's teams, as (cycle, what) (one statement)."""
    rows = _open_tasks(person_id, organization_id).with_only_columns(TaskRevision.cycle_id, Task.what)
    return [(cycle_id, what) for cycle_id, what in db.session.execute(rows)]


def list_cycles_with_tasks_of(person_id: int, organization_id: int) -> list[int]:
    """Return the cycles of an organization's teams in which somebody still has something to do (one statement)."""
    found = db.session.scalars(_open_tasks(person_id, organization_id).with_only_columns(TaskRevision.cycle_id))
    return list(dict.fromkeys(found))


def _open_tasks(person_id: int, organization_id: int) -> Any:
    """Select the tasks of the newest saves that are not done, while they can still be edited."""
    newer = aliased(TaskRevision)
    return (
        select(Task)
        .join(TaskRevision, TaskRevision.id == Task.revision_id)
        .join(Cycle, Cycle.id == TaskRevision.cycle_id)
        .join(Team, Team.id == Cycle.team_id)
        .where(
            Task.person_id == person_id,
            Task.done_at.is_(None),
            ~exists().where(newer.cycle_id == TaskRevision.cycle_id, newer.number > TaskRevision.number),
            Cycle.state.in_(WITH_OPEN_TASKS),
            Team.organization_id == organization_id,
        )
        .order_by(TaskRevision.cycle_id, Task.position)
    )


def list_task_revisions(cycle_id: int) -> list[TaskRevision]:
    """Return every save of a cycle's tasks, newest first, with its tasks and people (two statements)."""
    tasks = selectinload(TaskRevision.tasks)
    saved = (
        select(TaskRevision)
        .options(joinedload(TaskRevision.saved_by), tasks.joinedload(Task.person), tasks.joinedload(Task.done_by))
        .where(TaskRevision.cycle_id == cycle_id)
        .order_by(TaskRevision.number.desc())
    )
    return list(db.session.scalars(saved.limit(MOST_REVISIONS)))

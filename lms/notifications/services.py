"""Opening and closing what waits for people. Called by receivers, in the transaction of the change behind it."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import or_, update

from lms import clock
from lms.db import db, insert_once
from lms.notifications.models import Todo, TodoKind


def open_todo(
    person_id: int, kind: TodoKind, subject: str, *, organization_id: int | None = None, due_on: date | None = None
) -> None:
    """Let something wait for a person; where it waits already, the earlier day holds (two statements)."""
    opened = insert_once(
        Todo,
        person_id=person_id,
        kind=kind,
        subject=subject,
        organization_id=organization_id,
        due_on=due_on,
        created_at=clock.now(),
    )
    if opened or due_on is None:
        return
    earlier = update(Todo).where(
        Todo.person_id == person_id,
        Todo.kind == kind,
        Todo.subject == subject,
        Todo.closed_at.is_(None),
        or_(Todo.due_on.is_(None), Todo.due_on > due_on),
    )
    db.session.execute(earlier.values(due_on=due_on, organization_id=organization_id))


def close_todos(person_id: int, kind: TodoKind, subject: str) -> None:
    """Let something wait no longer, because it is done (one statement)."""
    done = update(Todo).where(
        Todo.person_id == person_id, Todo.kind == kind, Todo.subject == subject, Todo.closed_at.is_(None)
    )
    db.session.execute(done.values(closed_at=clock.now()))


def close_todos_of_people(person_ids: Collection[int], kind: TodoKind, subject: str) -> None:
    """Let something wait no longer for any of these people (one statement)."""
    waiting = update(Todo).where(
        Todo.person_id.in_(person_ids), Todo.kind == kind, Todo.subject == subject, Todo.closed_at.is_(None)
    )
    db.session.execute(waiting.values(closed_at=clock.now()).execution_options(synchronize_session=False))


def close_todos_of_organization(person_id: int, organization_id: int) -> None:
    """Drop what an organization asked of somebody who has left it (one statement)."""
    asked = update(Todo).where(
        Todo.person_id == person_id, Todo.organization_id == organization_id, Todo.closed_at.is_(None)
    )
    db.session.execute(asked.values(closed_at=clock.now()))

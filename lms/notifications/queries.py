"""Reading what waits."""

from functools import cache

from sqlalchemy import Row, Select, bindparam, select

from lms.db import db
from lms.notifications.models import Todo
from lms.organizations.models import Organization


def list_open_todos(person_id: int) -> list[Row[Todo, str | None]]:
    """Return what waits for a person with the name of who asks, what is due first (one statement)."""
    return list(db.session.execute(_open_todos(), {"person_id": person_id}))


@cache  # built once: putting it together takes longer than running it
def _open_todos() -> Select[Todo, str | None]:
    return (
        select(Todo, Organization.name)
        .outerjoin(Organization, Organization.id == Todo.organization_id)
        .where(Todo.person_id == bindparam("person_id"), Todo.closed_at.is_(None))
        .order_by(Todo.due_on.is_(None), Todo.due_on, Todo.id)
    )

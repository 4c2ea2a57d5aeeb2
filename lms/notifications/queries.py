"""Reading what waits."""

from sqlalchemy import Row, select

from lms.db import db
from lms.notifications.models import Todo
from lms.organizations.models import Organization


def list_open_todos(person_id: int) -> list[Row[Todo, str | None]]:
    """Return what waits for a person with the name of who asks, what is due first (one statement)."""
    waiting = (
        select(Todo, Organization.name)
        .outerjoin(Organization, Organization.id == Todo.organization_id)
        .where(Todo.person_id == person_id, Todo.closed_at.is_(None))
        .order_by(Todo.due_on.is_(None), Todo.due_on, Todo.id)
    )
    return list(db.session.execute(waiting))

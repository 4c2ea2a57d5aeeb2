"""The playbooks an actor may read."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select

from lms.authz import Actor
from lms.coalitions.models import Coalition
from lms.db import db
from lms.organizations.models import Organization
from lms.playbooks.models import Playbook, PlaybookPage
from lms.playbooks.queries.reach import is_readable
from lms.playbooks.rules import Shared


@dataclass(frozen=True)
class PlaybookRow:
    """One line of the list of playbooks."""

    id: int
    title: str
    place_name: str
    is_of_coalition: bool
    shared: Shared
    is_closed: bool
    n_pages: int
    n_due: int


def count_playbooks(actor: Actor) -> int:
    """Return how many playbooks the actor may read (one statement)."""
    return db.session.scalar(select(func.count()).select_from(Playbook).where(is_readable(actor))) or 0


def list_playbooks(actor: Actor, today: date, *, limit: int, offset: int = 0) -> list[PlaybookRow]:
    """Return the playbooks the actor may read: open ones first, then by place and title (one statement)."""
    is_open_page = and_(PlaybookPage.playbook_id == Playbook.id, PlaybookPage.closed_at.is_(None))
    n_pages = select(func.count()).where(is_open_page).correlate(Playbook).scalar_subquery()
    n_due = select(func.count()).where(is_open_page, PlaybookPage.due_on <= today).correlate(Playbook).scalar_subquery()
    place_name = func.coalesce(Organization.name, Coalition.name)
    rows = (
        select(Playbook, place_name, n_pages, n_due)
        .outerjoin(Organization, Organization.id == Playbook.organization_id)
        .outerjoin(Coalition, Coalition.id == Playbook.coalition_id)
        .where(is_readable(actor))
        .order_by(Playbook.closed_at.is_not(None), place_name, func.lower(Playbook.title), Playbook.id)
    )
    return [
        PlaybookRow(
            id=playbook.id,
            title=playbook.title,
            place_name=name,
            is_of_coalition=playbook.coalition_id is not None,
            shared=playbook.shared,
            is_closed=playbook.closed_at is not None,
            n_pages=n_open,
            n_due=n_due_now,
        )
        for playbook, name, n_open, n_due_now in db.session.execute(rows.limit(limit).offset(offset))
    ]


def list_readable_playbook_ids(actor: Actor) -> list[int]:
    """Return the ids of all playbooks the actor may read, for the scopes of the search (one statement)."""
    return list(db.session.scalars(select(Playbook.id).where(is_readable(actor)).order_by(Playbook.id)))

"""The playbooks an actor may read."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, case, exists, false, func, or_, select, true

from lms.authz import Actor, CoalitionRoleKind
from lms.coalitions.models import Coalition
from lms.db import db, read_columns
from lms.organizations.models import Membership, Organization
from lms.playbooks.models import Playbook, PlaybookEditor, PlaybookPage
from lms.playbooks.queries.reach import is_readable, readable_ids
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


MOST_OFFERED = 6
MOST_READERS = 256  # that one process remembers


def list_writable_playbooks(actor: Actor) -> list[tuple[int, str]]:
    """Return some open playbooks that the actor may add a page to, as (id, title), by title (one statement)."""
    return [(playbook_id, title) for playbook_id, title in read_columns(_offered_to(actor), {})]


@lru_cache(MOST_READERS)  # put together once for each reader: that takes longer than running it
def _offered_to(actor: Actor) -> Any:
    coordinated = [r.coalition_id for r in actor.coalition_roles if r.role is CoalitionRoleKind.COORDINATOR]
    edits = exists().where(PlaybookEditor.playbook_id == Playbook.id, PlaybookEditor.person_id == actor.person_id)
    may_write = or_(
        true() if actor.is_administrator else false(),
        Playbook.organization_id.in_(actor.led_organization_ids),
        Playbook.coalition_id.in_(coordinated),
        and_(is_readable(actor), edits.correlate(Playbook)),
    )
    offered = select(Playbook.id, Playbook.title).where(Playbook.closed_at.is_(None), may_write)
    return offered.order_by(func.lower(Playbook.title), Playbook.id).limit(MOST_OFFERED)


def list_readable_playbook_ids(actor: Actor) -> list[int]:
    """Return the ids of all playbooks the actor may read, for the scopes of the search (one statement)."""
    return readable_ids(actor)


@dataclass(frozen=True)
class CaredPages:
    """How the pages of an organization are looked after, in numbers."""

    n_pages: int
    n_owned_twice: int
    n_reviewed: int


def count_cared_pages(organization_id: int, *, reviewed_since: date) -> CaredPages:
    """Count the open pages of an organization's open playbooks: those with owner and backup, those read since a day.

    An owner or a backup counts while they belong to the organization (one statement).
    """
    members = select(Membership.person_id).where(
        Membership.organization_id == organization_id, Membership.ended_at.is_(None)
    )
    is_owned = and_(PlaybookPage.owner_id.in_(members), PlaybookPage.backup_owner_id.in_(members))
    counted = (
        select(
            func.count(),
            func.coalesce(func.sum(case((is_owned, 1), else_=0)), 0),
            func.coalesce(func.sum(case((PlaybookPage.reviewed_on >= reviewed_since, 1), else_=0)), 0),
        )
        .select_from(PlaybookPage)
        .join(Playbook, Playbook.id == PlaybookPage.playbook_id)
        .where(
            Playbook.organization_id == organization_id, Playbook.closed_at.is_(None), PlaybookPage.closed_at.is_(None)
        )
    )
    n_pages, n_owned, n_reviewed = db.session.execute(counted).one()
    return CaredPages(n_pages, n_owned, n_reviewed)

"""Who is named in playbooks, and who may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, or_, select, union

from lms.accounts.models import Person, PersonState
from lms.accounts.queries import by_shown_name
from lms.authz import MembershipRole
from lms.coalitions.models import CoalitionOrganization, CoalitionRole
from lms.db import db
from lms.organizations.models import Membership
from lms.playbooks.models import PageRevision, Playbook, PlaybookEditor, PlaybookPage
from lms.playbooks.rules import Place

MOST_CHOICES = 1_000  # more than this is no list to choose from


def list_editors(playbook_id: int) -> list[Person]:
    """Return who is named to write in a playbook, by name (one statement)."""
    return list(db.session.scalars(_editors(), {"playbook_id": playbook_id}))


@cache  # built once: putting it together takes longer than running it
def _editors() -> Any:
    named = (
        select(Person)
        .join(PlaybookEditor, PlaybookEditor.person_id == Person.id)
        .where(PlaybookEditor.playbook_id == bindparam("playbook_id"))
    )
    return named.order_by(by_shown_name(), Person.id)


def list_candidates(place: Place) -> list[Person]:
    """Return who may be named in a playbook: active people of the place and its coalition's roles (one statement).

    By name; where there are more than a thousand, the first thousand.
    """
    asked = select(Person).where(Person.id.in_(_people_of(place)), Person.state == PersonState.ACTIVE)
    return list(db.session.scalars(asked.order_by(by_shown_name(), Person.id).limit(MOST_CHOICES)))


def list_belonging_ids(place: Place, person_ids: Sequence[int]) -> set[int]:
    """Return which of these people may be named in a playbook of a place (one statement)."""
    asked = select(Person.id).where(
        Person.id.in_(person_ids), Person.id.in_(_people_of(place)), Person.state == PersonState.ACTIVE
    )
    return set(db.session.scalars(asked))


@dataclass(frozen=True)
class OwnedPage:
    """A page that somebody looks after in one organization's playbooks."""

    page: PlaybookPage
    playbook_title: str


def list_owned_pages(person_id: int, organization_id: int) -> list[OwnedPage]:
    """Return the open pages somebody looks after, alone or as backup, in an organization (one statement)."""
    owned = (
        select(PlaybookPage, Playbook.title)
        .join(PlaybookPage.playbook)
        .where(
            Playbook.organization_id == organization_id,
            PlaybookPage.closed_at.is_(None),
            or_(PlaybookPage.owner_id == person_id, PlaybookPage.backup_owner_id == person_id),
        )
        .order_by(Playbook.title, PlaybookPage.playbook_id, PlaybookPage.position, PlaybookPage.id)
    )
    return [OwnedPage(page, title) for page, title in db.session.execute(owned)]


def list_written(person_id: int) -> list[tuple[PageRevision, str]]:
    """Return every revision somebody wrote, with the title of its playbook, oldest first (one statement)."""
    written = (
        select(PageRevision, Playbook.title)
        .join(PageRevision.page)
        .join(PlaybookPage.playbook)
        .where(PageRevision.author_id == person_id)
        .order_by(PageRevision.written_at, PageRevision.id)
    )
    return [(revision, title) for revision, title in db.session.execute(written)]


def _people_of(place: Place) -> Any:
    """Select the ids of members, and of those who hold a role in the coalition.

    Of a coalition's organizations only the leads: its coordinators know the others by number, not by name.
    """
    members = select(Membership.person_id).where(Membership.ended_at.is_(None))
    holders = select(CoalitionRole.person_id).where(CoalitionRole.ended_at.is_(None))
    if place.organization_id is not None:
        around = coalitions_of(place.organization_id)
        return union(
            members.where(Membership.organization_id == place.organization_id),
            holders.where(CoalitionRole.coalition_id.in_(around)),
        )
    inside = select(CoalitionOrganization.organization_id).where(
        CoalitionOrganization.coalition_id == place.coalition_id, CoalitionOrganization.left_at.is_(None)
    )
    return union(
        members.where(Membership.organization_id.in_(inside), Membership.role == MembershipRole.LEAD),
        holders.where(CoalitionRole.coalition_id == place.coalition_id),
    )


def coalitions_of(organization_id: Any) -> Select[int]:
    return select(CoalitionOrganization.coalition_id).where(
        CoalitionOrganization.organization_id == organization_id, CoalitionOrganization.left_at.is_(None)
    )

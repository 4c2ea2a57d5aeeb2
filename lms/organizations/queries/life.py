"""Reading what somebody has in organizations: what they look after, and everything that is kept about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from lms import signals
from lms.accounts.models import Person, PersonState
from lms.authz import MembershipRole
from lms.db import db
from lms.organizations.models import (
    Invitation,
    JobRole,
    Location,
    Membership,
    MembershipCapability,
    Organization,
    OrganizationState,
)
from lms.organizations.queries.places import MOST_CHOICES


@dataclass(frozen=True)
class OwnedWork:
    """One thing that somebody looks after: what it is, what it is called, where it can be seen."""

    word: str
    title: str
    path: str


def list_owned_work(person_id: int, organization_id: int) -> list[OwnedWork]:
    """Return what somebody looks after in an organization; every slice is asked (each says what it costs)."""
    answers = signals.work_owned_asked.send(None, person_id=person_id, organization_id=organization_id)
    owned = (OwnedWork(*each) for _receiver, found in answers for each in found or ())
    return sorted(owned, key=lambda each: (str(each.word), str(each.title), each.path))


def list_supervised(person_id: int, organization_id: int) -> list[tuple[int, Person]]:
    """Return whom somebody supervises in an organization, each with the membership (one statement)."""
    supervised = (
        select(Membership.id, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organization_id == organization_id,
            Membership.supervisor_id == person_id,
            Membership.ended_at.is_(None),
        )
        .order_by(Membership.id)
    )
    return [(membership_id, person) for membership_id, person in db.session.execute(supervised)]


def list_successors(organization_id: int, leaver_id: int) -> list[Person]:
    """Return who could take over in an organization: its people who can sign in, by name (one statement)."""
    others = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
            Person.id != leaver_id,
            Person.state == PersonState.ACTIVE,
        )
        .order_by(func.lower(func.coalesce(Person.name, Person.alias, Person.email)), Person.id)
    )
    return list(db.session.scalars(others.limit(MOST_CHOICES)))


def exists_lead(organization_id: int) -> bool:
    """Say whether somebody who can sign in leads an organization (one statement)."""
    leading = (
        select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
            Membership.role == MembershipRole.LEAD,
            Person.state == PersonState.ACTIVE,
        )
    )
    return db.session.scalars(leading.limit(1)).first() is not None


def list_led_alone(person_id: int) -> list[Organization]:
    """Return the organizations at work that nobody but this person leads (one statement)."""
    other, other_person = aliased(Membership), aliased(Person)
    others = (
        select(other.id)
        .join(other_person, other_person.id == other.person_id)
        .where(
            other.organization_id == Organization.id,
            other.person_id != person_id,
            other.ended_at.is_(None),
            other.role == MembershipRole.LEAD,
            other_person.state == PersonState.ACTIVE,
        )
    )
    led = (
        select(Organization)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(
            Membership.person_id == person_id,
            Membership.ended_at.is_(None),
            Membership.role == MembershipRole.LEAD,
            Organization.state == OrganizationState.ACTIVE,
            ~others.exists(),
        )
        .order_by(Organization.id)
    )
    return list(db.session.scalars(led))


def list_rows_of(person_id: int) -> Sequence[tuple[str, list[dict[str, Any]]]]:
    """Return everything kept about somebody's belonging (three statements). Other people are not named."""
    held = (
        select(
            Membership.id,
            Organization.name.label("organization"),
            Membership.role,
            JobRole.name.label("job_role"),
            Location.name.label("location"),
            Membership.started_at,
            Membership.ended_at,
        )
        .join(Organization, Organization.id == Membership.organization_id)
        .outerjoin(JobRole, JobRole.id == Membership.job_role_id)
        .outerjoin(Location, Location.id == Membership.location_id)
        .where(Membership.person_id == person_id)
        .order_by(Membership.id)
    )
    capabilities = (
        select(MembershipCapability.membership_id, MembershipCapability.capability)
        .join(Membership, Membership.id == MembershipCapability.membership_id)
        .where(Membership.person_id == person_id)
        .order_by(MembershipCapability.membership_id, MembershipCapability.capability)
    )
    invited = (
        select(Organization.name.label("organization"), Invitation.email, Invitation.name, Invitation.created_at)
        .join(Organization, Organization.id == Invitation.organization_id)
        .join(Person, Person.email == Invitation.email)
        .where(Person.id == person_id)
        .order_by(Invitation.id)
    )
    statements = (("memberships", held), ("capabilities", capabilities), ("invitations to you", invited))
    return [(name, [dict(row) for row in db.session.execute(each).mappings()]) for name, each in statements]

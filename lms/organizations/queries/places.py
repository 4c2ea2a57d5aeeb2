"""Reading organizations, their locations and job roles."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from lms.authz import Actor, MembershipRole
from lms.db import db
from lms.errors import NotFound
from lms.organizations.models import JobRole, Location, Membership, Organization, OrganizationState

MOST_CHOICES = 1_000  # more than this is no list to choose from


def get_organization_for(actor: Actor, organization_id: int) -> Organization:
    """Return an organization the actor may see (one statement at most)."""
    if not actor.is_administrator and organization_id not in actor.seen_organization_ids:
        raise NotFound("organization")
    return get_organization(organization_id)


def get_organization(organization_id: int) -> Organization:
    """Return one organization; for services, which already know that they may (one statement)."""
    organization = db.session.get(Organization, organization_id)
    if organization is None:
        raise NotFound("organization")
    return organization


def get_location_for(actor: Actor, organization_id: int, location_id: int) -> Location:
    """Return a location of an organization the actor may see (two statements)."""
    organization = get_organization_for(actor, organization_id)
    location = db.session.get(Location, location_id)
    if location is None or location.organization_id != organization.id:
        raise NotFound("location")
    return location


def get_job_role_for(actor: Actor, organization_id: int, job_role_id: int) -> JobRole:
    """Return a job role of an organization the actor may see (two statements)."""
    organization = get_organization_for(actor, organization_id)
    job_role = db.session.get(JobRole, job_role_id)
    if job_role is None or job_role.organization_id != organization.id:
        raise NotFound("job role")
    return job_role


@dataclass(frozen=True)
class OwnOrganization:
    """One of the organizations a person belongs to."""

    organization_id: int
    name: str
    role: MembershipRole
    job_role: str | None
    location: str | None


def list_own_organizations(person_id: int) -> list[OwnOrganization]:
    """Return the organizations somebody belongs to now, by name (one statement)."""
    held = (
        select(Organization.id, Organization.name, Membership.role, JobRole.name, Location.name)
        .join(Membership, Membership.organization_id == Organization.id)
        .outerjoin(JobRole, JobRole.id == Membership.job_role_id)
        .outerjoin(Location, Location.id == Membership.location_id)
        .where(
            Membership.person_id == person_id,
            Membership.ended_at.is_(None),
            Organization.state == OrganizationState.ACTIVE,
        )
        .order_by(func.lower(Organization.name), Organization.id)
        .limit(MOST_CHOICES)
    )
    return [OwnOrganization(*row) for row in db.session.execute(held)]


def list_locations(organization_id: int, *, only_open: bool = False) -> list[Location]:
    """Return an organization's locations, open ones first, then by name (one statement)."""
    listed = select(Location).where(Location.organization_id == organization_id)
    if only_open:
        listed = listed.where(Location.closed_at.is_(None))
    return list(
        db.session.scalars(
            listed.order_by(Location.closed_at.is_not(None), func.lower(Location.name), Location.id).limit(MOST_CHOICES)
        )
    )


def list_job_roles(organization_id: int, *, only_open: bool = False) -> list[JobRole]:
    """Return an organization's job roles, open ones first, then by name (one statement)."""
    listed = select(JobRole).where(JobRole.organization_id == organization_id)
    if only_open:
        listed = listed.where(JobRole.closed_at.is_(None))
    return list(
        db.session.scalars(
            listed.order_by(JobRole.closed_at.is_not(None), func.lower(JobRole.name), JobRole.id).limit(MOST_CHOICES)
        )
    )


def list_location_ids(organization_id: int) -> Mapping[str, int]:
    """Return the ids of open locations by their name in lower case (one statement)."""
    return {location.name.casefold(): location.id for location in list_locations(organization_id, only_open=True)}


def list_job_role_ids(organization_id: int) -> Mapping[str, int]:
    """Return the ids of open job roles by their name in lower case (one statement)."""
    return {role.name.casefold(): role.id for role in list_job_roles(organization_id, only_open=True)}


def count_people_at(location: Location) -> int:
    """Return how many people work at a location now (one statement)."""
    there = select(func.count()).where(Membership.location_id == location.id, Membership.ended_at.is_(None))
    return db.session.scalar(there) or 0


def count_people_as(job_role: JobRole) -> int:
    """Return how many people have a job role now (one statement)."""
    holding = select(func.count()).where(Membership.job_role_id == job_role.id, Membership.ended_at.is_(None))
    return db.session.scalar(holding) or 0

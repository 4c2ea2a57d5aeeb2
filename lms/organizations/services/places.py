"""Changing organizations, their locations and job roles."""

from flask_babel import gettext as _
from sqlalchemy import select, update

from lms import audit, clock
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.organizations import queries
from lms.organizations.models import (
    Invitation,
    JobRole,
    Location,
    Organization,
    OrganizationKind,
    OrganizationState,
)


class StaleEdit(Conflict):
    """Somebody changed the thing while this form was open."""


def lock_organization(organization_id: int) -> Organization:
    """Return an organization that nobody else changes until this transaction ends (one statement).

    On PostgreSQL the row is locked, but not against new rows that point to it; on SQLite a writing transaction is alone
    anyway.
    """
    locked = select(Organization).where(Organization.id == organization_id).with_for_update(key_share=True)
    return db.session.scalars(locked.execution_options(populate_existing=True)).one()


def create_organization(*, name: str, kind: OrganizationKind, by_id: int | None) -> Organization:
    """Create an organization. It has nobody yet: invite its first lead next."""
    organization = Organization(name=name, kind=kind, created_at=clock.now())
    db.session.add(organization)
    db.session.flush()  # for the id
    audit.record(by_id, "created an organization", _subject(organization.id), {"kind": kind.value})
    return organization


def edit_organization(
    organization: Organization, *, row_version: int, name: str, kind: OrganizationKind, by_id: int
) -> None:
    """Change name and kind; StaleEdit, with the organization read anew, when somebody changed them meanwhile."""
    edited = (
        update(Organization)
        .where(Organization.id == organization.id, Organization.row_version == row_version)
        .values(name=name, kind=kind, row_version=row_version + 1)
        .returning(Organization.id)
    )
    if db.session.execute(edited).first() is None:
        db.session.refresh(organization)
        raise StaleEdit(_("Somebody else changed this organization while you had the form open."))
    changes = {"kind": kind.value, "row_version": row_version + 1}
    audit.record(by_id, "edited an organization", _subject(organization.id), changes)


def close_organization(organization_id: int, *, by_id: int) -> bool:
    """Close an organization and withdraw its invitations; False when it was closed before. What was done stays."""
    now = clock.now()
    closed = (
        update(Organization)
        .where(Organization.id == organization_id, Organization.state == OrganizationState.ACTIVE)
        .values(state=OrganizationState.CLOSED, closed_at=now, row_version=Organization.row_version + 1)
        .returning(Organization.id)
    )
    if db.session.execute(closed).first() is None:
        return False
    is_open = (Invitation.organization_id == organization_id, Invitation.revoked_at.is_(None))
    db.session.execute(update(Invitation).where(*is_open).values(revoked_at=now))
    audit.record(by_id, "closed an organization", _subject(organization_id))
    return True


def add_location(organization_id: int, *, name: str, address: str | None, by_id: int) -> None:
    """Add a location; Invalid when the organization has one of this name, also a closed one."""
    lock_organization(organization_id)
    _refuse_taken_name(name, queries.list_locations(organization_id))
    insert_once(Location, organization_id=organization_id, name=name, address=address)
    audit.record(by_id, "added a location", _subject(organization_id))


def edit_location(location: Location, *, name: str, address: str | None, by_id: int) -> None:
    """Change a location's name and address."""
    lock_organization(location.organization_id)
    _refuse_taken_name(name, queries.list_locations(location.organization_id), but_id=location.id)
    location.name, location.address = name, address
    audit.record(by_id, "edited a location", audit.Subject("location", location.id))


def set_location_closed(location: Location, *, is_closed: bool, by_id: int) -> None:
    """Close a location, or open it again. People who work there keep it until somebody gives them another."""
    location.closed_at = clock.now() if is_closed else None
    verb = "closed a location" if is_closed else "opened a location again"
    audit.record(by_id, verb, audit.Subject("location", location.id))


def add_job_role(organization_id: int, *, name: str, by_id: int) -> None:
    """Add a job role; Invalid when the organization has one of this name, also a closed one."""
    lock_organization(organization_id)
    _refuse_taken_name(name, queries.list_job_roles(organization_id))
    insert_once(JobRole, organization_id=organization_id, name=name)
    audit.record(by_id, "added a job role", _subject(organization_id))


def edit_job_role(job_role: JobRole, *, name: str, by_id: int) -> None:
    """Change a job role's name."""
    lock_organization(job_role.organization_id)
    _refuse_taken_name(name, queries.list_job_roles(job_role.organization_id), but_id=job_role.id)
    job_role.name = name
    audit.record(by_id, "edited a job role", audit.Subject("job-role", job_role.id))


def set_job_role_closed(job_role: JobRole, *, is_closed: bool, by_id: int) -> None:
    """Close a job role, or open it again. People who have it keep it until somebody gives them another."""
    job_role.closed_at = clock.now() if is_closed else None
    verb = "closed a job role" if is_closed else "opened a job role again"
    audit.record(by_id, verb, audit.Subject("job-role", job_role.id))


def refuse_foreign(organization_id: int, *, job_role_id: int | None, location_id: int | None) -> None:
    """Refuse a job role or location that is not this organization's own (two statements at most)."""
    own_role = select(JobRole.id).where(JobRole.organization_id == organization_id, JobRole.id == job_role_id)
    own_place = select(Location.id).where(Location.organization_id == organization_id, Location.id == location_id)
    for name, chosen_id, own_one in (("job_role", job_role_id, own_role), ("location", location_id, own_place)):
        if chosen_id is not None and db.session.scalar(own_one) is None:
            raise Invalid("Not this organization's own.", {name: _("Choose one from the list.")})


def _subject(organization_id: int) -> audit.Subject:
    return audit.Subject("organization", organization_id)


def _refuse_taken_name(name: str, places: list[Location] | list[JobRole], *, but_id: int | None = None) -> None:
    """Refuse a name the organization uses already, in whatever case it is written."""
    taken = next((place for place in places if place.name.casefold() == name.casefold() and place.id != but_id), None)
    if taken is None:
        return
    if taken.closed_at is None:
        raise Invalid("The name is taken.", {"name": _("You already have one with this name. Choose another name.")})
    raise Invalid(
        "The name is taken.", {"name": _("You closed one with this name before. Open that one again instead.")}
    )

"""What an administrator may see: everything. Every loader of these pages asks here first."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from lms.accounts.models import Person
from lms.authz import Actor, Scope
from lms.db import db
from lms.errors import NotFound
from lms.jobs import Job
from lms.organizations.models import Organization
from lms.outbox import OutboxKind, OutboxRow

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Administered(Generic[Thing]):
    """Something that belongs to the site as a whole."""

    thing: Thing

    @property
    def scope(self) -> Scope:
        """The site's own."""
        return Scope()


def get_site_for(actor: Actor) -> Administered[Actor]:
    """Let an administrator in; to others the pages do not exist."""
    if not actor.is_administrator:
        raise NotFound("page")
    return Administered(actor)


def get_person_for(actor: Actor, person_id: int) -> Person:
    """Return anybody (one statement)."""
    return _get(actor, Person, person_id)


def get_organization_for(actor: Actor, organization_id: int) -> Organization:
    """Return any organization (one statement)."""
    return _get(actor, Organization, organization_id)


def get_job_for(actor: Actor, job_id: int) -> Administered[Job]:
    """Return any job (one statement)."""
    return Administered(_get(actor, Job, job_id))


def get_mail_for(actor: Actor, outbox_id: int) -> Administered[OutboxRow]:
    """Return the delivery of any mail (one statement)."""
    row = _get(actor, OutboxRow, outbox_id)
    if row.kind is not OutboxKind.MAIL:
        raise NotFound("mail")
    return Administered(row)


def _get(actor: Actor, table: type[Thing], row_id: int) -> Thing:
    get_site_for(actor)
    row = db.session.get(table, row_id)
    if row is None:
        raise NotFound("page")
    return row

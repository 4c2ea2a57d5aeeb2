"""Reading the people of organizations."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from lms.accounts.models import Person, PersonState
from lms.accounts.queries import by_shown_name
from lms.authz import Actor, MembershipRole
from lms.db import db
from lms.errors import NotFound
from lms.organizations.models import JobRole, Location, Membership
from lms.organizations.queries.places import MOST_CHOICES, get_organization_for
from lms.organizations.queries.words import has_words


def get_membership_for(actor: Actor, organization_id: int, membership_id: int) -> Membership:
    """Return a membership, open or ended, of an organization the actor may see, with all it names (two statements)."""
    get_organization_for(actor, organization_id)
    asked = _whole_membership().where(Membership.id == membership_id, Membership.organization_id == organization_id)
    membership = db.session.scalars(asked.execution_options(populate_existing=True)).unique().one_or_none()
    if membership is None:
        raise NotFound("membership")
    return membership


def get_open_membership_for(actor: Actor, organization_id: int, membership_id: int) -> Membership:
    """Return a membership that has not ended (two statements)."""
    membership = get_membership_for(actor, organization_id, membership_id)
    if membership.ended_at is not None:
        raise NotFound("membership")
    return membership


def _whole_membership() -> Select[Membership]:
    return select(Membership).options(
        joinedload(Membership.person),
        joinedload(Membership.organization),
        joinedload(Membership.job_role),
        joinedload(Membership.location),
        joinedload(Membership.capabilities),
    )


def find_membership(person_id: int, organization_id: int) -> Membership | None:
    """Return somebody's open membership in an organization (one statement)."""
    held = select(Membership).where(
        Membership.person_id == person_id, Membership.organization_id == organization_id, Membership.ended_at.is_(None)
    )
    return db.session.scalars(held).one_or_none()


def get_own_membership(actor: Actor, organization_id: int) -> Membership:
    """Return the actor's own open membership in an organization (one statement)."""
    membership = find_membership(actor.person_id, organization_id)
    if membership is None:
        raise NotFound("membership")
    return membership


def list_led_organization_ids(person_id: int) -> list[int]:
    """Return the organizations that somebody leads now (one statement)."""
    led = select(Membership.organization_id).where(
        Membership.person_id == person_id, Membership.role == MembershipRole.LEAD, Membership.ended_at.is_(None)
    )
    return list(db.session.scalars(led))


def find_last_end(person_id: int, organization_id: int) -> datetime | None:
    """Return when somebody last left an organization, or None when they never did (one statement)."""
    ended = select(func.max(Membership.ended_at)).where(
        Membership.person_id == person_id, Membership.organization_id == organization_id
    )
    return db.session.scalar(ended)


@dataclass(frozen=True)
class LeadName:
    """Somebody who leads an organization, as its page names them."""

    person_id: int
    name: str


def list_leads(organization_id: int) -> list[LeadName]:
    """Return who leads an organization, by name (one statement)."""
    leading = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(_is_open_in(organization_id), Membership.role == MembershipRole.LEAD)
        .order_by(by_shown_name(), Person.id)
        .limit(MOST_CHOICES)
    )
    return [LeadName(person.id, person.display_name) for person in db.session.scalars(leading)]


def exists_other_lead(membership: Membership) -> bool:
    """Say whether somebody else leads the organization and can sign in (one statement)."""
    others = (
        select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            _is_open_in(membership.organization_id),
            Membership.id != membership.id,
            Membership.role == MembershipRole.LEAD,
            Person.state == PersonState.ACTIVE,
        )
    )
    return bool(db.session.scalar(select(exists(others))))


def is_last_lead(membership: Membership) -> bool:
    """Say whether nobody would lead the organization without this person (one statement at most)."""
    return membership.role is MembershipRole.LEAD and not exists_other_lead(membership)


@dataclass(frozen=True)
class PeopleFilter:
    """Which people of an organization to list. None means: any."""

    words: str = ""
    role: MembershipRole | None = None
    job_role_id: int | None = None
    location_id: int | None = None

    @property
    def is_set(self) -> bool:
        """Whether the filter leaves anybody out."""
        return self != PeopleFilter()


@dataclass(frozen=True)
class PersonRow:
    """One line of the people list."""

    membership_id: int
    name: str
    email: str | None
    role: MembershipRole
    job_role: str | None
    location: str | None
    supervisor: str | None
    is_suspended: bool


def count_people(organization_id: int, wanted: PeopleFilter | None = None) -> int:
    """Return how many people belong to an organization, or how many of them a filter leaves (one statement)."""
    counted = (
        select(func.count())
        .select_from(Membership)
        .join(Person, Person.id == Membership.person_id)
        .where(_is_open_in(organization_id), *_conditions(wanted or PeopleFilter()))
    )
    return db.session.scalar(counted) or 0


def list_people(
    organization_id: int, wanted: PeopleFilter | None = None, *, limit: int, offset: int = 0
) -> list[PersonRow]:
    """Return one page of an organization's people, by the name others see (one statement)."""
    supervisor = aliased(Person)
    listed = (
        select(Membership, Person, supervisor, JobRole.name, Location.name)
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(supervisor, supervisor.id == Membership.supervisor_id)
        .outerjoin(JobRole, JobRole.id == Membership.job_role_id)
        .outerjoin(Location, Location.id == Membership.location_id)
        .where(_is_open_in(organization_id), *_conditions(wanted or PeopleFilter()))
        .order_by(by_shown_name(), Membership.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        PersonRow(
            membership_id=membership.id,
            name=person.display_name,
            email=person.email,
            role=membership.role,
            job_role=job_role,
            location=location,
            supervisor=_name(supervised_by),
            is_suspended=person.state is PersonState.SUSPENDED,
        )
        for membership, person, supervised_by, job_role, location in db.session.execute(listed)
    ]


def list_possible_supervisors(membership: Membership) -> list[Person]:
    """Return the other people of the same organization, by name (one statement)."""
    others = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(_is_open_in(membership.organization_id), Person.id != membership.person_id)
        .order_by(by_shown_name(), Person.id)
        .limit(MOST_CHOICES)
    )
    return list(db.session.scalars(others))


def count_supervised(membership: Membership) -> int:
    """Return how many people of the organization this person supervises (one statement)."""
    counted = select(func.count()).where(
        _is_open_in(membership.organization_id), Membership.supervisor_id == membership.person_id
    )
    return db.session.scalar(counted) or 0


def _name(person: Person | None) -> str | None:
    return person.display_name if person else None


def _is_open_in(organization_id: int) -> ColumnElement[bool]:
    return and_(Membership.organization_id == organization_id, Membership.ended_at.is_(None))


def _conditions(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.words:
        conditions.append(has_words(wanted.words, Person.name, Person.alias, Person.email))
    if wanted.role is not None:
        conditions.append(Membership.role == wanted.role)
    if wanted.job_role_id is not None:
        conditions.append(Membership.job_role_id == wanted.job_role_id)
    if wanted.location_id is not None:
        conditions.append(Membership.location_id == wanted.location_id)
    return conditions

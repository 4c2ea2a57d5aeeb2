"""Reading what an organization asks its people to learn, and how far they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, false, func, select, true

from assessments.items import Localized
from lms.accounts.models import Person, PersonState
from lms.accounts.queries import by_shown_name
from lms.authz import Actor, Scope
from lms.db import db
from lms.organizations.models import JobRole, Location, Membership, Organization
from lms.organizations.queries import get_organization_for
from lms.organizations.queries.words import has_words
from lms.training.assigning import AssignedState, AssignedView, Audience, AudienceKind, Candidate, CourseProgress
from lms.training.models import Assignment, Certificate, Enrollment, TrainingNudge
from lms.training.queries import published

MOST_CANDIDATES = 5_000


@dataclass(frozen=True)
class AssignedCourse:
    """One course as an organization asks for it."""

    organization: Organization
    slug: str
    title: Localized

    @property
    def scope(self) -> Scope:
        """What an organization asks for is its own."""
        return self.organization.scope


def get_assigned_course_for(actor: Actor, organization_id: int, course_slug: str) -> AssignedCourse:
    """Return a published course, seen from an organization the actor may see (two statements)."""
    organization = get_organization_for(actor, organization_id)
    return AssignedCourse(organization, course_slug, published.get_newest(course_slug).course.title)


def list_candidates(organization_id: int, course_slug: str, audience: Audience, checked_on: date) -> list[Candidate]:
    """Return who of the organization is meant, by name, with what speaks for or against asking (one statement)."""
    certified, asked = _certified(course_slug, checked_on), _asked_for(organization_id, course_slug)
    rows = db.session.execute(
        select(Person, JobRole.name, Location.name, certified.c.through, asked.c.due_on)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(JobRole, JobRole.id == Membership.job_role_id)
        .outerjoin(Location, Location.id == Membership.location_id)
        .outerjoin(certified, certified.c.person_id == Person.id)
        .outerjoin(asked, asked.c.person_id == Person.id)
        .where(Membership.organization_id == organization_id, Membership.ended_at.is_(None), _is_meant(audience))
        .order_by(by_shown_name(), Person.id)
        .limit(MOST_CANDIDATES)
    )
    return [
        Candidate(
            person_id=person.id,
            name=person.display_name,
            job_role=job_role,
            location=location,
            is_suspended=person.state is PersonState.SUSPENDED,
            has_certificate=through is not None,
            certified_through=through if through != date.max else None,
            due_on=due_on,
        )
        for person, job_role, location, through, due_on in rows
    ]


def list_course_progress(organization_id: int, today: date) -> list[CourseProgress]:
    """Count, by course, the people asked: what is overdue comes first, then what is due first (one statement)."""
    asks = _asks(organization_id)
    is_open, is_begun = asks.c.n_open > 0, Enrollment.id.is_not(None)
    counted = (
        select(
            asks.c.course_slug,
            _how_many(~is_open).label("n_done"),
            _how_many(and_(is_open, is_begun)).label("n_under_way"),
            _how_many(and_(is_open, ~is_begun)).label("n_not_started"),
            _how_many(and_(is_open, asks.c.due_on < today)).label("n_overdue"),
            func.min(asks.c.due_on).label("next_due_on"),
        )
        .select_from(asks)
        .outerjoin(Enrollment, _is_begun(asks))
        .group_by(asks.c.course_slug)
    )
    progress = [CourseProgress(**row) for row in db.session.execute(counted).mappings()]
    return sorted(progress, key=lambda each: (not each.n_overdue, each.next_due_on or date.max, each.course_slug))


@dataclass(frozen=True, kw_only=True)
class AssignedPerson:
    """One line of the list of those who were asked."""

    person_id: int
    name: str
    job_role: str | None
    location: str | None
    state: AssignedState
    asked_at: datetime | None
    due_on: date | None
    is_overdue: bool
    done_at: datetime | None
    begun_at: datetime | None
    nudged_at: datetime | None
    is_suspended: bool
    has_mail: bool


def count_assigned(organization_id: int, course_slug: str, view: AssignedView, today: date, words: str = "") -> int:
    """Return how many people a list shows (one statement)."""
    found = _assigned(organization_id, course_slug, view, today, words).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def list_assigned(
    organization_id: int,
    course_slug: str,
    view: AssignedView,
    today: date,
    words: str = "",
    *,
    limit: int,
    offset: int = 0,
) -> list[AssignedPerson]:
    """Return one page of those who were asked, the longest waiting first (one statement)."""
    listed = _assigned(organization_id, course_slug, view, today, words)
    return [_assigned_person(row, today) for row in db.session.execute(listed.limit(limit).offset(offset))]


def list_not_done(organization_id: int, course_slug: str, person_ids: Collection[int] | None) -> list[AssignedPerson]:
    """Return those of these people, or of all, who were asked and are not done (one statement)."""
    today = date.max  # who is overdue does not matter here
    listed = _assigned(organization_id, course_slug, AssignedView.NOT_DONE, today, "")
    if person_ids is not None:
        listed = listed.where(Person.id.in_(person_ids))
    return [_assigned_person(row, today) for row in db.session.execute(listed)]


def list_open_asks(person_ids: Collection[int], course_slug: str) -> list[Assignment]:
    """Return what any organization still asks of these people for a course, the latest day first (one statement)."""
    asked = select(Assignment).where(
        Assignment.person_id.in_(person_ids), Assignment.course_slug == course_slug, *_is_open()
    )
    ordered = asked.order_by(Assignment.due_on.desc(), Assignment.id)
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


@dataclass(frozen=True)
class WaitingCourse:
    """A course that an organization waits for."""

    slug: str
    title: Localized
    due_on: date


@dataclass(frozen=True)
class SendableNudge:
    """A reminder that may leave: to whom, from whom, and all that this organization waits for."""

    person: Person
    organization_name: str
    courses: Sequence[WaitingCourse]


def find_nudge_to_send(organization_id: int, person_id: int) -> SendableNudge | None:
    """Return a reminder while something still waits and the person still belongs (two statements and the courses)."""
    rows = db.session.execute(
        select(Person, Organization.name, Assignment.course_slug, func.min(Assignment.due_on))
        .join(Assignment, Assignment.person_id == Person.id)
        .join(Organization, Organization.id == Assignment.organization_id)
        .join(
            Membership,
            and_(
                Membership.person_id == Person.id,
                Membership.organization_id == Assignment.organization_id,
                Membership.ended_at.is_(None),
            ),
        )
        .where(
            Person.id == person_id,
            Person.state == PersonState.ACTIVE,
            Person.email.is_not(None),
            Assignment.organization_id == organization_id,
            *_is_open(),
        )
        .group_by(Person.id, Organization.name, Assignment.course_slug)
        .order_by(func.min(Assignment.due_on), Assignment.course_slug)
    ).all()
    if not rows:
        return None
    courses = [WaitingCourse(slug, published.get_newest(slug).course.title, due_on) for _, _, slug, due_on in rows]
    return SendableNudge(rows[0][0], rows[0][1], courses)


def _assigned(organization_id: int, course_slug: str, view: AssignedView, today: date, words: str) -> Select[Any]:
    asks = _asks(organization_id, course_slug)
    listed = (
        select(
            Person,
            JobRole.name.label("job_role"),
            Location.name.label("location"),
            asks.c.n_open,
            asks.c.asked_at,
            asks.c.due_on,
            asks.c.done_at,
            Enrollment.started_at.label("begun_at"),
            TrainingNudge.nudged_at,
        )
        .select_from(asks)
        .join(Person, Person.id == asks.c.person_id)
        .join(Membership, Membership.id == asks.c.membership_id)
        .outerjoin(JobRole, JobRole.id == Membership.job_role_id)
        .outerjoin(Location, Location.id == Membership.location_id)
        .outerjoin(Enrollment, _is_begun(asks))
        .outerjoin(
            TrainingNudge,
            and_(TrainingNudge.person_id == Person.id, TrainingNudge.organization_id == organization_id),
        )
        .where(_is_shown(view, asks, today))
        .order_by(asks.c.due_on, asks.c.asked_at, by_shown_name(), Person.id)
    )
    return listed.where(has_words(words, Person.name, Person.alias, Person.email)) if words else listed


def _assigned_person(row: Any, today: date) -> AssignedPerson:
    is_open = row.n_open > 0
    under_way = AssignedState.UNDER_WAY if row.begun_at is not None else AssignedState.NOT_STARTED
    return AssignedPerson(
        person_id=row.Person.id,
        name=row.Person.display_name,
        job_role=row.job_role,
        location=row.location,
        state=under_way if is_open else AssignedState.DONE,
        asked_at=row.asked_at,
        due_on=row.due_on,
        is_overdue=is_open and row.due_on < today,
        done_at=None if is_open else row.done_at,
        begun_at=row.begun_at,
        nudged_at=row.nudged_at,
        is_suspended=row.Person.state is PersonState.SUSPENDED,
        has_mail=row.Person.email is not None,
    )


def _asks(organization_id: int, course_slug: str | None = None) -> Subquery:
    """One row for each person of the organization and course: the open asks together, else the done ones."""
    is_open = Assignment.done_at.is_(None)
    asked = (
        select(
            Assignment.person_id,
            Assignment.course_slug,
            func.max(Membership.id).label("membership_id"),
            _how_many(is_open).label("n_open"),
            func.min(case((is_open, Assignment.due_on))).label("due_on"),
            func.min(case((is_open, Assignment.assigned_at))).label("asked_at"),
            func.max(Assignment.done_at).label("done_at"),
        )
        .join(
            Membership,
            and_(
                Membership.person_id == Assignment.person_id,
                Membership.organization_id == Assignment.organization_id,
                Membership.ended_at.is_(None),
            ),
        )
        .where(Assignment.organization_id == organization_id, Assignment.withdrawn_at.is_(None))
        .group_by(Assignment.person_id, Assignment.course_slug)
    )
    if course_slug is not None:
        asked = asked.where(Assignment.course_slug == course_slug)
    return asked.subquery("asks")


def _is_begun(asks: Subquery) -> ColumnElement[bool]:
    return and_(
        Enrollment.person_id == asks.c.person_id,
        Enrollment.course_slug == asks.c.course_slug,
        Enrollment.finished_at.is_(None),
    )


def _is_shown(view: AssignedView, asks: Subquery, today: date) -> ColumnElement[bool]:
    is_open, is_begun = asks.c.n_open > 0, Enrollment.id.is_not(None)
    return {
        AssignedView.NOT_DONE: is_open,
        AssignedView.OVERDUE: and_(is_open, asks.c.due_on < today),
        AssignedView.UNDER_WAY: and_(is_open, is_begun),
        AssignedView.NOT_STARTED: and_(is_open, ~is_begun),
        AssignedView.DONE: ~is_open,
    }[view]


def _asked_for(organization_id: int, course_slug: str) -> Subquery:
    asked = select(Assignment.person_id, func.min(Assignment.due_on).label("due_on")).where(
        Assignment.organization_id == organization_id, Assignment.course_slug == course_slug, *_is_open()
    )
    return asked.group_by(Assignment.person_id).subquery("asked")


def _certified(course_slug: str, checked_on: date) -> Subquery:
    """People with a valid certificate, and through which day; date.max when it does not expire."""
    through = func.coalesce(Certificate.expires_on, date.max)
    valid = select(Certificate.person_id, func.max(through).label("through")).where(
        Certificate.course_slug == course_slug, Certificate.revoked_at.is_(None), through >= checked_on
    )
    return valid.group_by(Certificate.person_id).subquery("certified")


def _is_open() -> tuple[ColumnElement[bool], ...]:
    return (Assignment.done_at.is_(None), Assignment.withdrawn_at.is_(None))


def _is_meant(audience: Audience) -> ColumnElement[bool]:
    if audience.kind is AudienceKind.EVERYBODY:
        return true()
    if not audience.ids:
        return false()
    column = {
        AudienceKind.JOB_ROLES: Membership.job_role_id,
        AudienceKind.LOCATIONS: Membership.location_id,
        AudienceKind.PEOPLE: Membership.person_id,
    }[audience.kind]
    return column.in_(audience.ids)


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))

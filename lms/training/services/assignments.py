"""Asking people to finish a course by a day."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from lms import audit, clock, signals
from lms.db import db, insert_once
from lms.errors import NotFound
from lms.organizations.models import Membership
from lms.training.models import Assignment
from lms.training.queries import published


def assign_course(
    organization_id: int, person_ids: Sequence[int], course_slug: str, due_on: date, by: int | None
) -> int:
    """Ask people of an organization to finish a course; return how many were asked anew. `by` None: the system."""
    published.get_newest(course_slug)
    _refuse_strangers(organization_id, person_ids)
    asked = [
        person_id
        for person_id in dict.fromkeys(person_ids)
        if insert_once(
            Assignment,
            organization_id=organization_id,
            person_id=person_id,
            course_slug=course_slug,
            due_on=due_on,
            assigned_by_id=by,
            assigned_at=clock.now(),
        )
    ]
    if asked:
        changes = {"course": course_slug, "person_ids": asked, "due_on": due_on.isoformat()}
        audit.record(by, "assigned course", audit.Subject("organization", organization_id), changes)
        _tell(organization_id, asked, course_slug, due_on)
    return len(asked)


def _tell(organization_id: int, person_ids: Sequence[int], course_slug: str, due_on: date) -> None:
    made = select(Assignment).where(
        Assignment.organization_id == organization_id,
        Assignment.person_id.in_(person_ids),
        Assignment.course_slug == course_slug,
        Assignment.due_on == due_on,
    )
    for assignment in db.session.scalars(made.order_by(Assignment.id)):
        signals.course_assigned.send(None, assignment=assignment)


def _refuse_strangers(organization_id: int, person_ids: Sequence[int]) -> None:
    """Only who belongs to the organization now can be asked by it."""
    members = select(Membership.person_id).where(
        Membership.organization_id == organization_id,
        Membership.person_id.in_(person_ids),
        Membership.ended_at.is_(None),
    )
    if set(person_ids) - set(db.session.scalars(members)):
        raise NotFound("person")

"""Beginning courses and finishing them."""

import secrets
from datetime import date

from sqlalchemy import select, update

from lms import audit, clock, signals
from lms.accounts import queries as accounts
from lms.db import db, insert_once
from lms.training.courses import Course
from lms.training.models import Assignment, Attempt, Enrollment
from lms.training.queries import published
from lms.training.rules import SERIAL_BYTES
from lms.training.services.certificates import issue_certificate


def start_course(person_id: int, course_slug: str) -> None:
    """Begin the newest version of a course, unless the person is in the middle of it already."""
    version_id = published.get_newest(course_slug).version_id
    now = clock.now()
    begun = insert_once(
        Enrollment,
        person_id=person_id,
        course_slug=course_slug,
        version_id=version_id,
        started_at=now,
        last_event_at=now,
    )
    if begun:
        subject = audit.Subject("enrollment", _open_enrollment_id(person_id, course_slug))
        audit.record(person_id, "started course", subject, {"version_id": version_id})


def finish_course(enrollment: Enrollment, attempt: Attempt, course: Course, finished_on: date) -> None:
    """Close an enrollment whose check was passed: once, with its assignments, its certificate and its signal."""
    finished = (
        update(Enrollment)
        .where(Enrollment.id == enrollment.id, Enrollment.finished_at.is_(None))
        .values(finished_at=clock.now())
    )
    if not db.session.execute(finished).rowcount:  # type: ignore[attr-defined]  # DML returns a CursorResult
        return
    _close_assignments(enrollment)
    _issue_certificate(enrollment, attempt, course, finished_on)
    audit.record(
        enrollment.person_id,
        "finished course",
        audit.Subject("enrollment", enrollment.id),
        {"version_id": enrollment.version_id, "attempt_id": attempt.id},
    )
    signals.course_finished.send(None, enrollment=enrollment, finished_on=finished_on)


def _open_enrollment_id(person_id: int, course_slug: str) -> int:
    is_open = (
        Enrollment.person_id == person_id,
        Enrollment.course_slug == course_slug,
        Enrollment.finished_at.is_(None),
    )
    return db.session.scalars(select(Enrollment.id).where(*is_open)).one()


def _issue_certificate(enrollment: Enrollment, attempt: Attempt, course: Course, issued_on: date) -> None:
    person = accounts.get_person(enrollment.person_id)
    issue_certificate(
        enrollment,
        attempt,
        course,
        name=person.display_name,
        language=person.language,
        issued_on=issued_on,
        random_bytes=secrets.token_bytes(SERIAL_BYTES),
    )


def _close_assignments(enrollment: Enrollment) -> None:
    done = (
        update(Assignment)
        .where(
            Assignment.person_id == enrollment.person_id,
            Assignment.course_slug == enrollment.course_slug,
            Assignment.done_at.is_(None),
            Assignment.withdrawn_at.is_(None),
        )
        .values(done_at=clock.now())
    )
    db.session.execute(done)

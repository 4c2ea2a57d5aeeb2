"""Certificates and what comes before them: the smallest valid row of each. The small course must be published."""

import itertools
from datetime import date, datetime, timedelta

from lms import clock
from lms.accounts.models import Language, Person
from lms.db import db
from lms.organizations.models import Organization
from lms.publications import ContentKind, find_newest
from lms.training import rules
from lms.training.models import Assignment, Attempt, Certificate, Enrollment
from tests.factories.learning import COURSE

_numbers = itertools.count(1)


def make_enrollment(person: Person, *, finished_at: datetime | None = None, course_slug: str = COURSE) -> Enrollment:
    now = clock.now()
    version = find_newest(ContentKind.COURSE, course_slug)
    return _kept(
        Enrollment(
            person_id=person.id,
            course_slug=course_slug,
            version_id=version.id,
            started_at=finished_at or now,
            last_event_at=finished_at or now,
            finished_at=finished_at,
        )
    )


def make_attempt(enrollment: Enrollment, number: int = 1, *, n_correct: int = 2, is_passed: bool = True) -> Attempt:
    moment = clock.now() + timedelta(minutes=number)
    return _kept(
        Attempt(
            enrollment_id=enrollment.id,
            person_id=enrollment.person_id,
            lesson_slug="check",
            number=number,
            questions=[],
            n_questions=2,
            n_correct=n_correct,
            is_passed=is_passed,
            started_at=moment,
            finished_at=moment,
        )
    )


def make_certificate(person: Person, **values: object) -> Certificate:
    enrollment = make_enrollment(person, finished_at=clock.now())
    given = {
        "serial": rules.serial_from_bytes(next(_numbers).to_bytes(rules.SERIAL_BYTES, "big")),
        "name_shown": person.display_name,
        "language": Language.ENGLISH,
        "n_correct": 9,
        "n_questions": 10,
        "issued_on": date(2026, 1, 5),
        "expires_on": date(2128, 1, 5),
    }
    return _kept(
        Certificate(
            enrollment_id=enrollment.id,
            person_id=person.id,
            course_slug=enrollment.course_slug,
            version_id=enrollment.version_id,
            **(given | values),
        )
    )


def make_assignment(person: Person, organization: Organization, due_on: date, **values: object) -> Assignment:
    return _kept(
        Assignment(
            person_id=person.id,
            organization_id=organization.id,
            course_slug=COURSE,
            due_on=due_on,
            assigned_at=clock.now(),
            **values,
        )
    )


def _kept(row):
    db.session.add(row)
    db.session.commit()
    return row

"""Reading a person's own transcript."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from assessments.items import Localized
from lms import publications
from lms.db import db
from lms.organizations.models import Organization
from lms.publications import ContentKind, ContentVersion
from lms.training.certificate_document import state_of
from lms.training.models import Assignment, Attempt, Certificate, Enrollment
from lms.training.queries import published as published_courses
from lms.training.rules import CertificateState

MOST_ATTEMPTS: Final = 20


@dataclass(frozen=True)
class RecordedAttempt:
    """One finished attempt at a check."""

    number: int
    finished_on: date
    n_correct: int
    n_questions: int
    is_passed: bool


@dataclass(frozen=True)
class RecordedCourse:
    """One way through a course. `attempts` holds the newest, `n_attempts` counts all that were finished."""

    slug: str
    title: Localized
    version: str
    started_on: date
    last_event_on: date
    finished_on: date | None
    certificate: Certificate | None
    certificate_state: CertificateState | None
    attempts: Sequence[RecordedAttempt]
    n_attempts: int


@dataclass(frozen=True)
class RecordedAssignment:
    """A course that an organization asked for."""

    slug: str
    title: Localized
    organization_name: str
    due_on: date
    is_done: bool
    is_overdue: bool


@dataclass(frozen=True)
class LearningRecord:
    """What a person learned, is learning, and was asked to learn."""

    under_way: Sequence[RecordedCourse]
    finished: Sequence[RecordedCourse]
    assignments: Sequence[RecordedAssignment]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever begun or asked for."""
        return not (self.under_way or self.finished or self.assignments)


def get_record(person_id: int, *, zone: str, today: date, checked_on: date) -> LearningRecord:
    """Return a person's transcript; `zone` and `today` are those of the person, certificates go by `checked_on`.

    Four statements, one more for each version this process has not read yet.
    """
    courses = _list_courses(person_id, ZoneInfo(zone), checked_on)
    return LearningRecord(
        under_way=[each for each in courses if each.finished_on is None],
        finished=[each for each in courses if each.finished_on is not None],
        assignments=_list_assignments(person_id, today),
    )


def _list_courses(person_id: int, zone: ZoneInfo, checked_on: date) -> Sequence[RecordedCourse]:
    rows = db.session.execute(
        select(Enrollment, ContentVersion, Certificate)
        .join(ContentVersion, ContentVersion.id == Enrollment.version_id)
        .outerjoin(Certificate, Certificate.enrollment_id == Enrollment.id)
        .where(Enrollment.person_id == person_id)
        .order_by(Enrollment.last_event_at.desc(), Enrollment.id.desc())
    ).all()
    attempts = _attempts_by_enrollment(person_id)
    return [_recorded(row, attempts.get(row.Enrollment.id, ()), zone, checked_on) for row in rows]


def _recorded(row: Any, attempts: Sequence[Any], zone: ZoneInfo, checked_on: date) -> RecordedCourse:
    enrollment, certificate = row.Enrollment, row.Certificate
    published = published_courses.read_version(row.ContentVersion)
    return RecordedCourse(
        slug=enrollment.course_slug,
        title=published.course.title,
        version=published.source_version,
        started_on=enrollment.started_at.astimezone(zone).date(),
        last_event_on=enrollment.last_event_at.astimezone(zone).date(),
        finished_on=enrollment.finished_at.astimezone(zone).date() if enrollment.finished_at else None,
        certificate=certificate,
        certificate_state=None if certificate is None else state_of(certificate, checked_on),
        attempts=[
            RecordedAttempt(
                number=each.number,
                finished_on=each.finished_at.astimezone(zone).date(),
                n_correct=each.n_correct,
                n_questions=each.n_questions,
                is_passed=each.is_passed,
            )
            for each in attempts
        ],
        n_attempts=attempts[0].n_attempts if attempts else 0,
    )


def _attempts_by_enrollment(person_id: int) -> Mapping[int, Sequence[Any]]:
    """Return the newest finished attempts of each enrollment, newest first, each with the count of all."""
    newest_first = func.row_number().over(partition_by=Attempt.enrollment_id, order_by=Attempt.number.desc())
    ranked = (
        select(
            Attempt.enrollment_id,
            Attempt.number,
            Attempt.finished_at,
            Attempt.n_correct,
            Attempt.n_questions,
            Attempt.is_passed,
            newest_first.label("place"),
            func.count().over(partition_by=Attempt.enrollment_id).label("n_attempts"),
        )
        .where(Attempt.person_id == person_id, Attempt.finished_at.is_not(None))
        .subquery()
    )
    newest = select(ranked).where(ranked.c.place <= MOST_ATTEMPTS).order_by(ranked.c.enrollment_id, ranked.c.place)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(newest):
        found[row.enrollment_id].append(row)
    return found


def _list_assignments(person_id: int, today: date) -> Sequence[RecordedAssignment]:
    titles = {
        version.slug: published_courses.read_version(version).course.title
        for version in publications.list_newest(ContentKind.COURSE)
    }
    asked = (
        select(Assignment, Organization.name)
        .join(Organization, Organization.id == Assignment.organization_id)
        .where(Assignment.person_id == person_id, Assignment.withdrawn_at.is_(None))
        .order_by(Assignment.done_at.is_not(None), Assignment.due_on, Assignment.id)
    )
    return [
        RecordedAssignment(
            slug=assignment.course_slug,
            title=titles[assignment.course_slug],
            organization_name=name,
            due_on=assignment.due_on,
            is_done=assignment.done_at is not None,
            is_overdue=assignment.done_at is None and assignment.due_on < today,
        )
        for assignment, name in db.session.execute(asked)
    ]

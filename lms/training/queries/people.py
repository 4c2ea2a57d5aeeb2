"""Everything that is kept about one person's learning, for their own copy."""

from typing import Any

from sqlalchemy import select

from lms.db import db
from lms.organizations.models import Organization
from lms.training.models import Assignment, Attempt, AttemptAnswer, Certificate, Enrollment, LearningEvent

Rows = list[dict[str, Any]]


def list_rows_of(person_id: int) -> list[tuple[str, Rows]]:
    """Return courses, what was done in them, checks, answers, certificates and assignments (six statements)."""
    own = Enrollment.person_id == person_id
    courses = select(Enrollment.course_slug, Enrollment.started_at, Enrollment.last_event_at, Enrollment.finished_at)
    events = (
        select(
            Enrollment.course_slug,
            LearningEvent.lesson_slug,
            LearningEvent.kind,
            LearningEvent.detail,
            LearningEvent.occurred_at,
        )
        .join(Enrollment, Enrollment.id == LearningEvent.enrollment_id)
        .where(own)
        .order_by(LearningEvent.id)
    )
    attempts = (
        select(
            Attempt.id,
            Enrollment.course_slug,
            Attempt.number,
            Attempt.n_questions,
            Attempt.n_correct,
            Attempt.is_passed,
            Attempt.started_at,
            Attempt.finished_at,
        )
        .join(Enrollment, Enrollment.id == Attempt.enrollment_id)
        .where(own)
        .order_by(Attempt.id)
    )
    answers = (
        select(
            AttemptAnswer.attempt_id,
            AttemptAnswer.question_slug,
            AttemptAnswer.option_slugs,
            AttemptAnswer.is_correct,
            AttemptAnswer.answered_at,
        )
        .join(Attempt, Attempt.id == AttemptAnswer.attempt_id)
        .where(Attempt.person_id == person_id)
        .order_by(AttemptAnswer.id)
    )
    certificates = (
        select(
            Certificate.course_slug,
            Certificate.serial,
            Certificate.name_shown,
            Certificate.n_correct,
            Certificate.n_questions,
            Certificate.issued_on,
            Certificate.expires_on,
            Certificate.revoked_at,
        )
        .where(Certificate.person_id == person_id)
        .order_by(Certificate.id)
    )
    assignments = (
        select(
            Organization.name.label("organization"),
            Assignment.course_slug,
            Assignment.due_on,
            Assignment.assigned_at,
            Assignment.done_at,
            Assignment.withdrawn_at,
        )
        .join(Organization, Organization.id == Assignment.organization_id)
        .where(Assignment.person_id == person_id)
        .order_by(Assignment.id)
    )
    return [
        ("courses", _rows(courses.where(own).order_by(Enrollment.id))),
        ("learning events", _rows(events)),
        ("attempts at checks", _rows(attempts)),
        ("answers in checks", _rows(answers)),
        ("certificates", _rows(certificates)),
        ("courses asked for", _rows(assignments)),
    ]


def _rows(statement: Any) -> Rows:
    return [dict(row) for row in db.session.execute(statement).mappings()]

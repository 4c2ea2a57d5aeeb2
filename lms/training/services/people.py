"""What becomes of learning when two accounts turn out to be one person's, and when a person is erased."""

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import aliased

from lms import clock
from lms.db import db
from lms.training.models import (
    Assignment,
    Attempt,
    AttemptAnswer,
    Certificate,
    Enrollment,
    LearningEvent,
    LessonProgress,
    TrainingNudge,
)

NO_NAME = "—"


def merge_people(kept_id: int, gone_id: int) -> None:
    """Move everything that was learned to one account.

    Where both have begun a course and not finished it, the one that is further along goes on alone.
    """
    behind = _less_far(kept_id, gone_id)
    if behind:
        _delete_enrollments(Enrollment.id.in_(behind))
    for table in (Enrollment, Attempt, Certificate):
        db.session.execute(update(table).where(table.person_id == gone_id).values(person_id=kept_id))
    _merge_assignments(kept_id, gone_id)
    _merge_nudges(kept_id, gone_id)


def forget_person(person_id: int) -> None:
    """Keep what counts and take the name away: certificates name nobody, what is not finished goes.

    The rows that stay point to an account without a name.
    """
    unnamed = update(Certificate).where(Certificate.person_id == person_id)
    db.session.execute(unnamed.values(name_shown=NO_NAME))
    _delete_enrollments(Enrollment.person_id == person_id, Enrollment.finished_at.is_(None))
    db.session.execute(delete(TrainingNudge).where(TrainingNudge.person_id == person_id))
    asked = (Assignment.person_id == person_id, Assignment.done_at.is_(None), Assignment.withdrawn_at.is_(None))
    db.session.execute(update(Assignment).where(*asked).values(withdrawn_at=clock.now()))


def _less_far(kept_id: int, gone_id: int) -> list[int]:
    """Return one enrollment of each pair that is open in both accounts: the one with fewer steps done."""
    n_steps = (
        select(func.coalesce(func.sum(LessonProgress.n_steps_done), 0))
        .where(LessonProgress.enrollment_id == Enrollment.id)
        .scalar_subquery()
    )
    is_open = (Enrollment.person_id.in_((kept_id, gone_id)), Enrollment.finished_at.is_(None))
    ordered = (
        select(Enrollment.id, Enrollment.course_slug)
        .where(*is_open)
        .order_by(Enrollment.course_slug, n_steps.desc(), Enrollment.person_id == gone_id)
    )
    seen: set[str] = set()
    behind = []
    for enrollment_id, course_slug in db.session.execute(ordered).all():
        if course_slug in seen:
            behind.append(enrollment_id)
        seen.add(course_slug)
    return behind


def _merge_assignments(kept_id: int, gone_id: int) -> None:
    """Let each course be asked for once; what one account did counts for both."""
    theirs, own = aliased(Assignment), aliased(Assignment)
    same = (
        own.person_id == kept_id,
        theirs.person_id == gone_id,
        own.organization_id == theirs.organization_id,
        own.course_slug == theirs.course_slug,
        own.due_on == theirs.due_on,
    )
    for own_id, own_done_at, their_id, their_done_at in db.session.execute(
        select(own.id, own.done_at, theirs.id, theirs.done_at).where(*same)
    ).all():
        if own_done_at is None and their_done_at is not None:
            db.session.execute(update(Assignment).where(Assignment.id == own_id).values(done_at=their_done_at))
        db.session.execute(delete(Assignment).where(Assignment.id == their_id))
    for column in (Assignment.person_id, Assignment.assigned_by_id):
        db.session.execute(update(Assignment).where(column == gone_id).values({column: kept_id}))


def _merge_nudges(kept_id: int, gone_id: int) -> None:
    """Keep one last reminder from each organization."""
    known = select(TrainingNudge.organization_id).where(TrainingNudge.person_id == kept_id)
    theirs = update(TrainingNudge).where(
        TrainingNudge.person_id == gone_id, TrainingNudge.organization_id.not_in(known.scalar_subquery())
    )
    db.session.execute(theirs.values(person_id=kept_id).execution_options(synchronize_session=False))
    db.session.execute(delete(TrainingNudge).where(TrainingNudge.person_id == gone_id))
    made = update(TrainingNudge).where(TrainingNudge.nudged_by_id == gone_id)
    db.session.execute(made.values(nudged_by_id=kept_id))


def _delete_enrollments(*which: ColumnElement[bool]) -> None:
    enrollments = select(Enrollment.id).where(*which)
    attempts = select(Attempt.id).where(Attempt.enrollment_id.in_(enrollments))
    for statement in (
        delete(AttemptAnswer).where(AttemptAnswer.attempt_id.in_(attempts)),
        delete(Attempt).where(Attempt.enrollment_id.in_(enrollments)),
        delete(LearningEvent).where(LearningEvent.enrollment_id.in_(enrollments)),
        delete(LessonProgress).where(LessonProgress.enrollment_id.in_(enrollments)),
        delete(Enrollment).where(*which),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))

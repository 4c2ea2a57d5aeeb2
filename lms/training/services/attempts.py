"""Attempts at a knowledge check. The server owns questions, order and score; the first answer to a question counts."""

from collections.abc import Collection, Sequence
from datetime import date
from random import Random
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import update

from assessments.errors import AssessmentError
from assessments.grading import AttemptResult, Graded, grade_answer, grade_attempt
from assessments.selection import select_questions
from lms import audit, clock
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.training.models import Attempt, AttemptAnswer, EventKind
from lms.training.queries import attempts, enrollments
from lms.training.queries.attempts import AttemptStanding
from lms.training.queries.enrollments import LessonStanding
from lms.training.services.enrollments import finish_course
from lms.training.services.learning import advance, note_event


def start_attempt(place: LessonStanding, rng: Random) -> Attempt:
    """Draw the questions of a new attempt; an attempt still open is gone on with instead."""
    enrollment = place.enrollment
    enrollments.lock_enrollment(enrollment.id)
    earlier = attempts.list_attempts(enrollment.id, place.lesson.slug)
    if earlier and earlier[-1].finished_at is None:
        return earlier[-1]
    if enrollment.finished_at is not None:
        raise Conflict(_("You have passed this check. To take it again, take the course again."))
    if not place.is_open:
        raise Conflict(_("Finish the other lessons first. Then the check opens."))
    attempt = _draw(place, earlier, rng)
    db.session.add(attempt)
    db.session.flush()  # its address needs the id
    subject = audit.Subject("attempt", attempt.id)
    audit.record(enrollment.person_id, "started attempt", subject, {"enrollment_id": enrollment.id})
    return attempt


def answer_question(
    standing: AttemptStanding, question_slug: str, chosen: Collection[str], event_uuid: UUID, today: date
) -> int:
    """Take the answer to the current question, and grade the attempt after the last one; return the question's number.

    A question answered before keeps its first answer. `today` is the date where the person is.
    """
    attempt = standing.attempt
    asked = standing.find_asked(question_slug)
    if asked is None:
        raise Invalid(_("This check does not ask that question."))
    enrollments.lock_enrollment(attempt.enrollment_id)
    try:
        graded = grade_answer(asked.question, chosen)
    except AssessmentError as error:
        raise Invalid(_("Choose an answer first."), {"option": _("Choose an answer first.")}) from error
    if _keep_answer(standing, graded, chosen, event_uuid):
        _finish_if_complete(standing, today)
    return asked.number


def _draw(place: LessonStanding, earlier: Sequence[Attempt], rng: Random) -> Attempt:
    seen = {drawn["question"] for attempt in earlier for drawn in attempt.questions}
    drawn = select_questions(place.course.bank, place.course.n_questions, rng, avoid=seen)
    return Attempt(
        enrollment_id=place.enrollment.id,
        person_id=place.enrollment.person_id,
        lesson_slug=place.lesson.slug,
        number=len(earlier) + 1,
        questions=[{"question": each.question_slug, "options": list(each.option_slugs)} for each in drawn],
        n_questions=len(drawn),
        started_at=clock.now(),
    )


def _keep_answer(standing: AttemptStanding, graded: Graded, chosen: Collection[str], event_uuid: UUID) -> bool:
    attempt = standing.attempt
    is_first = insert_once(
        AttemptAnswer,
        attempt_id=attempt.id,
        event_uuid=event_uuid,
        question_slug=graded.question_slug,
        option_slugs=sorted(chosen),
        is_correct=graded.is_correct,
        answered_at=clock.now(),
    )
    if is_first:
        detail = {"attempt_id": attempt.id, "question": graded.question_slug}
        note_event(attempt.enrollment_id, standing.lesson, EventKind.QUESTION_ANSWERED, event_uuid, detail)
    return is_first


def _finish_if_complete(standing: AttemptStanding, today: date) -> None:
    attempt = standing.attempt
    answers = attempts.list_answers(attempt.id)
    if len(answers) < attempt.n_questions:
        return
    graded = [Graded(question_slug=each.question_slug, is_correct=each.is_correct, verdicts=()) for each in answers]
    result = grade_attempt(graded, n_questions=attempt.n_questions, pass_percent=standing.course.pass_percent)
    if _close(attempt, result) and result.is_passed:
        advance(attempt.enrollment_id, standing.lesson, standing.lesson.n_steps)
        finish_course(attempt.enrollment, attempt, standing.course, today)


def _close(attempt: Attempt, result: AttemptResult) -> bool:
    closed = (
        update(Attempt)
        .where(Attempt.id == attempt.id, Attempt.finished_at.is_(None))
        .values(finished_at=clock.now(), n_correct=result.n_correct, is_passed=result.is_passed)
    )
    if not db.session.execute(closed).rowcount:  # type: ignore[attr-defined]  # DML returns a CursorResult
        return False
    changes = {"n_correct": result.n_correct, "n_questions": result.n_questions, "is_passed": result.is_passed}
    audit.record(attempt.person_id, "finished attempt", audit.Subject("attempt", attempt.id), changes)
    return True

"""What a learner does in readings and scenarios: events recorded once, progress that only grows.

The events are a record of their own, append-only and by the learner's device, so the audit log does not repeat them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import bindparam, or_, select, update

from assessments.errors import AssessmentError
from assessments.grading import grade_answer
from lms import clock
from lms.db import db, insert_new, insert_once
from lms.errors import Invalid
from lms.training.courses import Lesson
from lms.training.models import Enrollment, EventKind, LearningEvent, LessonProgress
from lms.training.queries import enrollments, scenarios
from lms.training.queries.enrollments import Begun, LessonStanding
from lms.training.rules import Progress
from lms.training.scenarios import replay


@dataclass(frozen=True)
class StepDone:
    """A screen that was read, as the learner's device tells it; `step` counts from 1."""

    event_uuid: UUID
    step: int
    occurred_at: datetime | None = None


@dataclass(frozen=True)
class StepsSaved:
    """Which events are safe, and how far the lesson is now."""

    event_uuids: tuple[UUID, ...]
    progress: Progress


def record_steps(place: LessonStanding, steps: Sequence[StepDone]) -> StepsSaved:
    """Record screens read, in any order and from any number of devices; a screen counts once.

    A step that the lesson does not have, and an event of somebody else's, are left out.
    """
    enrollment, lesson = place.enrollment, place.lesson
    enrollments.lock_enrollment(enrollment.id)
    done = enrollments.list_steps_done(enrollment.id, lesson.slug)
    first_told: dict[int, StepDone] = {}
    for each in steps:
        if each.step not in done and 1 <= each.step <= lesson.n_steps:
            first_told.setdefault(each.step, each)
    done |= _note_steps(enrollment, lesson, list(first_told.values()))
    n_done = _n_in_a_row(done)
    progress = advance(enrollment.id, lesson, n_done) if n_done else Progress()
    return StepsSaved(tuple(each.event_uuid for each in steps if each.step in done), progress)


def answer_practice(place: LessonStanding, question_slug: str, chosen: Collection[str], event_uuid: UUID) -> int:
    """Record an answer to an ungraded question; return the screen it stands on."""
    screens = [screen.practice_slug for screen in place.lesson.screens]
    if question_slug not in screens:
        raise Invalid(_("This lesson does not ask that question."))
    step = screens.index(question_slug) + 1
    try:
        graded = grade_answer(place.course.bank.get_question(question_slug), chosen)
    except AssessmentError as error:
        raise Invalid(_("Choose an answer first."), {"option": _("Choose an answer first.")}) from error
    detail = {"question": question_slug, "options": sorted(chosen), "is_correct": graded.is_correct}
    note_event(place.enrollment.id, place.lesson, EventKind.PRACTICE_ANSWERED, event_uuid, detail)
    return step


def choose_in_scenario(place: LessonStanding, choice_slug: str, number: int, event_uuid: UUID) -> None:
    """Take one choice, the `number`th since the last start; a click on a scene already left changes nothing."""
    enrollment, scenario = place.enrollment, place.lesson.scenario
    enrollments.lock_enrollment(enrollment.id)
    path = scenarios.list_choices(enrollment.id, place.lesson.slug)
    if scenario is None or number != len(path) + 1:
        return
    state = replay(scenario, [*path, choice_slug])
    detail = {"scene": state.path[-1].scene_slug, "choice": choice_slug, "number": number}
    is_new = note_event(enrollment.id, place.lesson, EventKind.SCENARIO_CHOSEN, event_uuid, detail)
    if is_new and state.is_finished:
        advance(enrollment.id, place.lesson, place.lesson.n_steps)


def restart_scenario(place: LessonStanding, event_uuid: UUID) -> None:
    """Go back to the first scene; what was finished stays finished."""
    enrollments.lock_enrollment(place.enrollment.id)
    if scenarios.list_choices(place.enrollment.id, place.lesson.slug):
        note_event(place.enrollment.id, place.lesson, EventKind.SCENARIO_RESTARTED, event_uuid, {})


def _note_steps(enrollment: Begun, lesson: Lesson, steps: Sequence[StepDone]) -> set[int]:
    """Record steps that are new; return those whose key nobody used before (three statements at most)."""
    if not steps:
        return set()
    now = clock.now()
    rows = [
        {
            "event_uuid": each.event_uuid,
            "enrollment_id": enrollment.id,
            "lesson_slug": lesson.slug,
            "kind": EventKind.STEP_DONE,
            "detail": {"step": each.step},
            "occurred_at": _credible(each.occurred_at, enrollment, now),
            "recorded_at": now,
        }
        for each in steps
    ]
    new = db.session.scalars(select(LearningEvent.detail).where(LearningEvent.id.in_(insert_new(LearningEvent, rows))))
    _note_use(enrollment.id, now)
    return {detail["step"] for detail in new}


def note_event(
    enrollment_id: int,
    lesson: Lesson,
    kind: EventKind,
    event_uuid: UUID,
    detail: Mapping[str, Any],
) -> bool:
    """Record one event; False when its key was used before, by whomever (two statements)."""
    now = clock.now()
    is_new = insert_once(
        LearningEvent,
        event_uuid=event_uuid,
        enrollment_id=enrollment_id,
        lesson_slug=lesson.slug,
        kind=kind,
        detail=dict(detail),
        occurred_at=now,
        recorded_at=now,
    )
    if is_new:
        _note_use(enrollment_id, now)
    return is_new


def _note_use(enrollment_id: int, now: datetime) -> None:
    db.session.execute(_USED, {"used_id": enrollment_id, "used_at": now})


def advance(enrollment_id: int, lesson: Lesson, n_steps_done: int) -> Progress:
    """Bring a lesson's progress forward, never back (two statements)."""
    is_completed = n_steps_done >= lesson.n_steps
    place = {"enrollment_id": enrollment_id, "lesson_slug": lesson.slug}
    completed_at = clock.now() if is_completed else None
    if not insert_once(LessonProgress, **place, n_steps_done=n_steps_done, completed_at=completed_at):
        reached = {"of_enrollment": enrollment_id, "of_lesson": lesson.slug, "n_now": n_steps_done}
        db.session.execute(_FURTHER, reached | {"completed_now": completed_at})
    return Progress(n_steps_done, is_completed)


# Built once, and of bare tables: putting them together takes longer than running them.
_enrollment: Any = Enrollment.__table__
_progress: Any = LessonProgress.__table__
_USED = update(_enrollment).where(_enrollment.c.id == bindparam("used_id")).values(last_event_at=bindparam("used_at"))
_FURTHER = (
    update(_progress)
    .where(
        _progress.c.enrollment_id == bindparam("of_enrollment"),
        _progress.c.lesson_slug == bindparam("of_lesson"),
        or_(_progress.c.n_steps_done < bindparam("n_now"), _progress.c.completed_at.is_(None)),
        _progress.c.n_steps_done <= bindparam("n_now"),
    )
    .values(n_steps_done=bindparam("n_now"), completed_at=bindparam("completed_now"))
)


def _n_in_a_row(done: Collection[int]) -> int:
    """Count the screens read from the first on without a gap: the next one is where the learner goes on."""
    number = 0
    while number + 1 in done:
        number += 1
    return number


def _credible(occurred_at: datetime | None, enrollment: Begun, now: datetime) -> datetime:
    """Trust a device's clock only between the start of the course and now."""
    return now if occurred_at is None else max(min(occurred_at, now), min(enrollment.started_at, now))

"""One lesson, whatever its kind: where the learner left it, or what comes before it."""

from collections.abc import Callable, Mapping

from flask import request

from lms.authz import Permission
from lms.training import rules
from lms.training.courses import LessonKind
from lms.training.queries import attempts, enrollments
from lms.training.queries.enrollments import LessonStanding
from lms.training.views import bp, page_language
from lms.training.views.readings import draw_reading
from lms.training.views.scenarios import draw_scenario
from lms.web import pages
from lms.web.access import requires


@bp.get("/learn/<course_slug>/<lesson_slug>")
@requires(Permission.LEARNING_DO, on=enrollments.get_lesson_for)
def show_lesson(place: LessonStanding) -> str:
    """Show a lesson."""
    if place.standing.enrollment is None or not place.is_open:
        return pages.render("training/show_lesson_closed.html", place=place)
    if "done" in request.args and place.progress.is_completed and place.lesson.kind is LessonKind.READING:
        return pages.render("training/show_lesson_done.html", place=place)
    return _DRAWN[place.lesson.kind](place, page_language())


def _draw_check(place: LessonStanding, _language: str) -> str:
    made = attempts.list_attempts(place.enrollment.id, place.lesson.slug)
    failed = [each for each in made if each.is_passed is False]
    return pages.render(
        "training/show_lesson_check.html",
        place=place,
        current=next((each for each in made if each.finished_at is None), None),
        finished=[each for each in made if each.finished_at is not None],
        should_reread=rules.should_reread_first(len(failed)),
        n_needed=-(-place.course.n_questions * place.course.pass_percent // 100),
    )


_DRAWN: Mapping[LessonKind, Callable[[LessonStanding, str], str]] = {
    LessonKind.READING: draw_reading,
    LessonKind.SCENARIO: draw_scenario,
    LessonKind.CHECK: _draw_check,
}

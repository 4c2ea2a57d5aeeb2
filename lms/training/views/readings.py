"""Reading a lesson screen by screen, with practice questions between."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, jsonify, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.coalitions import queries as coalitions
from lms.errors import Invalid
from lms.training import forms
from lms.training.courses import ReadingScreen
from lms.training.queries import enrollments
from lms.training.queries.enrollments import LessonStanding
from lms.training.rules import Progress
from lms.training.services import learning
from lms.training.services.learning import StepDone
from lms.training.views import bp, page_language
from lms.training.views.courses import review_of
from lms.training.views.questions import QuestionView, view_question
from lms.web import access, pages
from lms.web.access import requires
from lms.web.forms import form_data
from lms.web.site import see


@dataclass(frozen=True)
class ScreenView:
    """One screen: prose, or a practice question."""

    number: int
    title: str
    html: str | None
    question: QuestionView | None
    minutes_left: int


@bp.post("/learn/<course_slug>/<lesson_slug>/steps")
@requires(Permission.LEARNING_DO, on=enrollments.get_reading_for)
def record_step(place: LessonStanding) -> Response:
    """Record screens read: one from the plain form, up to fifty from the page's script."""
    if request.is_json:
        saved = learning.record_steps(place, forms.read_steps(request.get_json(silent=True)))
        return jsonify(saved=[str(each) for each in saved.event_uuids], progress=_as_json(place, saved.progress))
    form = forms.StepForm(form_data())
    if not form.validate() or form.step.data is None:
        raise Invalid(_("This screen could not be noted as read. Go back to the lesson and try again."))
    step = form.step.data
    saved = learning.record_steps(place, [StepDone(form.event_key, step)])
    return see(_after_step(place, step, saved.progress))


@bp.post("/learn/<course_slug>/<lesson_slug>/practice")
@requires(Permission.LEARNING_DO, on=enrollments.get_reading_for)
def answer_practice(place: LessonStanding) -> Response | tuple[str, int]:
    """Take an answer to an ungraded question; the reasons are the next page."""
    form = forms.AnswerForm(form_data())
    step = _step_of_practice(place, form.question.data or "")
    try:
        learning.answer_practice(place, form.question.data or "", form.chosen, form.event_key)
    except Invalid as error:
        context = _reading(place, page_language(), step, error=error.fields.get("option"))
        return pages.invalid("training/show_lesson_reading.html", **context)
    return see(_lesson_url(place, step=step))


def draw_reading(place: LessonStanding, language: str) -> str:
    """Show a reading at the screen asked for, else at the first one not read."""
    return pages.render("training/show_lesson_reading.html", **_reading(place, language, _asked_step(place)))


def _reading(place: LessonStanding, language: str, step: int, *, error: str | None = None) -> Mapping[str, Any]:
    answers = {} if error or "again" in request.args else _practice_answers(place)
    has_blanks = place.published.has_blanks(language, place.lesson)
    facts = coalitions.facts_for(access.signed_in_actor(), language) if has_blanks else {}
    return {
        "place": place,
        "step": step,
        "screens": lambda: _view_screens(place, language, answers),
        "error": error,
        "has_own": lambda: any("to-confirm" in (each.html or "") for each in _view_screens(place, language, answers)),
        "facts": facts,
        "text_key": (place.published.version_id, place.lesson.slug, language, tuple(facts.items())),
        "answers_key": tuple(sorted((slug, tuple(chosen)) for slug, chosen in answers.items())),
        "references": lambda: place.published.list_references(place.lesson.sources),
        "review": review_of(place.published, language),
    }


def _view_screens(place: LessonStanding, language: str, answers: Mapping[str, Collection[str]]) -> Sequence[ScreenView]:
    return [
        _view_screen(place, number, screen, language, answers)
        for number, screen in enumerate(place.lesson.screens, start=1)
    ]


def _view_screen(
    place: LessonStanding,
    number: int,
    screen: ReadingScreen,
    language: str,
    answers: Mapping[str, Collection[str]],
) -> ScreenView:
    n_steps = place.lesson.n_steps
    minutes_left = -(-place.lesson.minutes * (n_steps - number + 1) // n_steps)
    title = screen.title[language]
    if screen.practice_slug is None:
        html = place.published.html_of(language, place.lesson.slug, number)
        return ScreenView(number, title, html, None, minutes_left)
    question = place.course.bank.get_question(screen.practice_slug)
    view = view_question(question, question.options, language, answers.get(question.slug))
    return ScreenView(number, title, None, view, minutes_left)


def _practice_answers(place: LessonStanding) -> Mapping[str, Sequence[str]]:
    if all(screen.practice_slug is None for screen in place.lesson.screens):
        return {}
    return enrollments.list_practice_answers(place.enrollment.id, place.lesson.slug)


def _step_of_practice(place: LessonStanding, question_slug: str) -> int:
    slugs = [screen.practice_slug for screen in place.lesson.screens]
    if question_slug not in slugs:
        raise Invalid(_("This lesson does not ask that question."))
    return slugs.index(question_slug) + 1


def _asked_step(place: LessonStanding) -> int:
    asked = request.args.get("step", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 4:
        return min(max(int(asked), 1), place.lesson.n_steps)
    if place.progress.is_completed:
        return 1
    return min(place.progress.n_steps_done + 1, place.lesson.n_steps)


def _after_step(place: LessonStanding, step: int, progress: Progress) -> str:
    if step < place.lesson.n_steps:
        return _lesson_url(place, step=step + 1)
    if progress.is_completed:
        return _lesson_url(place, done=1)
    flash(_("One screen before is not read yet. Here it is."), "info")
    return _lesson_url(place, step=progress.n_steps_done + 1)


def _lesson_url(place: LessonStanding, **values: Any) -> str:
    return url_for("training.show_lesson", course_slug=place.course.slug, lesson_slug=place.lesson.slug, **values)


def _as_json(place: LessonStanding, progress: Progress) -> Mapping[str, Any]:
    return {
        "n_steps_done": progress.n_steps_done,
        "n_steps": place.lesson.n_steps,
        "is_completed": progress.is_completed,
    }

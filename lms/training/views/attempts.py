"""The knowledge check: one question at a time, the reasons after each answer, the result in words."""

import secrets
from collections.abc import Mapping
from random import Random
from typing import Any

from flask import Response, request, url_for

from lms import clock
from lms.authz import Permission
from lms.errors import Invalid
from lms.training import forms, rules
from lms.training.queries import attempts, enrollments
from lms.training.queries.attempts import AskedQuestion, AttemptStanding
from lms.training.queries.enrollments import LessonStanding
from lms.training.services import attempts as services
from lms.training.views import bp, page_language
from lms.training.views.questions import view_question
from lms.web import access, pages
from lms.web.access import requires
from lms.web.forms import form_data
from lms.web.site import see


@bp.post("/learn/<course_slug>/<lesson_slug>/attempts")
@requires(Permission.LEARNING_DO, on=enrollments.get_check_for)
def start_attempt(place: LessonStanding) -> Response:
    """Draw the questions, or go on with the attempt that is open."""
    attempt = services.start_attempt(place, Random(secrets.token_bytes(32)))
    return see(url_for("training.show_attempt", attempt_id=attempt.id))


@bp.get("/attempts/<int:attempt_id>")
@requires(Permission.LEARNING_DO, on=attempts.get_attempt_for)
def show_attempt(standing: AttemptStanding) -> str:
    """Show the question asked for with its reasons, else the next one, after the last the result."""
    asked = _asked_for(standing) or standing.current
    if asked is None:
        return _draw_result(standing)
    return pages.render("training/show_attempt.html", **_question(standing, asked))


@bp.post("/attempts/<int:attempt_id>/answers")
@requires(Permission.LEARNING_DO, on=attempts.get_attempt_for)
def answer_question(standing: AttemptStanding) -> Response | tuple[str, int]:
    """Take an answer; its reasons are the next page."""
    form = forms.AnswerForm(form_data())
    today = clock.today(access.signed_in_actor().time_zone)
    try:
        number = services.answer_question(standing, form.question.data or "", form.chosen, form.event_key, today)
    except Invalid as error:
        asked = standing.find_asked(form.question.data or "")
        if asked is None or asked.answer is not None:
            raise
        context = _question(standing, asked)
        return pages.invalid("training/show_attempt.html", **context, error=error.fields.get("option"))
    return see(url_for("training.show_attempt", attempt_id=standing.attempt.id, question=number))


def _asked_for(standing: AttemptStanding) -> AskedQuestion | None:
    """Return the question named in the address; only one that has its answer can be looked at again."""
    asked = request.args.get("question", "")
    return next((each for each in standing.questions if str(each.number) == asked and each.answer), None)


def _question(standing: AttemptStanding, asked: AskedQuestion) -> Mapping[str, Any]:
    chosen = asked.answer.option_slugs if asked.answer else None
    return {
        "standing": standing,
        "asked": asked,
        "question": view_question(asked.question, asked.options, page_language(), chosen),
        "n_questions": standing.attempt.n_questions,
        "references": standing.published.list_references(asked.question.sources),
    }


def _draw_result(standing: AttemptStanding) -> str:
    attempt, course = standing.attempt, standing.course
    wrong = [each.question.slug for each in standing.questions if each.answer and not each.answer.is_correct]
    here = enrollments.get_course_for(access.signed_in_actor(), course.slug)
    held = here.certificate
    n_failed = attempts.count_failed_attempts(attempt.enrollment_id, attempt.lesson_slug)
    return pages.render(
        "training/show_attempt_result.html",
        standing=standing,
        to_reread=[course.get_lesson(slug) for slug in rules.lessons_to_reread(course, wrong)],
        n_needed=-(-attempt.n_questions * course.pass_percent // 100),
        certificate=held if held and held.enrollment_id == attempt.enrollment_id else None,
        can_try_again=here.enrollment is not None and here.enrollment.finished_at is None,
        should_reread=rules.should_reread_first(n_failed),
    )

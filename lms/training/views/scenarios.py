"""Walking through a scenario: one scene at a time, the consequence at once, the way taken at the end."""

from dataclasses import dataclass

from flask import Response, request, url_for

from lms.authz import Permission
from lms.coalitions import queries as coalitions
from lms.training import forms
from lms.training.queries import enrollments, scenarios
from lms.training.queries.enrollments import LessonStanding
from lms.training.scenarios import Choice, Scenario, ScenarioState, ScenarioStep, replay
from lms.training.services import learning
from lms.training.views import bp
from lms.training.views.courses import review_of
from lms.web import access, pages
from lms.web.access import requires
from lms.web.forms import form_data
from lms.web.site import see


@dataclass(frozen=True)
class WalkedStep:
    """One choice of the way taken, with what became of it."""

    scene_html: str
    choice: Choice
    consequence_html: str


@bp.post("/learn/<course_slug>/<lesson_slug>/choices")
@requires(Permission.LEARNING_DO, on=enrollments.get_scenario_for)
def choose_in_scenario(place: LessonStanding) -> Response:
    """Take one choice of the story; what follows is the next page."""
    form = forms.ChoiceForm(form_data())
    if form.validate() and form.number.data is not None:
        learning.choose_in_scenario(place, form.choice.data or "", form.number.data, form.event_key)
    return see(_story_url(place))


@bp.post("/learn/<course_slug>/<lesson_slug>/restart")
@requires(Permission.LEARNING_DO, on=enrollments.get_scenario_for)
def restart_scenario(place: LessonStanding) -> Response:
    """Walk again from the first scene."""
    learning.restart_scenario(place, forms.EventForm(form_data()).event_key)
    return see(_story_url(place))


def draw_scenario(place: LessonStanding, language: str) -> str:
    """Show the note on what comes, then the scene the learner is in, at the end the way taken."""
    scenario = place.lesson.scenario
    if scenario is None:
        raise TypeError(place.lesson.slug)  # its kind says that it has one
    state = replay(scenario, scenarios.list_choices(place.enrollment.id, place.lesson.slug))
    return pages.render(
        "training/show_lesson_scenario.html",
        place=place,
        scenario=scenario,
        state=state,
        is_begun=bool(state.path) or "begin" in request.args,
        note_html=place.published.html_of(language, place.lesson.slug, "note"),
        scene_html=place.published.html_of(language, place.lesson.slug, "scene", state.scene.slug),
        debrief_html=_debrief_html(place, state, language),
        walked=[_walked(place, scenario, step, language) for step in state.path],
        facts=coalitions.facts_for(access.signed_in_actor(), language),
        references=place.published.list_references(place.lesson.sources),
        review=review_of(place.published, language),
    )


def _debrief_html(place: LessonStanding, state: ScenarioState, language: str) -> str | None:
    if not state.is_finished:
        return None
    return place.published.html_of(language, place.lesson.slug, "debrief", state.scene.slug)


def _walked(place: LessonStanding, scenario: Scenario, step: ScenarioStep, language: str) -> WalkedStep:
    scene = scenario.get_scene(step.scene_slug)
    return WalkedStep(
        scene_html=place.published.html_of(language, place.lesson.slug, "scene", scene.slug),
        choice=next(each for each in scene.choices if each.slug == step.choice_slug),
        consequence_html=place.published.html_of(
            language, place.lesson.slug, "consequence", scene.slug, step.choice_slug
        ),
    )


def _story_url(place: LessonStanding) -> str:
    return url_for("training.show_lesson", course_slug=place.course.slug, lesson_slug=place.lesson.slug, begin=1)

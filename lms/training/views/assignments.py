"""Asking people to finish courses: for leads and training managers.

The steps of asking are pages with an address: which course and who, whom exactly, and a look at what will happen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import Response, flash, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from lms import clock, signals
from lms.authz import Permission
from lms.errors import Forbidden, Invalid, NotFound
from lms.organizations.models import Organization
from lms.organizations.queries import get_organization_for, places
from lms.readiness.models import RecommendedAction
from lms.readiness.queries import get_action_for
from lms.training.assigning import (
    NUDGE_PAUSE,
    AskPlan,
    AssignedView,
    Audience,
    AudienceKind,
    Candidate,
    CourseProgress,
    plan_ask,
)
from lms.training.certificate_document import LAST_ZONE
from lms.training.forms import MOST_CHOSEN, AskForm, read_ids
from lms.training.queries import assignments as queries
from lms.training.queries import published
from lms.training.queries.assignments import AssignedCourse, AssignedPerson
from lms.training.services import assignments as services
from lms.training.services.assignments import Nudged
from lms.training.views import bp, page_language
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see

USUAL_DAYS = 14
MOST_NAMED = 20
VIEW_LABELS = {
    AssignedView.NOT_DONE: lazy_gettext("Not done"),
    AssignedView.OVERDUE: lazy_gettext("Overdue"),
    AssignedView.NOT_STARTED: lazy_gettext("Not started"),
    AssignedView.UNDER_WAY: lazy_gettext("Under way"),
    AssignedView.DONE: lazy_gettext("Done"),
}


@bp.get("/organizations/<int:organization_id>/assignments")
@requires(Permission.TRAINING_ASSIGN, on=get_organization_for)
def list_assignments(organization: Organization) -> Response:
    """Count, by course, who is done and who is not."""
    today = _today()
    return _private(
        pages.render(
            "training/list_assignments.html",
            organization=organization,
            progress=queries.list_course_progress(organization.id, today),
            titles={each.course.slug: each.course.title[page_language()] for each in published.list_newest()},
            today=today,
        )
    )


@bp.get("/organizations/<int:organization_id>/assignments/new")
@bp.post("/organizations/<int:organization_id>/assignments/new")
@requires(Permission.TRAINING_ASSIGN, on=get_organization_for)
def assign(organization: Organization) -> Response:
    """Ask people to finish a course: first which and who, then whom exactly, then a look before it is done."""
    asking = _read_asking(organization)
    if asking.is_new:
        return asking.draw("training/assign.html")
    if not asking.form.validate():
        return asking.draw("training/assign.html", status=422)
    if asking.has_to_choose:
        return asking.draw("training/assign_choose.html", options=_options(asking), most=MOST_CHOSEN)
    if request.method == "GET":
        return asking.draw("training/assign_check.html", plan=asking.plan(), most_named=MOST_NAMED)
    try:
        plan = asking.carry_out()
    except Invalid as invalid:
        forms.add_errors(asking.form, invalid.fields)
        return asking.draw("training/assign.html", status=422)
    flash(_asked_sentence(plan), "success" if plan.asked else "info")
    return see(asking.result_path)


@bp.get("/organizations/<int:organization_id>/assignments/<course_slug>")
@requires(Permission.TRAINING_ASSIGN, on=queries.get_assigned_course_for)
def show_assigned_course(assigned: AssignedCourse) -> Response:
    """List who was asked to finish a course, those who are not done first."""
    today, organization_id = _today(), assigned.organization.id
    state, words = request.args.get("state", ""), " ".join(request.args.get("q", "")[:200].replace("\0", " ").split())
    view = AssignedView(state) if state in set(AssignedView) else AssignedView.NOT_DONE
    all_progress = queries.list_course_progress(organization_id, today)
    progress = next((each for each in all_progress if each.course_slug == assigned.slug), None)
    n_people = queries.count_assigned(organization_id, assigned.slug, view, today, words)
    fetch = partial(queries.list_assigned, organization_id, assigned.slug, view, today, words)
    return _private(
        pages.render(
            "training/show_assigned_course.html",
            assigned=assigned,
            organization=assigned.organization,
            progress=progress or CourseProgress(course_slug=assigned.slug),
            people=pages.page_of(n_people, fetch),
            view=view,
            views=VIEW_LABELS,
            words=words,
            pause_days=NUDGE_PAUSE.days,
        )
    )


@bp.post("/organizations/<int:organization_id>/assignments/<course_slug>/nudge")
@requires(Permission.TRAINING_ASSIGN, on=queries.get_assigned_course_for)
def nudge(assigned: AssignedCourse) -> Response:
    """Remind the chosen people, or all who are not done, and say who was not reminded and why."""
    chosen = None if request.form.get("who") == "all" else read_ids(request.form.getlist("person"))
    if chosen is not None and not chosen:
        flash(_("Nobody was chosen, so nobody was reminded. Mark the people first."), "caution")
        return see(_back_to(assigned))
    by_id = access.signed_in_actor().person_id
    nudged = services.nudge(assigned.organization.id, assigned.slug, chosen, now=clock.now(), by_id=by_id)
    for category, sentence in _nudged_sentences(nudged):
        flash(sentence, category)
    return see(_back_to(assigned))


@bp.post("/organizations/<int:organization_id>/assignments/<course_slug>/withdraw")
@requires(Permission.TRAINING_ASSIGN, on=queries.get_assigned_course_for)
def withdraw_assignment(assigned: AssignedCourse) -> Response:
    """Ask the chosen people no longer."""
    chosen, by_id = read_ids(request.form.getlist("person")), access.signed_in_actor().person_id
    n_people = services.withdraw_assignment(assigned.organization.id, assigned.slug, chosen, by_id=by_id)
    if n_people:
        sentence = ngettext(
            "One person is no longer asked to finish this course. What they did so far stays.",
            "%(num)d people are no longer asked to finish this course. What they did so far stays.",
            n_people,
        )
        flash(sentence, "success")
    else:
        flash(_("Nobody was chosen, so nothing changed. Mark the people first."), "caution")
    return see(_back_to(assigned))


@dataclass(frozen=True)
class Asking:
    """One step of asking: what the address or the form says, and where it came from."""

    organization: Organization
    form: AskForm
    action: RecommendedAction | None
    is_new: bool

    @property
    def has_to_choose(self) -> bool:
        """Whether it is still open whom exactly."""
        audience = self.form.audience
        is_asked = request.method == "GET" and request.args.get("step") != "check"
        return audience.kind is not AudienceKind.EVERYBODY and (is_asked or not audience.ids)

    @property
    def course_title(self) -> str:
        """The title of the chosen course."""
        return str(dict(self.form.course.choices)[self.form.course.data])  # type: ignore[arg-type]  # pairs

    @property
    def result_path(self) -> str:
        """Where the outcome can be seen."""
        return url_for(
            "training.show_assigned_course", organization_id=self.organization.id, course_slug=self.form.course.data
        )

    def plan(self) -> AskPlan:
        """Return what would happen now."""
        candidates = queries.list_candidates(
            self.organization.id, self.form.course.data, self.form.audience, clock.today(LAST_ZONE)
        )
        return plan_ask(candidates, self._day, includes_certified=False)

    def carry_out(self) -> AskPlan:
        """Ask, and tell the report it came from."""
        actor = access.signed_in_actor()
        plan = services.ask_people(
            self.organization.id,
            self.form.audience,
            self.form.course.data,
            self._day,
            includes_certified=bool(self.form.includes_certified.data),
            checked_on=clock.today(LAST_ZONE),
            by_id=actor.person_id,
        )
        if self.action is not None:
            signals.work_opened.send(
                None, action_id=self.action.id, kind=self.action.kind, path=self.result_path, actor=actor
            )
        return plan

    def draw(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """Draw one step."""
        page = pages.render(template, asking=self, organization=self.organization, form=self.form, **context)
        return _private(page, status)

    @property
    def _day(self) -> date:
        day = self.form.due.data
        if day is None:
            raise Invalid("The form was not looked at yet.")
        return day


@dataclass(frozen=True)
class Option:
    """One checkbox of the choice of people."""

    value: int
    label: str
    hint: str | None = None
    is_checked: bool = False


def _read_asking(organization: Organization) -> Asking:
    sent = request.form if request.method == "POST" else request.args
    action = _asked_action(organization, sent.get("action", ""))
    today = _today()
    is_new = request.method == "GET" and "to" not in sent
    courses = [(each.course.slug, each.course.title[page_language()]) for each in published.list_newest()]
    form = AskForm(None if is_new else sent, data={"due": _proposed_day(action, today), "to": "everybody"})
    form.offer(courses, _kinds(organization), today)
    form.chosen.data = sorted(read_ids(sent.getlist("chosen")))
    if is_new and sent.get("course") in dict(courses):
        form.course.data = sent["course"]
    return Asking(organization, form, action, is_new)


def _asked_action(organization: Organization, asked: str) -> RecommendedAction | None:
    """Return the action of a report that this comes from, unless it is somebody else's or of another organization."""
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        return None
    try:
        action = get_action_for(access.signed_in_actor(), int(asked))
    except (Forbidden, NotFound):
        return None
    return action if action.round.organization_id == organization.id else None


def _proposed_day(action: RecommendedAction | None, today: date) -> date:
    if action is not None and action.due_on is not None and action.due_on >= today:
        day: date = action.due_on
        return day
    return today + timedelta(days=USUAL_DAYS)


def _kinds(organization: Organization) -> Sequence[AudienceKind]:
    """What people can be chosen by: only what the organization has named."""
    has = {
        AudienceKind.JOB_ROLES: places.list_job_roles(organization.id, only_open=True),
        AudienceKind.LOCATIONS: places.list_locations(organization.id, only_open=True),
    }
    return [kind for kind in AudienceKind if has.get(kind, True)]


def _options(asking: Asking) -> Sequence[Option]:
    organization_id, chosen = asking.organization.id, asking.form.audience.ids
    kind = asking.form.audience.kind
    if kind is AudienceKind.PEOPLE:
        everybody = Audience(AudienceKind.EVERYBODY)
        people = queries.list_candidates(organization_id, asking.form.course.data, everybody, clock.today(LAST_ZONE))
        return [
            Option(each.person_id, each.name, _what_speaks_against(each), each.person_id in chosen) for each in people
        ]
    find = places.list_job_roles if kind is AudienceKind.JOB_ROLES else places.list_locations
    return [Option(each.id, each.name, None, each.id in chosen) for each in find(organization_id, only_open=True)]


def _what_speaks_against(each: Candidate) -> str:
    """Say under a name what somebody does, and what one should know before asking."""
    known = [each.job_role, each.location]
    if each.is_suspended:
        known.append(_("suspended, cannot sign in"))
    if each.has_certificate:
        known.append(_("holds a valid certificate"))
    if each.due_on is not None:
        known.append(_("already asked for %(day)s", day=pages.day(each.due_on)))
    return " · ".join(part for part in known if part)


def _asked_sentence(plan: AskPlan) -> str:
    if not plan.asked:
        return str(_("Nobody was asked anew: all who fit were asked before, or hold a valid certificate."))
    sentences = [ngettext("One person is asked now.", "%(num)d people are asked now.", len(plan.asked))]
    if plan.certified:
        sentences.append(
            ngettext(
                "One person holds a valid certificate and was left out.",
                "%(num)d people hold a valid certificate and were left out.",
                len(plan.certified),
            )
        )
    return " ".join(sentences)


def _nudged_sentences(nudged: Nudged) -> Sequence[tuple[str, str]]:
    """Say in words who was reminded and who was not, and why."""
    said = [
        ("success", nudged.mailed, _mailed_sentence),
        ("info", nudged.without_mail, _without_mail_sentence),
        ("caution", nudged.too_soon, _too_soon_sentence),
        ("caution", nudged.suspended, _suspended_sentence),
    ]
    sentences = [(category, sentence_of(people)) for category, people, sentence_of in said if people]
    if nudged.n_gone > 0:
        sentences.append(("info", str(_("Some of the people are done by now, or are no longer asked."))))
    return sentences or [("info", str(_("Nobody is waiting to finish this course, so nobody was reminded.")))]


def _mailed_sentence(people: Sequence[AssignedPerson]) -> str:
    sentence: str = ngettext(
        "One reminder is on its way by e-mail: %(names)s.",
        "%(num)d reminders are on their way by e-mail: %(names)s.",
        len(people),
        names=_names(people),
    )
    return sentence


def _without_mail_sentence(people: Sequence[AssignedPerson]) -> str:
    sentence: str = ngettext(
        "One person has no e-mail address and finds the course on the home page: %(names)s. Tell them in person.",
        "%(num)d people have no e-mail address and find the course on their home page: %(names)s. Tell them in person.",
        len(people),
        names=_names(people),
    )
    return sentence


def _too_soon_sentence(people: Sequence[AssignedPerson]) -> str:
    sentence: str = ngettext(
        "One person was reminded less than 3 days ago and gets no second reminder yet: %(names)s.",
        "%(num)d people were reminded less than 3 days ago and get no second reminder yet: %(names)s.",
        len(people),
        names=_names(people),
    )
    return sentence


def _suspended_sentence(people: Sequence[AssignedPerson]) -> str:
    sentence: str = ngettext(
        "One account is suspended, so no reminder was sent: %(names)s.",
        "%(num)d accounts are suspended, so no reminders were sent: %(names)s.",
        len(people),
        names=_names(people),
    )
    return sentence


def _names(people: Sequence[AssignedPerson]) -> str:
    named = ", ".join(each.name for each in people[:MOST_NAMED])
    n_more = len(people) - MOST_NAMED
    return f"{named} {_('and %(num)d more', num=n_more)}" if n_more > 0 else named


def _back_to(assigned: AssignedCourse) -> str:
    state = request.form.get("state", "")
    return url_for(
        "training.show_assigned_course",
        organization_id=assigned.organization.id,
        course_slug=assigned.slug,
        state=state if state in set(AssignedView) else None,
    )


def _today() -> date:
    return clock.today(access.signed_in_actor().time_zone)


def _private(page: str, status: int = 200) -> Response:
    """These pages name other people."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response

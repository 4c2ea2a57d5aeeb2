"""Pages of PDSA cycles, one for each stage."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, request, url_for
from flask_babel import format_datetime, get_locale, ngettext
from flask_babel import gettext as _

from lms.assistance import queries as assistance
from lms.assistance.queries import CyclePanel
from lms.authz import Permission
from lms.errors import Conflict, Invalid
from lms.improvement import plans, queries, rules
from lms.improvement.forms.cycles import (
    ActForm,
    BeginForm,
    DoForm,
    DropForm,
    PlanForm,
    StartForm,
    StudyForm,
    plan_defaults,
)
from lms.improvement.forms.words import FIELD_LABELS
from lms.improvement.models import Cycle, Team
from lms.improvement.queries import Work
from lms.improvement.queries.cycles import list_ideas
from lms.improvement.queries.tasks import find_tasks
from lms.improvement.rules import CycleState, Stage
from lms.improvement.services import cycles
from lms.improvement.services.cycle_saving import refuse_out_of_order
from lms.improvement.services.stale import StaleEdit
from lms.improvement.views.blueprint import Answer, bp, draw_form, here, may, theirs_of, work_of
from lms.notifications.queries import find_told_of_harm
from lms.playbooks.queries import list_writable_playbooks
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see


@bp.get("/improve/teams/<int:team_id>/cycles/new")
@bp.post("/improve/teams/<int:team_id>/cycles/new")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_team_for)
def start_cycle(team: Team) -> Answer:
    """Start a cycle with three answers; `?after=` names the cycle it follows, `?idea=` what it tests."""
    before = _predecessor(team)
    ideas = {str(idea.id): idea.title for idea in list_ideas(team.id) if idea.closed_at is None}
    defaults = {"predecessor": before.id if before else 0, **_start_defaults(before, ideas)}
    form = StartForm(forms.form_data(), data=defaults)
    form.offer_ideas([(int(key), title) for key, title in ideas.items()])
    if before is None:
        del form.carried
    template = "improvement/start_cycle.html"
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, team=team, before=before)
    try:
        cycle = cycles.start_cycle(team.id, form.beginning(before), by_id=access.signed_in_actor().person_id)
    except Invalid as invalid:
        forms.add_errors(form, {name.removesuffix("_id"): text for name, text in invalid.fields.items()})
        return draw_form(template, form=form, team=team, before=before)
    flash(_("Cycle %(number)s is there. Plan it next.", number=cycle.number), "success")
    return see(url_for("improvement.plan_cycle", cycle_id=cycle.id))


def _predecessor(team: Team) -> Cycle | None:
    """Return the team's own cycle that the form or the address names, or None."""
    asked = request.form.get("predecessor") if request.method == "POST" else request.args.get("after")
    if not asked or not asked.isascii() or not asked.isdigit() or len(asked) > 9 or not int(asked):
        return None
    cycle = queries.get_cycle_for(access.signed_in_actor(), int(asked))
    return cycle if cycle.team_id == team.id else None


def _start_defaults(before: Cycle | None, ideas: Mapping[str, str]) -> dict[str, Any]:
    """What the form begins with: the idea that the address names, or what the cycle before it left to do."""
    if before is None:
        asked = request.args.get("idea", "")
        return {"change_idea": asked, "title": ideas[asked]} if asked in ideas else {}
    return {"change_idea": str(before.change_idea_id or ""), "carried": before.learned, "title": before.next_step[:160]}


@bp.get("/improve/cycles/<int:cycle_id>")
@requires(Permission.IMPROVEMENT_READ, on=queries.get_cycle_for)
def show_cycle(cycle: Cycle) -> str:
    """Show a cycle: its four stages, its prediction held against the data, and how it was run."""
    work = work_of(cycle.team_id)
    return _draw_cycle(cycle, work, BeginForm(data={"began_on": work.today, "row_version": cycle.row_version}))


def _panel_for(cycle: Cycle) -> CyclePanel | None:
    """What was said about the cycle, for those who take part: teams that learn from it read the cycle and its chart."""
    if not may(Permission.IMPROVEMENT_COMMENT, cycle):
        return None
    return assistance.panel_for(cycle.id, access.signed_in_actor())


def _playbooks_for(cycle: Cycle) -> list[tuple[int, str]]:
    """Where what a finished cycle taught can be written down."""
    is_finished = cycle.state in {CycleState.ACTED, CycleState.REVIEWED}
    return list_writable_playbooks(access.signed_in_actor()) if is_finished else []


def _draw_cycle(cycle: Cycle, work: Work, form: BeginForm, *, stale: Conflict | None = None) -> str:
    successor = work.successor_of(cycle)
    measure = work.measures.get(cycle.measure_id or 0)
    prediction, profile = cycle.prediction, work.profile(cycle)
    return pages.render(
        "improvement/show_cycle.html",
        cycle=cycle,
        team=cycle.team,
        form=form,
        stale=stale,
        today=work.today,
        action=rules.next_action(
            cycle.state,
            is_studied=cycle.studied_at is not None,
            is_returned=cycle.is_returned,
            has_successor=successor is not None,
        ),
        successor=successor,
        chart=work.chart(measure) if measure else None,
        judgement=work.judgement(cycle),
        predicted_measure=work.measures.get(prediction.measure_id or 0) if prediction else None,
        profile=profile,
        profile_key=tuple((each.check, each.outcome, each.variant, *each.values.items()) for each in profile),
        may_write=may(Permission.IMPROVEMENT_WRITE, cycle),
        missing=_missing(cycle),
        tasks=find_tasks(cycle.id),
        may_edit_tasks=cycle.state in rules.WITH_OPEN_TASKS,
        has_predecessor=cycle.predecessor is not None,
        playbooks=_playbooks_for(cycle),
        panel=_panel_for(cycle),
        told=_told_of_harm(cycle, work.zone) if cycle.has_harm else None,
    )


def _told_of_harm(cycle: Cycle, zone: str) -> str:
    """Say whether others were told that somebody was harmed, when and how many (one statement)."""
    told = find_told_of_harm(url_for("improvement.show_cycle", cycle_id=cycle.id))
    if told is None:
        return str(_("This site has told nobody. Tell your organization and your TA expert yourself."))
    here = told.at.astimezone(ZoneInfo(zone))
    time = format_datetime(here, "H:mm" if str(get_locale()) == "es" else "h:mm a", rebase=False)
    return str(
        ngettext(
            "A notice went to one person on %(day)s, at %(time)s.",
            "A notice went to %(num)d people on %(day)s, at %(time)s.",
            told.n_people,
            day=pages.day(here.date()),
            time=time,
        )
    )


def _missing(cycle: Cycle) -> list[str]:
    """Return what a plan still needs, in words: a draft to begin, what was noted quickly to be a full cycle."""
    if cycle.state not in rules.BEFORE_BEGIN:
        return []
    plan = {name: getattr(cycle, name) for name in rules.PLAN_FIELDS}
    prediction = cycle.prediction
    names = plans.missing_in_plan(plan, has_prediction=prediction is not None)
    if names and cycle.state is CycleState.PLANNED:
        is_measured = prediction is not None and prediction.shape is not None
        names = plans.missing_in_full_cycle(plan, has_prediction=prediction is not None, is_measured=is_measured)
    own = {"words": FIELD_LABELS["prediction_words"], "shape": _("A number and a day in the prediction")}
    return [str(own.get(name) or FIELD_LABELS[name]) for name in names]


@bp.get("/improve/cycles/<int:cycle_id>/plan")
@bp.post("/improve/cycles/<int:cycle_id>/plan")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_cycle_for)
def plan_cycle(cycle: Cycle) -> Answer:
    """Plan a cycle and predict what it will show."""
    refuse_out_of_order(cycle, Stage.PLAN)
    form = _plan_form(cycle, plan_defaults(cycle))
    template = "improvement/plan_cycle.html"
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, cycle=cycle)
    try:
        by_id = access.signed_in_actor().person_id
        cycles.save_plan(cycle, form.plan(), form.predicted(), row_version=form.version, by_id=by_id)
    except Invalid as invalid:
        forms.add_errors(form, {name.removesuffix("_id"): text for name, text in invalid.fields.items()})
        return draw_form(template, form=form, cycle=cycle)
    except StaleEdit as stale:
        return _draw_stale(template, form, cycle, stale, plan_defaults)
    ready = cycle.state is CycleState.PLANNED
    flash(_("The plan is saved and whole. You can begin.") if ready else _("The plan is saved."), "success")
    return _to_cycle(cycle)


def _plan_form(cycle: Cycle, defaults: dict[str, Any]) -> PlanForm:
    form = PlanForm(forms.form_data(), data=defaults)
    work = work_of(cycle.team_id)
    ideas = [each for each in list_ideas(cycle.team_id) if each.closed_at is None or each.id == cycle.change_idea_id]
    measures = [(each.id, each.definition.name) for each in work.measures_of(cycle.team_id)]
    form.offer([(idea.id, idea.title) for idea in ideas], measures)
    form.today = work.today
    if cycle.predecessor_id is None:
        del form.carried
    if cycle.state not in rules.BEFORE_BEGIN:
        form.lock_prediction()
    return form


@bp.post("/improve/cycles/<int:cycle_id>/begin")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_cycle_for)
def begin_cycle(cycle: Cycle) -> Answer:
    """Begin the test: from now on the prediction is locked."""
    now, form = here(), BeginForm(forms.form_data())
    if not form.validate():
        return _draw_cycle(cycle, work_of(cycle.team_id), form), 422
    began_on: date = form.began_on.data  # type: ignore[assignment]  # the form asks for it
    try:
        by_id, version = access.signed_in_actor().person_id, form.version
        cycles.begin_cycle(cycle, began_on=began_on, today=now.today, row_version=version, by_id=by_id, zone=now.zone)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return _draw_cycle(cycle, work_of(cycle.team_id), form), 422
    except Conflict as stale:
        return _draw_begin_too_late(cycle, form, stale)
    flash(_("The test has begun and the prediction is locked. Write down what you see."), "success")
    return _to_cycle(cycle)


def _draw_begin_too_late(cycle: Cycle, form: BeginForm, stale: Conflict) -> Answer:
    """Show the cycle as it is now: the plan was changed meanwhile, or somebody has begun the test already."""
    now = queries.get_cycle(cycle.id)
    form.begin_from(now.row_version)
    return _draw_cycle(now, work_of(now.team_id), form, stale=stale), 409


@bp.get("/improve/cycles/<int:cycle_id>/do")
@bp.post("/improve/cycles/<int:cycle_id>/do")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_cycle_for)
def do_cycle(cycle: Cycle) -> Answer:
    """Write down what happened, and when the test was over."""

    def save(form: DoForm) -> None:
        now, by_id = here(), access.signed_in_actor().person_id
        cycles.save_do(cycle, form.done(), today=now.today, row_version=form.version, by_id=by_id, zone=now.zone)

    return _stage(cycle, Stage.DO, DoForm, save)


@bp.get("/improve/cycles/<int:cycle_id>/study")
@bp.post("/improve/cycles/<int:cycle_id>/study")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_cycle_for)
def study_cycle(cycle: Cycle) -> Answer:
    """Write down what the team reads out of the test."""

    def save(form: StudyForm) -> None:
        by_id = access.signed_in_actor().person_id
        cycles.save_study(cycle, form.study(), row_version=form.version, by_id=by_id)

    return _stage(cycle, Stage.STUDY, StudyForm, save)


@bp.get("/improve/cycles/<int:cycle_id>/act")
@bp.post("/improve/cycles/<int:cycle_id>/act")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_cycle_for)
def act_cycle(cycle: Cycle) -> Answer:
    """Decide what follows, and hand the cycle in for review."""

    def save(form: ActForm) -> None:
        by_id = access.signed_in_actor().person_id
        cycles.save_act(cycle, form.act(), row_version=form.version, by_id=by_id)

    return _stage(cycle, Stage.ACT, ActForm, save)


def _stage(cycle: Cycle, stage: Stage, kind: type[Any], save: Callable[[Any], None]) -> Answer:
    """Draw the form of a stage or save it; one template a stage."""
    refuse_out_of_order(cycle, stage)
    template, form = f"improvement/{stage.value}_cycle.html", kind(forms.form_data(), data=_stage_defaults(cycle))
    work = work_of(cycle.team_id) if stage is not Stage.DO else None
    shown = {"judgement": work.judgement(cycle), "chart": _own_chart(cycle, work)} if work else {}
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, cycle=cycle, **shown)
    try:
        save(form)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw_form(template, form=form, cycle=cycle, **shown)
    except StaleEdit as stale:
        return _draw_stale(template, form, cycle, stale, _stage_defaults, **shown)
    flash(_said(stage, cycle), "success")
    return _to_cycle(cycle)


def _own_chart(cycle: Cycle, work: Work) -> queries.MeasureChart | None:
    measure = work.measures.get(cycle.measure_id or 0)
    return work.chart(measure) if measure else None


def _said(stage: Stage, cycle: Cycle) -> str:
    if stage is Stage.DO:
        is_over = cycle.ended_on is not None
        return str(_("Saved. Study what you found next.") if is_over else _("Saved. Come back when the test is over."))
    if stage is Stage.STUDY:
        return str(_("Saved. Decide what you do with the change next."))
    return str(_("Saved. Your TA expert will read the cycle."))


def _stage_defaults(cycle: Cycle) -> dict[str, Any]:
    names = [name for stage in (Stage.DO, Stage.STUDY, Stage.ACT) for name in rules.STAGE_FIELDS[stage]]
    shown = {name: getattr(cycle, name) for name in names}
    for name in ("done_as_planned", "decision"):
        shown[name] = shown[name].value if shown[name] else None
    return {**shown, "row_version": cycle.row_version}


@bp.get("/improve/cycles/<int:cycle_id>/not-run")
@bp.post("/improve/cycles/<int:cycle_id>/not-run")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_cycle_for)
def drop_cycle(cycle: Cycle) -> Answer:
    """Say that a cycle was not run, and why."""
    if cycle.state not in rules.DROPPABLE:
        raise Conflict(_("This cycle has been run. Write what you learned instead."))
    form = DropForm(forms.form_data(), data={"row_version": cycle.row_version})
    if request.method == "GET" or not form.validate():
        return draw_form("improvement/drop_cycle.html", form=form, cycle=cycle)
    by_id = access.signed_in_actor().person_id
    cycles.drop_cycle(cycle, reason=form.reason.data or "", row_version=form.version, by_id=by_id)
    flash(_("The cycle is kept as not run."), "success")
    return see(url_for("improvement.show_team", team_id=cycle.team_id))


@bp.post("/improve/cycles/<int:cycle_id>/resubmit")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_cycle_for)
def resubmit_cycle(cycle: Cycle) -> Answer:
    """Send a cycle that came back to its reviewer again."""
    if not cycles.resubmit_cycle(cycle, by_id=access.signed_in_actor().person_id):
        raise Conflict(_("This cycle does not wait for your answer, so there is nothing to send again."))
    flash(_("The cycle went back to your TA expert."), "success")
    return _to_cycle(cycle)


def _draw_stale(
    template: str,
    form: Any,
    cycle: Cycle,
    stale: StaleEdit,
    saved_of: Callable[[Cycle], dict[str, Any]],
    **shown: Any,
) -> Answer:
    """Show what is saved now beside what was typed."""
    now = queries.get_cycle(cycle.id)
    form.begin_from(now.row_version)
    theirs = theirs_of(form, saved_of(now))
    return pages.render(template, form=form, cycle=now, stale=stale, theirs=theirs, **shown), 409


def _to_cycle(cycle: Cycle) -> Answer:
    return see(url_for("improvement.show_cycle", cycle_id=cycle.id))

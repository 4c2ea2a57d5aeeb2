"""Pages of how a measure is drawn, its picture to take away, and charts that were kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from flask import Response, flash, get_template_attribute, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from lms import pdf
from lms.authz import Permission
from lms.errors import Conflict, Forbidden, Invalid
from lms.improvement import queries
from lms.improvement.chart_picture import picture_data
from lms.improvement.chart_rules import Suggestion, advise, flaws_of, suggest_phase
from lms.improvement.chart_spec import ChartPlan, Spec
from lms.improvement.forms import charts as words
from lms.improvement.forms.charts import ChartForm, KeepForm, PhasesForm, chart_form
from lms.improvement.models import KeptChart, Measure
from lms.improvement.pictures import Size
from lms.improvement.queries.charts import MeasureChart, draw_spec, phase_reason
from lms.improvement.queries.kept_charts import (
    AdoptedCycle,
    Settings,
    get_kept_for,
    list_adopted_cycles,
    list_kept,
    list_settings,
)
from lms.improvement.services import charts
from lms.improvement.services.stale import StaleEdit
from lms.improvement.views.blueprint import Answer, bp, draw_form, here, may
from lms.improvement.views.measures import period_in_words
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see


@bp.context_processor
def name_chart_words() -> dict[str, object]:
    """Let templates name kinds of charts, rules and reasons."""
    return {
        "kind_labels": words.KIND_LABELS,
        "kind_hints": {kind.value: hint for kind, hint in words.KIND_HINTS.items()},
        "rule_set_labels": words.RULE_SET_LABELS,
        "rule_hints": words.RULE_HINTS,
        "kept_labels": words.KEPT_LABELS,
        "advice_sentences": words.ADVICE_SENTENCES,
        "phase_reason": phase_reason,
    }


@dataclass(frozen=True)
class Drawing:
    """A measure as it is drawn now, and everything that was ever set for it."""

    measure: Measure
    settings: Settings
    numbers: queries.Numbers[queries.CycleLine]

    @property
    def plan(self) -> ChartPlan:
        """How it is drawn."""
        return charts.holding_plan(self.measure, self.settings)

    @property
    def chart(self) -> MeasureChart:
        """The chart as it is."""
        return self.numbers.chart(self.measure)

    def spec(self, plan: ChartPlan) -> Spec:
        """What the chart would be made of when drawn otherwise."""
        return replace(self.chart.spec, plan=plan)


def drawing_of(measure: Measure) -> Drawing:
    """Read how a measure is drawn (four statements)."""
    now, settings = here(), list_settings(measure.id)
    entries = queries.list_entries(measure.id)
    numbers = queries.numbers_of(measure, entries, zone=now.zone, today=now.today, plan=settings.plan)
    return Drawing(measure, settings, numbers)


@bp.get("/improve/measures/<int:measure_id>/chart")
@bp.post("/improve/measures/<int:measure_id>/chart")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_measure_for)
def edit_chart(measure: Measure) -> Answer:
    """Change how a measure is drawn; other phases are proposed by a lead and wait for a TA expert."""
    action, by_id = request.form.get("action", ""), access.signed_in_actor().person_id
    drawing, may_propose = drawing_of(measure), may(Permission.TEAM_MANAGE, measure)
    if action == "withdraw":
        return _withdraw(drawing, may_propose=may_propose, by_id=by_id)
    cycles = list_adopted_cycles(measure.team_id)
    form = _form_for(drawing, cycles, may_propose=may_propose)
    if request.method == "GET" or not _is_possible(form, drawing, cycles):
        _take_suggestion(form, request.args.get("phase", ""))
        return _draw_form(form, drawing)
    plan = form.plan(drawing.plan.phases, cycles)
    if action == "preview":
        form.form_key.data = str(uuid4())  # what is sent next is not this form a second time
        return pages.render("improvement/edit_chart.html", **_context(form, drawing, preview=plan))
    try:
        saved = charts.save_plan(measure, plan, version=form.version, may_propose=may_propose, by_id=by_id)
    except StaleEdit as stale:
        drawing = drawing_of(measure)
        form.begin_from(drawing.settings.version)
        return pages.render("improvement/edit_chart.html", **_context(form, drawing, preview=plan), stale=stale), 409
    flash(_said(saved), "success")
    return see(url_for("improvement.list_charts" if saved.is_proposed else "improvement.show_measure",
                       measure_id=measure.id))  # fmt: skip


def _said(saved: charts.Saved) -> str:
    if saved.is_proposed:
        return str(_("The phases are proposed. The chart stays as it is until a TA expert accepts them."))
    return str(_("The chart is drawn so from now on.") if saved.is_changed else _("The chart stays as it was."))


def _withdraw(drawing: Drawing, *, may_propose: bool, by_id: int) -> Answer:
    if not may_propose:
        raise Forbidden("Only a lead takes a proposal back.")
    charts.withdraw_proposal(drawing.measure, version=drawing.settings.version, by_id=by_id)
    flash(_("The proposal is taken back. The chart stays as it is."), "success")
    return see(url_for("improvement.edit_chart", measure_id=drawing.measure.id))


def _form_for(drawing: Drawing, cycles: Sequence[AdoptedCycle], *, may_propose: bool) -> ChartForm:
    proposal = drawing.settings.proposal
    form = chart_form(
        forms.form_data(),
        drawing.plan,
        version=drawing.settings.version,
        may_propose=may_propose,
        proposed=proposal.plan if proposal else None,
    )
    chart, cadence = drawing.chart, drawing.measure.definition.cadence
    told = [
        (period, f"{period_in_words(period, cadence)} · {_figure(chart, value)}", value)
        for period, value in zip(chart.periods_on, chart.values, strict=True)
    ][::-1]
    numbered = [(period, text) for period, text, value in told if value is not None]
    form.offer([(period, text) for period, text, _value in told], numbered, cycles)
    form.offer_kinds(drawing.measure.definition.unit)
    return form


def _figure(chart: MeasureChart, value: float | None) -> str:
    return str(_("no number")) if value is None else chart.picture.figure(value)


def _is_possible(form: ChartForm, drawing: Drawing, cycles: Sequence[AdoptedCycle]) -> bool:
    """Check the form alone, then what it says against the numbers."""
    if not form.validate():
        return False
    phases = drawing.plan.phases
    flaws = flaws_of(drawing.spec(form.plan(phases, cycles)), phases)
    form.add_flaws(flaws, cycles)
    return not any(field.errors for field in form)


def _take_suggestion(form: ChartForm, first_on: str) -> None:
    """Put a suggested phase into the first row that is empty; why it begins there is for people to say."""
    free = next((row for row in form.phase_rows if not row["first_on"].data), None)
    taken = {row["first_on"].data for row in form.phase_rows}
    if request.method == "GET" and free and first_on and first_on not in taken:
        free["first_on"].data = first_on


def _draw_form(form: ChartForm, drawing: Drawing) -> Answer:
    return draw_form("improvement/edit_chart.html", **_context(form, drawing))


def _context(form: ChartForm, drawing: Drawing, *, preview: ChartPlan | None = None) -> dict[str, object]:
    chart = drawing.chart
    suggestion = suggest_phase(chart.spec) if form.n_phases else None
    return {
        "form": form,
        "measure": drawing.measure,
        "chart": chart,
        "preview": draw_spec(drawing.spec(preview)) if preview else None,
        "advice": advise(chart.spec),
        "settings": drawing.settings,
        "suggestion": suggestion,
        "suggested": _suggestion_words(suggestion, drawing) if suggestion else "",
        "holding_phases": drawing.plan.phases,
        "period_in_words": period_in_words,
    }


def _suggestion_words(suggestion: Suggestion, drawing: Drawing) -> str:
    picture = drawing.chart.picture
    return str(
        _(
            "Beginning with %(period)s, %(number)s numbers in a row lie on one side of the middle line: %(new)s "
            "instead of %(old)s in the middle.",
            period=period_in_words(suggestion.first_on, drawing.measure.definition.cadence),
            number=suggestion.n_in_row,
            new=picture.figure(suggestion.new_median),
            old=picture.figure(suggestion.old_median),
        )
    )


# ---------------------------------------------------------------- a picture to take away


@bp.get("/improve/measures/<int:measure_id>.png")
@requires(Permission.IMPROVEMENT_READ, on=queries.get_measure_for)
def download_chart(measure: Measure) -> Response:
    """Give the chart as a picture, with everything under it that makes it readable alone."""
    chart = drawing_of(measure).chart
    picture = chart.picture
    ends = {"target": str(_("target")), "centre": _plain("centre_word", picture), "nothing": str(_("No numbers yet."))}
    data = picture_data(
        picture,
        title=chart.definition.name,
        subtitle=_subtitle(chart.spec),
        said=_plain("verdict_sentence", picture.verdict, picture.period),
        rules=_plain("verdict_rules", picture),
        remarks=(
            *(_plain("phase_remark", note) for note in picture.phase_notes),
            *(_plain("left_out_remark", row) for row in picture.left_out),
        ),
        source=_source(chart, measure),
        drawn=str(_("Drawn on %(day)s", day=pages.day(here().today))),
        signal=_plain("signal_words", picture) if picture.signal_label else "",
        words=ends,
        language=str(get_locale()),
    )
    headers = {"Content-Disposition": f'attachment; filename="measure-{measure.id}.png"'}
    return Response(pdf.build_picture("chart", data), mimetype="image/png", headers=headers)


def _plain(macro: str, *given: object) -> str:
    """Return what a macro of charts says, as plain text on one line."""
    text = Markup(get_template_attribute("macros/run_chart.html", macro)(*given))  # noqa: S704  # only to read it back
    return " ".join(text.striptags().split())


def _subtitle(spec: Spec) -> str:
    return f"{spec.numerator_text} / {spec.denominator_text}" if spec.denominator_text else spec.numerator_text


def _source(chart: MeasureChart, measure: Measure) -> str:
    who = f"{measure.team.name}, {measure.team.organization.name}"
    found_in = chart.definition.source_text
    return str(
        _("Source: %(source)s (%(who)s)", source=found_in, who=who) if found_in else _("Source: %(who)s", who=who)
    )


# ---------------------------------------------------------------- kept charts


@bp.get("/improve/measures/<int:measure_id>/charts")
@requires(Permission.IMPROVEMENT_READ, on=queries.get_measure_for)
def list_charts(measure: Measure) -> str:
    """Show what was set for a measure's chart, what is proposed, and the charts that were kept."""
    return _draw_list(drawing_of(measure), PhasesForm(), KeepForm())


def _draw_list(drawing: Drawing, form: PhasesForm, keep: KeepForm) -> str:
    measure, settings, chart = drawing.measure, drawing.settings, drawing.chart
    form.begin_from(settings.version)
    proposal = settings.proposal
    proposed = proposal.plan.phases if proposal else ()
    return pages.render(
        "improvement/list_charts.html",
        measure=measure,
        chart=chart,
        settings=settings,
        proposal=proposal,
        proposed=draw_spec(drawing.spec(replace(drawing.plan, phases=proposed, freeze_on=None))) if proposal else None,
        kept=list_kept(measure.id),
        form=form,
        keep=keep,
        may_decide=proposal is not None and may_decide(measure),
        may_write=may(Permission.IMPROVEMENT_WRITE, measure),
        period_in_words=period_in_words,
    )


def may_decide(measure: Measure) -> bool:
    """Say whether the actor is a TA expert from elsewhere: nobody decides about their own organization's chart."""
    actor = access.signed_in_actor()
    return may(Permission.CYCLE_REVIEW, measure) and measure.team.organization_id not in actor.organization_ids


@bp.post("/improve/measures/<int:measure_id>/charts")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_measure_for)
def keep_chart(measure: Measure) -> Answer:
    """Keep the chart as it is now, with a note."""
    form, drawing = KeepForm(forms.form_data()), drawing_of(measure)
    if not form.validate():
        return _draw_list(drawing, PhasesForm(), form), 422
    by_id = access.signed_in_actor().person_id
    number = charts.keep_chart(
        drawing.chart.spec, measure.id, event_uuid=form.key(), note=form.note.data or "", by_id=by_id
    )
    flash(_("The chart is kept as it is. It can be drawn again at any time."), "success")
    return see(url_for("improvement.show_kept_chart", measure_id=measure.id, number=number))


@bp.get("/improve/measures/<int:measure_id>/charts/<int:number>")
@requires(Permission.IMPROVEMENT_READ, on=get_kept_for)
def show_kept_chart(kept: KeptChart) -> str:
    """Draw a kept chart again from what it is made of."""
    spec = kept.drawn_from
    computed, picture = draw_spec(spec, size=Size.FULL)
    return pages.render(
        "improvement/show_kept_chart.html",
        kept=kept,
        measure=kept.measure,
        spec=spec,
        computed=computed,
        picture=picture,
        period_in_words=period_in_words,
    )


@bp.post("/improve/measures/<int:measure_id>/chart/decision")
@requires(Permission.CYCLE_REVIEW, on=queries.get_measure_for)
def decide_phases(measure: Measure) -> Answer:
    """Accept proposed phases, or leave the chart as it is and say why."""
    if not may_decide(measure):
        raise Forbidden("Nobody decides about a chart of their own organization.")
    form, drawing = PhasesForm(forms.form_data()), drawing_of(measure)
    if not form.validate():
        return _draw_list(drawing, form, KeepForm()), 422
    is_accepted = request.form.get("action") == "accept"
    try:
        charts.decide_phases(
            measure,
            drawing.numbers,
            is_accepted=is_accepted,
            note=form.note.data or "",
            version=form.version,
            by_id=access.signed_in_actor().person_id,
        )
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return _draw_list(drawing, form, KeepForm()), 422
    except Conflict as conflict:
        flash(str(conflict), "caution")
        return see(url_for("improvement.list_charts", measure_id=measure.id))
    flash(_("The phases hold from now on.") if is_accepted else _("The chart stays as it is."), "success")
    return see(url_for("improvement.list_charts", measure_id=measure.id))

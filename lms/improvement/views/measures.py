"""Pages of measures and their numbers."""

from datetime import date

from flask import Response, flash, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Invalid
from lms.improvement import measure_csv, queries, rules
from lms.improvement.forms.measures import MeasureForm, ObservationForm, measure_defaults
from lms.improvement.forms.words import NUMBER_SENTENCES
from lms.improvement.models import Measure, Team
from lms.improvement.queries import SignedEntry
from lms.improvement.queries.kept_charts import count_kept, list_settings
from lms.improvement.queries.measures import get_measure_whole
from lms.improvement.queries.teams import list_writers
from lms.improvement.rules import Cadence
from lms.improvement.services import measures
from lms.improvement.services.measures import BadEntry
from lms.improvement.services.stale import StaleEdit
from lms.improvement.views.blueprint import Answer, bp, draw_form, here, may, theirs_of, work_of
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see

PERIODS_BACK = {Cadence.WEEK: 60, Cadence.MONTH: 36}


@bp.get("/improve/teams/<int:team_id>/measures/new")
@bp.post("/improve/teams/<int:team_id>/measures/new")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_team_for)
def add_measure(team: Team) -> Answer:
    """Say what the team counts."""
    actor, template = access.signed_in_actor(), "improvement/add_measure.html"
    form = MeasureForm(forms.form_data(), data={"owner": str(actor.person_id)})
    form.offer_people(list_writers(team.id, team.organization_id))
    del form.holds_from_on
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, team=team)
    try:
        measure = measures.add_measure(
            team.id, team.organization_id, form.definition(), form.upkeep(), by_id=actor.person_id
        )
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw_form(template, form=form, team=team)
    flash(_("The measure is there. Enter its first number."), "success")
    return see(url_for("improvement.enter_observation", measure_id=measure.id))


@bp.get("/improve/measures/<int:measure_id>")
@requires(Permission.IMPROVEMENT_READ, on=queries.get_measure_for)
def show_measure(measure: Measure) -> str:
    """Show a measure's chart with its verdict, its numbers and how they came about."""
    now, entries = here(), queries.list_entries(measure.id)
    settings = list_settings(measure.id)
    work = queries.numbers_of(measure, entries, zone=now.zone, today=now.today, plan=settings.plan)
    return pages.render(
        "improvement/show_measure.html",
        measure=measure,
        definition=measure.definition,
        chart=work.chart(measure),
        settings=settings,
        n_kept=count_kept(measure.id),
        missing=work.missing_periods(measure) if measure.closed_at is None else [],
        entries=entries[::-1],
        said=tuple((*each[:-1], each.entered_by.display_name if each.entered_by else None) for each in entries),
        replaced=_replaced(entries),
        period_in_words=period_in_words,
        may_write=may(Permission.IMPROVEMENT_WRITE, measure),
    )


def _replaced(entries: list[SignedEntry]) -> set[int]:
    """Return which entries a newer one for the same period replaced."""
    newest = {entry.period_on: entry.id for entry in entries}
    return {entry.id for entry in entries if newest[entry.period_on] != entry.id}


@bp.get("/improve/measures/<int:measure_id>/edit")
@bp.post("/improve/measures/<int:measure_id>/edit")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_measure_for)
def edit_measure(measure: Measure) -> Answer:
    """Change what is counted or who counts it; stop the measure or go on with it."""
    by_id, action = access.signed_in_actor().person_id, request.form.get("action", "")
    if action in {"close", "open"}:
        measures.set_measure_closed(measure, is_closed=action == "close", by_id=by_id)
        flash(_("The measure is stopped.") if action == "close" else _("The measure goes on."), "success")
        return _to_measure(measure)
    template, form = "improvement/edit_measure.html", MeasureForm(forms.form_data(), data=measure_defaults(measure))
    del form.chart_kind  # how it is drawn has a page of its own
    form.offer_people(list_writers(measure.team_id, measure.team.organization_id))
    cadence = measure.definition.cadence
    form.offer_periods([(day, period_in_words(day, cadence)) for day in _periods(cadence, here().today)])
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, measure=measure)
    try:
        measures.edit_measure(
            measure,
            form.definition(),
            form.upkeep(measure.chart_kind),
            holds_from_on=form.holds_from(),
            row_version=form.version,
            by_id=by_id,
        )
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw_form(template, form=form, measure=measure)
    except StaleEdit as stale:
        now = get_measure_whole(measure.id)
        form.begin_from(now.row_version)
        theirs = theirs_of(form, measure_defaults(now))
        return pages.render(template, form=form, measure=now, stale=stale, theirs=theirs), 409
    flash(_("The measure is saved."), "success")
    return _to_measure(measure)


@bp.get("/improve/measures/<int:measure_id>/observations")
@bp.post("/improve/measures/<int:measure_id>/observations")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_measure_for)
def enter_observation(measure: Measure) -> Answer:
    """Enter the number of one period; the next missing one is proposed."""
    work, cadence = work_of(measure.team_id), measure.definition.cadence
    entered = work.entries.get(measure.id, {})
    proposed = _asked_period(cadence, work.today) or rules.proposed_period(entered.keys(), cadence, work.today)
    form = ObservationForm(forms.form_data(), data={"period_on": proposed.isoformat()})
    periods = sorted({*_periods(cadence, work.today), proposed}, reverse=True)
    form.offer_periods([(day, period_in_words(day, cadence)) for day in periods])
    period = _chosen_period(form) or proposed
    before = entered.get(period)
    is_stale = form.saw_another(period, before.id if before else None)

    def draw() -> Answer:
        form.show(period, before.id if before else None)
        return draw_form(
            "improvement/enter_observation.html",
            form=form,
            is_stale=is_stale,
            measure=measure,
            definition=measure.definition,
            period=period_in_words(period, cadence),
            before=before,
            is_share=measure.definition.unit in rules.SHARES,
            n_missing=len([day for day in work.missing_periods(measure) if day != period]),
        )

    if request.method == "GET" or not form.validate() or is_stale:
        return draw()
    try:
        by_id = access.signed_in_actor().person_id
        measures.enter_observation(measure, form.entry(), event_uuid=form.key(), by_id=by_id, today=work.today)
    except BadEntry as bad:
        forms.add_errors(form, {name: str(NUMBER_SENTENCES[flaw]) for name, flaw in bad.flaws.items()})
        return draw()
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw()
    flash(_("Saved for: %(period)s.", period=period_in_words(period, cadence)), "success")
    is_more = bool(rules.missing_periods({*entered, period}, cadence, work.today))
    return see(url_for("improvement.enter_observation", measure_id=measure.id)) if is_more else _to_measure(measure)


@bp.get("/improve/measures/<int:measure_id>.csv")
@requires(Permission.IMPROVEMENT_READ, on=queries.get_measure_for)
def download_measure(measure: Measure) -> Response:
    """Give a measure's numbers as a table for a spreadsheet."""
    text = measure_csv.write(measure.definitions, queries.list_entries(measure.id))
    disposition = f'attachment; filename="measure-{measure.id}.csv"'
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": disposition})


def period_in_words(period_on: date, cadence: Cadence) -> str:
    """Write a period as people say it."""
    if cadence is Cadence.MONTH:
        return str(format_date(period_on, "MMMM y"))
    return str(_("week of %(day)s", day=pages.day(period_on)))


def _periods(cadence: Cadence, today: date) -> list[date]:
    """Return the periods one can choose, newest first."""
    period, periods = rules.period_start(today, cadence), []
    for _number in range(PERIODS_BACK[cadence]):
        periods.append(period)
        period = rules.period_before(period, cadence)
    return periods


def _asked_period(cadence: Cadence, today: date) -> date | None:
    """Return the period in the address, or None when there is none or it cannot be."""
    try:
        asked = date.fromisoformat(request.args.get("period", ""))
    except ValueError:
        return None
    return asked if rules.is_enterable(asked, cadence, today) else None


def _chosen_period(form: ObservationForm) -> date | None:
    try:
        return date.fromisoformat(form.period_on.data or "")
    except ValueError:
        return None


def _to_measure(measure: Measure) -> Answer:
    return see(url_for("improvement.show_measure", measure_id=measure.id))

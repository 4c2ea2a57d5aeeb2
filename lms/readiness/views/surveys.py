"""A staff survey as its lead runs it: opening it in two steps, the day view, changing, closing and opening it again."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Invalid
from lms.organizations.models import Organization
from lms.organizations.queries import get_organization_for
from lms.publications import ContentVersion
from lms.readiness import rules
from lms.readiness.forms import surveys as survey_forms
from lms.readiness.forms.surveys import ChooseForm, EditForm, LaunchForm, ReopenForm
from lms.readiness.models import Cut, Round
from lms.readiness.queries import campaigns, instruments, rounds, surveys
from lms.readiness.queries.surveys import HeldSurvey
from lms.readiness.services import inviting, launching
from lms.readiness.services import surveys as services
from lms.readiness.services.launching import SurveyIsOpen, TooFewAlone
from lms.readiness.services.rounds import StaleRound
from lms.readiness.views.blueprint import Answer, bp, may, own_today, page_language
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see
from readiness.instruments import Instrument, Mode

DAYS_TO_RESULTS = 7
STAFF_ONLY = frozenset({Mode.STAFF})
STANDARD = "staff-survey"
Offered = Sequence[tuple[ContentVersion, Instrument]]


@bp.context_processor
def name_survey_words() -> dict[str, Any]:
    """Let templates name what became of messages, and how people are grouped."""
    return {
        "cut_labels": survey_forms.CUT_LABELS,
        "via_labels": survey_forms.VIA_LABELS,
        "delivery_labels": survey_forms.DELIVERY_LABELS,
        "failure_label": survey_forms.failure_label,
        "mode_labels": survey_forms.MODE_LABELS,
    }


@bp.get("/organizations/<int:organization_id>/readiness/surveys/new")
@bp.post("/organizations/<int:organization_id>/readiness/surveys/new")
@requires(Permission.READINESS_MANAGE, on=get_organization_for)
def start_survey(organization: Organization) -> Answer:
    """Open a staff survey: first what to ask, then whom and until when. The first step writes nothing."""
    offered = offered_surveys(organization.id)
    if request.method == "POST":
        form = LaunchForm(forms.form_data())
        found = find_offered(offered, form.instrument.data)
        if found is None:
            return _first_step(organization, offered, ChooseForm(request.form))
        return launch(organization, found, form)
    choice = ChooseForm(request.args or None)
    choice.offer((each for _version, each in offered), page_language())
    if "instrument" not in request.args or "step" in request.args:
        choice.instrument.data = choice.instrument.data or (offered[0][0].slug if offered else None)
        return _first_step(organization, offered, choice)
    found = find_offered(offered, choice.instrument.data)
    if not choice.validate() or found is None or choice.needs_change(found[1]):
        return _first_step(organization, offered, choice), 422
    prefilled = prefilled_form(organization.id, found[1], choice.chosen_cut, choice.change_name.data)
    return pages.render("readiness/start_survey.html", **launch_page(organization, found[1], prefilled))


def _first_step(organization: Organization, offered: Offered, choice: ChooseForm) -> str:
    choice.offer((each for _version, each in offered), page_language())
    return pages.render(
        "readiness/choose_survey.html",
        organization=organization,
        form=choice,
        instruments=[each for _version, each in offered],
        standard=STANDARD,
        cut_hints=survey_forms.cut_hints(),
    )


def offered_surveys(organization_id: int | None) -> Offered:
    """Return what staff can be asked, the standard survey first (one statement)."""
    offered = instruments.list_offered(organization_id, STAFF_ONLY)
    return sorted(offered, key=lambda each: each[0].slug != STANDARD)


def find_offered(offered: Offered, slug: str | None) -> tuple[ContentVersion, Instrument] | None:
    """Return the chosen one of what is offered, or None."""
    return next((each for each in offered if each[0].slug == slug), None)


def prefilled_form(
    organization_id: int,
    instrument: Instrument,
    cut: Cut,
    change_name: str | None,
    days: tuple[date, date] | None = None,
) -> LaunchForm:
    """Return the second step with what is known: accounts, job roles or locations, usual days (two statements)."""
    form, today = LaunchForm(), own_today()
    closes_on = today + timedelta(days=rules.DAYS_OPEN)
    form.instrument.data, form.change_name.data, form.cut.data = instrument.slug, change_name or "", cut.value
    form.headcount.data = len(rounds.list_people(organization_id)) or None
    form.closes_on.data, form.results_on.data = days or (closes_on, closes_on + timedelta(days=DAYS_TO_RESULTS))
    form.suggest(cut, surveys.list_suggestions(organization_id, cut))
    return form


def launch_page(organization: Organization, instrument: Instrument, form: LaunchForm) -> dict[str, Any]:
    """Return what the page of the second step shows."""
    back: dict[str, Any] = {
        "instrument": instrument.slug,
        "change_name": form.change_name.data or "",
        "cut": form.chosen_cut.value,
        "step": 1,
    }
    return {
        "organization": organization,
        "instrument": instrument,
        "form": form,
        "cut": form.chosen_cut,
        "action_url": url_for("readiness.start_survey", organization_id=organization.id),
        "back_url": url_for("readiness.start_survey", organization_id=organization.id, **back),
    }


def launch(organization: Organization, found: tuple[ContentVersion, Instrument], form: LaunchForm) -> Answer:
    """Open the survey that the second step describes, or show the step again."""
    version, instrument = found
    form.read_rows(forms.form_data())
    context, template = launch_page(organization, instrument, form), "readiness/start_survey.html"
    if not form.validate():
        return pages.invalid(template, **context)
    by_id = access.signed_in_actor().person_id
    try:
        opened = launching.start_survey(
            organization.id, version, instrument, form.plan(), today=own_today(), by_id=by_id
        )
    except Invalid as invalid:
        form.refuse(invalid.fields)
        return pages.invalid(template, **context)
    except TooFewAlone as few:
        offers = campaigns.list_open_offers(organization.id)
        return pages.invalid(template, **context, too_few=few, offers=offers)
    except SurveyIsOpen as error:
        held = rounds.find_open_round(organization.id, version.slug)
        return pages.render(template, **context, open_round=held, problem=error), 409
    flash(_("The survey is open. Now let people know."), "success")
    return see(url_for("readiness.share_survey", round_id=opened.id))


@bp.get("/readiness/surveys/<int:round_id>")
@requires(Permission.READINESS_MANAGE, on=surveys.get_survey_for)
def show_survey(held: HeldSurvey) -> str:
    """Show how far a survey is, who was reached, and what can be done today."""
    return pages.render("readiness/show_survey.html", **day_page(held))


def day_page(held: HeldSurvey, **more: Any) -> Mapping[str, Any]:
    """Return what the day view shows (six statements)."""
    today, round_id = own_today(), held.round.id
    reminders = surveys.list_reminders(round_id)
    progress = surveys.count_known(round_id, today)
    groups = surveys.list_groups(round_id) if held.survey.cut is not Cut.NONE else []
    return {
        **survey_page(held),
        "progress": progress,
        "n_by_poster": held.survey.n_by_poster - held.survey.n_by_poster % 5,
        "invites": pages.page_of(progress.n_invited, partial(surveys.list_invites, round_id)),
        "reminders": reminders,
        "next_reminder_on": inviting.next_reminder_on(reminders, today),
        "groups": [each for each in groups if not each.is_below(held.survey.minimum)],
        "small_groups": [each for each in groups if each.is_below(held.survey.minimum)],
        "sheets": surveys.list_sheet_codes(round_id),
        **more,
    }


def survey_page(held: HeldSurvey) -> dict[str, Any]:
    """Return what every page about one survey shows."""
    return {
        "held": held,
        "round": held.round,
        "survey": held.survey,
        "instrument": held.instrument,
        "organization": held.round.organization,
    }


def draw_survey(a_round: Round, instrument: Instrument) -> Answer:
    """Lead on from a round to its survey: who runs it to the day view, others to the report, or to how far it is."""
    if may(Permission.READINESS_MANAGE, a_round):
        return see(url_for("readiness.show_survey", round_id=a_round.id))
    if not a_round.is_open:
        return see(url_for("readiness.show_report", round_id=a_round.id))
    standing = surveys.list_standings([a_round.id]).get(a_round.id)
    context = {"round": a_round, "instrument": instrument, "organization": a_round.organization}
    return pages.render("readiness/survey_under_way.html", **context, standing=standing)


@bp.get("/readiness/surveys/<int:round_id>/edit")
@bp.post("/readiness/surveys/<int:round_id>/edit")
@requires(Permission.READINESS_MANAGE, on=surveys.get_survey_for)
def edit_survey(held: HeldSurvey) -> Answer:
    """Change headcounts, languages and days of an open survey."""
    form, template = EditForm(forms.form_data()), "readiness/edit_survey.html"
    context = {**survey_page(held), "form": form}
    if request.method == "GET":
        _show_what_stands(form, held)
        return pages.render(template, **context)
    form.read_rows(forms.form_data())
    if not form.validate():
        return pages.invalid(template, **context)
    began_from, by_id = _version_of(form), access.signed_in_actor().person_id
    try:
        launching.edit_survey(held.round, form.edit(), row_version=began_from, today=own_today(), by_id=by_id)
    except Invalid as invalid:
        form.refuse(invalid.fields)
        return pages.invalid(template, **context)
    except StaleRound as stale:
        form.row_version.data = str(held.round.row_version)
        theirs = [
            {"label": form.headcount.label.text, "value": held.survey.headcount},
            {"label": form.closes_on.label.text, "value": pages.day(held.round.closes_on)},
            {"label": form.results_on.label.text, "value": pages.day(held.survey.results_on)},
        ]
        return pages.render(template, **context, stale=stale, theirs=theirs), 409
    flash(_("The survey is saved."), "success")
    return see(url_for("readiness.show_survey", round_id=held.round.id))


def _show_what_stands(form: EditForm, held: HeldSurvey) -> None:
    form.headcount.data, form.languages.data = held.survey.headcount, list(held.survey.languages)
    form.closes_on.data, form.results_on.data = held.round.closes_on, held.survey.results_on
    form.row_version.data = str(held.round.row_version)
    form.show(surveys.list_groups(held.round.id))


def _version_of(form: EditForm) -> int:
    sent = form.row_version.data or ""
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else -1


@bp.post("/readiness/surveys/<int:round_id>/close")
@requires(Permission.READINESS_MANAGE, on=surveys.get_survey_for)
def close_survey(held: HeldSurvey) -> Answer:
    """Close a survey; what may be shown is computed once."""
    by_id = access.signed_in_actor().person_id
    if held.round.is_open:
        services.close_survey(held.round, today=own_today(), by_id=by_id)
        flash(_("The survey is closed. This is its report."), "success")
    elif services.end_reopening(held.round, today=own_today(), by_id=by_id) is None:
        flash(
            _("The survey is closed again. Too few late answers have come to show them, so the report stays."), "info"
        )
    else:
        flash(_("The survey is closed again. The report holds the late answers now."), "success")
    return see(url_for("readiness.show_report", round_id=held.round.id))


@bp.get("/readiness/surveys/<int:round_id>/reopen")
@bp.post("/readiness/surveys/<int:round_id>/reopen")
@requires(Permission.READINESS_MANAGE, on=surveys.get_survey_for)
def reopen_survey(held: HeldSurvey) -> Answer:
    """Take late answers for some more days."""
    form, template = ReopenForm(forms.form_data()), "readiness/reopen_survey.html"
    context = {**survey_page(held), "form": form}
    if request.method == "GET":
        form.until.data = own_today() + timedelta(days=DAYS_TO_RESULTS)
        return pages.render(template, **context)
    if not form.validate() or form.until.data is None:
        return pages.invalid(template, **context)
    by_id = access.signed_in_actor().person_id
    try:
        services.reopen_survey(held.round, form.until.data, today=own_today(), by_id=by_id)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return pages.invalid(template, **context)
    flash(_("Late answers are taken until the end of that day."), "success")
    return see(url_for("readiness.show_survey", round_id=held.round.id))

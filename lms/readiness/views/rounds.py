"""Pages of one round: setting it up, how far it is, who was there, closing it."""

from datetime import timedelta
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Invalid
from lms.organizations.models import Organization
from lms.organizations.queries import get_organization_for
from lms.readiness import rules
from lms.readiness.forms import PresenceForm, RoundForm, StartForm
from lms.readiness.forms.talks import OutcomeForm, ParkForm
from lms.readiness.models import Round
from lms.readiness.queries import ratings, rounds
from lms.readiness.queries.instruments import list_offered, read_version
from lms.readiness.queries.rounds import RatedRound
from lms.readiness.seating import RECORDS
from lms.readiness.services import rounds as services
from lms.readiness.services.rounds import NothingRated, RoundIsOpen, StaleRound
from lms.readiness.views.beside import beside_of
from lms.readiness.views.blueprint import Answer, bp, draw_form, may, own_today, page_language
from lms.readiness.views.records import draw_record
from lms.readiness.views.surveys import draw_survey
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see
from readiness.instruments import Mode


@bp.get("/organizations/<int:organization_id>/readiness/new")
@bp.post("/organizations/<int:organization_id>/readiness/new")
@requires(Permission.READINESS_MANAGE, on=get_organization_for)
def start_round(organization: Organization) -> Answer:
    """Open a round: what to look at, who rates together, by when."""
    actor, today, offered = access.signed_in_actor(), own_today(), list_offered(organization.id)
    form, template = StartForm(forms.form_data()), "readiness/start_round.html"
    form.instrument.choices = [(version.slug, version.slug) for version, _instrument in offered]
    form.offer_people(rounds.list_people(organization.id))
    context = {"form": form, "organization": organization, "instruments": [each for _version, each in offered]}
    if request.method == "GET":
        form.closes_on.data = today + timedelta(days=rules.DAYS_OPEN)
        form.instrument.data = offered[0][0].slug if offered else None
        return pages.render(template, **context)
    if not form.validate():
        return pages.invalid(template, **context)
    version = next(version for version, _instrument in offered if version.slug == form.instrument.data)
    try:
        opened = services.start_round(organization.id, version, form.plan(), today=today, by_id=actor.person_id)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return pages.invalid(template, **context)
    except RoundIsOpen as error:
        open_round = rounds.find_open_round(organization.id, version.slug)
        return pages.render(template, **context, open_round=open_round, problem=error), 409
    flash(_("The round is open. Everyone you chose finds it on their page."), "success")
    return see(url_for("readiness.show_round", round_id=opened.id))


@bp.get("/readiness/rounds/<int:round_id>")
@requires(Permission.READINESS_READ, on=rounds.get_round_for)
def show_round(a_round: Round) -> Answer:
    """Show how far a round is; whoever reads only its report is led there."""
    rated = RatedRound(a_round, read_version(a_round.version))
    if rated.instrument.mode is Mode.STAFF:
        return draw_survey(a_round, rated.instrument)
    if not may(Permission.READINESS_READ, rated):
        return see(url_for("readiness.show_report", round_id=a_round.id))
    if rated.instrument.mode in RECORDS:
        return draw_record(a_round, rated.instrument)
    return pages.render("readiness/show_round.html", **round_page(rated, PresenceForm()))


@bp.get("/readiness/rounds/<int:round_id>/edit")
@bp.post("/readiness/rounds/<int:round_id>/edit")
@requires(Permission.READINESS_MANAGE, on=rounds.get_consensus_round_for)
def edit_round(a_round: Round) -> Answer:
    """Change who rates together, and by when."""
    form, template = RoundForm(forms.form_data()), "readiness/edit_round.html"
    team = rounds.list_team(a_round.id)
    people = rounds.list_people(a_round.organization_id)
    own = {each.person_id for each in people}
    form.offer_people([*people, *(each for each in team if each.person_id not in own)])
    context = {"form": form, "round": a_round, "organization": a_round.organization}
    if request.method == "GET":
        form.closes_on.data = a_round.closes_on
        form.people.data = [str(each.person_id) for each in team]
        form.begin_from(a_round.row_version)
        return pages.render(template, **context)
    if not form.validate():
        return pages.invalid(template, **context)
    by_id, began_from = access.signed_in_actor().person_id, form.began_from
    try:
        services.edit_round(a_round, form.plan(), row_version=began_from, today=own_today(), by_id=by_id)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return pages.invalid(template, **context)
    except StaleRound as stale:
        form.begin_from(a_round.row_version)
        theirs = [
            {"label": form.people.label.text, "value": ", ".join(each.name for each in rounds.list_team(a_round.id))},
            {"label": form.closes_on.label.text, "value": pages.day(a_round.closes_on)},
        ]
        return pages.render(template, **context, stale=stale, theirs=theirs), 409
    flash(_("The round is saved."), "success")
    return see(url_for("readiness.show_round", round_id=a_round.id))


@bp.post("/readiness/rounds/<int:round_id>/presence")
@requires(Permission.READINESS_RATE, on=rounds.get_consensus_for)
def record_presence(rated: RatedRound) -> Answer:
    """Note who was there on one day."""
    form, by_id = PresenceForm(forms.form_data()), access.signed_in_actor().person_id
    form.offer_people(rounds.list_team(rated.round.id))
    if not form.validate() or form.present_on.data is None:
        return draw_form("readiness/show_round.html", **round_page(rated, form))
    try:
        here = services.record_presence(
            rated.round, form.present_on.data, form.person_ids, today=own_today(), by_id=by_id
        )
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw_form("readiness/show_round.html", **round_page(rated, form))
    day = pages.day(form.present_on.data)
    message = _("Who was there on %(day)s is noted.", day=day) if here else _("Nobody is noted for %(day)s.", day=day)
    flash(message, "success")
    return see(url_for("readiness.show_round", round_id=rated.round.id, _anchor="present"))


@bp.post("/readiness/rounds/<int:round_id>/close")
@requires(Permission.READINESS_MANAGE, on=rounds.get_consensus_round_for)
def close_round(a_round: Round) -> Answer:
    """Close a round; its report is computed once."""
    try:
        services.close_round(a_round, today=own_today(), by_id=access.signed_in_actor().person_id)
    except NothingRated as error:
        rated = RatedRound(a_round, read_version(a_round.version))
        return pages.render("readiness/show_round.html", **round_page(rated, PresenceForm()), problem=error), 409
    flash(_("The round is closed. This is its report."), "success")
    return see(url_for("readiness.show_report", round_id=a_round.id))


def round_page(
    rated: RatedRound,
    form: PresenceForm,
    *,
    park_form: ParkForm | None = None,
    outcome_forms: dict[int, OutcomeForm] | None = None,
) -> dict[str, Any]:
    """Return what the page of a round that a team rates shows."""
    said, team = ratings.list_said(rated.round.id), rounds.list_team(rated.round.id)
    progress, today = rules.progress_of(rated.instrument, said), own_today()
    form.offer_people(team)
    sittings = rounds.list_sittings(rated.round.id)
    if not form.errors:
        form.present_on.data = form.present_on.data or today
        today_ids = next((each.person_ids for each in sittings if each.present_on == today), frozenset[int]())
        form.people.data = [str(each) for each in sorted(today_ids)]
    n_done = sum(each.n_done for each in progress)
    language = page_language()
    return {
        "rated": rated,
        "beside": beside_of(
            rated, place="", language=language, n_done=n_done, park_form=park_form, outcome_forms=outcome_forms
        ),
        "round": rated.round,
        "instrument": rated.instrument,
        "organization": rated.round.organization,
        "team": team,
        "progress": progress,
        "n_done": n_done,
        "next_area": rules.next_area(progress),
        "sittings": sittings,
        "form": form,
        "is_late": rated.round.is_open and rated.round.closes_on < today,
    }

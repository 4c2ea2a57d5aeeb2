"""A round across a coalition: asking, answering, how far everybody is, the report over the small organizations."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.coalitions.models import Coalition
from lms.coalitions.queries import get_coalition_for
from lms.errors import Conflict, Invalid
from lms.publications import ContentVersion
from lms.readiness import rules
from lms.readiness.forms.campaigns import OFFER_LABELS, CampaignForm, DeclineForm
from lms.readiness.forms.surveys import LaunchForm
from lms.readiness.models import Cut, Round
from lms.readiness.queries import campaigns as queries
from lms.readiness.queries import rounds, surveys
from lms.readiness.queries.campaigns import HeldCampaign, HeldOffer, OfferState
from lms.readiness.queries.survey_reports import Snapshot
from lms.readiness.services import campaigns as services
from lms.readiness.services import launching
from lms.readiness.services.campaigns import StillOpen
from lms.readiness.services.launching import SurveyIsOpen, TooFewAlone
from lms.readiness.views.blueprint import Answer, bp, own_today, page_language
from lms.readiness.views.survey_views import SurveyView
from lms.readiness.views.surveys import DAYS_TO_RESULTS, STANDARD, find_offered, offered_surveys, prefilled_form
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see
from readiness.instruments import Instrument

DAYS_TO_OPEN = 7  # for leads to answer, before the usual two weeks begin


@bp.get("/coalitions/<int:coalition_id>/readiness/rounds/new")
@bp.post("/coalitions/<int:coalition_id>/readiness/rounds/new")
@requires(Permission.READINESS_CAMPAIGN, on=get_coalition_for)
def start_campaign(coalition: Coalition) -> Answer:
    """Ask organizations of a coalition to survey their staff in the same weeks."""
    offered, organizations = offered_surveys(None), queries.list_organizations(coalition.id)
    form, template, today = CampaignForm(forms.form_data()), "readiness/start_campaign.html", own_today()
    form.offer((each for _version, each in offered), organizations, page_language())
    context = {
        "coalition": coalition,
        "form": form,
        "instruments": [each for _version, each in offered],
        "organizations": organizations,
        "standard": STANDARD,
    }
    if request.method == "GET":
        form.instrument.data = offered[0][0].slug if offered else None
        form.closes_on.data = today + timedelta(days=DAYS_TO_OPEN + rules.DAYS_OPEN)
        form.results_on.data = form.closes_on.data + timedelta(days=DAYS_TO_RESULTS)
        form.organizations.data = [str(each.id) for each in organizations]
        return pages.render(template, **context)
    found = find_offered(offered, form.instrument.data)
    if not form.validate() or found is None or form.needs_change(found[1]):
        return pages.invalid(template, **context)
    try:
        started = services.start_campaign(
            coalition.id,
            *found,
            form.plan(),
            event_uuid=str(forms.sent_form_key() or uuid4()),
            today=today,
            by_id=access.signed_in_actor().person_id,
        )
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return pages.invalid(template, **context)
    flash(_("The leads are told. Here you see what each organization answers."), "success")
    return see(url_for("readiness.show_campaign", campaign_id=started.id))


@bp.get("/readiness/campaigns/<int:campaign_id>")
@requires(Permission.READINESS_CAMPAIGN, on=queries.get_campaign_for)
def show_campaign(held: HeldCampaign) -> str:
    """Show what each organization answered and how far it is; closed, the report over the small ones."""
    return pages.render("readiness/show_campaign.html", **_campaign_page(held))


@bp.post("/readiness/campaigns/<int:campaign_id>/close")
@requires(Permission.READINESS_CAMPAIGN, on=queries.get_campaign_for)
def close_campaign(held: HeldCampaign) -> Answer:
    """Close it, and compute the report over organizations that are too small for one of their own."""
    try:
        is_new = services.close_campaign(held, today=own_today(), by_id=access.signed_in_actor().person_id)
    except StillOpen as error:
        return pages.render("readiness/show_campaign.html", **_campaign_page(held), problem=error), 409
    said = _("The round across the coalition is closed.") if is_new else _("It was closed before. Nothing was changed.")
    flash(said, "success" if is_new else "info")
    return see(url_for("readiness.show_campaign", campaign_id=held.campaign.id))


def _campaign_page(held: HeldCampaign) -> dict[str, Any]:
    offers = queries.list_offers(held.campaign.id)
    pooled = held.campaign.pooled
    return {
        "held": held,
        "campaign": held.campaign,
        "coalition": held.coalition,
        "instrument": held.instrument,
        "offers": offers,
        "counts": {state: sum(each.state is state for each in offers) for state in OfferState},
        "offer_labels": OFFER_LABELS,
        "pooled": SurveyView(Snapshot(1, pooled), held.instrument, page_language()) if pooled else None,
    }


@bp.get("/readiness/campaigns/<int:campaign_id>/organizations/<int:organization_id>")
@bp.post("/readiness/campaigns/<int:campaign_id>/organizations/<int:organization_id>")
@requires(Permission.READINESS_MANAGE, on=queries.get_offer_for)
def answer_offer(held: HeldOffer) -> Answer:
    """Open the survey that the coalition asks for, join with one that is open, or say why not."""
    if request.method == "GET":
        return pages.render("readiness/answer_offer.html", **_offer_page(held))
    answer = request.form.get("answer")
    if answer == "decline":
        return _decline(held)
    if answer == "join":
        return _join(held)
    return _accept(held)


def _decline(held: HeldOffer) -> Answer:
    form = DeclineForm(forms.form_data())
    if not form.validate():
        return pages.invalid("readiness/answer_offer.html", **_offer_page(held, decline=form))
    services.decline(held, form.reason.data or "", by_id=access.signed_in_actor().person_id)
    flash(_("Your coordinator sees your answer. You can still take part until the round is closed."), "success")
    return see(url_for("readiness.list_rounds", organization_id=held.organization.id))


def _join(held: HeldOffer) -> Answer:
    running = _running(held)
    if running is None or not surveys.exists_survey(running.id):
        raise Conflict(_("There is no open survey with these questions to join with."))
    services.take_up(held, running, by_id=access.signed_in_actor().person_id)
    flash(_("Your open survey counts as your answer now."), "success")
    return see(url_for("readiness.show_survey", round_id=running.id))


def _accept(held: HeldOffer) -> Answer:
    form, by_id, template = (
        LaunchForm(forms.form_data()),
        access.signed_in_actor().person_id,
        "readiness/answer_offer.html",
    )
    form.read_rows(forms.form_data())
    form.instrument.data, form.change_name.data = held.instrument.slug, held.campaign.change_name or ""
    if not form.validate():
        return pages.invalid(template, **_offer_page(held, form))
    version: ContentVersion = held.campaign.version
    instrument: Instrument = held.instrument
    try:
        opened = launching.start_survey(
            held.organization.id, version, instrument, form.plan(), today=own_today(), by_id=by_id
        )
        services.take_up(held, opened, by_id=by_id)
    except Invalid as invalid:
        form.refuse(invalid.fields)
        return pages.invalid(template, **_offer_page(held, form))
    except TooFewAlone as few:
        return pages.invalid(template, **_offer_page(held, form), too_few=few)
    except SurveyIsOpen as error:
        return pages.render(template, **_offer_page(held, form), problem=error), 409
    flash(_("The survey is open. Now let people know."), "success")
    return see(url_for("readiness.share_survey", round_id=opened.id))


def _offer_page(held: HeldOffer, form: LaunchForm | None = None, decline: DeclineForm | None = None) -> dict[str, Any]:
    asked = request.args.get("cut", "")
    cut = form.chosen_cut if form else (Cut(asked) if asked in set(Cut) else Cut.NONE)
    if form is None:
        days = (held.campaign.closes_on, held.campaign.results_on)
        form = prefilled_form(held.organization.id, held.instrument, cut, held.campaign.change_name, days)
    here: dict[str, Any] = {"campaign_id": held.campaign.id, "organization_id": held.organization.id}
    cuts: Sequence[tuple[Cut, str]] = [
        (each, url_for("readiness.answer_offer", **here, cut=each.value)) for each in Cut
    ]
    return {
        "held": held,
        "campaign": held.campaign,
        "offer": held.offer,
        "organization": held.organization,
        "instrument": held.instrument,
        "form": form,
        "decline": decline or DeclineForm(),
        "cut": cut,
        "cuts": cuts,
        "running": _running(held),
        "action_url": url_for("readiness.answer_offer", **here),
    }


def _running(held: HeldOffer) -> Round | None:
    if held.offer.round_id is not None or held.campaign.closed_at is not None:
        return None
    return rounds.find_open_round(held.organization.id, held.campaign.version.slug)

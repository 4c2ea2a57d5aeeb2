"""A round across a coalition: asking its organizations, what they answer, and the report over the small ones."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import update

from lms import audit, clock, signals
from lms.db import db, insert_new, insert_once
from lms.errors import Conflict, Invalid
from lms.publications import ContentVersion
from lms.readiness import survey_report
from lms.readiness.models import Campaign, CampaignOffer, Round
from lms.readiness.models.surveys import LONGEST_CHANGE
from lms.readiness.queries import campaigns as queries
from lms.readiness.queries.campaigns import HeldCampaign, HeldOffer, OfferState
from lms.readiness.rules import MOST_DAYS_OPEN
from lms.readiness.services.launching import MOST_DAYS_TO_RESULTS
from lms.readiness.survey_inputs import Response
from readiness.instruments import Instrument
from readiness.suppression import MINIMUM_GROUP


class CampaignClosed(Conflict):
    """The coordinator closed it: its report stands, and no organization joins it any more."""


class OfferTaken(Conflict):
    """The organization has answered with a survey already."""


class StillOpen(Conflict):
    """Some of its surveys still take answers."""


@dataclass(frozen=True)
class CampaignPlan:
    """What organizations are asked to do, and until when."""

    organization_ids: frozenset[int]
    closes_on: date
    results_on: date
    change_name: str | None = None


def start_campaign(
    coalition_id: int,
    version: ContentVersion,
    instrument: Instrument,
    plan: CampaignPlan,
    *,
    event_uuid: str,
    today: date,
    by_id: int,
) -> Campaign:
    """Ask organizations of a coalition to survey their staff; the same form sent twice asks once."""
    _refuse_bad_plan(coalition_id, instrument, plan, today)
    is_new = insert_once(
        Campaign,
        event_uuid=event_uuid,
        coalition_id=coalition_id,
        version_id=version.id,
        change_name=plan.change_name if instrument.is_about_change else None,
        closes_on=plan.closes_on,
        results_on=plan.results_on,
        started_by_id=by_id,
        started_at=clock.now(),
    )
    started = queries.find_campaign(event_uuid)
    if started is None or started.coalition_id != coalition_id:
        raise Conflict(_("This form was used before. Open the page anew."))
    if is_new:
        asked = sorted(plan.organization_ids)
        insert_new(CampaignOffer, [{"campaign_id": started.id, "organization_id": each} for each in asked])
        changes = {"coalition_id": coalition_id, "n_organizations": len(asked)}
        audit.record(by_id, "asked organizations for a staff survey", _subject(started.id), changes)
        signals.survey_offered.send(None, campaign=started, organization_ids=asked, title=instrument.title)
    return started


def take_up(held: HeldOffer, a_round: Round, *, by_id: int) -> None:
    """Let a survey of the organization be its answer; OfferTaken, CampaignClosed."""
    if queries.lock_campaign(held.campaign.id).closed_at is not None:
        raise CampaignClosed(_("Your coalition has closed this round. You can still run a survey of your own."))
    if queries.exists_offer_of(a_round.id):
        raise OfferTaken(_("This survey is your answer to another round of your coalition already."))
    _answer(held, round_id=a_round.id, declined_reason=None, by_id=by_id)
    audit.record(by_id, "joined a round of the coalition", _subject(held.campaign.id), {"round_id": a_round.id})


def decline(held: HeldOffer, reason: str, *, by_id: int) -> None:
    """Say no with a reason; it can be taken up later as long as the round runs."""
    if queries.lock_campaign(held.campaign.id).closed_at is not None:
        raise CampaignClosed(_("Your coalition has closed this round. There is nothing to answer any more."))
    _answer(held, round_id=None, declined_reason=reason, by_id=by_id)
    changes = {"organization_id": held.organization.id}
    audit.record(by_id, "declined a round of the coalition", _subject(held.campaign.id), changes)


def close_campaign(held: HeldCampaign, *, today: date, by_id: int) -> bool:
    """Compute the report over the small organizations, once; False when it was closed before.

    StillOpen while a survey takes answers: what comes later would follow by subtraction.
    """
    campaign = queries.lock_campaign(held.campaign.id)
    if campaign.closed_at is not None:
        return False
    n_open = sum(each.state is OfferState.OPEN for each in queries.list_offers(campaign.id))
    if n_open:
        raise StillOpen(
            ngettext(
                "One survey still takes answers. Wait until it is closed.",
                "%(num)d surveys still take answers. Wait until they are closed.",
                n_open,
            )
        )
    pooled = queries.list_to_pool(campaign.id)
    small = [[Response(answers) for answers in each.answers] for each in pooled]
    minimum = max((each.minimum for each in pooled), default=MINIMUM_GROUP)  # what was promised to anybody holds
    campaign.pooled = survey_report.build_pooled(held.instrument, small, closed_on=today, minimum=minimum)
    campaign.closed_at = clock.now()
    audit.record(
        by_id, "closed a round of the coalition", _subject(campaign.id), {"coalition_id": campaign.coalition_id}
    )
    signals.survey_answered.send(None, campaign_id=campaign.id, organization_id=None)
    return True


def forget_person(person_id: int) -> None:
    """Unlink somebody from what they started and answered."""
    for column in (Campaign.started_by_id, CampaignOffer.answered_by_id):
        db.session.execute(update(column.class_).where(column == person_id).values({column.key: None}))


def merge_people(kept_id: int, gone_id: int) -> None:
    """Let one person stand where two did."""
    for column in (Campaign.started_by_id, CampaignOffer.answered_by_id):
        db.session.execute(update(column.class_).where(column == gone_id).values({column.key: kept_id}))


def _answer(held: HeldOffer, *, round_id: int | None, declined_reason: str | None, by_id: int) -> None:
    answered = (
        update(CampaignOffer)
        .where(
            CampaignOffer.campaign_id == held.campaign.id,
            CampaignOffer.organization_id == held.organization.id,
            CampaignOffer.round_id.is_(None),
        )
        .values(round_id=round_id, declined_reason=declined_reason, answered_by_id=by_id, answered_at=clock.now())
        .returning(CampaignOffer.organization_id)
    )
    if db.session.execute(answered).first() is None:
        raise OfferTaken(_("Your organization takes part already. Nothing was changed."))
    signals.survey_answered.send(None, campaign_id=held.campaign.id, organization_id=held.organization.id)


def _refuse_bad_plan(coalition_id: int, instrument: Instrument, plan: CampaignPlan, today: date) -> None:
    fields: dict[str, str] = {}
    if instrument.is_about_change and not plan.change_name:
        fields["change_name"] = _("Name the change that the questions ask about.")
    if plan.change_name and len(plan.change_name) > LONGEST_CHANGE:
        fields["change_name"] = _("Use %(number)s characters or fewer.", number=LONGEST_CHANGE)
    if not today < plan.closes_on <= today + timedelta(days=MOST_DAYS_OPEN):
        fields["closes_on"] = _("Choose a day from tomorrow to one year from now.")
    elif plan.results_on < plan.closes_on:
        fields["results_on"] = _("Results come after the survey closes. Choose that day or a later one.")
    elif plan.results_on > plan.closes_on + timedelta(days=MOST_DAYS_TO_RESULTS):
        fields["results_on"] = _("Choose a day within half a year after the survey closes.")
    fields |= _organization_problem(coalition_id, plan.organization_ids)
    if fields:
        raise Invalid("This cannot be asked.", fields)


def _organization_problem(coalition_id: int, organization_ids: Collection[int]) -> dict[str, str]:
    inside = {each.id for each in queries.list_organizations(coalition_id)}
    if not organization_ids:
        return {"organizations": _("Choose at least one organization.")}
    if set(organization_ids) - inside:
        return {"organizations": _("Choose organizations from the list.")}
    return {}


def _subject(campaign_id: int) -> audit.Subject:
    return audit.Subject("readiness-campaign", campaign_id)

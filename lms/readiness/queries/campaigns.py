"""Reading rounds across a coalition: what was asked of whom, and how far each organization is, in steps of five."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import joinedload, undefer

from lms.authz import Actor, Scope
from lms.coalitions.models import Coalition, CoalitionOrganization
from lms.coalitions.queries import get_coalition_for
from lms.db import db
from lms.errors import NotFound
from lms.organizations.models import Organization, OrganizationState
from lms.organizations.queries import get_organization_for
from lms.readiness.models import Campaign, CampaignOffer, Round, RoundState, Survey, SurveyResponse
from lms.readiness.queries.instruments import read_version
from lms.readiness.queries.surveys import n_told
from readiness.instruments import Instrument
from readiness.suppression import MINIMUM_GROUP

MOST_ORGANIZATIONS = 1_000
MOST_LISTED = 20


class OfferState(StrEnum):
    """What became of an offer."""

    WAITING = "waiting"
    DECLINED = "declined"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class HeldCampaign:
    """A round across a coalition, with its coalition and instrument."""

    campaign: Campaign
    coalition: Coalition
    instrument: Instrument

    @property
    def scope(self) -> Scope:
        """It belongs to its coalition."""
        return self.campaign.scope


@dataclass(frozen=True)
class HeldOffer:
    """What a coalition asks of one organization."""

    campaign: Campaign
    offer: CampaignOffer
    organization: Organization
    coalition_name: str
    instrument: Instrument

    @property
    def scope(self) -> Scope:
        """An offer is the organization's to answer."""
        return Scope(organization_ids=frozenset({self.organization.id}))


def get_campaign_for(actor: Actor, campaign_id: int) -> HeldCampaign:
    """Return a campaign of a coalition that the actor sees (two statements)."""
    found = db.session.scalars(_campaign(), {"campaign_id": campaign_id}).one_or_none()
    if found is None:
        raise NotFound("round")
    return HeldCampaign(found, get_coalition_for(actor, found.coalition_id), read_version(found.version))


def get_offer_for(actor: Actor, campaign_id: int, organization_id: int) -> HeldOffer:
    """Return what a coalition asks of an organization that the actor sees (two statements)."""
    organization = get_organization_for(actor, organization_id)
    asked = {"campaign_id": campaign_id, "organization_id": organization.id}
    row = db.session.execute(_offer(), asked).one_or_none()
    if row is None:
        raise NotFound("offer")
    campaign, offer, coalition_name = row
    return HeldOffer(campaign, offer, organization, coalition_name, read_version(campaign.version))


@cache  # built once: putting it together takes longer than running it
def _campaign() -> Any:
    loads = (joinedload(Campaign.version), undefer(Campaign.pooled))
    found = select(Campaign).where(Campaign.id == bindparam("campaign_id")).options(*loads)
    return found.execution_options(populate_existing=True)


@cache
def _offer() -> Any:
    return (
        select(Campaign, CampaignOffer, Coalition.name)
        .join(CampaignOffer, CampaignOffer.campaign_id == Campaign.id)
        .join(Coalition, Coalition.id == Campaign.coalition_id)
        .options(joinedload(Campaign.version))
        .where(
            Campaign.id == bindparam("campaign_id"),
            CampaignOffer.organization_id == bindparam("organization_id"),
        )
        .execution_options(populate_existing=True)
    )


@dataclass(frozen=True)
class OpenOffer:
    """An offer that an organization can still take up."""

    campaign_id: int
    organization_id: int
    coalition_name: str
    instrument: Instrument
    closes_on: date
    is_declined: bool


def list_open_offers(*organization_ids: int) -> list[OpenOffer]:
    """Return what coalitions ask of these organizations and has no survey yet (one statement, none without any)."""
    if not organization_ids:
        return []
    rows = db.session.execute(_open_offers(), {"organization_ids": sorted(organization_ids)})
    return [
        OpenOffer(
            campaign.id,
            offer.organization_id,
            coalition_name,
            read_version(campaign.version),
            campaign.closes_on,
            offer.declined_reason is not None,
        )
        for campaign, offer, coalition_name in rows
    ]


@cache
def _open_offers() -> Any:
    return (
        select(Campaign, CampaignOffer, Coalition.name)
        .join(CampaignOffer, CampaignOffer.campaign_id == Campaign.id)
        .join(Coalition, Coalition.id == Campaign.coalition_id)
        .options(joinedload(Campaign.version))
        .where(
            CampaignOffer.organization_id.in_(bindparam("organization_ids", expanding=True)),
            CampaignOffer.round_id.is_(None),
            Campaign.closed_at.is_(None),
        )
        .order_by(Campaign.closes_on, Campaign.id, CampaignOffer.organization_id)
    )


@dataclass(frozen=True)
class OfferLine:
    """One organization of a campaign as the coordinator sees it: states and steps, never a count."""

    organization_id: int
    organization_name: str
    state: OfferState
    declined_reason: str | None
    round_id: int | None
    headcount: int | None
    step_answered: int | None
    is_pooled: bool
    closes_on: date | None


def list_offers(campaign_id: int) -> list[OfferLine]:
    """Return the organizations of a campaign by name (one statement)."""
    return [_line(row) for row in db.session.execute(_offers(), {"campaign_id": campaign_id})]


def _line(row: Any) -> OfferLine:
    offer, name, a_round, survey, step_answered = row
    state = OfferState.DECLINED if offer.declined_reason else OfferState.WAITING
    if a_round is not None:
        is_over = a_round.state is RoundState.CLOSED and survey.reopened_until is None
        state = OfferState.CLOSED if is_over else OfferState.OPEN
    return OfferLine(
        offer.organization_id,
        name,
        state,
        offer.declined_reason,
        offer.round_id,
        survey.headcount if survey else None,
        step_answered if survey else None,
        bool(survey and survey.is_pooled),
        (survey.reopened_until or a_round.closes_on) if a_round and survey else None,
    )


@cache
def _offers() -> Any:
    answered = n_told().where(SurveyResponse.round_id == Survey.round_id).correlate(Survey)
    return (
        select(CampaignOffer, Organization.name, Round, Survey, answered.scalar_subquery())
        .join(Organization, Organization.id == CampaignOffer.organization_id)
        .outerjoin(Round, Round.id == CampaignOffer.round_id)
        .outerjoin(Survey, Survey.round_id == Round.id)
        .where(CampaignOffer.campaign_id == bindparam("campaign_id"))
        .order_by(func.lower(Organization.name), Organization.id)
    )


def list_offered_ids(campaign_id: int) -> list[int]:
    """Return the organizations that were asked (one statement)."""
    asked = select(CampaignOffer.organization_id).where(CampaignOffer.campaign_id == campaign_id)
    return list(db.session.scalars(asked.order_by(CampaignOffer.organization_id)))


def list_campaigns(coalition_ids: Sequence[int]) -> list[HeldCampaign]:
    """Return the newest campaigns of these coalitions, open ones first (one statement, none without any)."""
    if not coalition_ids:
        return []
    listed = (
        select(Campaign, Coalition)
        .join(Coalition, Coalition.id == Campaign.coalition_id)
        .options(joinedload(Campaign.version))
        .where(Campaign.coalition_id.in_(coalition_ids))
        .order_by(Campaign.closed_at.is_not(None), Campaign.started_at.desc(), Campaign.id.desc())
        .limit(MOST_LISTED)
    )
    return [
        HeldCampaign(campaign, coalition, read_version(campaign.version))
        for campaign, coalition in db.session.execute(listed)
    ]


def list_organizations(coalition_id: int) -> list[Organization]:
    """Return the organizations at work in a coalition, by name (one statement)."""
    inside = (
        select(Organization)
        .join(CoalitionOrganization, CoalitionOrganization.organization_id == Organization.id)
        .where(
            CoalitionOrganization.coalition_id == coalition_id,
            CoalitionOrganization.left_at.is_(None),
            Organization.state == OrganizationState.ACTIVE,
        )
        .order_by(func.lower(Organization.name), Organization.id)
        .limit(MOST_ORGANIZATIONS)
    )
    return list(db.session.scalars(inside))


def find_campaign(event_uuid: str) -> Campaign | None:
    """Return the campaign that a form made, or None (one statement)."""
    return db.session.scalars(select(Campaign).where(Campaign.event_uuid == event_uuid)).one_or_none()


def lock_campaign(campaign_id: int) -> Campaign:
    """Return a campaign that nobody else changes until this transaction ends (one statement)."""
    locked = select(Campaign).where(Campaign.id == campaign_id).with_for_update()
    return db.session.scalars(locked.execution_options(populate_existing=True)).one()


def exists_offer_of(round_id: int) -> bool:
    """Say whether a survey already is the answer to an offer (one statement)."""
    taken = select(CampaignOffer.campaign_id).where(CampaignOffer.round_id == round_id)
    return db.session.scalars(taken.limit(1)).first() is not None


@dataclass(frozen=True)
class PooledAnswers:
    """The answers of one small organization, without its name, and the minimum it promised. They leave only pooled."""

    answers: Sequence[dict[str, Any]]
    minimum: int


def list_to_pool(campaign_id: int) -> list[PooledAnswers]:
    """Return the answers of organizations that are pooled or too few for a report of their own (one statement)."""
    rows = db.session.execute(_to_pool(), {"campaign_id": campaign_id}).all()
    by_round: dict[int, list[dict[str, Any]]] = {}
    is_pooled: dict[int, bool] = {}
    least: dict[int, int] = {}
    for round_id, pooled, minimum, answers in rows:
        by_round.setdefault(round_id, []).append(answers)
        is_pooled[round_id], least[round_id] = pooled, minimum
    return [
        PooledAnswers(answers, least[round_id])
        for round_id, answers in sorted(by_round.items())
        if is_pooled[round_id] or len(answers) < max(least[round_id], MINIMUM_GROUP)
    ]


@cache
def _to_pool() -> Any:
    return (
        select(Survey.round_id, Survey.is_pooled, Survey.minimum, SurveyResponse.answers)
        .join(SurveyResponse, SurveyResponse.round_id == Survey.round_id)
        .join(CampaignOffer, CampaignOffer.round_id == Survey.round_id)
        .where(CampaignOffer.campaign_id == bindparam("campaign_id"))
    )

"""Where everyone's way into readiness begins, and the rounds of one organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from lms.authz import Actor, HeldMembership, Permission, Scope, can
from lms.readiness import rules
from lms.readiness.models import Round
from lms.readiness.queries import campaigns, reports, rounds, seats, surveys
from lms.readiness.queries.campaigns import HeldCampaign, OpenOffer
from lms.readiness.queries.instruments import list_offered, read_version
from lms.readiness.queries.rounds import ListedRound, RoundsOf
from lms.readiness.queries.seats import RecordStanding
from lms.readiness.queries.surveys import SurveyStanding
from lms.readiness.seating import RECORDS
from lms.readiness.views.blueprint import bp, local_day, may, own_today
from lms.web import access, pages
from lms.web.access import requires
from readiness.fields import Localized
from readiness.instruments import Instrument, Mode


@dataclass(frozen=True)
class RoundLine:
    """One round as a list shows it."""

    round: Round
    instrument: Instrument
    n_done: int
    may_rate: bool
    survey: SurveyStanding | None = None
    record: RecordStanding | None = None

    @property
    def is_of_leaders(self) -> bool:
        """Whether lead and co-chair rate alone."""
        return self.instrument.mode is Mode.LEADER

    @property
    def is_of_team(self) -> bool:
        """Whether a team rates it together."""
        return self.instrument.mode is Mode.CONSENSUS


@dataclass(frozen=True)
class OwnOrganization:
    """One of the person's organizations, with the rounds they may read."""

    organization_id: int
    name: str
    may_manage: bool
    open: Sequence[RoundLine]
    closed: Sequence[RoundLine]
    next_on: date | None  # from when a next round makes sense; None: today
    offers: Sequence[OpenOffer] = ()

    @property
    def has_open_rating(self) -> bool:
        """Whether a team rates together now."""
        return any(each.is_of_team for each in self.open)

    @property
    def has_rated(self) -> bool:
        """Whether a team has rated together before."""
        return any(each.is_of_team for each in self.closed)


@dataclass(frozen=True)
class Coordinated:
    """A coalition in which somebody may ask all organizations, and what was asked so far."""

    coalition_id: int
    name: str
    campaigns: Sequence[HeldCampaign]


@bp.get("/readiness")
@requires(Permission.SITE_USE)
def show_readiness() -> str:
    """Show what to rate, what to read and what to do next, by who is asking."""
    actor = access.signed_in_actor()
    own = _own_organizations(actor, _lines(actor, rounds.list_own_rounds(actor)))
    n_served = reports.count_served(actor)
    offered = list_offered(modes=frozenset(Mode)) if n_served else ()
    others = {version.slug for version, each in offered if each.mode is not Mode.CONSENSUS}
    served = pages.page_of(n_served, partial(reports.list_served, actor, but_not=others)) if n_served else None
    of_teams = [each for _version, each in offered if each.mode is Mode.CONSENSUS]
    return pages.render(
        "readiness/show_readiness.html",
        own=own,
        served=served,
        areas=_areas(of_teams),
        coordinated=_coordinated(actor),
        compared=[
            (each.coalition_id, each.coalition_name)
            for each in actor.coalition_roles
            if can(actor, Permission.READINESS_COMPARE, Scope(coalition_ids=frozenset({each.coalition_id})))
        ],
    )


@bp.get("/organizations/<int:organization_id>/readiness")
@requires(Permission.READINESS_READ, on=rounds.get_rounds_for)
def list_rounds(held: RoundsOf) -> str:
    """List the rounds of one organization that the person may read."""
    actor, organization_id = access.signed_in_actor(), held.organization.id
    page = pages.page_of(
        rounds.count_rounds(actor, organization_id), partial(rounds.list_rounds, actor, organization_id)
    )
    return pages.render(
        "readiness/list_rounds.html",
        organization=held.organization,
        page=page,
        lines=_lines(actor, page.rows),
        may_manage=may(Permission.READINESS_MANAGE, held),
        has_open=held.has_open,
        next_on=None if held.has_open else _next_on(held.last_closed_at),
    )


def _lines(actor: Actor, listed: Sequence[ListedRound]) -> list[RoundLine]:
    read = [(each, read_version(each.round.version)) for each in listed]
    standings = surveys.list_standings([each.round.id for each, made in read if made.mode is Mode.STAFF])
    open_records = [each.round.id for each, made in read if made.mode in RECORDS and each.round.is_open]
    records = seats.list_record_standings(open_records)
    return [
        RoundLine(
            each.round,
            instrument,
            each.n_settled,
            _asks_to_rate(actor, each.round, instrument),
            standings.get(each.round.id),
            records.get(each.round.id),
        )
        for each, instrument in read
    ]


def _asks_to_rate(actor: Actor, a_round: Round, instrument: Instrument) -> bool:
    if a_round.is_open and instrument.mode in RECORDS:
        return bool(seats.entitled_to(actor, a_round, instrument))
    is_rated = a_round.is_open and instrument.mode is Mode.CONSENSUS
    return is_rated and can(actor, Permission.READINESS_RATE, a_round.scope)


def _own_organizations(actor: Actor, lines: Sequence[RoundLine]) -> list[OwnOrganization]:
    managed = [each.organization_id for each in actor.memberships if _may_manage(actor, each.organization_id)]
    offers = campaigns.list_open_offers(*managed)
    return [_own_organization(actor, held, lines, offers) for held in actor.memberships]


def _own_organization(
    actor: Actor, held: HeldMembership, lines: Sequence[RoundLine], offers: Sequence[OpenOffer]
) -> OwnOrganization:
    here = [each for each in lines if each.round.organization_id == held.organization_id]
    closed_at = [each.round.closed_at for each in here if each.is_of_team and each.round.closed_at is not None]
    return OwnOrganization(
        held.organization_id,
        held.organization_name,
        _may_manage(actor, held.organization_id),
        [each for each in here if each.round.is_open],
        [each for each in here if not each.round.is_open],
        _next_on(max(closed_at, default=None)),
        [each for each in offers if each.organization_id == held.organization_id and not each.is_declined],
    )


def _may_manage(actor: Actor, organization_id: int) -> bool:
    return can(actor, Permission.READINESS_MANAGE, Scope(organization_ids=frozenset({organization_id})))


def _coordinated(actor: Actor) -> list[Coordinated]:
    held = [
        each
        for each in actor.coalition_roles
        if can(actor, Permission.READINESS_CAMPAIGN, Scope(coalition_ids=frozenset({each.coalition_id})))
    ]
    listed = campaigns.list_campaigns([each.coalition_id for each in held])
    return [
        Coordinated(
            each.coalition_id,
            each.coalition_name,
            [campaign for campaign in listed if campaign.coalition.id == each.coalition_id],
        )
        for each in held
    ]


def _next_on(closed_at: datetime | None) -> date | None:
    return rules.next_round_on(local_day(closed_at) if closed_at else None, own_today())


def _areas(rated: Sequence[Instrument]) -> Sequence[tuple[str, Localized]]:
    """The areas of what teams rate, for the columns of a list."""
    return [(area.key, area.name) for instrument in rated for area in instrument.areas]

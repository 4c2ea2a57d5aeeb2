"""Where everyone's way into readiness begins, and the rounds of one organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from lms.authz import Actor, HeldMembership, Permission, Scope, can
from lms.readiness import rules
from lms.readiness.models import Round
from lms.readiness.queries import reports, rounds
from lms.readiness.queries.instruments import list_offered, read_version
from lms.readiness.queries.rounds import ListedRound, RoundsOf
from lms.readiness.views.blueprint import bp, local_day, may, own_today
from lms.web import access, pages
from lms.web.access import requires
from readiness.fields import Localized
from readiness.instruments import Instrument


@dataclass(frozen=True)
class RoundLine:
    """One round as a list shows it."""

    round: Round
    instrument: Instrument
    n_done: int
    may_rate: bool


@dataclass(frozen=True)
class OwnOrganization:
    """One of the person's organizations, with the rounds they may read."""

    organization_id: int
    name: str
    may_manage: bool
    open: Sequence[RoundLine]
    closed: Sequence[RoundLine]
    next_on: date | None  # from when a next round makes sense; None: today


@bp.get("/readiness")
@requires(Permission.SITE_USE)
def show_readiness() -> str:
    """Show what to rate, what to read and what to do next, by who is asking."""
    actor = access.signed_in_actor()
    own = _own_organizations(actor, _lines(actor, rounds.list_own_rounds(actor)))
    n_served = reports.count_served(actor)
    served = pages.page_of(n_served, partial(reports.list_served, actor)) if n_served else None
    return pages.render("readiness/show_readiness.html", own=own, served=served, areas=_areas() if served else ())


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
    return [
        RoundLine(
            each.round,
            read_version(each.round.version),
            each.n_settled,
            each.round.is_open and can(actor, Permission.READINESS_RATE, each.round.scope),
        )
        for each in listed
    ]


def _own_organizations(actor: Actor, lines: Sequence[RoundLine]) -> list[OwnOrganization]:
    return [_own_organization(actor, held, lines) for held in actor.memberships]


def _own_organization(actor: Actor, held: HeldMembership, lines: Sequence[RoundLine]) -> OwnOrganization:
    here = [each for each in lines if each.round.organization_id == held.organization_id]
    closed_at = [each.round.closed_at for each in here if each.round.closed_at is not None]
    return OwnOrganization(
        held.organization_id,
        held.organization_name,
        can(actor, Permission.READINESS_MANAGE, Scope(organization_ids=frozenset({held.organization_id}))),
        [each for each in here if each.round.is_open],
        [each for each in here if not each.round.is_open],
        _next_on(max(closed_at, default=None)),
    )


def _next_on(closed_at: datetime | None) -> date | None:
    return rules.next_round_on(local_day(closed_at) if closed_at else None, own_today())


def _areas() -> Sequence[tuple[str, Localized]]:
    """The areas of what is rated now, for the columns of a list."""
    return [(area.key, area.name) for _version, instrument in list_offered() for area in instrument.areas]

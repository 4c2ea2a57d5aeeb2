"""Reading reports, their actions, and where organizations stood in their last round."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, select
from sqlalchemy.orm import aliased, joinedload, undefer
from sqlalchemy.orm.attributes import set_committed_value

from lms.authz import Actor, Permission, Scope, can
from lms.db import db
from lms.errors import Forbidden, NotFound
from lms.organizations.models import Organization, OrganizationState
from lms.readiness import report
from lms.readiness.models import (
    ActionKind,
    ActionState,
    ReadinessReport,
    RecommendedAction,
    Round,
    RoundState,
    Survey,
)
from lms.readiness.queries.instruments import get_instrument
from lms.readiness.queries.rounds import get_round_for
from lms.readiness.queries.survey_reports import get_snapshot
from lms.readiness.report import Report
from lms.readiness.rules import NOTHING_SAID
from readiness.instruments import Area, Item, Mode


@dataclass(frozen=True)
class SettleableAction:
    """An accepted action, for whom it is to settle: the lead, or its owner."""

    action: RecommendedAction

    @property
    def scope(self) -> Scope:
        """Where the action belongs."""
        return self.action.scope


def get_report(round_id: int) -> Report:
    """Return the report of a closed round (one statement)."""
    asked = select(ReadinessReport).where(ReadinessReport.round_id == round_id)
    row = db.session.scalars(asked.options(undefer(ReadinessReport.document))).one_or_none()
    if row is None:
        raise NotFound("report")
    return report.read(row.document)


def find_report_of(a_round: Round | None) -> Report | None:
    """Return the report of a round, or None (one statement at most)."""
    return None if a_round is None else get_report(a_round.id)


def list_actions(round_id: int) -> list[RecommendedAction]:
    """Return the actions of a report in their order, with their owners (one statement)."""
    return list(db.session.scalars(_actions(), {"round_id": round_id}))


@cache  # built once: putting it together takes longer than running it
def _actions() -> Select[RecommendedAction]:
    listed = select(RecommendedAction).where(RecommendedAction.round_id == bindparam("round_id"))
    with_owner = listed.options(joinedload(RecommendedAction.owner)).execution_options(populate_existing=True)
    return with_owner.order_by(RecommendedAction.number)


def list_tried(organization_id: int, instrument_slug: str) -> dict[str, ActionKind]:
    """Return what kind of action was accepted for each item in earlier rounds; the newest counts (one statement)."""
    accepted = (
        select(RecommendedAction.item_key, RecommendedAction.kind)
        .join(Round, Round.id == RecommendedAction.round_id)
        .where(
            Round.organization_id == organization_id,
            Round.instrument_slug == instrument_slug,
            RecommendedAction.item_key.is_not(None),
            RecommendedAction.state.in_((ActionState.ACCEPTED, ActionState.DONE)),
        )
        .order_by(RecommendedAction.id)
    )
    return {str(item_key): kind for item_key, kind in db.session.execute(accepted)}


def get_action_of(actor: Actor, round_id: int, action_id: int) -> RecommendedAction:
    """Return an action of a report the actor may read (three statements)."""
    a_round = get_round_for(actor, round_id)
    asked = select(RecommendedAction).where(RecommendedAction.id == action_id, RecommendedAction.round_id == a_round.id)
    with_owner = asked.options(joinedload(RecommendedAction.owner))
    action = db.session.scalars(with_owner.execution_options(populate_existing=True)).one_or_none()
    if action is None:
        raise NotFound("action")
    set_committed_value(action, "round", a_round)  # the session alone would forget it
    return action


def get_settleable_for(actor: Actor, round_id: int, action_id: int) -> SettleableAction:
    """Return an action that the actor may settle: who manages the round, or who owns the action (three statements)."""
    action = get_action_of(actor, round_id, action_id)
    if action.owner_id != actor.person_id and not can(actor, Permission.READINESS_MANAGE, action.scope):
        raise Forbidden("Only its owner or a lead settles an action.")
    return SettleableAction(action)


def get_action_for(actor: Actor, action_id: int) -> RecommendedAction:
    """Return an action from which the actor may open work, with round and organization (three statements)."""
    round_id = db.session.scalar(select(RecommendedAction.round_id).where(RecommendedAction.id == action_id))
    if round_id is None:
        raise NotFound("action")
    action = get_action_of(actor, round_id, action_id)
    if not can(actor, Permission.READINESS_MANAGE, action.scope):
        raise Forbidden("Only who decides on an action opens work from it.")
    return action


@dataclass(frozen=True)
class GapBehind:
    """What an action is about, for work that is opened from it.

    `mean` is what staff put the item at, or its area where single items are not told; `is_bound` when it is the end of
    a range.
    """

    area: Area
    item: Item | None
    rating: int | None
    evidence: str
    closed_on: date
    mean: float | None = None
    is_bound: bool = False


def get_gap(action: RecommendedAction) -> GapBehind:
    """Return what an action is about; its round must be loaded (two statements, one more the first time)."""
    instrument = get_instrument(action.round.version_id)
    area = instrument.get_area(action.area_key)
    if instrument.mode is Mode.STAFF:
        return _gap_of_survey(action, area)
    computed = get_report(action.round_id)
    said = computed.said.get(action.item_key or "", NOTHING_SAID)
    item = area.get_item(action.item_key) if action.item_key else None
    return GapBehind(area, item, action.rating, said.evidence, computed.closed_on)


def _gap_of_survey(action: RecommendedAction, area: Area) -> GapBehind:
    """What staff said about it, as far as it may be shown (one statement)."""
    computed = get_snapshot(action.round_id).report
    item = area.get_item(action.item_key) if action.item_key else None
    of_area = next(line for line in computed.areas if line.key == area.key)
    of_item = next((line for line in computed.items if item and line.key == item.key and line.mean is not None), None)
    mean = of_item.mean if of_item else of_area.mean
    is_bound = of_area.bound is not None if of_item is None else of_item.is_widened
    return GapBehind(area, item, None, "", computed.closed_on, mean, is_bound)


@dataclass(frozen=True)
class LastRound:
    """Where an organization stood when it last closed a round."""

    round_id: int
    closed_at: datetime
    levels: Mapping[str, str | None]


@dataclass(frozen=True)
class ServedOrganization:
    """One organization that somebody serves."""

    organization: Organization
    last: LastRound | None
    open_round_id: int | None


def count_served(actor: Actor) -> int:
    """Return how many organizations at work the actor serves by a coalition role (one statement, or none)."""
    ids = _served_ids(actor)
    return (db.session.scalar(_count_of_served(), {"served_ids": sorted(ids)}) or 0) if ids else 0


def list_served(
    actor: Actor, *, limit: int, offset: int = 0, but_not: Collection[str] = ()
) -> list[ServedOrganization]:
    """Return organizations that the actor serves, by name, with the last and the open round of a team (one statement).

    but_not: instruments that no team rates together; staff surveys never count here.
    """
    asked = {"served_ids": sorted(_served_ids(actor)), "others": sorted(but_not), "limit": limit, "offset": offset}
    return [
        ServedOrganization(
            organization, LastRound(round_id, closed_at, levels) if round_id is not None else None, open_round_id
        )
        for organization, open_round_id, round_id, closed_at, levels in db.session.execute(_page_of_served(), asked)
    ]


def _served_ids(actor: Actor) -> frozenset[int]:
    return frozenset[int]().union(*(held.organization_ids for held in actor.coalition_roles))


def _is_served() -> ColumnElement[bool]:
    is_named = Organization.id.in_(bindparam("served_ids", expanding=True))
    return and_(is_named, Organization.state == OrganizationState.ACTIVE)


def _is_of_team(a_round: Any) -> tuple[ColumnElement[bool], ...]:
    is_survey = exists().where(Survey.round_id == a_round.id)
    return a_round.instrument_slug.not_in(bindparam("others", expanding=True)), ~is_survey


@cache
def _count_of_served() -> Any:
    return select(func.count()).select_from(Organization).where(_is_served())


@cache
def _page_of_served() -> Any:
    """Rows of (organization, open round, last closed round, when it was closed, levels of its report)."""
    begun, ended = aliased(Round), aliased(Round)
    open_id = select(func.max(begun.id)).where(
        begun.organization_id == Organization.id, begun.state == RoundState.OPEN, *_is_of_team(begun)
    )
    last_id = select(ended.id).where(
        ended.organization_id == Organization.id, ended.state == RoundState.CLOSED, *_is_of_team(ended)
    )
    newest = last_id.order_by(ended.closed_at.desc(), ended.id.desc()).limit(1).correlate(Organization)
    return (
        select(
            Organization,
            open_id.correlate(Organization).scalar_subquery(),
            ReadinessReport.round_id,
            Round.closed_at,
            ReadinessReport.levels,
        )
        .select_from(Organization)
        .outerjoin(Round, Round.id == newest.scalar_subquery())
        .outerjoin(ReadinessReport, ReadinessReport.round_id == Round.id)
        .where(_is_served())
        .order_by(func.lower(Organization.name), Organization.id)
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
    )

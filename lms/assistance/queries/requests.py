"""Reading requests for help and the engagements that follow from them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from lms.accounts.models import Person, shown_name
from lms.assistance.models import (
    AssistanceRequest,
    Encounter,
    Engagement,
    RequestState,
    RequestTopic,
)
from lms.authz import Actor, Permission, can
from lms.db import db
from lms.errors import NotFound
from lms.organizations.models import Organization, OrganizationState

MOST_CHOICES = 1_000  # more than this is no list to choose from
MOST_ENGAGEMENTS = 60


class RequestPart(StrEnum):
    """Which requests a list shows."""

    WAITING = "waiting"
    MINE = "mine"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class RequestFilter:
    """Which requests to list. `organization_ids` None means: of every organization."""

    organization_ids: frozenset[int] | None
    part: RequestPart | None = None
    expert_id: int | None = None

    @property
    def is_everywhere(self) -> bool:
        """Whether no organization is named."""
        return self.organization_ids is None

    @property
    def values(self) -> dict[str, Any]:
        """Return what the statement of this filter waits for."""
        values: dict[str, Any] = {"expert_id": self.expert_id} if self.part is RequestPart.MINE else {}
        return values if self.organization_ids is None else values | {"organization_ids": sorted(self.organization_ids)}


class RequestRow(NamedTuple):
    """One line of a list of requests."""

    id: int
    organization_id: int
    organization: str
    topic: RequestTopic
    need: str
    wished_by: date | None
    state: RequestState
    asked_at: datetime
    closed_at: datetime | None
    asked_by: str | None
    expert_id: int | None
    expert: str | None


class EngagementRow(NamedTuple):
    """One line of an expert's own engagements."""

    id: int
    organization_id: int
    organization: str
    request_id: int | None
    topic: RequestTopic | None
    goal: str
    planned_hours: int | None
    planned_until: date | None
    started_on: date
    last_on: date | None
    minutes: int


@dataclass(frozen=True)
class Choice:
    """An organization that an expert serves, with its open requests."""

    organization_id: int
    organization: str
    requests: tuple[tuple[int, RequestTopic, datetime], ...] = ()


def get_request_for(actor: Actor, request_id: int) -> AssistanceRequest:
    """Return a request that the actor may read, with all that it names (one statement)."""
    request = db.session.scalars(_whole().where(AssistanceRequest.id == request_id)).one_or_none()
    if request is None or not can(actor, Permission.ASSISTANCE_READ, request.scope):
        raise NotFound("request")
    return request


def get_request(request_id: int) -> AssistanceRequest:
    """Return a request as the database has it now; for those who already know that they may (one statement)."""
    asked = _whole().where(AssistanceRequest.id == request_id).execution_options(populate_existing=True)
    request = db.session.scalars(asked).one_or_none()
    if request is None:
        raise NotFound("request")
    return request


def find_open_request_of_action(action_id: int) -> AssistanceRequest | None:
    """Return the open request that came from an action of a report, or None (one statement)."""
    opened = select(AssistanceRequest).where(
        AssistanceRequest.opened_from_action_id == action_id, AssistanceRequest.closed_at.is_(None)
    )
    return db.session.scalars(opened).one_or_none()


def count_requests(wanted: RequestFilter) -> int:
    """Return how many requests a filter leaves (one statement)."""
    return db.session.scalar(_counted(wanted.part, is_everywhere=wanted.is_everywhere), wanted.values) or 0


def list_requests(wanted: RequestFilter, *, limit: int, offset: int = 0) -> list[RequestRow]:
    """Return requests: open ones first, longest waiting on top; then ended ones, newest on top (one statement)."""
    asked = wanted.values | {"n_rows": limit, "n_before": offset}
    rows = db.session.execute(_listed(wanted.part, is_everywhere=wanted.is_everywhere), asked)
    return [RequestRow._make((*row[:9], name_if_any(*row[9:13]), row[13], name_if_any(*row[13:]))) for row in rows]


def find_engagement(request_id: int) -> Engagement | None:
    """Return the engagement of a request, the newest one when it changed hands (one statement)."""
    held = select(Engagement).where(Engagement.request_id == request_id).order_by(Engagement.id.desc()).limit(1)
    return db.session.scalars(held).one_or_none()


def list_engagements(expert_id: int, *, limit: int = MOST_ENGAGEMENTS) -> list[EngagementRow]:
    """Return an expert's open engagements, the one longest without a contact first (one statement)."""
    rows = db.session.execute(_engagements(), {"expert_id": expert_id, "n_rows": limit})
    return [EngagementRow._make((*row[:-1], row[-1] or 0)) for row in rows]


def organization_names(organization_ids: Collection[int] | None) -> Mapping[int, str]:
    """Return the names of organizations at work, by name; None asks for all of them (one statement)."""
    if organization_ids is None:
        rows = db.session.execute(_names(is_everywhere=True))
    else:
        rows = db.session.execute(_names(is_everywhere=False), {"organization_ids": sorted(organization_ids)})
    return {row[0]: row[1] for row in rows}


def list_choices(organization_ids: Collection[int]) -> list[Choice]:
    """Return the organizations that an expert serves with their open requests, by name (two statements)."""
    names = organization_names(organization_ids)
    asked = (
        select(
            AssistanceRequest.organization_id,
            AssistanceRequest.id,
            AssistanceRequest.topic,
            AssistanceRequest.asked_at,
        )
        .where(AssistanceRequest.organization_id.in_(sorted(organization_ids)), AssistanceRequest.closed_at.is_(None))
        .order_by(AssistanceRequest.asked_at, AssistanceRequest.id)
        .limit(MOST_CHOICES)
    )
    requests: dict[int, list[tuple[int, RequestTopic, datetime]]] = {}
    for organization_id, request_id, topic, asked_at in db.session.execute(asked):
        requests.setdefault(organization_id, []).append((request_id, topic, asked_at))
    return [Choice(key, name, tuple(requests.get(key, ()))) for key, name in names.items()]


def name_of(person: Person | None) -> str | None:
    """Return the name others see; None when somebody has been forgotten or nobody was named."""
    return person.display_name if person else None


def name_if_any(person_id: int | None, name: str | None, alias: str | None, email: str | None) -> str | None:
    """Return the name others see, from bare columns; None when nobody was named."""
    return None if person_id is None else shown_name(name, alias, email)


def _conditions(part: RequestPart | None, *, is_everywhere: bool) -> list[ColumnElement[bool]]:
    """What each listed row fulfils."""
    request = AssistanceRequest.__table__.c
    held: list[ColumnElement[bool]] = []
    if not is_everywhere:
        held.append(request.organization_id.in_(bindparam("organization_ids", expanding=True)))
    if part is RequestPart.CLOSED:
        held.append(request.closed_at.is_not(None))
    elif part is not None:
        held.append(request.closed_at.is_(None))
    if part is RequestPart.WAITING:
        held.append(request.state == RequestState.NEW)
    if part is RequestPart.MINE:
        held.append(request.expert_id == bindparam("expert_id"))
    return held


@cache  # built once: putting it together takes longer than running it
def _counted(part: RequestPart | None, *, is_everywhere: bool) -> Select[Any]:
    """How many requests a filter leaves."""
    counted = select(func.count()).select_from(AssistanceRequest.__table__)
    return counted.where(*_conditions(part, is_everywhere=is_everywhere))


@cache
def _listed(part: RequestPart | None, *, is_everywhere: bool) -> Select[Any]:
    """Rows of the fields of `RequestRow`, with four columns for each of the two people."""
    requests, organizations, people = AssistanceRequest.__table__, Organization.__table__, Person.__table__
    asker, expert = people.alias("asker"), people.alias("expert")
    request = requests.c
    joined = (
        requests.join(organizations, organizations.c.id == request.organization_id)
        .outerjoin(asker, asker.c.id == request.asked_by_id)
        .outerjoin(expert, expert.c.id == request.expert_id)
    )
    return (
        select(
            request.id,
            request.organization_id,
            organizations.c.name,
            request.topic,
            request.need,
            request.wished_by,
            request.state,
            request.asked_at,
            request.closed_at,
            *(each for who in (asker.c, expert.c) for each in (who.id, who.name, who.alias, who.email)),
        )
        .select_from(joined)
        .where(*_conditions(part, is_everywhere=is_everywhere))
        .order_by(
            request.closed_at.is_not(None),
            request.closed_at.desc(),
            request.expert_id.is_not(None),
            request.asked_at,
            request.id,
        )
        .limit(bindparam("n_rows"))
        .offset(bindparam("n_before"))
    )


@cache
def _engagements() -> Select[Any]:
    """Rows of the fields of `EngagementRow`."""
    engagements, encounters = Engagement.__table__, Encounter.__table__
    organizations, requests = Organization.__table__, AssistanceRequest.__table__
    engagement, encounter = engagements.c, encounters.c
    spent = (
        select(
            encounter.engagement_id,
            func.max(encounter.occurred_on).label("last_on"),
            func.sum(encounter.contact_minutes + encounter.preparation_minutes).label("minutes"),
        )
        .where(encounter.expert_id == bindparam("expert_id"), encounter.engagement_id.is_not(None))
        .group_by(encounter.engagement_id)
        .subquery()
    )
    joined = (
        engagements.join(organizations, organizations.c.id == engagement.organization_id)
        .outerjoin(requests, requests.c.id == engagement.request_id)
        .outerjoin(spent, spent.c.engagement_id == engagement.id)
    )
    return (
        select(
            engagement.id,
            engagement.organization_id,
            organizations.c.name,
            engagement.request_id,
            requests.c.topic,
            engagement.goal,
            engagement.planned_hours,
            engagement.planned_until,
            engagement.started_on,
            spent.c.last_on,
            spent.c.minutes,
        )
        .select_from(joined)
        .where(engagement.expert_id == bindparam("expert_id"), engagement.ended_on.is_(None))
        .order_by(func.coalesce(spent.c.last_on, engagement.started_on), engagement.id)
        .limit(bindparam("n_rows"))
    )


@cache
def _names(*, is_everywhere: bool) -> Select[Any]:
    """Rows of (id, name)."""
    organization = Organization.__table__.c
    named = select(organization.id, organization.name).where(organization.state == OrganizationState.ACTIVE)
    if not is_everywhere:
        named = named.where(organization.id.in_(bindparam("organization_ids", expanding=True)))
    return named.order_by(func.lower(organization.name), organization.id).limit(MOST_CHOICES)


def _whole() -> Select[AssistanceRequest]:
    return select(AssistanceRequest).options(
        joinedload(AssistanceRequest.organization),
        joinedload(AssistanceRequest.asked_by),
        joinedload(AssistanceRequest.contact),
        joinedload(AssistanceRequest.expert),
    )

"""Reading requests for help and the engagements that follow from them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased, joinedload

from lms.accounts.models import Person
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

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what each listed row fulfils."""
        held: list[ColumnElement[bool]] = []
        if self.organization_ids is not None:
            held.append(AssistanceRequest.organization_id.in_(sorted(self.organization_ids)))
        if self.part is RequestPart.CLOSED:
            held.append(AssistanceRequest.closed_at.is_not(None))
        elif self.part is not None:
            held.append(AssistanceRequest.closed_at.is_(None))
        if self.part is RequestPart.WAITING:
            held.append(AssistanceRequest.state == RequestState.NEW)
        if self.part is RequestPart.MINE:
            held.append(AssistanceRequest.expert_id == self.expert_id)
        return held


@dataclass(frozen=True)
class RequestRow:
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


@dataclass(frozen=True)
class EngagementRow:
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
    return db.session.scalar(select(func.count()).select_from(AssistanceRequest).where(*wanted.conditions())) or 0


def list_requests(wanted: RequestFilter, *, limit: int, offset: int = 0) -> list[RequestRow]:
    """Return requests: open ones first, longest waiting on top; then ended ones, newest on top (one statement)."""
    expert, asker = aliased(Person), aliased(Person)
    listed = (
        select(AssistanceRequest, Organization.name, asker, expert)
        .join(Organization, Organization.id == AssistanceRequest.organization_id)
        .outerjoin(asker, asker.id == AssistanceRequest.asked_by_id)
        .outerjoin(expert, expert.id == AssistanceRequest.expert_id)
        .where(*wanted.conditions())
        .order_by(
            AssistanceRequest.closed_at.is_not(None),
            AssistanceRequest.closed_at.desc(),
            AssistanceRequest.expert_id.is_not(None),
            AssistanceRequest.asked_at,
            AssistanceRequest.id,
        )
        .limit(limit)
        .offset(offset)
    )
    return [
        RequestRow(
            id=request.id,
            organization_id=request.organization_id,
            organization=organization,
            topic=request.topic,
            need=request.need,
            wished_by=request.wished_by,
            state=request.state,
            asked_at=request.asked_at,
            closed_at=request.closed_at,
            asked_by=name_of(asked_by),
            expert_id=request.expert_id,
            expert=name_of(taken_by),
        )
        for request, organization, asked_by, taken_by in db.session.execute(listed)
    ]


def find_engagement(request_id: int) -> Engagement | None:
    """Return the engagement of a request, the newest one when it changed hands (one statement)."""
    held = select(Engagement).where(Engagement.request_id == request_id).order_by(Engagement.id.desc()).limit(1)
    return db.session.scalars(held).one_or_none()


def list_engagements(expert_id: int, *, limit: int = MOST_ENGAGEMENTS) -> list[EngagementRow]:
    """Return an expert's open engagements, the one longest without a contact first (one statement)."""
    spent = (
        select(
            Encounter.engagement_id,
            func.max(Encounter.occurred_on).label("last_on"),
            func.sum(Encounter.contact_minutes + Encounter.preparation_minutes).label("minutes"),
        )
        .where(Encounter.expert_id == expert_id, Encounter.engagement_id.is_not(None))
        .group_by(Encounter.engagement_id)
        .subquery()
    )
    last_on = func.coalesce(spent.c.last_on, Engagement.started_on)
    listed = (
        select(Engagement, Organization.name, AssistanceRequest.topic, spent.c.last_on, spent.c.minutes)
        .join(Organization, Organization.id == Engagement.organization_id)
        .outerjoin(AssistanceRequest, AssistanceRequest.id == Engagement.request_id)
        .outerjoin(spent, spent.c.engagement_id == Engagement.id)
        .where(Engagement.expert_id == expert_id, Engagement.ended_on.is_(None))
        .order_by(last_on, Engagement.id)
        .limit(limit)
    )
    return [
        EngagementRow(
            id=held.id,
            organization_id=held.organization_id,
            organization=organization,
            request_id=held.request_id,
            topic=topic,
            goal=held.goal,
            planned_hours=held.planned_hours,
            planned_until=held.planned_until,
            started_on=held.started_on,
            last_on=last,
            minutes=minutes or 0,
        )
        for held, organization, topic, last, minutes in db.session.execute(listed)
    ]


def organization_names(organization_ids: Collection[int] | None) -> Mapping[int, str]:
    """Return the names of organizations at work, by name; None asks for all of them (one statement)."""
    named = select(Organization.id, Organization.name).where(Organization.state == OrganizationState.ACTIVE)
    if organization_ids is not None:
        named = named.where(Organization.id.in_(sorted(organization_ids)))
    ordered = named.order_by(func.lower(Organization.name), Organization.id).limit(MOST_CHOICES)
    return {row[0]: row[1] for row in db.session.execute(ordered)}


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


def _whole() -> Select[AssistanceRequest]:
    return select(AssistanceRequest).options(
        joinedload(AssistanceRequest.organization),
        joinedload(AssistanceRequest.asked_by),
        joinedload(AssistanceRequest.contact),
        joinedload(AssistanceRequest.expert),
    )

"""Reading the log of contacts between experts and organizations."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from lms.accounts.models import Person
from lms.assistance import rules
from lms.assistance.models import AssistanceRequest, Encounter, EncounterKind, EncounterMode, RequestTopic
from lms.assistance.queries.requests import name_of
from lms.assistance.rules import Desk
from lms.authz import Actor
from lms.db import db


@dataclass(frozen=True)
class EncounterRow:
    """One line of the log."""

    id: int
    occurred_on: date
    mode: EncounterMode
    kind: EncounterKind
    contact_minutes: int
    preparation_minutes: int
    n_people: int
    decisions: str
    next_step: str
    expert: str | None
    request_id: int | None
    topic: RequestTopic | None


@dataclass(frozen=True)
class Totals:
    """How much help an organization has had."""

    n_encounters: int
    contact_minutes: int
    preparation_minutes: int
    last_on: date | None


def get_desk(actor: Actor) -> Desk:
    """Return the actor's own desk; it is empty for whoever is no expert, who may then do nothing with it."""
    return rules.desk_of(actor)


def count_totals(organization_id: int, *, request_id: int | None = None) -> Totals:
    """Return how many contacts an organization has had, and the time they took (one statement)."""
    counted = select(
        func.count(),
        func.coalesce(func.sum(Encounter.contact_minutes), 0),
        func.coalesce(func.sum(Encounter.preparation_minutes), 0),
        func.max(Encounter.occurred_on),
    ).where(Encounter.organization_id == organization_id)
    if request_id is not None:
        counted = counted.where(Encounter.request_id == request_id)
    return Totals(*db.session.execute(counted).one())


def list_encounters(
    organization_id: int, *, request_id: int | None = None, limit: int, offset: int = 0
) -> list[EncounterRow]:
    """Return contacts with an organization, the newest first (one statement)."""
    listed = (
        select(Encounter, Person, AssistanceRequest.topic)
        .outerjoin(Person, Person.id == Encounter.expert_id)
        .outerjoin(AssistanceRequest, AssistanceRequest.id == Encounter.request_id)
        .where(Encounter.organization_id == organization_id)
        .order_by(Encounter.occurred_on.desc(), Encounter.id.desc())
        .limit(limit)
        .offset(offset)
    )
    if request_id is not None:
        listed = listed.where(Encounter.request_id == request_id)
    return [
        EncounterRow(
            id=held.id,
            occurred_on=held.occurred_on,
            mode=held.mode,
            kind=held.kind,
            contact_minutes=held.contact_minutes,
            preparation_minutes=held.preparation_minutes,
            n_people=held.n_people,
            decisions=held.decisions,
            next_step=held.next_step,
            expert=name_of(expert),
            request_id=held.request_id,
            topic=topic,
        )
        for held, expert, topic in db.session.execute(listed)
    ]


def find_last_encounter(expert_id: int) -> Encounter | None:
    """Return what an expert logged last (one statement)."""
    logged = (
        select(Encounter)
        .where(Encounter.expert_id == expert_id)
        .order_by(Encounter.created_at.desc(), Encounter.id.desc())
        .limit(1)
    )
    return db.session.scalars(logged).one_or_none()


def find_encounter(uuid: UUID) -> Encounter | None:
    """Return the contact with this key (one statement)."""
    return db.session.scalars(select(Encounter).where(Encounter.uuid == uuid)).one_or_none()

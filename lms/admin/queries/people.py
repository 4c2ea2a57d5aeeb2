"""Reading people across the whole site."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import contains_eager

from lms import clock
from lms.accounts.models import Person, PersonState, SignInSession
from lms.admin.queries.overview import ACTIVE_DAYS
from lms.coalitions.models import Coalition, CoalitionRole
from lms.db import db
from lms.organizations.models import Membership
from lms.organizations.queries.words import has_words


@dataclass(frozen=True)
class PeopleFilter:
    """Which people to list. Empty means: any."""

    words: str = ""
    state: PersonState | None = None
    is_recent: bool = False
    is_administrator: bool = False

    @property
    def is_set(self) -> bool:
        """Whether the filter leaves anybody out."""
        return self != PeopleFilter()


@dataclass(frozen=True)
class PersonRow:
    """One line of the list of people."""

    person: Person
    n_organizations: int
    last_seen_at: datetime | None


@dataclass(frozen=True)
class HeldCoalitionRole:
    """A coalition role of a person with the name of the coalition."""

    role: CoalitionRole
    coalition_name: str


@dataclass(frozen=True)
class SessionCount:
    """How many browsers a person is signed in with, and when one was used last."""

    n_live: int
    last_seen_at: datetime | None


def count_people(wanted: PeopleFilter) -> int:
    """Return how many people a filter leaves (one statement)."""
    return db.session.scalar(select(func.count()).select_from(Person).where(*_conditions(wanted))) or 0


def list_people(wanted: PeopleFilter, *, limit: int, offset: int = 0) -> list[PersonRow]:
    """Return people by the name others see (one statement)."""
    n_organizations = select(func.count()).where(Membership.person_id == Person.id, Membership.ended_at.is_(None))
    last_seen_at = select(func.max(SignInSession.last_seen_at)).where(SignInSession.person_id == Person.id)
    listed = (
        select(Person, n_organizations.scalar_subquery(), last_seen_at.scalar_subquery())
        .where(*_conditions(wanted))
        .order_by(func.lower(func.coalesce(Person.name, Person.alias, Person.email)), Person.id)
    )
    return [PersonRow(*row) for row in db.session.execute(listed.limit(limit).offset(offset))]


def list_memberships(person_id: int) -> list[Membership]:
    """Return everything a person belongs or belonged to, open ones first, then the newest (one statement)."""
    held = (
        select(Membership)
        .join(Membership.organization)
        .options(contains_eager(Membership.organization))
        .where(Membership.person_id == person_id)
        .order_by(Membership.ended_at.is_not(None), Membership.started_at.desc(), Membership.id.desc())
    )
    return list(db.session.scalars(held))


def list_coalition_roles(person_id: int) -> list[HeldCoalitionRole]:
    """Return the coalition roles a person holds or held, open ones first, then the newest (one statement)."""
    held = (
        select(CoalitionRole, Coalition.name)
        .join(Coalition, Coalition.id == CoalitionRole.coalition_id)
        .where(CoalitionRole.person_id == person_id)
        .order_by(CoalitionRole.ended_at.is_not(None), CoalitionRole.started_at.desc(), CoalitionRole.id.desc())
    )
    return [HeldCoalitionRole(*row) for row in db.session.execute(held)]


def count_sessions(person_id: int) -> SessionCount:
    """Return where a person is signed in (one statement)."""
    now = clock.now()
    is_live = (SignInSession.ended_at.is_(None), SignInSession.expires_at > now)
    counted = select(func.count().filter(*is_live), func.max(SignInSession.last_seen_at))
    return SessionCount(*db.session.execute(counted.where(SignInSession.person_id == person_id)).one())


def name_people(person_ids: Collection[int]) -> dict[int, str]:
    """Return the names of these people (one statement, or none)."""
    if not person_ids:
        return {}
    people = db.session.scalars(select(Person).where(Person.id.in_(person_ids)))
    return {person.id: person.display_name for person in people}


def _conditions(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    conditions: list[Any] = []
    if wanted.words:
        conditions.append(has_words(wanted.words, Person.name, Person.email, Person.alias))
    if wanted.state is not None:
        conditions.append(Person.state == wanted.state)
    if wanted.is_administrator:
        conditions.append(Person.is_administrator)
    if wanted.is_recent:
        since = clock.now() - timedelta(days=ACTIVE_DAYS)
        seen = select(SignInSession.person_id).where(SignInSession.last_seen_at >= since)
        conditions.append(Person.id.in_(seen))
    return conditions

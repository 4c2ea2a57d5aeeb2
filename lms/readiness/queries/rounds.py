"""Reading rounds: through the actor's reach, with the people who rate."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import aliased, contains_eager, joinedload

from lms.accounts.models import Person, PersonState, shown_name
from lms.accounts.queries import by_shown_name
from lms.authz import Actor, Permission, Scope, can
from lms.db import db
from lms.errors import NotFound
from lms.organizations.models import Membership, Organization
from lms.organizations.queries import get_organization_for
from lms.readiness.models import (
    ActionState,
    AnswerState,
    RatingEvent,
    RatingPresence,
    RatingTeamMember,
    RecommendedAction,
    Round,
    RoundState,
)
from lms.readiness.queries.instruments import read_version
from readiness.instruments import Area, Instrument, Mode

MOST_PEOPLE = 1_000
MOST_SHOWN = 50
OWNED = (ActionState.ACCEPTED, ActionState.DONE)


@dataclass(frozen=True)
class RatedRound:
    """A round with its instrument, as its raters meet it: a shared report does not open it."""

    round: Round
    instrument: Instrument

    @property
    def scope(self) -> Scope:
        """Who may see what was rated."""
        return self.round.ratings_scope


@dataclass(frozen=True)
class RatedArea:
    """One area of a round."""

    round: Round
    instrument: Instrument
    area: Area

    @property
    def scope(self) -> Scope:
        """Who may see what was rated."""
        return self.round.ratings_scope


@dataclass(frozen=True)
class RoundsOf:
    """All rounds of one organization, as far as somebody may read them."""

    organization: Organization
    team_ids: frozenset[int]  # of those who rate only the reader, if they do
    has_shared: bool
    has_open: bool
    last_closed_at: datetime | None

    @property
    def scope(self) -> Scope:
        """The organization's own; also for those who rate, or with whom a report is shared."""
        here = frozenset({self.organization.id})
        readers = here if self.has_shared else frozenset[int]()
        return Scope(organization_ids=here, named_person_ids=self.team_ids, reader_organization_ids=readers)


def get_round_for(actor: Actor, round_id: int) -> Round:
    """Return a round the actor may read, with its organization, version and team (two statements)."""
    found = db.session.scalars(_one_round(), {"round_id": round_id}).one_or_none()
    if found is None:
        raise NotFound("round")
    named = {"round_id": found.id, "organization_id": found.organization_id}
    people = db.session.execute(_named(), named).all()
    found.team_ids = frozenset(person_id for person_id, is_rater in people if is_rater)
    found.owner_ids = frozenset(person_id for person_id, is_rater in people if not is_rater)
    if not can(actor, Permission.READINESS_READ, found.scope):
        raise NotFound("round")
    return found


def get_rated_for(actor: Actor, round_id: int) -> RatedRound:
    """Return a round with its instrument, for those who may see what was rated (two statements)."""
    found = get_round_for(actor, round_id)
    return RatedRound(found, read_version(found.version))


def get_consensus_for(actor: Actor, round_id: int) -> RatedRound:
    """Return a round that a team rates together; rounds of other modes have other pages (two statements)."""
    rated = get_rated_for(actor, round_id)
    if rated.instrument.mode is not Mode.CONSENSUS:
        raise NotFound("round")
    return rated


def get_consensus_round_for(actor: Actor, round_id: int) -> Round:
    """Return a round that a team rates together, for who may read its report (two statements)."""
    found = get_round_for(actor, round_id)
    if read_version(found.version).mode is not Mode.CONSENSUS:
        raise NotFound("round")
    return found


def get_area_for(actor: Actor, round_id: int, area_key: str) -> RatedArea:
    """Return one area of a round that a team rates together (two statements)."""
    rated = get_consensus_for(actor, round_id)
    for area in rated.instrument.areas:
        if area.key == area_key:
            return RatedArea(rated.round, rated.instrument, area)
    raise NotFound("area")


def get_rounds_for(actor: Actor, organization_id: int) -> RoundsOf:
    """Return an organization the actor may see, and what its rounds are to the actor (two statements at most)."""
    organization = get_organization_for(actor, organization_id)
    asked = {"organization_id": organization.id, "person_id": actor.person_id}
    row = db.session.execute(_sum_of_rounds(), asked).one()
    named = frozenset({actor.person_id} if row.is_rater and organization.id in actor.organization_ids else ())
    return RoundsOf(organization, named, row.has_shared, row.has_open, row.last_closed_at)


@cache  # built once: putting it together takes longer than running it
def _sum_of_rounds() -> Any:
    of_organization = Round.organization_id == bindparam("organization_id")
    rates = exists().where(of_organization, RatingTeamMember.round_id == Round.id, *_rates(bindparam("person_id")))
    shared = exists().where(of_organization, Round.is_shared.is_(True))
    is_open = exists().where(of_organization, Round.state == RoundState.OPEN)
    last = select(func.max(Round.closed_at)).where(of_organization, Round.state == RoundState.CLOSED)
    return select(
        rates.label("is_rater"),
        shared.label("has_shared"),
        is_open.label("has_open"),
        last.scalar_subquery().label("last_closed_at"),
    )


def lock_round(round_id: int) -> Round:
    """Return a round that nobody else rates or closes until this transaction ends (one statement).

    It comes whole: reading a row anew forgets what else was loaded with it.
    """
    locked = _whole().where(Round.id == round_id).with_for_update(key_share=True, of=Round)
    return db.session.scalars(locked).one()


@dataclass(frozen=True)
class ListedRound:
    """A round as a list shows it to one reader; of those who rate it names only the reader, if they do."""

    round: Round
    n_settled: int


def count_rounds(actor: Actor, organization_id: int) -> int:
    """Return how many rounds of an organization the actor may read (one statement)."""
    asked = {**_reach_of(actor), "organization_id": organization_id}
    return db.session.scalar(_count_of_rounds(is_administrator=actor.is_administrator), asked) or 0


def list_rounds(actor: Actor, organization_id: int, *, limit: int, offset: int = 0) -> list[ListedRound]:
    """Return one page of the rounds of an organization that the actor may read, newest first (one statement)."""
    asked = {**_reach_of(actor), "organization_id": organization_id, "limit": limit, "offset": offset}
    return _listed(actor, _page_of_rounds(is_administrator=actor.is_administrator), asked)


def list_own_rounds(actor: Actor) -> list[ListedRound]:
    """Return the rounds of the actor's own organizations that they may read, open ones first (one statement)."""
    return _listed(actor, _own_rounds(is_administrator=actor.is_administrator), _reach_of(actor))


def find_open_round(organization_id: int, instrument_slug: str) -> Round | None:
    """Return the open round of an organization with one instrument, or None (one statement)."""
    held = select(Round).where(
        Round.organization_id == organization_id,
        Round.instrument_slug == instrument_slug,
        Round.state == RoundState.OPEN,
    )
    return db.session.scalars(held).one_or_none()


def find_round_before(a_round: Round) -> Round | None:
    """Return the last round closed before this one, of the same organization and instrument (one statement)."""
    earlier = select(Round).where(
        Round.organization_id == a_round.organization_id,
        Round.instrument_slug == a_round.instrument_slug,
        Round.state == RoundState.CLOSED,
        Round.id != a_round.id,
    )
    if a_round.closed_at is not None:
        earlier = earlier.where(Round.closed_at < a_round.closed_at)
    return db.session.scalars(earlier.order_by(Round.closed_at.desc(), Round.id.desc()).limit(1)).first()


@dataclass(frozen=True)
class PersonChoice:
    """Somebody of the organization who can be chosen."""

    person_id: int
    name: str
    job_role: str | None = None


def list_people(organization_id: int) -> list[PersonChoice]:
    """Return who belongs to an organization and can sign in, by name; at most a thousand (one statement)."""
    people = db.session.execute(_people(), {"organization_id": organization_id})
    return [PersonChoice(person_id, shown_name(*names)) for person_id, *names in people]


def list_team(round_id: int) -> list[PersonChoice]:
    """Return who rates in a round, by name (one statement)."""
    team = (
        select(Person)
        .join(RatingTeamMember, RatingTeamMember.person_id == Person.id)
        .where(RatingTeamMember.round_id == round_id, RatingTeamMember.left_at.is_(None))
        .order_by(by_shown_name(), Person.id)
        .limit(MOST_PEOPLE)
    )
    return [PersonChoice(person.id, person.display_name) for person in db.session.scalars(team)]


@dataclass(frozen=True)
class Sitting:
    """Who was there on one day."""

    present_on: date
    names: tuple[str, ...]
    person_ids: frozenset[int]


def list_sittings(round_id: int) -> list[Sitting]:
    """Return who was present on which day, newest first (one statement)."""
    present = (
        select(RatingPresence.present_on, Person)
        .join(Person, Person.id == RatingPresence.person_id)
        .where(RatingPresence.round_id == round_id)
        .order_by(RatingPresence.present_on.desc(), by_shown_name(), Person.id)
    )
    days: dict[date, list[Person]] = {}
    for day, person in db.session.execute(present):
        days.setdefault(day, []).append(person)
    return [
        Sitting(day, tuple(each.display_name for each in people), frozenset(each.id for each in people))
        for day, people in days.items()
    ]


def _reach_of(actor: Actor) -> dict[str, Any]:
    """Say who asks, as parameters of the statements below."""
    own, whole = sorted(actor.organization_ids), sorted(fully_read_ids(actor))
    return {"person_id": actor.person_id, "own_ids": own, "whole_ids": whole}


def _is_readable(*, is_administrator: bool) -> ColumnElement[bool]:
    """Match the rounds that `can` lets the actor read, so that a list needs no second look."""
    if is_administrator:
        return true()
    owns = exists().where(
        RecommendedAction.round_id == Round.id,
        RecommendedAction.owner_id == bindparam("person_id"),
        RecommendedAction.state.in_(OWNED),
    )
    whole = Round.organization_id.in_(bindparam("whole_ids", expanding=True))
    return or_(whole, and_(_is_own(), or_(Round.is_shared.is_(True), _is_rated_by_reader(), owns)))


def _is_own() -> ColumnElement[bool]:
    return Round.organization_id.in_(bindparam("own_ids", expanding=True))


def _is_rated_by_reader() -> ColumnElement[bool]:
    return exists().where(RatingTeamMember.round_id == Round.id, *_rates(bindparam("person_id")))


def _rates(person_id: Any) -> tuple[ColumnElement[bool], ...]:
    return RatingTeamMember.person_id == person_id, RatingTeamMember.left_at.is_(None)


def fully_read_ids(actor: Actor) -> frozenset[int]:
    """Return the organizations all of whose rounds the actor may read."""
    ids = actor.organization_ids.union(*(held.organization_ids for held in actor.coalition_roles))
    return frozenset(
        organization_id
        for organization_id in ids
        if can(actor, Permission.READINESS_READ, Scope(organization_ids=frozenset({organization_id})))
    )


_NEWEST_FIRST = (Round.opened_at.desc(), Round.id.desc())


def _whole() -> Select[Round]:
    return (
        select(Round)
        .join(Round.organization)
        .options(contains_eager(Round.organization), joinedload(Round.version))
        .execution_options(populate_existing=True)
    )


@cache
def _count_of_rounds(*, is_administrator: bool) -> Any:
    of_organization = Round.organization_id == bindparam("organization_id")
    counted = select(func.count()).select_from(Round)
    return counted.where(of_organization, _is_readable(is_administrator=is_administrator))


@cache
def _page_of_rounds(*, is_administrator: bool) -> Any:
    of_organization = Round.organization_id == bindparam("organization_id")
    listed = _lines().where(of_organization, _is_readable(is_administrator=is_administrator))
    return listed.order_by(*_NEWEST_FIRST).limit(bindparam("limit")).offset(bindparam("offset"))


@cache
def _own_rounds(*, is_administrator: bool) -> Any:
    listed = _lines().where(_is_own(), _is_readable(is_administrator=is_administrator))
    return listed.order_by(Round.state.desc(), *_NEWEST_FIRST).limit(MOST_SHOWN)


def _lines() -> Any:
    """Rows of (round, whether the reader rates in it, how many items are answered while it is open)."""
    newest = (
        select(func.max(RatingEvent.id))
        .where(RatingEvent.round_id == Round.id, Round.state == RoundState.OPEN)
        .correlate(Round)
        .group_by(RatingEvent.item_key)
    )
    settled = aliased(RatingEvent)
    n_settled = select(func.count()).where(settled.id.in_(newest), settled.state != AnswerState.SKIPPED)
    return _whole().add_columns(and_(_is_own(), _is_rated_by_reader()), n_settled.correlate(Round).scalar_subquery())


def _listed(actor: Actor, statement: Any, asked: dict[str, Any]) -> list[ListedRound]:
    listed = []
    for a_round, is_rater, n_settled in db.session.execute(statement, asked):
        a_round.team_ids = frozenset({actor.person_id} if is_rater else ())
        listed.append(ListedRound(a_round, n_settled))
    return listed


@cache  # built once: putting it together takes longer than running it
def _one_round() -> Select[Round]:
    return _whole().where(Round.id == bindparam("round_id"))


@cache
def _named() -> Any:
    """Who rates in a round (true) or owns an action of its report (false), and still belongs to the organization."""
    team = select(RatingTeamMember.person_id).where(
        RatingTeamMember.round_id == bindparam("round_id"), RatingTeamMember.left_at.is_(None)
    )
    owners = select(RecommendedAction.owner_id).where(
        RecommendedAction.round_id == bindparam("round_id"), RecommendedAction.state.in_(OWNED)
    )
    is_rater = Membership.person_id.in_(team)
    return select(Membership.person_id, is_rater).where(
        Membership.organization_id == bindparam("organization_id"),
        Membership.ended_at.is_(None),
        or_(is_rater, Membership.person_id.in_(owners)),
    )


@cache
def _people() -> Any:
    """Rows of (id, name, alias, e-mail)."""
    return (
        select(Person.id, Person.name, Person.alias, Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == bindparam("organization_id"),
            Membership.ended_at.is_(None),
            Person.state == PersonState.ACTIVE,
        )
        .order_by(by_shown_name(), Person.id)
        .limit(MOST_PEOPLE)
    )

"""Reading named seats: who may sit where, what each of them says, who has finished."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from lms.accounts.models import Person, PersonState, shown_name
from lms.accounts.queries import by_shown_name
from lms.authz import Actor, Capability, CoalitionRoleKind, Permission, Scope, can
from lms.db import db
from lms.errors import Forbidden, NotFound
from lms.organizations.models import Membership, MembershipCapability
from lms.readiness import seat_report
from lms.readiness.models import FinishedSeat, ReadinessReport, Round, Seat, SeatRating
from lms.readiness.queries.instruments import read_version
from lms.readiness.queries.rounds import get_round_for
from lms.readiness.seat_report import FactsPart, LeaderPart
from lms.readiness.seating import NOTHING, RECORDS, SEATS, SeatSaid, free_seats
from readiness.instruments import Instrument, Mode
from readiness.scoring import AnswerState

MOST_CO_CHAIRS = 50


@dataclass(frozen=True)
class TakenSeat:
    """A seat of a round, for somebody who may sit there."""

    round: Round
    instrument: Instrument
    seat: Seat

    @property
    def scope(self) -> Scope:
        """Whoever got here reads the round."""
        return self.round.scope


@dataclass(frozen=True)
class SeatedRound:
    """A round with named seats, and which of them its reader may take by role."""

    round: Round
    instrument: Instrument
    entitled: frozenset[Seat]
    reader_id: int

    @property
    def scope(self) -> Scope:
        """Who may see what was rated; a co-chair is one of those who rate."""
        scope = self.round.ratings_scope
        if Seat.CO_CHAIR not in self.entitled:
            return scope
        return replace(scope, named_person_ids=scope.named_person_ids | {self.reader_id})


@dataclass(frozen=True)
class SeatStanding:
    """What stands for one item of one seat: by which event, said by whom and when."""

    event_id: int
    said: SeatSaid
    by_id: int | None
    by_name: str | None
    at: datetime


@dataclass(frozen=True)
class Finished:
    """Somebody has finished a seat."""

    by_id: int | None
    by_name: str | None
    at: datetime


def get_seated_for(actor: Actor, round_id: int) -> SeatedRound:
    """Return a round that has named seats, also beside a team's rating (two statements)."""
    found = get_round_for(actor, round_id)
    instrument = read_version(found.version)
    if not SEATS[instrument.mode]:
        raise NotFound("round")
    return SeatedRound(found, instrument, entitled_to(actor, found, instrument), actor.person_id)


def get_compared_for(actor: Actor, round_id: int) -> SeatedRound:
    """Return a round in which two ratings are laid side by side (two statements)."""
    seated = get_seated_for(actor, round_id)
    if seated.instrument.mode is Mode.SITE_FACTS:
        raise NotFound("round")
    return seated


def get_record_for(actor: Actor, round_id: int) -> Round:
    """Return a round that consists of seats alone: facts of a place, or leaders' ratings (two statements)."""
    found = get_round_for(actor, round_id)
    if read_version(found.version).mode not in RECORDS:
        raise NotFound("round")
    return found


def get_seat_for(actor: Actor, round_id: int, seat: str) -> TakenSeat:
    """Return a seat of a round for somebody who may sit there; Forbidden for others who read it (three statements).

    Of two seats one may take, the one in which somebody else has rated stays closed: its reader would see it.
    """
    seated = get_seated_for(actor, round_id)
    instrument = seated.instrument
    known = {each.value: each for each in SEATS[instrument.mode]}
    if seat not in known:
        raise NotFound("seat")
    wanted = known[seat]
    if wanted not in may_sit_in(seated):
        raise Forbidden("Somebody else sits there.")
    return TakenSeat(seated.round, instrument, wanted)


def entitled_to(actor: Actor, a_round: Round, instrument: Instrument) -> frozenset[Seat]:
    """Say which seats of a round somebody may take by role (no statement)."""
    is_held = {
        Seat.LEAD: can(actor, Permission.READINESS_MANAGE, a_round.scope),
        Seat.CO_CHAIR: any(
            held.organization_id == a_round.organization_id and Capability.CO_CHAIR in held.capabilities
            for held in actor.memberships
        ),
        Seat.EXPERT: any(
            held.role is CoalitionRoleKind.TA_EXPERT and a_round.organization_id in held.organization_ids
            for held in actor.coalition_roles
        ),
    }
    return frozenset(seat for seat in SEATS[instrument.mode] if is_held[seat])


def may_sit_in(seated: SeatedRound) -> frozenset[Seat]:
    """Return the seats somebody may take now (one statement at most)."""
    if len(SEATS[seated.instrument.mode]) < 2 or not seated.entitled:
        return seated.entitled
    writers = list_writers(seated.round.id)
    own = {seat for seat, ids in writers.items() if seated.reader_id in ids}
    others = {seat for seat, ids in writers.items() if ids - {seated.reader_id}}
    return free_seats(seated.entitled, own, others)


def list_writers(round_id: int) -> dict[Seat, frozenset[int | None]]:
    """Return who has rated in each seat; None stands for a former member (one statement)."""
    asked = select(SeatRating.seat, SeatRating.by_id).where(SeatRating.round_id == round_id).distinct()
    writers: dict[Seat, set[int | None]] = {}
    for seat, by_id in db.session.execute(asked):
        writers.setdefault(seat, set()).add(by_id)
    return {seat: frozenset(ids) for seat, ids in writers.items()}


def list_standings(round_id: int) -> dict[Seat, dict[str, SeatStanding]]:
    """Return what stands for each item of every seat. Who may see which is the caller's to say (one statement)."""
    found: dict[Seat, dict[str, SeatStanding]] = {}
    for row in db.session.execute(_newest(), {"round_id": round_id}):
        found.setdefault(row.seat, {})[row.item_key] = SeatStanding(
            event_id=row.id,
            said=SeatSaid(row.state, row.value, row.fact, row.note),
            by_id=row.by_id,
            by_name=None if row.by_id is None else shown_name(row.name, row.alias, row.email),
            at=row.recorded_at,
        )
    return found


def list_said(round_id: int) -> dict[Seat, dict[str, SeatSaid]]:
    """Return what stands for each item of every seat, without who said it (one statement)."""
    return {
        seat: {key: each.said for key, each in standings.items()}
        for seat, standings in list_standings(round_id).items()
    }


def list_finished(round_id: int) -> dict[Seat, Finished]:
    """Return who has finished (one statement)."""
    asked = (
        select(FinishedSeat, Person.name, Person.alias, Person.email)
        .outerjoin(Person, Person.id == FinishedSeat.by_id)
        .where(FinishedSeat.round_id == round_id)
        .execution_options(populate_existing=True)
    )
    return {
        row.seat: Finished(row.by_id, None if row.by_id is None else shown_name(*names), row.finished_at)
        for row, *names in db.session.execute(asked)
    }


@dataclass(frozen=True)
class RecordStanding:
    """How far a record is, for lists: facts that are noted, seats that have finished."""

    n_noted: int
    n_finished: int


def list_record_standings(round_ids: Collection[int]) -> dict[int, RecordStanding]:
    """Return how far some records are (one statement, none without any)."""
    if not round_ids:
        return {}
    asked = {"round_ids": sorted(round_ids)}
    return {
        round_id: RecordStanding(n_noted, n_finished)
        for round_id, n_noted, n_finished in db.session.execute(_record_standings(), asked)
    }


@cache
def _record_standings() -> Any:
    noted = select(func.count(SeatRating.item_key.distinct())).where(
        SeatRating.round_id == Round.id, SeatRating.seat == Seat.LEAD, SeatRating.state != AnswerState.SKIPPED
    )
    finished = select(func.count()).where(FinishedSeat.round_id == Round.id)
    return select(
        Round.id, noted.correlate(Round).scalar_subquery(), finished.correlate(Round).scalar_subquery()
    ).where(Round.id.in_(bindparam("round_ids", expanding=True)))


def get_parts(round_id: int, instrument: Instrument) -> tuple[FactsPart | None, LeaderPart | None]:
    """Return what the report of a round of seats says beside what all reports say (one statement)."""
    document = db.session.scalar(select(ReadinessReport.document).where(ReadinessReport.round_id == round_id))
    if document is None:
        raise NotFound("report")
    return seat_report.read_facts(instrument, document), seat_report.read_leader(instrument, document)


def list_seen(round_id: int, seat: Seat, event_ids: Collection[int]) -> Mapping[int, SeatRating]:
    """Return the events of a seat from which somebody began to edit (one statement)."""
    asked = select(SeatRating).where(
        SeatRating.round_id == round_id, SeatRating.seat == seat, SeatRating.id.in_(event_ids)
    )
    return {event.id: event for event in db.session.scalars(asked)}


def list_known_keys(event_uuids: Collection[UUID]) -> set[UUID]:
    """Return which of these events are stored already, wherever (one statement)."""
    return set(db.session.scalars(select(SeatRating.event_uuid).where(SeatRating.event_uuid.in_(event_uuids))))


def said_by(event: SeatRating) -> SeatSaid:
    """Return what one event says."""
    return SeatSaid(event.state, event.value, event.fact, event.note)


def said_in(standings: Mapping[str, SeatStanding], item_key: str) -> SeatSaid:
    """Return what stands for one item of a seat."""
    standing = standings.get(item_key)
    return standing.said if standing else NOTHING


def count_people(round_id: int, seats: Collection[Seat]) -> int:
    """Return how many people have rated in some seats of a round (one statement)."""
    raters = select(func.count(SeatRating.by_id.distinct())).where(
        SeatRating.round_id == round_id, SeatRating.seat.in_(seats)
    )
    return db.session.scalar(raters) or 0


@dataclass(frozen=True)
class CoChair:
    """Somebody who holds the capability of a co-chair."""

    person_id: int
    name: str


def list_co_chairs(organization_id: int) -> list[CoChair]:
    """Return who is co-chair of an organization now, by name (one statement)."""
    holders = (
        select(Person.id, Person.name, Person.alias, Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .join(MembershipCapability, MembershipCapability.membership_id == Membership.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
            MembershipCapability.capability == Capability.CO_CHAIR,
            Person.state == PersonState.ACTIVE,
        )
        .order_by(by_shown_name(), Person.id)
        .limit(MOST_CO_CHAIRS)
    )
    return [CoChair(person_id, shown_name(*names)) for person_id, *names in db.session.execute(holders)]


@cache  # built once: putting it together takes longer than running it
def _newest() -> Select[Any]:
    event, person = SeatRating.__table__.c, Person.__table__.c
    newest = select(func.max(event.id)).where(event.round_id == bindparam("round_id"))
    return (
        select(
            event.id,
            event.seat,
            event.item_key,
            event.state,
            event.value,
            event.fact,
            event.note,
            event.by_id,
            event.recorded_at,
            person.name,
            person.alias,
            person.email,
        )
        .select_from(SeatRating.__table__.outerjoin(Person.__table__, person.id == event.by_id))
        .where(event.id.in_(newest.group_by(event.seat, event.item_key)))
        .order_by(event.id)
    )

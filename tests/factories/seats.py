"""Rounds of named seats: records of facts and of leaders, made through the services."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from lms import clock
from lms.accounts.models import Person
from lms.authz import Capability
from lms.db import db
from lms.organizations.models import Membership, MembershipCapability, Organization
from lms.readiness.models import Round, Seat
from lms.readiness.queries.instruments import get_newest, read_version
from lms.readiness.queries.seats import TakenSeat
from lms.readiness.seating import SeatSaid, value_of_fact
from lms.readiness.services import seats
from lms.readiness.services.seats import SeatAnswer
from readiness.instruments import Instrument
from readiness.scoring import AnswerState

FACTS = "overdose-preparedness"
LEADERS = "leadership-continuity"


def instrument_of(slug: str) -> Instrument:
    return read_version(get_newest(slug))


def open_record(organization: Organization, by: Person, slug: str = FACTS) -> Round:
    closes_on = clock.today() + timedelta(days=14)
    opened = seats.open_record(organization.id, get_newest(slug), closes_on, today=clock.today(), by_id=by.id)
    db.session.commit()
    return opened


def name_co_chair(membership: Membership) -> None:
    db.session.add(MembershipCapability(membership_id=membership.id, capability=Capability.CO_CHAIR))
    db.session.commit()


def taken(a_round: Round, seat: Seat) -> TakenSeat:
    return TakenSeat(a_round, instrument_of(a_round.instrument_slug), seat)


def rated(answer: int | AnswerState, note: str = "") -> SeatSaid:
    if isinstance(answer, AnswerState):
        return SeatSaid(answer, note=note)
    return SeatSaid(AnswerState.VALUE, answer, None, note)


def fact(a_round: Round, key: str, text: str, note: str = "") -> SeatSaid:
    kind = instrument_of(a_round.instrument_slug).get_item(key).answer
    return SeatSaid(AnswerState.VALUE, value_of_fact(kind, text, today=clock.today()), text, note)


def sit(
    a_round: Round, seat: Seat, person: Person, answers: Mapping[str, SeatSaid], seen_id: int | None = None
) -> tuple[str, ...]:
    sent = [SeatAnswer(uuid4(), key, said, seen_id) for key, said in answers.items()]
    unsettled = seats.record_seat(taken(a_round, seat), sent, by_id=person.id)
    db.session.commit()
    return unsettled


def sit_through(a_round: Round, seat: Seat, person: Person, answer: int = 3, **others: int) -> None:
    keys = [item.key for item in instrument_of(a_round.instrument_slug).items]
    sit(a_round, seat, person, {key: rated(others.get(key.replace("-", "_"), answer)) for key in keys})


def finish(a_round: Round, seat: Seat, person: Person) -> bool:
    are_all = seats.finish_seat(taken(a_round, seat), by_id=person.id)
    db.session.commit()
    return are_all


def close(a_round: Round, person: Person, *, is_alone: bool = False) -> Round:
    seats.close_record(a_round, today=clock.today(), by_id=person.id, is_alone=is_alone)
    db.session.commit()
    return a_round

"""Records in which somebody rates alone: the smallest valid ones, made through the services."""

from datetime import timedelta
from uuid import uuid4

from lms import clock
from lms.accounts.models import Person
from lms.db import db
from lms.organizations.models import Organization
from lms.readiness.models import Round, Seat
from lms.readiness.queries.instruments import get_newest, read_version
from lms.readiness.queries.seats import TakenSeat
from lms.readiness.seating import NEVER, SeatSaid
from lms.readiness.services import seats
from lms.readiness.services.seats import SeatAnswer
from readiness.instruments import AnswerKind, Instrument, Item
from readiness.scoring import AnswerState

LEADERS, FACTS = "leadership-continuity", "overdose-preparedness"
ABSENT = {AnswerKind.YES_PARTLY_NO: "no", AnswerKind.DATE: NEVER, AnswerKind.SHARE: "0"}


def instrument_of(a_round: Round) -> Instrument:
    return read_version(get_newest(a_round.instrument_slug))


def open_record(organization: Organization, slug: str, by: Person) -> Round:
    today = clock.today()
    closes_on = today + timedelta(days=14)
    opened = seats.open_record(organization.id, get_newest(slug), closes_on, today=today, by_id=by.id)
    db.session.commit()
    return opened


def sit(a_round: Round, seat: Seat, person: Person, value: int = 2) -> TakenSeat:
    """Answer every item of a seat: the same rating, or of facts that they are not there."""
    taken = TakenSeat(a_round, instrument_of(a_round), seat)
    sent = [SeatAnswer(uuid4(), item.key, _said(item, value)) for item in taken.instrument.items]
    seats.record_seat(taken, sent, by_id=person.id)
    db.session.commit()
    return taken


def _said(item: Item, value: int) -> SeatSaid:
    if item.answer is AnswerKind.RATING:
        return SeatSaid(AnswerState.VALUE, value)
    return SeatSaid(AnswerState.VALUE, 1, fact=ABSENT[item.answer])

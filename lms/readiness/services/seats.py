"""Rating alone: opening records of facts and of leaders, taking what a seat says, finishing, closing.

The events of a seat are a record of their own, append-only and by the form's key, so the audit log does not repeat
them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete

from lms import audit, clock, signals
from lms.db import db, insert_new, insert_once
from lms.errors import Conflict, Invalid
from lms.publications import ContentVersion
from lms.readiness import seat_report
from lms.readiness.models import FinishedSeat, Round, RoundState, Seat, SeatRating
from lms.readiness.queries import ratings, reports, rounds, seats, talks
from lms.readiness.queries.instruments import get_instrument
from lms.readiness.queries.seats import TakenSeat, said_by
from lms.readiness.seat_report import ENGINES, Computed
from lms.readiness.seating import NOTHING, SEATS, SeatSaid, merge_said
from lms.readiness.services.rounds import (
    NothingRated,
    RoundIsOpen,
    earlier_of,
    keep_report,
    lock_open_round,
    refuse_bad_day,
)
from readiness.instruments import Instrument, Mode


class SeatFinished(Conflict):
    """Whoever sits there has said to be done: the other seat may see it by now."""


class SeatUnfinished(Conflict):
    """The round waits for a seat."""


@dataclass(frozen=True)
class SeatAnswer:
    """What somebody says to one item, and the event they saw when they began to edit it."""

    event_uuid: UUID
    item_key: str
    said: SeatSaid
    seen_id: int | None = None


def open_record(organization_id: int, version: ContentVersion, closes_on: date, *, today: date, by_id: int) -> Round:
    """Open a round of facts or of leaders' ratings; RoundIsOpen when one with this instrument is open."""
    refuse_bad_day(closes_on, today)
    is_new = insert_once(
        Round,
        organization_id=organization_id,
        instrument_slug=version.slug,
        version_id=version.id,
        state=RoundState.OPEN,
        opened_at=clock.now(),
        opened_by_id=by_id,
        closes_on=closes_on,
        is_shared=False,
        row_version=1,
    )
    opened = rounds.find_open_round(organization_id, version.slug)
    if not is_new or opened is None:
        raise RoundIsOpen(_("Your organization has an open round already. Finish that one first."))
    audit.record(by_id, "opened a readiness round", _subject(opened.id), {"organization_id": organization_id})
    asked = {by_id}
    if get_instrument(version.id).mode is Mode.LEADER:
        asked |= {each.person_id for each in seats.list_co_chairs(organization_id)}
    signals.round_opened.send(None, round=opened, person_ids=asked)
    return opened


def record_seat(taken: TakenSeat, sent: Sequence[SeatAnswer], *, by_id: int) -> tuple[str, ...]:
    """Record what a seat says; one sent twice counts once. Return the items whose notes met another's: then nothing is.

    RoundClosed when the round is closed, SeatFinished when the seat is. Six statements however many items.
    """
    open_round = lock_open_round(taken.round.id)
    if taken.seat in seats.list_finished(open_round.id):
        raise SeatFinished(_("This rating is finished, and nothing was changed. Open it again first."))
    _refuse_second_seat(taken, by_id)
    keys = {item.key for item in taken.instrument.items}
    if any(each.item_key not in keys for each in sent):
        raise Invalid(_("This round does not ask that item."))
    known = seats.list_known_keys([each.event_uuid for each in sent])
    stands = seats.list_standings(open_round.id).get(taken.seat, {})
    seen = seats.list_seen(open_round.id, taken.seat, {each.seen_id for each in sent if each.seen_id is not None})
    rows, unsettled = [], []
    for each in sent:
        if each.event_uuid in known:
            continue
        standing = stands.get(each.item_key)
        theirs, is_own = (standing.said, standing.by_id == by_id) if standing else (NOTHING, True)
        began_from = seen.get(each.seen_id or 0)
        base = said_by(began_from) if began_from is not None and began_from.item_key == each.item_key else NOTHING
        merged = merge_said(base, each.said, theirs, is_own=is_own)
        if merged.is_unsettled:
            unsettled.append(each.item_key)
        if merged.said != theirs:
            rows.append(_row(taken, each, merged.said, by_id))
    if rows and not unsettled:
        insert_new(SeatRating, rows)
    return tuple(unsettled)


def finish_seat(taken: TakenSeat, *, by_id: int) -> bool:
    """Say that a seat is done; say whether all are, so that they can be laid side by side.

    NothingRated when it holds no answer; doing it twice is as good as once.
    """
    open_round = lock_open_round(taken.round.id)
    said = seats.list_said(open_round.id).get(taken.seat, {})
    if not any(each.is_settled for each in said.values()):
        raise NothingRated(_("Nothing is rated here yet. Answer some items first."))
    is_new = insert_once(FinishedSeat, round_id=open_round.id, seat=taken.seat, by_id=by_id, finished_at=clock.now())
    finished = seats.list_finished(open_round.id)
    are_all = set(SEATS[taken.instrument.mode]) <= set(finished)
    if is_new:
        audit.record(by_id, "finished a readiness seat", _subject(open_round.id), {"seat": taken.seat.value})
        signals.round_left.send(None, round=open_round, person_ids={by_id})
        if are_all and taken.instrument.mode is Mode.LEADER:
            both = {each.by_id for each in finished.values() if each.by_id is not None}
            signals.round_opened.send(None, round=open_round, person_ids=both)
    return are_all


def take_back(taken: TakenSeat, *, by_id: int) -> None:
    """Open a finished seat again, as long as nobody else has been let see it; SeatFinished after that."""
    open_round = lock_open_round(taken.round.id)
    finished = seats.list_finished(open_round.id)
    if taken.instrument.mode is Mode.LEADER and set(SEATS[Mode.LEADER]) <= set(finished):
        raise SeatFinished(_("Both have finished and see each other's ratings. What you rated stands."))
    if taken.instrument.mode is Mode.CONSENSUS and _has_team_rated(open_round.id, taken.instrument):
        raise SeatFinished(_("The team has rated everything and sees your rating. What you rated stands."))
    this = (FinishedSeat.round_id == open_round.id, FinishedSeat.seat == taken.seat)
    if db.session.scalars(delete(FinishedSeat).where(*this).returning(FinishedSeat.round_id)).first() is not None:
        audit.record(by_id, "opened a readiness seat again", _subject(open_round.id), {"seat": taken.seat.value})


def close_record(a_round: Round, *, today: date, by_id: int, is_alone: bool = False) -> None:
    """Close a round of facts or of leaders' ratings and compute its report, once.

    NothingRated without an answer; SeatUnfinished while a leader's seat is open, unless it is to be closed with the
    other one alone (`is_alone`): what is not finished is not counted, and nobody sees it.
    """
    closing = lock_open_round(a_round.id)
    instrument, said = get_instrument(closing.version_id), seats.list_said(closing.id)
    counted = _counted(instrument, said, seats.list_finished(closing.id), is_alone=is_alone)
    if not any(each.is_settled for rated in counted.values() for each in rated.values()):
        raise NothingRated(_("Nothing is rated yet, so there is nothing to report. Rate some items first."))
    computed = _computed(closing, instrument, counted, today)
    closing.state, closing.closed_at, closing.closed_by_id = RoundState.CLOSED, clock.now(), by_id
    closing.row_version += 1
    keep_report(closing, computed.document, computed.chosen, instrument, engine_version=ENGINES[instrument.mode])
    changes = {"organization_id": closing.organization_id, "seats": sorted(seat.value for seat in counted)}
    audit.record(by_id, "closed a readiness round", _subject(closing.id), changes)
    signals.round_closed.send(None, round=closing)


def _counted(
    instrument: Instrument,
    said: Mapping[Seat, Mapping[str, SeatSaid]],
    finished: Collection[Seat],
    *,
    is_alone: bool,
) -> dict[Seat, Mapping[str, SeatSaid]]:
    """Return what counts at the close."""
    if instrument.mode is Mode.SITE_FACTS:
        return {Seat.LEAD: said.get(Seat.LEAD, {})}
    if not finished or (len(finished) < len(SEATS[instrument.mode]) and not is_alone):
        raise SeatUnfinished(_("Lead and co-chair have not both finished yet. Nothing was closed."))
    return {seat: said.get(seat, {}) for seat in SEATS[instrument.mode] if seat in finished}


def _computed(
    closing: Round, instrument: Instrument, counted: Mapping[Seat, Mapping[str, SeatSaid]], today: date
) -> Computed:
    shared: dict[str, Any] = {
        "closed_on": today,
        "earlier": earlier_of(rounds.find_round_before(closing)),
        "tried": reports.list_tried(closing.organization_id, closing.instrument_slug),
        "n_people": seats.count_people(closing.id, list(counted)),
    }
    if instrument.mode is Mode.SITE_FACTS:
        return seat_report.build_facts(instrument, counted[Seat.LEAD], **shared)
    noted = talks.list_talks(closing.id)
    newest = {item_key: each[-1].text for item_key, each in noted.items()}
    return seat_report.build_leader(instrument, counted, talks=newest, **shared)


def _has_team_rated(round_id: int, instrument: Instrument) -> bool:
    said = ratings.list_said(round_id)
    return all(item.key in said and said[item.key].is_settled for item in instrument.items)


def _refuse_second_seat(taken: TakenSeat, by_id: int) -> None:
    """Two pages opened before either was sent do not let one person rate from two seats."""
    if len(SEATS[taken.instrument.mode]) < 2:
        return
    writers = seats.list_writers(taken.round.id)
    if by_id not in writers.get(taken.seat, ()) and any(by_id in ids for ids in writers.values()):
        raise Conflict(_("You rate from another seat in this round. Nothing was changed."))


def _row(taken: TakenSeat, each: SeatAnswer, said: SeatSaid, by_id: int) -> dict[str, Any]:
    return {
        "event_uuid": each.event_uuid,
        "round_id": taken.round.id,
        "seat": taken.seat,
        "item_key": each.item_key,
        "state": said.state,
        "value": said.value,
        "fact": said.fact,
        "note": said.note,
        "by_id": by_id,
        "recorded_at": clock.now(),
    }


def _subject(round_id: int) -> audit.Subject:
    return audit.Subject("readiness-round", round_id)

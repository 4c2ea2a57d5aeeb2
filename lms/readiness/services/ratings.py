"""Recording what a team says, tap by tap, from any number of devices.

The events are a record of their own, append-only and by the device's key, so the audit log does not repeat them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from lms import clock
from lms.db import insert_new
from lms.errors import Invalid
from lms.readiness.models import RatingEvent
from lms.readiness.queries import ratings
from lms.readiness.queries.ratings import Standing, said_by
from lms.readiness.queries.rounds import RatedArea, RatedRound
from lms.readiness.rules import NOTHING_SAID, Said, merge
from lms.readiness.services.rounds import lock_open_round


@dataclass(frozen=True)
class Rating:
    """What somebody says to one item, and the event they saw when they began to edit it."""

    event_uuid: UUID
    item_key: str
    said: Said
    seen_id: int | None = None


@dataclass(frozen=True)
class Unsettled:
    """Notes that two people wrote at the same time: theirs stand, mine wait for a decision."""

    item_key: str
    notes: tuple[str, ...]
    mine: Said


@dataclass(frozen=True)
class Recorded:
    """Which events are safe, what stands now, and what is left to settle."""

    event_uuids: tuple[UUID, ...]
    standings: Mapping[str, Standing]
    unsettled: tuple[Unsettled, ...]


def record_ratings(
    rated: RatedRound | RatedArea, sent: Sequence[Rating], *, by_id: int, is_all_or_none: bool = False
) -> Recorded:
    """Record ratings in the order they were made; one sent twice counts once.

    A plain form is taken whole or, when a note is left to settle, not at all.

    RoundClosed when the round is closed; Invalid when an item is not of this instrument. Six statements however many.
    """
    open_round = lock_open_round(rated.round.id)
    keys = {item.key for item in rated.instrument.items}
    if any(each.item_key not in keys for each in sent):
        raise Invalid(_("This round does not ask that item."))
    known = ratings.list_known_keys([each.event_uuid for each in sent])
    desk = _Desk(open_round.id, by_id, sent)
    for each in sent:
        if each.event_uuid not in known:
            known.add(each.event_uuid)
            desk.take(each)
    if desk.rows and not (is_all_or_none and desk.unsettled):
        insert_new(RatingEvent, desk.rows)
    return Recorded(
        tuple(each.event_uuid for each in sent), ratings.list_standings(open_round.id), tuple(desk.unsettled)
    )


class _Desk:
    """What stands while one bundle of ratings is worked through."""

    def __init__(self, round_id: int, by_id: int, sent: Sequence[Rating]) -> None:
        self._round_id, self._by_id = round_id, by_id
        standings = ratings.list_standings(round_id, {each.item_key for each in sent})
        self._stands = {key: (each.said, each.by_id) for key, each in standings.items()}
        self._seen = ratings.list_seen(round_id, {each.seen_id for each in sent if each.seen_id is not None})
        self.rows: list[dict[str, Any]] = []
        self.unsettled: list[Unsettled] = []

    def take(self, rating: Rating) -> None:
        stands, author_id = self._stands.get(rating.item_key, (NOTHING_SAID, None))
        merged = merge(self._base(rating), rating.said, stands, is_own=author_id == self._by_id)
        if merged.unsettled:
            self.unsettled.append(Unsettled(rating.item_key, merged.unsettled, rating.said))
        if merged.said != stands:
            self._put(rating, merged.said)

    def _base(self, rating: Rating) -> Said:
        seen = self._seen.get(rating.seen_id or 0)
        return said_by(seen) if seen is not None and seen.item_key == rating.item_key else NOTHING_SAID

    def _put(self, rating: Rating, said: Said) -> None:
        self._stands[rating.item_key] = (said, self._by_id)
        self.rows.append(
            {
                "event_uuid": rating.event_uuid,
                "round_id": self._round_id,
                "item_key": rating.item_key,
                "state": said.state,
                "value": said.value,
                "evidence": said.evidence,
                "dissent": said.dissent,
                "by_id": self._by_id,
                "recorded_at": clock.now(),
            }
        )

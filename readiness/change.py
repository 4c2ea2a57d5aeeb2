"""What changed between two rounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from readiness.instruments import Instrument
from readiness.scoring import SKIPPED, Ratings, value_of


class Direction(StrEnum):
    """Which way an item moved."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMove:
    """One item that a team rated otherwise than in the round before."""

    area_key: str
    item_key: str
    before: int
    after: int

    @property
    def step(self) -> int:
        """By how much, below 0 for down."""
        return self.after - self.before

    @property
    def direction(self) -> Direction:
        """Up or down."""
        return Direction.UP if self.step > 0 else Direction.DOWN


def compared_items(instrument: Instrument, before: Ratings, after: Ratings) -> tuple[str, ...]:
    """Return the keys of the items that have a value in both rounds, in the order of the instrument.

    before, after: answers by item key. Keys of an older version of the instrument are left alone.
    """
    return tuple(pair.item_key for pair in _pairs(instrument, before, after))


def moved_items(instrument: Instrument, before: Ratings, after: Ratings) -> tuple[ItemMove, ...]:
    """List the items that a team rated otherwise in the later of two consensus rounds.

    before, after: answers by item key. An item without a value in one of them did not move. A team that agrees on one
    rating has no sampling error, so nothing is tested: each move is shown beside its evidence.
    Returns them in the order of the instrument.
    """
    return tuple(pair for pair in _pairs(instrument, before, after) if pair.step)


def _pairs(instrument: Instrument, before: Ratings, after: Ratings) -> Iterator[ItemMove]:
    for area in instrument.areas:
        for item in area.items:
            earlier, later = value_of(before.get(item.key, SKIPPED)), value_of(after.get(item.key, SKIPPED))
            if earlier is not None and later is not None:
                yield ItemMove(area_key=area.key, item_key=item.key, before=earlier, after=later)

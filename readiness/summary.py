"""The three sentences of a report's first page as data: where the organization stands, what presses, what moved.

The site words them, one whole sentence for each kind, and fills in the numbers and names.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from readiness.change import Direction, compared_items, moved_items
from readiness.instruments import Instrument
from readiness.priorities import DONT_KNOW_PERCENT, worst_gaps
from readiness.scoring import STRONG, AreaScore, Level, Ratings, RoundScore, score_round

_IN_PLACE: Final = Level.SOME


class SentenceKind(StrEnum):
    """Which sentence to say."""

    NOTHING_SCORED = "nothing-scored"
    ALL_IN_PLACE = "all-in-place"
    PARTLY_IN_PLACE = "partly-in-place"
    NONE_IN_PLACE = "none-in-place"

    CRITICAL_LOW = "critical-low"
    MUCH_UNKNOWN = "much-unknown"
    WEAKEST_AREA = "weakest-area"
    NO_CONCERN = "no-concern"

    FIRST_ROUND = "first-round"
    NOT_COMPARABLE = "not-comparable"
    NOTHING_MOVED = "nothing-moved"
    MOVED_UP = "moved-up"
    MOVED_DOWN = "moved-down"
    MOVED_BOTH = "moved-both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence. What the numbers count is said at `summarize`; those a kind does not use are 0, None or empty."""

    kind: SentenceKind
    n: int = 0
    n_of: int = 0
    n_down: int = 0
    score: float | None = None
    area_keys: tuple[str, ...] = ()
    item_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Where the organization stands, what presses most, and what moved since the round before."""

    standing: Sentence
    concern: Sentence
    direction: Sentence

    @property
    def sentences(self) -> tuple[Sentence, Sentence, Sentence]:
        """The three, in the order to read them."""
        return (self.standing, self.concern, self.direction)


def summarize(instrument: Instrument, ratings: Ratings, *, before: Ratings | None = None) -> Summary:
    """Put a round into three sentences.

    ratings: answers by item key. before: those of the round before; None means there was none.
    Raises UnknownItem, AnswerOutOfRange.

    standing: n areas of n_of scored ones are in place for some or usual practice, and area_keys names them.
    concern: CRITICAL_LOW names the n items; else MUCH_UNKNOWN counts the n don't-know answers among n_of applicable
    ones (DONT_KNOW_PERCENT or more) and names the items; else WEAKEST_AREA names the area with the lowest score, if
    that is below usual practice, and the item most worth closing.
    direction: n items rose and n_down fell of n_of that have a value in both rounds; item_keys names those that moved.
    """
    score = score_round(instrument, ratings)
    return Summary(
        standing=_standing(score),
        concern=_concern(instrument, score, ratings),
        direction=_direction(instrument, ratings, before),
    )


def _standing(score: RoundScore) -> Sentence:
    levels = {area.area_key: area.level for area in score.areas if area.level is not None}
    in_place = tuple(key for key, level in levels.items() if level.rank >= _IN_PLACE.rank)
    if not levels:
        kind = SentenceKind.NOTHING_SCORED
    elif len(in_place) == len(levels):
        kind = SentenceKind.ALL_IN_PLACE
    else:
        kind = SentenceKind.PARTLY_IN_PLACE if in_place else SentenceKind.NONE_IN_PLACE
    return Sentence(kind=kind, n=len(in_place), n_of=len(levels), area_keys=in_place)


def _concern(instrument: Instrument, score: RoundScore, ratings: Ratings) -> Sentence:
    low = score.low_critical_keys
    if low:
        areas = tuple(area.area_key for area in score.areas if area.low_critical_keys)
        return Sentence(kind=SentenceKind.CRITICAL_LOW, n=len(low), area_keys=areas, item_keys=low)
    unknown, n_applicable = score.unknown_item_keys, score.counts.n_applicable
    if unknown and len(unknown) * 100 >= DONT_KNOW_PERCENT * n_applicable:
        return Sentence(kind=SentenceKind.MUCH_UNKNOWN, n=len(unknown), n_of=n_applicable, item_keys=unknown)
    weakest = _weakest(score)
    if weakest is None:
        return Sentence(kind=SentenceKind.NO_CONCERN)
    worst = (gap.item_key for gap in worst_gaps(instrument, ratings, most=instrument.n_items))
    in_area = {item.key for item in instrument.get_area(weakest.area_key).items}
    return Sentence(
        kind=SentenceKind.WEAKEST_AREA,
        score=weakest.score,
        area_keys=(weakest.area_key,),
        item_keys=tuple(key for key in worst if key in in_area)[:1],
    )


def _weakest(score: RoundScore) -> AreaScore | None:
    """Find the area with the lowest score, the first among equals; None when all are usual practice."""
    scored = [(area.score, place) for place, area in enumerate(score.areas) if area.score is not None]
    if not scored or min(scored)[0] >= STRONG:
        return None
    return score.areas[min(scored)[1]]


def _direction(instrument: Instrument, ratings: Ratings, before: Ratings | None) -> Sentence:
    if before is None:
        return Sentence(kind=SentenceKind.FIRST_ROUND)
    n_compared = len(compared_items(instrument, before, ratings))
    moves = moved_items(instrument, before, ratings)
    n_up = sum(move.direction is Direction.UP for move in moves)
    return Sentence(
        kind=_direction_kind(n_compared, n_up, len(moves) - n_up),
        n=n_up,
        n_of=n_compared,
        n_down=len(moves) - n_up,
        item_keys=tuple(move.item_key for move in moves),
    )


def _direction_kind(n_compared: int, n_up: int, n_down: int) -> SentenceKind:
    if not n_compared:
        return SentenceKind.NOT_COMPARABLE
    if n_up and n_down:
        return SentenceKind.MOVED_BOTH
    if n_up:
        return SentenceKind.MOVED_UP
    return SentenceKind.MOVED_DOWN if n_down else SentenceKind.NOTHING_MOVED

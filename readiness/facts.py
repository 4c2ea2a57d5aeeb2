"""Facts that a site lead gives about a place: yes or no, the day something last happened, a share; and their score."""

from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

from readiness.errors import FactOutOfRange
from readiness.instruments import AnswerKind

FRESH_DAYS: Final = 90
STALE_DAYS: Final = 180
GOOD_SHARE: Final = 80
FAIR_SHARE: Final = 50
MOST_POINTS: Final = 2
WHOLE: Final = 100


class Extent(StrEnum):
    """The answer to whether something is there."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


Fact: TypeAlias = Extent | date | int
"""Whether something is there, the day it last happened, or a share in whole percent."""


def fact_points(kind: AnswerKind, fact: Fact, *, today: date) -> int:
    """Score one fact in points.

    kind: what the item asks for; never a rating. fact: an `Extent`, a date not after `today`, or a percent 0..100, as
    the kind asks. today: the day from which the age of a date is counted.
    Returns 0, 1 or 2: yes, partly, no are 2, 1, 0; a date is 2 within FRESH_DAYS, 1 within STALE_DAYS, else 0; a share
    is 2 from GOOD_SHARE percent, 1 from FAIR_SHARE, else 0.
    Raises FactOutOfRange for a date in the future, a share outside 0..100, or a fact of another kind.

    >>> fact_points(AnswerKind.DATE, date(2026, 1, 1), today=date(2026, 4, 1))
    2
    >>> fact_points(AnswerKind.SHARE, 79, today=date(2026, 4, 1))
    1
    """
    if kind is AnswerKind.YES_PARTLY_NO and isinstance(fact, Extent):
        return (Extent.NO, Extent.PARTLY, Extent.YES).index(fact)
    if kind is AnswerKind.DATE and isinstance(fact, date):
        return _points_of_age((today - fact).days)
    if kind is AnswerKind.SHARE and isinstance(fact, int):
        return _points_of_share(fact)
    raise FactOutOfRange(f"{fact!r} is no answer of the kind {kind.value!r}")


def rating_of_points(points: int) -> int:
    """Put points on the scale from 1 to 5, where words, gaps and actions are decided: 0, 1, 2 become 1, 3, 5.

    The percent of the most possible stays the same. Raises FactOutOfRange outside 0..2.

    >>> [rating_of_points(points) for points in (0, 1, 2)]
    [1, 3, 5]
    """
    if not 0 <= points <= MOST_POINTS:
        raise FactOutOfRange(f"{points} points")
    return 1 + 2 * points


def _points_of_age(days: int) -> int:
    if days < 0:
        raise FactOutOfRange("a day in the future")
    return 2 if days <= FRESH_DAYS else 1 if days <= STALE_DAYS else 0


def _points_of_share(percent: int) -> int:
    if not 0 <= percent <= WHOLE:
        raise FactOutOfRange(f"a share of {percent} percent")
    return 2 if percent >= GOOD_SHARE else 1 if percent >= FAIR_SHARE else 0

"""Which numbers of one confidential round may leave it, and in what form: the promise to staff, kept in one place.

A form is released only if more than one set of answers fits it: whoever reads it cannot tell what everybody answered,
neither by looking nor by subtracting a part from the whole. `tests/readiness/test_release.py` tries every set of five
to seven people.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from readiness.agreement import Agreement
from readiness.distributions import t_quantile
from readiness.errors import InvalidCount, InvalidScores
from readiness.suppression import MINIMUM_GROUP, MINIMUM_GROUP_OUTSIDE, suppress_table

ITEMS_FROM: Final = 10
"""So many answers are needed for anything about a single item, and for comments."""

EDGE: Final = 0.5
"""A mean this close to an end of the scale is printed as a bound: nearly everybody must have answered alike."""

MIDDLE: Final = 1.0
"""Further than this from both ends, few people may be told how far they agree."""

NEARLY_ALL: Final = 2
"""An item on which at most so many answers differ from the most common one is as good as unanimous."""

NEAR_DAYS: Final = 90
NEAR_COUNTS: Final = range(1, MINIMUM_GROUP)

FEWEST_POOLED: Final = 3
MOST_POOLED_PERCENT: Final = 60

_SPREADS_OF_FEW: Final = (0.5, 1.0)
_SPREADS: Final = (0.4, 0.6, 0.8, 1.0, 1.25, 1.6)
_ROUNDING: Final = 1e-9
"""A number within this of the next step counts as on it: two ways to add up the same answers agree."""

_FEWEST: Final = 2
_MANY: Final = 500
_MOST_OF_CLEAR: Final = 0.75


class Rung(StrEnum):
    """How much may be said: nothing, the means of areas, or single items too."""

    NOTHING = "nothing"
    AREAS = "areas"
    ITEMS = "items"


class Bound(StrEnum):
    """A number that stands for all beyond it."""

    OR_LESS = "or-less"
    OR_MORE = "or-more"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedMean:
    """A mean as it may be shown. With a bound it is the end of a range, and nothing says where in it the mean lies."""

    value: float
    bound: Bound | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedItem:
    """One item as it may be shown. `distribution` counts the answers from the lowest value up.

    `is_widened`: nearly all answered alike, so that the most common value stands for the mean, the share of the two
    highest values is told as a bound, and the distribution not at all.
    """

    mean: float
    is_widened: bool
    top_two: float
    top_two_bound: Bound | None
    distribution: tuple[int, ...] | None


def rung_of(n: int, minimum: int = MINIMUM_GROUP) -> Rung:
    """Say how much so many answers may tell.

    n: at least 0. minimum: as agreed before the round, MINIMUM_GROUP or more. Raises InvalidCount.

    >>> [rung_of(n).value for n in (4, 5, 9, 10)]
    ['nothing', 'areas', 'areas', 'items']
    """
    if n < 0:
        raise InvalidCount("a count", n)
    if minimum < MINIMUM_GROUP:
        raise InvalidCount("the minimum", minimum)
    if n < minimum:
        return Rung.NOTHING
    return Rung.ITEMS if n >= ITEMS_FROM else Rung.AREAS


def minimum_outside(minimum: int = MINIMUM_GROUP) -> int:
    """Return the smallest group in figures that leave the coalition.

    >>> minimum_outside(), minimum_outside(20)
    (11, 20)
    """
    return max(minimum, MINIMUM_GROUP_OUTSIDE)


def is_telling(mean: float, *, low: int, high: int) -> bool:
    """Say whether a mean lies so near an end of its scale that it tells what nearly everybody answered.

    >>> is_telling(4.5, low=1, high=5), is_telling(4.4, low=1, high=5)
    (True, False)
    """
    return mean <= low + EDGE + _ROUNDING or mean >= high - EDGE - _ROUNDING


def decimals_for(n: int) -> int:
    """Return to how many decimals a mean of so many people is told: one below ITEMS_FROM, else two, of many three.

    More people need more of them, or rounding would look like a change.

    >>> decimals_for(9), decimals_for(10), decimals_for(500)
    (1, 2, 3)
    """
    if n < ITEMS_FROM:
        return 1
    return 3 if n >= _MANY else 2


def released_mean(mean: float, n: int, *, low: int, high: int) -> ReleasedMean:
    """Put the mean of an area into the form in which it may be shown.

    mean: in [low, high], of n people; halves are rounded up. Within EDGE of an end it becomes that bound.

    >>> released_mean(3.26, 7, low=1, high=5)
    ReleasedMean(value=3.3, bound=None)
    >>> released_mean(5.0, 7, low=1, high=5)
    ReleasedMean(value=4.5, bound=<Bound.OR_MORE: 'or-more'>)
    """
    if not is_telling(mean, low=low, high=high):
        return ReleasedMean(value=rounded(mean, decimals_for(n)))
    if mean > (low + high) / 2:
        return ReleasedMean(value=high - EDGE, bound=Bound.OR_MORE)
    return ReleasedMean(value=low + EDGE, bound=Bound.OR_LESS)


def released_margin(
    sd: float | None, n: int, *, n_items: int, headcount: int | None, mean: ReleasedMean, level: float = 0.95
) -> float | None:
    """Return half the width of a mean's interval, rounded up so far that it does not give the answers away.

    sd: of the people's scale means, None for fewer than two. n: people with one. n_items: of the area. headcount: of
    all who might have answered, None when it is not known or too small to be true. mean: as it is released.
    None for a bound, and below ITEMS_FROM people for an area of one item, where mean and width would tell every answer.
    Formula: t * s / sqrt(n) * sqrt(1 - n / N), s rounded up to a coarse step, the whole rounded up to one decimal (two
    from ITEMS_FROM on). Source: cochran-1977, eq. 2.20.

    >>> released_margin(0.42, 7, n_items=5, headcount=None, mean=ReleasedMean(value=3.3))
    0.5
    """
    is_few = n < ITEMS_FROM
    if sd is None or mean.bound is not None or n < _FEWEST or (is_few and n_items < _FEWEST):
        return None
    steps = _SPREADS_OF_FEW if is_few else _SPREADS
    most = 2 * math.sqrt(n / (n - 1))  # of n numbers between 1 and 5
    spread = next((step for step in steps if sd <= step + _ROUNDING), most)
    census = math.sqrt(1 - n / headcount) if headcount is not None and headcount >= n else 1.0
    margin = t_quantile(1 - (1 - level) / 2, n - 1) * spread / math.sqrt(n) * census
    step = 10.0 ** decimals_for(n)
    return math.ceil(margin * step - _ROUNDING) / step


def released_agreement(
    word: Agreement | None, n: int, *, n_items: int, mean: ReleasedMean, low: int, high: int
) -> Agreement | None:
    """Return the word for how alike people answer, None where it would tell what they answered.

    Below ITEMS_FROM people there is none for an area of one item, and near the ends of the scale only "shared".
    """
    if word is None or mean.bound is not None:
        return None
    if n >= ITEMS_FROM:
        return word
    if n_items < _FEWEST:
        return None
    is_middle = low + MIDDLE - _ROUNDING <= mean.value <= high - MIDDLE + _ROUNDING
    return word if is_middle or word is Agreement.SHARED else None


def released_item(distribution: Sequence[int]) -> ReleasedItem | None:
    """Put one item into the form in which it may be shown.

    distribution: how many people gave each value, from 1 up, reversed items turned. None below ITEMS_FROM answers.
    When at most NEARLY_ALL answers differ from the most common one, hiding the distribution alone would tell that, so
    all figures are widened then.

    >>> released_item([0, 2, 3, 4, 3]).mean
    3.67
    >>> released_item([0, 0, 0, 12, 0])
    ReleasedItem(mean=4.0, is_widened=True, top_two=0.75, top_two_bound=<Bound.OR_MORE: 'or-more'>, distribution=None)
    """
    n = sum(distribution)
    if n < ITEMS_FROM:
        return None
    mean = sum(value * count for value, count in enumerate(distribution, start=1)) / n
    top_two = sum(distribution[-2:]) / n
    if n - max(distribution) > NEARLY_ALL:
        return ReleasedItem(
            mean=rounded(mean, decimals_for(n)),
            is_widened=False,
            top_two=top_two,
            top_two_bound=None,
            distribution=tuple(distribution),
        )
    common = 1 + max(range(len(distribution)), key=lambda place: distribution[place])
    is_high = common > len(distribution) - 2
    return ReleasedItem(
        mean=float(common),
        is_widened=True,
        top_two=_MOST_OF_CLEAR if is_high else 1 - _MOST_OF_CLEAR,
        top_two_bound=Bound.OR_MORE if is_high else Bound.OR_LESS,
        distribution=None,
    )


def shown_groups(counts: Mapping[str, int], n: int, minimum: int = MINIMUM_GROUP) -> frozenset[str]:
    """Return the groups of the declared cut that may be shown at the first release.

    counts: answers by group. n: answers in the whole, those without a group among them. Formula: `suppress_table`.

    >>> sorted(shown_groups({"clinical": 8, "peer": 6, "admin": 2}, 16))
    ['clinical']
    """
    return frozenset(suppress_table(counts, total=n, minimum=minimum).shown_names)


def groups_to_renew(
    late: Mapping[str, int], n_late: int, current: frozenset[str], minimum: int = MINIMUM_GROUP
) -> frozenset[str]:
    """Return the groups whose figures a later release may renew; the others keep their earlier ones for good.

    late: late answers by group. n_late: all of them. current: groups shown and renewed so far; others never come in,
    for their early answers would follow by subtraction. Of the answers that come in, those of each renewed group and
    of all others together are none or at least `minimum`. Raises InvalidScores for a batch of fewer.

    >>> sorted(groups_to_renew({"clinical": 6, "peer": 1, "night": 0}, 7, frozenset({"clinical", "peer", "night"})))
    ['night']
    >>> sorted(groups_to_renew({"clinical": 6, "peer": 5}, 11, frozenset({"clinical", "peer"})))
    ['clinical', 'peer']
    """
    if not may_release_late(n_late, minimum):
        raise InvalidScores(f"a batch of {n_late} late answers")
    renewed = {key for key in current if late.get(key, 0) == 0 or late[key] >= minimum}
    by_size = sorted((late[key], key) for key in renewed if late.get(key, 0))
    n_others = n_late - sum(n for n, _ in by_size)
    for n, key in by_size:
        if not 0 < n_others < minimum:
            break
        renewed.remove(key)
        n_others += n
    return frozenset(renewed)


def may_release_late(n_late: int, minimum: int = MINIMUM_GROUP) -> bool:
    """Say whether late answers are enough for a release of their own.

    >>> may_release_late(4), may_release_late(5)
    (False, True)
    """
    return n_late >= minimum


def may_show_breakdown(means: Sequence[float | None], *, low: int, high: int) -> bool:
    """Say whether one area may be broken down.

    means: of each group that would be shown and of all others together, None for one without enough people with a
    score. One that lies near an end of the scale would follow by subtraction, bound or not; so no group is shown then.

    >>> may_show_breakdown([3.2, 4.4], low=1, high=5), may_show_breakdown([3.2, 4.9], low=1, high=5)
    (True, False)
    """
    return all(mean is not None and not is_telling(mean, low=low, high=high) for mean in means)


def may_show_change(n_before: int, n_after: int, days_apart: int) -> bool:
    """Say whether two rounds may be compared: not when they lie close together and differ by a few people only.

    Who came or went would be the difference. days_apart: between the two closing days.

    >>> may_show_change(12, 14, 60), may_show_change(12, 14, 90), may_show_change(12, 12, 60)
    (False, True, True)
    """
    return abs(n_after - n_before) not in NEAR_COUNTS or days_apart >= NEAR_DAYS


def may_pool(sizes: Sequence[int], minimum: int = MINIMUM_GROUP) -> bool:
    """Say whether organizations too small for a report of their own may have one together.

    sizes: answers of each; those without answers do not count. FEWEST_POOLED are needed, none of them with more than
    MOST_POOLED_PERCENT of the answers, compared in integers.

    >>> may_pool([3, 3, 4]), may_pool([9, 3, 3]), may_pool([7, 3, 3])
    (True, True, True)
    >>> may_pool([10, 3, 3]), may_pool([4, 4])
    (False, False)
    """
    answered = [size for size in sizes if size]
    n = sum(answered)
    is_even = bool(answered) and max(answered) * 100 <= MOST_POOLED_PERCENT * n
    return len(answered) >= FEWEST_POOLED and n >= minimum and is_even


def rounded(value: float, decimals: int) -> float:
    """Round a number, halves up.

    >>> rounded(3.25, 1), rounded(2.345, 2)
    (3.3, 2.35)
    """
    step = 10.0**decimals
    return math.floor(value * step + 1 / 2 + _ROUNDING) / step

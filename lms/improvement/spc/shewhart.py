"""Western Electric and Nelson rules about a given centre and sigma, for those who ask for them; never by default."""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

from lms.improvement.spc.errors import InvalidChart


class Rule(StrEnum):
    """One rule each; marks start at the point that completes the pattern."""

    WE1 = "one-beyond-3-sigma"
    WE2 = "two-of-three-beyond-2-sigma"
    WE3 = "four-of-five-beyond-1-sigma"
    WE4 = "eight-on-one-side"
    NELSON1 = "nelson-one-beyond-3-sigma"
    NELSON2 = "nelson-nine-on-one-side"
    NELSON3 = "nelson-six-in-a-trend"
    NELSON4 = "nelson-fourteen-alternating"
    NELSON5 = "nelson-two-of-three-beyond-2-sigma"
    NELSON6 = "nelson-four-of-five-beyond-1-sigma"
    NELSON7 = "nelson-fifteen-within-1-sigma"
    NELSON8 = "nelson-eight-outside-1-sigma"


def broken_rules(values: Sequence[float | None], *, centre: float, sigma: float) -> Mapping[Rule, tuple[int, ...]]:
    """Find where each rule is broken.

    values: one per period; None = missing, which meets no condition. sigma: at least 0.
    Rules: one beyond 3 sigma; two of three, or four of five, beyond 2 or 1 sigma on one side, the last one beyond too;
    eight or nine on one side; six rising or falling; fourteen in turn up and down; fifteen within 1 sigma; eight
    outside 1 sigma, on both sides. "Beyond" and "outside" are strict, "within" is not.
    Returns every rule with the positions, counted from 1, that complete it. Raises InvalidChart.
    Source: western-electric-1956; nelson-1984; as qcc computes them.

    >>> broken_rules([0.2, 3.4, 2.2, 0.1], centre=0, sigma=1)[Rule.WE2]
    (3,)
    """
    if sigma < 0:
        raise InvalidChart("sigma is below zero")
    y = [math.nan if value is None else float(value) for value in values]
    steps = [later - earlier for earlier, later in pairwise(y)]
    beyond_3 = _in_row([value > centre + 3 * sigma or value < centre - 3 * sigma for value in y], 1)
    two_of_three, four_of_five = _most_of(y, centre, 2 * sigma, 2, 3), _most_of(y, centre, sigma, 4, 5)
    return {
        Rule.WE1: beyond_3,
        Rule.WE2: two_of_three,
        Rule.WE3: four_of_five,
        Rule.WE4: _one_side(y, centre, 8),
        Rule.NELSON1: beyond_3,
        Rule.NELSON2: _one_side(y, centre, 9),
        Rule.NELSON3: tuple(i + 1 for i in _one_side(steps, 0, 5)),
        Rule.NELSON4: tuple(i + 2 for i in _in_row([a * b < 0 for a, b in pairwise(steps)], 12)),
        Rule.NELSON5: two_of_three,
        Rule.NELSON6: four_of_five,
        Rule.NELSON7: _in_row([centre - sigma <= value <= centre + sigma for value in y], 15),
        Rule.NELSON8: _both_sides(y, centre, sigma, 8),
    }


def _in_row(is_met: Sequence[bool], length: int) -> tuple[int, ...]:
    found, row = [], 0
    for position, met in enumerate(is_met, 1):
        row = row + 1 if met else 0
        if row >= length:
            found.append(position)
    return tuple(found)


def _one_side(values: Sequence[float], centre: float, length: int) -> tuple[int, ...]:
    above = _in_row([value > centre for value in values], length)
    below = _in_row([value < centre for value in values], length)
    return tuple(sorted((*above, *below)))


def _most_of(values: Sequence[float], centre: float, reach: float, wanted: int, length: int) -> tuple[int, ...]:
    above = [value > centre + reach for value in values]
    below = [value < centre - reach for value in values]
    return tuple(
        last + 1
        for last in range(length - 1, len(values))
        if not any(math.isnan(value) for value in values[last - length + 1 : last + 1])
        and any(side[last] and sum(side[last - length + 1 : last + 1]) >= wanted for side in (above, below))
    )


def _both_sides(values: Sequence[float], centre: float, reach: float, length: int) -> tuple[int, ...]:
    above = [value > centre + reach for value in values]
    below = [value < centre - reach for value in values]
    found = []
    for last in range(length - 1, len(values)):
        window = slice(last - length + 1, last + 1)
        is_outside = all(up or down for up, down in zip(above[window], below[window], strict=True))
        if is_outside and any(above[window]) and any(below[window]):
            found.append(last + 1)
    return tuple(found)

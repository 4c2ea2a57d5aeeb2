"""Where a new phase could begin: only ever a suggestion, because re-phasing can hide evidence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lms.improvement.spc.dots import Wanted
from lms.improvement.spc.errors import InvalidChart
from lms.improvement.spc.numbers import median

BASELINE: Final = 13  # Points of the first median [runcharter, default of the reference cases].
RUN: Final = 9  # Useful points on the wanted side that make a new one [runcharter].


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A median and the points it was taken from, counted from 1; the first is the baseline."""

    median: float
    first: int
    last: int
    is_baseline: bool


def suggest_phases(
    values: Sequence[float | None], *, baseline: int = BASELINE, run: int = RUN, wanted: Wanted = Wanted.UP
) -> tuple[Suggestion, ...]:
    """Look for runs, on the wanted side of the median, that are long enough for a median of their own.

    values: one per period; None = missing. baseline: points of the first median. run: useful points needed, those on
    the median or missing being skipped. wanted: the side looked at; NEITHER looks at both.
    Returns the baseline and each run found, the search starting anew behind it. Raises InvalidChart when there are
    fewer points than baseline and run together, or no known value in the baseline.
    Formula: median(first 13); nine useful points beyond it: median of those nine. Source: runcharter.

    >>> [found.median for found in suggest_phases([3, 1, 2, 2, 9, 8, 9], baseline=4, run=3)]
    [2.0, 9.0]
    """
    if baseline < 1 or run < 1 or len(values) < baseline + run:
        raise InvalidChart("there are too few points to look for a new phase")
    plain = [math.nan if value is None else float(value) for value in values]
    middle = median(plain[:baseline])
    if math.isnan(middle):
        raise InvalidChart("the baseline holds no value")
    suggestions = [Suggestion(middle, 1, baseline, is_baseline=True)]
    while (found := _next(plain, suggestions[-1], run, wanted)) is not None:
        suggestions.append(found)
    return tuple(suggestions)


def _next(values: list[float], current: Suggestion, run: int, wanted: Wanted) -> Suggestion | None:
    row: list[int] = []
    side = 0
    for index in range(current.last, len(values)):
        distance = values[index] - current.median
        if math.isnan(distance) or distance == 0:
            continue
        sign = 1 if distance > 0 else -1
        row = [*row, index] if sign == side else [index]
        side = sign
        if len(row) == run and wanted.sign in {0, side}:
            return Suggestion(median(values[i] for i in row), row[0] + 1, row[-1] + 1, is_baseline=False)
    return None

"""Runs about a centre line: the Anhoej rules, which ask whether the points vary as chance alone would let them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby

from lms.improvement.spc.errors import InvalidChart


class Side(StrEnum):
    """Of the centre line."""

    ABOVE = "above"
    BELOW = "below"

    @property
    def other(self) -> "Side":
        """The side across the line."""
        return Side.BELOW if self is Side.ABOVE else Side.ABOVE


@dataclass(frozen=True, slots=True)
class Run:
    """Useful points that follow each other on one side of the centre line; positions count from 1."""

    side: Side
    positions: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What chance allows for so many useful points."""

    longest_run_max: int
    n_crossings_min: int


@dataclass(frozen=True, slots=True)
class RunsAnalysis:
    """The runs of one stretch of points. The four numbers are None when no point is useful."""

    n_useful: int
    runs: tuple[Run, ...]
    longest_run: int | None
    longest_run_max: int | None
    n_crossings: int | None
    n_crossings_min: int | None
    has_signal: bool

    @property
    def long_runs(self) -> tuple[Run, ...]:
        """The runs longer than chance allows, oldest first."""
        if self.longest_run_max is None:
            return ()
        return tuple(run for run in self.runs if len(run) > self.longest_run_max)

    @property
    def crosses_too_seldom(self) -> bool:
        """Whether the line is crossed less often than chance would let it be."""
        return self.n_crossings is not None and self.n_crossings < (self.n_crossings_min or 0)


@lru_cache(maxsize=512)
def run_limits(n_useful: int) -> RunLimits:
    """Say how long the longest run may be, and how often at least the points must cross the centre line.

    n_useful: points that are neither missing nor exactly on the centre line; at least 1.
    Returns both limits. Raises InvalidChart for fewer.
    Formula: longest run at most round(log2(n)) + 3; crossings at least the smallest k with P(X <= k) >= 0.05 for X
    from Binomial(n - 1, 1/2), in whole numbers. Source: anhoej-olesen-2014, Methods.

    >>> run_limits(20)
    RunLimits(longest_run_max=7, n_crossings_min=6)
    """
    if n_useful < 1:
        raise InvalidChart("no point is off the centre line")
    n_gaps = n_useful - 1
    n_ways, k, term = 1, 0, 1  # Ways to cross at most k times, of 2 ** n_gaps.
    while 20 * n_ways < 2**n_gaps:
        term = term * (n_gaps - k) // (k + 1)
        k += 1
        n_ways += term
    return RunLimits(longest_run_max=round(math.log2(n_useful)) + 3, n_crossings_min=k)


def analyse_runs(values: Sequence[float | None], centre: float | None, *, first: int = 1) -> RunsAnalysis:
    """Ask of points about a centre line whether a run is too long or crossings are too few.

    values: one per period; None = missing. centre: None = undefined, then no point is useful. first: the position of
    the first value. Points that are missing or exactly on the centre are deleted before anything is counted, so that
    a run goes on across them. There is no trend rule, and too many crossings are no signal.
    Returns the runs, their limits and whether there is a signal. Source: anhoej-olesen-2014, Methods.

    >>> found = analyse_runs([5, 6, 7, 6, 5, 6, 7, 6, 1, 5], 4)
    >>> found.n_useful, found.longest_run, found.longest_run_max, found.has_signal
    (10, 8, 6, True)
    """
    sides = (
        []
        if centre is None
        else [(i, _side(value - centre)) for i, value in enumerate(values, first) if value is not None]
    )
    useful = [(i, side) for i, side in sides if side is not None]
    if not useful:
        return RunsAnalysis(0, (), None, None, None, None, has_signal=False)
    runs = tuple(Run(side, tuple(i for i, _ in group)) for side, group in groupby(useful, key=lambda pair: pair[1]))
    limits = run_limits(len(useful))
    longest, n_crossings = max(len(run) for run in runs), len(runs) - 1
    return RunsAnalysis(
        n_useful=len(useful),
        runs=runs,
        longest_run=longest,
        longest_run_max=limits.longest_run_max,
        n_crossings=n_crossings,
        n_crossings_min=limits.n_crossings_min,
        has_signal=longest > limits.longest_run_max or n_crossings < limits.n_crossings_min,
    )


def _side(distance: float) -> Side | None:
    if distance > 0:
        return Side.ABOVE
    return Side.BELOW if distance < 0 else None

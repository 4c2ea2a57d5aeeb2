"""Exact sums over answers: each different value is counted first, and all arithmetic is done in whole numbers."""

import math
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from functools import cached_property

from readiness.errors import InvalidScores


class Tally:
    """How often each value occurs; None is a missing answer and left out. Raises InvalidScores for what is no number.

    >>> tally = Tally([2, 4, None, 4])
    >>> tally.n, tally.mean, tally.squares
    (3, Fraction(10, 3), Fraction(8, 3))
    """

    def __init__(self, values: Iterable[float | None]) -> None:
        counts = Counter(values)
        counts.pop(None, None)
        if any(value is not None and not math.isfinite(value) for value in counts):
            raise InvalidScores("a score is no number")
        ratios = [(*value.as_integer_ratio(), count) for value, count in counts.items() if value is not None]
        self.n = sum(counts.values())
        self._unit = math.lcm(*(below for _, below, _ in ratios))
        self._counts = [(above * (self._unit // below), count) for above, below, count in ratios]
        self._sum = sum(value * count for value, count in self._counts)

    @property
    def total(self) -> Fraction:
        """The sum."""
        return Fraction(self._sum, self._unit)

    @property
    def mean(self) -> Fraction:
        """The mean; there must be a value."""
        return Fraction(self._sum, self._unit * self.n)

    @cached_property
    def squares(self) -> Fraction:
        """The sum of the squared distances from the mean; there must be a value."""
        of_values = sum(value * value * count for value, count in self._counts)
        return Fraction(of_values * self.n - self._sum * self._sum, self.n * self._unit * self._unit)

    @property
    def variance(self) -> Fraction:
        """The variance with n - 1 below; there must be two values."""
        return self.squares / (self.n - 1)

    def mean_deviation(self, centre: Fraction | float) -> Fraction:
        """Return the mean distance from a centre; there must be a value."""
        above, below = centre.as_integer_ratio()
        place = above * self._unit
        distances = sum(abs(value * below - place) * count for value, count in self._counts)
        return Fraction(distances, self._unit * below * self.n)

"""Sums, means, medians and moving ranges that leave out what is missing.

Inside this package a missing or undefined number is NaN; at its doors it is None. Sums are exact (`math.fsum`): a
naive sum moved a mean off 0.2 and turned six useful points into nine.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

D2: Final = 1.128  # Expected range of two normal values in units of sigma [nelson-1982].
RANGE_LIMIT: Final = 3.267  # Upper limit of a moving range in units of the average range [nelson-1982].


def known(values: Iterable[float]) -> list[float]:
    """Keep what is not NaN.

    >>> known([1.0, math.nan, 3.0])
    [1.0, 3.0]
    """
    return [value for value in values if not math.isnan(value)]


def total(values: Iterable[float]) -> float:
    """Add exactly, leaving out NaN; NaN when the sum has no value (infinities that meet, or too large).

    >>> total([0.1] * 10)
    1.0
    """
    try:
        return math.fsum(known(values))
    except (OverflowError, ValueError):
        return math.nan


def mean(values: Iterable[float]) -> float:
    """Divide the exact sum by the count of what is known, and correct the rounding of that once; NaN for nothing.

    Formula: m = sum(x) / n, then m + sum(x - m) / n, as R does; 0.6 / 3 alone would miss 0.2.

    >>> mean([0.1, 0.3, math.nan, 0.2])
    0.2
    """
    kept = known(values)
    if not kept:
        return math.nan
    first = total(kept) / len(kept)
    correction = total(value - first for value in kept) / len(kept) if math.isfinite(first) else 0.0
    return first + correction


def median(values: Iterable[float]) -> float:
    """Take the middle of what is known, or half way between the two middle ones; NaN for nothing.

    >>> median([3.0, 1.0, math.nan, 2.0, 10.0])
    2.5
    """
    ordered = sorted(known(values))
    if not ordered:
        return math.nan
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def spread(values: Iterable[float]) -> float:
    """Estimate the standard deviation of a sample, with n - 1 below; NaN for fewer than two values.

    >>> spread([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0])
    2.138089935299395
    """
    kept = known(values)
    if len(kept) <= 1:
        return math.nan
    centre = mean(kept)
    return root(total((value - centre) ** 2 for value in kept) / (len(kept) - 1))


def root(value: float) -> float:
    """Take the square root; NaN below zero.

    >>> root(9.0)
    3.0
    """
    return math.sqrt(value) if value >= 0 else math.nan


def divide(numerator: float, denominator: float) -> float:
    """Divide as R does: something over zero is infinite, nothing over zero is NaN.

    >>> divide(1, 4), divide(2, 0), divide(0, 0)
    (0.25, inf, nan)
    """
    if denominator:
        return numerator / denominator
    return math.copysign(math.inf, numerator) if numerator and not math.isnan(numerator) else math.nan


def moving_ranges(values: Sequence[float]) -> list[float]:
    """Take the distance of each value from the one before; NaN next to a missing one, never bridged.

    >>> moving_ranges([1.0, 4.0, math.nan, 2.0])
    [3.0, nan, nan]
    """
    return [abs(later - earlier) for earlier, later in pairwise(values)]


def average(ranges: Sequence[float], *, screened: bool, limit: float = RANGE_LIMIT) -> float:
    """Average ranges; screened leaves out, once, those at or above `limit` times the first average.

    Formula: AMR = sum(MR) / k; screened: AMR over MR < 3.267 AMR. Source: nelson-1982.

    >>> average([1.0, 1.0, 1.0, 1.0, 10.0], screened=False)
    2.8
    >>> average([1.0, 1.0, 1.0, 1.0, 10.0], screened=True)
    1.0
    """
    first = mean(ranges)
    return mean([size for size in ranges if size < limit * first]) if screened else first


def c4(size: int) -> float:
    """Tell by how much the spread of a small sample falls short: E(s) = c4 sigma; NaN for fewer than two values.

    Formula: c4(n) = sqrt(2 / (n - 1)) Gamma(n / 2) / Gamma((n - 1) / 2), by log-gamma. Source: montgomery.

    >>> round(c4(5), 6)
    0.939986
    """
    if size <= 1:
        return math.nan
    return math.sqrt(2 / (size - 1)) * math.exp(math.lgamma(size / 2) - math.lgamma((size - 1) / 2))


def c5(size: int) -> float:
    """Tell how far the spread of a small sample varies: sd(s) = c5 sigma; NaN for fewer than two values.

    Formula: c5(n) = sqrt(1 - c4(n)^2). Source: montgomery.

    >>> round(c5(5), 6)
    0.341214
    """
    return root(1 - c4(size) ** 2)


def shown(value: float) -> float | None:
    """Hand a number out of the package: None for what is not finite.

    >>> shown(math.nan), shown(math.inf), shown(0.0)
    (None, None, 0.0)
    """
    return value if math.isfinite(value) else None

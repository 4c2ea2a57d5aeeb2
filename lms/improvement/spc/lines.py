"""Centre lines and three-sigma limits of each kind of chart, for one phase.

Each function takes a phase and its settings and gives the lines in the unit of the values before `multiply`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final

from lms.improvement.spc.errors import InvalidChart, TimeNotPositive
from lms.improvement.spc.numbers import (
    D2,
    RANGE_LIMIT,
    average,
    c4,
    c5,
    divide,
    mean,
    median,
    moving_ranges,
    root,
    total,
)
from lms.improvement.spc.stretch import Stretch

T_POWER: Final = 3.6  # Turns times between rare events into nearly normal values [qicharts2, qic.t].
GEOMETRIC_MEDIAN: Final = 0.693  # Median of a geometric variable in units of its mean [qicharts2, qic.g].
NORMALISED_LIMIT: Final = 3.2665  # Screening limit of the ranges of the I-prime chart [qicharts2, qic.ip].


class Kind(StrEnum):
    """The kinds of charts, by what is counted or measured."""

    RUN = "run"
    I = "i"  # noqa: E741
    MR = "mr"
    C = "c"
    U = "u"
    U_PRIME = "up"
    P = "p"
    P_PRIME = "pp"
    G = "g"
    T = "t"
    I_PRIME = "ip"
    XBAR = "xbar"
    S = "s"


@dataclass(frozen=True, slots=True)
class Lines:
    """What is plotted and the lines around it, one number per point; NaN where undefined."""

    y: list[float]
    centre: float
    lower: list[float]
    upper: list[float]
    lower_2s: list[float]
    upper_2s: list[float]


@dataclass(frozen=True, slots=True)
class Given:
    """What the settings of a chart say about its lines."""

    centre: float | None = None  # A given centre line; None = from the base.
    screened: bool = False  # Whether moving ranges are screened; see `average`.


def lines(kind: Kind, stretch: Stretch, given: Given) -> Lines:
    """Draw the lines of one phase.

    Raises InvalidChart where a denominator is needed and there is none, TimeNotPositive on a T chart.
    """
    return _MAKERS[kind](stretch, given)


def _band(
    y: list[float],
    centre: float,
    sigmas: Sequence[float],
    *,
    low: float = -math.inf,
    high: float = math.inf,
) -> Lines:
    def at(k: int) -> list[float]:
        return [_clipped(centre + k * sigma, low, high) for sigma in sigmas]

    return Lines(y, centre, lower=at(-3), upper=at(3), lower_2s=at(-2), upper_2s=at(2))


def _clipped(value: float, low: float, high: float) -> float:
    # An infinite limit belongs to a point without denominator and stays undefined.
    return min(max(value, low), high) if math.isfinite(value) else value


def _run(stretch: Stretch, given: Given) -> Lines:
    """Median of the base; no limits. Source: anhoej-olesen-2014."""
    middle = median(stretch.base(stretch.y)) if given.centre is None else given.centre
    return _band(stretch.y, middle, [math.nan] * len(stretch.y))


def _individuals(stretch: Stretch, given: Given) -> Lines:
    """Centre mean(y); sigma = AMR / 1.128. An excluded point is gone before ranges are taken. Source: nelson-1982."""
    base = stretch.base(stretch.y)
    middle = mean(base) if given.centre is None else given.centre
    sigma = average(moving_ranges(base), screened=given.screened) / D2
    return _band(stretch.y, middle, [sigma] * len(stretch.y))


def _ranges(stretch: Stretch, given: Given) -> Lines:
    """Centre AMR, upper limit 3.267 AMR, lower 0. Source: nelson-1982."""
    y = [math.nan, *moving_ranges(stretch.y)] if stretch.y else []
    middle = mean(stretch.base(y)) if given.centre is None else given.centre
    n = len(y)
    return Lines(y, middle, [0.0] * n, [RANGE_LIMIT * middle] * n, [0.0] * n, [RANGE_LIMIT * middle * 2 / 3] * n)


def _counts(stretch: Stretch, given: Given) -> Lines:
    """Centre mean count c; sigma = sqrt(c); not below 0. Source: montgomery, eq. 7.17."""
    middle = mean(stretch.base(stretch.sums)) if given.centre is None else given.centre
    return _band(stretch.sums, middle, [root(middle)] * len(stretch.sums), low=0)


def _rates(stretch: Stretch, given: Given) -> Lines:
    """Centre u = sum(y) / sum(n); sigma = sqrt(u / n_i); not below 0. Source: montgomery, eq. 7.19."""
    middle = _pooled(stretch, given)
    return _band(stretch.y, middle, _rate_sigmas(stretch, middle), low=0)


def _wide_rates(stretch: Stretch, given: Given) -> Lines:
    """As U, sigma widened by how far the points vary between periods. Source: laney-2002."""
    middle = _pooled(stretch, given)
    return _band(
        stretch.y, middle, _widened(stretch, middle, _rate_sigmas(stretch, middle), screened=given.screened), low=0
    )


def _shares(stretch: Stretch, given: Given) -> Lines:
    """Centre p = sum(y) / sum(n); sigma = sqrt(p (1 - p) / n_i); within 0 and 1. Source: montgomery, ch. 7."""
    middle = _pooled(stretch, given)
    return _band(stretch.y, middle, _share_sigmas(stretch, middle), low=0, high=1)


def _wide_shares(stretch: Stretch, given: Given) -> Lines:
    """As P, sigma widened by how far the points vary between periods. Source: laney-2002."""
    middle = _pooled(stretch, given)
    sigmas = _widened(stretch, middle, _share_sigmas(stretch, middle), screened=given.screened)
    return _band(stretch.y, middle, sigmas, low=0, high=1)


def _events_between(stretch: Stretch, given: Given) -> Lines:
    """Limits m +/- 3 sqrt(m (m + 1)) from the mean m; the line is drawn at the median. Source: qicharts2, qic.g."""
    base = stretch.base(stretch.y)
    middle = mean(base) if given.centre is None else given.centre
    band = _band(stretch.y, middle, [root(middle * (middle + 1))] * len(stretch.y), low=0)
    return replace(band, centre=median(base) if given.centre is None else GEOMETRIC_MEDIAN * middle)


def _time_between(stretch: Stretch, given: Given) -> Lines:
    """Y to the power 1 / 3.6, limits as I, and back. Source: qicharts2, qic.t."""
    for position, value in enumerate(stretch.y, stretch.first):
        if value <= 0:
            raise TimeNotPositive(position)
    turned = replace(stretch, y=[value ** (1 / T_POWER) for value in stretch.y])
    centre = None if given.centre is None else given.centre ** (1 / T_POWER)
    found = _individuals(turned, replace(given, centre=centre))
    return Lines(
        y=stretch.y,
        centre=_back(found.centre),
        # A limit below zero on the turned scale has no way back, and no time is shorter than none.
        lower=[value if value > 0 else 0.0 for value in map(_back, found.lower)],
        upper=[_back(value) for value in found.upper],
        lower_2s=[_back(value) for value in found.lower_2s],
        upper_2s=[_back(value) for value in found.upper_2s],
    )


def _normalised(stretch: Stretch, given: Given) -> Lines:
    """s_i = sqrt(pi / 2) |r_i - r_(i-1)| / sqrt(1 / n_i + 1 / n_(i-1)); sigma_i = mean(s) / sqrt(n_i).

    The ranges of all points of the phase count, also of excluded ones and those after the baseline, as in R.
    Source: qicharts2, qic.ip.
    """
    n = [float(size) for size in stretch.sizes] if stretch.n is None else stretch.n
    if given.centre is None:
        above = total(stretch.base([y * size for y, size in zip(stretch.y, n, strict=True)]))
        middle = divide(above, total(stretch.base(n)))
    else:
        middle = given.centre
    inverse = [divide(1, size) for size in n]
    spans = [root(a + b) for a, b in pairwise(inverse)]
    scaled = [math.sqrt(math.pi / 2) * size / span for size, span in zip(moving_ranges(stretch.y), spans, strict=True)]
    wide = average(scaled, screened=given.screened, limit=NORMALISED_LIMIT)
    return _band(stretch.y, middle, [wide * root(one) for one in inverse])


def _subgroup_means(stretch: Stretch, given: Given) -> Lines:
    """Centre sum(n_i mean_i) / sum(n_i); limits +/- A3 stdev, A3 = 3 / (c4 sqrt(n_i)). Source: montgomery, eq. 6.29."""
    sizes = [float(size) for size in stretch.sizes]
    if given.centre is None:
        above = total(stretch.base([size * value for size, value in zip(sizes, stretch.means, strict=True)]))
        middle = divide(above, total(stretch.base(sizes)))
    else:
        middle = given.centre
    within = _within(stretch)
    return _band(stretch.y, middle, [within / (c4(size) * root(size)) for size in stretch.sizes])


def _subgroup_spreads(stretch: Stretch, given: Given) -> Lines:
    """Centre that stdev; limits B3, B4 = max(0, 1 -/+ 3 c5 / c4) times it. Source: montgomery, eq. 6.29 and 6.31."""
    middle = _within(stretch) if given.centre is None else given.centre
    sigmas = [middle * c5(size) / c4(size) for size in stretch.sizes]
    return _band(stretch.spreads, middle, sigmas, low=0)


def _within(stretch: Stretch) -> float:
    """Spread inside subgroups: the mean of their sds when all are of one size, else pooled."""
    spreads = stretch.base(stretch.spreads)
    if len(set(stretch.sizes)) <= 1:
        return mean(spreads)
    freedoms = stretch.base([max(size - 1.0, 0.0) for size in stretch.sizes])
    squares = total(freedom * sd**2 for freedom, sd in zip(freedoms, spreads, strict=True))
    return root(divide(squares, total(freedoms)))


def _pooled(stretch: Stretch, given: Given) -> float:
    if stretch.n is None:
        raise InvalidChart("this kind of chart needs denominators")
    if given.centre is not None:
        return given.centre
    return divide(total(stretch.base(stretch.sums)), total(stretch.base(stretch.n)))


def _rate_sigmas(stretch: Stretch, middle: float) -> list[float]:
    return [root(divide(middle, size)) for size in stretch.n or []]


def _share_sigmas(stretch: Stretch, middle: float) -> list[float]:
    return [root(divide(middle * (1 - middle), size)) for size in stretch.n or []]


def _widened(stretch: Stretch, middle: float, sigmas: list[float], *, screened: bool) -> list[float]:
    """Multiply by sigma_z = AMR(z) / 1.128, z being the distances from the centre in sigmas of the plain chart."""
    z = [divide(value - middle, sigma) for value, sigma in zip(stretch.y, sigmas, strict=True)]
    sigma_z = average(moving_ranges(stretch.base(z)), screened=screened) / D2
    return [sigma * sigma_z for sigma in sigmas]


def _back(value: float) -> float:
    return value**T_POWER if value >= 0 else math.nan


_MAKERS: Mapping[Kind, Callable[[Stretch, Given], Lines]] = {
    Kind.RUN: _run,
    Kind.I: _individuals,
    Kind.MR: _ranges,
    Kind.C: _counts,
    Kind.U: _rates,
    Kind.U_PRIME: _wide_rates,
    Kind.P: _shares,
    Kind.P_PRIME: _wide_shares,
    Kind.G: _events_between,
    Kind.T: _time_between,
    Kind.I_PRIME: _normalised,
    Kind.XBAR: _subgroup_means,
    Kind.S: _subgroup_spreads,
}

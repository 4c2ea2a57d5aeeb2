"""Student's t and Fisher's F, to the last digits a float has; all other statistics of this room stand on them.

Both come from one function, the regularized incomplete beta function, and its inverse by bisection. What lies outside a
distribution (a share beyond 0 and 1, no degrees of freedom) is an error of the caller.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from readiness.errors import InvalidScores

_TINY: Final = 1e-300
_CLOSE: Final = 1e-16
_MOST_STEPS: Final = 10_000
_MOST_KEPT: Final = 4096
_LARGEST_LOG: Final = 700.0
"""exp(700) is nearly the largest float."""


def beta_cdf(x: float, a: float, b: float) -> float:
    """Regularized incomplete beta function: the share of a beta distribution up to x.

    x: 0..1. a, b: above 0. Returns 0..1. Raises InvalidScores.
    Formula: I_x(a, b) by its continued fraction. Source: dlmf, 8.17.22.

    >>> round(beta_cdf(0.5, 2, 3), 12)
    0.6875
    """
    _check_share(x, "x")
    return _beta_cdf(x, 1 - x, a, b)


def t_cdf(t: float, df: float) -> float:
    """Share of Student's t distribution up to t.

    df: degrees of freedom above 0, not necessarily whole. Returns 0..1. Raises InvalidScores.
    Formula: I_x(df / 2, 1 / 2) / 2 with x = df / (df + t^2) is the share beyond |t|. Source: dlmf, 8.17.

    >>> round(t_cdf(2.0, 10), 10)
    0.9633059826
    """
    beyond = t_two_sided_p(t, df) / 2
    return 1 - beyond if t > 0 else beyond


def t_two_sided_p(t: float, df: float) -> float:
    """Share of Student's t distribution as far from 0 as t or further, on both sides.

    df: degrees of freedom above 0. Returns 0..1. Raises InvalidScores.
    Formula: I_x(df / 2, 1 / 2) with x = df / (df + t^2). Source: dlmf, 8.17.

    >>> round(t_two_sided_p(-2.0, 10), 10)
    0.0733880348
    """
    _check_df(df)
    whole = df + t * t
    return _beta_cdf(df / whole, t * t / whole, df / 2, 0.5)


@lru_cache(maxsize=_MOST_KEPT)
def t_quantile(share: float, df: float) -> float:
    """Find the t up to which a share of Student's distribution lies.

    share: above 0 and below 1. df: degrees of freedom above 0. Raises InvalidScores.
    Formula: the square of t is distributed as F with 1 and df degrees of freedom.

    >>> round(t_quantile(0.975, 10), 9)
    2.228138852
    """
    _check_share(share, "a share", is_open=True)
    if share < 1 / 2:
        return -t_quantile(1 - share, df)
    between = 2 * share - 1
    return math.sqrt(f_quantile(between, 1, df)) if between > 0 else 0.0


def f_cdf(f: float, df1: float, df2: float) -> float:
    """Share of Fisher's F distribution up to f.

    f: at least 0. df1, df2: degrees of freedom above 0. Returns 0..1. Raises InvalidScores.
    Formula: I_x(df1 / 2, df2 / 2) with x = df1 f / (df1 f + df2). Source: dlmf, 8.17.

    >>> round(f_cdf(3.0, 4, 20), 10)
    0.9567990017
    """
    _check_df(df1)
    _check_df(df2)
    if f < 0 or math.isnan(f):
        raise InvalidScores(f"F is {f}")
    if math.isinf(f):
        return 1.0
    whole = df1 * f + df2
    return _beta_cdf(df1 * f / whole, df2 / whole, df1 / 2, df2 / 2)


@lru_cache(maxsize=_MOST_KEPT)
def f_quantile(share: float, df1: float, df2: float) -> float:
    """Find the F up to which a share of Fisher's distribution lies.

    share: above 0 and below 1. df1, df2: degrees of freedom above 0. Raises InvalidScores.
    Formula: the inverse of `f_cdf`, by bisection on the logarithm.

    >>> round(f_quantile(0.95, 4, 20), 9)
    2.866081402
    """
    _check_share(share, "a share", is_open=True)
    _check_df(df1)
    _check_df(df2)
    return math.exp(_invert(lambda log_f: f_cdf(math.exp(log_f), df1, df2), share))


def _invert(function: Callable[[float], float], target: float) -> float:
    """Find where a rising function reaches the target, until no float lies between the bounds."""
    low, high = -_LARGEST_LOG, _LARGEST_LOG
    while True:
        middle = (low + high) / 2
        if middle in {low, high}:
            return middle
        if function(middle) < target:
            low = middle
        else:
            high = middle


def _beta_cdf(x: float, rest: float, a: float, b: float) -> float:
    """Compute I_x(a, b); `rest` is 1 - x, handed in by those who know it more exactly."""
    if a <= 0 or b <= 0:
        raise InvalidScores(f"a beta distribution with {a} and {b}")
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # there the fraction of the mirrored function is the short one
        return 1 - _beta_cdf(rest, x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    return math.exp(log_front) / a * _continued_fraction(x, a, b)


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction of I_x(a, b) by Lentz's method."""
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1 / _away_from_zero(1 + step * d)
            c = _away_from_zero(1 + step / c)
            value *= c * d
        if abs(c * d - 1) <= _CLOSE:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _check_df(df: float) -> None:
    if not df > 0:
        raise InvalidScores(f"{df} degrees of freedom")


def _check_share(share: float, name: str, *, is_open: bool = False) -> None:
    if not 0 <= share <= 1 or (is_open and share in {0, 1}):
        raise InvalidScores(f"{name} is {share}")

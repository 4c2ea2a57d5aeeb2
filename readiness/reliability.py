"""How well the items of a scale hang together: alpha, omega, what each item adds. Only ever pooled over many people.

A number that cannot be computed is None, never a guess. Nothing is clipped: an alpha below 0 says that an item is keyed
the wrong way round, and that is worth seeing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Final, TypeAlias

from readiness.distributions import f_quantile
from readiness.errors import InvalidScores

Row: TypeAlias = Sequence[float | None]
"""One person's answers in the order of the items; None is a missing one. Reversed items are already turned."""

Matrix: TypeAlias = list[list[Fraction]]

MINIMUM_POOLED: Final = 50
"""Fewer respondents than this say nothing about an instrument."""

_PAIR: Final = 2
_MIN_ITEMS_FOR_OMEGA: Final = 3
_MOST_STEPS: Final = 100_000
_CLOSE: Final = 1e-13
_NO_RESIDUAL: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Alpha:
    """Cronbach's alpha of one scale with its interval, and what each item does to it.

    `if_deleted` and `item_rest_r` follow the order of the items. `spearman_brown` is there for two items only, and then
    is the number to show. `sem` is the standard error of measurement of a person's mean.
    """

    n_complete: int
    n_items: int
    alpha: float | None
    lower: float | None
    upper: float | None
    standardized: float | None
    mean_inter_item_r: float | None
    if_deleted: tuple[float | None, ...]
    item_rest_r: tuple[float | None, ...]
    spearman_brown: float | None
    sem: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Omega:
    """McDonald's omega of one scale by a model with one factor, and alpha beside it.

    `loadings` are signed and in the items' own units. All is None when the model cannot be identified.
    """

    omega: float | None
    loadings: tuple[float | None, ...]
    residual_variances: tuple[float | None, ...]
    alpha: float | None


def cronbach_alpha(rows: Sequence[Row], *, level: float = 0.95) -> Alpha:
    """Estimate the internal consistency of a scale: Cronbach's alpha with Feldt's interval.

    rows: shape (n_people, n_items); people with a missing answer are left out. level: of the interval, in (0, 1).
    alpha is at most 1, below 0 for items that disagree; None with one item, fewer than two people, or no spread.
    Raises InvalidScores for rows of unequal length.
    Formula: k / (k - 1) * (1 - sum of variances / variance of totals); interval 1 - (1 - alpha) * F with n - 1 and
    (n - 1)(k - 1) degrees of freedom; two items: Spearman-Brown 2r / (1 + r); sem = SD of means * sqrt(1 - alpha).
    Source: cronbach-1951; feldt-1965.

    >>> cronbach_alpha([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]]).alpha
    0.75
    """
    complete, n_items = _complete(rows)
    n = len(complete)
    nothing = (None,) * n_items
    if n < _PAIR or n_items < _PAIR:
        return _no_alpha(n, n_items)
    covariances = _covariances(complete, n - 1)
    exact = _alpha(covariances)
    inter_item_r = _mean_correlation(covariances)
    lower, upper = _feldt_interval(exact, n, n_items, level)
    is_pair = n_items == _PAIR
    return Alpha(
        n_complete=n,
        n_items=n_items,
        alpha=None if exact is None else float(exact),
        lower=lower,
        upper=upper,
        standardized=_stepped_up(inter_item_r, n_items),
        mean_inter_item_r=inter_item_r,
        if_deleted=nothing if is_pair else tuple(_float(_alpha(_without(covariances, i))) for i in range(n_items)),
        item_rest_r=tuple(_item_rest_r(covariances, i) for i in range(n_items)),
        spearman_brown=_stepped_up(inter_item_r, n_items) if is_pair else None,
        sem=_sem(exact, covariances),
    )


def omega_total(rows: Sequence[Row]) -> Omega:
    """Estimate the share of a scale's variance that one common factor explains: omega total.

    rows: shape (n_people, n_items); people with a missing answer are left out.
    omega lies in 0..1; None with fewer than three items (not identified), an item without spread, or a model that does
    not settle with every residual variance above 0. The factor points the way most of the scale does.
    Raises InvalidScores for rows of unequal length.
    Formula: (sum of loadings)^2 / ((sum of loadings)^2 + sum of residual variances), loadings by maximum likelihood on
    the covariances with n below, found by the EM algorithm. Source: mcdonald-1999, ch. 6; rubin-thayer-1982.

    >>> omega_total([[1, 2], [2, 1], [3, 3]]).omega is None
    True
    """
    complete, n_items = _complete(rows)
    nothing = (None,) * n_items
    unknown = Omega(omega=None, loadings=nothing, residual_variances=nothing, alpha=None)
    if n_items < _MIN_ITEMS_FOR_OMEGA or len(complete) <= n_items:
        return unknown
    covariances = _covariances(complete, len(complete))
    if any(covariances[i][i] == 0 for i in range(n_items)):
        return unknown
    model = _one_factor([[float(each) for each in row] for row in covariances])
    if model is None:
        return unknown
    loadings, residuals = model
    common = math.fsum(loadings) ** 2
    return Omega(
        omega=common / (common + math.fsum(residuals)),
        loadings=tuple(loadings),
        residual_variances=tuple(residuals),
        alpha=_float(_alpha(covariances)),
    )


def _complete(rows: Sequence[Row]) -> tuple[list[list[float]], int]:
    if len({len(row) for row in rows}) > 1:
        raise InvalidScores("people answered different numbers of items")
    complete = [[value for value in row if value is not None] for row in rows if None not in row]
    return complete, len(rows[0]) if rows else 0


def _covariances(rows: list[list[float]], divisor: int) -> Matrix:
    """Compute all covariances exactly, so that items that are equal make an alpha of 1 and not nearly 1.

    The sums run over whole numbers: each item in the finest unit that its values have.
    """
    n = len(rows)
    columns, units = zip(*(_in_whole_numbers(column) for column in zip(*rows, strict=True)), strict=True)
    sums = [sum(column) for column in columns]
    k = range(len(columns))
    products = {(i, j): sum(map(mul, columns[i], columns[j])) for i in k for j in k if i <= j}
    spreads = {(i, j): n * product - sums[i] * sums[j] for (i, j), product in products.items()}
    return [[Fraction(spreads[min(i, j), max(i, j)], n * divisor * units[i] * units[j]) for j in k] for i in k]


def _in_whole_numbers(column: Sequence[float]) -> tuple[list[int], int]:
    ratios = {value: value.as_integer_ratio() for value in set(column)}
    unit = math.lcm(*(below for _, below in ratios.values()))
    whole = {value: above * (unit // below) for value, (above, below) in ratios.items()}
    return [whole[value] for value in column], unit


def _alpha(covariances: Matrix) -> Fraction | None:
    k = len(covariances)
    total = _total(covariances)
    if not total:
        return None
    return Fraction(k, k - 1) * (1 - sum(covariances[i][i] for i in range(k)) / total)


def _total(covariances: Matrix) -> Fraction:
    return sum((sum(row, Fraction()) for row in covariances), Fraction())


def _without(covariances: Matrix, item: int) -> Matrix:
    return [row[:item] + row[item + 1 :] for row in covariances[:item] + covariances[item + 1 :]]


def _feldt_interval(alpha: Fraction | None, n: int, k: int, level: float) -> tuple[float | None, float | None]:
    if alpha is None:
        return None, None
    tail = (1 - level) / 2
    lower, upper = (1 - float(1 - alpha) * f_quantile(share, n - 1, (n - 1) * (k - 1)) for share in (1 - tail, tail))
    return lower, upper


def _mean_correlation(covariances: Matrix) -> float | None:
    k = range(len(covariances))
    if any(covariances[i][i] == 0 for i in k):
        return None
    pairs = [float(covariances[i][j]) / math.sqrt(covariances[i][i] * covariances[j][j]) for i in k for j in k if i < j]
    return math.fsum(pairs) / len(pairs)


def _stepped_up(r: float | None, k: int) -> float | None:
    """Say how reliable k items are that correlate by r with each other (Spearman-Brown)."""
    return None if r is None or 1 + (k - 1) * r == 0 else k * r / (1 + (k - 1) * r)


def _item_rest_r(covariances: Matrix, item: int) -> float | None:
    """Correlate an item with the sum of the others."""
    own = covariances[item][item]
    with_others = sum(covariances[item], Fraction()) - own
    rest = _total(covariances) - 2 * with_others - own
    return float(with_others) / math.sqrt(own * rest) if own and rest else None


def _sem(alpha: Fraction | None, covariances: Matrix) -> float | None:
    if alpha is None:
        return None
    variance_of_means = _total(covariances) / len(covariances) ** 2
    return math.sqrt(variance_of_means * (1 - alpha))


def _one_factor(s: list[list[float]]) -> tuple[list[float], list[float]] | None:
    """Fit one factor to covariances; None when it does not settle with every residual variance above 0."""
    k = range(len(s))
    loadings = [math.sqrt(s[i][i] / 2) * (1 if sum(s[i]) >= 0 else -1) for i in k]
    residuals = [s[i][i] / 2 for i in k]
    for _ in range(_MOST_STEPS):
        weights = [loadings[i] / residuals[i] for i in k]
        spread = 1 + math.fsum(weights[i] * loadings[i] for i in k)
        beta = [weight / spread for weight in weights]
        with_factor = [math.fsum(s[i][j] * beta[j] for j in k) for i in k]
        factor = 1 / spread + math.fsum(beta[i] * with_factor[i] for i in k)
        newer = [each / factor for each in with_factor]
        step = max(abs(newer[i] - loadings[i]) for i in k)
        loadings = newer
        residuals = [s[i][i] - loadings[i] * with_factor[i] for i in k]
        if any(residuals[i] <= _NO_RESIDUAL * s[i][i] for i in k):
            return None
        if step <= _CLOSE * max(abs(each) for each in loadings):
            sign = 1 if math.fsum(loadings) >= 0 else -1
            return [sign * each for each in loadings], residuals
    return None


def _no_alpha(n_complete: int, n_items: int) -> Alpha:
    nothing = (None,) * n_items
    return Alpha(
        n_complete=n_complete,
        n_items=n_items,
        alpha=None,
        lower=None,
        upper=None,
        standardized=None,
        mean_inter_item_r=None,
        if_deleted=nothing,
        item_rest_r=nothing,
        spearman_brown=None,
        sem=None,
    )


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)

"""Whether people of one group see their organization alike, and whether groups differ from each other.

A number that cannot be computed is None, never a guess: a group of one agrees with nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from statistics import median
from typing import Final, TypeAlias

from readiness.distributions import f_quantile
from readiness.errors import InvalidScores
from readiness.tallies import Tally

Row: TypeAlias = Sequence[float | None]
"""One person's answers in the order of the items; None is a missing one."""

SHARED_FROM: Final = 0.70
SPLIT_BELOW: Final = 0.50

_FEWEST: Final = 2
"""One answer has no variance, one option no choice."""


class Agreement(StrEnum):
    """The three words for how alike a group answers."""

    SHARED = "shared"
    MIXED = "mixed"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAgreement:
    """Agreement of one group about one item. `rwg_raw` is not cut off at 0. All but n is None below two answers."""

    n: int
    rwg: float | None
    rwg_raw: float | None
    ad_mean: float | None
    ad_median: float | None
    awg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleAgreement:
    """Agreement of one group about the items of a scale. `rwg_raw` may leave 0..1 and is for exports only."""

    n_complete: int
    mean_item_variance: float | None
    rwg: float | None
    rwg_raw: float | None
    lindell: float | None
    ad_mean: float | None
    ad_median: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Icc:
    """Intraclass correlations of groups of people by a one-way analysis of variance.

    `icc1` is the share of variance between groups with n0, the size that unequal groups stand for; `icc1_mean_size` is
    the same with the plain mean size. `icc2` is how reliable the groups' means are.
    """

    n_groups: int
    n: int
    mean_size: float | None
    n0: float | None
    ms_between: float | None
    ms_within: float | None
    f: float | None
    icc1: float | None
    icc1_mean_size: float | None
    icc1_lower: float | None
    icc1_upper: float | None
    icc2: float | None
    icc2_lower: float | None
    icc2_upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanSquares:
    """The parts of a one-way analysis of variance. None where there are no degrees of freedom."""

    n_groups: int
    n: int
    n0: Fraction | None
    between: Fraction | None
    within: Fraction | None

    @property
    def df_within(self) -> int:
        """Degrees of freedom inside the groups."""
        return self.n - self.n_groups


def uniform_variance(n_options: int) -> float:
    """Return the variance of answers given by the roll of a die with so many sides.

    n_options: at least 2. Raises InvalidScores. Formula: (A^2 - 1) / 12. Source: james-1984, p. 86.

    >>> uniform_variance(5)
    2.0
    """
    if n_options < _FEWEST:
        raise InvalidScores(f"a scale of {n_options} options")
    return (n_options**2 - 1) / 12


def item_agreement(
    values: Sequence[float | None], *, n_options: int, low: int = 1, null_variance: float | None = None
) -> ItemAgreement:
    """Tell how alike one group answers one item.

    values: shape (n_people,), None for a missing answer. n_options: of the scale, which starts at low.
    null_variance: what answers by chance would have; None means `uniform_variance`.
    rwg 0..1, 1 for perfect agreement; ad 0 for perfect agreement, in points of the scale; awg -1..1.
    Formula: rwg = 1 - min(s2, v) / v with s2 the variance with n - 1 below; ad = mean of |x - mean| (or median) with n
    below; awg = 1 - 2 s2 / (((H + L) M - M^2 - H L) n / (n - 1)). Source: james-1984; burke-dunlap-2002;
    brown-hauenstein-2005. Raises InvalidScores.

    >>> item_agreement([4, 5, 3, 4], n_options=5).rwg
    0.6666666666666666
    """
    null = Fraction(uniform_variance(n_options) if null_variance is None else null_variance)
    found, tally = [value for value in values if value is not None], Tally(values)
    n = tally.n
    if n < _FEWEST or null <= 0:
        return ItemAgreement(n=n, rwg=None, rwg_raw=None, ad_mean=None, ad_median=None, awg=None)
    variance = tally.variance
    return ItemAgreement(
        n=n,
        rwg=float(1 - min(variance, null) / null),
        rwg_raw=float(1 - variance / null),
        ad_mean=float(tally.mean_deviation(tally.mean)),
        ad_median=float(tally.mean_deviation(median(found))),
        awg=_awg(tally, low, low + n_options - 1),
    )


def scale_agreement(rows: Sequence[Row], *, n_options: int, null_variance: float | None = None) -> ScaleAgreement:
    """Tell how alike one group answers the items of a scale.

    rows: shape (n_people, n_items); people with a missing answer are left out. n_options, null_variance: as
    `item_agreement`. All but n_complete is None below two people.
    Formula: S is the mean variance of the items; rwg = J (1 - S/v) / (J (1 - S/v) + S/v) with S cut off at v first, or
    else the formula leaves 0..1 and prints 1 for the most divided group; lindell = 1 - S/v; ad is the mean over items.
    Source: james-1984, eq. 2; lindell-1999; burke-dunlap-2002. Raises InvalidScores.

    >>> scale_agreement([[4, 4], [5, 4], [4, 5]], n_options=5).rwg
    0.9090909090909091
    """
    if len({len(row) for row in rows}) > 1:
        raise InvalidScores("people answered different numbers of items")
    null = Fraction(uniform_variance(n_options) if null_variance is None else null_variance)
    complete = [row for row in rows if None not in row]
    n = len(complete)
    if n < _FEWEST or null <= 0 or not complete[0]:
        return ScaleAgreement(
            n_complete=n, mean_item_variance=None, rwg=None, rwg_raw=None, lindell=None, ad_mean=None, ad_median=None
        )
    columns = list(zip(*complete, strict=True))
    items = [Tally(column) for column in columns]
    medians = [median(each for each in column if each is not None) for column in columns]
    variance = _mean([item.variance for item in items])
    share = variance / null
    return ScaleAgreement(
        n_complete=n,
        mean_item_variance=float(variance),
        rwg=_float(_stepped_up(len(items), min(share, Fraction(1)))),
        rwg_raw=_float(_stepped_up(len(items), share)),
        lindell=float(1 - share),
        ad_mean=float(_mean([item.mean_deviation(item.mean) for item in items])),
        ad_median=float(_mean([item.mean_deviation(each) for item, each in zip(items, medians, strict=True)])),
    )


def agreement_word(rwg: float, ad_mean: float, *, n_options: int) -> Agreement:
    """Put the agreement of a group into one of three words.

    rwg, ad_mean: of `scale_agreement`. n_options: of the scale.
    Shared needs both an rwg from 0.70 and an ad of at most a sixth of the options; split is an rwg below 0.50.
    Source: burke-dunlap-2002 (the sixth); woehr-2015 (where studies lie).

    >>> agreement_word(0.8, 0.6, n_options=5)
    <Agreement.SHARED: 'shared'>
    """
    if rwg < SPLIT_BELOW:
        return Agreement.SPLIT
    return Agreement.SHARED if rwg >= SHARED_FROM and ad_mean <= n_options / 6 else Agreement.MIXED


def mean_squares(groups: Sequence[Sequence[float | None]]) -> MeanSquares:
    """Part the variance of scores into between and within groups, exactly.

    groups: the scores of each group; None is a missing one; a group without scores is left out.
    Formula: n0 = (N - sum of n^2 / N) / (G - 1), the size that unequal groups stand for. Source: shrout-fleiss-1979.

    >>> mean_squares([[1, 3], [4, 6]]).between
    Fraction(9, 1)
    """
    present = [tally for group in groups if (tally := Tally(group)).n]
    n_groups, n = len(present), sum(group.n for group in present)
    grand = sum((group.total for group in present), Fraction()) / (n or 1)
    between = sum((group.n * (group.mean - grand) ** 2 for group in present), Fraction())
    within = sum((group.squares for group in present), Fraction())
    has_groups = n_groups > 1
    return MeanSquares(
        n_groups=n_groups,
        n=n,
        n0=(n - Fraction(sum(group.n**2 for group in present), n)) / (n_groups - 1) if has_groups else None,
        between=between / (n_groups - 1) if has_groups else None,
        within=within / (n - n_groups) if n > n_groups else None,
    )


def icc(groups: Sequence[Sequence[float | None]], *, level: float = 0.95) -> Icc:
    """Tell how much groups differ: the share of variance between them, and how reliable their means are.

    groups: the scores of each group's people; None is a missing one. level: of the intervals, in (0, 1).
    Both may be below 0. None with one group, groups of one only, or the same score everywhere.
    Formula: icc1 = (MSB - MSW) / (MSB + (n0 - 1) MSW); icc2 = (MSB - MSW) / MSB; intervals from the quantiles of F with
    G - 1 and N - G degrees of freedom, those of icc1 with the mean size. Source: shrout-fleiss-1979; bliese-2000.

    >>> round(icc([[1, 2], [3, 4], [5, 6]]).icc1, 4)
    0.8824
    """
    parts = mean_squares(groups)
    mean_size = Fraction(parts.n, parts.n_groups) if parts.n_groups else None
    is_known = parts.between is not None and parts.within is not None
    f = _ratio(parts.between, parts.within)
    low, high = _f_bounds(parts, f, level)
    has_spread = is_known and bool(parts.between or parts.within)
    return Icc(
        n_groups=parts.n_groups,
        n=parts.n,
        mean_size=_float(mean_size),
        n0=_float(parts.n0),
        ms_between=_float(parts.between) if is_known else None,
        ms_within=_float(parts.within) if is_known else None,
        f=_float(f),
        icc1=_icc1(parts, parts.n0) if has_spread else None,
        icc1_mean_size=_icc1(parts, mean_size) if has_spread else None,
        icc1_lower=_icc1_bound(low, mean_size),
        icc1_upper=_icc1_bound(high, mean_size),
        icc2=_icc2(parts) if has_spread else None,
        icc2_lower=1 - 1 / low if low else None,
        icc2_upper=1 - 1 / high if high else None,
    )


def _icc1(parts: MeanSquares, size: Fraction | None) -> float | None:
    if parts.between is None or parts.within is None or size is None:
        return None
    return _float(_ratio(parts.between - parts.within, parts.between + (size - 1) * parts.within))


def _icc2(parts: MeanSquares) -> float | None:
    if parts.between is None or parts.within is None:
        return None
    return _float(_ratio(parts.between - parts.within, parts.between))


def _f_bounds(parts: MeanSquares, f: Fraction | None, level: float) -> tuple[float | None, float | None]:
    if f is None:
        return None, None
    df_between = parts.n_groups - 1
    share = 1 - (1 - level) / 2
    low = float(f) / f_quantile(share, df_between, parts.df_within)
    high = float(f) * f_quantile(share, parts.df_within, df_between)
    return low, high


def _icc1_bound(bound: float | None, size: Fraction | None) -> float | None:
    if bound is None or size is None:
        return None
    below = bound + float(size) - 1
    return (bound - 1) / below if below else None


def _awg(tally: Tally, low: int, high: int) -> float | None:
    """Compare the variance with the most that is possible around this mean; all equal is perfect at the ends too."""
    n, mean, variance = tally.n, tally.mean, tally.variance
    if not variance:
        return 1.0
    most = ((high + low) * mean - mean**2 - high * low) * Fraction(n, n - 1)
    return float(1 - 2 * variance / most) if most > 0 else None


def _stepped_up(n_items: int, share: Fraction) -> Fraction | None:
    alike = n_items * (1 - share)
    return _ratio(alike, alike + share)


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction()) / len(values)


def _ratio(upper: Fraction | None, lower: Fraction | None) -> Fraction | None:
    return upper / lower if upper is not None and lower else None


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)

"""What an organization's mean is worth, and how it compares with its peers'. Ranks are never made of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import fmean, mean, median
from typing import Final

from readiness.agreement import mean_squares
from readiness.distributions import t_quantile
from readiness.errors import InvalidScores
from readiness.tallies import Tally

MINIMUM_PEERS: Final = 5
MINIMUM_RESPONDENTS: Final = 5

_FEWEST: Final = 2
_MOST_RATIO: Final = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanInterval:
    """The mean of one organization's scores and the interval it may lie in. One score has a mean and no interval."""

    n: int
    mean: float | None
    median: float | None
    sd: float | None
    se: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CensusInterval:
    """As `MeanInterval`, for the question what the current staff think: those who answered are a part of them.

    `se_sample` is the standard error without that knowledge. `share_answered` is 0..1.
    """

    n: int
    mean: float | None
    se_sample: float | None
    se: float | None
    lower: float | None
    upper: float | None
    share_answered: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrunkenMeans:
    """Means of organizations drawn towards the common mean, the more the fewer answers they rest on.

    All sequences follow the order of the groups. `between` and `within` are the variances of the model.
    """

    sizes: tuple[int, ...]
    means: tuple[float | None, ...]
    grand_mean: float | None
    between: float | None
    within: float | None
    reliabilities: tuple[float | None, ...]
    shrunken: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedMean:
    """The mean over all respondents, and the one in which each job role counts by its head-count."""

    mean: float | None
    weighted: float | None
    share_answered: float | None


def mean_interval(scores: Sequence[float | None], *, level: float = 0.95) -> MeanInterval:
    """Estimate the mean of one organization.

    scores: shape (n_people,), None for a person without a score. level: of the interval, in (0, 1).
    Formula: mean ± t * s / sqrt(n) with n - 1 degrees of freedom. Source: student-1908. Equal scores make an interval
    of width 0.

    >>> interval = mean_interval([3, 4, 5])
    >>> round(interval.lower, 3), round(interval.upper, 3)
    (1.516, 6.484)
    """
    found, tally = _present(scores), Tally(scores)
    n = len(found)
    if n < _FEWEST:
        value = found[0] if found else None
        return MeanInterval(n=n, mean=value, median=value, sd=None, se=None, lower=None, upper=None)
    centre, sd = float(tally.mean), math.sqrt(tally.variance)
    se = sd / math.sqrt(n)
    margin = t_quantile(_upper_share(level), n - 1) * se
    return MeanInterval(
        n=n, mean=centre, median=median(found), sd=sd, se=se, lower=centre - margin, upper=centre + margin
    )


def census_interval(scores: Sequence[float | None], headcount: int, *, level: float = 0.95) -> CensusInterval:
    """Estimate what the current staff of one organization think, when it is known how many they are.

    scores: shape (n_people,), None for a person without a score. headcount: at least the number of scores.
    level: of the interval, in (0, 1). Raises InvalidScores for a smaller headcount.
    Formula: as `mean_interval` with the standard error times sqrt(1 - n / N). Source: cochran-1977, eq. 2.20.

    >>> round(census_interval([3, 4, 5], 4).se, 4)
    0.2887
    """
    plain = mean_interval(scores, level=level)
    if headcount < plain.n:
        raise InvalidScores(f"{plain.n} answers of {headcount} people")
    share = plain.n / headcount if headcount else None
    if plain.mean is None or plain.se is None:
        return CensusInterval(
            n=plain.n, mean=plain.mean, se_sample=None, se=None, lower=None, upper=None, share_answered=share
        )
    se = plain.se * math.sqrt(1 - plain.n / headcount)
    margin = t_quantile(_upper_share(level), plain.n - 1) * se
    return CensusInterval(
        n=plain.n,
        mean=plain.mean,
        se_sample=plain.se,
        se=se,
        lower=plain.mean - margin,
        upper=plain.mean + margin,
        share_answered=share,
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which a share of the values lies, interpolated between neighbours.

    values: in any order. share: 0..1. None without values. Raises InvalidScores.
    Formula: type 7, at the place (n - 1) * share of the sorted values. Source: hyndman-fan-1996.

    >>> quantile([1, 2, 3, 4], 0.25)
    1.75
    """
    if not 0 <= share <= 1:
        raise InvalidScores(f"a share is {share}")
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def percentile_rank(values: Sequence[float], value: float) -> float | None:
    """Return the percent of the values below this one, those equal to it counted half.

    values: in any order. Returns 0..100; None without values. Formula: (below + equal / 2) / n * 100.

    >>> percentile_rank([1, 2, 2, 3], 2)
    50.0
    """
    if not values:
        return None
    below = sum(each < value for each in values)
    equal = sum(each == value for each in values)
    return (below + equal / 2) / len(values) * 100


def peer_means(groups: Sequence[Sequence[float | None]]) -> tuple[float, ...] | None:
    """Return the means of the peers that may be shown, or None when there are too few.

    groups: the scores of each peer organization; None is a person without a score. A peer needs MINIMUM_RESPONDENTS
    scores, and MINIMUM_PEERS such peers are needed.

    >>> peer_means([[3, 3, 3, 3, 3]] * 4) is None
    True
    """
    present = [_present(group) for group in groups]
    means = tuple(fmean(group) for group in present if len(group) >= MINIMUM_RESPONDENTS)
    return means if len(means) >= MINIMUM_PEERS else None


def role_weighted_mean(sizes: Sequence[int], headcounts: Sequence[int], means: Sequence[float | None]) -> WeightedMean:
    """Say what the mean would be had each job role answered by its head-count: a check, never the headline.

    sizes: respondents of each role. headcounts: its people. means: its mean, None for a role without respondents,
    which makes the weighted mean None. Raises InvalidScores for lists of unequal length.
    Formula: sum(w * mean) / sum(w), weights the respondents, or the people.

    >>> role_weighted_mean([2, 1], [2, 2], [4.0, 1.0])
    WeightedMean(mean=3.0, weighted=2.5, share_answered=0.75)
    """
    if not len(sizes) == len(headcounts) == len(means):
        raise InvalidScores(f"{len(sizes)} sizes, {len(headcounts)} head-counts and {len(means)} means")
    n, n_people = sum(sizes), sum(headcounts)
    answered = [(size, each) for size, each in zip(sizes, means, strict=True) if size > 0]
    heard = [(people, each) for people, size, each in zip(headcounts, sizes, means, strict=True) if people > 0 and size]
    is_whole = len(heard) == sum(people > 0 for people in headcounts)
    return WeightedMean(
        mean=_weighted(answered),
        weighted=_weighted(heard) if is_whole else None,
        share_answered=n / n_people if n_people else None,
    )


def shrunken_means(groups: Sequence[Sequence[float | None]]) -> ShrunkenMeans:
    """Draw the means of organizations towards the common one: the fair way to set small beside large ones.

    groups: the scores of each organization; None is a person without a score. A group without scores gets the common
    mean. All but sizes and means is None with fewer than two groups, groups of one only, or no spread within them.
    Formula: mu + lambda (m - mu) with lambda = tau2 / (tau2 + s2 / n); tau2 and s2 by restricted maximum likelihood of
    a model with random means, its slope brought to 0 by bisection; mu the mean weighted by 1 / (tau2 + s2 / n).
    Source: harville-1977.

    >>> shrunken_means([[1, 3], [4, 6], [2, 4]]).reliabilities[0] > 0.5
    True
    """
    present = [_present(group) for group in groups]
    sizes = tuple(len(group) for group in present)
    means = tuple(mean(group) if group else None for group in present)
    parts = mean_squares(groups)
    if parts.between is None or not parts.within:
        nothing = (None,) * len(present)
        return ShrunkenMeans(
            sizes=sizes,
            means=means,
            grand_mean=None,
            between=None,
            within=None,
            reliabilities=nothing,
            shrunken=nothing,
        )
    known = [(n, each) for n, each in zip(sizes, means, strict=True) if each is not None]
    profile = _Profile(known, float(parts.within * parts.df_within))
    ratio = profile.best_ratio()
    grand, within = profile.grand_mean(ratio), profile.within(ratio)
    reliabilities = tuple(ratio * n / (1 + ratio * n) for n in sizes)
    return ShrunkenMeans(
        sizes=sizes,
        means=means,
        grand_mean=grand,
        between=ratio * within,
        within=within,
        reliabilities=reliabilities,
        shrunken=tuple(
            grand if each is None else grand + share * (each - grand)
            for each, share in zip(means, reliabilities, strict=True)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Profile:
    """The restricted likelihood of random means, as a function of the ratio of the two variances alone."""

    known: Sequence[tuple[int, float]]
    squares_within: float

    def grand_mean(self, ratio: float) -> float:
        weights = self._weights(ratio)
        return math.fsum(w * each for w, (_, each) in zip(weights, self.known, strict=True)) / math.fsum(weights)

    def within(self, ratio: float) -> float:
        return self._squares(ratio) / (sum(n for n, _ in self.known) - 1)

    def best_ratio(self) -> float:
        """Find where the likelihood stops rising; 0 when it falls from the start."""
        if self._slope(0.0) >= 0:
            return 0.0
        low, high = 0.0, 1.0
        while self._slope(high) < 0 and high < _MOST_RATIO:
            low, high = high, high * 2
        while low < (middle := (low + high) / 2) < high:
            low, high = (middle, high) if self._slope(middle) < 0 else (low, middle)
        return middle

    def _slope(self, ratio: float) -> float:
        """Slope of minus twice the restricted log likelihood."""
        weights = self._weights(ratio)
        squares = [w * w for w in weights]
        grand = self.grand_mean(ratio)
        shift = math.fsum(w2 * (each - grand) ** 2 for w2, (_, each) in zip(squares, self.known, strict=True))
        n = sum(size for size, _ in self.known)
        total = math.fsum(weights)
        return total - math.fsum(squares) / total - (n - 1) * shift / self._squares(ratio)

    def _squares(self, ratio: float) -> float:
        grand = self.grand_mean(ratio)
        pairs = zip(self._weights(ratio), self.known, strict=True)
        return self.squares_within + math.fsum(w * (each - grand) ** 2 for w, (_, each) in pairs)

    def _weights(self, ratio: float) -> list[float]:
        return [n / (1 + n * ratio) for n, _ in self.known]


def _weighted(pairs: Sequence[tuple[int, float | None]]) -> float | None:
    if not pairs or any(value is None for _, value in pairs):
        return None
    exact = sum((weight * Fraction(value) for weight, value in pairs if value is not None), Fraction())
    return float(exact / sum(weight for weight, _ in pairs))


def _present(scores: Sequence[float | None]) -> list[float]:
    return [float(score) for score in scores if score is not None]


def _upper_share(level: float) -> float:
    if not 0 < level < 1:
        raise InvalidScores(f"a level of {level}")
    return 1 - (1 - level) / 2

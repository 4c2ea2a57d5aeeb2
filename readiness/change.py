"""What changed between two rounds: item by item where a team agreed, with its uncertainty where many answered."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, mean, variance
from typing import Final

from readiness.distributions import t_quantile, t_two_sided_p
from readiness.errors import InvalidScores
from readiness.instruments import Instrument
from readiness.scoring import SKIPPED, Ratings, value_of

FEWEST_ORGANIZATIONS: Final = 10
"""With fewer in the peer set, the spread within organizations is too uncertain to be pooled."""

FALSE_DISCOVERIES: Final = 0.10

_FEWEST: Final = 2


class Direction(StrEnum):
    """Which way an item moved."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMove:
    """One item that a team rated otherwise than in the round before."""

    area_key: str
    item_key: str
    before: int
    after: int

    @property
    def step(self) -> int:
        """By how much, below 0 for down."""
        return self.after - self.before

    @property
    def direction(self) -> Direction:
        """Up or down."""
        return Direction.UP if self.step > 0 else Direction.DOWN


class Certainty(StrEnum):
    """The three words for a change between rounds in which many people answered."""

    CLEAR = "clear"
    POSSIBLE = "possible"
    CANNOT_TELL = "cannot-tell"


class ReliableChange(StrEnum):
    """Where a change lies beside a threshold, as the literature words it."""

    IMPROVED = "improved"
    DECLINED = "declined"
    NONE = "no-reliable-change"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanChange:
    """How far a mean moved, later less earlier, and what it rests on. `certainty` is None when t is.

    `effect` is the change in standard deviations (Cohen's d), where it was asked for.
    """

    change: float | None
    se: float | None
    t: float | None
    df: float | None
    p: float | None
    lower: float | None
    upper: float | None
    certainty: Certainty | None
    effect: float | None = None

    @property
    def reliable_change(self) -> ReliableChange | None:
        """Whether the interval leaves out 0, and on which side."""
        if self.lower is None or self.upper is None:
            return None
        if self.lower > 0:
            return ReliableChange.IMPROVED
        return ReliableChange.DECLINED if self.upper < 0 else ReliableChange.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliableChangeIndex:
    """The index of one score with its standard errors; None where nothing can be said."""

    sem: float | None
    se_difference: float | None
    threshold: float | None
    index: float | None
    verdict: ReliableChange | None


def compared_items(instrument: Instrument, before: Ratings, after: Ratings) -> tuple[str, ...]:
    """Return the keys of the items that have a value in both rounds, in the order of the instrument.

    before, after: answers by item key. Keys of an older version of the instrument are left alone.
    """
    return tuple(pair.item_key for pair in _pairs(instrument, before, after))


def moved_items(instrument: Instrument, before: Ratings, after: Ratings) -> tuple[ItemMove, ...]:
    """List the items that a team rated otherwise in the later of two consensus rounds.

    before, after: answers by item key. An item without a value in one of them did not move. A team that agrees on one
    rating has no sampling error, so nothing is tested: each move is shown beside its evidence.
    Returns them in the order of the instrument.
    """
    return tuple(pair for pair in _pairs(instrument, before, after) if pair.step)


def _pairs(instrument: Instrument, before: Ratings, after: Ratings) -> Iterator[ItemMove]:
    for area in instrument.areas:
        for item in area.items:
            earlier, later = value_of(before.get(item.key, SKIPPED)), value_of(after.get(item.key, SKIPPED))
            if earlier is not None and later is not None:
                yield ItemMove(area_key=area.key, item_key=item.key, before=earlier, after=later)


def unlinked_change(
    before: Sequence[float | None], after: Sequence[float | None], *, level: float = 0.95
) -> MeanChange:
    """Compare the means of two anonymous rounds: nobody knows who answered in both.

    before, after: scores of each round's people, None for a person without a score. level: of the interval, in (0, 1).
    All but the change is None with fewer than two scores in a round or no spread at all.
    Formula: Welch's t with his degrees of freedom; effect = change / pooled standard deviation. Source: welch-1947.

    >>> change = unlinked_change([2, 3, 3, 4], [4, 4, 5, 5])
    >>> change.change, change.certainty
    (1.5, <Certainty.CLEAR: 'clear'>)
    """
    earlier, later = _present(before), _present(after)
    change = fmean(later) - fmean(earlier) if earlier and later else None
    if change is None or min(len(earlier), len(later)) < _FEWEST:
        return _unknown(change)
    shares = [variance(scores) / len(scores) for scores in (earlier, later)]
    if not any(shares):
        return _unknown(change)
    below = math.fsum(share**2 / (len(scores) - 1) for share, scores in zip(shares, (earlier, later), strict=True))
    return _tested(
        change,
        math.sqrt(sum(shares)),
        sum(shares) ** 2 / below,
        level,
        effect=change / math.sqrt(_pooled_variance(earlier, later)),
    )


def linked_change(before: Sequence[float | None], after: Sequence[float | None], *, level: float = 0.95) -> MeanChange:
    """Compare two rounds person by person. The site never does so with confidential answers.

    before, after: scores of the same people in the same order; people without one of the two are left out.
    level: of the interval, in (0, 1). All but the change is None below two pairs or when all moved alike.
    Raises InvalidScores for lists of unequal length. Formula: paired t with n - 1 degrees of freedom.
    Source: student-1908.

    >>> linked_change([2, 3, 3], [3, 3, 5]).change
    1.0
    """
    if len(before) != len(after):
        raise InvalidScores(f"{len(before)} scores before and {len(after)} after")
    steps = [
        float(later - earlier)
        for earlier, later in zip(before, after, strict=True)
        if earlier is not None and later is not None
    ]
    n = len(steps)
    change = mean(steps) if steps else None
    if change is None or n < _FEWEST or not variance(steps):
        return _unknown(change)
    return _tested(change, math.sqrt(variance(steps) / n), n - 1, level)


def pooled_change(
    mean_before: float | None,
    n_before: int,
    mean_after: float | None,
    n_after: int,
    *,
    ms_within: float | None,
    df: int,
    level: float = 0.95,
) -> MeanChange:
    """Compare two anonymous rounds of one organization by the spread that people of all peers show: the headline rule.

    n_before, n_after: respondents. ms_within, df: `agreement.mean_squares` of the peer set, of FEWEST_ORGANIZATIONS or
    more; for fewer use `unlinked_change`. level: of the interval, in (0, 1).
    The index with one standard error for all calls a fifth of small organizations changed when nothing did; this rule
    keeps to its level at every size. None without respondents or spread.
    Formula: t = (m2 - m1) / sqrt(MSW (1 / n1 + 1 / n2)), df = N - G.

    >>> pooled_change(3.0, 6, 3.6, 5, ms_within=0.45, df=390).certainty
    <Certainty.POSSIBLE: 'possible'>
    """
    if mean_before is None or mean_after is None or min(n_before, n_after) < 1:
        return _unknown(None)
    change = mean_after - mean_before
    if not ms_within or df < 1:
        return _unknown(change)
    return _tested(change, math.sqrt(ms_within * (1 / n_before + 1 / n_after)), df, level)


def reliable_change_index(
    before: float | None, after: float | None, *, sd: float, reliability: float, z: float
) -> ReliableChangeIndex:
    """Compute the textbook's reliable change index; for comparison only, see `pooled_change`.

    before, after: two scores of one organization. sd: of the organizations' scores. reliability: of them, at most 1.
    z: quantile of the normal distribution, above 0.
    Formula: (x2 - x1) / (sd sqrt(2) sqrt(1 - r)), beyond ±z, strictly. Source: jacobson-truax-1991, as corrected.

    >>> reliable_change_index(2.2, 3.3, sd=0.52, reliability=0.71, z=1.96).verdict
    <ReliableChange.IMPROVED: 'improved'>
    """
    if reliability > 1 or sd < 0:
        raise InvalidScores(f"a reliability of {reliability} and a standard deviation of {sd}")
    sem = sd * math.sqrt(1 - reliability)
    se = sem * math.sqrt(2)
    index = (after - before) / se if before is not None and after is not None and se > 0 else None
    return ReliableChangeIndex(
        sem=sem, se_difference=se, threshold=z * se, index=index, verdict=None if index is None else _verdict(index, z)
    )


def benjamini_hochberg(p_values: Sequence[float], *, rate: float = FALSE_DISCOVERIES) -> tuple[bool, ...]:
    """Say which of many changes on one screen may be called clear, so that few of those called so are chance.

    p_values: shape (n,), each 0..1. rate: share of false ones among the clear ones, on average.
    Returns an answer for each. Raises InvalidScores.
    Formula: all up to the largest p with p <= rate * its place / n. Source: benjamini-hochberg-1995.

    >>> benjamini_hochberg([0.01, 0.9, 0.04], rate=0.10)
    (True, False, True)
    """
    if any(not 0 <= p <= 1 for p in p_values):
        raise InvalidScores("a p value lies outside 0 and 1")
    passing = [p for place, p in enumerate(sorted(p_values), start=1) if p <= rate * place / len(p_values)]
    highest = max(passing, default=-1.0)
    return tuple(p <= highest for p in p_values)


def _tested(change: float, se: float, df: float, level: float, *, effect: float | None = None) -> MeanChange:
    if not 0 < level < 1:
        raise InvalidScores(f"a level of {level}")
    t = change / se
    margin = t_quantile(1 - (1 - level) / 2, df) * se
    lower, upper = change - margin, change + margin
    if lower > 0 or upper < 0:
        certainty = Certainty.CLEAR
    else:
        certainty = Certainty.POSSIBLE if abs(t) > 1 else Certainty.CANNOT_TELL
    return MeanChange(
        change=change,
        se=se,
        t=t,
        df=df,
        p=t_two_sided_p(t, df),
        lower=lower,
        upper=upper,
        certainty=certainty,
        effect=effect,
    )


def _unknown(change: float | None) -> MeanChange:
    return MeanChange(change=change, se=None, t=None, df=None, p=None, lower=None, upper=None, certainty=None)


def _verdict(index: float, z: float) -> ReliableChange:
    if index > z:
        return ReliableChange.IMPROVED
    return ReliableChange.DECLINED if index < -z else ReliableChange.NONE


def _pooled_variance(left: Sequence[float], right: Sequence[float]) -> float:
    df_left, df_right = len(left) - 1, len(right) - 1
    return (df_left * variance(left) + df_right * variance(right)) / (df_left + df_right)


def _present(scores: Sequence[float | None]) -> list[float]:
    return [float(score) for score in scores if score is not None]

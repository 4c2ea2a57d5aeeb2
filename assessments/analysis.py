"""How well the questions of a bank do their work: difficulty, discrimination, and the reliability of a fixed test.

A number that cannot be computed is None, never a guess: too few answers, or answers that do not vary.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from assessments.errors import InvalidScores


def share_correct(scores: Sequence[int]) -> float | None:
    """Tell how hard an item is: the share of the people asked who answered rightly.

    scores: shape (n_people,), 1 = right, 0 = wrong; only people who were asked the question.
    Returns a value in [0, 1], a high one for an easy item; None without answers. Raises InvalidScores.
    Formula: p = sum(scores) / n. Source: lord-novick-1968, ch. 15.

    >>> share_correct([1, 1, 0, 1])
    0.75
    """
    _check_scores(scores)
    return fmean(scores) if scores else None


def discrimination(scores: Sequence[int], totals: Sequence[int]) -> float | None:
    """Tell how well an item parts those who know from those who do not: the corrected point-biserial correlation.

    scores: shape (n_people,), 1 = right, 0 = wrong. totals: shape (n_people,), right answers of the same people in the
    whole attempt, this item included; all attempts of the same length.
    Returns r in [-1, 1]: below 0.2 the item deserves a look, below 0 its key may be wrong. None when the item or the
    rest does not vary. Raises InvalidScores for unequal lengths, scores other than 0 and 1, a total below its score.
    Formula: Pearson's r between x and (total - x), so that the item is not correlated with itself.
    Source: henrysson-1963.

    >>> round(discrimination([1, 1, 0, 0], [4, 3, 2, 1]), 4)
    0.7071
    """
    _check_scores(scores)
    if len(scores) != len(totals):
        raise InvalidScores(f"{len(scores)} scores and {len(totals)} totals")
    rests = [total - score for score, total in zip(scores, totals, strict=True)]
    if any(rest < 0 for rest in rests):
        raise InvalidScores("a total is smaller than the score it holds")
    return _correlation(scores, rests)


def kr20(rows: Sequence[Sequence[int]]) -> float | None:
    """Estimate the internal consistency of a test of right-or-wrong items: Kuder and Richardson's formula 20.

    rows: shape (n_people, n_items), 1 = right, 0 = wrong; everyone answered the same items.
    Returns a value of at most 1, below 0 when items disagree; None with fewer than two items or people, or when all
    totals are equal. Raises InvalidScores for rows of unequal length or other values.
    Formula: k / (k - 1) * (1 - sum(p * q) / var(totals)), variance with n below, so that it equals Cronbach's alpha.
    Source: kuder-richardson-1937, formula 20.

    >>> kr20([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]])
    0.75
    """
    for row in rows:
        _check_scores(row)
    if len({len(row) for row in rows}) > 1:
        raise InvalidScores("people answered different numbers of items")
    n_items = len(rows[0]) if rows else 0
    totals = [sum(row) for row in rows]
    if n_items <= 1 or len(set(totals)) <= 1:
        return None
    shares = [fmean(column) for column in zip(*rows, strict=True)]
    item_variance = math.fsum(share * (1 - share) for share in shares)
    return n_items / (n_items - 1) * (1 - item_variance / _variance(totals))


def _variance(values: Sequence[int]) -> float:
    mean = fmean(values)
    return fmean([(value - mean) ** 2 for value in values])


def _correlation(left: Sequence[int], right: Sequence[int]) -> float | None:
    if len(set(left)) <= 1 or len(set(right)) <= 1:
        return None
    left_mean, right_mean = fmean(left), fmean(right)
    covariance = fmean([(a - left_mean) * (b - right_mean) for a, b in zip(left, right, strict=True)])
    return covariance / math.sqrt(_variance(left) * _variance(right))


def _check_scores(scores: Sequence[int]) -> None:
    if any(score not in {0, 1} for score in scores):
        raise InvalidScores("a score is neither 0 nor 1")

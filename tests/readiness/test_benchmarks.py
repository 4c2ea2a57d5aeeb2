"""Intervals, peers and fair comparisons at their edges, and beside scipy and numpy."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from readiness.benchmarks import (
    census_interval,
    mean_interval,
    peer_means,
    percentile_rank,
    quantile,
    role_weighted_mean,
    shrunken_means,
)
from readiness.errors import InvalidScores

SCORES = st.lists(st.floats(1, 5), min_size=2, max_size=30)


@given(scores=SCORES, level=st.floats(0.5, 0.99))
def test_an_interval_is_scipys(scores: list[float], level: float) -> None:
    found = mean_interval(scores, level=level)
    assert found.se == pytest.approx(stats.sem(scores), abs=1e-9)
    if found.se is not None and found.se > 1e-6:
        low, high = stats.t.interval(level, len(scores) - 1, loc=np.mean(scores), scale=stats.sem(scores))
        assert (found.lower, found.upper) == pytest.approx((low, high), rel=1e-8)


def test_one_score_has_a_mean_and_no_interval() -> None:
    found = mean_interval([3, None])
    assert (found.n, found.mean, found.median, found.sd, found.lower) == (1, 3, 3, None, None)


def test_equal_scores_have_an_interval_of_no_width() -> None:
    found = mean_interval([4, 4, 4])
    assert (found.lower, found.upper, found.sd) == (4, 4, 0)


def test_twelve_of_fourteen_shrink_the_interval_to_four_tenths() -> None:
    scores = [3, 4, 5, 2, 3, 4, 5, 3, 4, 2, 3, 4]
    part, whole = census_interval(scores, 14), mean_interval(scores)
    assert part.se is not None
    assert whole.se is not None
    assert part.se / whole.se == pytest.approx(0.378, abs=0.001)


def test_when_everybody_answered_nothing_is_uncertain() -> None:
    found = census_interval([3, 4, 5], 3)
    assert (found.se, found.lower, found.upper, found.share_answered) == (0, 4, 4, 1)


def test_a_census_without_answers() -> None:
    assert census_interval([None], 5).share_answered == 0
    assert census_interval([], 0).share_answered is None


@given(values=st.lists(st.floats(1, 5), min_size=1), share=st.floats(0, 1))
def test_quantiles_are_numpys(values: list[float], share: float) -> None:
    assert quantile(values, share) == pytest.approx(np.quantile(values, share), abs=1e-9)


@given(values=st.lists(st.integers(1, 5), min_size=1), value=st.integers(0, 6))
def test_percentiles_are_scipys_mean_rank(values: list[int], value: int) -> None:
    expected = stats.percentileofscore(values, value, kind="mean")
    assert percentile_rank(values, value) == pytest.approx(expected, abs=1e-9)


def test_no_peers_have_no_place() -> None:
    assert quantile([], 0.5) is None
    assert percentile_rank([], 3) is None


def test_peers_are_shown_from_five_with_five_answers_each() -> None:
    assert peer_means([[3.0] * 5] * 4 + [[3.0] * 4]) is None
    assert peer_means([[3.0] * 5] * 5 + [[1.0] * 4]) == (3.0,) * 5
    assert peer_means([[3.0] * 4 + [None]] * 9) is None


def test_a_job_role_that_nobody_answered_for_makes_no_weighted_mean() -> None:
    found = role_weighted_mean([6, 0], [10, 4], [3.5, None])
    assert (found.mean, found.weighted) == (3.5, None)
    assert role_weighted_mean([0], [0], [None]).share_answered is None
    assert role_weighted_mean([6, 0], [10, 0], [3.5, None]).weighted == 3.5


@pytest.mark.parametrize("seed", range(3))
def test_shrunken_means_are_at_the_top_of_the_restricted_likelihood(seed: int) -> None:
    rng = random.Random(seed)
    groups = [[3 + shift + rng.gauss(0, 0.7) for _ in range(rng.randint(3, 15))] for shift in (-0.8, -0.2, 0, 0.3, 0.9)]
    found = shrunken_means(groups)
    sizes, means = np.array([len(group) for group in groups]), np.array([np.mean(group) for group in groups])
    within = sum(((np.array(group) - np.mean(group)) ** 2).sum() for group in groups)

    def minus_log_likelihood(logs: np.ndarray) -> float:
        between, noise = np.exp(logs)
        weights = 1 / (between + noise / sizes)
        grand = (weights * means).sum() / weights.sum()
        n = sizes.sum()
        terms = (n - len(groups)) * np.log(noise) + within / noise - np.log(weights).sum() + np.log(weights.sum())
        return float(terms + (weights * (means - grand) ** 2).sum())

    best = optimize.minimize(
        minus_log_likelihood, [-1.0, -1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}
    )
    assert (found.between, found.within) == pytest.approx(tuple(np.exp(best.x)), rel=1e-4)


def test_the_smaller_the_group_the_further_it_is_drawn() -> None:
    found = shrunken_means([[1, 2], [1, 2, 1, 2, 1, 2, 1, 2], [4, 5, 4, 5], [3, 4, 3, 4]])
    small, large = found.shrunken[:2]
    assert found.means[0] == found.means[1] == 1.5
    assert small is not None
    assert large is not None
    assert small > large > 1.5


def test_groups_that_do_not_differ_get_the_common_mean() -> None:
    found = shrunken_means([[1, 5], [2, 4], [1, 5, 3]])
    assert (found.between, found.reliabilities) == (0, (0, 0, 0))
    assert found.shrunken == pytest.approx((3, 3, 3))


def test_a_group_without_scores_gets_the_common_mean() -> None:
    found = shrunken_means([[1, 2, 1], [4, 5, 4], [None]])
    assert found.means[2] is None
    assert found.reliabilities[2] == 0
    assert found.shrunken[2] == found.grand_mean


@pytest.mark.parametrize("groups", [[], [[3, 4]], [[3], [4]], [[3, 3], [4, 4]]])
def test_nothing_is_shrunk_without_spread(groups: list[list[float | None]]) -> None:
    found = shrunken_means(groups)
    assert (found.grand_mean, found.between) == (None, None)
    assert set(found.shrunken) <= {None}


def test_impossible_input_is_refused() -> None:
    for impossible in (
        lambda: census_interval([3, 4], 1),
        lambda: mean_interval([3, 4], level=1),
        lambda: quantile([3], 1.1),
        lambda: role_weighted_mean([1], [1, 2], [3]),
    ):
        with pytest.raises(InvalidScores):
            impossible()

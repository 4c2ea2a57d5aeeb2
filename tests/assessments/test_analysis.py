"""Item statistics agree with a published example, with scipy and numpy, and are None where nothing can be said."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from assessments.analysis import discrimination, kr20, share_correct
from assessments.errors import InvalidScores

# K. L. Wuensch, East Carolina University, "KR20": ten students, ten items; it prints p, q and the variance 5.84.
WUENSCH = (
    (1, 1, 1, 1, 1, 1, 0, 1, 1, 0),
    (1, 0, 1, 1, 0, 1, 1, 1, 0, 1),
    (1, 1, 1, 1, 0, 1, 1, 0, 0, 1),
    (0, 0, 1, 0, 0, 0, 1, 0, 0, 0),
    (0, 0, 0, 0, 0, 1, 0, 0, 1, 0),
    (1, 1, 1, 0, 1, 1, 1, 1, 1, 1),
    (1, 1, 0, 1, 1, 1, 0, 1, 1, 1),
    (1, 1, 1, 1, 1, 1, 1, 1, 0, 1),
    (0, 1, 0, 1, 1, 1, 1, 1, 0, 1),
    (1, 1, 0, 1, 1, 0, 1, 1, 1, 0),
)
WUENSCH_SHARES = (0.7, 0.7, 0.6, 0.7, 0.6, 0.8, 0.7, 0.7, 0.5, 0.6)


def _random_rows(seed: int, n_people: int = 40, n_items: int = 8) -> list[list[int]]:
    rng = random.Random(seed)
    skills = [rng.gauss(0, 1.5) for _ in range(n_people)]
    return [[int(skill + rng.gauss(0, 1) > item / 4 - 1) for item in range(n_items)] for skill in skills]


def test_difficulty_is_the_published_share_of_each_item() -> None:
    assert [share_correct(column) for column in zip(*WUENSCH, strict=True)] == pytest.approx(WUENSCH_SHARES)


def test_kr20_of_the_published_example() -> None:
    assert kr20(WUENSCH) == pytest.approx(10 / 9 * (1 - 2.18 / 5.84), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_kr20_is_cronbachs_alpha_on_right_and_wrong(seed: int) -> None:
    rows = np.array(_random_rows(seed))
    n_items = rows.shape[1]
    alpha = n_items / (n_items - 1) * (1 - rows.var(axis=0, ddof=1).sum() / rows.sum(axis=1).var(ddof=1))
    assert kr20(rows.tolist()) == pytest.approx(alpha, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_discrimination_is_scipys_point_biserial_with_the_rest(seed: int) -> None:
    rows = np.array(_random_rows(seed))
    totals = rows.sum(axis=1)
    for item in rows.T:
        expected = stats.pointbiserialr(item, totals - item).statistic
        assert discrimination(item.tolist(), totals.tolist()) == pytest.approx(expected, abs=1e-12)


def test_discrimination_leaves_the_item_itself_out() -> None:
    assert discrimination([1, 0, 1, 0], [1, 1, 2, 0]) == pytest.approx(0.0, abs=1e-12)


def test_an_item_that_only_the_weak_get_right_discriminates_below_zero() -> None:
    value = discrimination([0, 0, 1, 1], [9, 8, 3, 2])
    assert value is not None
    assert value < -0.9


@pytest.mark.parametrize(
    ("scores", "totals"),
    [([], []), ([1], [5]), ([1, 1, 1], [3, 4, 5]), ([1, 0], [5, 4]), ([0, 0], [1, 2])],
)
def test_discrimination_is_none_where_nothing_varies(scores: list[int], totals: list[int]) -> None:
    assert discrimination(scores, totals) is None


@pytest.mark.parametrize("rows", [[], [[]], [[1, 0]], [[1], [0]], [[1, 0], [0, 1]]])
def test_kr20_is_none_where_nothing_varies(rows: list[list[int]]) -> None:
    assert kr20(rows) is None


def test_difficulty_of_an_item_nobody_saw_is_none() -> None:
    assert share_correct([]) is None


def test_identical_items_are_perfectly_consistent() -> None:
    assert kr20([[1, 1, 1], [0, 0, 0], [1, 1, 1]]) == pytest.approx(1.0)


def test_two_items_are_enough_for_kr20() -> None:
    assert kr20([[1, 1], [0, 0], [1, 0]]) == pytest.approx(2 / 3)


def test_opposed_items_make_kr20_negative() -> None:
    value = kr20([[1, 0, 1], [0, 1, 0], [1, 0, 0]])
    assert value is not None
    assert value < 0


@pytest.mark.parametrize("scores", [[2], [0.5, 1], [-1, 0]])
def test_scores_other_than_right_and_wrong_are_refused(scores: list[int]) -> None:
    with pytest.raises(InvalidScores):
        share_correct(scores)
    with pytest.raises(InvalidScores):
        kr20([scores])
    with pytest.raises(InvalidScores):
        discrimination(scores, [5] * len(scores))


def test_lists_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(InvalidScores, match="1 scores and 2 totals"):
        discrimination([1], [1, 2])
    with pytest.raises(InvalidScores, match="smaller than the score"):
        discrimination([1, 0], [0, 0])
    with pytest.raises(InvalidScores, match="different numbers of items"):
        kr20([[1, 0], [1]])


@given(
    st.integers(2, 12).flatmap(
        lambda n_items: st.lists(
            st.lists(st.integers(0, 1), min_size=n_items, max_size=n_items), min_size=2, max_size=30
        )
    )
)
def test_statistics_stay_within_their_ranges(rows: list[list[int]]) -> None:
    reliability = kr20(rows)
    assert reliability is None or reliability <= 1 + 1e-9
    totals = [sum(row) for row in rows]
    for column in zip(*rows, strict=True):
        value = discrimination(column, totals)
        assert value is None or -1 - 1e-9 <= value <= 1 + 1e-9

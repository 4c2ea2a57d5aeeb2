"""Alpha and omega, where they agree with each other, with the other room, and where they say nothing."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.analysis import kr20
from readiness.errors import InvalidScores
from readiness.reliability import cronbach_alpha, omega_total

RIGHT_OR_WRONG = st.integers(2, 6).flatmap(
    lambda n_items: st.lists(st.lists(st.integers(0, 1), min_size=n_items, max_size=n_items), min_size=2, max_size=20)
)


def _answers(n_people: int, loadings: list[float], seed: int) -> list[list[float]]:
    rng = random.Random(seed)
    views = [rng.gauss(0, 1) for _ in range(n_people)]
    return [[loading * view + rng.gauss(0, 0.7) for loading in loadings] for view in views]


@given(rows=RIGHT_OR_WRONG)
def test_alpha_of_right_and_wrong_is_the_other_rooms_kr20(rows: list[list[int]]) -> None:
    expected = kr20(rows)
    alpha = cronbach_alpha(rows).alpha
    assert alpha is None if expected is None else alpha == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_alpha_is_the_textbooks(seed: int) -> None:
    rows = np.array(_answers(40, [0.8, 0.7, 0.9, 0.6], seed))
    k = rows.shape[1]
    expected = k / (k - 1) * (1 - rows.var(axis=0, ddof=1).sum() / rows.sum(axis=1).var(ddof=1))
    found = cronbach_alpha(rows.tolist())
    assert found.alpha == pytest.approx(expected, abs=1e-12)
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower < expected < found.upper


def test_people_with_a_missing_answer_are_left_out() -> None:
    rows: list[list[float | None]] = [[1, 2, 1], [2, 2, 3], [None, 5, 5], [4, 3, 5]]
    found = cronbach_alpha(rows)
    assert found.n_complete == 3
    assert found == cronbach_alpha([row for row in rows if None not in row])


def test_an_item_keyed_the_wrong_way_round_is_not_clipped() -> None:
    rows = [[1, 5], [2, 4], [3, 3], [5, 2]]
    found = cronbach_alpha(rows)
    assert found.alpha is not None
    assert found.alpha < 0
    assert found.spearman_brown is not None
    assert found.spearman_brown < 0


@pytest.mark.parametrize("rows", [[], [[1, 2]], [[1], [2]], [[3, 3], [3, 3]], [[None, 1], [1, None]]])
def test_nothing_is_said_without_spread(rows: list[list[float | None]]) -> None:
    found = cronbach_alpha(rows)
    assert (found.alpha, found.lower, found.sem) == (None, None, None)
    assert omega_total(rows).omega is None


def test_an_item_without_spread_has_no_correlation() -> None:
    found = cronbach_alpha([[1, 3, 2], [2, 3, 2], [4, 3, 5]])
    assert found.alpha is not None
    assert (found.mean_inter_item_r, found.standardized, found.item_rest_r[1]) == (None, None, None)
    assert omega_total([[1, 3, 2], [2, 3, 2], [4, 3, 5], [1, 3, 1]]).omega is None


@pytest.mark.parametrize("statistic", [cronbach_alpha, omega_total])
def test_people_who_answered_other_items_are_refused(statistic) -> None:
    with pytest.raises(InvalidScores):
        statistic([[1, 2], [1, 2, 3]])


def test_omega_finds_the_loadings_that_made_the_answers() -> None:
    loadings = [0.9, 0.8, 0.7, -0.6, 0.8]
    found = omega_total(_answers(4000, loadings, 7))
    assert found.loadings == pytest.approx(loadings, abs=0.05)
    assert found.residual_variances == pytest.approx([0.49] * 5, abs=0.05)
    assert found.omega == pytest.approx(2.6**2 / (2.6**2 + 5 * 0.49), abs=0.02)


def test_at_the_maximum_the_variances_are_met() -> None:
    rows = _answers(80, [0.9, 0.5, 0.7, 0.6], 3)
    found = omega_total(rows)
    variances = np.array(rows).var(axis=0)
    made = [(a or 0) ** 2 + (b or 0) for a, b in zip(found.loadings, found.residual_variances, strict=True)]
    assert made == pytest.approx(variances, rel=1e-6)


def test_a_factor_that_would_explain_all_of_an_item_is_not_guessed() -> None:
    rows = [[float(view), view + 0.1 * (i % 2), view * 1.0] for i, view in enumerate(range(12))]
    assert omega_total(rows).omega is None

"""Agreement within groups and differences between them, at their edges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.agreement import (
    Agreement,
    agreement_word,
    icc,
    item_agreement,
    mean_squares,
    scale_agreement,
    uniform_variance,
)
from readiness.errors import InvalidScores

ROWS = st.integers(1, 6).flatmap(
    lambda n_items: st.lists(st.lists(st.integers(1, 5), min_size=n_items, max_size=n_items), min_size=2, max_size=12)
)


@given(rows=ROWS)
def test_agreement_stays_between_0_and_1(rows: list[list[int]]) -> None:
    found = scale_agreement(rows, n_options=5)
    assert found.rwg is not None
    assert 0 <= found.rwg <= 1
    assert found.ad_mean is not None
    assert 0 <= found.ad_mean <= 2
    for values in zip(*rows, strict=True):
        item = item_agreement(values, n_options=5)
        assert item.rwg is not None
        assert 0 <= item.rwg <= 1
        assert item.awg is not None
        assert -1 - 1e-9 <= item.awg <= 1


def test_the_most_divided_group_does_not_look_united() -> None:
    found = scale_agreement([[1] * 5, [5] * 5, [1] * 5, [5] * 5], n_options=5)
    assert found.rwg == 0
    assert found.rwg_raw is not None
    assert not 0 <= found.rwg_raw <= 1


@given(rows=ROWS)
def test_the_order_of_people_does_not_matter(rows: list[list[int]]) -> None:
    assert scale_agreement(rows[::-1], n_options=5) == scale_agreement(rows, n_options=5)


def test_all_alike_agree_perfectly_at_the_end_of_the_scale_too() -> None:
    item = item_agreement([5, 5, 5], n_options=5)
    assert (item.rwg, item.ad_mean, item.awg) == (1, 0, 1)


@pytest.mark.parametrize("values", [[], [None, None], [3], [3, None]])
def test_nobody_agrees_alone(values: list[float | None]) -> None:
    assert item_agreement(values, n_options=5).rwg is None
    assert scale_agreement([[value] for value in values], n_options=5).rwg is None


@pytest.mark.parametrize(
    ("rwg", "ad_mean", "word"),
    [
        (0.70, 5 / 6, Agreement.SHARED),
        (0.69, 0.1, Agreement.MIXED),
        (0.90, 0.84, Agreement.MIXED),
        (0.50, 0.1, Agreement.MIXED),
        (0.49, 0.1, Agreement.SPLIT),
    ],
)
def test_agreement_has_three_words(rwg: float, ad_mean: float, word: Agreement) -> None:
    assert agreement_word(rwg, ad_mean, n_options=5) is word


def test_impossible_input_is_refused() -> None:
    with pytest.raises(InvalidScores):
        uniform_variance(1)
    with pytest.raises(InvalidScores):
        item_agreement([float("nan"), 3], n_options=5)
    with pytest.raises(InvalidScores):
        scale_agreement([[1], [1, 2]], n_options=5)


@pytest.mark.parametrize("groups", [[], [[3, 4]], [[3], [4], [5]], [[3, 3], [3, 3]], [[None], [3, 4]]], ids=str)
def test_groups_that_say_nothing_have_no_icc(groups: list[list[float | None]]) -> None:
    found = icc(groups)
    assert (found.icc1, found.icc2, found.icc1_lower, found.icc2_upper) == (None, None, None, None)


def test_groups_that_only_differ_from_each_other_have_an_icc_of_1() -> None:
    found = icc([[2, 2], [4, 4], [5, 5]])
    assert (found.icc1, found.icc2, found.f) == (1, 1, None)


def test_groups_with_the_same_mean_have_a_negative_icc() -> None:
    found = icc([[1, 5], [2, 4], [3, 3]])
    assert found.icc1 == -1
    assert found.icc2 is None


@given(groups=st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=6), min_size=2, max_size=6))
def test_the_squares_of_an_analysis_of_variance_add_up(groups: list[list[int]]) -> None:
    parts = mean_squares(groups)
    scores = [score for group in groups for score in group]
    total = sum((score - sum(scores) / len(scores)) ** 2 for score in scores)
    between = (parts.between or 0) * (parts.n_groups - 1)
    within = (parts.within or 0) * parts.df_within
    assert float(between + within) == pytest.approx(total)

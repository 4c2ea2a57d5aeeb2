"""Consensus rounds are compared item by item, anonymous ones with their uncertainty."""

import random
from collections.abc import Callable
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from readiness.agreement import mean_squares
from readiness.change import (
    Certainty,
    Direction,
    ItemMove,
    ReliableChange,
    benjamini_hochberg,
    compared_items,
    linked_change,
    moved_items,
    pooled_change,
    reliable_change_index,
    unlinked_change,
)
from readiness.errors import InvalidScores
from readiness.instruments import Instrument
from readiness.scoring import DONT_KNOW, NOT_APPLICABLE, SKIPPED, Answer

# Means of six items from 1 to 5; scipy warns of scores that hardly differ.
MEANS = st.integers(6, 30).map(lambda total: total / 6)
SCORES = st.lists(MEANS, min_size=2, max_size=20).filter(lambda scores: len(set(scores)) > 1)


@pytest.fixture
def instrument(make_instrument: Callable[..., Instrument]) -> Instrument:
    return make_instrument(start=3, learn=2)


def test_moves_stand_in_the_order_of_the_instrument(instrument: Instrument) -> None:
    before: dict[str, Answer] = {"learn-1": 2, "start-1": 4, "start-2": 3}
    after: dict[str, Answer] = {"start-2": 3, "learn-1": 4, "start-1": 3}
    assert moved_items(instrument, before, after) == (
        ItemMove(area_key="start", item_key="start-1", before=4, after=3),
        ItemMove(area_key="learn", item_key="learn-1", before=2, after=4),
    )
    assert compared_items(instrument, before, after) == ("start-1", "start-2", "learn-1")


def test_a_move_knows_its_step_and_direction() -> None:
    up = ItemMove(area_key="start", item_key="start-1", before=2, after=4)
    down = ItemMove(area_key="start", item_key="start-1", before=4, after=3)
    assert (up.step, up.direction) == (2, Direction.UP)
    assert (down.step, down.direction) == (-1, Direction.DOWN)


@pytest.mark.parametrize("answer", [SKIPPED, NOT_APPLICABLE, DONT_KNOW])
def test_an_item_without_a_value_did_not_move(instrument: Instrument, answer: Answer) -> None:
    assert moved_items(instrument, {"start-1": answer}, {"start-1": 5}) == ()
    assert moved_items(instrument, {"start-1": 5}, {"start-1": answer}) == ()
    assert moved_items(instrument, {"start-1": 5}, {}) == ()


def test_items_of_an_older_version_are_left_alone(instrument: Instrument) -> None:
    assert moved_items(instrument, {"gone": 1, "start-1": 1}, {"start-1": 2})[0].item_key == "start-1"


@given(before=SCORES, after=SCORES)
def test_anonymous_rounds_are_compared_as_scipy_does(before: list[float], after: list[float]) -> None:
    found = unlinked_change(before, after)
    expected = stats.ttest_ind(after, before, equal_var=False)
    low, high = expected.confidence_interval(0.95)
    assert (found.t, found.df) == pytest.approx((expected.statistic, expected.df), rel=1e-7)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)
    assert (found.lower, found.upper) == pytest.approx((low, high), rel=1e-7, abs=1e-9)


@given(pairs=st.lists(st.tuples(MEANS, MEANS), min_size=2, max_size=20))
def test_linked_rounds_are_compared_as_scipy_does(pairs: list[tuple[float, float]]) -> None:
    before, after = zip(*pairs, strict=True)
    found = linked_change(before, after)
    if found.se is None or found.se < 0.01:
        return
    expected = stats.ttest_rel(after, before)
    assert (found.t, found.df) == pytest.approx((expected.statistic, expected.df), rel=1e-7)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)


def test_people_with_one_score_only_are_not_linked() -> None:
    assert linked_change([1, None, 3, 2], [2, 5, None, 4]) == linked_change([1, 2], [2, 4])


@pytest.mark.parametrize(("before", "after"), [([], [3]), ([3], [4]), ([3, 3], [4, 4]), ([None], [None])])
def test_too_little_to_compare_is_no_verdict(before: list[float | None], after: list[float | None]) -> None:
    found = unlinked_change(before, after)
    assert (found.t, found.certainty, found.reliable_change) == (None, None, None)


@pytest.mark.parametrize(
    ("after", "certainty", "verdict"),
    [
        (3.1, Certainty.CANNOT_TELL, ReliableChange.NONE),
        (3.6, Certainty.POSSIBLE, ReliableChange.NONE),
        (2.4, Certainty.POSSIBLE, ReliableChange.NONE),
        (4.0, Certainty.CLEAR, ReliableChange.IMPROVED),
        (2.0, Certainty.CLEAR, ReliableChange.DECLINED),
    ],
)
def test_a_change_has_three_words(after: float, certainty: Certainty, verdict: ReliableChange) -> None:
    found = pooled_change(3.0, 6, after, 5, ms_within=0.45, df=390)
    assert (found.certainty, found.reliable_change) == (certainty, verdict)


@pytest.mark.parametrize(
    ("mean_before", "n_before", "ms_within", "df"), [(None, 6, 0.45, 9), (3, 0, 0.45, 9), (3, 6, 0, 9), (3, 6, None, 0)]
)
def test_nothing_to_pool_is_no_verdict(
    mean_before: float | None, n_before: int, ms_within: float | None, df: int
) -> None:
    assert pooled_change(mean_before, n_before, 4, 5, ms_within=ms_within, df=df).certainty is None


def test_few_small_organizations_are_called_changed_when_nothing_did() -> None:
    # The sheet on readiness: about 5 in 100 by this rule, 20 in 100 by the textbook's index.
    rng = random.Random(20250719)
    n_clear = 0
    for _ in range(300):
        peers = [[3 + rng.gauss(0, 0.8) for _ in range(6)] for _ in range(12)]
        parts = mean_squares(peers)
        assert parts.within is not None
        again = [3 + rng.gauss(0, 0.8) for _ in range(6)]
        found = pooled_change(fmean(peers[0]), 6, fmean(again), 6, ms_within=float(parts.within), df=parts.df_within)
        n_clear += found.certainty is Certainty.CLEAR
    assert n_clear / 300 < 0.09


def test_the_textbooks_index_says_nothing_without_error_or_score() -> None:
    assert reliable_change_index(2, 3, sd=0.5, reliability=1, z=1.96).verdict is None
    assert reliable_change_index(None, 3, sd=0.5, reliability=0.7, z=1.96).verdict is None
    assert reliable_change_index(4, 2, sd=0.5, reliability=0.7, z=1.96).verdict is ReliableChange.DECLINED
    assert reliable_change_index(3, 3, sd=0.5, reliability=0.7, z=1.96).verdict is ReliableChange.NONE


@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=20), rate=st.sampled_from([0.05, 0.1, 0.2]))
def test_false_discoveries_are_kept_down_as_scipy_does(p_values: list[float], rate: float) -> None:
    adjusted = stats.false_discovery_control(p_values)
    if min(abs(adjusted - rate)) > 1e-9:
        assert benjamini_hochberg(p_values, rate=rate) == tuple(p <= rate for p in adjusted)


def test_no_comparison_has_no_discovery() -> None:
    assert benjamini_hochberg([]) == ()


def test_impossible_input_is_refused() -> None:
    for impossible in (
        lambda: linked_change([1], [1, 2]),
        lambda: unlinked_change([1, 2], [1, 3], level=0),
        lambda: reliable_change_index(1, 2, sd=0.5, reliability=1.1, z=1.96),
        lambda: benjamini_hochberg([1.2]),
    ):
        with pytest.raises(InvalidScores):
            impossible()

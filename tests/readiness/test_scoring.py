"""Scores keep missing answers apart, thresholds fall on the right side, and a critical item holds its area down."""

from collections.abc import Callable
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import AnswerOutOfRange, InvalidScores, UnknownArea, UnknownItem
from readiness.instruments import Instrument, Item
from readiness.scoring import (
    DONT_KNOW,
    NOT_APPLICABLE,
    SKIPPED,
    Answer,
    AnswerState,
    Level,
    answer_from,
    answer_spread,
    composite,
    count_answers,
    level_of,
    longest_run,
    pomp,
    prorated_sum,
    reverse_value,
    scale_score,
    score_area,
    score_round,
    state_of,
    value_of,
)

ANSWERS = st.lists(st.one_of(st.integers(1, 5), st.sampled_from([SKIPPED, NOT_APPLICABLE, DONT_KNOW])), max_size=12)


def test_what_has_no_value_is_one_of_three_kinds() -> None:
    no_value = next(kind for kind in get_args(Answer) if kind is not int)
    assert set(get_args(no_value)) == set(AnswerState) - {AnswerState.VALUE}


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        ([4, 4, 4, 4, 4], 4),
        ([4, 4, 4, 4, SKIPPED], 4),  # 4 of 5 are 80%
        ([4, 4, 4, 4, DONT_KNOW], 4),
        ([4, 4, 4, SKIPPED, SKIPPED], None),
        ([4, 4, 4, SKIPPED, DONT_KNOW], None),
        ([4, 4, 4, NOT_APPLICABLE, NOT_APPLICABLE], 4),
        ([4, 4, 4, DONT_KNOW, NOT_APPLICABLE], None),  # 3 of 4
        ([4, NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE], 4),
        ([NOT_APPLICABLE] * 5, None),
        ([SKIPPED] * 5, None),
        ([], None),
        ([1, 2, 2, 3, 5], 2.6),
    ],
)
def test_a_scale_needs_four_in_five_of_what_applies(answers: list[Answer], score: float | None) -> None:
    assert scale_score(answers, low=1, high=5) == score


@pytest.mark.parametrize("n_items", range(1, 60))
def test_the_share_answered_is_compared_in_whole_numbers(n_items: int) -> None:
    for n_answered in range(n_items + 1):
        answers: list[Answer] = [3] * n_answered + [SKIPPED] * (n_items - n_answered)
        is_enough = Fraction(n_answered, n_items) >= Fraction(8, 10) and n_answered > 0
        assert (scale_score(answers, low=1, high=5) is not None) is is_enough


@given(answers=ANSWERS)
def test_a_score_is_the_mean_of_the_values_or_nothing(answers: list[Answer]) -> None:
    score = scale_score(answers, low=1, high=5)
    values = [answer for answer in answers if isinstance(answer, int)]
    counts = count_answers(answers)
    if score is None:
        assert not values or len(values) / counts.n_applicable < 0.8
        assert prorated_sum(answers, low=1, high=5) is None
        return
    assert min(values) <= score <= max(values)
    assert score == pytest.approx(sum(values) / len(values))
    assert prorated_sum(answers, low=1, high=5) == pytest.approx(score * counts.n_applicable)
    assert 0 <= pomp(score, low=1, high=5) <= 100


@given(answers=ANSWERS)
def test_not_applicable_answers_change_no_score(answers: list[Answer]) -> None:
    assert scale_score([*answers, NOT_APPLICABLE], low=1, high=5) == scale_score(answers, low=1, high=5)


@given(answers=ANSWERS)
def test_every_answer_is_counted_once(answers: list[Answer]) -> None:
    counts = count_answers(answers)
    assert counts.n_items == len(answers)
    assert counts.n_settled == len(answers) - answers.count(SKIPPED)
    assert counts.n_values + counts.n_skipped + counts.n_dont_know + counts.n_not_applicable == len(answers)


@given(values=st.lists(st.integers(1, 5), min_size=1))
def test_turning_every_item_round_mirrors_the_score(values: list[int]) -> None:
    score = scale_score(values, low=1, high=5)
    mirrored = scale_score([reverse_value(value, low=1, high=5) for value in values], low=1, high=5)
    assert score is not None
    assert mirrored == pytest.approx(6 - score)


def test_nothing_applicable_has_no_share() -> None:
    assert count_answers([NOT_APPLICABLE]).share_dont_know is None


@pytest.mark.parametrize("value", [0, 6, -1])
def test_values_outside_the_scale_are_refused(value: int) -> None:
    with pytest.raises(AnswerOutOfRange) as caught:
        scale_score([3, value], low=1, high=5)
    assert caught.value.value == value
    with pytest.raises(AnswerOutOfRange):
        reverse_value(value, low=1, high=5)
    with pytest.raises(AnswerOutOfRange):
        pomp(value, low=1, high=5)


def test_not_a_number_is_no_score() -> None:
    with pytest.raises(AnswerOutOfRange):
        pomp(float("nan"), low=1, high=5)


@pytest.mark.parametrize("state", [state for state in AnswerState if state is not AnswerState.VALUE])
def test_answers_come_back_from_state_and_value(state: AnswerState) -> None:
    answer = answer_from(state, None)
    assert (state_of(answer), value_of(answer)) == (state, None)
    assert (state_of(answer_from(AnswerState.VALUE, 4)), value_of(4)) == (AnswerState.VALUE, 4)
    with pytest.raises(InvalidScores):
        answer_from(state, 3)


def test_a_value_without_its_number_is_refused() -> None:
    with pytest.raises(InvalidScores):
        answer_from(AnswerState.VALUE, None)


@pytest.mark.parametrize(
    ("scores", "weights", "expected"),
    [
        ([4, 2, 3], [2, 1, 1], 3.25),
        ([4, None, 3, 3], [1, 1, 1, 1], 10 / 3),  # three quarters are enough
        ([4, None, 3, 3, None], [1, 1, 1, 1, 1], None),
        ([None], [1], None),
        ([], [], None),
        ([3], [0], None),
        ([3, None], [0.75, 0.25], 3),
    ],
)
def test_a_composite_needs_three_quarters_of_the_weight(
    scores: list[float | None], weights: list[int], expected: float | None
) -> None:
    assert composite(scores, weights) == pytest.approx(expected) if expected else composite(scores, weights) is None


@given(scores=st.lists(st.floats(1, 5), min_size=1, max_size=8), factor=st.integers(1, 9))
def test_a_composite_lies_among_its_scores_and_knows_no_unit_of_weight(scores: list[float], factor: int) -> None:
    mean = composite(scores, range(1, len(scores) + 1))
    assert mean is not None
    assert min(scores) <= mean <= max(scores)
    assert composite(scores, [factor * (n + 1) for n in range(len(scores))]) == pytest.approx(mean)


def test_impossible_weights_are_refused() -> None:
    with pytest.raises(InvalidScores):
        composite([3], [-1])
    with pytest.raises(InvalidScores):
        composite([3, 4], [1])


def test_straight_lines_are_seen_through_missing_answers() -> None:
    assert longest_run([]) == 0
    assert longest_run([SKIPPED, DONT_KNOW]) == 0
    assert longest_run([3, DONT_KNOW, 3, 3, 4, 4]) == 3
    assert answer_spread([3]) is None
    assert answer_spread([3, 3, NOT_APPLICABLE]) == 0


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (1, Level.NOT_YET),
        (1.99, Level.NOT_YET),
        (2, Level.STARTING),
        (2.99, Level.STARTING),
        (3, Level.SOME),
        (Fraction(399, 100), Level.SOME),
        (4, Level.USUAL),
        (5, Level.USUAL),
    ],
)
def test_levels_begin_at_their_whole_number(score: float, level: Level) -> None:
    assert level_of(score) is level


@given(score=st.floats(1, 5))
def test_a_low_critical_item_never_lifts_a_word_and_never_leaves_one_above_starting(score: float) -> None:
    capped = level_of(score, has_low_critical=True)
    assert capped.rank == min(level_of(score).rank, Level.STARTING.rank)


@pytest.fixture
def instrument(make_instrument: Callable[..., Instrument], make_item: Callable[..., Item]) -> Instrument:
    start = [make_item("same-day", is_critical=True), *(make_item(f"start-{n}") for n in range(1, 5))]
    return make_instrument(weights={"start": 2}, start=start, learn=5)


def _all(instrument: Instrument, value: Answer) -> dict[str, Answer]:
    return {item.key: value for item in instrument.items}


def test_a_low_critical_item_caps_its_area_at_starting(instrument: Instrument) -> None:
    score = score_area(instrument, "start", {**_all(instrument, 5), "same-day": 2})
    assert score.score == pytest.approx(4.4)
    assert (score.level, score.is_capped, score.low_critical_keys) == (Level.STARTING, True, ("same-day",))


def test_a_critical_item_at_three_caps_nothing(instrument: Instrument) -> None:
    score = score_area(instrument, "start", {**_all(instrument, 5), "same-day": 3})
    assert (score.level, score.is_capped, score.low_critical_keys) == (Level.USUAL, False, ())


def test_a_low_area_is_not_lifted_by_its_cap(instrument: Instrument) -> None:
    score = score_area(instrument, "start", _all(instrument, 1))
    assert (score.level, score.is_capped, score.low_critical_keys) == (Level.NOT_YET, False, ("same-day",))


@pytest.mark.parametrize("answer", [SKIPPED, NOT_APPLICABLE, DONT_KNOW])
def test_a_critical_item_without_a_value_is_not_low(instrument: Instrument, answer: Answer) -> None:
    score = score_area(instrument, "start", {**_all(instrument, 5), "same-day": answer})
    assert (score.level, score.is_capped, score.low_critical_keys) == (Level.USUAL, False, ())


def test_a_low_critical_item_is_named_before_the_area_has_a_score(instrument: Instrument) -> None:
    score = score_area(instrument, "start", {"same-day": 1})
    assert (score.score, score.pomp, score.level, score.is_capped) == (None, None, None, False)
    assert score.low_critical_keys == ("same-day",)


def test_a_whole_round(instrument: Instrument) -> None:
    ratings: dict[str, Answer] = {**_all(instrument, 4), "learn-1": DONT_KNOW, "learn-2": NOT_APPLICABLE}
    del ratings["start-4"]
    score = score_round(instrument, {**ratings, "learn-3": 2})
    assert [area.area_key for area in score.areas] == ["start", "learn"]
    assert score.get_area("start").score == 4
    assert score.get_area("learn").score is None  # 3 of 4
    assert (score.score, score.level) == (None, None)  # the weight of start is 2 of 3
    assert score.unknown_item_keys == ("learn-1",)
    assert score.skipped_item_keys == ("start-4",)
    assert score.strong_item_keys == ("same-day", "start-1", "start-2", "start-3", "learn-4", "learn-5")
    assert (score.counts.n_values, score.counts.n_applicable, score.counts.n_settled) == (7, 9, 9)


def test_the_whole_is_weighted_and_exact_on_the_line(instrument: Instrument) -> None:
    # 2.6 and 3.8 with weights 2 and 1 are exactly 3, which floating numbers miss.
    start = dict(zip([item.key for item in instrument.areas[0].items], [3, 3, 3, 2, 2], strict=True))
    learn = dict(zip([item.key for item in instrument.areas[1].items], [4, 4, 4, 4, 3], strict=True))
    score = score_round(instrument, {**start, **learn})
    assert [area.score for area in score.areas] == [2.6, 3.8]
    assert (score.score, score.level, score.pomp) == (3, Level.SOME, 50)


def test_a_round_without_answers_has_no_scores(instrument: Instrument) -> None:
    score = score_round(instrument, {})
    assert (score.score, score.pomp, score.level, score.low_critical_keys) == (None, None, None, ())
    assert score.counts.n_settled == 0


def test_strange_keys_and_values_are_refused(instrument: Instrument) -> None:
    with pytest.raises(UnknownItem):
        score_round(instrument, {"nothing": 3})
    with pytest.raises(AnswerOutOfRange):
        score_round(instrument, {"same-day": 6})
    with pytest.raises(UnknownArea):
        score_area(instrument, "nothing", {})
    with pytest.raises(UnknownArea):
        score_round(instrument, {}).get_area("nothing")

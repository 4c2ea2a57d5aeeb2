from datetime import date, timedelta
from itertools import pairwise

import pytest

from lms.improvement import rules
from lms.improvement.measure_csv import safe_cell
from lms.improvement.rules import (
    BadNumber,
    Cadence,
    Claim,
    CycleState,
    NextAction,
    NumberFlaw,
    PredictionOutcome,
    Shape,
    Stage,
    Unit,
)

MONDAY = date(2026, 6, 1)


def test_periods_begin_on_mondays_and_firsts():
    assert rules.period_start(date(2026, 6, 7), Cadence.WEEK) == MONDAY
    assert rules.period_start(date(2026, 2, 28), Cadence.MONTH) == date(2026, 2, 1)
    assert rules.next_period(date(2026, 12, 1), Cadence.MONTH) == date(2027, 1, 1)
    assert rules.period_before(date(2026, 3, 1), Cadence.MONTH) == date(2026, 2, 1)
    assert rules.last_day(date(2024, 2, 1), Cadence.MONTH) == date(2024, 2, 29)


@pytest.mark.parametrize("cadence", list(Cadence))
def test_periods_of_years_follow_each_other_without_a_gap(cadence):
    periods = rules.list_periods(date(2019, 1, 1), date(2026, 6, 1), cadence)
    assert all(rules.next_period(a, cadence) == b for a, b in pairwise(periods))
    assert all(rules.period_start(period, cadence) == period for period in periods)


def test_the_first_number_is_for_the_last_finished_period():
    assert rules.proposed_period([], Cadence.WEEK, MONDAY) == date(2026, 5, 25)
    assert rules.proposed_period([], Cadence.MONTH, MONDAY) == date(2026, 5, 1)


def test_the_oldest_missing_period_comes_first_and_then_the_running_one():
    entered = [date(2026, 5, 4), date(2026, 5, 18)]
    assert rules.proposed_period(entered, Cadence.WEEK, MONDAY) == date(2026, 5, 11)
    whole = [date(2026, 5, 4) + timedelta(weeks=n) for n in range(4)]
    assert rules.proposed_period(whole, Cadence.WEEK, MONDAY) == MONDAY


def test_the_future_another_age_and_half_periods_take_no_number():
    assert rules.is_enterable(MONDAY, Cadence.WEEK, MONDAY)
    for day in (date(2026, 6, 8), date(2026, 6, 2), date(2001, 1, 1)):
        assert not rules.is_enterable(day, Cadence.WEEK, MONDAY)


@pytest.mark.parametrize(("text", "number"), [
    ("12", 12), (" 12,5 ", 12.5), ("12.5", 12.5), (".5", 0.5), ("0,125", 0.125), ("-3", -3), ("45 %", 45),
    ("1,2345", 1.2345),
])  # fmt: skip
def test_numbers_are_read_as_people_write_them(text, number):
    assert rules.read_number(text) == number


@pytest.mark.parametrize(("text", "flaw"), [
    ("1,234", NumberFlaw.UNCLEAR), ("12.500", NumberFlaw.UNCLEAR), ("1 234", NumberFlaw.NOT_A_NUMBER),
    ("inf", NumberFlaw.NOT_A_NUMBER), ("", NumberFlaw.NOT_A_NUMBER), ("٣", NumberFlaw.NOT_A_NUMBER),
    ("=1+1", NumberFlaw.NOT_A_NUMBER), ("9" * 40, NumberFlaw.TOO_LARGE), ("1.2.3", NumberFlaw.NOT_A_NUMBER),
])  # fmt: skip
def test_what_is_unclear_is_not_guessed(text, flaw):
    with pytest.raises(BadNumber) as caught:
        rules.read_number(text)
    assert caught.value.flaw is flaw


def test_shares_rates_and_values_are_checked_each_in_its_way():
    assert rules.flaws_of(Unit.PERCENT, 5, 20) == {}
    assert rules.flaws_of(Unit.PERCENT, 0, 20) == {}
    assert rules.flaws_of(Unit.RATE, 5, 2.5) == {}
    assert rules.flaws_of(Unit.DAYS, 2.5, None) == {}
    assert rules.flaws_of(Unit.PERCENT, 5, None) == {"denominator": NumberFlaw.MISSING}
    assert rules.flaws_of(Unit.RATE, 5, 0) == {"denominator": NumberFlaw.ZERO_DENOMINATOR}
    assert rules.flaws_of(Unit.COUNT, None, None) == {"numerator": NumberFlaw.MISSING}


def test_a_value_is_written_as_people_read_it():
    assert rules.value_of(Unit.PERCENT, None, 7, 20) == 35
    assert rules.value_of(Unit.RATE, 1000, 3, 250) == 12
    assert rules.value_of(Unit.DAYS, None, 2.5, None) == 2.5
    assert rules.value_of(Unit.PERCENT, None, None, None) is None


def test_time_goes_forward_only():
    for state in CycleState:
        may = {stage for stage in Stage if rules.may_write(stage, state, is_studied=state is CycleState.ACTED)}
        assert (Stage.DO in may) == (
            state in {CycleState.DOING, CycleState.STUDYING, CycleState.ACTED, CycleState.REVIEWED}
        )
        assert Stage.PLAN in may or state is CycleState.NOT_RUN
        assert Stage.ACT not in may or state is CycleState.ACTED
    assert not rules.may_write(Stage.STUDY, CycleState.DOING, is_studied=False)


def test_there_is_one_next_action():
    given = {"is_studied": False, "is_returned": False, "has_successor": False}
    assert rules.next_action(CycleState.STUDYING, **given) is NextAction.STUDY
    assert rules.next_action(CycleState.ACTED, **{**given, "is_returned": True}) is NextAction.ANSWER
    assert rules.next_action(CycleState.REVIEWED, **given) is NextAction.GO_ON
    assert rules.next_action(CycleState.REVIEWED, **{**given, "has_successor": True}) is NextAction.NONE
    assert rules.next_action(CycleState.NOT_RUN, **given) is NextAction.NONE


CLAIM = Claim(Shape.AT_LEAST, 60, None, date(2026, 5, 31))


def judged(points, claim=CLAIM, began_on=date(2026, 5, 12), today=MONDAY):
    return rules.judge_prediction(claim, points, cadence=Cadence.WEEK, began_on=began_on, today=today)


def test_a_prediction_is_judged_by_the_newest_number_until_its_day():
    points = [(date(2026, 5, 11), 40), (date(2026, 5, 18), 59), (date(2026, 5, 25), 60), (MONDAY, 10)]
    assert judged(points).outcome is PredictionOutcome.MET
    assert judged(points).value == 60
    assert judged(points[:2]).outcome is PredictionOutcome.NOT_MET


def test_what_was_before_the_test_does_not_judge_it():
    assert judged([(date(2026, 5, 4), 90)]).outcome is PredictionOutcome.NO_DATA
    assert judged([(date(2026, 5, 18), None)]).outcome is PredictionOutcome.NO_DATA


def test_a_prediction_waits_for_its_day():
    early = date(2026, 5, 28)
    assert judged([(date(2026, 5, 18), 90)], today=early).outcome is PredictionOutcome.NOT_YET
    assert judged([(date(2026, 5, 25), 90)], today=early).outcome is PredictionOutcome.MET
    assert judged([], began_on=None).outcome is PredictionOutcome.NOT_YET
    assert judged([], claim=None).outcome is PredictionOutcome.NO_MEASURE


def test_the_ends_of_a_range_belong_to_it():
    between = Claim(Shape.BETWEEN, 2, 4, date(2026, 5, 31))
    assert [between.holds_for(value) for value in (1.9, 2, 4, 4.1)] == [False, True, True, False]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "  =1", "\r+1", "＝1", "\u3000＋1"])
def test_a_cell_is_never_a_formula(text):
    assert safe_cell(text).startswith("'")
    assert safe_cell("plain 5") == "plain 5"

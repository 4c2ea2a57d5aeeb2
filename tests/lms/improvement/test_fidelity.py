from dataclasses import replace
from datetime import date, timedelta

import pytest

from lms.improvement import fidelity
from lms.improvement.fidelity import Check, CycleFacts, Outcome
from lms.improvement.rules import Cadence, CycleState, Decision, FlagKind, PredictionOutcome

TODAY = date(2026, 6, 1)
WEEKS = tuple(date(2026, 4, 6) + timedelta(weeks=n) for n in range(8))
BEFORE = CycleFacts(number=1, state=CycleState.REVIEWED, decision=Decision.ADOPT, scale_people=5)
GOOD = CycleFacts(
    number=2,
    state=CycleState.REVIEWED,
    plan_texts=("Do more people come", "Call each person before", "Front desk", "on Tuesday"),
    do_texts=("We called six people",),
    study_texts=("Five of six came", "Calls help many"),
    act_texts=("It works well", "", ""),
    began_on=date(2026, 5, 4),
    ended_on=date(2026, 5, 15),
    studied_on=date(2026, 5, 18),
    has_prediction=True,
    is_prediction_measured=True,
    predicted_on=date(2026, 5, 3),
    prediction_outcome=PredictionOutcome.MET,
    comparison="A bit more than predicted",
    scale_people=8,
    carried="Call earlier in the day",
    has_change_idea=True,
    decision=Decision.ADOPT,
    decision_reason="It works well",
    next_step="Call everybody now",
    has_measure=True,
    cadence=Cadence.WEEK,
    periods_on=WEEKS,
    has_balancing_measure=True,
    predecessor=BEFORE,
    has_successor=True,
)


def found(cycle, check, earlier=()):
    profile = {finding.check: finding for finding in fidelity.profile(cycle, today=TODAY, earlier=earlier)}
    return profile.get(check)


def test_a_cycle_run_by_the_book_passes_all_that_applies():
    profile = fidelity.profile(GOOD, today=TODAY)
    assert {finding.outcome for finding in profile} == {Outcome.PASS}
    assert {finding.check for finding in profile} == set(Check) - {Check.F5}


@pytest.mark.parametrize(("check", "change", "outcome"), [
    (Check.F1, {"study_texts": ("ok", "")}, Outcome.WARN),
    (Check.F1, {"study_texts": ("tbd", "")}, Outcome.FAIL),
    (Check.F1, {"ended_on": None}, Outcome.FAIL),
    (Check.F1, {"state": CycleState.STUDYING}, Outcome.NOT_YET),
    (Check.F2, {"studied_on": date(2026, 5, 10)}, Outcome.FAIL),
    (Check.F2, {"studied_on": None}, Outcome.NOT_YET),
    (Check.F3, {"predicted_on": date(2026, 5, 5)}, Outcome.FAIL),
    (Check.F3, {"has_prediction": False}, Outcome.FAIL),
    (Check.F3, {"is_prediction_measured": False}, Outcome.WARN),
    (Check.F3, {"has_prediction": False, "began_on": None}, Outcome.NOT_YET),
    (Check.F4, {"comparison": " "}, Outcome.WARN),
    (Check.F4, {"comparison": " ", "prediction_outcome": PredictionOutcome.NO_DATA}, Outcome.FAIL),
    (Check.F5, {"predecessor": None}, Outcome.PASS),
    (Check.F5, {"predecessor": None, "scale_people": 60}, Outcome.FAIL),
    (Check.F5, {"predecessor": None, "scale_people": 60, "scale_sites": 1}, Outcome.PASS),
    (Check.F5, {"predecessor": None, "scale_people": None}, Outcome.WARN),
    (Check.F6, {"scale_people": 4}, Outcome.FAIL),
    (Check.F6, {"scale_people": 4, "predecessor": replace(BEFORE, decision=Decision.ADAPT)}, Outcome.PASS),
    (Check.F6, {"scale_people": None}, Outcome.WARN),
    (Check.F7, {"has_successor": False, "next_step": ""}, Outcome.WARN),
    (Check.F7, {"has_successor": False, "next_step": "", "predecessor": None}, Outcome.FAIL),
    (Check.F7, {"has_successor": False, "predecessor": None}, Outcome.WARN),
    (Check.F7, {"has_successor": False, "stop_reason": "No staff left"}, Outcome.PASS),
    (Check.F8, {"carried": ""}, Outcome.FAIL),
    (Check.F9, {"has_measure": False}, Outcome.FAIL),
    (Check.F9, {"periods_on": WEEKS[:2]}, Outcome.FAIL),
    (Check.F9, {"periods_on": WEEKS[:5:2]}, Outcome.FAIL),
    (Check.F9, {"began_on": WEEKS[0]}, Outcome.FAIL),
    (Check.F10, {"has_change_idea": False}, Outcome.FAIL),
    (Check.F11, {"has_balancing_measure": False, "decision_reason": ""}, Outcome.FAIL),
    (Check.F11, {"has_balancing_measure": False, "state": CycleState.ACTED}, Outcome.WARN),
    (Check.F11, {"has_balancing_measure": False}, Outcome.PASS),
    (Check.F12, {"began_on": date(2026, 4, 1)}, Outcome.WARN),
    (Check.F12, {"began_on": date(2026, 1, 1)}, Outcome.FAIL),
    (Check.F12, {"ended_on": None}, Outcome.NOT_YET),
    (Check.F13, {"flags": frozenset({FlagKind.PLAN_AFTER_BEGIN})}, Outcome.FAIL),
    (Check.F15, {"has_harm": True}, Outcome.WARN),
    (Check.F15, {"do_texts": ("A woman fainted at the desk",)}, Outcome.WARN),
])  # fmt: skip
def test_each_check_says_what_it_sees(check, change, outcome):
    assert found(replace(GOOD, **change), check).outcome is outcome


def test_a_copy_of_an_earlier_cycle_asks_what_differs():
    copy = replace(GOOD, number=5, carried="")
    assert found(copy, Check.F14, [GOOD]).outcome is Outcome.WARN
    assert found(copy, Check.F14, [GOOD]).values == {"n": 2}
    assert found(copy, Check.F14, [replace(GOOD, plan_texts=("Other words", "All different"))]).outcome is Outcome.PASS


def test_a_cycle_to_learn_something_skips_prediction_and_scale():
    checks = {finding.check for finding in fidelity.profile(replace(GOOD, is_explore=True), today=TODAY)}
    assert not checks & {Check.F3, Check.F5, Check.F6}


def test_a_cycle_that_was_not_run_has_no_profile():
    assert fidelity.profile(replace(GOOD, state=CycleState.NOT_RUN), today=TODAY) == ()


def test_an_empty_draft_has_nothing_to_answer_for():
    profile = fidelity.profile(CycleFacts(number=1, state=CycleState.DRAFT), today=TODAY)
    assert {finding.outcome for finding in profile} == {Outcome.NOT_YET}


def test_shares_count_only_what_could_be_judged():
    profiles = [fidelity.profile(each, today=TODAY) for each in (GOOD, replace(GOOD, has_prediction=False))]
    by_check = {share.check: share for share in fidelity.shares(profiles)}
    assert (by_check[Check.F3].n_passed, by_check[Check.F3].n_judged) == (1, 2)
    assert by_check[Check.F3].published_percent == 12.2
    assert by_check[Check.F5].n_judged == 0


def test_periods_in_a_row_are_counted_across_gaps():
    assert fidelity.longest_streak([], Cadence.WEEK) == 0
    assert fidelity.longest_streak([*WEEKS[:3], *WEEKS[5:]], Cadence.WEEK) == 3
    assert fidelity.longest_streak([date(2026, 1, 1), date(2026, 2, 1)], Cadence.MONTH) == 2

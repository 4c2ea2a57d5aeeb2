"""What a chart is said to mean: enough points first, then the run, the crossings, the single points."""

import random
from math import fsum

import pytest

from lms.improvement import spc
from lms.improvement.false_alarms import FALSE_ALARMS
from lms.improvement.spc import Kind, Side, Wanted
from lms.improvement.verdicts import Finding, Reason, RuleSet, alarms_per_100, judge

STEADY = [5, 7, 6, 4, 8, 5, 7, 4, 8, 6, 5, 7]


def test_no_numbers_no_verdict() -> None:
    for values in ([], [None, None]):
        verdict = judge(spc.run_chart(values), wanted=Wanted.UP)
        assert verdict.finding is Finding.NO_POINTS
        assert not verdict.is_signal


def test_fewer_than_ten_useful_points_make_a_picture_only() -> None:
    verdict = judge(spc.run_chart([1, 2, 3, 9, 9, 9, 9]), wanted=Wanted.UP)
    assert verdict.finding is Finding.TOO_FEW
    assert verdict.n_missing_useful == 10 - verdict.n_useful
    assert verdict.alarms_per_100 is None


def test_numbers_on_the_line_cannot_be_judged() -> None:
    verdict = judge(spc.run_chart([4] * 11 + [5, 6]), wanted=Wanted.UP)
    assert verdict.finding is Finding.ON_THE_LINE


def test_chance_alone_is_no_change() -> None:
    verdict = judge(spc.run_chart(STEADY), wanted=Wanted.UP)
    assert verdict.finding is Finding.NO_CHANGE
    assert verdict.rules is RuleSet.ANHOEJ
    assert verdict.alarms_per_100 == 1


@pytest.mark.parametrize(
    ("wanted", "finding"),
    [(Wanted.DOWN, Finding.BETTER), (Wanted.UP, Finding.WORSE), (Wanted.NEITHER, Finding.CHANGED)],
)
def test_a_long_run_below_the_old_line_is_better_or_worse_by_what_is_wanted(wanted: Wanted, finding: Finding) -> None:
    verdict = judge(spc.run_chart(STEADY + [1] * 9, freeze=12), wanted=wanted)
    assert verdict.finding is finding
    assert (verdict.reason, verdict.side, verdict.n_in_row) == (Reason.RUN, Side.BELOW, 9)
    assert verdict.positions == tuple(range(13, 22))
    assert verdict.is_against_baseline


def test_a_run_at_the_beginning_speaks_for_what_came_after() -> None:
    values = [9] * 9 + [3, 2, 6, 2, 3, 2, 6, 2, 3]
    verdict = judge(spc.run_chart(values, centre=5), wanted=Wanted.DOWN)
    assert verdict.finding is Finding.BETTER
    assert verdict.is_start
    assert verdict.side is Side.ABOVE


def test_a_run_that_ended_was_better_for_a_while() -> None:
    values = [*STEADY, *([1] * 9), 9, 8, 9]
    assert judge(spc.run_chart(values, freeze=12), wanted=Wanted.DOWN).finding is Finding.WAS_BETTER
    assert judge(spc.run_chart(values, freeze=12), wanted=Wanted.UP).finding is Finding.WAS_WORSE


def test_few_crossings_tell_a_direction_only_when_there_is_one() -> None:
    drift = [9, 8, 9, 8, 9, 8, 1, 9, 9, 2, 2, 1, 2, 9, 2, 1, 1, 2, 2, 1]
    verdict = judge(spc.run_chart(drift, centre=5), wanted=Wanted.DOWN)
    assert (verdict.reason, verdict.finding) == (Reason.CROSSINGS, Finding.BETTER)
    clumps = [9, 8, 9, 8, 9, 1, 2, 1, 2, 1, 9, 8, 9, 9, 8, 1, 2, 1, 2, 1]
    assert judge(spc.run_chart(clumps, centre=5), wanted=Wanted.DOWN).finding is Finding.CHANGED


def test_a_single_point_outside_the_limits_is_unusual_and_no_improvement() -> None:
    verdict = judge(spc.chart(Kind.C, [*STEADY, 40]), wanted=Wanted.UP)
    assert (verdict.finding, verdict.reason, verdict.positions) == (Finding.UNUSUAL, Reason.OUTSIDE, (13,))
    assert verdict.rules is RuleSet.ANHOEJ_AND_LIMITS


def test_limits_from_fewer_than_twelve_numbers_are_trial_limits() -> None:
    assert judge(spc.chart(Kind.I, STEADY[:11]), wanted=Wanted.UP).is_trial
    assert not judge(spc.chart(Kind.I, STEADY), wanted=Wanted.UP).is_trial
    assert not judge(spc.run_chart(STEADY[:11]), wanted=Wanted.UP).is_trial


def test_one_number_far_off_makes_nothing_better_by_pulling_the_line() -> None:
    verdict = judge(spc.chart(Kind.C, [*STEADY, 40, 6]), wanted=Wanted.UP)
    assert verdict.finding is Finding.UNUSUAL
    few_after = judge(spc.run_chart([1] * 10 + [9, 9], centre=5), wanted=Wanted.UP)
    assert few_after.finding is Finding.CHANGED


def test_only_the_last_phase_is_judged() -> None:
    verdict = judge(spc.run_chart(STEADY + [1] * 9, phases=[12]), wanted=Wanted.DOWN)
    assert verdict.finding is Finding.TOO_FEW


def test_a_frozen_line_cries_wolf_more_often() -> None:
    values = [1, 9] * 18
    assert alarms_per_100(spc.run_chart(values)) == 4
    assert alarms_per_100(spc.run_chart(values, freeze=20)) == 9
    assert alarms_per_100(spc.run_chart(values, freeze=12)) == 15
    assert alarms_per_100(spc.chart(Kind.I, values)) == 13


def test_what_nobody_measured_has_no_number() -> None:
    assert alarms_per_100(spc.run_chart(STEADY, centre=6)) is None
    assert alarms_per_100(spc.run_chart(STEADY * 2, freeze=8)) is None
    assert alarms_per_100(spc.chart(Kind.MR, STEADY)) is None
    assert alarms_per_100(spc.run_chart(STEADY * 13)) is None


@pytest.mark.parametrize(("baseline", "n_points"), [(None, 24), (12, 30)])
def test_the_table_of_false_alarms_can_be_drawn_again(baseline: int | None, n_points: int) -> None:
    rng = random.Random(7)
    n_series = 1500
    found = 0
    for _ in range(n_series):
        noise = [rng.gauss(0, 1) for _ in range(n_points)]
        found += spc.run_chart(noise, freeze=baseline).has_signal
    expected = next(share for n, share, _ in FALSE_ALARMS[baseline] if n == n_points)
    error = (expected * (1 - expected) / n_series) ** 0.5
    assert abs(found / n_series - expected) < 4 * error
    assert fsum(share for _, share, _ in FALSE_ALARMS[None]) < fsum(share for _, _, share in FALSE_ALARMS[None])

"""Plot the dots, Western Electric, Nelson and re-phasing: mirrors, edges, missing points."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.improvement import spc
from lms.improvement.spc import Meaning, Reason, Rule, Wanted

values = st.lists(st.integers(-30, 30), min_size=1, max_size=40)
few = settings(max_examples=60)

MIRROR = {
    Reason.ABOVE: Reason.BELOW,
    Reason.RISING: Reason.FALLING,
    Reason.TWO_OF_THREE_ABOVE: Reason.TWO_OF_THREE_BELOW,
    Reason.SHIFT_ABOVE: Reason.SHIFT_BELOW,
    Reason.COMMON: Reason.COMMON,
}
MIRROR |= {other: one for one, other in MIRROR.items()}


@few
@given(values, st.booleans())
def test_mirrored_dots_have_mirrored_reasons_and_the_same_meaning(y: list[int], screened: bool) -> None:
    dots = spc.plot_the_dots(y, wanted=Wanted.UP, screened=screened).dots
    mirrored = spc.plot_the_dots([-v for v in y], wanted=Wanted.DOWN, screened=screened).dots
    assert [dot.reason for dot in mirrored] == [MIRROR[dot.reason] for dot in dots]
    assert [dot.meaning for dot in mirrored] == [dot.meaning for dot in dots]


@few
@given(values, st.integers(1, 5))
def test_mirrored_values_break_the_same_rules(y: list[int], sigma: int) -> None:
    assert spc.broken_rules(y, centre=0, sigma=sigma) == spc.broken_rules([-v for v in y], centre=0, sigma=sigma)


@few
@given(st.lists(st.integers(-9, 9), min_size=22, max_size=40))
def test_phases_are_looked_for_on_either_side(y: list[int]) -> None:
    up = spc.suggest_phases(y, wanted=Wanted.UP)
    down = spc.suggest_phases([-v for v in y], wanted=Wanted.DOWN)
    assert [(s.median, s.first, s.last) for s in up] == [(-s.median, s.first, s.last) for s in down]


def test_a_missing_point_breaks_a_trend_and_a_shift() -> None:
    rising = [50, 51, 49, 50, 51, 49, 1, 2, 3, 4, 5, 6, 7]
    assert spc.plot_the_dots(rising).dots[9].reason is not Reason.COMMON
    with_gap = [50, 51, 49, 50, 51, 49, 1, 2, 3, None, 5, 6, 7]
    dots = spc.plot_the_dots(with_gap).dots
    assert dots[9].reason is Reason.COMMON
    assert Reason.RISING not in {dot.reason for dot in dots}


def test_limits_are_fixed_by_twelve_points_or_more() -> None:
    with pytest.raises(spc.InvalidChart):
        spc.plot_the_dots([1, 2, 3] * 8, fix_after=11)
    fixed = spc.plot_the_dots([1, 2, 3] * 4 + [9] * 6, fix_after=12)
    assert {dot.mean for dot in fixed.dots} == {2}


def test_neither_way_is_better_when_nobody_says_so() -> None:
    dots = spc.plot_the_dots([5, 6, 5, 4, 5, 6, 5, 4, 5, 6, 5, 20, -10], wanted=Wanted.NEITHER).dots
    assert [dot.meaning for dot in dots[-2:]] == [Meaning.HIGH, Meaning.LOW]


@pytest.mark.parametrize(
    ("target", "wanted", "assurance"),
    [
        (90, Wanted.UP, spc.Assurance.FAILS),
        (90, Wanted.DOWN, spc.Assurance.PASSES),
        (10, Wanted.UP, spc.Assurance.PASSES),
        (10, Wanted.DOWN, spc.Assurance.FAILS),
        (50, Wanted.UP, spc.Assurance.UNSURE),
        (50, Wanted.NEITHER, None),
        (None, Wanted.UP, None),
    ],
)
def test_assurance(target: float | None, wanted: Wanted, assurance: spc.Assurance | None) -> None:
    assert spc.plot_the_dots([50, 53, 48, 51, 54, 49, 52], wanted=wanted, target=target).assurance is assurance


def test_no_dots_make_an_empty_chart() -> None:
    empty = spc.plot_the_dots([], target=4)
    assert empty.dots == ()
    assert empty.assurance is None


def test_rules_mark_the_point_that_completes_the_pattern() -> None:
    broken = spc.broken_rules([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], centre=0, sigma=4)
    assert broken[Rule.WE4] == (8, 9, 10)
    assert broken[Rule.NELSON2] == (9, 10)
    assert spc.broken_rules([1, 2, 3, 4, 5, 6, 6], centre=9, sigma=9)[Rule.NELSON3] == (6,)
    assert spc.broken_rules([1, -1] * 7 + [1], centre=0, sigma=9)[Rule.NELSON4] == (14, 15)
    assert spc.broken_rules([1, -1] * 8, centre=0, sigma=1)[Rule.NELSON7] == (15, 16)
    assert spc.broken_rules([2, -2] * 4, centre=0, sigma=1)[Rule.NELSON8] == (8,)
    assert spc.broken_rules([2] * 8, centre=0, sigma=1)[Rule.NELSON8] == ()


def test_a_missing_point_meets_no_rule() -> None:
    broken = spc.broken_rules([5, None, 5, 1, 1, None, 1, 1, 1, 1, 1, 1], centre=0, sigma=1)
    assert broken[Rule.WE1] == (1, 3)
    assert broken[Rule.WE2] == broken[Rule.WE4] == ()


def test_too_few_points_suggest_no_phase() -> None:
    with pytest.raises(spc.InvalidChart):
        spc.suggest_phases([1] * 21)
    with pytest.raises(spc.InvalidChart):
        spc.suggest_phases([None] * 13 + [1] * 9)

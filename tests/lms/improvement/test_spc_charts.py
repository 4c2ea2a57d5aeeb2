"""What must hold for any data: mirroring, shifting and scaling the values mirrors, shifts and scales the chart."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.improvement import spc
from lms.improvement.spc import Kind

# Whole numbers keep the arithmetic of the comparison exact enough to know ties; None is a missing period.
values = st.lists(st.one_of(st.integers(-50, 50), st.none()), min_size=1, max_size=40)
counts = st.lists(st.one_of(st.integers(0, 40), st.none()), min_size=1, max_size=30)
few = settings(max_examples=60)


def _lines(chart: spc.Chart) -> list[tuple[float | None, ...]]:
    return [(point.value, point.centre, point.lower, point.upper) for point in chart.points]


def _assert_close(found: list[tuple[float | None, ...]], expected: list[tuple[float | None, ...]]) -> None:
    for one, other in zip(found, expected, strict=True):
        for a, b in zip(one, other, strict=True):
            assert (a is None) is (b is None)
            assert a is None or b is None or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-7)


def _runs(chart: spc.Chart) -> list[tuple[int, int | None, int | None, bool]]:
    return [(phase.n_useful, phase.longest_run, phase.n_crossings, phase.has_signal) for phase in chart.phases]


@few
@given(values)
def test_a_mirrored_run_chart_is_the_mirror_image(y: list[int | None]) -> None:
    chart, mirrored = spc.run_chart(y), spc.run_chart([None if v is None else -v for v in y])
    _assert_close(_lines(mirrored), [tuple(None if v is None else -v for v in row) for row in _lines(chart)])
    assert _runs(mirrored) == _runs(chart)
    for phase, other in zip(chart.phases, mirrored.phases, strict=True):
        assert [(run.side.other, run.positions) for run in phase.runs] == [
            (run.side, run.positions) for run in other.runs
        ]


@few
@given(values, st.integers(-1000, 1000))
def test_a_shifted_run_chart_is_the_same_chart_elsewhere(y: list[int | None], by: int) -> None:
    chart, shifted = spc.run_chart(y), spc.run_chart([None if v is None else v + by for v in y])
    _assert_close(_lines(shifted), [tuple(None if v is None else v + by for v in row) for row in _lines(chart)])
    assert _runs(shifted) == _runs(chart)


@few
@given(values, st.sampled_from([0.25, 2, 8]), st.booleans())
def test_scaled_individual_values_scale_their_limits(y: list[int | None], factor: float, screened: bool) -> None:
    given_settings = spc.Settings(screened=screened)
    chart = spc.chart(Kind.I, y, settings=given_settings)
    scaled = spc.chart(Kind.I, [None if v is None else v * factor for v in y], settings=given_settings)
    _assert_close(_lines(scaled), [tuple(None if v is None else v * factor for v in row) for row in _lines(chart)])
    assert scaled.outside_at == chart.outside_at
    assert _runs(scaled) == _runs(chart)


@few
@given(values)
def test_mirrored_individual_values_swap_their_limits(y: list[int | None]) -> None:
    chart, mirrored = spc.chart(Kind.I, y), spc.chart(Kind.I, [None if v is None else -v for v in y])
    assert mirrored.outside_at == chart.outside_at
    for point, other in zip(chart.points, mirrored.points, strict=True):
        assert (point.upper is None) is (other.lower is None)
        if point.upper is not None and other.lower is not None:
            assert other.lower == pytest.approx(-point.upper, abs=1e-9)


@few
@given(counts, st.sampled_from([2, 3, 10]))
def test_a_rate_does_not_depend_on_the_unit_of_exposure(y: list[int | None], factor: int) -> None:
    days = [7 + (i % 3) for i in range(len(y))]
    chart = spc.chart(Kind.U, y, days, settings=spc.Settings(multiply=1000))
    hours = spc.chart(Kind.U, y, [day * factor for day in days], settings=spc.Settings(multiply=1000 * factor))
    _assert_close(_lines(hours), _lines(chart))


@few
@given(values, st.sets(st.integers(1, 40), max_size=4))
def test_points_on_the_line_or_missing_change_no_run(y: list[int | None], at: set[int]) -> None:
    with_ties: list[int | None] = []
    for position, value in enumerate(y, 1):
        with_ties += [value, *([0, None] if position in at else [])]
    plain, tied = spc.run_chart(y, centre=0), spc.run_chart(with_ties, centre=0)
    assert _runs(tied) == _runs(plain)


@few
@given(counts)
def test_limits_hold_the_centre_between_them(y: list[int | None]) -> None:
    n = [20 + (i % 4) * 5 for i in range(len(y))]
    shares = [None if v is None else min(v, 20) for v in y]
    for chart in (
        spc.chart(Kind.P, shares, n),
        spc.chart(Kind.U, y, n),
        spc.chart(Kind.C, y),
        spc.chart(Kind.P_PRIME, shares, n),
    ):
        for point in chart.points:
            if point.centre is not None and point.lower is not None and point.upper is not None:
                assert 0 <= point.lower <= point.centre + 1e-12
                assert point.upper >= point.centre - 1e-12


def test_a_missing_point_is_never_zero() -> None:
    chart = spc.chart(Kind.C, [4, None, 6])
    assert chart.points[0].centre == 5
    assert chart.points[1].value is None


def test_no_points_make_an_empty_chart() -> None:
    chart = spc.run_chart([])
    assert chart.points == chart.phases == ()
    assert not chart.has_signal
    assert chart.n_useful == 0


def test_a_chart_of_missing_points_says_nothing() -> None:
    for kind in (Kind.RUN, Kind.I, Kind.MR, Kind.C, Kind.G, Kind.T):
        chart = spc.chart(kind, [None] * 12)
        assert not chart.has_signal
        assert all(point.value is None and point.centre is None for point in chart.points)


def test_freezing_keeps_the_baseline_and_asks_all_points() -> None:
    y = [5, 7] * 6 + [2] * 9
    frozen = spc.run_chart(y, freeze=12)
    assert {point.centre for point in frozen.points} == {6}
    assert frozen.phases[0].runs[0].positions == tuple(range(13, 22))
    assert frozen.has_signal


def test_rules_never_cross_from_one_phase_to_the_next() -> None:
    y = [5, 7] * 6 + [2, 3] * 6
    assert spc.run_chart(y).has_signal
    phased = spc.run_chart(y, phases=[12])
    assert [phase.first for phase in phased.phases] == [1, 13]
    assert not phased.has_signal


def test_what_lies_beyond_the_data_has_no_effect() -> None:
    y = [4, 6, 5, 7]
    assert spc.run_chart(y, freeze=12, exclude=[9]).points == spc.run_chart(y).points
    assert len(spc.run_chart(y, phases=[4, 9]).phases) == 1


def test_a_baseline_of_nothing_is_refused() -> None:
    with pytest.raises(spc.InvalidChart):
        spc.Settings(freeze=0)
    with pytest.raises(spc.InvalidChart):
        spc.Settings(exclude=(0,))


@pytest.mark.parametrize(
    ("kind", "y", "n"),
    [
        (Kind.P, [1, 2], None),
        (Kind.U, [1, 2], [1]),
        (Kind.I, [math.inf], None),
        (Kind.P, [1], [-1]),
    ],
)
def test_numbers_that_do_not_belong_together_are_refused(kind: Kind, y: list[float], n: list[float] | None) -> None:
    with pytest.raises(spc.InvalidChart):
        spc.chart(kind, y, n)


def test_events_over_a_denominator_of_zero_are_refused_at_entry() -> None:
    with pytest.raises(spc.OrphanNumerator) as refusal:
        spc.check_rate([1, 2], [4, 0])
    assert refusal.value.position == 2


def test_huge_numbers_are_undefined_rather_than_wrong() -> None:
    chart = spc.chart(Kind.I, [1e308, 1e308, -1e308, 1e308])
    assert not chart.points[0].is_outside


def test_time_between_events_of_zero_is_refused() -> None:
    with pytest.raises(spc.TimeNotPositive):
        spc.chart(Kind.T, [3, 0, 4])


def test_a_given_centre_of_a_t_chart_is_a_time() -> None:
    chart = spc.chart(Kind.T, [9, 21, 4, 33], settings=spc.Settings(centre=14))
    assert chart.points[0].centre == pytest.approx(14)


def test_subgroups_of_unequal_size_are_pooled() -> None:
    y, x = [1, 3, 2, 4, 6, 5, 5], [1, 1, 2, 2, 2, 3, 3]
    chart = spc.chart(Kind.XBAR, y, subgroups=x)
    assert [point.value for point in chart.points] == [2, 4, 5]
    within = math.sqrt((1 * 2 + 2 * 4 + 1 * 0) / 4)
    assert chart.points[0].upper == pytest.approx(26 / 7 + 3 * within / (math.sqrt(2 / math.pi) * math.sqrt(2)))
    assert chart.points[0].upper - chart.points[0].centre > chart.points[1].upper - chart.points[1].centre


def test_wider_limits_are_offered_only_for_large_and_restless_data() -> None:
    y, n = [500, 900, 480, 950, 510, 890], [1000] * 6
    assert spc.wider_kind(spc.chart(Kind.P, y, n), n) is Kind.P_PRIME
    small = [v // 100 for v in y]
    assert spc.wider_kind(spc.chart(Kind.P, small, [10] * 6), [10] * 6) is None
    assert spc.wider_kind(spc.run_chart(y), n) is None


def test_a_chart_of_36_points_takes_well_under_5_ms() -> None:
    y = [(7 * i) % 23 for i in range(36)]
    spc.run_chart(y)
    durations = []
    for _ in range(20):
        started = time.perf_counter()
        spc.chart(Kind.P, y, [40] * 36)
        durations.append(time.perf_counter() - started)
    assert min(durations) < 0.003

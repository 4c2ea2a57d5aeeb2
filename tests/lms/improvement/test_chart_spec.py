"""What a chart is made of: stored and read back, computed with every setting, and refused where it cannot be."""

import json
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask, render_template_string
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.improvement import pictures, spc
from lms.improvement.chart_rules import AdviceReason, Flaw, advise, fitting_kinds, flaw_of_kind, flaws_of, suggest_phase
from lms.improvement.chart_spec import (
    KINDS,
    BegunLine,
    ChartPlan,
    DefinitionLine,
    Exclusion,
    NumberLine,
    PhaseStart,
    Spec,
    compute,
    from_json,
    plain_plan,
    to_json,
    verdict_from_json,
    verdict_to_json,
)
from lms.improvement.false_alarms import OTHER_FALSE_ALARMS, share_of_noise
from lms.improvement.rules import Cadence, Direction, Unit
from lms.improvement.spc import Kind, Wanted
from lms.improvement.verdicts import Finding, Reason, RuleSet, alarms_per_100, judge, usual_rules

FIRST = date(2026, 1, 5)
STEADY = [5, 7, 6, 4, 8, 5, 7, 4, 8, 6, 5, 7, 6]
BETTER = [15, 16, 14, 15, 17, 16, 15, 14, 16]
PAGE = """{% from "macros/run_chart.html" import run_chart, small_run_chart %}
{{ run_chart(picture, title="Kits", id="one") }}{{ small_run_chart(picture, title="Kits", id="two") }}"""


def week(number: int) -> date:
    """The first day of a week, counted from 1."""
    return FIRST + timedelta(weeks=number - 1)


def spec_of(
    values: list[float | None], unit: Unit = Unit.PERCENT, plan: ChartPlan | None = None, **more: object
) -> Spec:
    definition = DefinitionLine(1, unit, 1000 if unit is Unit.RATE else None, Cadence.WEEK, Direction.UP, None, None)
    size = 20.0 if unit in {Unit.PERCENT, Unit.RATE} else None
    numbers = tuple(
        NumberLine(week(n), 1, value, size if value is not None else None, "") for n, value in enumerate(values, 1)
    )
    return Spec(name="Kits", plan=plan or plain_plan(Kind.RUN), definitions=(definition,), numbers=numbers, **more)  # type: ignore[arg-type]


@settings(max_examples=40, derandomize=True)
@given(
    st.lists(st.one_of(st.integers(0, 20), st.none()), min_size=1, max_size=40),
    st.sampled_from(KINDS),
    st.sampled_from(list(RuleSet)),
    st.integers(1, 40),
    st.booleans(),
)
def test_a_spec_that_was_stored_gives_the_same_chart(
    values: list[float | None], kind: Kind, rules: RuleSet, at: int, is_screened: bool
) -> None:
    plan = ChartPlan(
        kind=kind,
        rules=rules,
        freeze_on=week(at),
        phases=(PhaseStart(week(at), "a reason", 4, 2),) if at % 2 else (),
        exclusions=(Exclusion(week(1), "snow"),),
        is_screened=is_screened,
        centre=0.1 if at % 3 else None,
    )
    spec = spec_of(values, plan=plan, cycles=(BegunLine(1, 1, "Try", week(2)),))
    again = from_json(json.loads(json.dumps(to_json(spec))))
    assert again == spec
    assert compute(again) == compute(spec)
    verdict = compute(spec).verdict
    assert verdict_from_json(json.loads(json.dumps(verdict_to_json(verdict)))) == verdict


def test_without_settings_the_chart_is_as_its_kind_has_it() -> None:
    computed = compute(spec_of([*STEADY, *BETTER]))
    assert computed.verdict == judge(spc.run_chart(list(computed.values)), wanted=Wanted.UP)
    assert computed.chart.points[0].value == 25


def test_periods_of_a_plan_become_positions() -> None:
    plan = ChartPlan(kind=Kind.P, rules=RuleSet.ANHOEJ_AND_LIMITS, freeze_on=week(13), centre=25,
                     exclusions=(Exclusion(week(3), "snow"), Exclusion(week(90), "later")))  # fmt: skip
    found = compute(spec_of([*STEADY, *BETTER], plan=plan)).chart.settings
    assert (found.freeze, found.exclude, found.centre, found.multiply) == (13, (3,), 0.25, 100)


def test_another_definition_begins_a_phase_whatever_the_settings_say() -> None:
    spec = spec_of([*STEADY, *BETTER], plan=replace(plain_plan(Kind.RUN), freeze_on=week(12)))
    second = replace(spec, definitions=(*spec.definitions, spec.now._replace(id=2, holds_from_on=week(14))))
    computed = compute(second)
    assert [phase.last for phase in computed.chart.phases] == [13, 22]
    assert computed.phase_starts == {14: None}
    assert flaws_of(second) == {"freeze_on": Flaw.WITH_PHASES}


def test_screening_that_leaves_nothing_is_not_done() -> None:
    plan = ChartPlan(kind=Kind.I, rules=RuleSet.ANHOEJ_AND_LIMITS, is_screened=True)
    computed = compute(spec_of([0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0], unit=Unit.COUNT, plan=plan))
    assert computed.is_unscreened
    assert len(computed.chart.outside_at) < 3
    spec = spec_of([0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0], unit=Unit.COUNT, plan=plan)
    assert flaws_of(spec) == {"is_screened": Flaw.SCREENS_ALL}


def test_a_kind_that_cannot_be_drawn_becomes_a_run_chart() -> None:
    computed = compute(spec_of([3, 0, 4], unit=Unit.DAYS, plan=plain_plan(Kind.T)))
    assert computed.is_stand_in
    assert computed.chart.kind is Kind.RUN


# ---------------------------------------------------------------- advice


@pytest.mark.parametrize(
    ("unit", "values", "kind", "reason"),
    [
        (Unit.PERCENT, STEADY, Kind.P, AdviceReason.SHARES),
        (Unit.RATE, STEADY, Kind.U, AdviceReason.RATES),
        (Unit.COUNT, STEADY, Kind.C, AdviceReason.COUNTS),
        (Unit.COUNT, [0, 0, 1, 0, 0, 0, 2, 0, 0], Kind.C, AdviceReason.RARE),
        (Unit.HOURS, STEADY, Kind.I, AdviceReason.VALUES),
    ],
)
def test_the_chart_that_fits_is_named_with_its_reason(
    unit: Unit, values: list[float | None], kind: Kind, reason: AdviceReason
) -> None:
    advice = advise(spec_of(values, unit=unit))
    assert (advice.kind, advice.reason) == (kind, reason)
    assert advice.is_early == (len(values) < 12)


def test_large_shares_that_vary_get_the_wider_kind() -> None:
    spec = spec_of([1] * 12)
    numbers = tuple(
        each._replace(numerator=n, denominator=1000.0) for each, n in zip(spec.numbers, [400, 600] * 6, strict=True)
    )
    assert advise(replace(spec, numbers=numbers)).kind is Kind.P_PRIME


def test_every_kind_fits_what_it_is_offered_for() -> None:
    for unit in Unit:
        assert [flaw_of_kind(kind, unit) for kind in fitting_kinds(unit)] == [None] * len(fitting_kinds(unit))
    assert flaw_of_kind(Kind.P, Unit.COUNT) is Flaw.NEEDS_TWO_NUMBERS
    assert flaw_of_kind(Kind.G, Unit.HOURS) is Flaw.FOR_COUNTS


# ---------------------------------------------------------------- phases


def phased(values: list[float | None], *starts: int) -> Spec:
    phases = tuple(PhaseStart(week(start), "because") for start in starts)
    return spec_of(values, plan=replace(plain_plan(Kind.RUN), phases=phases))


def test_a_phase_is_suggested_only_where_it_would_be_taken() -> None:
    found = suggest_phase(spec_of([*STEADY, *BETTER]))
    assert found is not None
    assert found.first_on == week(14)
    assert not flaws_of(phased([*STEADY, *BETTER], 14))
    assert suggest_phase(spec_of([*STEADY, *STEADY])) is None
    assert suggest_phase(spec_of(STEADY)) is None
    assert suggest_phase(phased([*STEADY, *BETTER], 14)) is None


@pytest.mark.parametrize(
    ("starts", "flaw"),
    [
        ((5,), Flaw.NO_LASTING_CHANGE),
        ((16,), Flaw.TOO_FEW_AFTER),
        ((1,), Flaw.FIRST_PERIOD),
        ((40,), Flaw.BEYOND_DATA),
        ((10, 14), Flaw.OVERLAPS),
    ],
)
def test_a_phase_that_may_not_begin_says_why(starts: tuple[int, ...], flaw: Flaw) -> None:
    assert flaw in flaws_of(phased([*STEADY, *BETTER], *starts)).values()


def test_a_phase_that_holds_already_is_not_asked_again() -> None:
    spec = phased([*STEADY, *STEADY], 14)
    assert flaws_of(spec)
    assert not flaws_of(spec, spec.plan.phases)


@settings(max_examples=30, derandomize=True)
@given(st.integers(0, 10_000))
def test_noise_is_hardly_ever_given_a_new_line(seed: int) -> None:
    rng = random.Random(seed)
    suggestion = suggest_phase(spec_of([rng.gauss(10, 2) for _ in range(36)], unit=Unit.HOURS))
    assert suggestion is None or suggestion.n_in_row == 9


# ---------------------------------------------------------------- plot the dots


def dots(values: list[float], wanted: Direction = Direction.UP) -> Spec:
    spec = spec_of(list(values), unit=Unit.HOURS, plan=ChartPlan(kind=Kind.I, rules=RuleSet.DOTS))
    return replace(spec, definitions=(spec.now._replace(direction=wanted),))


@pytest.mark.parametrize(
    ("values", "finding", "reason"),
    [
        (STEADY, Finding.NO_CHANGE, None),
        ([*STEADY, 30], Finding.UNUSUAL, Reason.OUTSIDE),
        ([5, 9, 5, 9, 5, 9, 5, 9, 2, 3, 4, 5, 6, 7, 8], Finding.BETTER, Reason.TREND),
        ([5, 9, 5, 9, 5, 9, 5, 9, 8, 7, 6, 5, 4, 3, 2], Finding.WORSE, Reason.TREND),
        ([5, 9, 5, 9, 5, 9, 5, 9, 5, 9, 8, 9, 8, 9, 8, 9, 8], Finding.BETTER, Reason.RUN),
        ([8, 9, 8, 9, 8, 9, 8, 5, 9, 5, 4, 8, 4, 9, 5, 6], Finding.WAS_BETTER, Reason.RUN),
    ],
)
def test_the_dots_speak_by_their_own_rules(values: list[float], finding: Finding, reason: Reason | None) -> None:
    computed = compute(dots(values))
    assert (computed.verdict.finding, computed.verdict.reason) == (finding, reason)
    assert computed.verdict.rules is RuleSet.DOTS


def test_the_dots_bring_their_own_limits_and_their_own_alarms() -> None:
    computed = compute(dots([*STEADY, *STEADY[:11]]))
    plotted = spc.plot_the_dots(list(computed.values))
    assert [point.upper for point in computed.chart.points] == [dot.upper for dot in plotted.dots]
    assert computed.verdict.alarms_per_100 == 15  # at 24 points, not screened
    screened = compute(replace(dots(STEADY), plan=replace(dots(STEADY).plan, is_screened=True)))
    assert screened.verdict.alarms_per_100 is not None


@pytest.mark.parametrize(("column", "n_points"), [("dots", 24), ("dots-screened", 12), ("runs-about-mean", 24)])
def test_the_shares_of_noise_can_be_drawn_again(column: str, n_points: int) -> None:
    rng, n_series = random.Random(3), 1500
    found = 0
    for _ in range(n_series):
        noise = [rng.gauss(0, 1) for _ in range(n_points)]
        if column == "runs-about-mean":
            found += any(phase.has_signal for phase in spc.chart(Kind.I, noise).phases)
        else:
            plotted = spc.plot_the_dots(noise, screened=column == "dots-screened")
            found += any(dot.reason is not spc.Reason.COMMON for dot in plotted.dots)
    expected = share_of_noise(column, baseline=None, n_useful=n_points) or 0
    assert abs(found / n_series - expected) < 4 * (expected * (1 - expected) / n_series) ** 0.5
    assert all(set(rows) == {None, 12, 20} for rows in OTHER_FALSE_ALARMS.values())


def test_nobody_says_how_often_screened_limits_cry_wolf() -> None:
    chart = spc.chart(Kind.I, STEADY, settings=spc.Settings(screened=True))
    assert alarms_per_100(chart) is None
    assert alarms_per_100(chart, RuleSet.ANHOEJ) == alarms_per_100(spc.chart(Kind.I, STEADY), RuleSet.ANHOEJ)


def test_runs_alone_leave_numbers_outside_the_limits_alone() -> None:
    chart = spc.chart(Kind.I, [*STEADY, 16])
    assert judge(chart, wanted=Wanted.UP).reason is Reason.OUTSIDE
    quiet = judge(chart, wanted=Wanted.UP, rules=RuleSet.ANHOEJ)
    assert not quiet.is_signal
    picture = pictures.draw(chart, labels=[str(n) for n in range(14)], verdict=quiet)
    assert not any(dot.is_signal for dot in picture.dots)


# ---------------------------------------------------------------- every kind, drawn


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_drawn_with_all_its_parts(app: Flask, kind: Kind) -> None:
    values: list[float | None] = [5, 7, 6, 4, 8, 5, 7, 4, 8, 6, 5, 7, 6, 2, 1, 2, 1, 2, 1, 2, 1, 2]
    shares = spc.NEEDS_DENOMINATORS[kind] or kind is Kind.I_PRIME
    subgroups = None
    y, n = values, [20.0 + i % 3 for i in range(22)] if shares else None
    if kind in {Kind.XBAR, Kind.S}:
        y, subgroups = [*values, *values[::-1]], [*range(22), *range(22)]
    phased = spc.chart(kind, y, n, subgroups=subgroups, settings=spc.Settings(phases=(11,), exclude=(3,)))
    picture = pictures.draw(
        phased,
        labels=[f"Week {i}" for i in range(22)],
        target=3,
        remarks=pictures.Remarks(left_out={3: "Snow"}, phases={12: "We moved"}),
    )
    with app.test_request_context():
        page = render_template_string(PAGE, picture=picture)
    assert page.count('class="chart-centre"') == 2 * 2
    assert ("chart-limit" in page) == (kind is not Kind.RUN)
    assert "chart-break" in page
    assert ("chart-target" in page) == (kind not in {Kind.MR, Kind.S})
    assert "chart-cross" in page
    assert "We moved" in page
    assert "Snow" in page
    assert usual_rules(kind) is picture.verdict.rules
    if kind in {Kind.P, Kind.U, Kind.I_PRIME}:
        assert len(picture.bands) > 10  # stepped where the limits vary

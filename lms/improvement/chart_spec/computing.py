"""Turning a spec into a chart with its verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from lms.improvement import rules, spc
from lms.improvement.chart_spec.parts import (
    WITH_DENOMINATORS,
    WITH_RANGES,
    DefinitionLine,
    NumberLine,
    PhaseStart,
    Spec,
)
from lms.improvement.spc import Chart, DotsChart, Kind, Point
from lms.improvement.verdicts import RuleSet, Verdict, judge, usual_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A spec, computed. Position 1 is the first period."""

    spec: Spec
    periods_on: tuple[date, ...]
    values: tuple[float | None, ...]
    denominators: tuple[float | None, ...]
    chart: Chart
    plotted: DotsChart | None
    verdict: Verdict
    left_out: Mapping[int, str] = field(default_factory=dict)  # position → why
    phase_starts: Mapping[int, PhaseStart | None] = field(default_factory=dict)  # position → why, None: a definition
    is_stand_in: bool = False  # The chosen kind cannot be drawn from these numbers; this is a run chart.
    is_unscreened: bool = False  # Screening would leave no range, so it was not done.


def compute(spec: Spec) -> Computed:
    """Turn a spec into a chart with its verdict. What cannot be drawn as chosen is drawn as a run chart, and said."""
    numbers = {each.period_on: each for each in spec.numbers}
    periods = rules.list_periods(min(numbers), max(numbers), spec.now.cadence) if numbers else []
    by_id = {definition.id: definition for definition in spec.definitions}
    shares = [_share_of(numbers.get(period)) for period in periods]
    values = tuple(_value(numbers.get(period), by_id) for period in periods)
    starts = phase_starts(spec, periods)
    left_out = {
        position: reason
        for period_on, reason in spec.plan.exclusions
        if (position := _position(period_on, periods)) is not None
    }
    drawn = _drawn(spec, values, shares, settings_of(spec, periods, starts, left_out))
    wanted = spc.Wanted(spec.now.direction.value)
    rule_set = usual_rules(drawn.chart.kind) if drawn.is_stand_in else spec.plan.rules
    return Computed(
        spec=spec,
        periods_on=tuple(periods),
        values=values,
        denominators=tuple(below for _above, below in shares),
        chart=drawn.chart,
        plotted=drawn.plotted,
        verdict=judge(drawn.chart, wanted=wanted, rules=rule_set, plotted=drawn.plotted),
        left_out=left_out,
        phase_starts=starts,
        is_stand_in=drawn.is_stand_in,
        is_unscreened=drawn.is_unscreened,
    )


def phase_starts(spec: Spec, periods: Sequence[date]) -> dict[int, PhaseStart | None]:
    """Return where phases begin, by position: those that were set, and where something else began to be counted."""
    begins: dict[date, PhaseStart | None] = {
        each.holds_from_on: None for each in spec.definitions if each.holds_from_on is not None
    }
    begins |= {start.first_on: start for start in spec.plan.phases}
    at = {sum(period < first_on for period in periods) + 1: why for first_on, why in sorted(begins.items())}
    return {position: why for position, why in at.items() if 1 < position <= len(periods)}


def settings_of(
    spec: Spec, periods: Sequence[date], starts: Mapping[int, PhaseStart | None], left_out: Mapping[int, str]
) -> spc.Settings:
    """Return the settings of the pure room for these periods."""
    plan = spec.plan
    multiply = spec.scale if plan.kind in WITH_DENOMINATORS else 1
    return spc.Settings(
        freeze=sum(period <= plan.freeze_on for period in periods) or None if plan.freeze_on else None,
        phases=tuple(position - 1 for position in sorted(starts)),
        exclude=tuple(sorted(left_out)),
        centre=None if plan.centre is None else plan.centre / multiply,
        screened=plan.is_screened and plan.kind in WITH_RANGES,
        multiply=multiply,
        allows_negative=False,
    )


class _Drawn(NamedTuple):
    chart: Chart
    plotted: DotsChart | None = None
    is_stand_in: bool = False
    is_unscreened: bool = False


def _drawn(
    spec: Spec,
    values: Sequence[float | None],
    shares: Sequence[tuple[float | None, float | None]],
    settings: spc.Settings,
) -> _Drawn:
    try:
        return _as_chosen(spec, values, shares, settings)
    except spc.SpcError:
        plain = spc.Settings(phases=settings.phases, exclude=settings.exclude)
        return _Drawn(spc.chart(Kind.RUN, values, settings=plain), is_stand_in=True)


def _as_chosen(
    spec: Spec,
    values: Sequence[float | None],
    shares: Sequence[tuple[float | None, float | None]],
    settings: spc.Settings,
) -> _Drawn:
    if spec.plan.kind in WITH_DENOMINATORS:
        above, below = [pair[0] for pair in shares], [pair[1] for pair in shares]
    else:
        above, below = list(values), None
    chart = spc.chart(spec.plan.kind, above, below, settings=settings)
    if settings.screened and is_screened_away(chart):
        kept = _as_chosen(spec, values, shares, replace(settings, screened=False))
        return kept._replace(is_unscreened=True)
    if spec.plan.rules is not RuleSet.DOTS or spec.plan.kind is not Kind.I:
        return _Drawn(chart)
    plotted = spc.plot_the_dots(
        values,
        phases=[last + 1 for last in settings.phases],
        fix_after=None if settings.phases else settings.freeze,
        wanted=spc.Wanted(spec.now.direction.value),
        target=spec.now.target,
        screened=settings.screened,
    )
    return _Drawn(_with_lines_of(chart, plotted), plotted)


def is_screened_away(chart: Chart) -> bool:
    """Say whether screening left no range in a phase though its numbers vary: then every point would be a signal."""
    return any(_has_no_width(chart.points[phase.first - 1 : phase.last]) for phase in chart.phases)


def _has_no_width(points: Sequence[Point]) -> bool:
    known = {point.value for point in points if point.value is not None}
    return len(known) > 1 and all(point.upper is None or point.upper == point.centre for point in points)


def _with_lines_of(chart: Chart, plotted: DotsChart) -> Chart:
    """Give a chart the limits of plot-the-dots: 2.66 average ranges instead of 3 / 1.128, never below nothing."""
    is_positive = all((dot.value or 0) >= 0 for dot in plotted.dots)

    def point_of(point: Point, dot: spc.Dot) -> Point:
        lower = max(dot.lower, 0) if dot.lower is not None and is_positive else dot.lower
        return replace(point, centre=dot.mean, lower=lower, upper=dot.upper, is_outside=bool(dot.is_outside))

    pairs = zip(chart.points, plotted.dots, strict=True)
    return replace(chart, points=tuple(point_of(point, dot) for point, dot in pairs))


def _share_of(entry: NumberLine | None) -> tuple[float | None, float | None]:
    return (entry.numerator, entry.denominator) if entry else (None, None)


def _value(entry: NumberLine | None, definitions: Mapping[int, DefinitionLine]) -> float | None:
    if entry is None:
        return None
    definition = definitions[entry.definition_id]
    return rules.value_of(definition.unit, definition.rate_per, entry.numerator, entry.denominator)


def _position(period_on: date, periods: Sequence[date]) -> int | None:
    return next((number for number, period in enumerate(periods, 1) if period == period_on), None)

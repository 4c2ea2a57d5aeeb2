"""All that one chart is made of, as plain values: how it is drawn, what was defined, the numbers, the cycles.

A spec is a chart: the same spec gives the same chart for as long as the engine's version is the same. It holds no word
of any language but those that people wrote, so that it can be stored and drawn again for any reader.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from lms.improvement import rules, spc
from lms.improvement.rules import Cadence, Direction, Unit
from lms.improvement.spc import Chart, DotsChart, Kind, Point, Side
from lms.improvement.verdicts import Finding, Reason, RuleSet, Verdict, judge, usual_rules

FORMAT: Final = 1
"""Raised when a stored spec is written in another way."""

KINDS: Final = (
    Kind.RUN, Kind.P, Kind.P_PRIME, Kind.U, Kind.U_PRIME, Kind.C, Kind.I, Kind.MR, Kind.G, Kind.T, Kind.I_PRIME,
)  # fmt: skip
"""The kinds for measures with one number a period; Xbar and S need several."""

WITH_DENOMINATORS: Final = frozenset({Kind.P, Kind.P_PRIME, Kind.U, Kind.U_PRIME, Kind.I_PRIME})
WITH_RANGES: Final = frozenset({Kind.I, Kind.U_PRIME, Kind.P_PRIME, Kind.T, Kind.I_PRIME})
"""Kinds whose limits come from moving ranges, which can be screened."""


class SettingState(StrEnum):
    """Whether a setting holds. New phases wait for a TA expert; one that was turned down never held."""

    ACCEPTED = "accepted"
    PROPOSED = "proposed"
    DECLINED = "declined"


class KeptReason(StrEnum):
    """Why a chart was kept as it was."""

    BY_HAND = "by-hand"
    CYCLE_ACTED = "cycle-acted"
    REPHASED = "rephased"


class PhaseStart(NamedTuple):
    """Where a phase begins, and why: a reason in words, an adopted cycle, or both."""

    first_on: date
    reason: str = ""
    cycle_id: int | None = None
    cycle_number: int | None = None


class Exclusion(NamedTuple):
    """A period that centre and limits are made without, and why."""

    period_on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPlan:
    """How a measure is drawn and judged. Periods are named by their first day."""

    kind: Kind = Kind.RUN
    rules: RuleSet = RuleSet.ANHOEJ
    freeze_on: date | None = None  # The last period of the baseline.
    phases: tuple[PhaseStart, ...] = ()  # Without the first, which begins with the numbers.
    exclusions: tuple[Exclusion, ...] = ()
    centre: float | None = None  # As people write it: a percent from 0 to 100.
    is_screened: bool = False


def plain_plan(kind: Kind) -> ChartPlan:
    """Return how a chart of this kind is drawn when nobody set anything else."""
    return ChartPlan(kind=kind, rules=usual_rules(kind))


class DefinitionLine(NamedTuple):
    """What a chart depends on in a definition."""

    id: int
    unit: Unit
    rate_per: int | None
    cadence: Cadence
    direction: Direction
    target: float | None
    holds_from_on: date | None


class NumberLine(NamedTuple):
    """What a chart depends on in an entry."""

    period_on: date
    definition_id: int
    numerator: float | None
    denominator: float | None
    note: str


class BegunLine(NamedTuple):
    """What a chart depends on in a cycle."""

    id: int
    number: int
    title: str
    began_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Everything one chart is made of. definitions: oldest first; numbers: the newest entry of each period."""

    name: str
    numerator_text: str = ""
    denominator_text: str = ""
    plan: ChartPlan
    definitions: tuple[DefinitionLine, ...]
    numbers: tuple[NumberLine, ...] = ()
    cycles: tuple[BegunLine, ...] = ()
    engine: int = spc.ENGINE_VERSION

    @property
    def now(self) -> DefinitionLine:
        """What is counted now."""
        return self.definitions[-1]

    @property
    def scale(self) -> float:
        """What a share is multiplied by to be written."""
        return rules.scale_of(self.now.unit, self.now.rate_per)

    @property
    def is_of_this_engine(self) -> bool:
        """Whether it would be computed today as it was then."""
        return self.engine == spc.ENGINE_VERSION


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


# ---------------------------------------------------------------- as JSON


def plan_to_json(plan: ChartPlan) -> dict[str, Any]:
    """Write a plan as plain JSON values."""
    return {
        "kind": plan.kind.value,
        "rules": plan.rules.value,
        "freeze_on": _iso(plan.freeze_on),
        "phases": phases_to_json(plan.phases),
        "exclusions": exclusions_to_json(plan.exclusions),
        "centre": plan.centre,
        "is_screened": plan.is_screened,
    }


def plan_from_json(stored: Mapping[str, Any]) -> ChartPlan:
    """Read a plan back."""
    return ChartPlan(
        kind=Kind(stored["kind"]),
        rules=RuleSet(stored["rules"]),
        freeze_on=_day(stored["freeze_on"]),
        phases=phases_from_json(stored["phases"]),
        exclusions=exclusions_from_json(stored["exclusions"]),
        centre=stored["centre"],
        is_screened=stored["is_screened"],
    )


def phases_to_json(phases: Sequence[PhaseStart]) -> list[dict[str, Any]]:
    """Write where phases begin."""
    return [{**each._asdict(), "first_on": each.first_on.isoformat()} for each in phases]


def phases_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[PhaseStart, ...]:
    """Read where phases begin."""
    return tuple(PhaseStart(**{**each, "first_on": date.fromisoformat(each["first_on"])}) for each in stored)


def exclusions_to_json(exclusions: Sequence[Exclusion]) -> list[dict[str, Any]]:
    """Write what is left out."""
    return [{"period_on": each.period_on.isoformat(), "reason": each.reason} for each in exclusions]


def exclusions_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Exclusion, ...]:
    """Read what is left out."""
    return tuple(Exclusion(date.fromisoformat(each["period_on"]), each["reason"]) for each in stored)


def to_json(spec: Spec) -> dict[str, Any]:
    """Write a spec as plain JSON values, so that it can be stored and drawn again.

    >>> line = DefinitionLine(1, Unit.COUNT, None, Cadence.WEEK, Direction.UP, None, None)
    >>> spec = Spec(name="Kits", plan=ChartPlan(), definitions=(line,))
    >>> from_json(to_json(spec)) == spec
    True
    """
    return {
        "format": FORMAT,
        "engine": spec.engine,
        "name": spec.name,
        "numerator_text": spec.numerator_text,
        "denominator_text": spec.denominator_text,
        "plan": plan_to_json(spec.plan),
        "definitions": [{**each._asdict(), "holds_from_on": _iso(each.holds_from_on)} for each in spec.definitions],
        "numbers": [{**each._asdict(), "period_on": each.period_on.isoformat()} for each in spec.numbers],
        "cycles": [{**each._asdict(), "began_on": each.began_on.isoformat()} for each in spec.cycles],
    }


def from_json(stored: Mapping[str, Any]) -> Spec:
    """Read a spec back."""
    return Spec(
        engine=stored["engine"],
        name=stored["name"],
        numerator_text=stored["numerator_text"],
        denominator_text=stored["denominator_text"],
        plan=plan_from_json(stored["plan"]),
        definitions=tuple(_definition(each) for each in stored["definitions"]),
        numbers=tuple(
            NumberLine(**{**each, "period_on": date.fromisoformat(each["period_on"])}) for each in stored["numbers"]
        ),
        cycles=tuple(
            BegunLine(**{**each, "began_on": date.fromisoformat(each["began_on"])}) for each in stored["cycles"]
        ),
    )


def _definition(stored: Mapping[str, Any]) -> DefinitionLine:
    return DefinitionLine(
        id=stored["id"],
        unit=Unit(stored["unit"]),
        rate_per=stored["rate_per"],
        cadence=Cadence(stored["cadence"]),
        direction=Direction(stored["direction"]),
        target=stored["target"],
        holds_from_on=_day(stored["holds_from_on"]),
    )


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """Write what a chart said on a day, so that it stays on record whatever comes later."""
    written = {each.name: getattr(verdict, each.name) for each in fields(verdict)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in written.items()}


def verdict_from_json(stored: Mapping[str, Any]) -> Verdict:
    """Read what a chart said on a day."""
    return Verdict(
        **{
            **stored,
            "finding": Finding(stored["finding"]),
            "rules": RuleSet(stored["rules"]),
            "reason": Reason(stored["reason"]) if stored["reason"] else None,
            "side": Side(stored["side"]) if stored["side"] else None,
            "positions": tuple(stored["positions"]),
            "marked": tuple(stored["marked"]),
        }
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(stored: str | None) -> date | None:
    return None if stored is None else date.fromisoformat(stored)

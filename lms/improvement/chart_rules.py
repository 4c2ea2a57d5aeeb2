"""Decisions about how a chart is drawn: which kind fits the numbers and why, what cannot be, when a phase may begin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

from lms.improvement import spc
from lms.improvement.chart_spec import (
    WITH_DENOMINATORS,
    WITH_RANGES,
    ChartPlan,
    Computed,
    Exclusion,
    PhaseStart,
    Spec,
    compute,
    plain_plan,
)
from lms.improvement.rules import SHARES, Unit
from lms.improvement.spc import DataKind, InvalidChart, Kind, Side
from lms.improvement.verdicts import POINTS_FOR_LIMITS, RuleSet, usual_rules

POINTS_AFTER: Final = 8
"""So many numbers must stand behind the beginning of a phase [domain policy: improvement, spc]."""

MOST_STRAYS: Final = 1
"""Of the first numbers of a phase so many may lie on the other side of the line before. Our own choice."""

FREEZE_AT_LEAST: Final = POINTS_FOR_LIMITS
FREEZE_BETTER: Final = 20
"""A baseline is proposed at 12 numbers, better 20 [domain policy: improvement, spc]."""

RUN_OF_SUGGESTION: Final = 9
"""Useful points on the wanted side that make a new median [runcharter]."""

RARE_SHARE: Final = 0.5
"""From this share of zeros on, events are called rare. Our own choice of words, no rule of a chart."""

_DATA: Final[Mapping[Unit, DataKind]] = {
    Unit.PERCENT: DataKind.PERCENT,
    Unit.RATE: DataKind.RATE,
    Unit.COUNT: DataKind.COUNT,
    Unit.DAYS: DataKind.VALUE,
    Unit.HOURS: DataKind.VALUE,
    Unit.MINUTES: DataKind.VALUE,
}
_FITTING: Final[Mapping[Unit, tuple[Kind, ...]]] = {
    Unit.PERCENT: (Kind.RUN, Kind.P, Kind.P_PRIME, Kind.I_PRIME, Kind.I, Kind.MR),
    Unit.RATE: (Kind.RUN, Kind.U, Kind.U_PRIME, Kind.I_PRIME, Kind.I, Kind.MR),
    Unit.COUNT: (Kind.RUN, Kind.C, Kind.I, Kind.G, Kind.MR),
    Unit.DAYS: (Kind.RUN, Kind.I, Kind.T, Kind.MR),
    Unit.HOURS: (Kind.RUN, Kind.I, Kind.T, Kind.MR),
    Unit.MINUTES: (Kind.RUN, Kind.I, Kind.T, Kind.MR),
}


# ---------------------------------------------------------------- which kind fits


class AdviceReason(StrEnum):
    """Why a kind of chart fits."""

    SHARES = "shares"
    WIDE_SHARES = "wide-shares"
    RATES = "rates"
    WIDE_RATES = "wide-rates"
    COUNTS = "counts"
    RARE = "rare"
    VALUES = "values"


@dataclass(frozen=True, slots=True)
class Advice:
    """The control chart that fits, and why; before there are enough numbers for limits a run chart comes first."""

    kind: Kind
    reason: AdviceReason
    n_values: int
    n_outside: int = 0

    @property
    def is_early(self) -> bool:
        """Whether there are too few numbers for limits."""
        return self.n_values < POINTS_FOR_LIMITS

    @property
    def n_more(self) -> int:
        """How many more numbers limits need."""
        return max(POINTS_FOR_LIMITS - self.n_values, 0)


_REASONS: Final = {
    Kind.P: AdviceReason.SHARES,
    Kind.P_PRIME: AdviceReason.WIDE_SHARES,
    Kind.U: AdviceReason.RATES,
    Kind.U_PRIME: AdviceReason.WIDE_RATES,
    Kind.C: AdviceReason.COUNTS,
    Kind.I: AdviceReason.VALUES,
}


def fitting_kinds(unit: Unit) -> tuple[Kind, ...]:
    """Return the kinds of chart that a measure in this unit can have, the plainest first."""
    return _FITTING[unit]


def advise(spec: Spec) -> Advice:
    """Say which control chart fits these numbers, and why.

    Of shares and rates with large denominators the wider kind, when many points fall outside; counts that are mostly
    zero are rare events, for which the time between two events tells more than their number.
    """
    data = _DATA[spec.now.unit]
    kind = spc.choose_kind(data)
    plain = compute(replace(spec, plan=plain_plan(kind)))
    known = [value for value in plain.values if value is not None]
    if data is DataKind.COUNT and known and known.count(0) > RARE_SHARE * len(known):
        return Advice(kind, AdviceReason.RARE, len(known))
    wider = None if plain.is_stand_in else spc.wider_kind(plain.chart, list(plain.denominators))
    chosen = wider or kind
    return Advice(chosen, _REASONS[chosen], len(known), n_outside=len(plain.chart.outside_at))


# ---------------------------------------------------------------- what cannot be


class Flaw(StrEnum):
    """Why a setting cannot be taken."""

    NEEDS_TWO_NUMBERS = "needs-two-numbers"
    FOR_SHARES = "for-shares"
    FOR_RATES = "for-rates"
    FOR_COUNTS = "for-counts"
    FOR_TIMES = "for-times"
    NOT_ABOVE_ZERO = "not-above-zero"
    NO_LIMITS = "no-limits"
    DOTS_NEED_VALUES = "dots-need-values"
    DOTS_LEAVE_NOTHING_OUT = "dots-leave-nothing-out"
    DOTS_MAKE_THEIR_CENTRE = "dots-make-their-centre"
    RANGES_HAVE_NO_RUNS = "ranges-have-no-runs"
    BEYOND_DATA = "beyond-data"
    TOO_SHORT = "too-short"
    WITH_PHASES = "with-phases"
    NOT_A_SHARE = "not-a-share"
    NEGATIVE = "negative"
    NO_RANGES = "no-ranges"
    SCREENS_ALL = "screens-all"
    PERIOD_NEEDED = "period-needed"
    REASON_NEEDED = "reason-needed"
    FIRST_PERIOD = "first-period"
    OVERLAPS = "overlaps"
    TOO_FEW_AFTER = "too-few-after"
    NO_LASTING_CHANGE = "no-lasting-change"
    NO_NUMBER = "no-number"
    TWICE = "twice"
    ALL_LEFT_OUT = "all-left-out"


Flaws = dict[str, Flaw]


def flaws_of(spec: Spec, phases_before: Sequence[PhaseStart] = ()) -> Flaws:
    """Return what is wrong with the plan of a spec, by field; rows as `phase-1-first_on`, `exclusion-2-reason`.

    phases_before: those that hold already; they are not asked for a lasting change again.
    """
    plain = compute(replace(spec, plan=plain_plan(Kind.RUN)))
    flaws = _flaws_of_kind(spec, plain) | _flaws_of_rules(spec.plan)
    flaws |= _flaws_of_phases(spec, plain, phases_before)
    flaws |= _flaws_of_freeze(spec, plain) | _flaws_of_exclusions(spec.plan.exclusions, plain)
    flaws |= _flaws_of_centre(spec)
    if spec.plan.is_screened and (flaw := _flaw_of_screening(spec)) is not None:
        flaws["is_screened"] = flaw
    return flaws


_ONLY_FOR: Final[Mapping[Kind, tuple[frozenset[Unit], Flaw]]] = {
    Kind.P: (frozenset({Unit.PERCENT}), Flaw.FOR_SHARES),
    Kind.P_PRIME: (frozenset({Unit.PERCENT}), Flaw.FOR_SHARES),
    Kind.U: (frozenset({Unit.RATE}), Flaw.FOR_RATES),
    Kind.U_PRIME: (frozenset({Unit.RATE}), Flaw.FOR_RATES),
    Kind.C: (frozenset({Unit.COUNT}), Flaw.FOR_COUNTS),
    Kind.G: (frozenset({Unit.COUNT}), Flaw.FOR_COUNTS),
    Kind.T: (frozenset({Unit.DAYS, Unit.HOURS, Unit.MINUTES}), Flaw.FOR_TIMES),
}


def flaw_of_kind(kind: Kind, unit: Unit) -> Flaw | None:
    """Say why a kind of chart does not fit what is counted, None when it does."""
    if kind in WITH_DENOMINATORS and unit not in SHARES:
        return Flaw.NEEDS_TWO_NUMBERS
    units, flaw = _ONLY_FOR.get(kind, (frozenset(Unit), None))
    return None if unit in units else flaw


def _flaws_of_kind(spec: Spec, plain: Computed) -> Flaws:
    flaw = flaw_of_kind(spec.plan.kind, spec.now.unit)
    if flaw is None and spec.plan.kind is Kind.T and any(value is not None and value <= 0 for value in plain.values):
        flaw = Flaw.NOT_ABOVE_ZERO
    return {} if flaw is None else {"kind": flaw}


def _flaws_of_rules(plan: ChartPlan) -> Flaws:
    if plan.rules is RuleSet.DOTS and plan.kind is not Kind.I:
        return {"rules": Flaw.DOTS_NEED_VALUES}
    if plan.rules is RuleSet.DOTS and plan.exclusions:
        return {"rules": Flaw.DOTS_LEAVE_NOTHING_OUT}
    if plan.rules is RuleSet.DOTS and plan.centre is not None:
        return {"rules": Flaw.DOTS_MAKE_THEIR_CENTRE}
    if plan.rules is RuleSet.ANHOEJ_AND_LIMITS and plan.kind is Kind.RUN:
        return {"rules": Flaw.NO_LIMITS}
    if plan.kind is Kind.MR and plan.rules is not usual_rules(Kind.MR):
        return {"rules": Flaw.RANGES_HAVE_NO_RUNS}
    return {}


def _flaws_of_freeze(spec: Spec, plain: Computed) -> Flaws:
    freeze_on, periods = spec.plan.freeze_on, plain.periods_on
    if freeze_on is None:
        return {}
    if not periods or not periods[0] <= freeze_on <= periods[-1]:
        return {"freeze_on": Flaw.BEYOND_DATA}
    if spec.plan.phases or plain.phase_starts:
        return {"freeze_on": Flaw.WITH_PHASES}
    left_out = {each.period_on for each in spec.plan.exclusions}
    known = [
        period
        for period, value in zip(periods, plain.values, strict=True)
        if value is not None and period <= freeze_on and period not in left_out
    ]
    return {"freeze_on": Flaw.TOO_SHORT} if len(known) < FREEZE_AT_LEAST else {}


def _flaws_of_exclusions(exclusions: Sequence[Exclusion], plain: Computed) -> Flaws:
    numbered = {period for period, value in zip(plain.periods_on, plain.values, strict=True) if value is not None}
    flaws: Flaws = {}
    seen: set[date] = set()
    for row, (period_on, reason) in enumerate(exclusions, 1):
        if period_on not in numbered:
            flaws[f"exclusion-{row}-period_on"] = Flaw.NO_NUMBER
        elif period_on in seen:
            flaws[f"exclusion-{row}-period_on"] = Flaw.TWICE
        elif numbered <= {*seen, period_on}:
            flaws[f"exclusion-{row}-period_on"] = Flaw.ALL_LEFT_OUT
        if not reason:
            flaws[f"exclusion-{row}-reason"] = Flaw.REASON_NEEDED
        seen.add(period_on)
    return flaws


def _flaws_of_centre(spec: Spec) -> Flaws:
    centre = spec.plan.centre
    if centre is None:
        return {}
    if centre < 0:
        return {"centre": Flaw.NEGATIVE}
    return {"centre": Flaw.NOT_A_SHARE} if spec.now.unit is Unit.PERCENT and centre > 100 else {}


def _flaw_of_screening(spec: Spec) -> Flaw | None:
    if spec.plan.kind not in WITH_RANGES:
        return Flaw.NO_RANGES
    return Flaw.SCREENS_ALL if compute(spec).is_unscreened else None


# ---------------------------------------------------------------- when a phase may begin


def _flaws_of_phases(spec: Spec, plain: Computed, before: Sequence[PhaseStart]) -> Flaws:
    """Look at new phases; those that hold already were accepted once."""
    flaws: Flaws = {}
    forced = {plain.periods_on[position - 1] for position in plain.phase_starts}
    held, taken = {each.first_on for each in before}, set(forced)
    for row, phase in enumerate(spec.plan.phases, 1):
        others = {start.first_on for start in spec.plan.phases if start is not phase} | forced
        if phase.first_on not in held or phase.first_on in taken:
            flaw = _flaw_of_phase(phase.first_on, plain, sorted(others), is_taken=phase.first_on in taken)
            if flaw is not None:
                flaws[f"phase-{row}-first_on"] = flaw
        if not phase.reason and phase.cycle_id is None:
            flaws[f"phase-{row}-reason"] = Flaw.REASON_NEEDED
        taken.add(phase.first_on)
    return flaws


def _flaw_of_phase(first_on: date, plain: Computed, others: Sequence[date], *, is_taken: bool) -> Flaw | None:
    if first_on not in plain.periods_on:
        return Flaw.BEYOND_DATA
    if first_on == plain.periods_on[0]:
        return Flaw.FIRST_PERIOD
    start = max((each for each in others if each < first_on), default=None)
    stop = min((each for each in others if each > first_on), default=None)
    n_between = _n_values(plain, start, first_on)
    n_after = _n_values(plain, first_on, stop)
    if is_taken or (start is not None and n_between < POINTS_AFTER) or (stop is not None and n_after < POINTS_AFTER):
        return Flaw.OVERLAPS
    if n_after < POINTS_AFTER:
        return Flaw.TOO_FEW_AFTER
    return None if _is_lasting(first_on, plain, start, stop) else Flaw.NO_LASTING_CHANGE


def _n_values(plain: Computed, start: date | None, stop: date | None) -> int:
    return sum(
        value is not None and (start is None or period >= start) and (stop is None or period < stop)
        for period, value in zip(plain.periods_on, plain.values, strict=True)
    )


def _is_lasting(first_on: date, plain: Computed, start: date | None, stop: date | None) -> bool:
    """Whether a change begins with this period and lasts.

    Only the phase that would be parted is looked at: between the beginnings before and after. There is a signal about
    the line of all its numbers or about that of those before, and of the first useful numbers from here on nearly all
    lie on one side of the line before.
    """
    inside = [
        (period, value)
        for period, value in zip(plain.periods_on, plain.values, strict=True)
        if (start is None or period >= start) and (stop is None or period < stop)
    ]
    values = [value for _period, value in inside]
    n_before = sum(period < first_on for period, _value in inside)
    frozen = spc.run_chart(values, freeze=n_before)
    if not frozen.has_signal and not spc.run_chart(values).has_signal:
        return False
    sides = [run.side for run in frozen.phases[-1].analysis.runs for at in run.positions if at > n_before]
    first = sides[:POINTS_AFTER]
    return len(first) == POINTS_AFTER and max(first.count(side) for side in Side) >= POINTS_AFTER - MOST_STRAYS


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Where a new phase could begin: from there on numbers lie on the better side of the old middle line."""

    first_on: date
    old_median: float
    new_median: float
    n_in_row: int


def suggest_phase(spec: Spec) -> Suggestion | None:
    """Suggest the next phase, None when there is none that would be taken: only ever a suggestion."""
    plain = compute(replace(spec, plan=replace(plain_plan(Kind.RUN), phases=spec.plan.phases)))
    first = max(plain.phase_starts, default=1)
    values = plain.values[first - 1 :]
    try:
        found = spc.suggest_phases(values, run=RUN_OF_SUGGESTION, wanted=spc.Wanted(spec.now.direction.value))
    except InvalidChart:
        return None
    for before, new in pairwise(found):
        first_on = plain.periods_on[first + new.first - 2]
        proposed = (*spec.plan.phases, PhaseStart(first_on, "suggested"))
        tried = replace(spec, plan=replace(plain_plan(Kind.RUN), phases=proposed))
        if not flaws_of(tried, spec.plan.phases):
            return Suggestion(first_on, before.median, new.median, RUN_OF_SUGGESTION)
    return None

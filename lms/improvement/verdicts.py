"""What a chart means, as values: is it better, by which rule, and how often such a signal is only chance.

Words are put to it where it is shown (`templates/macros/run_chart.html`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from lms.improvement.false_alarms import BASELINES, share_of_noise
from lms.improvement.spc import Chart, Dot, DotsChart, Kind, Meaning, Phase, Run, Side, Wanted
from lms.improvement.spc import Reason as DotReason

USEFUL_NEEDED: Final = 10
"""Fewer useful points make a picture and no verdict [domain policy: improvement, spc]."""

POINTS_FOR_LIMITS: Final = 12
"""Fewer points make trial limits [nhsrplotthedots]."""

MOSTLY: Final = 2 / 3
"""From this share on, points are said to lie mostly on one side. Our own choice of words, no rule of a chart."""


ENOUGH_AFTER: Final = 5
"""Fewer useful points after a run at the beginning say nothing of now; one outlier can pull a mean so far."""


class Finding(StrEnum):
    """What is to be said."""

    NO_POINTS = "no-points"
    TOO_FEW = "too-few"
    ON_THE_LINE = "on-the-line"  # enough numbers, but most are exactly the middle one
    NO_CHANGE = "no-change"
    BETTER = "better"
    WORSE = "worse"
    WAS_BETTER = "was-better"  # for a while, and no more
    WAS_WORSE = "was-worse"
    CHANGED = "changed"  # more than chance, but neither way is better, or it is not clear which way it went
    UNUSUAL = "unusual"  # single points outside the limits


class Reason(StrEnum):
    """By which rule."""

    RUN = "run"
    CROSSINGS = "crossings"
    OUTSIDE = "outside"
    TREND = "trend"  # seven rising or falling, of the dots
    NEAR = "near"  # two of three near a limit, of the dots


class RuleSet(StrEnum):
    """Which rules were applied; printed under each chart."""

    ANHOEJ = "anhoej"
    ANHOEJ_AND_LIMITS = "anhoej-and-limits"
    LIMITS = "limits"
    DOTS = "plot-the-dots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a chart says of its last phase. Positions count from 1."""

    finding: Finding
    rules: RuleSet
    n_useful: int
    n_missing_useful: int = 0  # Useful points still needed for a verdict.
    reason: Reason | None = None
    side: Side | None = None  # Where the run or the points outside lie; ABOVE for a trend that rises.
    is_start: bool = False  # The run stands at the beginning: what came after it is the other side.
    positions: tuple[int, ...] = ()  # The points that make the signal.
    marked: tuple[int, ...] = ()  # All points that break a rule, those of earlier phases among them.
    n_crossings: int | None = None
    n_crossings_min: int | None = None
    is_against_baseline: bool = False  # The line is that of an earlier, frozen baseline.
    is_trial: bool = False
    alarms_per_100: int | None = None

    @property
    def is_signal(self) -> bool:
        """Whether there is more than chance."""
        return self.reason is not None

    @property
    def n_in_row(self) -> int:
        """Points of the signal."""
        return len(self.positions)


def usual_rules(kind: Kind) -> RuleSet:
    """Name the rules for a kind of chart when nobody chose others.

    >>> usual_rules(Kind.P)
    <RuleSet.ANHOEJ_AND_LIMITS: 'anhoej-and-limits'>
    """
    if kind is Kind.MR:
        return RuleSet.LIMITS
    return RuleSet.ANHOEJ if kind is Kind.RUN else RuleSet.ANHOEJ_AND_LIMITS


def judge(chart: Chart, *, wanted: Wanted, rules: RuleSet | None = None, plotted: DotsChart | None = None) -> Verdict:
    """Say what the last phase of a chart means to those who want it to go one way.

    wanted: NEITHER never makes it better or worse. rules: None = the usual ones of this kind. plotted: the dots, which
    the rules of plot-the-dots need. A long run comes first, then single points outside the limits, then few crossings.
    A run that stands at the beginning speaks for the other side, which came after it; one that ended in between was
    there for a while.
    """
    rules = rules or usual_rules(chart.kind)
    if not any(point.value is not None for point in chart.points):
        return Verdict(finding=Finding.NO_POINTS, rules=rules, n_useful=0, n_missing_useful=USEFUL_NEEDED)
    phase = chart.phases[-1]
    n_values = sum(point.value is not None for point in chart.points[phase.first - 1 :])
    plain = Verdict(
        finding=Finding.NO_CHANGE,
        rules=rules,
        n_useful=phase.n_useful,
        n_missing_useful=max(USEFUL_NEEDED - phase.n_useful, 0),
        n_crossings=phase.n_crossings,
        n_crossings_min=phase.n_crossings_min,
        is_against_baseline=_baseline_of(chart, phase) is not None,
        is_trial=chart.has_limits and n_values < POINTS_FOR_LIMITS,
        alarms_per_100=alarms_per_100(chart, rules),
    )
    if phase.n_useful < USEFUL_NEEDED:
        enough = n_values >= USEFUL_NEEDED
        return replace(plain, finding=Finding.ON_THE_LINE if enough else Finding.TOO_FEW, alarms_per_100=None)
    if rules is RuleSet.DOTS and plotted is not None:
        return _by_dots(plain, plotted, phase)
    return _with_signal(plain, chart, phase, wanted)


def _with_signal(plain: Verdict, chart: Chart, phase: Phase, wanted: Wanted) -> Verdict:
    outside_at = () if plain.rules is RuleSet.ANHOEJ else chart.outside_at
    outside = tuple(position for position in outside_at if position >= phase.first)
    has_runs = phase.has_signal and plain.rules is not RuleSet.LIMITS
    if has_runs and phase.runs and not (outside and _is_long_ago(phase)):
        found = _by_run(plain, phase, phase.runs[-1], wanted)
    elif has_runs and not outside:
        found = _by_crossings(plain, phase, wanted)
    elif outside:
        found = _by_points(plain, chart, outside)
    else:
        return plain
    return replace(found, marked=tuple(sorted({*found.positions, *outside_at})))


_REASONS: Final = {
    DotReason.ABOVE: (Reason.OUTSIDE, Side.ABOVE),
    DotReason.BELOW: (Reason.OUTSIDE, Side.BELOW),
    DotReason.RISING: (Reason.TREND, Side.ABOVE),
    DotReason.FALLING: (Reason.TREND, Side.BELOW),
    DotReason.TWO_OF_THREE_ABOVE: (Reason.NEAR, Side.ABOVE),
    DotReason.TWO_OF_THREE_BELOW: (Reason.NEAR, Side.BELOW),
    DotReason.SHIFT_ABOVE: (Reason.RUN, Side.ABOVE),
    DotReason.SHIFT_BELOW: (Reason.RUN, Side.BELOW),
}


def _by_dots(plain: Verdict, plotted: DotsChart, phase: Phase) -> Verdict:
    """Let the newest special dot speak; when common ones came after it, it was so for a while.

    A single dot outside a limit asks what happened and makes nothing better, as on every other chart here.
    """
    known = [dot for dot in plotted.dots if dot.value is not None and dot.position >= phase.first]
    special = [dot for dot in known if dot.reason is not DotReason.COMMON]
    if not special:
        return plain
    last = special[-1]
    reason, side = _REASONS[last.reason]
    finding = Finding.UNUSUAL if reason is Reason.OUTSIDE else _finding_of(last, has_ended=last is not known[-1])
    return replace(
        plain,
        finding=finding,
        reason=reason,
        side=side,
        positions=_together(known, last),
        marked=tuple(dot.position for dot in plotted.dots if dot.reason is not DotReason.COMMON),
    )


def _finding_of(dot: Dot, *, has_ended: bool) -> Finding:
    if dot.meaning is Meaning.IMPROVEMENT:
        return Finding.WAS_BETTER if has_ended else Finding.BETTER
    if dot.meaning is Meaning.CONCERN:
        return Finding.WAS_WORSE if has_ended else Finding.WORSE
    return Finding.CHANGED


def _together(known: Sequence[Dot], last: Dot) -> tuple[int, ...]:
    """Positions of the dots up to the last one that break the same rule without a gap; of two of three, the near."""
    row: list[int] = []
    for dot in reversed(known[: known.index(last) + 1]):
        if dot.reason is not last.reason:
            break
        row.append(dot.position)
    return tuple(reversed(row))


def _is_long_ago(phase: Phase) -> bool:
    """Whether the last long run stands at the beginning, with too few points after it to speak for now."""
    return phase.runs[-1] is phase.analysis.runs[0] and 0 < phase.n_useful - len(phase.runs[-1]) < ENOUGH_AFTER


def _by_points(plain: Verdict, chart: Chart, outside: tuple[int, ...]) -> Verdict:
    last = chart.points[outside[-1] - 1]
    is_above = last.value is not None and last.upper is not None and last.value > last.upper
    side = Side.ABOVE if is_above else Side.BELOW
    return replace(plain, finding=Finding.UNUSUAL, reason=Reason.OUTSIDE, side=side, positions=outside)


def _by_run(plain: Verdict, phase: Phase, run: Run, wanted: Wanted) -> Verdict:
    runs = phase.analysis.runs
    found = replace(plain, reason=Reason.RUN, side=run.side, positions=run.positions)
    if run is runs[-1]:
        return replace(found, finding=_finding(run.side, wanted))
    if _is_long_ago(phase):
        return replace(found, finding=Finding.CHANGED)
    if run is runs[0] and _lies_mostly(runs[1:], run.side.other):
        return replace(found, finding=_finding(run.side.other, wanted), is_start=True)
    ended = {Finding.BETTER: Finding.WAS_BETTER, Finding.WORSE: Finding.WAS_WORSE, Finding.CHANGED: Finding.CHANGED}
    return replace(found, finding=ended[_finding(run.side, wanted)])


def _by_crossings(plain: Verdict, phase: Phase, wanted: Wanted) -> Verdict:
    sides = [run.side for run in phase.analysis.runs for _ in run.positions]
    half = len(sides) // 2
    found = replace(plain, finding=Finding.CHANGED, reason=Reason.CROSSINGS)
    for side in Side:
        if _share(sides[half:], side) >= MOSTLY and _share(sides[:half], side.other) >= MOSTLY:
            return replace(found, finding=_finding(side, wanted), side=side)
    return found


def _finding(side: Side, wanted: Wanted) -> Finding:
    if wanted is Wanted.NEITHER:
        return Finding.CHANGED
    return Finding.BETTER if (side is Side.ABOVE) is (wanted is Wanted.UP) else Finding.WORSE


def _lies_mostly(runs: Sequence[Run], side: Side) -> bool:
    return _share([run.side for run in runs for _ in run.positions], side) >= MOSTLY


def _share(sides: Sequence[Side], side: Side) -> float:
    return sides.count(side) / len(sides) if sides else 0.0


_WITHOUT_A_NUMBER: Final = frozenset({Kind.MR, Kind.XBAR, Kind.S})


def alarms_per_100(chart: Chart, rules: RuleSet | None = None) -> int | None:
    """Say of how many in 100 charts as long as this one a signal is to be expected though nothing changed.

    rules: None = the usual ones of this kind.
    Returns 1 to 100; None where nobody measured it: fewer than 10 or more than 100 useful points, a given centre line,
    a baseline shorter than 12 points, screened ranges unless of dots, charts of ranges and of subgroups.
    Between measured lengths the nearer one speaks.
    """
    if not chart.phases or chart.kind in _WITHOUT_A_NUMBER or chart.settings.centre is not None:
        return None
    baseline = _baseline_of(chart, chart.phases[-1])
    if baseline is not None and baseline < POINTS_FOR_LIMITS:
        return None
    known = None if baseline is None else max(n for n in BASELINES if n <= baseline)
    rules = rules or usual_rules(chart.kind)
    if chart.settings.screened and rules is RuleSet.ANHOEJ_AND_LIMITS:
        return None
    share = share_of_noise(_column_of(chart, rules), baseline=known, n_useful=chart.n_useful)
    return None if share is None else max(round(100 * share), 1)


def _column_of(chart: Chart, rules: RuleSet) -> str:
    if rules is RuleSet.DOTS:
        return "dots-screened" if chart.settings.screened else "dots"
    if rules is RuleSet.ANHOEJ:
        return "runs" if chart.kind is Kind.RUN else "runs-about-mean"
    return "runs-or-limits"


def _baseline_of(chart: Chart, phase: Phase) -> int | None:
    """Count the points of a frozen baseline that others came after; None = the line is made from all points."""
    frozen = chart.settings.freeze
    if frozen is None or chart.settings.phases or frozen >= phase.last:
        return None
    return sum(point.value is not None and not point.is_excluded for point in chart.points[:frozen])

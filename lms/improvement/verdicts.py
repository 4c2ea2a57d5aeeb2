"""What a chart means, as values: is it better, by which rule, and how often such a signal is only chance.

Words are put to it where it is shown (`templates/macros/run_chart.html`).
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from lms.improvement.spc import Chart, Kind, Phase, Run, Side, Wanted

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


class RuleSet(StrEnum):
    """Which rules were applied; printed under each chart."""

    ANHOEJ = "anhoej"
    ANHOEJ_AND_LIMITS = "anhoej-and-limits"
    LIMITS = "limits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a chart says of its last phase. Positions count from 1."""

    finding: Finding
    rules: RuleSet
    n_useful: int
    n_missing_useful: int = 0  # Useful points still needed for a verdict.
    reason: Reason | None = None
    side: Side | None = None  # Where the run or the points outside lie.
    is_start: bool = False  # The run stands at the beginning: what came after it is the other side.
    positions: tuple[int, ...] = ()  # The points that make the signal.
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


def judge(chart: Chart, *, wanted: Wanted) -> Verdict:
    """Say what the last phase of a chart means to those who want it to go one way.

    wanted: NEITHER never makes it better or worse. A long run comes first, then single points outside the limits, then
    few crossings. A run that stands at the beginning speaks for the other side, which came after it; one that ended in
    between was there for a while.
    """
    rules = _rule_set(chart.kind)
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
        alarms_per_100=alarms_per_100(chart),
    )
    if phase.n_useful < USEFUL_NEEDED:
        enough = n_values >= USEFUL_NEEDED
        return replace(plain, finding=Finding.ON_THE_LINE if enough else Finding.TOO_FEW, alarms_per_100=None)
    return _with_signal(plain, chart, phase, wanted)


def _with_signal(plain: Verdict, chart: Chart, phase: Phase, wanted: Wanted) -> Verdict:
    outside = tuple(position for position in chart.outside_at if position >= phase.first)
    if phase.has_signal and phase.runs and not (outside and _is_long_ago(phase)):
        return _by_run(plain, phase, phase.runs[-1], wanted)
    if phase.has_signal and not outside:
        return _by_crossings(plain, phase, wanted)
    return _by_points(plain, chart, outside) if outside else plain


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


def _rule_set(kind: Kind) -> RuleSet:
    if kind is Kind.MR:
        return RuleSet.LIMITS
    return RuleSet.ANHOEJ if kind is Kind.RUN else RuleSet.ANHOEJ_AND_LIMITS


# Of 100 charts of pure noise, how many show a signal: (useful points, Anhoej, Anhoej or 3 sigma). Without a frozen
# baseline, and with one of 12 and of 20 points, whose line is less sure than it looks. Own simulation: 20,000 series of
# independent normal noise for each row; without a baseline it agrees with the published shares
# [anhoej-olesen-2014; spc.json, measured_false_alarms]. tests/lms/improvement/test_verdicts.py draws some rows again.
FALSE_ALARMS: Final[Mapping[int | None, tuple[tuple[int, float, float], ...]]] = {
    None: (
        (10, 0.0097, 0.0296),
        (12, 0.0122, 0.0396),
        (16, 0.0090, 0.0524),
        (20, 0.0210, 0.0722),
        (24, 0.0286, 0.0874),
        (30, 0.0267, 0.1012),
        (36, 0.0435, 0.1288),
        (48, 0.0379, 0.1535),
        (60, 0.0441, 0.1842),
        (80, 0.0626, 0.2411),
        (100, 0.0508, 0.2738),
    ),
    12: (
        (12, 0.0122, 0.0396),
        (16, 0.0133, 0.1009),
        (20, 0.0637, 0.1757),
        (24, 0.0801, 0.2157),
        (30, 0.1075, 0.2729),
        (36, 0.1472, 0.3347),
        (48, 0.1595, 0.3767),
        (60, 0.1893, 0.4281),
        (80, 0.2472, 0.5059),
        (100, 0.2302, 0.5269),
    ),
    20: (
        (20, 0.0210, 0.0722),
        (24, 0.0328, 0.1174),
        (30, 0.0488, 0.1648),
        (36, 0.0872, 0.2215),
        (48, 0.0973, 0.2832),
        (60, 0.1300, 0.3432),
        (80, 0.1692, 0.4168),
        (100, 0.1603, 0.4491),
    ),
}

_WITHOUT_A_NUMBER: Final = frozenset({Kind.MR, Kind.XBAR, Kind.S})


def alarms_per_100(chart: Chart) -> int | None:
    """Say of how many in 100 charts as long as this one a signal is to be expected though nothing changed.

    Returns 1 to 100; None where nobody measured it: fewer than 10 or more than 100 useful points, a given centre line,
    a baseline shorter than 12 points, charts of ranges and of subgroups.
    Between measured lengths the nearer one speaks.
    """
    if not chart.phases or chart.kind in _WITHOUT_A_NUMBER or chart.settings.centre is not None:
        return None
    baseline = _baseline_of(chart, chart.phases[-1])
    if baseline is not None and baseline < POINTS_FOR_LIMITS:
        return None
    rows = FALSE_ALARMS[None if baseline is None else max(n for n in (12, 20) if n <= baseline)]
    n_useful = chart.n_useful
    if not USEFUL_NEEDED <= n_useful <= rows[-1][0]:
        return None
    _, by_runs, by_both = _nearest(rows, n_useful)
    return max(round(100 * (by_runs if chart.kind is Kind.RUN else by_both)), 1)


def _nearest(rows: Sequence[tuple[int, float, float]], n_useful: int) -> tuple[int, float, float]:
    at = bisect_left(rows, n_useful, key=lambda row: row[0])
    near = rows[max(at - 1, 0) : at + 1]
    return min(near, key=lambda row: abs(row[0] - n_useful))


def _baseline_of(chart: Chart, phase: Phase) -> int | None:
    """Count the points of a frozen baseline that others came after; None = the line is made from all points."""
    frozen = chart.settings.freeze
    if frozen is None or chart.settings.phases or frozen >= phase.last:
        return None
    return sum(point.value is not None and not point.is_excluded for point in chart.points[:frozen])

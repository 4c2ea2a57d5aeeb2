"""Placing everything on a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, Final, NamedTuple

from lms.improvement.pictures.place import Place, round_ticks
from lms.improvement.pictures.shapes import (
    AxisLabel,
    Centre,
    CycleFlag,
    Dot,
    Flag,
    Period,
    PhaseNote,
    Picture,
    Row,
    SignalLabel,
    Size,
    Stroke,
    Target,
    Tick,
)
from lms.improvement.spc import Chart, Kind, Point, Side, Wanted
from lms.improvement.verdicts import Reason, Verdict, judge

TOP: Final = 22  # Room above the highest tick, for the words of a signal.
FLAG_ROW: Final = 30  # Height of a row of flags; the numbers on them are links for thumbs.
FLAG_GAP: Final = 15.0  # Percent between two flags of one row: 28 px on the narrowest phone.
LABEL_GAP: Final = 30  # Pixels between two labels at the end of their lines, each a number and a word below it.
LABEL_ROOM: Final = 12  # Pixels from the top that the words of a signal need.
MANY_POINTS: Final = 14  # From so many points on, dots are drawn smaller.
BELOW: Final = 22  # Room for the words under the axis.
_ABOUT_SPREAD: Final = frozenset({Kind.MR, Kind.S})  # A target of the values says nothing about these.


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """Words that belong to single points, by position: notes, why a point is left out, why a phase begins there."""

    notes: Mapping[int, str] = field(default_factory=dict)
    left_out: Mapping[int, str] = field(default_factory=dict)
    phases: Mapping[int, str] = field(default_factory=dict)


def draw(
    chart: Chart,
    *,
    labels: Sequence[str],
    wanted: Wanted = Wanted.NEITHER,
    target: float | None = None,
    cycles: Sequence[CycleFlag] = (),
    period: Period = Period.POINT,
    decimals: int = 0,
    from_zero: bool = True,
    is_percent: bool = False,
    notes: Mapping[int, str] | None = None,
    size: Size = Size.FULL,
    domain: tuple[float, float] | None = None,
    verdict: Verdict | None = None,
    remarks: Remarks | None = None,
) -> Picture:
    """Place everything on a chart.

    labels: one per point, as it is written. target: in the unit of the chart; None = there is none. cycles: at
    positions counted from 1. decimals: of the values in the table and at the lines. from_zero: the axis begins at 0
    when no value is below. domain: lowest and highest number to make room for, shared by charts side by side.
    notes: by position, for the table; `remarks` says more. verdict: None = by the usual rules of this kind of chart.

    >>> from lms.improvement.spc import run_chart
    >>> picture = draw(run_chart([4, 6, 5]), labels=["Mon", "Tue", "Wed"])
    >>> [tick.value for tick in picture.ticks], picture.centre_value
    ([0.0, 2.0, 4.0, 6.0], 5.0)
    """
    if len(labels) != len(chart.points):
        raise ValueError(f"{len(chart.points)} points have {len(labels)} labels")
    verdict = verdict or judge(chart, wanted=wanted)
    target = None if chart.kind in _ABOUT_SPREAD else target
    said = _Said(labels, cycles, remarks or Remarks(notes=notes or {}), verdict)
    ticks, tick_decimals = round_ticks(*(domain or _domain(chart, target, from_zero=from_zero)), size)
    place = Place(chart, low=ticks[0], high=ticks[-1], top=TOP, height=size.height)
    return Picture(
        kind=chart.kind,
        verdict=verdict,
        period=period,
        size=size,
        wanted=wanted,
        decimals=decimals,
        tick_decimals=tick_decimals,
        is_percent=is_percent,
        ticks=tuple(Tick(place.y(value), value) for value in ticks),
        **_facts(chart, labels),
        **_shapes(chart, place, said, target, size),
        **_words(chart, place, said),
    )


class _Said(NamedTuple):
    """What is said of the points."""

    labels: Sequence[str]
    cycles: Sequence[CycleFlag]
    remarks: Remarks
    verdict: Verdict


def _facts(chart: Chart, labels: Sequence[str]) -> dict[str, Any]:
    """What the page says about the chart as a whole."""
    frozen = chart.settings.freeze
    return {
        "has_limits": any(point.upper is not None for point in chart.points),
        "is_screened": chart.settings.screened,
        "is_centre_given": chart.settings.centre is not None,
        "baseline_label": labels[frozen - 1] if _has_baseline(chart) and frozen else "",
    }


def _shapes(chart: Chart, place: Place, said: _Said, target: float | None, size: Size) -> dict[str, Any]:
    """The points, the lines and the flags, with the words that hang on a point."""
    dots = _dots(chart, place, _signals(said.verdict))
    centres, goal = _lines(chart, place, target)
    flags, n_rows = _flags(said.cycles, place, len(chart.points))
    return {
        "top": TOP,
        "bottom": place.bottom,
        "height": place.bottom + n_rows * FLAG_ROW + BELOW,
        "dot_radius": 3.5 if len(chart.points) < MANY_POINTS and size is Size.FULL else 2.5,
        "dots": dots,
        "strokes": _strokes(chart, place),
        "bands": _bands(chart, place),
        "breaks": tuple(place.gap_before(phase) for phase in chart.phases[1:]),
        "baseline_x": _baseline_x(chart, place),
        "centres": centres,
        "target": goal,
        "flags": flags,
        "signal_label": _signal_label(said.verdict, dots, place),
    }


def _words(chart: Chart, place: Place, said: _Said) -> dict[str, Any]:
    """The axis, the remarks below the chart and the table."""
    return {
        "axis_labels": _axis_labels(said.labels, place),
        "phase_notes": _phase_notes(chart, said.labels, said.remarks),
        "rows": _rows(chart, said.labels, said.cycles, said.remarks, said.verdict),
    }


def _signals(verdict: Verdict) -> frozenset[int]:
    return frozenset(verdict.marked) if verdict.is_signal else frozenset()


def _lines(chart: Chart, place: Place, target: float | None) -> tuple[tuple[Centre, ...], Target | None]:
    goal = None if target is None else Target(place.y(target), target, place.y(target))
    return _parted(_centres(chart, place), goal)


def _has_baseline(chart: Chart) -> bool:
    """Whether centre and limits come from a frozen baseline that other points came after."""
    frozen = chart.settings.freeze
    return frozen is not None and len(chart.phases) == 1 and frozen < len(chart.points)


def _baseline_x(chart: Chart, place: Place) -> float | None:
    return place.x(chart.settings.freeze, 0.5) if _has_baseline(chart) and chart.settings.freeze else None


def _phase_notes(chart: Chart, labels: Sequence[str], remarks: Remarks) -> tuple[PhaseNote, ...]:
    return tuple(PhaseNote(labels[phase.first - 1], remarks.phases.get(phase.first, "")) for phase in chart.phases[1:])


def _domain(chart: Chart, target: float | None, *, from_zero: bool) -> tuple[float, float]:
    numbers = [
        number
        for point in chart.points
        for number in (point.value, point.centre, point.lower, point.upper)
        if number is not None and (point.value is not None or number in {point.value, point.centre})
    ]
    numbers += [] if target is None else [target]
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    if from_zero and low >= 0:
        low = 0.0
    return low, high


def _dots(chart: Chart, place: Place, signals: frozenset[int]) -> tuple[Dot, ...]:
    return tuple(
        Dot(
            position=point.position,
            x=place.x(point.position),
            y=place.y(point.value),
            value=point.value,
            is_signal=point.position in signals,
            is_excluded=point.is_excluded,
        )
        for point in chart.points
        if point.value is not None
    )


def _strokes(chart: Chart, place: Place) -> tuple[Stroke, ...]:
    return tuple(
        Stroke(place.x(a.position), place.y(a.value), place.x(b.position), place.y(b.value))
        for a, b in pairwise(chart.points)
        if a.value is not None and b.value is not None and a.phase == b.phase
    )


def _bands(chart: Chart, place: Place) -> tuple[Stroke, ...]:
    """One box for each row of points that share their limits."""
    boxes = []
    for (lower, upper, _), group in groupby(chart.points, key=lambda point: (point.lower, point.upper, point.phase)):
        points = list(group)
        if lower is not None and upper is not None:
            left, right = place.x(points[0].position, -0.5), place.x(points[-1].position, 0.5)
            boxes.append(Stroke(left, place.y(upper), right, place.y(lower)))
    return tuple(boxes)


def _centres(chart: Chart, place: Place) -> tuple[Centre, ...]:
    centres = []
    for phase in chart.phases:
        value = chart.points[phase.first - 1].centre
        if value is not None:
            y, is_last = place.y(value), phase is chart.phases[-1]
            left, right = place.x(phase.first, -0.5), place.x(phase.last, 0.5)
            centres.append(Centre(left, right, y, value, y if is_last else None))
    return tuple(centres)


def _parted(centres: tuple[Centre, ...], target: Target | None) -> tuple[tuple[Centre, ...], Target | None]:
    """Push the labels at the ends of centre and target apart when they would touch."""
    if not centres or target is None or centres[-1].label_y is None:
        return centres, target
    last = centres[-1]
    apart = LABEL_GAP - abs(last.y - target.y)
    if apart <= 0:
        return centres, target
    down = apart / 2 if last.y >= target.y else -apart / 2
    moved = Centre(last.x1, last.x2, last.y, last.value, round(last.y + down, 1))
    return (*centres[:-1], moved), Target(target.y, target.value, round(target.y - down, 1))


def _axis_labels(labels: Sequence[str], place: Place) -> tuple[AxisLabel, ...]:
    if not labels:
        return ()
    first = AxisLabel(max(place.x(1) - 2, 0.0), labels[0], "start", is_for_wide=False)
    if len(labels) == 1:
        return (AxisLabel(place.x(1), labels[0], "middle", is_for_wide=False),)
    last = AxisLabel(min(place.x(len(labels)) + 2, 100.0), labels[-1], "end", is_for_wide=False)
    middle = (len(labels) + 1) // 2
    if middle in {1, len(labels)}:
        return first, last
    return first, AxisLabel(place.x(middle), labels[middle - 1], "middle", is_for_wide=True), last


def _flags(cycles: Sequence[CycleFlag], place: Place, n_points: int) -> tuple[tuple[Flag, ...], int]:
    """Put each flag into the first row where it touches none before it."""
    ends: list[float] = []
    flags = []
    for cycle in sorted(cycles, key=lambda each: (each.position, each.number)):
        if not 1 <= cycle.position <= n_points:
            continue
        x = place.x(cycle.position)
        row = next((i for i, end in enumerate(ends) if x - end >= FLAG_GAP), len(ends))
        ends[row : row + 1] = [x]
        y = place.bottom + row * FLAG_ROW
        flags.append(Flag(x, y, place.bottom, cycle))
    return tuple(flags), len(ends)


def _signal_label(verdict: Verdict, dots: Sequence[Dot], place: Place) -> SignalLabel | None:
    marked = [dot for dot in dots if dot.position in verdict.positions]
    if not verdict.is_signal or verdict.reason is None or not marked:
        return None
    middle = marked[-1] if verdict.reason is Reason.OUTSIDE else marked[len(marked) // 2]
    above, below = min(dot.y for dot in marked) - 12, max(dot.y for dot in marked) + 20
    is_over = above >= LABEL_ROOM if verdict.side is Side.ABOVE else below > place.bottom - 5
    y = max(above, LABEL_ROOM) if is_over else min(below, place.bottom - 5)
    anchor = "end" if middle.x > 66 else "start" if middle.x < 34 else "middle"
    x = marked[-1].x if anchor == "end" else marked[0].x if anchor == "start" else middle.x
    return SignalLabel(x, round(y, 1), anchor, verdict.reason, len(marked))


def _rows(
    chart: Chart,
    labels: Sequence[str],
    cycles: Sequence[CycleFlag],
    remarks: Remarks,
    verdict: Verdict,
) -> tuple[Row, ...]:
    signals = _signals(verdict)

    def row(point: Point, label: str) -> Row:
        return Row(
            position=point.position,
            label=label,
            value=point.value,
            centre=point.centre,
            lower=point.lower,
            upper=point.upper,
            phase=point.phase,
            is_signal=point.position in signals,
            is_outside=point.is_outside,
            is_excluded=point.is_excluded,
            left_out_because=remarks.left_out.get(point.position, ""),
            note=remarks.notes.get(point.position, ""),
            cycles=tuple(cycle for cycle in cycles if cycle.position == point.position),
        )

    return tuple(row(point, label) for point, label in zip(chart.points, labels, strict=True))

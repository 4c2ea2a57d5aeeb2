"""Where everything on a chart is drawn, as plain numbers for an SVG that the server writes.

Lengths along the page are percentages of the drawing, heights are pixels, and text keeps its size: one drawing serves
320 px, a desktop and print. Words and numbers are put to it by `templates/macros/run_chart.html`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from typing import Final

from lms.improvement.spc import Chart, Phase, Point, Side, Wanted
from lms.improvement.verdicts import Reason, Verdict, judge

TOP: Final = 22  # Room above the highest tick, for the words of a signal.
FLAG_ROW: Final = 30  # Height of a row of flags; the numbers on them are links for thumbs.
FLAG_GAP: Final = 15.0  # Percent between two flags of one row: 28 px on the narrowest phone.
LABEL_GAP: Final = 30  # Pixels between two labels at the end of their lines, each a number and a word below it.
PHASE_GAP: Final = 0.8  # Columns left empty between two phases.
MANY_POINTS: Final = 14  # From so many points on, dots are drawn smaller.
BELOW: Final = 22  # Room for the words under the axis.


class Period(StrEnum):
    """What stands between two points; only for words."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    POINT = "point"


class Size(StrEnum):
    """A chart of its own, or one of several side by side."""

    FULL = "full"
    SMALL = "small"

    @property
    def height(self) -> int:
        """Pixels from the highest to the lowest tick."""
        return 190 if self is Size.FULL else 104


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleFlag:
    """A PDSA cycle on the axis: at the first point on or after the day it was begun."""

    position: int
    number: int
    path: str
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point. x in percent, y in pixels."""

    position: int
    x: float
    y: float
    value: float
    is_signal: bool
    is_excluded: bool


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line, or the two corners of a box. x in percent, y in pixels."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Centre:
    """The centre line of one phase; the last one has its value at its end."""

    x1: float
    x2: float
    y: float
    value: float
    label_y: float | None


@dataclass(frozen=True, slots=True)
class Target:
    """The target across the whole chart."""

    y: float
    value: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A number on the left."""

    y: float
    value: float


@dataclass(frozen=True, slots=True)
class AxisLabel:
    """Words under the axis: at the first and the last point, and between them where there is room."""

    x: float
    text: str
    anchor: str
    is_for_wide: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """A cycle, drawn: its stem from the axis down to its row."""

    x: float
    y: float
    stem_y: float
    cycle: CycleFlag


@dataclass(frozen=True, slots=True)
class SignalLabel:
    """Words beside the rings."""

    x: float
    y: float
    anchor: str
    reason: Reason
    n_points: int


@dataclass(frozen=True, slots=True)
class Row:
    """One period in the table below the chart."""

    position: int
    label: str
    value: float | None
    centre: float | None
    lower: float | None
    upper: float | None
    phase: int
    is_signal: bool
    is_outside: bool
    is_excluded: bool
    note: str
    cycles: tuple[CycleFlag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart, ready to be written as SVG and as a table."""

    verdict: Verdict
    period: Period
    size: Size
    wanted: Wanted
    decimals: int
    tick_decimals: int
    is_percent: bool
    has_limits: bool
    top: float
    bottom: float
    height: float
    dot_radius: float
    dots: tuple[Dot, ...]
    strokes: tuple[Stroke, ...]
    bands: tuple[Stroke, ...]
    breaks: tuple[float, ...]
    centres: tuple[Centre, ...]
    target: Target | None
    ticks: tuple[Tick, ...]
    axis_labels: tuple[AxisLabel, ...]
    flags: tuple[Flag, ...]
    signal_label: SignalLabel | None
    rows: tuple[Row, ...]

    def __hash__(self) -> int:
        """A picture is a key of what was drawn once: a few of its parts tell most pictures apart."""
        return hash((self.size, self.height, self.last_value, len(self.rows), self.axis_labels, self.ticks))

    @property
    def n_values(self) -> int:
        """Points that have a value."""
        return len(self.dots)

    @property
    def last_value(self) -> float | None:
        """The newest value there is."""
        return self.dots[-1].value if self.dots else None

    def figure(self, value: float | None) -> str:
        """Write a value with its decimals, one more where rounding would hide a half; "" for none."""
        if value is None:
            return ""
        is_even = math.isclose(value, round(value, self.decimals), abs_tol=0.02 * 10**-self.decimals)
        return self._written(value, self.decimals if is_even else self.decimals + 1)

    def tick_figure(self, value: float) -> str:
        """Write a number of the axis."""
        return self._written(value, self.tick_decimals)

    def _written(self, value: float, decimals: int) -> str:
        rounded = round(value, decimals) + 0.0
        return f"{rounded:,.{decimals}f}{'%' if self.is_percent else ''}"

    @property
    def centre_value(self) -> float | None:
        """The centre of the last phase."""
        return self.centres[-1].value if self.centres else None


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
) -> Picture:
    """Place everything on a chart.

    labels: one per point, as it is written. target: in the unit of the chart; None = there is none. cycles: at
    positions counted from 1. decimals: of the values in the table and at the lines. from_zero: the axis begins at 0
    when no value is below. domain: lowest and highest number to make room for, shared by charts side by side.
    notes: by position, for the table.

    >>> from lms.improvement.spc import run_chart
    >>> picture = draw(run_chart([4, 6, 5]), labels=["Mon", "Tue", "Wed"])
    >>> [tick.value for tick in picture.ticks], picture.centre_value
    ([0.0, 2.0, 4.0, 6.0], 5.0)
    """
    if len(labels) != len(chart.points):
        raise ValueError(f"{len(chart.points)} points have {len(labels)} labels")
    verdict = judge(chart, wanted=wanted)
    signals = frozenset(verdict.positions) | frozenset(chart.outside_at)
    signals = signals if verdict.is_signal else frozenset()
    ticks, tick_decimals = _ticks(*(domain or _domain(chart, target, from_zero=from_zero)), size)
    place = _Place(chart, low=ticks[0], high=ticks[-1], top=TOP, height=size.height)
    dots = _dots(chart, place, signals)
    centres = _centres(chart, place)
    goal = None if target is None else Target(place.y(target), target, place.y(target))
    centres, goal = _parted(centres, goal)
    flags, n_rows = _flags(cycles, place, len(chart.points))
    return Picture(
        verdict=verdict,
        period=period,
        size=size,
        wanted=wanted,
        decimals=decimals,
        tick_decimals=tick_decimals,
        is_percent=is_percent,
        has_limits=any(point.upper is not None for point in chart.points),
        top=TOP,
        bottom=place.bottom,
        height=place.bottom + n_rows * FLAG_ROW + BELOW,
        dot_radius=3.5 if len(chart.points) < MANY_POINTS and size is Size.FULL else 2.5,
        dots=dots,
        strokes=_strokes(chart, place),
        bands=_bands(chart, place),
        breaks=tuple(place.gap_before(phase) for phase in chart.phases[1:]),
        centres=centres,
        target=goal,
        ticks=tuple(Tick(place.y(value), value) for value in ticks),
        axis_labels=_axis_labels(labels, place),
        flags=flags,
        signal_label=_signal_label(verdict, dots, place),
        rows=_rows(chart, labels, cycles, notes or {}, signals),
    )


class _Place:
    """Turns positions into percent and values into pixels."""

    def __init__(self, chart: Chart, *, low: float, high: float, top: float, height: float) -> None:
        self.low, self.high, self.top, self.height = low, high, top, height
        self.bottom = top + height
        columns = len(chart.points) + PHASE_GAP * max(len(chart.phases) - 1, 0)
        self.width = 100 / columns if columns else 100.0
        self._phase = [point.phase for point in chart.points]

    def x(self, position: int, shift: float = 0.0) -> float:
        """The middle of a column, or `shift` columns beside it."""
        gaps = PHASE_GAP * (self._phase[position - 1] - 1)
        return round((position - 0.5 + gaps + shift) * self.width, 2)

    def y(self, value: float) -> float:
        """The height of a value; what lies beyond the ticks stays at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.bottom - self.height * min(max(share, 0.0), 1.0), 1)

    def gap_before(self, phase: Phase) -> float:
        """The middle of the gap that parts a phase from the one before."""
        return self.x(phase.first, -0.5 - PHASE_GAP / 2)


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


def _ticks(low: float, high: float, size: Size) -> tuple[list[float], int]:
    """Take few round numbers that hold low and high between them, and how many decimals they need."""
    span = (high - low) or abs(high) or 1.0
    step = _round_step(span / (4 if size is Size.FULL else 2))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if not math.isclose(step * 10**decimals, round(step * 10**decimals)):
        decimals += 1
    return [round(i * step, decimals) + 0.0 for i in range(first, last + 1)], decimals


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _dots(chart: Chart, place: _Place, signals: frozenset[int]) -> tuple[Dot, ...]:
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


def _strokes(chart: Chart, place: _Place) -> tuple[Stroke, ...]:
    return tuple(
        Stroke(place.x(a.position), place.y(a.value), place.x(b.position), place.y(b.value))
        for a, b in pairwise(chart.points)
        if a.value is not None and b.value is not None and a.phase == b.phase
    )


def _bands(chart: Chart, place: _Place) -> tuple[Stroke, ...]:
    """One box for each row of points that share their limits."""
    boxes = []
    for (lower, upper, _), group in groupby(chart.points, key=lambda point: (point.lower, point.upper, point.phase)):
        points = list(group)
        if lower is not None and upper is not None:
            left, right = place.x(points[0].position, -0.5), place.x(points[-1].position, 0.5)
            boxes.append(Stroke(left, place.y(upper), right, place.y(lower)))
    return tuple(boxes)


def _centres(chart: Chart, place: _Place) -> tuple[Centre, ...]:
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


def _axis_labels(labels: Sequence[str], place: _Place) -> tuple[AxisLabel, ...]:
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


def _flags(cycles: Sequence[CycleFlag], place: _Place, n_points: int) -> tuple[tuple[Flag, ...], int]:
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


def _signal_label(verdict: Verdict, dots: Sequence[Dot], place: _Place) -> SignalLabel | None:
    marked = [dot for dot in dots if dot.position in verdict.positions]
    if not verdict.is_signal or verdict.reason is None or not marked:
        return None
    middle = marked[-1] if verdict.reason is Reason.OUTSIDE else marked[len(marked) // 2]
    if verdict.side is Side.ABOVE:
        y = max(min(dot.y for dot in marked) - 12, 12)
    else:
        y = min(max(dot.y for dot in marked) + 20, place.bottom - 5)
    anchor = "end" if middle.x > 66 else "start" if middle.x < 34 else "middle"
    x = marked[-1].x if anchor == "end" else marked[0].x if anchor == "start" else middle.x
    return SignalLabel(x, round(y, 1), anchor, verdict.reason, len(marked))


def _rows(
    chart: Chart,
    labels: Sequence[str],
    cycles: Sequence[CycleFlag],
    notes: Mapping[int, str],
    signals: frozenset[int],
) -> tuple[Row, ...]:
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
            note=notes.get(point.position, ""),
            cycles=tuple(cycle for cycle in cycles if cycle.position == point.position),
        )

    return tuple(row(point, label) for point, label in zip(chart.points, labels, strict=True))

"""What stands on a chart, as plain numbers: x in percent of the drawing, y in pixels from its top."""

import math
from dataclasses import dataclass
from enum import StrEnum

from lms.improvement.spc import Kind, Wanted
from lms.improvement.verdicts import Reason, Verdict


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
class PhaseNote:
    """Where a phase begins, and why."""

    label: str
    reason: str


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
    left_out_because: str
    note: str
    cycles: tuple[CycleFlag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart, ready to be written as SVG and as a table."""

    kind: Kind
    verdict: Verdict
    period: Period
    size: Size
    wanted: Wanted
    decimals: int
    tick_decimals: int
    is_percent: bool
    has_limits: bool
    is_screened: bool
    is_centre_given: bool
    top: float
    bottom: float
    height: float
    dot_radius: float
    dots: tuple[Dot, ...]
    strokes: tuple[Stroke, ...]
    bands: tuple[Stroke, ...]
    breaks: tuple[float, ...]
    baseline_x: float | None
    baseline_label: str
    phase_notes: tuple[PhaseNote, ...]
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
    def left_out(self) -> tuple[Row, ...]:
        """The points that centre and limits are made without."""
        return tuple(row for row in self.rows if row.is_excluded and row.value is not None)

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

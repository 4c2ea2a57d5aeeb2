"""Where positions and values stand: columns in percent, heights in pixels, and round numbers on the axis."""

import math
from typing import Final

from lms.improvement.pictures.shapes import Size
from lms.improvement.spc import Chart, Phase

PHASE_GAP: Final = 0.8  # Columns left empty between two phases.
LEAST_SPAN: Final = 1e-9  # Smaller differences are none: no axis can name them.


class Place:
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


def round_ticks(low: float, high: float, size: Size) -> tuple[list[float], int]:
    """Take few round numbers that hold low and high between them, and how many decimals they need."""
    span = next((width for width in (high - low, abs(high)) if width > LEAST_SPAN), 1.0)
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

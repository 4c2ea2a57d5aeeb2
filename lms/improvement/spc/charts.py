"""Run charts and control charts: every point with its lines, every phase with its runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lms.improvement.spc.errors import InvalidChart, OrphanNumerator
from lms.improvement.spc.lines import Given, Kind, Lines, lines
from lms.improvement.spc.numbers import shown
from lms.improvement.spc.runs import Run, RunsAnalysis, analyse_runs
from lms.improvement.spc.stretch import Aggregate, Stretch, gather

ENGINE_VERSION: Final = 1
"""Raised whenever the same data and settings would give another chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is decided about a chart beside its data. Positions count from 1; those beyond the data have no effect."""

    freeze: int | None = None  # Last point of the baseline that makes centre and limits; of no effect with phases.
    phases: tuple[int, ...] = ()  # Last point of each phase but the last.
    exclude: tuple[int, ...] = ()  # Left out of centre, limits and runs; still drawn.
    centre: float | None = None  # A given centre line, before `multiply`.
    screened: bool = False  # Nelson's screening of moving ranges, printed under the chart.
    multiply: float = 1  # 1000 for a rate per 1000, 100 for percent.
    allows_negative: bool = True  # False floors the lower limit at 0 when no value is below.
    aggregate: Aggregate = Aggregate.MEAN  # What stands for several measurements of one period.

    def __post_init__(self) -> None:
        if self.freeze is not None and self.freeze < 1:
            raise InvalidChart("the baseline holds no point")
        if any(position < 1 for position in (*self.phases, *self.exclude)):
            raise InvalidChart("points are counted from 1")


@dataclass(frozen=True, slots=True)
class Point:
    """One period as it is drawn, None for what is missing or undefined."""

    position: int
    value: float | None
    centre: float | None
    lower: float | None
    upper: float | None
    lower_2s: float | None
    upper_2s: float | None
    phase: int
    is_outside: bool
    is_excluded: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """Points that share a centre line, and what their runs say."""

    number: int
    first: int
    last: int
    n_observed: int
    analysis: RunsAnalysis
    has_signal: bool  # By runs; never on a chart of moving ranges.

    @property
    def n_useful(self) -> int:
        """Points neither missing nor on the centre line."""
        return self.analysis.n_useful

    @property
    def longest_run(self) -> int | None:
        """Length of the longest run; None without a useful point, as the next three."""
        return self.analysis.longest_run

    @property
    def longest_run_max(self) -> int | None:
        """How long a run chance allows."""
        return self.analysis.longest_run_max

    @property
    def n_crossings(self) -> int | None:
        """How often the useful points cross the centre line."""
        return self.analysis.n_crossings

    @property
    def n_crossings_min(self) -> int | None:
        """How often they must cross it at least."""
        return self.analysis.n_crossings_min

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs longer than chance allows, oldest first."""
        return self.analysis.long_runs


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, computed; drawn by `pictures`, read by `verdicts`."""

    kind: Kind
    settings: Settings
    points: tuple[Point, ...]
    phases: tuple[Phase, ...]

    @property
    def outside_at(self) -> tuple[int, ...]:
        """Positions strictly outside their limits."""
        return tuple(point.position for point in self.points if point.is_outside)

    @property
    def has_limits(self) -> bool:
        """Whether this kind of chart has limits at all."""
        return self.kind is not Kind.RUN

    @property
    def has_signal(self) -> bool:
        """Whether anything on the chart is more than chance."""
        return bool(self.outside_at) or any(phase.has_signal for phase in self.phases)

    @property
    def n_useful(self) -> int:
        """Useful points of the last phase."""
        return self.phases[-1].n_useful if self.phases else 0


def run_chart(
    values: Sequence[float | None],
    *,
    freeze: int | None = None,
    phases: Sequence[int] = (),
    exclude: Sequence[int] = (),
    centre: float | None = None,
) -> Chart:
    """Analyse values over time about their median.

    values: one per period in order of time; None = missing, never 0. freeze: last point of the baseline whose median is
    kept. phases: last point of each phase but the last, each with its own median and runs. exclude: points left out of
    both. centre: a given centre line instead of the median. Positions count from 1.
    Returns a chart without limits. Raises InvalidChart.
    Formula: centre = median(base); signals as `analyse_runs`. Source: anhoej-olesen-2014, Methods.

    >>> found = run_chart([12, 15, 11, 14, 13, 10, 16, 12, 14, 11, 18, 19, 21, 20, 22, 19, 23, 20, 21, 24])
    >>> found.points[0].centre, found.phases[0].longest_run, found.phases[0].n_crossings, found.has_signal
    (17.0, 10, 1, True)
    """
    settings = Settings(freeze=freeze, phases=tuple(phases), exclude=tuple(exclude), centre=centre)
    return chart(Kind.RUN, values, settings=settings)


def chart(
    kind: Kind,
    y: Sequence[float | None],
    n: Sequence[float | None] | None = None,
    *,
    subgroups: Sequence[float] | None = None,
    settings: Settings | None = None,
) -> Chart:
    """Analyse values over time as a chart of this kind.

    y: measurements, counts, or numerators where n is given; None = missing. n: denominators (people, days), at least 0;
    needed for P, P', U and U'. subgroups: of each y, the number of its period, when a period holds several. settings:
    None = all points, nothing decided.
    Returns points with centre and limits times `multiply`, phases with their runs. A point is outside only strictly
    beyond a three-sigma limit. Where n is 0 the point and its limits are undefined; a numerator over it still enters
    the sums, as in R, so refuse it at entry (`check_rate`). Raises InvalidChart, TimeNotPositive.
    Formulas and sources: at each kind in `lines`.

    >>> found = chart(Kind.P, [9, 8, 7], [10, 10, 10])
    >>> found.points[0].value, found.points[0].centre, found.points[0].upper
    (0.9, 0.8, 1)
    """
    settings = settings or Settings()
    stretch = _with_base(gather(y, n, subgroups, settings.aggregate), settings)
    points: list[Point] = []
    phases: list[Phase] = []
    for number, (start, stop) in enumerate(_bounds(len(stretch.y), settings.phases), 1):
        part = stretch.part(start, stop)
        found = lines(kind, part, Given(centre=settings.centre, screened=settings.screened))
        points += _points(part, found, settings, number)
        phases.append(_phase(kind, part, found, number))
    return Chart(kind, settings, _floored(points, settings), tuple(phases))


def check_rate(y: Sequence[float | None], n: Sequence[float | None]) -> None:
    """Refuse events over a denominator of zero, which would raise the centre line of a rate in silence.

    y, n: of equal length; None = missing. Raises OrphanNumerator with the first such position, InvalidChart.

    >>> check_rate([0, 3], [0, 10])
    """
    if len(y) != len(n):
        raise InvalidChart(f"{len(y)} values have {len(n)} denominators")
    for position, (above, below) in enumerate(zip(y, n, strict=True), 1):
        if above and below == 0:
            raise OrphanNumerator(position)


def _with_base(stretch: Stretch, settings: Settings) -> Stretch:
    frozen = settings.freeze if settings.freeze is not None and not settings.phases else len(stretch.y)
    is_included = [position not in settings.exclude for position in range(1, len(stretch.y) + 1)]
    is_base = [included and position <= frozen for position, included in enumerate(is_included, 1)]
    return replace(stretch, is_included=is_included, is_base=is_base)


def _bounds(length: int, phases: Sequence[int]) -> list[tuple[int, int]]:
    starts = [0, *sorted({last for last in phases if last < length})] if length else []
    return list(zip(starts, [*starts[1:], length], strict=False))


def _points(part: Stretch, found: Lines, settings: Settings, number: int) -> list[Point]:
    return [_point(part, found, settings.multiply, number, index) for index in range(len(part.y))]


def _point(part: Stretch, found: Lines, multiply: float, number: int, index: int) -> Point:
    value, lower, upper = (found.y[index] * multiply, found.lower[index] * multiply, found.upper[index] * multiply)
    return Point(
        position=part.first + index,
        value=shown(value),
        centre=shown(found.centre * multiply),
        lower=shown(lower),
        upper=shown(upper),
        lower_2s=shown(found.lower_2s[index] * multiply),
        upper_2s=shown(found.upper_2s[index] * multiply),
        phase=number,
        is_outside=None not in {shown(lower), shown(upper)} and (value > upper or value < lower),
        is_excluded=not part.is_included[index],
    )


def _phase(kind: Kind, part: Stretch, found: Lines, number: int) -> Phase:
    kept = [value if included else None for value, included in zip(found.y, part.is_included, strict=True)]
    analysis = analyse_runs(kept, found.centre, first=part.first)
    return Phase(
        number=number,
        first=part.first,
        last=part.first + len(part.y) - 1,
        n_observed=sum(part.is_included),
        analysis=analysis,
        has_signal=analysis.has_signal and kind is not Kind.MR,
    )


def _floored(points: list[Point], settings: Settings) -> tuple[Point, ...]:
    if settings.allows_negative or any((point.value or 0) < 0 for point in points):
        return tuple(points)
    return tuple(
        replace(point, lower=_at_least_0(point.lower), lower_2s=_at_least_0(point.lower_2s)) for point in points
    )


def _at_least_0(value: float | None) -> float | None:
    return None if value is None else max(value, 0)


NEEDS_DENOMINATORS: Mapping[Kind, bool] = {kind: kind in {Kind.P, Kind.P_PRIME, Kind.U, Kind.U_PRIME} for kind in Kind}

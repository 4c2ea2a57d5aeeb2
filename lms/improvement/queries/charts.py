"""Charts: from what was entered to a picture with its verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import format_date, get_locale
from flask_babel import gettext as _

from lms.improvement import pictures, rules, spc
from lms.improvement.models import Cycle, Measure, MeasureDefinition, Observation
from lms.improvement.rules import Cadence, ChartKind, Unit

_NEEDS_SHARES = frozenset({ChartKind.P, ChartKind.P_PRIME, ChartKind.U, ChartKind.U_PRIME})


@dataclass(frozen=True)
class MeasureChart:
    """A measure as it is drawn, with the points behind it."""

    measure: Measure
    definition: MeasureDefinition
    periods_on: tuple[date, ...]
    values: tuple[float | None, ...]
    entries: Mapping[date, Observation]
    picture: pictures.Picture

    @property
    def last_value(self) -> float | None:
        """The newest number, or None without any."""
        return next((value for value in reversed(self.values) if value is not None), None)

    @property
    def n_points(self) -> int:
        """How many periods have a number."""
        return sum(value is not None for value in self.values)


def draw_chart(
    measure: Measure,
    entries: Mapping[date, Observation],
    cycles: Sequence[Cycle] = (),
    *,
    size: pictures.Size = pictures.Size.FULL,
) -> MeasureChart:
    """Draw a measure (no statement). entries: the newest entry of each period; cycles: those whose begin is shown."""
    now = measure.definition
    periods = rules.list_periods(min(entries), max(entries), now.cadence) if entries else []
    by_id = {definition.id: definition for definition in measure.definitions}
    values = [_value(entries.get(period), by_id) for period in periods]
    picture = pictures.draw(
        _computed(measure, periods, entries, values),
        labels=[label_of(period, now.cadence) for period in periods],
        wanted=spc.Wanted(now.direction.value),
        target=now.target,
        cycles=_flags(cycles, periods, now.cadence),
        period=pictures.Period(now.cadence.value),
        decimals=0 if now.unit in {Unit.PERCENT, Unit.COUNT} else 1,
        is_percent=now.unit is Unit.PERCENT,
        notes=_notes(periods, entries),
        size=size,
    )
    return MeasureChart(measure, now, tuple(periods), tuple(values), entries, picture)


def label_of(period_on: date, cadence: Cadence) -> str:
    """Write a period shortly: the first day of a week, or a month."""
    if cadence is Cadence.MONTH:
        return str(format_date(period_on, "MMM y"))
    return str(format_date(period_on, "d MMM" if str(get_locale()) == "es" else "MMM d"))


def _computed(
    measure: Measure, periods: Sequence[date], entries: Mapping[date, Observation], values: Sequence[float | None]
) -> spc.Chart:
    now = measure.definition
    settings = spc.Settings(phases=_phase_ends(measure.definitions, periods))
    if measure.chart_kind not in _NEEDS_SHARES:
        return spc.chart(spc.Kind(measure.chart_kind.value), values, settings=settings)
    numbers = [entries.get(period) for period in periods]
    scaled = spc.Settings(phases=settings.phases, multiply=rules.scale_of(now.unit, now.rate_per))
    return spc.chart(
        spc.Kind(measure.chart_kind.value),
        [each.numerator if each else None for each in numbers],
        [each.denominator if each else None for each in numbers],
        settings=scaled,
    )


def _value(entry: Observation | None, definitions: Mapping[int, MeasureDefinition]) -> float | None:
    if entry is None:
        return None
    definition = definitions[entry.definition_id]
    return rules.value_of(definition.unit, definition.rate_per, entry.numerator, entry.denominator)


def _phase_ends(definitions: Sequence[MeasureDefinition], periods: Sequence[date]) -> tuple[int, ...]:
    """Return the last point before each day on which something else began to be counted."""
    begins = [each.holds_from_on for each in definitions if each.holds_from_on is not None]
    ends = {sum(period < begin for period in periods) for begin in begins}
    return tuple(sorted(end for end in ends if 0 < end < len(periods)))


def _flags(cycles: Sequence[Cycle], periods: Sequence[date], cadence: Cadence) -> list[pictures.CycleFlag]:
    flags = []
    for cycle in cycles:
        began = cycle.began_on
        if began is None:
            continue
        position = next((n for n, p in enumerate(periods, 1) if rules.last_day(p, cadence) >= began), None)
        if position is not None and (position > 1 or began >= periods[0]):
            label = _("Cycle %(number)s: %(title)s", number=cycle.number, title=cycle.title)
            path = f"/improve/cycles/{cycle.id}"
            flags.append(pictures.CycleFlag(position=position, number=cycle.number, path=path, label=label))
    return flags


def _notes(periods: Sequence[date], entries: Mapping[date, Observation]) -> dict[int, str]:
    return {n: entries[p].note for n, p in enumerate(periods, 1) if p in entries and entries[p].note}

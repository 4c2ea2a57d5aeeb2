"""Charts: from what was entered to a picture with its verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from flask_babel import format_date, get_locale
from flask_babel import gettext as _

from lms.accounts.models import Person
from lms.improvement import pictures, rules, spc
from lms.improvement.models import Cycle, Measure, MeasureDefinition
from lms.improvement.rules import Cadence, ChartKind, CycleState, Decision, Direction, MissingReason, Unit

MOST_PICTURES = 256  # that one process remembers
_NEEDS_SHARES = frozenset({ChartKind.P, ChartKind.P_PRIME, ChartKind.U, ChartKind.U_PRIME})


class Entry(NamedTuple):
    """The number of one period, or why there is none: a row of `observation` without who entered it."""

    id: int
    measure_id: int
    definition_id: int
    period_on: date
    numerator: float | None
    denominator: float | None
    missing_reason: MissingReason | None
    note: str


class SignedEntry(NamedTuple):
    """An entry with who entered it and when."""

    id: int
    measure_id: int
    definition_id: int
    period_on: date
    numerator: float | None
    denominator: float | None
    missing_reason: MissingReason | None
    note: str
    entered_at: datetime
    entered_by: Person | None


Entries = Mapping[date, Entry | SignedEntry]  # period → newest entry


class CycleLine(NamedTuple):
    """A cycle in a list, and on a chart."""

    id: int
    team_id: int
    number: int
    title: str
    state: CycleState
    measure_id: int | None
    began_on: date | None
    decision: Decision | None
    returned_at: datetime | None
    idea_title: str | None

    @property
    def is_returned(self) -> bool:
        """Whether a review sent it back and the team has not answered yet."""
        return self.state is CycleState.ACTED and self.returned_at is not None


class _Definition(NamedTuple):
    """What a picture depends on in a definition."""

    id: int
    unit: Unit
    rate_per: int | None
    cadence: Cadence
    direction: Direction
    target: float | None
    holds_from_on: date | None


class _Number(NamedTuple):
    """What a picture depends on in an entry."""

    period_on: date
    definition_id: int
    numerator: float | None
    denominator: float | None
    note: str


class _Begun(NamedTuple):
    """What a picture depends on in a cycle."""

    id: int
    number: int
    title: str
    began_on: date


class _Subject(NamedTuple):
    """All that a picture depends on."""

    language: str  # of the labels
    chart_kind: ChartKind
    definitions: tuple[_Definition, ...]
    numbers: tuple[_Number, ...]
    cycles: tuple[_Begun, ...]
    size: pictures.Size


class _Drawn(NamedTuple):
    """What is drawn of a measure."""

    periods_on: tuple[date, ...]
    values: tuple[float | None, ...]
    picture: pictures.Picture


@dataclass(frozen=True)
class MeasureChart:
    """A measure as it is drawn, with the points behind it."""

    measure: Measure
    definition: MeasureDefinition
    periods_on: tuple[date, ...]
    values: tuple[float | None, ...]
    entries: Entries
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
    entries: Entries,
    cycles: Sequence[Cycle | CycleLine] = (),
    *,
    size: pictures.Size = pictures.Size.FULL,
) -> MeasureChart:
    """Draw a measure (no statement). entries: the newest entry of each period; cycles: those whose begin is shown."""
    subject = _Subject(
        str(get_locale()),
        measure.chart_kind,
        tuple(
            _Definition(d.id, d.unit, d.rate_per, d.cadence, d.direction, d.target, d.holds_from_on)
            for d in measure.definitions
        ),
        tuple(
            _Number(period_on, entry.definition_id, entry.numerator, entry.denominator, entry.note)
            for period_on, entry in entries.items()
        ),
        tuple(_Begun(c.id, c.number, c.title, c.began_on) for c in cycles if c.began_on is not None),
        size,
    )
    drawn = _draw(subject)
    return MeasureChart(measure, measure.definition, *drawn[:2], entries, drawn.picture)


@lru_cache(MOST_PICTURES)  # a picture depends on nothing but these, and takes longer to draw than to find again
def _draw(subject: _Subject) -> _Drawn:
    definitions, now = subject.definitions, subject.definitions[-1]
    numbers = {each.period_on: each for each in subject.numbers}
    periods = rules.list_periods(min(numbers), max(numbers), now.cadence) if numbers else []
    by_id = {definition.id: definition for definition in definitions}
    values = [_value(numbers.get(period), by_id) for period in periods]
    picture = pictures.draw(
        _computed(subject.chart_kind, definitions, periods, numbers, values),
        labels=[label_of(period, now.cadence, subject.language) for period in periods],
        wanted=spc.Wanted(now.direction.value),
        target=now.target,
        cycles=_flags(subject.cycles, periods, now.cadence),
        period=pictures.Period(now.cadence.value),
        decimals=0 if now.unit in {Unit.PERCENT, Unit.COUNT} else 1,
        is_percent=now.unit is Unit.PERCENT,
        notes=_notes(periods, numbers),
        size=subject.size,
    )
    return _Drawn(tuple(periods), tuple(values), picture)


def label_of(period_on: date, cadence: Cadence, language: str) -> str:
    """Write a period shortly, in the page's language: the first day of a week, or a month."""
    if cadence is Cadence.MONTH:
        return str(format_date(period_on, "MMM y"))
    return str(format_date(period_on, "d MMM" if language == "es" else "MMM d"))


def _computed(
    chart_kind: ChartKind,
    definitions: Sequence[_Definition],
    periods: Sequence[date],
    entries: Mapping[date, _Number],
    values: Sequence[float | None],
) -> spc.Chart:
    now = definitions[-1]
    settings = spc.Settings(phases=_phase_ends(definitions, periods))
    if chart_kind not in _NEEDS_SHARES:
        return spc.chart(spc.Kind(chart_kind.value), values, settings=settings)
    numbers = [entries.get(period) for period in periods]
    scaled = spc.Settings(phases=settings.phases, multiply=rules.scale_of(now.unit, now.rate_per))
    return spc.chart(
        spc.Kind(chart_kind.value),
        [each.numerator if each else None for each in numbers],
        [each.denominator if each else None for each in numbers],
        settings=scaled,
    )


def _value(entry: _Number | None, definitions: Mapping[int, _Definition]) -> float | None:
    if entry is None:
        return None
    definition = definitions[entry.definition_id]
    return rules.value_of(definition.unit, definition.rate_per, entry.numerator, entry.denominator)


def _phase_ends(definitions: Sequence[_Definition], periods: Sequence[date]) -> tuple[int, ...]:
    """Return the last point before each day on which something else began to be counted."""
    begins = [each.holds_from_on for each in definitions if each.holds_from_on is not None]
    ends = {sum(period < begin for period in periods) for begin in begins}
    return tuple(sorted(end for end in ends if 0 < end < len(periods)))


def _flags(cycles: Sequence[_Begun], periods: Sequence[date], cadence: Cadence) -> list[pictures.CycleFlag]:
    flags = []
    for cycle in cycles:
        began = cycle.began_on
        position = next((n for n, p in enumerate(periods, 1) if rules.last_day(p, cadence) >= began), None)
        if position is not None and (position > 1 or began >= periods[0]):
            label = _("Cycle %(number)s: %(title)s", number=cycle.number, title=cycle.title)
            path = f"/improve/cycles/{cycle.id}"
            flags.append(pictures.CycleFlag(position=position, number=cycle.number, path=path, label=label))
    return flags


def _notes(periods: Sequence[date], entries: Mapping[date, _Number]) -> dict[int, str]:
    return {n: entries[p].note for n, p in enumerate(periods, 1) if p in entries and entries[p].note}

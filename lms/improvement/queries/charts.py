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
from lms.improvement.chart_spec import (
    BegunLine,
    ChartPlan,
    Computed,
    DefinitionLine,
    NumberLine,
    PhaseStart,
    Spec,
    compute,
    plain_plan,
)
from lms.improvement.models import Cycle, Measure, MeasureDefinition
from lms.improvement.rules import Cadence, CycleState, Decision, MissingReason, Unit

MOST_PICTURES = 256  # that one process remembers


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


class _Subject(NamedTuple):
    """All that a picture depends on."""

    language: str  # of the labels
    spec: Spec
    size: pictures.Size


class Drawn(NamedTuple):
    """What is drawn of a spec."""

    computed: Computed
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
    spec: Spec
    computed: Computed

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
    plan: ChartPlan | None = None,
    size: pictures.Size = pictures.Size.FULL,
) -> MeasureChart:
    """Draw a measure (no statement). entries: the newest entry of each period; cycles: those whose begin is shown.

    plan: how it is drawn; None = nobody set anything.
    """
    spec = spec_of(measure, entries, cycles, plan)
    computed, picture = draw_spec(spec, size=size)
    return MeasureChart(
        measure, measure.definition, computed.periods_on, computed.values, entries, picture, spec, computed
    )


def spec_of(
    measure: Measure, entries: Entries, cycles: Sequence[Cycle | CycleLine] = (), plan: ChartPlan | None = None
) -> Spec:
    """Put together all that a measure's chart is made of (no statement)."""
    now = measure.definition
    return Spec(
        name=now.name,
        numerator_text=now.numerator_text,
        denominator_text=now.denominator_text,
        plan=plan or plain_plan(spc.Kind(measure.chart_kind.value)),
        definitions=tuple(
            DefinitionLine(d.id, d.unit, d.rate_per, d.cadence, d.direction, d.target, d.holds_from_on)
            for d in measure.definitions
        ),
        numbers=tuple(
            NumberLine(period_on, entry.definition_id, entry.numerator, entry.denominator, entry.note)
            for period_on, entry in entries.items()
        ),
        cycles=tuple(BegunLine(c.id, c.number, c.title, c.began_on) for c in cycles if c.began_on is not None),
    )


def draw_spec(spec: Spec, *, size: pictures.Size = pictures.Size.FULL) -> Drawn:
    """Draw what a spec says, in the reader's language (no statement)."""
    return _draw(_Subject(str(get_locale()), spec, size))


@lru_cache(MOST_PICTURES)  # a picture depends on nothing but these, and takes longer to draw than to find again
def _draw(subject: _Subject) -> Drawn:
    spec, now = subject.spec, subject.spec.now
    computed = compute(spec)
    periods = computed.periods_on
    picture = pictures.draw(
        computed.chart,
        labels=[label_of(period, now.cadence, subject.language) for period in periods],
        wanted=spc.Wanted(now.direction.value),
        target=now.target,
        cycles=_flags(spec.cycles, periods, now.cadence),
        period=pictures.Period(now.cadence.value),
        decimals=0 if now.unit in {Unit.PERCENT, Unit.COUNT} else 1,
        is_percent=now.unit is Unit.PERCENT,
        verdict=computed.verdict,
        remarks=_remarks(computed),
        size=subject.size,
    )
    return Drawn(computed, picture)


def label_of(period_on: date, cadence: Cadence, language: str) -> str:
    """Write a period shortly, in the page's language: the first day of a week, or a month."""
    if cadence is Cadence.MONTH:
        return str(format_date(period_on, "MMM y"))
    return str(format_date(period_on, "d MMM" if language == "es" else "MMM d"))


def _flags(cycles: Sequence[BegunLine], periods: Sequence[date], cadence: Cadence) -> list[pictures.CycleFlag]:
    flags = []
    for cycle in cycles:
        began = cycle.began_on
        position = next((n for n, p in enumerate(periods, 1) if rules.last_day(p, cadence) >= began), None)
        if position is not None and (position > 1 or began >= periods[0]):
            label = _("Cycle %(number)s: %(title)s", number=cycle.number, title=cycle.title)
            path = f"/improve/cycles/{cycle.id}"
            flags.append(pictures.CycleFlag(position=position, number=cycle.number, path=path, label=label))
    return flags


def _remarks(computed: Computed) -> pictures.Remarks:
    notes = {each.period_on: each.note for each in computed.spec.numbers if each.note}
    return pictures.Remarks(
        notes={n: notes[p] for n, p in enumerate(computed.periods_on, 1) if p in notes},
        left_out=computed.left_out,
        phases={position: phase_reason(start) for position, start in computed.phase_starts.items()},
    )


def phase_reason(start: PhaseStart | None) -> str:
    """Say why a phase begins: a reason, an adopted cycle, or another definition."""
    if start is None:
        return str(_("Something else is counted from here on."))
    if start.cycle_number is None:
        return start.reason
    adopted = str(_("The change of cycle %(number)s was adopted.", number=start.cycle_number))
    return f"{adopted} {start.reason}".strip()

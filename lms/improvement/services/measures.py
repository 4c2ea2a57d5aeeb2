"""Defining measures and entering their numbers."""

from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import exists, select, update

from lms import audit, clock, signals
from lms.db import db, insert_once
from lms.errors import Invalid
from lms.improvement import rules
from lms.improvement.models import Measure, MeasureDefinition, Observation
from lms.improvement.queries.teams import list_writers
from lms.improvement.rules import Cadence, ChartKind, Direction, MeasureKind, MissingReason, Unit
from lms.improvement.services.stale import StaleEdit


@dataclass(frozen=True)
class Definition:
    """What exactly is counted."""

    name: str
    numerator_text: str
    unit: Unit
    cadence: Cadence
    direction: Direction
    denominator_text: str = ""
    excluded_text: str = ""
    source_text: str = ""
    rate_per: int | None = None
    target: float | None = None


@dataclass(frozen=True)
class Upkeep:
    """How a measure is looked after."""

    kind: MeasureKind
    owner_id: int | None = None
    backup_owner_id: int | None = None
    chart_kind: ChartKind = ChartKind.RUN


_COUNTED_FIELDS = ("numerator_text", "denominator_text", "excluded_text", "unit", "rate_per", "cadence")


def add_measure(team_id: int, organization_id: int, definition: Definition, upkeep: Upkeep, *, by_id: int) -> Measure:
    """Add a measure; Invalid when an owner may not write for the team."""
    _refuse_readers(team_id, organization_id, upkeep)
    measure = Measure(team_id=team_id, n_definitions=1, created_by_id=by_id, created_at=clock.now(), **asdict(upkeep))
    db.session.add(measure)
    db.session.flush()  # for the id
    _add_definition(measure.id, 1, definition, holds_from_on=None, by_id=by_id)
    audit.record(by_id, "added a measure", _subject(measure.id), {"team_id": team_id})
    return measure


def edit_measure(
    measure: Measure,
    definition: Definition,
    upkeep: Upkeep,
    *,
    holds_from_on: date | None,
    row_version: int,
    by_id: int,
) -> None:
    """Change a measure. When something else is counted, a new definition begins a new phase of the chart."""
    _refuse_readers(measure.team_id, measure.team.organization_id, upkeep)
    is_other = counts_otherwise(measure.definition, definition)
    if is_other:
        _refuse_other_kind(measure, definition)
        if holds_from_on is None:
            sentence = _("What you count has changed. Choose from which day it is counted so.")
            raise Invalid("From when?", {"holds_from_on": sentence})
    is_reworded = _is_reworded(measure.definition, definition)
    edited = (
        update(Measure)
        .where(Measure.id == measure.id, Measure.row_version == row_version)
        .values(**asdict(upkeep), row_version=row_version + 1, n_definitions=Measure.n_definitions + int(is_reworded))
        .returning(Measure.n_definitions)
        .execution_options(synchronize_session="fetch")
    )
    number = db.session.scalar(edited)
    if number is None:
        raise StaleEdit(_("Somebody else changed this measure while you had the form open."))
    if is_reworded:
        begins_on = rules.period_start(holds_from_on, definition.cadence) if is_other and holds_from_on else None
        _add_definition(measure.id, number, definition, holds_from_on=begins_on, by_id=by_id)
    audit.record(by_id, "edited a measure", _subject(measure.id), {"definition": number})


def set_measure_closed(measure: Measure, *, is_closed: bool, by_id: int) -> None:
    """Stop counting a measure, or go on. Its numbers stay."""
    values = {"closed_at": clock.now() if is_closed else None, "row_version": Measure.row_version + 1}
    closed = update(Measure).where(Measure.id == measure.id).values(values)
    db.session.execute(closed.execution_options(synchronize_session="fetch"))
    audit.record(by_id, "closed a measure" if is_closed else "opened a measure again", _subject(measure.id))


def counts_otherwise(before: MeasureDefinition, after: Definition) -> bool:
    """Say whether something else is counted, so that numbers before and after do not belong together."""
    return any(getattr(before, name) != getattr(after, name) for name in _COUNTED_FIELDS)


@dataclass(frozen=True)
class Entry:
    """What somebody enters for one period: a number, or why there is none."""

    period_on: date
    numerator: float | None = None
    denominator: float | None = None
    missing_reason: MissingReason | None = None
    note: str = ""


class BadEntry(Exception):  # not an error of the site: the form words it
    """A number that cannot belong to the period; `flaws` says why, by field."""

    def __init__(self, flaws: dict[str, rules.NumberFlaw]) -> None:
        super().__init__(str(flaws))
        self.flaws = flaws


def enter_observation(measure: Measure, entry: Entry, *, event_uuid: UUID, by_id: int | None, today: date) -> bool:
    """Enter a period's number; the newest entry holds and the ones before are kept. False when it was sent before.

    Invalid when the period has not begun; BadEntry when the number cannot be right.
    """
    definition = measure.definition
    if not rules.is_enterable(entry.period_on, definition.cadence, today):
        raise Invalid("Not a period.", {"period_on": _("Choose a period that has begun.")})
    first_on = counted_so_from(measure)
    if first_on is not None and entry.period_on < first_on:
        sentence = _("Before that, another kind of number was counted. Choose a later period.")
        raise Invalid("Another kind of number.", {"period_on": sentence})
    if entry.missing_reason is None:
        flaws = rules.flaws_of(definition.unit, entry.numerator, entry.denominator)
        if flaws:
            raise BadEntry(dict(flaws))
    is_share, is_missing = definition.unit in rules.SHARES, entry.missing_reason is not None
    is_new = insert_once(
        Observation,
        event_uuid=event_uuid,
        measure_id=measure.id,
        definition_id=definition_for(measure, entry.period_on).id,
        period_on=entry.period_on,
        numerator=None if is_missing else entry.numerator,
        denominator=entry.denominator if is_share and not is_missing else None,
        missing_reason=entry.missing_reason,
        note=entry.note,
        entered_by_id=by_id,
        entered_at=clock.now(),
    )
    if not is_new:
        return False
    signals.observation_entered.send(None, measure=measure, period_on=entry.period_on)
    changes = {"period_on": entry.period_on.isoformat(), "is_missing": is_missing}
    audit.record(by_id, "entered an observation", _subject(measure.id), changes)
    return True


def definition_for(measure: Measure, period_on: date) -> MeasureDefinition:
    """Return the newest definition that held in a period."""
    held = [each for each, begin in _with_begins(measure) if begin is None or begin <= period_on]
    return held[-1] if held else measure.definitions[0]


def counted_so_from(measure: Measure) -> date | None:
    """Return the first period with today's kind of number and rhythm; None: it was always so."""
    now, first_on = measure.definition, None
    for each, begin in reversed(_with_begins(measure)):
        if (each.unit, each.cadence) != (now.unit, now.cadence):
            return first_on
        first_on = begin
    return None


def _with_begins(measure: Measure) -> list[tuple[MeasureDefinition, date | None]]:
    """Return each definition with the day from which it held; another wording holds from where the one before did."""
    held: list[tuple[MeasureDefinition, date | None]] = []
    for each in measure.definitions:
        held.append((each, each.holds_from_on or (held[-1][1] if held else None)))
    return held


def _subject(measure_id: int) -> audit.Subject:
    return audit.Subject("measure", measure_id)


def _refuse_readers(team_id: int, organization_id: int, upkeep: Upkeep) -> None:
    """Who looks after a measure may write its numbers."""
    writers = {choice.person_id for choice in list_writers(team_id, organization_id)}
    for name, person_id in (("owner", upkeep.owner_id), ("backup_owner", upkeep.backup_owner_id)):
        if person_id is not None and person_id not in writers:
            raise Invalid("Not one who may write.", {name: _("Choose one from the list.")})


def _refuse_other_kind(measure: Measure, definition: Definition) -> None:
    """Refuse another unit or another rhythm once there are numbers: they would not stand on one chart."""
    before = measure.definition
    same = before.unit == definition.unit and before.cadence == definition.cadence
    if same or not db.session.scalar(select(exists().where(Observation.measure_id == measure.id))):
        return
    name = "unit" if before.unit != definition.unit else "cadence"
    sentence = _("There are numbers already, and these would not fit on the same chart. Add another measure instead.")
    raise Invalid("Other numbers.", {name: sentence})


def _is_reworded(before: MeasureDefinition, after: Definition) -> bool:
    return any(getattr(before, name) != value for name, value in asdict(after).items())


def _add_definition(
    measure_id: int, number: int, definition: Definition, *, holds_from_on: date | None, by_id: int | None
) -> None:
    db.session.add(
        MeasureDefinition(
            measure_id=measure_id,
            number=number,
            holds_from_on=holds_from_on,
            written_by_id=by_id,
            written_at=clock.now(),
            **asdict(definition),
        )
    )
    db.session.flush()  # so that who loads the measure next finds its definition

"""Taking a pasted table of numbers: what would happen with each row, and doing it for all of them or for none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from math import isclose
from uuid import UUID, uuid5

from sqlalchemy import select

from lms import audit, clock, signals
from lms.db import db, insert_new
from lms.improvement import rules
from lms.improvement.models import Measure, MeasureDefinition, Observation
from lms.improvement.queries import SignedEntry
from lms.improvement.rules import MissingReason
from lms.improvement.services.measures import definition_for
from lms.improvement.table_input import Row


class Change(StrEnum):
    """What would happen with a row."""

    NEW = "new"
    SAME = "same"
    REPLACES = "replaces"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row with the number that would be entered, and what is there now."""

    row: Row
    period_on: date
    numerator: float | None
    denominator: float | None
    missing_reason: MissingReason | None
    note: str
    change: Change
    before: SignedEntry | None
    definition: MeasureDefinition

    @property
    def value(self) -> float | None:
        """The number as it will stand on the chart."""
        return rules.value_of(self.definition.unit, self.definition.rate_per, self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen with the rows of a table that can be taken."""

    rows: tuple[PlannedRow, ...]
    row_version: int  # of the measure
    n_definitions: int

    def count(self, change: Change) -> int:
        """How many rows do this."""
        return sum(planned.change is change for planned in self.rows)

    @property
    def n_changes(self) -> int:
        """How many rows write something."""
        return len(self.rows) - self.count(Change.SAME)

    @property
    def has_notes(self) -> bool:
        """Whether any row has a note."""
        return any(planned.note for planned in self.rows)

    @property
    def of_old_definitions(self) -> list[PlannedRow]:
        """Rows of a time when something else was counted."""
        return [planned for planned in self.rows if planned.definition.number < self.n_definitions]

    @property
    def told(self) -> str:
        """What the table says, shortly: another table is told otherwise."""
        said = [(p.period_on, p.numerator, p.denominator, p.missing_reason, p.note) for p in self.rows]
        return sha256(repr(said).encode("utf-8", "replace")).hexdigest()

    @property
    def seen(self) -> str:
        """What was there when this plan was made: the measure's version and the newest entry of each period."""
        ids = (planned.before.id if planned.before else 0 for planned in self.rows)
        return "-".join(str(each) for each in (self.row_version, *ids))

    def changed_since(self, seen: str) -> list[PlannedRow]:
        """Rows where something else was there when `seen` was written."""
        now, then = self.seen.split("-")[1:], seen.split("-")[1:]
        if len(now) != len(then):
            return []
        return [planned for planned, a, b in zip(self.rows, now, then, strict=True) if a != b]


def plan_import(
    measure: Measure, rows: Sequence[Row], newest: Mapping[date, SignedEntry], reason: MissingReason | None
) -> Plan:
    """Say what would happen with rows that have no problems; `reason` holds for the missing ones that give none."""
    good = [row for row in rows if not row.problems and row.period_on is not None]
    planned = [_planned(measure, row, newest, reason) for row in good]
    return Plan(tuple(planned), measure.row_version, measure.n_definitions)


def _planned(
    measure: Measure, row: Row, newest: Mapping[date, SignedEntry], reason: MissingReason | None
) -> PlannedRow:
    period_on = row.period_on or date.min
    before = newest.get(period_on)
    was_missing = before.missing_reason if before else None
    missing = (row.reason or reason or was_missing) if row.is_missing else None
    kept_note = before.note if before else ""
    note = kept_note if row.note is None else row.note
    is_same = (
        before is not None
        and _is_close(before.numerator, row.numerator)
        and _is_close(before.denominator, row.denominator)
        and before.missing_reason == missing
        and before.note == note
    )
    change = Change.NEW if before is None else Change.SAME if is_same else Change.REPLACES
    definition = definition_for(measure, period_on)
    return PlannedRow(row, period_on, row.numerator, row.denominator, missing, note, change, before, definition)


def _is_close(before: float | None, after: float | None) -> bool:
    """Say whether two numbers are the same as they are written in our download: with ten digits."""
    if before is None or after is None:
        return before is after
    return isclose(before, after, rel_tol=1e-9)


def lock_measure(measure_id: int) -> int:
    """Let nobody else import or change this measure until the transaction ends; return its version (one statement)."""
    locked = select(Measure.row_version).where(Measure.id == measure_id).with_for_update(key_share=True)
    return db.session.scalars(locked).one()


def import_observations(measure: Measure, plan: Plan, *, form_key: UUID, by_id: int) -> int:
    """Enter every row of a plan that changes something; return how many. Sent again, it writes nothing."""
    now = clock.now()
    changing = sorted((p for p in plan.rows if p.change is not Change.SAME), key=lambda planned: planned.period_on)
    rows = [
        {
            "event_uuid": _event_key(form_key, planned),
            "measure_id": measure.id,
            "definition_id": planned.definition.id,
            "period_on": planned.period_on,
            "numerator": planned.numerator,
            "denominator": planned.denominator,
            "missing_reason": planned.missing_reason,
            "note": planned.note,
            "entered_by_id": by_id,
            "entered_at": now,
        }
        for planned in changing
    ]
    n_written = len(insert_new(Observation, rows)) if rows else 0
    if not n_written:
        return 0
    first_on, last_on = changing[0].period_on, changing[-1].period_on
    signals.observation_entered.send(None, measure=measure, period_on=last_on)  # once: who listens looks at all of them
    changes = {
        "new": plan.count(Change.NEW),
        "replaced": plan.count(Change.REPLACES),
        "missing": sum(planned.missing_reason is not None for planned in changing),
        "first_on": first_on.isoformat(),
        "last_on": last_on.isoformat(),
    }
    audit.record(by_id, "imported observations", audit.Subject("measure", measure.id), changes)
    return n_written


def _event_key(form_key: UUID, planned: PlannedRow) -> UUID:
    """Return the key of an entry: the same form with the same number is the same entry."""
    said = (planned.period_on, planned.numerator, planned.denominator, planned.missing_reason, planned.note)
    return uuid5(form_key, repr([str(each) for each in said]))

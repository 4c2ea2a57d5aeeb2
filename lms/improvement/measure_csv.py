"""A measure's numbers as a table for spreadsheets. Cells are only ever text or numbers, never formulas."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from lms.improvement import rules
from lms.sheets import safe_cell

COLUMNS: Final = (
    "period_start", "numerator", "denominator", "value", "unit", "missing_reason", "note", "definition", "entered_at",
    "replaced",
)  # fmt: skip


def write(definitions: Sequence[Any], entries: Sequence[Any]) -> str:
    """Return every entry of a measure, oldest period first; entries that a newer one replaced say so.

    definitions, entries: rows of the tables `measure_definition` and `observation`.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    table.writerows([_cell(value) for value in row] for row in list_rows(definitions, entries))
    return "\ufeff" + out.getvalue()  # spreadsheets read it as UTF-8 then


def list_rows(definitions: Sequence[Any], entries: Sequence[Any]) -> list[list[str | float | date | None]]:
    """Return the same as values, for a table that knows numbers and dates."""
    by_id = {definition.id: definition for definition in definitions}
    newest = {entry.period_on: entry.id for entry in entries}
    rows: list[list[str | float | date | None]] = []
    for entry in sorted(entries, key=lambda each: (each.period_on, each.id)):
        definition = by_id[entry.definition_id]
        value = rules.value_of(definition.unit, definition.rate_per, entry.numerator, entry.denominator)
        rows.append(
            [
                entry.period_on,
                entry.numerator,
                entry.denominator,
                value,
                definition.unit.value,
                entry.missing_reason.value if entry.missing_reason else "",
                entry.note,
                definition.name,
                entry.entered_at.isoformat(timespec="seconds"),
                "yes" if newest[entry.period_on] != entry.id else "",
            ]
        )
    return rows


def _cell(value: str | float | date | None) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return safe_cell(value) if isinstance(value, str) else _number(value)


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:.10g}"

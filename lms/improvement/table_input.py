"""Reading a table of a measure's numbers as spreadsheets write it: text in; rows, and what is wrong with them, out.

Pure. **Formats.** How lines and columns are found says `table_columns`, how periods and numbers are read `table_cells`.
A percentage beside its denominator stands for the one whole number that gives it. Rows that our own download marks as
replaced are left out, and so are rows without a number whose period is not over.

**Errors.** `UnreadableTable` when the text is no table of this measure at all. Everything else is a `Problem` at its
row, named by the line a spreadsheet would show; nothing here decides what happens with the other rows.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final

from lms.improvement import rules
from lms.improvement.rules import BadNumber, Cadence, MissingReason, NumberFlaw, Unit
from lms.improvement.table_cells import (
    CellNumber,
    DateOrder,
    DecimalMark,
    NoPeriod,
    NoSuchDay,
    Span,
    Written,
    is_nothing,
    numerator_of_share,
    read_cell_number,
    read_program_number,
    read_written_period,
)
from lms.improvement.table_columns import (
    MOST_BYTES,
    Column,
    Layout,
    Line,
    TableFlaw,
    UnreadableTable,
    find_layout,
    heading_of,
    shorten,
    split_lines,
)

__all__ = [
    "MOST_BYTES",
    "MOST_ROWS",
    "Column",
    "Problem",
    "Row",
    "RowFlaw",
    "Table",
    "TableFlaw",
    "UnreadableTable",
    "Wanted",
    "read_table",
]

MOST_ROWS: Final = 1_000
LONGEST_NOTE: Final = 300
_FORMULA_STARTS: Final = frozenset("=@")
_GUARDED: Final = re.compile(r"'\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")  # as `safe_cell` writes what looks like a formula


class RowFlaw(StrEnum):
    """Why a row cannot be taken, beside what is wrong with a number."""

    NO_PERIOD = "no-period"
    NOT_A_PERIOD = "not-a-period"
    NO_SUCH_DAY = "no-such-day"
    UNCLEAR_DATE = "unclear-date"
    NEEDS_WEEK = "needs-week"
    NEEDS_MONTH = "needs-month"
    FUTURE = "future"
    TOO_OLD = "too-old"
    BEFORE_DEFINITION = "before-definition"
    TWICE = "twice"
    HALF = "half"
    FORMULA = "formula"
    PERCENT_SIGN = "percent-sign"
    SHARE_UNCLEAR = "share-unclear"
    EXTRA_CELLS = "extra-cells"
    UNKNOWN_REASON = "unknown-reason"
    REASON_AND_NUMBER = "reason-and-number"
    NOTE_TOO_LONG = "note-too-long"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row. text: the cell. days: what an unclear date could be. line: the row it repeats."""

    flaw: RowFlaw | NumberFlaw
    text: str = ""
    days: tuple[date, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read. Without problems it has a period, and either numbers or is missing.

    line: from 1, as a spreadsheet counts. note: None when the table has no column for it.
    """

    line: int
    period_text: str
    period_on: date | None = None
    named_on: date | None = None
    numerator: float | None = None
    denominator: float | None = None
    reason: MissingReason | None = None
    note: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Whether the row says that there is no number."""
        return self.numerator is None and not self.problems


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was read.

    rows: all that are looked at. not_over, replaced: lines left out. unread: headings of columns that are not read.
    order: how unclear dates were read because of `order_line`. asks_order, asks_mark: what whoever pasted it must say.
    """

    rows: tuple[Row, ...]
    not_over: tuple[int, ...] = ()
    replaced: tuple[int, ...] = ()
    unread: tuple[str, ...] = ()
    has_heading: bool = True
    order: DateOrder | None = None
    order_line: int | None = None
    asks_order: bool = False
    asks_mark: bool = False

    @property
    def bad_rows(self) -> list[Row]:
        """Rows that cannot be taken."""
        return [row for row in self.rows if row.problems]

    @property
    def moved(self) -> list[Row]:
        """Rows that name a day within their week, not its Monday."""
        return [row for row in self.rows if row.named_on is not None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a table is read for.

    headings: the measure's own words for its numbers. reasons: words for why a number is missing. first_on: the first
    period of this kind of number, None when it was always so. order, mark: what whoever pasted it has said.
    """

    unit: Unit
    cadence: Cadence
    today: date
    headings: Mapping[str, Column] = field(default_factory=dict)
    reasons: Mapping[str, MissingReason] = field(default_factory=dict)
    first_on: date | None = None
    order: DateOrder | None = None
    mark: DecimalMark | None = None

    @property
    def is_share(self) -> bool:
        """Whether each period has two numbers."""
        return self.unit in rules.SHARES


def read_table(text: str, wanted: Wanted) -> Table:
    """Return every row of a pasted table, and what is wrong with each; raise UnreadableTable when it is none.

    >>> table = read_table("2026-03-02;7;20", Wanted(Unit.PERCENT, Cadence.WEEK, date(2026, 6, 1)))
    >>> table.rows[0].period_on, table.rows[0].numerator, table.rows[0].denominator
    (datetime.date(2026, 3, 2), 7.0, 20.0)
    """
    lines = split_lines(text)
    layout = find_layout(lines, wanted.headings, is_share=wanted.is_share, is_percent=wanted.unit is Unit.PERCENT)
    body = lines[1:] if layout.has_heading else lines
    if not body:
        raise UnreadableTable(TableFlaw.EMPTY)
    if len(body) > MOST_ROWS:
        raise UnreadableTable(TableFlaw.TOO_MANY_ROWS, str(len(body)))
    kept = [line for line in body if not layout.is_replaced(line)]
    order, order_line = (wanted.order, None) if wanted.order else _order_shown(kept, layout)
    rows = [_read_row(line, layout, replace(wanted, order=order)) for line in kept]
    not_over = {row.line for row in rows if _is_not_over(row, wanted)}
    looked_at = _without_twins([row for row in rows if row.line not in not_over])
    flaws = {problem.flaw for row in looked_at for problem in row.problems}
    return Table(
        rows=tuple(looked_at),
        not_over=tuple(sorted(not_over)),
        replaced=tuple(line.number for line in body if layout.is_replaced(line)),
        unread=layout.unread,
        has_heading=layout.has_heading,
        order=order if order_line else None,
        order_line=order_line,
        asks_order=RowFlaw.UNCLEAR_DATE in flaws or wanted.order is not None,
        asks_mark=NumberFlaw.UNCLEAR in flaws or wanted.mark is not None,
    )


def _order_shown(lines: Sequence[Line], layout: Layout) -> tuple[DateOrder | None, int | None]:
    """Return which order of day and month the clear dates of this table show, when all show the same."""
    shown: dict[DateOrder, int] = {}
    for line in lines:
        try:
            written = read_written_period(layout.cell(line, Column.PERIOD))
        except NoPeriod:
            continue
        if written.order is not None:
            shown.setdefault(written.order, line.number)
    return next(iter(shown.items())) if len(shown) == 1 else (None, None)


def _read_row(line: Line, layout: Layout, wanted: Wanted) -> Row:
    period_text = layout.cell(line, Column.PERIOD)
    row = Row(line.number, shorten(period_text))
    problems: list[Problem] = []
    try:
        written = _resolved(period_text, wanted)
        row = replace(
            row, period_on=rules.period_start(written.first_on, wanted.cadence), named_on=_moved(written, wanted)
        )
        problems += _problems_of_period(row, wanted)
    except _Refused as refused:
        problems.append(refused.problem)
    try:
        row = _with_numbers(row, line, layout, wanted)
    except _Refused as refused:
        problems.append(refused.problem)
    extra = layout.extra_cells(line)
    if extra and not _repeats_share(extra, row, wanted):
        problems.append(Problem(RowFlaw.EXTRA_CELLS, shorten(extra[0])))
    if row.note is not None and len(row.note) > LONGEST_NOTE:
        problems.append(Problem(RowFlaw.NOTE_TOO_LONG, shorten(row.note)))
    return replace(row, problems=tuple(problems))


class _Refused(Exception):
    def __init__(self, flaw: RowFlaw | NumberFlaw, text: str = "", days: tuple[date, ...] = ()) -> None:
        super().__init__(flaw.value)
        self.problem = Problem(flaw, shorten(text), days)


def _resolved(text: str, wanted: Wanted) -> Written:
    """Return the time a row names, in one reading."""
    if not text:
        raise _Refused(RowFlaw.NO_PERIOD)
    if text[0] in _FORMULA_STARTS:
        raise _Refused(RowFlaw.FORMULA, text)
    try:
        written = read_written_period(text)
    except NoSuchDay:
        raise _Refused(RowFlaw.NO_SUCH_DAY, text) from None
    except NoPeriod:
        raise _Refused(RowFlaw.NOT_A_PERIOD, text) from None
    if written.span is Span.MONTH and wanted.cadence is Cadence.WEEK:
        raise _Refused(RowFlaw.NEEDS_WEEK, text)
    if written.span is Span.WEEK and wanted.cadence is Cadence.MONTH:
        raise _Refused(RowFlaw.NEEDS_MONTH, text)
    if written.other is None:
        return written
    if wanted.order is None:
        raise _Refused(RowFlaw.UNCLEAR_DATE, text, (written.first_on, written.other))
    return replace(written, first_on=written.first_on if wanted.order is DateOrder.DAY_FIRST else written.other)


def _moved(written: Written, wanted: Wanted) -> date | None:
    is_within = wanted.cadence is Cadence.WEEK and written.first_on.weekday() != 0
    return written.first_on if is_within else None


def _problems_of_period(row: Row, wanted: Wanted) -> Iterator[Problem]:
    if row.period_on is None:
        return
    if row.period_on > wanted.today:
        yield Problem(RowFlaw.FUTURE, row.period_text)
    elif row.period_on < wanted.today - rules.FURTHEST_BACK:
        yield Problem(RowFlaw.TOO_OLD, row.period_text)
    elif wanted.first_on is not None and row.period_on < wanted.first_on:
        yield Problem(RowFlaw.BEFORE_DEFINITION, row.period_text, (wanted.first_on,))


def _with_numbers(row: Row, line: Line, layout: Layout, wanted: Wanted) -> Row:
    note = _unguarded(layout.cell(line, Column.NOTE)) if Column.NOTE in layout.places else None
    row = replace(row, note=note)
    reason_text = layout.cell(line, Column.REASON)
    is_percentage = Column.NUMERATOR not in layout.places
    cell = layout.cell(line, Column.PERCENT if is_percentage else Column.NUMERATOR)
    out_of = layout.cell(line, Column.DENOMINATOR) if wanted.is_share else ""
    if is_nothing(cell) and is_nothing(out_of):
        return replace(row, reason=_reason(reason_text, wanted))
    if not is_nothing(reason_text):
        raise _Refused(RowFlaw.REASON_AND_NUMBER, reason_text)
    if is_nothing(cell) or (wanted.is_share and is_nothing(out_of)):
        raise _Refused(RowFlaw.HALF, cell or out_of)
    number = _number(cell, layout, wanted)
    denominator = _number(out_of, layout, wanted) if wanted.is_share else None
    is_percentage = is_percentage or number.is_percent
    numerator = _counted(cell, number, denominator, wanted) if is_percentage else number.value
    whole = denominator.value if denominator else None
    flaws = rules.flaws_of(wanted.unit, numerator, whole)
    if denominator is not None and denominator.is_percent:
        raise _Refused(RowFlaw.PERCENT_SIGN, out_of)
    for name, flaw in flaws.items():
        raise _Refused(flaw, out_of if name == "denominator" else cell)
    return replace(row, numerator=numerator, denominator=whole)


def _number(cell: str, layout: Layout, wanted: Wanted) -> CellNumber:
    if cell[0] in _FORMULA_STARTS:
        raise _Refused(RowFlaw.FORMULA, cell)
    try:
        return read_program_number(cell) if layout.is_own else read_cell_number(cell, wanted.mark)
    except BadNumber as bad:
        raise _Refused(bad.flaw, cell) from None


def _counted(cell: str, number: CellNumber, denominator: CellNumber | None, wanted: Wanted) -> float:
    """Return how many a percentage stands for, when only one whole number gives it."""
    if wanted.unit is not Unit.PERCENT or denominator is None:
        raise _Refused(RowFlaw.PERCENT_SIGN, cell)
    if denominator.value <= 0 or not 0 <= number.value <= 100:
        raise _Refused(NumberFlaw.ZERO_DENOMINATOR if denominator.value == 0 else RowFlaw.SHARE_UNCLEAR, cell)
    counted = numerator_of_share(number, denominator.value)
    if counted is None:
        raise _Refused(RowFlaw.SHARE_UNCLEAR, cell)
    return counted


def _reason(text: str, wanted: Wanted) -> MissingReason | None:
    if is_nothing(text):
        return None
    words = {heading_of(each): reason for each, reason in wanted.reasons.items()}
    words |= {heading_of(reason.value): reason for reason in MissingReason}
    if heading_of(text) not in words:
        raise _Refused(RowFlaw.UNKNOWN_REASON, text)
    return words[heading_of(text)]


def _unguarded(note: str) -> str:
    """Take away the mark that our own download puts before what looks like a formula."""
    return note[1:].lstrip() if _GUARDED.match(note) else note


def _repeats_share(extra: Sequence[str], row: Row, wanted: Wanted) -> bool:
    """Say whether the one cell more is the share itself, worked out by the spreadsheet."""
    if len(extra) > 1 or row.numerator is None or not row.denominator or wanted.unit is not Unit.PERCENT:
        return False
    try:
        number = read_cell_number(extra[0], wanted.mark or DecimalMark.POINT)
    except BadNumber:
        return False
    share = row.numerator / row.denominator
    shown, half = (number.value, 0.5) if number.is_percent or number.value > 1 else (number.value * 100, 50.0)
    return abs(100 * share - shown) <= half * 10.0**-number.decimals + 1e-9


def _is_not_over(row: Row, wanted: Wanted) -> bool:
    """Say whether a row only keeps the place of a period that still runs or is to come."""
    if row.period_on is None or row.numerator is not None or row.reason is not None:
        return False
    is_later = {problem.flaw for problem in row.problems} <= {RowFlaw.FUTURE}
    return is_later and rules.last_day(row.period_on, wanted.cadence) >= wanted.today


def _without_twins(rows: Collection[Row]) -> list[Row]:
    """Name each row whose period another one above has already."""
    first: dict[date, int] = {}
    checked = []
    for row in rows:
        above = first.setdefault(row.period_on, row.line) if row.period_on is not None else row.line
        twin = Problem(RowFlaw.TWICE, row.period_text, line=above)
        checked.append(row if above == row.line else replace(row, problems=(*row.problems, twin)))
    return checked

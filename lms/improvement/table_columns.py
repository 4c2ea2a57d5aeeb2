"""Finding the lines and columns of a pasted table. Pure.

Cells are parted by tabs, else semicolons, else commas, with double quotes around a cell where needed. A heading is
known by its words: English, Spanish, those of our own download, or what the measure says it counts. Without one the
columns are the period and its number, for a share what is counted and out of how many.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lms.improvement.measure_csv import COLUMNS as OWN_COLUMNS
from lms.improvement.table_cells import NoPeriod, NoSuchDay, clean_cell, is_nothing, plain_letters, read_written_period

MOST_BYTES: Final = 256 * 1024
MOST_COLUMNS: Final = 40
LONGEST_QUOTE: Final = 40


class Column(StrEnum):
    """What a column holds."""

    PERIOD = "period"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    VALUE = "value"
    PERCENT = "percent"
    REASON = "reason"
    NOTE = "note"
    REPLACED = "replaced"


_WORDS: Final[Mapping[Column, str]] = {
    Column.PERIOD: "period|period start|date|day|week|week of|month|periodo|fecha|dia|semana|semana del|mes|inicio",
    Column.NUMERATOR: "numerator|counted|count|how many|number|numerador|contados|cuenta|conteo|cuantos|numero",
    Column.DENOMINATOR: "denominator|out of|total|all|denominador|de|de cuantos|todos|de un total de",
    Column.VALUE: "value|result|rate|days|hours|minutes|valor|resultado|tasa|dias|horas|minutos",
    Column.PERCENT: "percent|percentage|share|porcentaje|%",
    Column.REASON: "missing reason|reason|why missing|motivo|razon|motivo de la falta",
    Column.NOTE: "note|notes|comment|comments|nota|notas|comentario|comentarios",
    Column.REPLACED: "replaced|reemplazado",
}
_HEADINGS: Final = {word: column for column, words in _WORDS.items() for word in words.split("|")}
_OWN_REST: Final = frozenset({"unit", "definition", "entered at"})  # in our own download, and read from nowhere
_YES: Final = frozenset({"yes", "si", "x", "1"})


class TableFlaw(StrEnum):
    """Why a table as a whole cannot be read."""

    EMPTY = "empty"
    TOO_BIG = "too-big"
    NOT_TEXT = "not-text"
    BAD_QUOTES = "bad-quotes"
    TOO_MANY_ROWS = "too-many-rows"
    COLUMN_TWICE = "column-twice"
    NO_PERIOD_COLUMN = "no-period-column"
    NO_NUMBER_COLUMN = "no-number-column"
    NO_DENOMINATOR_COLUMN = "no-denominator-column"


class UnreadableTable(Exception):
    """Text that is no table of this measure; `detail` is the piece of it that stands in the way."""

    def __init__(self, flaw: TableFlaw, detail: str = "") -> None:
        super().__init__(f"{flaw}: {detail}")
        self.flaw = flaw
        self.detail = shorten(detail)


@dataclass(frozen=True, slots=True)
class Line:
    """One row that holds something, with its number as a spreadsheet counts."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column stands where. unread: headings nobody knows. is_own: our own download, where numbers have points."""

    places: Mapping[Column, int]
    has_heading: bool
    unread: tuple[str, ...] = ()
    is_own: bool = False

    def cell(self, line: Line, column: Column) -> str:
        """Return what stands in a column of a row, or nothing."""
        place = self.places.get(column)
        return line.cells[place] if place is not None and place < len(line.cells) else ""

    def is_replaced(self, line: Line) -> bool:
        """Whether the row says that a newer one replaced it."""
        return heading_of(self.cell(line, Column.REPLACED)) in _YES

    def extra_cells(self, line: Line) -> list[str]:
        """Return cells beyond the columns, where no heading says what they are."""
        return [] if self.has_heading else [cell for cell in line.cells[len(self.places) :] if cell]


def shorten(text: str) -> str:
    """Return a piece of text that fits into a sentence."""
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"


def heading_of(text: str) -> str:
    """Return how the words of a heading are compared: small letters without accents and marks.

    >>> heading_of("Período (inicio)")
    'periodo inicio'
    """
    if text == "%":
        return text
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain_letters(text)).split())


def split_lines(text: str) -> list[Line]:
    """Return every row that holds something. Raises UnreadableTable (EMPTY, TOO_BIG, NOT_TEXT, BAD_QUOTES)."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise UnreadableTable(TableFlaw.TOO_BIG)
    if "\0" in text:
        raise UnreadableTable(TableFlaw.NOT_TEXT)
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=_delimiter(text), strict=True)
    lines, number = [], 1
    try:
        for cells in reader:
            lines.append(Line(number, tuple(clean_cell(cell) for cell in cells)))
            number = reader.line_num + 1
    except csv.Error:
        raise UnreadableTable(TableFlaw.BAD_QUOTES, str(number)) from None
    full = [line for line in lines if any(line.cells)]
    if not full:
        raise UnreadableTable(TableFlaw.EMPTY)
    return full


def _delimiter(text: str) -> str:
    """Return what parts the cells: a tab wherever there is one; a semicolon before commas, which may be decimals."""
    first = next((line for line in text.splitlines() if line.strip("\ufeff \t;,")), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return next((mark for mark in "\t;" if mark in bare), ",")


def find_layout(lines: Sequence[Line], own_words: Mapping[str, Column], *, is_share: bool, is_percent: bool) -> Layout:
    """Find the columns by the words of the first row, else by their order.

    own_words: the measure's own headings. is_share: each period has two numbers; is_percent: their share is a percent.
    Raises UnreadableTable (COLUMN_TWICE, NO_PERIOD_COLUMN, NO_NUMBER_COLUMN, NO_DENOMINATOR_COLUMN).
    """
    first = lines[0].cells
    known = {**{heading_of(words): column for words, column in own_words.items()}, **_HEADINGS}
    named = [known.get(heading_of(cell)) for cell in first[:MOST_COLUMNS]]
    if _names_time(first[0]) or not any(named):
        is_heading = len(lines) > 1 and _looks_like_heading(lines[0]) and _names_time(lines[1].cells[0])
        return Layout(_in_order(is_share=is_share), has_heading=is_heading)
    n_named = Counter(column for column in named if column is not None)
    twice = next((place for place, column in enumerate(named) if column is not None and n_named[column] > 1), None)
    if twice is not None:
        raise UnreadableTable(TableFlaw.COLUMN_TWICE, first[twice])
    places = {column: place for place, column in enumerate(named) if column is not None}
    unread = {place: cell for place, cell in enumerate(first) if cell and place not in places.values()}
    unread = {place: cell for place, cell in unread.items() if heading_of(cell) not in _OWN_REST}
    places = _with_number(places, list(unread), is_share=is_share, is_percent=is_percent)
    return Layout(
        places,
        has_heading=True,
        unread=tuple(shorten(cell) for place, cell in unread.items() if place not in places.values()),
        is_own=[heading_of(cell) for cell in first] == [heading_of(name) for name in OWN_COLUMNS],
    )


def _names_time(cell: str) -> bool:
    try:
        read_written_period(cell)
    except NoSuchDay:
        return True
    except NoPeriod:
        return False
    return True


def _looks_like_heading(line: Line) -> bool:
    """Say whether a row of unknown words stands above the numbers: nothing but words, and no sign for a missing one."""
    is_worded = all(re.search(r"[^\W\d_]", cell) and not is_nothing(cell) for cell in line.cells if cell)
    return is_worded and all(line.cells[:2]) and not re.search("[0-9]", line.cells[0])


def _in_order(*, is_share: bool) -> dict[Column, int]:
    columns = (Column.PERIOD, Column.NUMERATOR, Column.DENOMINATOR) if is_share else (Column.PERIOD, Column.NUMERATOR)
    return {column: place for place, column in enumerate(columns)}


def _with_number(
    places: Mapping[Column, int], unread: Sequence[int], *, is_share: bool, is_percent: bool
) -> dict[Column, int]:
    """Return the columns with the one that holds the number; it may go by several names."""
    if Column.PERIOD not in places:
        raise UnreadableTable(TableFlaw.NO_PERIOD_COLUMN)
    if is_share:
        if Column.NUMERATOR not in places and not (is_percent and Column.PERCENT in places):
            raise UnreadableTable(TableFlaw.NO_NUMBER_COLUMN)
        if Column.DENOMINATOR not in places:
            raise UnreadableTable(TableFlaw.NO_DENOMINATOR_COLUMN)
        return dict(places)
    named = (places[each] for each in (Column.NUMERATOR, Column.VALUE, Column.DENOMINATOR) if each in places)
    place = next(named, unread[0] if len(unread) == 1 else None)
    if place is None:
        raise UnreadableTable(TableFlaw.NO_NUMBER_COLUMN)
    return {**places, Column.NUMERATOR: place}

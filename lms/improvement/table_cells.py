"""Reading single cells of a pasted table: periods and numbers as people and spreadsheets write them. Pure.

Nothing is guessed. What can be read in two ways comes back as both (`Written.other`) or as `NumberFlaw.UNCLEAR`, and
whoever pasted it is asked.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil, floor
from typing import Final

from lms.improvement.rules import LARGEST_NUMBER, BadNumber, NumberFlaw

LONGEST_CELL: Final = 60  # of what is read as a period or a number
_YEARS: Final = range(1900, 2200)
_MONTHS_A_YEAR: Final = 12


class DateOrder(StrEnum):
    """What comes first in a date of three numbers, like 3/2/2026."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class DecimalMark(StrEnum):
    """What stands before the decimals in a number like 1.234."""

    POINT = "point"
    COMMA = "comma"


class Span(StrEnum):
    """How much time a cell names."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Written:
    """The time that a cell names, by its first day.

    other: the day it could be as well, when day and month cannot be told apart (`first_on` is the reading with the day
    first); else None. order: what came first where both numbers could not be a month; else None.
    """

    span: Span
    first_on: date
    other: date | None = None
    order: DateOrder | None = None


class NoPeriod(ValueError):
    """A cell that names no time."""


class NoSuchDay(NoPeriod):
    """A cell that is written like a date, of a day or week that does not exist."""


# ---------------------------------------------------------------- cells

_BLANKS: Final = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_INVISIBLE: Final = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NOTHING: Final = frozenset(
    {
        "", "-", "--", "\u2013", "\u2014", "\u2212", ".", "\u2026", "...", "?", "n/a", "na", "n.a.", "#n/a", "n/d",
        "nd", "n.d.", "s/d", "sd", "null", "none", "nil", "missing", "no data", "sin dato", "sin datos", "no hay datos",
        "#nv",
    }
)  # fmt: skip


def clean_cell(text: str) -> str:
    """Return a cell without invisible letters, with one plain blank where there were several or strange ones.

    >>> clean_cell("  1\\u202f234 ")
    '1 234'
    """
    return _BLANKS.sub(" ", _INVISIBLE.sub("", text)).strip()


def is_nothing(cell: str) -> bool:
    """Say whether a cell is a way to write that there is no number.

    >>> [is_nothing(cell) for cell in ("", "-", "n/a", "0")]
    [True, True, True, False]
    """
    return cell.casefold() in _NOTHING


# ---------------------------------------------------------------- numbers


@dataclass(frozen=True, slots=True)
class CellNumber:
    """A number as it was written: whether with a percent sign, and with how many decimals."""

    value: float
    is_percent: bool = False
    decimals: int = 0


_NUMBER: Final = re.compile(r"(?P<sign>[-\u2212\u2013+]?) ?(?P<body>[0-9., '\u2019]+?) ?(?P<percent>%?)", re.ASCII)
_GROUPED_BY_BLANKS: Final = re.compile(r"[0-9]{1,3}(?:[ '\u2019][0-9]{3})+(?:[.,][0-9]+)?", re.ASCII)
_GROUPED: Final = {mark: re.compile(rf"[0-9]{{1,3}}(?:\{mark}[0-9]{{3}})+", re.ASCII) for mark in ".,"}
_OF_A_PROGRAM: Final = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]{1,17})?(?:e[+-]?[0-9]{1,3})?", re.ASCII)
_GROUP: Final = 3


def read_cell_number(cell: str, mark: DecimalMark | None = None) -> CellNumber:
    """Read a number with its thousands and decimals in any of the usual ways.

    cell: cleaned. mark: what stands before decimals where that cannot be seen; None raises UNCLEAR for such a number.
    Raises BadNumber (NOT_A_NUMBER, UNCLEAR, TOO_LARGE).

    >>> [read_cell_number(cell).value for cell in ("12,5", "1 234", "1.234,5", "1,234,567", "35%")]
    [12.5, 1234.0, 1234.5, 1234567.0, 35.0]
    >>> read_cell_number("1,234", DecimalMark.POINT).value
    1234.0
    """
    found = _NUMBER.fullmatch(cell) if len(cell) <= LONGEST_CELL else None
    if found is None:
        raise BadNumber(NumberFlaw.NOT_A_NUMBER)
    whole, part = _parts(found["body"], mark)
    if len(whole) > len(str(LARGEST_NUMBER)):
        raise BadNumber(NumberFlaw.TOO_LARGE)
    value = float(f"{whole or 0}.{part or 0}")
    is_negative = found["sign"] in {"-", "\u2212", "\u2013"}
    return CellNumber(-value if is_negative else value, bool(found["percent"]), len(part))


def read_program_number(cell: str) -> CellNumber:
    """Read a number as our own downloads write it: always with a point. Raises BadNumber.

    >>> read_program_number("1.234").value
    1.234
    """
    if not _OF_A_PROGRAM.fullmatch(cell):
        raise BadNumber(NumberFlaw.NOT_A_NUMBER)
    return CellNumber(float(cell), decimals=len(cell.partition(".")[2]))


def _parts(body: str, mark: DecimalMark | None) -> tuple[str, str]:
    """Return the digits before and after the decimal mark."""
    is_grouped = bool(_GROUPED_BY_BLANKS.fullmatch(body))
    digits = re.sub(r"[ '\u2019]", "", body) if is_grouped else body
    marks = re.findall(r"[^0-9]", digits)
    if not marks:
        return digits, ""
    last, kinds = marks[-1], set(marks)
    if not kinds <= {".", ","}:
        raise BadNumber(NumberFlaw.NOT_A_NUMBER)
    whole, _, part = digits.rpartition(last)
    if not part:
        raise BadNumber(NumberFlaw.NOT_A_NUMBER)
    if len(kinds) == 1:
        return (whole, part) if len(marks) == 1 and is_grouped else _parts_by_one_mark(digits, last, mark)
    (other,) = kinds - {last}
    if marks.count(last) > 1 or not _GROUPED[other].fullmatch(whole):
        raise BadNumber(NumberFlaw.NOT_A_NUMBER)
    return whole.replace(other, ""), part


def _parts_by_one_mark(digits: str, written: str, mark: DecimalMark | None) -> tuple[str, str]:
    """Tell thousands from decimals where only one kind of mark is written."""
    whole, _, part = digits.rpartition(written)
    could_be_thousands = bool(_GROUPED[written].fullmatch(digits)) and whole.strip("0") != ""
    if written in whole:
        if not could_be_thousands:
            raise BadNumber(NumberFlaw.NOT_A_NUMBER)
        return digits.replace(written, ""), ""
    if not could_be_thousands:
        return whole, part
    if mark is None:
        raise BadNumber(NumberFlaw.UNCLEAR)
    is_decimal = (written == ".") == (mark is DecimalMark.POINT)
    return (whole, part) if is_decimal else (whole + part, "")


def numerator_of_share(share: CellNumber, out_of: float) -> float | None:
    """Return the one whole number of `out_of` that is written as this percentage; None when none or several are.

    >>> numerator_of_share(CellNumber(33.3, True, 1), 30), numerator_of_share(CellNumber(35, True, 0), 2000)
    (10.0, None)
    """
    half = 0.5 * 10.0**-share.decimals
    first = ceil((share.value - half) * out_of / 100 - 1e-9)
    last = floor((share.value + half) * out_of / 100 + 1e-9)
    return float(first) if first == last else None


# ---------------------------------------------------------------- periods

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene", "february feb febrero", "march mar marzo", "april apr abril abr", "may mayo",
            "june jun junio", "july jul julio", "august aug agosto ago", "september sep sept septiembre setiembre set",
            "october oct octubre", "november nov noviembre", "december dec diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS: Final = frozenset(
    "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday sun "
    "lunes lun martes miercoles mie jueves jue viernes vie sabado sab domingo dom".split()
)
_FILLERS: Final = frozenset("of the week month semana mes de del la el st nd rd th".split())
_CLOCK: Final = re.compile(
    r"[t ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[ap]\.?m\.?)?(?:z|[+-][0-9]{2}:?[0-9]{2})?", re.ASCII
)
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})", re.ASCII)
_MONTH_NUMBER: Final = re.compile(
    r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})|(?P<month_first>[0-9]{1,2})[-/.](?P<year_last>[0-9]{4})", re.ASCII
)
_WEEK_WORD: Final = r"(?:weeks?|wk|w|semana|sem|s)"
_WEEK: Final = re.compile(
    rf"(?P<year>[0-9]{{4}})[ ,/-]*{_WEEK_WORD}\.? ?(?P<week>[0-9]{{1,2}})(?:-?(?P<day>[1-7]))?"
    rf"|{_WEEK_WORD}\.? ?(?P<week_first>[0-9]{{1,2}})[ ,/-]+(?:of |de |del )?(?P<year_last>[0-9]{{4}})",
    re.ASCII,
)
_SHORT_MONTH: Final = re.compile(r"([a-z]+)\.?(?:-| ?['\u2019])([0-9]{2})", re.ASCII)  # Mar-26, as spreadsheets say
_PIECES: Final = re.compile(r"[a-z]+|[0-9]+", re.ASCII)
_BETWEEN: Final = re.compile(r"[ ,./'\u2019\u00ba\u00aa-]*")


def read_written_period(cell: str) -> Written:
    """Read the day, week or month that a cell names, in English, Spanish or numbers.

    cell: cleaned. Read are 2026-03-02 (also with a time), 3/2/2026, 02.03.2026, 2 Mar 2026, "Mar 2, 2026", 2 de marzo
    de 2026, Mar 2026, marzo 2026, 2026-03, 03/2026, Mar-26, 2026-W10 and "week 10, 2026" (weeks as in ISO 8601).
    Raises NoPeriod, or NoSuchDay when it is written like a date.

    >>> read_written_period("marzo 2026").first_on
    datetime.date(2026, 3, 1)
    >>> read_written_period("3/2/2026").other
    datetime.date(2026, 3, 2)
    """
    text = plain_letters(cell)
    if len(text) > LONGEST_CELL:
        raise NoPeriod(cell)
    clock = _CLOCK.search(text)
    if clock is not None and clock.end() == len(text):
        text = text[: clock.start()].rstrip(" ,")
    for read in (_by_year_first, _by_year_last, _by_month_number, _by_week, _by_short_month, _by_words):
        written = read(text)
        if written is not None:
            return written
    raise NoPeriod(cell)


def plain_letters(cell: str) -> str:
    """Return small letters without accents."""
    apart = unicodedata.normalize("NFKD", cell.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year if year in _YEARS else 0, month, day)
    except ValueError:
        raise NoSuchDay(f"{year}-{month}-{day}") from None


def _by_year_first(text: str) -> Written | None:
    found = _YEAR_FIRST.fullmatch(text)
    if found is None:
        return None
    year, month, day = found.group(1, 3, 4) if found[1] else found.group(5, 6, 7)
    return Written(Span.DAY, _day(int(year), int(month), int(day)))


def _by_year_last(text: str) -> Written | None:
    found = _YEAR_LAST.fullmatch(text)
    if found is None:
        return None
    first, second, year = int(found[1]), int(found[3]), _whole_year(found[4])
    if first > _MONTHS_A_YEAR:
        return Written(Span.DAY, _day(year, second, first), order=DateOrder.DAY_FIRST)
    if second > _MONTHS_A_YEAR:
        return Written(Span.DAY, _day(year, first, second), order=DateOrder.MONTH_FIRST)
    if first == second:
        return Written(Span.DAY, _day(year, first, first))
    return Written(Span.DAY, _day(year, second, first), other=_day(year, first, second))


def _whole_year(digits: str) -> int:
    return int(digits) if len(digits) > 2 else 2000 + int(digits)


def _by_month_number(text: str) -> Written | None:
    found = _MONTH_NUMBER.fullmatch(text)
    if found is None:
        return None
    year, month = found["year"] or found["year_last"], found["month"] or found["month_first"]
    return Written(Span.MONTH, _day(int(year), int(month), 1))


def _by_week(text: str) -> Written | None:
    found = _WEEK.fullmatch(text)
    if found is None:
        return None
    year, week = int(found["year"] or found["year_last"]), int(found["week"] or found["week_first"])
    try:
        day = date.fromisocalendar(year if year in _YEARS else 0, week, int(found["day"] or 1))
    except ValueError:
        raise NoSuchDay(text) from None
    return Written(Span.DAY if found["day"] else Span.WEEK, day)


def _by_short_month(text: str) -> Written | None:
    found = _SHORT_MONTH.fullmatch(text)
    month = _MONTHS.get(found[1]) if found else None
    return Written(Span.MONTH, _day(_whole_year(found[2]), month, 1)) if found and month else None


def _by_words(text: str) -> Written | None:
    """Read a month by its name, with a year and perhaps a day."""
    pieces = _PIECES.findall(text)
    if _BETWEEN.sub("", _PIECES.sub("", text)):
        return None
    words = [piece for piece in pieces if piece.isalpha() and piece not in _FILLERS and piece not in _WEEKDAYS]
    if len(words) == 2 and words[0] == "mar":  # "mar" is Tuesday too in Spanish
        words = words[1:]
    numbers = [piece for piece in pieces if piece.isdigit()]
    if len(words) != 1 or words[0] not in _MONTHS or not 1 <= len(numbers) <= 2:
        return None
    return _of_month(_MONTHS[words[0]], numbers, is_between=_is_between(pieces, words[0]))


def _is_between(pieces: Sequence[str], word: str) -> bool:
    """Say whether the month stands between two numbers, as in 2-Mar-26."""
    at = len(pieces) - 1 - list(pieces[::-1]).index(word)
    return any(each.isdigit() for each in pieces[:at]) and any(each.isdigit() for each in pieces[at:])


def _of_month(month: int, numbers: Sequence[str], *, is_between: bool) -> Written | None:
    years = [number for number in numbers if len(number) == 4]
    if len(numbers) == 1:
        return Written(Span.MONTH, _day(int(years[0]), month, 1)) if years else None
    if len(years) == 1:
        (day,) = [number for number in numbers if number is not years[0]]
        return Written(Span.DAY, _day(int(years[0]), month, int(day))) if len(day) <= 2 else None
    if is_between and not years and all(len(number) <= 2 for number in numbers) and len(numbers[1]) == 2:
        return Written(Span.DAY, _day(_whole_year(numbers[1]), month, int(numbers[0])))
    return None

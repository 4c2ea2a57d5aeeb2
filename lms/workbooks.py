"""Tables in an XLSX workbook: reading somebody's, and writing ours. Values only; formulas mean nothing.

A workbook is a zip of XML: how much of it is unpacked is bounded before anything is read, and it may declare nothing of
its own (entities). openpyxl is imported where it is used: the site starts without it.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Final

MIMETYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BYTES: Final = 768 * 1024
MOST_UNPACKED: Final = 10 * 1024 * 1024
MOST_PARTS: Final = 200
MOST_COLUMNS: Final = 40
MOST_LINES: Final = 20_000  # looked at: a sheet may have empty ones between

_ZIP: Final = b"PK\x03\x04"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"  # .xls, and workbooks with a password
_WORKBOOK: Final = "xl/workbook.xml"


class WorkbookFlaw(StrEnum):
    """Why a file cannot be read as a workbook."""

    TOO_BIG = "too-big"
    OLD_OR_LOCKED = "old-or-locked"
    UNREADABLE = "unreadable"
    EMPTY = "empty"


class UnreadableWorkbook(Exception):
    """A file that is no workbook we read."""

    def __init__(self, flaw: WorkbookFlaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def is_workbook(data: bytes) -> bool:
    """Say whether bytes are meant to be a workbook, by how they begin: names of files mean nothing."""
    return data.startswith((_ZIP, _OLD_OFFICE))


def read_as_text(data: bytes, *, most_columns: int = MOST_COLUMNS) -> str:
    """Return the first sheet with something in it as tab-separated text, line for line. Raises UnreadableWorkbook."""
    if data.startswith(_OLD_OFFICE):
        raise UnreadableWorkbook(WorkbookFlaw.OLD_OR_LOCKED)
    _refuse_bombs(data)
    try:
        lines = _read_lines(data, most_columns)
    except UnreadableWorkbook:
        raise
    except Exception as error:  # a broken file breaks the reader in dozens of ways, and all mean the same
        raise UnreadableWorkbook(WorkbookFlaw.UNREADABLE) from error
    while lines and not any(lines[-1]):
        lines.pop()
    if not lines:
        raise UnreadableWorkbook(WorkbookFlaw.EMPTY)
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows(_trimmed(line) for line in lines)
    return out.getvalue()


def _refuse_bombs(data: bytes) -> None:
    """Refuse what unpacks to too much, and XML that declares something or is in another encoding than UTF-8."""
    if len(data) > MOST_BYTES:
        raise UnreadableWorkbook(WorkbookFlaw.TOO_BIG)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise UnreadableWorkbook(WorkbookFlaw.TOO_BIG)
            if _WORKBOOK not in packed.namelist():
                raise UnreadableWorkbook(WorkbookFlaw.UNREADABLE)
            for part in parts:  # a part never gives more bytes than its declared size
                if part.filename.endswith((".xml", ".rels")) and _declares(packed.read(part)):
                    raise UnreadableWorkbook(WorkbookFlaw.UNREADABLE)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        EOFError,
    ) as e:
        raise UnreadableWorkbook(WorkbookFlaw.UNREADABLE) from e


def _declares(xml: bytes) -> bool:
    return b"<!" in xml.replace(b"<!--", b"").replace(b"<![CDATA[", b"") or b"\0" in xml


def _read_lines(data: bytes, most_columns: int) -> list[list[str]]:
    from openpyxl import load_workbook  # noqa: PLC0415  # heavy: only who imports a workbook pays

    values = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    formulas = load_workbook(io.BytesIO(data), read_only=True)
    try:
        for value_sheet, formula_sheet in zip(values.worksheets, formulas.worksheets, strict=True):
            if value_sheet.sheet_state == "visible":
                both = zip(_rows(value_sheet, most_columns), _rows(formula_sheet, most_columns), strict=True)
                lines = [list(map(_text, *row)) for row in both]
                if any(any(line) for line in lines):
                    return lines
    finally:
        values.close()
        formulas.close()
    return []


def _rows(sheet: Any, most_columns: int) -> Iterator[Sequence[Any]]:
    for number, row in enumerate(sheet.iter_rows(max_col=most_columns), start=1):
        if number > MOST_LINES:
            raise UnreadableWorkbook(WorkbookFlaw.TOO_BIG)
        yield row


def _text(cell: Any, formula: Any) -> str:
    """Return a cell as its text would be pasted, so that it reads in one way only."""
    value = cell.value
    if value is None:  # a formula that nobody has worked out yet is no empty cell
        return formula.value if isinstance(formula.value, str) and formula.value.startswith("=") else ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return f"{_plain(value * 100)}%" if "%" in str(cell.number_format) else _plain(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return " ".join(str(value).split())


def _plain(number: float) -> str:
    """Write a number so that its mark cannot be taken for thousands: never with exactly three decimals."""
    whole, _, part = f"{number:.9f}".rstrip("0").partition(".")
    return f"{whole}.{part.ljust(4, '0') if len(part) == 3 else part}" if part else whole


def _trimmed(line: Sequence[str]) -> list[str]:
    full = [place for place, cell in enumerate(line, start=1) if cell]
    return list(line[: full[-1]]) if full else []


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, the row of its heading first; its title is at most 31 letters."""

    title: str
    rows: Iterable[Sequence[str | float | date | None]]


def write(heading: Sequence[str], rows: Iterable[Sequence[str | float | date | None]]) -> bytes:
    """Return a workbook of one sheet. Text never becomes a formula."""
    return write_sheets([Sheet("Sheet", [heading, *rows])])


def write_sheets(sheets: Iterable[Sheet]) -> bytes:
    """Return a workbook of several sheets. Text never becomes a formula."""
    from openpyxl import Workbook  # noqa: PLC0415  # heavy: only who downloads a workbook pays
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415

    book = Workbook(write_only=True)

    def as_cell(sheet: Any, value: str | float | date | None) -> Any:
        if not isinstance(value, str):
            return value
        cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
        cell.data_type = "s"  # what begins with = would be a formula
        return cell

    for each in sheets:
        sheet = book.create_sheet(each.title)
        for row in each.rows:
            sheet.append([as_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

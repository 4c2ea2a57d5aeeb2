"""Tables as spreadsheets write them: bytes become text, and text becomes cells that are never formulas."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_FORMULA_STARTS: Final = frozenset("=+-@\t\r\n＝＋－＠")
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


class NotText(Exception):
    """Bytes that no table is written in."""


class BadQuotes(Exception):
    """A quotation mark without a partner, or a cell that never ends; `line` is where."""

    def __init__(self, line: int) -> None:
        super().__init__(str(line))
        self.line = line


@dataclass(frozen=True)
class DecodedText:
    """Text of an uploaded file, and whether its letters had to be guessed."""

    text: str
    is_guessed: bool


def decode(data: bytes) -> DecodedText:
    """Return the text of an uploaded file: as its byte order mark says, UTF-8, else Windows-1252; or raise NotText.

    Windows-1252 is how older spreadsheets write. The five bytes that mean nothing in it are nothing else either.
    """
    if data.startswith(_WIDE_MARKS):
        return DecodedText(_decoded(data, "utf-16"), is_guessed=False)
    try:
        return DecodedText(data.decode("utf-8-sig"), is_guessed=False)
    except UnicodeDecodeError:
        return DecodedText(_decoded(data, "cp1252"), is_guessed=True)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotText(encoding) from error


def safe_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    starts = text.lstrip(" \u00a0\u3000")[:1]
    return f"'{text}" if starts in _FORMULA_STARTS else text


def unguarded(text: str) -> str:
    """Take away the mark that `safe_cell` put before a cell; other text stays as it is."""
    return text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text


def rows_of(text: str) -> list[list[str]]:
    """Return the rows of a table, cells parted by tabs, semicolons or commas, as most of its heading; or BadQuotes.

    What `safe_cell` put before a cell is taken away again.
    """
    clean = text.removeprefix("\ufeff").replace("\0", "")
    heading = next((line for line in clean.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", heading)
    reader = csv.reader(io.StringIO(clean, newline=""), delimiter=max(",;\t", key=bare.count), strict=True)
    try:
        return [[unguarded(cell) for cell in row] for row in reader]
    except csv.Error:
        raise BadQuotes(reader.line_num) from None


def csv_of(rows: Iterable[Sequence[object]]) -> str:
    """Write rows as a CSV file that spreadsheets read as UTF-8: text is guarded, numbers stay numbers."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerows([safe_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()

"""Reading a list of people to invite, as spreadsheets write it: text in, rows and problems out.

Nothing here decides what happens with a list: every problem is named by its row and column, and the caller takes all
rows or none. Cells are only ever text; a formula is a strange name, nothing more.
"""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lms import sheets
from lms.accounts.rules import MAX_NAME, clean_line, normal_email
from lms.authz import MembershipRole
from lms.sheets import DecodedText, NotText, safe_cell

MAX_BYTES: Final = 256 * 1024
MAX_ROWS: Final = 500

_LONGEST_QUOTE: Final = 60
_BYTE_ORDER_MARK: Final = "\ufeff"


class Column(StrEnum):
    """What a column of the list holds."""

    EMAIL = "email"
    NAME = "name"
    ROLE = "role"
    JOB_ROLE = "job_role"
    LOCATION = "location"
    LANGUAGE = "language"


_HEADINGS: Final[Mapping[str, Column]] = {
    "email": Column.EMAIL,
    "e mail": Column.EMAIL,
    "email address": Column.EMAIL,
    "mail": Column.EMAIL,
    "correo": Column.EMAIL,
    "correo electrónico": Column.EMAIL,
    "correo electronico": Column.EMAIL,
    "name": Column.NAME,
    "full name": Column.NAME,
    "nombre": Column.NAME,
    "role": Column.ROLE,
    "rol": Column.ROLE,
    "job role": Column.JOB_ROLE,
    "job": Column.JOB_ROLE,
    "puesto": Column.JOB_ROLE,
    "location": Column.LOCATION,
    "lugar": Column.LOCATION,
    "sede": Column.LOCATION,
    "language": Column.LANGUAGE,
    "idioma": Column.LANGUAGE,
}
_ROLES: Final = {
    "": MembershipRole.STAFF,
    "staff": MembershipRole.STAFF,
    "personal": MembershipRole.STAFF,
    "lead": MembershipRole.LEAD,
    "líder": MembershipRole.LEAD,
    "lider": MembershipRole.LEAD,
}
_LANGUAGES: Final = {
    "": "en",
    "en": "en",
    "english": "en",
    "inglés": "en",
    "ingles": "en",
    "es": "es",
    "spanish": "es",
    "español": "es",
    "espanol": "es",
}


class Flaw(StrEnum):
    """Why a list as a whole cannot be read."""

    TOO_BIG = "too-big"
    NOT_TEXT = "not-text"
    EMPTY = "empty"
    NO_EMAIL_COLUMN = "no-email-column"
    UNKNOWN_COLUMN = "unknown-column"
    COLUMN_TWICE = "column-twice"
    TOO_MANY_ROWS = "too-many-rows"
    BAD_QUOTES = "bad-quotes"


class UnreadableList(Exception):
    """A list that cannot be read at all; `detail` is the piece of it that stands in the way."""

    def __init__(self, flaw: Flaw, detail: str = "") -> None:
        super().__init__(f"{flaw}: {detail}")
        self.flaw = flaw
        self.detail = detail[:_LONGEST_QUOTE]


class ProblemKind(StrEnum):
    """Why one cell cannot be taken."""

    NO_EMAIL = "no-email"
    NOT_AN_EMAIL = "not-an-email"
    EMAIL_TWICE = "email-twice"
    NAME_TOO_LONG = "name-too-long"
    UNKNOWN_ROLE = "unknown-role"
    ROLE_TOO_HIGH = "role-too-high"
    UNKNOWN_JOB_ROLE = "unknown-job-role"
    UNKNOWN_LOCATION = "unknown-location"
    UNKNOWN_LANGUAGE = "unknown-language"
    TOO_MANY_CELLS = "too-many-cells"


@dataclass(frozen=True)
class Problem:
    """One cell that cannot be taken. Rows are counted as a spreadsheet does: the heading is row 1."""

    row: int
    column: Column | None
    kind: ProblemKind
    text: str


@dataclass(frozen=True)
class ListedPerson:
    """One row that can be taken."""

    row: int
    email: str
    name: str | None
    role: MembershipRole
    job_role_id: int | None
    location_id: int | None
    language: str


@dataclass(frozen=True)
class PeopleList:
    """A list as it was read."""

    people: tuple[ListedPerson, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Known:
    """What a row may point to: names in lower case with their ids, and the roles the importer may give."""

    job_roles: Mapping[str, int]
    locations: Mapping[str, int]
    roles: Collection[MembershipRole]


def decode(data: bytes) -> DecodedText:
    """Return the text of an uploaded file: UTF-8, else as older spreadsheets write it (Windows-1252)."""
    if len(data) > MAX_BYTES:
        raise UnreadableList(Flaw.TOO_BIG)
    if b"\0" in data:
        raise UnreadableList(Flaw.NOT_TEXT)
    try:
        return sheets.decode(data)
    except NotText:
        raise UnreadableList(Flaw.NOT_TEXT) from None


def read_people(text: str, known: Known) -> PeopleList:
    """Return everybody on the list and everything that is wrong with it; raise UnreadableList when it is no list."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise UnreadableList(Flaw.TOO_BIG)
    if "\0" in text:
        raise UnreadableList(Flaw.NOT_TEXT)
    lines = _lines(text.removeprefix(_BYTE_ORDER_MARK))
    if not lines:
        raise UnreadableList(Flaw.EMPTY)
    columns = _columns(lines[0][1])
    if len(lines) == 1:
        raise UnreadableList(Flaw.EMPTY)
    if len(lines) - 1 > MAX_ROWS:
        raise UnreadableList(Flaw.TOO_MANY_ROWS, str(len(lines) - 1))
    return _checked(columns, lines[1:], known)


def template() -> str:
    """Return an empty list: its heading only."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe_cell(column) for column in Column])
    return out.getvalue()


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """Return (row number, cells) of every row that holds something."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        rows = [(number, [clean_line(cell) for cell in cells]) for number, cells in enumerate(reader, start=1)]
    except csv.Error:
        raise UnreadableList(Flaw.BAD_QUOTES) from None
    return [(number, cells) for number, cells in rows if any(cells)]


def _delimiter(text: str) -> str:
    """Return what parts the cells: whichever of comma, semicolon and tab the heading has most of."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=heading.count)


def _columns(heading: Sequence[str]) -> dict[int, Column]:
    columns: dict[int, Column] = {}
    for place, title in enumerate(heading):
        if not title:
            continue
        column = _HEADINGS.get(" ".join(title.casefold().replace("_", " ").replace("-", " ").split()))
        if column is None:
            flaw = Flaw.NO_EMAIL_COLUMN if "@" in title else Flaw.UNKNOWN_COLUMN
            raise UnreadableList(flaw, title)
        if column in columns.values():
            raise UnreadableList(Flaw.COLUMN_TWICE, title)
        columns[place] = column
    if Column.EMAIL not in columns.values():
        raise UnreadableList(Flaw.NO_EMAIL_COLUMN)
    return columns


def _checked(columns: Mapping[int, Column], lines: Sequence[tuple[int, list[str]]], known: Known) -> PeopleList:
    people: list[ListedPerson] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for number, cells in lines:
        named = {column: cells[place] if place < len(cells) else "" for place, column in columns.items()}
        row = {column: named.get(column, "") for column in Column}
        found = [*_row_problems(number, row, known), *_stray_cells(number, cells, columns)]
        email = normal_email(row[Column.EMAIL])
        if email in seen:
            found.append(_problem(number, Column.EMAIL, ProblemKind.EMAIL_TWICE, row[Column.EMAIL]))
        problems += found
        if email is not None:
            seen.add(email)
        if email is not None and not found:
            people.append(_person(number, email, row, known))
    return PeopleList(tuple(people), tuple(problems))


def _row_problems(number: int, row: Mapping[Column, str], known: Known) -> Iterator[Problem]:
    role = _ROLES.get(row[Column.ROLE].casefold())
    if not row[Column.EMAIL]:
        yield _problem(number, Column.EMAIL, ProblemKind.NO_EMAIL, "")
    elif normal_email(row[Column.EMAIL]) is None:
        yield _problem(number, Column.EMAIL, ProblemKind.NOT_AN_EMAIL, row[Column.EMAIL])
    if len(row[Column.NAME]) > MAX_NAME:
        yield _problem(number, Column.NAME, ProblemKind.NAME_TOO_LONG, row[Column.NAME])
    if role is None:
        yield _problem(number, Column.ROLE, ProblemKind.UNKNOWN_ROLE, row[Column.ROLE])
    elif role not in known.roles:
        yield _problem(number, Column.ROLE, ProblemKind.ROLE_TOO_HIGH, row[Column.ROLE])
    if row[Column.JOB_ROLE] and row[Column.JOB_ROLE].casefold() not in known.job_roles:
        yield _problem(number, Column.JOB_ROLE, ProblemKind.UNKNOWN_JOB_ROLE, row[Column.JOB_ROLE])
    if row[Column.LOCATION] and row[Column.LOCATION].casefold() not in known.locations:
        yield _problem(number, Column.LOCATION, ProblemKind.UNKNOWN_LOCATION, row[Column.LOCATION])
    if row[Column.LANGUAGE].casefold() not in _LANGUAGES:
        yield _problem(number, Column.LANGUAGE, ProblemKind.UNKNOWN_LANGUAGE, row[Column.LANGUAGE])


def _stray_cells(number: int, cells: Sequence[str], columns: Mapping[int, Column]) -> Iterator[Problem]:
    stray = [cell for place, cell in enumerate(cells) if cell and place not in columns]
    if stray:
        yield _problem(number, None, ProblemKind.TOO_MANY_CELLS, stray[0])


def _problem(number: int, column: Column | None, kind: ProblemKind, text: str) -> Problem:
    return Problem(number, column, kind, text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…")


def _person(number: int, email: str, row: Mapping[Column, str], known: Known) -> ListedPerson:
    return ListedPerson(
        row=number,
        email=email,
        name=row[Column.NAME] or None,
        role=_ROLES[row[Column.ROLE].casefold()],
        job_role_id=known.job_roles.get(row[Column.JOB_ROLE].casefold()),
        location_id=known.locations.get(row[Column.LOCATION].casefold()),
        language=_LANGUAGES[row[Column.LANGUAGE].casefold()],
    )

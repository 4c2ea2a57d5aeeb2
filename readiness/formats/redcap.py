"""REDCap data dictionaries: rows of a table in, fields out, and back.

A dictionary has 18 columns in any order, by the names of the file or of the interface for programs, perhaps fewer, and
perhaps some that newer versions add. `read_dictionary(write_dictionary(fields)).fields == fields`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from readiness.formats.branching import Branch, fields_of, find_cycle, parse_branching, write_branching
from readiness.formats.errors import Flaw, FormatRefused, shorten

MOST_FIELDS: Final = 500
LONGEST_NAME: Final = 100
LONGEST_CELL: Final = 20_000

COLUMNS: Final[Mapping[str, str]] = {
    "field_name": "Variable / Field Name",
    "form_name": "Form Name",
    "section_header": "Section Header",
    "field_type": "Field Type",
    "field_label": "Field Label",
    "select_choices_or_calculations": "Choices, Calculations, OR Slider Labels",
    "field_note": "Field Note",
    "text_validation_type_or_show_slider_number": "Text Validation Type OR Show Slider Number",
    "text_validation_min": "Text Validation Min",
    "text_validation_max": "Text Validation Max",
    "identifier": "Identifier?",
    "branching_logic": "Branching Logic (Show field only if...)",
    "required_field": "Required Field?",
    "custom_alignment": "Custom Alignment",
    "question_number": "Question Number (surveys only)",
    "matrix_group_name": "Matrix Group Name",
    "matrix_ranking": "Matrix Ranking?",
    "field_annotation": "Field Annotation",
}
_NEEDED: Final = ("field_name", "field_type", "field_label")
_LEFT_OUT: Final = ("custom_alignment", "question_number", "matrix_ranking")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_CODE: Final = re.compile(r"-?[A-Za-z0-9_.]+")
_YES: Final = frozenset({"y", "yes", "1", "true"})


class Kind(StrEnum):
    """How a field is answered."""

    TEXT = "text"
    NOTES = "notes"
    CALC = "calc"
    DROPDOWN = "dropdown"
    RADIO = "radio"
    CHECKBOX = "checkbox"
    YESNO = "yesno"
    TRUEFALSE = "truefalse"
    FILE = "file"
    SLIDER = "slider"
    DESCRIPTIVE = "descriptive"
    SQL = "sql"


WITH_CHOICES: Final = frozenset({Kind.DROPDOWN, Kind.RADIO, Kind.CHECKBOX})


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose. code: without blanks, commas and bars. label: one line without bars."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One row. choices: of radio, dropdown and checkbox fields; formula: what else stands in that column.

    section: the header above it, "" when it stands in the section before. matrix: the group it is drawn in, "" when it
    stands alone. branch: when it is asked, None for always.
    """

    name: str
    kind: Kind
    label: str
    form: str = ""
    section: str = ""
    choices: tuple[Choice, ...] = ()
    formula: str = ""
    note: str = ""
    validation: str = ""
    low: str = ""
    high: str = ""
    is_identifier: bool = False
    branch: Branch | None = None
    is_required: bool = False
    matrix: str = ""
    annotation: str = ""


class Loss(StrEnum):
    """Why something of a dictionary is not taken."""

    UNKNOWN_KIND = "unknown-kind"
    UNKNOWN_COLUMN = "unknown-column"
    UNREAD_BRANCHING = "unread-branching"
    UNREAD_CHOICES = "unread-choices"
    LAYOUT = "layout"


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that was not taken. name: of the field, or of the column."""

    name: str
    loss: Loss
    text: str = ""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What was read, and what was not."""

    fields: tuple[Field, ...]
    lost: tuple[Lost, ...] = ()


def read_dictionary(rows: Sequence[Sequence[str]]) -> Dictionary:
    """Read a dictionary.

    rows: the heading first; cells as text. Raises FormatRefused: no columns of a dictionary, a column or a name twice,
    a field without a name or with an impossible one, more than MOST_FIELDS, fields that wait for each other.

    >>> head = ["field_name", "field_type", "field_label", "select_choices_or_calculations"]
    >>> read_dictionary([head, ["a", "radio", "How?", "1, Well | 2, Badly"]]).fields[0].choices[1]
    Choice(code='2', label='Badly')
    """
    full = [row for row in rows if any(cell.strip() for cell in row)]
    if not full:
        raise FormatRefused(Flaw.EMPTY)
    places, unknown = _find_columns(full[0])
    if len(full) == 1:
        raise FormatRefused(Flaw.EMPTY)
    if len(full) - 1 > MOST_FIELDS:
        raise FormatRefused(Flaw.TOO_MANY_ITEMS, str(len(full) - 1))
    fields: list[Field] = []
    lost: list[Lost] = []
    for row in full[1:]:
        cells = {column: _cell(row, place) for column, place in places.items()}
        _read_field(cells, fields, lost)
        lost += [Lost(title, Loss.UNKNOWN_COLUMN, _cell(row, place)) for place, title in unknown if _cell(row, place)]
    _refuse_cycles(fields)
    return Dictionary(tuple(fields), tuple(_once(lost)))


def write_dictionary(fields: Iterable[Field]) -> list[list[str]]:
    """Write fields as the rows of a dictionary, its heading first; text is not guarded against spreadsheets.

    >>> write_dictionary([Field(name="a", kind=Kind.YESNO, label="Is it?")])[1][:5]
    ['a', '', '', 'yesno', 'Is it?']
    """
    return [list(COLUMNS.values()), *(_written(field) for field in fields)]


def parse_choices(text: str) -> tuple[Choice, ...]:
    """Read `1, label | 2, label`; raises FormatRefused (WRONG_SHAPE) for anything else, or a code twice.

    >>> parse_choices("0, No, never | 1, Yes")
    (Choice(code='0', label='No, never'), Choice(code='1', label='Yes'))
    """
    choices = []
    for part in text.split("|" if "|" in text else "\n"):  # some write each on a line of its own
        code, comma, label = part.partition(",")
        if not part.strip():
            continue
        if not comma or not _CODE.fullmatch(code.strip()):
            raise FormatRefused(Flaw.WRONG_SHAPE, part)
        choices.append(Choice(code.strip(), " ".join(label.split())))
    if len({choice.code for choice in choices}) < len(choices):
        raise FormatRefused(Flaw.WRONG_SHAPE, text)
    return tuple(choices)


def write_choices(choices: Iterable[Choice]) -> str:
    """Write choices as the dictionary holds them.

    >>> write_choices([Choice("1", "Never"), Choice("2", "Always")])
    '1, Never | 2, Always'
    """
    return " | ".join(f"{choice.code}, {choice.label}" for choice in choices)


def _find_columns(heading: Sequence[str]) -> tuple[dict[str, int], list[tuple[int, str]]]:
    known = {_heading(title): column for column, title in COLUMNS.items()}
    known |= {_heading(column): column for column in COLUMNS}
    places: dict[str, int] = {}
    unknown: list[tuple[int, str]] = []
    for place, title in enumerate(heading):
        column = known.get(_heading(title))
        if column is None:
            unknown.append((place, shorten(title)))
        elif column in places:
            raise FormatRefused(Flaw.COLUMN_TWICE, title)
        else:
            places[column] = place
    if any(column not in places for column in _NEEDED):
        raise FormatRefused(Flaw.NOT_A_DICTIONARY, ", ".join(heading))
    return places, unknown


def _heading(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def _cell(row: Sequence[str], place: int) -> str:
    text = row[place].strip() if place < len(row) else ""
    if len(text) > LONGEST_CELL:
        raise FormatRefused(Flaw.TOO_LONG, text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_field(cells: Mapping[str, str], fields: list[Field], lost: list[Lost]) -> None:
    name = cells["field_name"].lower()
    if not name:
        raise FormatRefused(Flaw.NO_NAME, cells["field_label"])
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise FormatRefused(Flaw.BAD_NAME, name)
    if any(field.name == name for field in fields):
        raise FormatRefused(Flaw.NAME_TWICE, name)
    kind = cells["field_type"].lower()
    if kind not in set(Kind):
        lost.append(Lost(name, Loss.UNKNOWN_KIND, shorten(kind)))
        return
    field = Field(
        name=name,
        kind=Kind(kind),
        label=cells["field_label"],
        form=cells.get("form_name", ""),
        section=cells.get("section_header", ""),
        note=cells.get("field_note", ""),
        validation=cells.get("text_validation_type_or_show_slider_number", ""),
        low=cells.get("text_validation_min", ""),
        high=cells.get("text_validation_max", ""),
        is_identifier=cells.get("identifier", "").lower() in _YES,
        is_required=cells.get("required_field", "").lower() in _YES,
        matrix=cells.get("matrix_group_name", ""),
        annotation=cells.get("field_annotation", ""),
    )
    lost += [Lost(name, Loss.LAYOUT, column) for column in _LEFT_OUT if cells.get(column)]
    field = _with_choices(field, cells.get("select_choices_or_calculations", ""), lost)
    fields.append(_with_branch(field, cells.get("branching_logic", ""), lost))


def _with_choices(field: Field, text: str, lost: list[Lost]) -> Field:
    if field.kind not in WITH_CHOICES:
        return replace(field, formula=text)
    try:
        return replace(field, choices=parse_choices(text))
    except FormatRefused as refused:
        lost.append(Lost(field.name, Loss.UNREAD_CHOICES, refused.detail))
        return field


def _with_branch(field: Field, text: str, lost: list[Lost]) -> Field:
    if not text:
        return field
    try:
        return replace(field, branch=parse_branching(text))
    except FormatRefused as refused:
        lost.append(Lost(field.name, Loss.UNREAD_BRANCHING, refused.detail))
        return field


def _refuse_cycles(fields: Sequence[Field]) -> None:
    asks = {field.name: set(fields_of(field.branch)) for field in fields if field.branch is not None}
    cycle = find_cycle(asks)
    if cycle is not None:
        raise FormatRefused(Flaw.CYCLE, " → ".join(cycle))


def _once(lost: Iterable[Lost]) -> list[Lost]:
    """Keep the first word on each column that is not known, and all else."""
    kept: dict[tuple[str, Loss, str], Lost] = {}
    for each in lost:
        text = "" if each.loss is Loss.UNKNOWN_COLUMN else each.text
        kept.setdefault((each.name, each.loss, text), Lost(each.name, each.loss, shorten(each.text)))
    return list(kept.values())


def _written(field: Field) -> list[str]:
    cells = {
        "field_name": field.name,
        "form_name": field.form,
        "section_header": field.section,
        "field_type": field.kind.value,
        "field_label": field.label,
        "select_choices_or_calculations": write_choices(field.choices) or field.formula,
        "field_note": field.note,
        "text_validation_type_or_show_slider_number": field.validation,
        "text_validation_min": field.low,
        "text_validation_max": field.high,
        "identifier": "y" if field.is_identifier else "",
        "branching_logic": "" if field.branch is None else write_branching(field.branch),
        "required_field": "y" if field.is_required else "",
        "matrix_group_name": field.matrix,
        "field_annotation": field.annotation,
    }
    return [cells.get(column, "") for column in COLUMNS]

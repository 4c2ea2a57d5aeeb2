"""What was answered, as tables: a row an answer, a row a rater, and a codebook that explains the columns.

Rows hold text and numbers; whoever writes them into a file guards text against spreadsheets.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from readiness.fields import LANGUAGES
from readiness.formats.errors import Flaw, FormatRefused, shorten
from readiness.formats.wording import DONT_KNOW, NO, NOT_APPLICABLE, PARTLY, YES
from readiness.instruments import AnswerKind, Area, Instrument, Item
from readiness.scoring import AnswerState

Cell: TypeAlias = str | int | None
Row: TypeAlias = list[Cell]

TEAM: Final = "team"
RATER: Final = "rater"
LONG_COLUMNS: Final = (
    "rater", "area", "item", "statement", "state", "value", "fact", "evidence", "dissent", "answered_by", "answered_at",
)  # fmt: skip
CODEBOOK_COLUMNS: Final = (
    "column", "area", "item", "what", "kind", "answers", "reversed", "critical", "statement_en", "statement_es",
)  # fmt: skip
STATE, EVIDENCE, DISSENT = "state", "evidence", "dissent"
_PARTS: Final = (STATE, EVIDENCE, DISSENT)
_WORDS_OF_STATES: Final[Mapping[str, AnswerState]] = {
    "": AnswerState.SKIPPED,
    "skipped": AnswerState.SKIPPED,
    "value": AnswerState.VALUE,
    "not-applicable": AnswerState.NOT_APPLICABLE,
    "not applicable": AnswerState.NOT_APPLICABLE,
    "na": AnswerState.NOT_APPLICABLE,
    "n/a": AnswerState.NOT_APPLICABLE,
    "dont-know": AnswerState.DONT_KNOW,
    "don't know": AnswerState.DONT_KNOW,
    "dk": AnswerState.DONT_KNOW,
}
LONGEST_NOTE: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one rater says to one item. fact: as it was given, where the item asks for one."""

    state: AnswerState
    value: int | None = None
    fact: str | None = None
    evidence: str = ""
    dissent: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """All that one rater says: the team, or a seat."""

    rater: str
    answers: Mapping[str, Answered]


class Wrong(StrEnum):
    """Why one answer cannot be taken."""

    NOT_AN_ANSWER = "not-an-answer"
    UNKNOWN_ITEM = "unknown-item"
    UNKNOWN_STATE = "unknown-state"
    VALUE_AND_STATE = "value-and-state"
    NOTE_TOO_LONG = "note-too-long"
    SEVERAL_ANSWERS = "several-answers"


@dataclass(frozen=True, slots=True)
class Problem:
    """One answer that cannot be taken. where: the column, or the link of the item; text: what stands there."""

    where: str
    wrong: Wrong
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Answers that were read. unread: columns or items that are not of this instrument's and hold nothing."""

    answers: Mapping[str, Answered]
    problems: tuple[Problem, ...] = ()
    unread: tuple[str, ...] = field(default=())


def long_rows(instrument: Instrument, records: Sequence[Record], language: str) -> Iterator[Row]:
    """Yield a heading and a row for each answer of each rater, items in order; items nobody touched are skipped."""
    yield list(LONG_COLUMNS)
    for record in records:
        for area, item in _items(instrument):
            said = record.answers.get(item.key, Answered(state=AnswerState.SKIPPED))
            yield [
                record.rater,
                area.key,
                item.key,
                item.text[language],
                said.state.value,
                said.value,
                said.fact or "",
                said.evidence,
                said.dissent,
                said.by,
                said.at.isoformat(timespec="seconds") if said.at else "",
            ]


def wide_rows(instrument: Instrument, records: Sequence[Record]) -> Iterator[Row]:
    """Yield a heading and a row for each rater: of each item its value, its state, its evidence and who sees it else.

    A fact stands in the value's place as it was given; `read_wide` reads a row of ratings back.
    """
    yield [RATER, *(name for _area, item in _items(instrument) for name in _columns_of(item))]
    for record in records:
        row: Row = [record.rater]
        for _area, item in _items(instrument):
            said = record.answers.get(item.key, Answered(state=AnswerState.SKIPPED))
            row += [said.value if said.fact is None else said.fact, said.state.value, said.evidence, said.dissent]
        yield row


def codebook_rows(instrument: Instrument) -> Iterator[Row]:
    """Yield a heading and a row for each column of the wide table, in its order."""
    yield list(CODEBOOK_COLUMNS)
    yield [RATER, "", "", "who answered: the team, the lead, the co-chair or the expert", "text", "", "", "", "", ""]
    for area, item in _items(instrument):
        marks = ["yes" if item.is_reversed else "no", "yes" if item.is_critical else "no"]
        texts = [item.text[language] for language in LANGUAGES]
        value, *others = _columns_of(item)
        yield [value, area.key, item.key, "answer", item.answer.value, _answers(instrument, item), *marks, *texts]
        states = "; ".join(each.value for each in AnswerState)
        for column, what, answers in zip(others, _PARTS, (states, "", ""), strict=True):
            yield [column, area.key, item.key, what, "text", answers, "", "", "", ""]


def read_wide(rows: Sequence[Sequence[str]], instrument: Instrument) -> Sheet:
    """Read one row of ratings back from a wide table.

    rows: the heading first. instrument: all of its items are ratings. The row whose rater is the team counts, else the
    only one. A cell of an item holds 1 to 5, or the word of a state; its other columns may be left out. Raises
    FormatRefused: EMPTY, COLUMN_TWICE, UNKNOWN_COLUMN when no column is an item's, NOT_ONE_ROW.
    """
    full = [row for row in rows if any(cell.strip() for cell in row)]
    if len(full) < 2:  # noqa: PLR2004  # a heading and a row
        raise FormatRefused(Flaw.EMPTY)
    places = _places(full[0])
    row = _team_row(full[1:], places.get(RATER))
    cells = {name: row[place].strip() if place < len(row) else "" for name, place in places.items()}
    keys = {item.key for item in instrument.items}
    known = {RATER, *keys, *(f"{key}__{part}" for key in keys for part in _PARTS)}
    if not keys & set(cells):
        raise FormatRefused(Flaw.UNKNOWN_COLUMN, ", ".join(full[0]))
    strange = [name for name in cells if name not in known]
    problems = [Problem(name, Wrong.UNKNOWN_ITEM, shorten(cells[name])) for name in strange if cells[name]]
    answers: dict[str, Answered] = {}
    for key in (item.key for item in instrument.items if item.key in cells):
        parts = {part: cells.get(f"{key}__{part}", "") for part in _PARTS}
        said, wrong = read_answer(cells[key], parts[STATE], parts[EVIDENCE], parts[DISSENT])
        answers[key] = said
        problems += [Problem(f"{key}__{part}" if part else key, each, shorten(text)) for part, each, text in wrong]
    unread = tuple(shorten(name) for name in strange if not cells[name])
    return Sheet(answers, tuple(problems), unread)


def read_answer(value: str, state: str, evidence: str, dissent: str) -> tuple[Answered, list[tuple[str, Wrong, str]]]:
    """Read one rating from its cells, and what is wrong with which: ("" for the value, else the part).

    >>> read_answer("4", "", "", "")[0].value
    4
    """
    wrong: list[tuple[str, Wrong, str]] = []
    number = value.removesuffix(".0")
    is_rating = number in {"1", "2", "3", "4", "5"}
    said = _WORDS_OF_STATES.get(state.casefold())
    if said is None:
        wrong.append((STATE, Wrong.UNKNOWN_STATE, state))
    if is_rating and said in {AnswerState.NOT_APPLICABLE, AnswerState.DONT_KNOW}:
        wrong.append((STATE, Wrong.VALUE_AND_STATE, state))
    if not is_rating and (value.casefold() not in _WORDS_OF_STATES or value.casefold() == AnswerState.VALUE):
        wrong.append(("", Wrong.NOT_AN_ANSWER, value))
    if not value and said is AnswerState.VALUE:
        wrong.append(("", Wrong.NOT_AN_ANSWER, value))
    for part, text in ((EVIDENCE, evidence), (DISSENT, dissent)):
        if len(text) > LONGEST_NOTE:
            wrong.append((part, Wrong.NOTE_TOO_LONG, text))
    if is_rating:
        return Answered(state=AnswerState.VALUE, value=int(number), evidence=evidence, dissent=dissent), wrong
    word = _WORDS_OF_STATES.get(value.casefold(), AnswerState.SKIPPED) if value else said
    told = AnswerState.SKIPPED if word in {None, AnswerState.VALUE} else word or AnswerState.SKIPPED
    return Answered(state=told, evidence=evidence, dissent=dissent), wrong


def _columns_of(item: Item) -> list[str]:
    return [item.key, *(f"{item.key}__{part}" for part in _PARTS)]


def _items(instrument: Instrument) -> Iterator[tuple[Area, Item]]:
    for area in instrument.areas:
        for item in area.items:
            yield area, item


def _answers(instrument: Instrument, item: Item) -> str:
    """Say which answers there are, as the wide table holds them."""
    if item.answer is AnswerKind.YES_PARTLY_NO:
        steps = {"yes": YES["en"], "partly": PARTLY["en"], "no": NO["en"]}
    elif item.answer is AnswerKind.DATE:
        return "a day as YYYY-MM-DD"
    elif item.answer is AnswerKind.SHARE:
        return "whole percent, 0 to 100"
    else:
        words = instrument.labels or item.anchors
        values = range(instrument.low, instrument.high + 1)
        steps = {str(value): words[value]["en"] if value in words else "" for value in values}
    listed = (f"{code} = {text}" if text else code for code, text in steps.items())
    return "; ".join([*listed, f"not-applicable = {NOT_APPLICABLE['en']}", f"dont-know = {DONT_KNOW['en']}"])


def _places(heading: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, title in enumerate(heading):
        name = title.strip().casefold()
        if name in places:
            raise FormatRefused(Flaw.COLUMN_TWICE, title)
        if name:
            places[name] = place
    return places


def _team_row(rows: Sequence[Sequence[str]], rater: int | None) -> Sequence[str]:
    of_team = [row for row in rows if rater is not None and rater < len(row) and row[rater].strip().casefold() == TEAM]
    for found in (of_team, rows):
        if len(found) == 1:
            return found[0]
    raise FormatRefused(Flaw.NOT_ONE_ROW, str(len(rows)))

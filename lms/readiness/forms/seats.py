"""What somebody sends who rates alone: one area of facts or of ratings; and how a record is opened and closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import uuid4, uuid5

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, RadioField
from wtforms.validators import InputRequired

from lms.errors import Invalid
from lms.readiness.forms.rounds import clean_note
from lms.readiness.models import LONGEST_NOTE, AnswerState
from lms.readiness.seating import NEVER, OLDEST_YEARS, SeatSaid, read_share, value_of_fact
from lms.readiness.services.seats import SeatAnswer
from lms.web.forms import Form, sent_form_key
from readiness.errors import FactOutOfRange
from readiness.facts import Extent
from readiness.instruments import AnswerKind, Area, Item

_ = lazy_gettext

GIVEN = "given"
LONGEST_FACT = 20
_WORDS = {AnswerState.NOT_APPLICABLE.value, AnswerState.DONT_KNOW.value}
_RATINGS = {"1", "2", "3", "4", "5"}

FACT_LABELS = {Extent.YES.value: _("Yes"), Extent.PARTLY.value: _("Partly"), Extent.NO.value: _("No")}


class StartRecordForm(Form):
    """A record of facts, or of what two leaders say."""

    instrument = RadioField(_("What do you want to look at?"), [InputRequired(_("Choose one."))], choices=[])
    closes_on = DateField(
        _("By when do you want to be done?"),
        [InputRequired(_("Choose a day."))],
        description=_("It never closes by itself."),
    )


@dataclass(frozen=True)
class TypedAnswer:
    """What stands in the fields of one item, taken or not."""

    choice: str
    fact: str
    note: str


@dataclass(frozen=True)
class SentSeatArea:
    """What the form of one area holds; `errors` are sentences by field, `typed` what to show again."""

    answers: tuple[SeatAnswer, ...]
    typed: Mapping[str, TypedAnswer]
    errors: Mapping[str, str]


def read_seat_area(area: Area, sent: Mapping[str, str], today: date) -> SentSeatArea:
    """Read the form of one area. The same form sent again makes the same events."""
    key, errors = sent_form_key() or uuid4(), dict[str, str]()
    answers, typed = [], {}
    for item in area.items:
        entry = _typed(item, sent)
        typed[item.key] = entry
        if len(entry.note) > LONGEST_NOTE:
            errors[f"note-{item.key}"] = _too_long()
        try:
            said = _said(item, entry, today)
        except _Unclear as unclear:
            errors[f"{unclear.field}-{item.key}"] = str(unclear)
            continue
        # The key holds what was said, so that going back and choosing again is something new.
        seen = _id(sent.get(f"seen-{item.key}"))
        answers.append(SeatAnswer(uuid5(key, f"{item.key}:{said}"), item.key, said, seen))
    return SentSeatArea(tuple(answers), typed, errors)


def typed_of(item: Item, said: SeatSaid) -> TypedAnswer:
    """Return how the fields of an item show what stands."""
    if said.fact is None or item.answer is AnswerKind.RATING:
        return TypedAnswer(said.choice, "", said.note)
    if item.answer is AnswerKind.YES_PARTLY_NO or said.fact == NEVER:
        return TypedAnswer(said.fact, "", said.note)
    return TypedAnswer(GIVEN, said.fact, said.note)


class _Unclear(Exception):  # it never leaves this module
    """An answer that cannot be taken, with the field it stands in."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def _typed(item: Item, sent: Mapping[str, str]) -> TypedAnswer:
    choice, fact = sent.get(f"answer-{item.key}", ""), clean_note(sent.get(f"fact-{item.key}"))
    if item.answer in {AnswerKind.DATE, AnswerKind.SHARE} and fact and not choice:
        choice = GIVEN
    return TypedAnswer(choice, fact[: 2 * LONGEST_FACT], clean_note(sent.get(f"note-{item.key}")))


def _said(item: Item, typed: TypedAnswer, today: date) -> SeatSaid:
    choice = typed.choice
    needs_fact = item.answer in {AnswerKind.DATE, AnswerKind.SHARE}
    if needs_fact and typed.fact and choice != GIVEN:
        raise _Unclear("fact", gettext("You filled this in and chose another answer as well. Keep one of the two."))
    if not choice:
        return SeatSaid(note=typed.note)
    if choice in _WORDS:
        return SeatSaid(AnswerState(choice), note=typed.note)
    if item.answer is AnswerKind.RATING:
        if choice not in _RATINGS:
            raise Invalid(gettext("This is no answer to the item. Choose one of the answers on the page."))
        return SeatSaid(AnswerState.VALUE, int(choice), None, typed.note)
    fact = _fact(item.answer, typed, today)
    try:
        value = value_of_fact(item.answer, fact, today=today)
    except FactOutOfRange as error:
        raise Invalid(gettext("This is no answer to the item. Choose one of the answers on the page.")) from error
    return SeatSaid(AnswerState.VALUE, value, fact, typed.note)


def _fact(kind: AnswerKind, typed: TypedAnswer, today: date) -> str:
    if typed.choice != GIVEN:
        is_word = kind is AnswerKind.YES_PARTLY_NO or (kind is AnswerKind.DATE and typed.choice == NEVER)
        return typed.choice[:LONGEST_FACT] if is_word else ""
    if kind is AnswerKind.DATE:
        return _day(typed.fact, today).isoformat()
    if kind is AnswerKind.SHARE:
        return str(_share(typed.fact))
    return GIVEN


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-10-01") else None
    except ValueError:
        day = None
    if day is None:
        raise _Unclear("fact", gettext("Write the day as year, month and day, for example 2026-10-01."))
    if day > today:
        raise _Unclear("fact", gettext("This day is still to come. Give the last day on which it happened."))
    if day.year < today.year - OLDEST_YEARS:
        raise _Unclear("fact", gettext("This day is very long ago. Look at the year."))
    return day


def _share(text: str) -> int:
    percent = read_share(text)
    if percent is None:
        raise _Unclear("fact", gettext("Write a share from 0 to 100 percent, or how many of how many: 19 of 24."))
    return percent


def _too_long() -> str:
    return str(gettext("This note is too long. Use %(number)s characters or fewer.", number=LONGEST_NOTE))


def _id(sent: object) -> int | None:
    text = str(sent or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

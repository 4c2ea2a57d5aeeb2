"""The part of FHIR R4 Questionnaire and QuestionnaireResponse that this room reads and writes, as plain values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

Words: TypeAlias = Mapping[str, str]
"""One text in some languages: language → text, none of them blank."""

OURS: Final = "https://coalition-commons.example/fhir/StructureDefinition/instrument"
"""Names what FHIR has no element for; nothing is read from there."""

ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
NOT_APPLICABLE: Final = "not-applicable"
DONT_KNOW: Final = "asked-unknown"


class Status(StrEnum):
    """How far a questionnaire is."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"
    UNKNOWN = "unknown"


class ItemKind(StrEnum):
    """What kind of answer an item takes; R4's `Questionnaire.item.type`."""

    GROUP = "group"
    DISPLAY = "display"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE = "date"
    DATE_TIME = "dateTime"
    TIME = "time"
    STRING = "string"
    TEXT = "text"
    URL = "url"
    CHOICE = "choice"
    OPEN_CHOICE = "open-choice"
    ATTACHMENT = "attachment"
    REFERENCE = "reference"
    QUANTITY = "quantity"
    QUESTION = "question"


class WhenOperator(StrEnum):
    """How an answer is compared."""

    EXISTS = "exists"
    EQUAL = "="
    UNEQUAL = "!="
    MORE = ">"
    LESS = "<"
    AT_LEAST = ">="
    AT_MOST = "<="


class WhenBehavior(StrEnum):
    """Whether all conditions must hold, or any."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Coding:
    """A code and where it comes from; display: its words, where they matter."""

    code: str
    system: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose. weight: its number by `ordinalValue` or `itemWeight`, None when it has none."""

    code: str
    display: Words = field(default_factory=dict)
    system: str | None = None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class EnableWhen:
    """One condition for asking an item: another item's answer, by its link."""

    question: str
    operator: WhenOperator
    answer: "bool | int | float | date | str | Coding"


Detail: TypeAlias = bool | int | str | Words
"""What one of our own notes holds: yes or no, a whole number, a code, or words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionnaireItem:
    """One item or group. behavior: how several conditions go together, None when there are none or one.

    low, high: least and most of a whole number. details: our own notes (`OURS`).
    """

    link_id: str
    kind: ItemKind
    text: Words = field(default_factory=dict)
    is_required: bool = False
    repeats: bool = False
    options: tuple[Option, ...] = ()
    low: int | None = None
    high: int | None = None
    enable_when: tuple[EnableWhen, ...] = ()
    behavior: WhenBehavior | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)
    items: "tuple[QuestionnaireItem, ...]" = ()

    def all_items(self) -> "Iterator[QuestionnaireItem]":
        """Yield this item and every item in it, in order."""
        yield self
        for item in self.items:
            yield from item.all_items()


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """A questionnaire. language: of the text that stands in FHIR's own elements; others are translations."""

    status: Status
    language: str = "en"
    url: str | None = None
    version: str | None = None
    name: str | None = None
    title: Words = field(default_factory=dict)
    description: Words = field(default_factory=dict)
    purpose: Words = field(default_factory=dict)
    copyright: Words = field(default_factory=dict)
    publisher: str | None = None
    published_on: date | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)
    items: tuple[QuestionnaireItem, ...] = ()

    def all_items(self) -> Iterator[QuestionnaireItem]:
        """Yield every item, in order."""
        for item in self.items:
            yield from item.all_items()


Answer: TypeAlias = bool | int | float | date | str | Coding


class ResponseStatus(StrEnum):
    """How far a response is."""

    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    AMENDED = "amended"
    ENTERED_IN_ERROR = "entered-in-error"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseItem:
    """What was answered to one item, or a group of such; notes: our own notes (`OURS`), such as the evidence."""

    link_id: str
    text: str | None = None
    answers: tuple[Answer, ...] = ()
    notes: Mapping[str, Detail] = field(default_factory=dict)
    items: "tuple[ResponseItem, ...]" = ()

    def all_items(self) -> "Iterator[ResponseItem]":
        """Yield this item and every item in it, in order."""
        yield self
        for item in self.items:
            yield from item.all_items()


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionnaireResponse:
    """One filled-in questionnaire. questionnaire: its address, a bar, its version. authored: a moment, as written."""

    status: ResponseStatus
    questionnaire: str | None = None
    language: str | None = None
    authored: str | None = None
    author: str | None = None
    subject: str | None = None
    items: tuple[ResponseItem, ...] = ()

    def all_items(self) -> Iterator[ResponseItem]:
        """Yield every item, in order."""
        for item in self.items:
            yield from item.all_items()


class Loss(StrEnum):
    """Why something of a resource is not taken."""

    UNKNOWN_ELEMENT = "unknown-element"
    UNKNOWN_EXTENSION = "unknown-extension"
    UNREAD_VALUE = "unread-value"


@dataclass(frozen=True, slots=True)
class Lost:
    """An element that was not taken. where: the item's link, "" for the questionnaire itself. name: of the element."""

    where: str
    name: str
    loss: Loss

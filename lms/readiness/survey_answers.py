"""The answers of one person on their way: what a draft holds, how edits meet, which page comes next."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from readiness.instruments import Instrument, Item
from readiness.scoring import AnswerState

MOST_ON_PAGE = 5
RATHER_NOT = ""
"""The group of somebody who would rather not say theirs."""

WORDS = (AnswerState.NOT_APPLICABLE.value, AnswerState.DONT_KNOW.value)


@dataclass(frozen=True, slots=True)
class Answered:
    """What one person has answered so far.

    `items`: item → the tapped choice, "1" to "5" or the word of a state. `group`: None while not chosen. `comment`: as
    typed; it is masked when it is sent. `language`: in which they answer.
    """

    items: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    comment: str = ""
    language: str | None = None

    @property
    def has_begun(self) -> bool:
        """Whether anything was answered or chosen."""
        return bool(self.items) or self.group is not None or bool(self.comment)


NOTHING = Answered()


@dataclass(frozen=True, slots=True)
class SurveyPage:
    """Four or five items that are asked together; `first` counts from 1 through the whole survey."""

    number: int
    first: int
    items: tuple[Item, ...]

    @property
    def last(self) -> int:
        """The number of its last item."""
        return self.first + len(self.items) - 1


def pages_of(instrument: Instrument) -> tuple[SurveyPage, ...]:
    """Part the items into as few pages as hold at most five each, as even as can be."""
    items = instrument.items
    n_pages = max(1, -(-len(items) // MOST_ON_PAGE))
    pages, start = [], 0
    for number in range(1, n_pages + 1):
        size = len(items) // n_pages + (number <= len(items) % n_pages)
        pages.append(SurveyPage(number, start + 1, items[start : start + size]))
        start += size
    return tuple(pages)


def page_of_item(pages: tuple[SurveyPage, ...], item_key: str) -> SurveyPage:
    """Return the page that asks an item."""
    return next(page for page in pages if any(item.key == item_key for item in page.items))


def left_out(instrument: Instrument, answered: Answered) -> tuple[Item, ...]:
    """Return the items without an answer, in order."""
    return tuple(item for item in instrument.items if item.key not in answered.items)


def choices_of(instrument: Instrument) -> frozenset[str]:
    """Return what can be tapped."""
    return frozenset((*map(str, range(instrument.low, instrument.high + 1)), *WORDS))


def is_answerable(instrument: Instrument, items: Mapping[str, str]) -> bool:
    """Say whether these are answers to items of this instrument."""
    keys, choices = {item.key for item in instrument.items}, choices_of(instrument)
    return all(key in keys and choice in choices for key, choice in items.items())


def merged(stands: Answered, items: Mapping[str, str], language: str | None = None) -> Answered:
    """Bring taps together with what stands: the later tap on an item counts, and nothing else is touched."""
    return replace(stands, items={**stands.items, **items}, language=language or stands.language)


def as_document(answered: Answered, instrument: Instrument) -> dict[str, Any]:
    """Write a draft, its items in the order of the instrument: the order of the taps is nobody's business."""
    items = {item.key: answered.items[item.key] for item in instrument.items if item.key in answered.items}
    return {"items": items, "group": answered.group, "comment": answered.comment, "language": answered.language}


def from_document(document: Mapping[str, Any] | None) -> Answered:
    """Read back what `as_document` wrote; nothing when there is none."""
    return Answered(**document) if document else NOTHING


def as_response(answered: Answered, instrument: Instrument) -> dict[str, int | str]:
    """Write the answers as they are sent in: every item of the instrument, in its order."""
    skipped = AnswerState.SKIPPED.value
    said = {item.key: answered.items.get(item.key, skipped) for item in instrument.items}
    return {key: int(choice) if choice.isdigit() else choice for key, choice in said.items()}

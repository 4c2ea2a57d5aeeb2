"""An instrument while it is written: the document of `readiness.instruments`, in which texts may still be missing.

In a draft every text that an instrument may have is there, perhaps blank: `draft_of` adds those that are left out,
`document_of` takes them away again.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from readiness.fields import LANGUAGES, LONGEST_SLUG
from readiness.formats.wording import EVIDENCE, GENERAL, LABELS, METHOD, PROMISES
from readiness.instruments import (
    ANCHORS,
    MOST_STAFF_ITEMS,
    ActionKind,
    AnswerKind,
    Instrument,
    Mode,
    instrument_from_document,
)

Draft: TypeAlias = dict[str, Any]

MOST_ITEMS: Final = 100
MOST_AREAS: Final = 20
MOST_TOPICS: Final = 40
WITH_ANCHORS: Final = frozenset({Mode.CONSENSUS, Mode.LEADER})
FRONT: Final = "front"
TOPICS: Final = "topics"
_FRONT_TEXTS: Final = ("title", "summary", "promise", "method")
_MEASURE_TEXTS: Final = ("name", "numerator", "denominator")
_LONG: Final = frozenset({"summary", "promise", "method", "purpose", "text", "evidence", "examples"})
_MIDDLE: Final = 2
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NO_SLUG: Final = re.compile(r"[^a-z0-9]+")


class GapKind(StrEnum):
    """What a draft lacks before it can be published."""

    NO_ENGLISH = "no-english"
    NO_SPANISH = "no-spanish"
    NO_AREAS = "no-areas"
    NO_ITEMS = "no-items"
    TOO_MANY_ITEMS = "too-many-items"
    TOO_MANY_AREAS = "too-many-areas"
    NO_TOPIC = "no-topic"
    NO_COURSE = "no-course"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing. part: the page of the draft; field: the input on it, "" for the page itself."""

    part: str
    field: str
    kind: GapKind


@dataclass(frozen=True, slots=True)
class Slot:
    """One text of a draft in all languages. table: the draft's own, so that writing into it changes the draft."""

    part: str
    name: str
    table: dict[str, str]
    is_optional: bool = False

    @property
    def is_long(self) -> bool:
        """Whether it takes more than a line."""
        return self.name in _LONG or self.name.startswith("anchor-")


def blank() -> dict[str, str]:
    """Return a text that says nothing in any language."""
    return dict.fromkeys(LANGUAGES, "")


def filled(text: Mapping[str, str]) -> dict[str, str]:
    """Return a text in every language of the site, blank where it is missing."""
    return {language: text.get(language, "").strip() for language in LANGUAGES}


def new_draft(mode: Mode) -> Draft:
    """Return a draft without areas, with what we say ourselves filled in."""
    return {
        "slug": "",
        "version": "1.0.0",
        "licence": "",
        "source": "",
        "reviewed_on": "",
        "reviewed_by": "",
        "mode": mode.value,
        "title": blank(),
        "summary": blank(),
        "promise": dict(PROMISES[mode]),
        "method": dict(METHOD),
        "low": ANCHORS[0],
        "high": ANCHORS[-1],
        "minutes": 10,
        "sources": [],
        "topics": {"general": dict(GENERAL)},
        "areas": [],
    } | ({"labels": {str(value): dict(text) for value, text in LABELS.items()}} if mode is Mode.STAFF else {})


def new_area(key: str, name: Mapping[str, str]) -> Draft:
    """Return an area without items; its purpose is its name until somebody writes one."""
    return {"key": key, "name": filled(name), "purpose": filled(name), "weight": 1, "items": []}


def new_item(key: str, mode: Mode, topic: str, *, construct: str = "general") -> Draft:
    """Return an item without words, with middling weights, to be talked about first."""
    item: Draft = {
        "key": key,
        "construct": construct,
        "critical": False,
        "weight": _MIDDLE,
        "reach": _MIDDLE,
        "effort": _MIDDLE,
        "topic": topic,
        "action": ActionKind.CONVERSATION.value,
        "name": blank(),
        "text": blank(),
    }
    if mode in WITH_ANCHORS:
        item |= {"anchors": {str(value): blank() for value in ANCHORS}, "evidence": dict(EVIDENCE)}
    if mode is Mode.SITE_FACTS:
        item["answer"] = AnswerKind.YES_PARTLY_NO.value
    return _with_optional_texts(item)


def draft_of(document: Mapping[str, object]) -> Draft:
    """Return an instrument's document as a draft, apart from the document itself."""
    draft: Draft = deepcopy(dict(document))
    for item in items_of(draft):
        _with_optional_texts(item)
    return draft


def document_of(draft: Mapping[str, Any]) -> Draft:
    """Return a draft as a document: texts that may be missing and are blank in every language are left out.

    `document_of(draft_of(document)) == document`.
    """
    document = deepcopy(dict(draft))
    for item in items_of(document):
        if not any(item["examples"].values()):
            del item["examples"]
        if not any(any(text.values()) for text in item["measure"].values()):
            del item["measure"]
        if item.get("evidence") is not None and not any(item["evidence"].values()) and "anchors" not in item:
            del item["evidence"]
    return document


def as_instrument(draft: Mapping[str, Any]) -> Instrument:
    """Return a draft as an instrument; raises InvalidInstrument, never when `gaps_of` found nothing."""
    return instrument_from_document(document_of(draft), file="draft")


def mode_of(draft: Mapping[str, Any]) -> Mode:
    """Return who answers."""
    return Mode(draft["mode"])


def items_of(draft: Mapping[str, Any]) -> Iterator[Draft]:
    """Yield the items of all areas, in order."""
    for area in draft["areas"]:
        yield from area["items"]


def slots_of(draft: Mapping[str, Any]) -> Iterator[Slot]:
    """Yield every text of a draft, in the order of its pages."""
    for name in _FRONT_TEXTS:
        yield Slot(FRONT, name, draft[name])
    for value, text in draft.get("labels", {}).items():
        yield Slot(FRONT, f"label-{value}", text)
    for slug, text in draft["topics"].items():
        yield Slot(TOPICS, f"topic-{slug}", text)
    for area in draft["areas"]:
        part = f"area:{area['key']}"
        yield Slot(part, "name", area["name"])
        yield Slot(part, "purpose", area["purpose"])
        for item in area["items"]:
            yield from _slots_of_item(item)


def gaps_of(draft: Mapping[str, Any]) -> tuple[Gap, ...]:
    """Return everything that keeps a draft from being published, in the order of its pages."""
    areas, n_items = draft["areas"], sum(1 for _item in items_of(draft))
    gaps = [gap for slot in slots_of(draft) for gap in _gaps_of_slot(slot)]
    if not areas:
        gaps.append(Gap("", "", GapKind.NO_AREAS))
    if len(areas) > MOST_AREAS:
        gaps.append(Gap("", "", GapKind.TOO_MANY_AREAS))
    gaps += [Gap(f"area:{area['key']}", "", GapKind.NO_ITEMS) for area in areas if not area["items"]]
    if n_items > most_items(mode_of(draft)):
        gaps.append(Gap("", "", GapKind.TOO_MANY_ITEMS))
    for item in items_of(draft):
        part = f"item:{item['key']}"
        if item["topic"] not in draft["topics"]:
            gaps.append(Gap(part, "topic", GapKind.NO_TOPIC))
        if item["action"] == ActionKind.COURSE and "course" not in item:
            gaps.append(Gap(part, "action", GapKind.NO_COURSE))
    return tuple(gaps)


def most_items(mode: Mode) -> int:
    """Return how many items an instrument may have."""
    return MOST_STAFF_ITEMS if mode is Mode.STAFF else MOST_ITEMS


def free_key(text: str, taken: Collection[str], *, fallback: str = "item") -> str:
    """Return a key made from words that nothing else bears.

    >>> free_key("¿Qué tal? (1)", {"que-tal-1"})
    'que-tal-1-2'
    """
    if text not in taken and len(text) <= LONGEST_SLUG and _SLUG.fullmatch(text):
        return text
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    stem = _NO_SLUG.sub("-", plain).strip("-")[: LONGEST_SLUG - 5].strip("-") or fallback
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem}-{number}", number + 1
    return key


def _with_optional_texts(item: Draft) -> Draft:
    item.setdefault("examples", blank())
    item.setdefault("measure", {name: blank() for name in _MEASURE_TEXTS})
    item.setdefault("evidence", blank())
    return item


def _slots_of_item(item: Draft) -> Iterator[Slot]:
    part = f"item:{item['key']}"
    yield Slot(part, "name", item["name"])
    yield Slot(part, "text", item["text"])
    for value, text in item.get("anchors", {}).items():
        yield Slot(part, f"anchor-{value}", text)
    yield Slot(part, "evidence", item["evidence"], is_optional="anchors" not in item)
    yield Slot(part, "examples", item["examples"], is_optional=True)
    has_measure = any(any(text.values()) for text in item["measure"].values())
    for name, text in item["measure"].items():
        yield Slot(part, f"measure-{name}", text, is_optional=not has_measure)


def _gaps_of_slot(slot: Slot) -> Iterator[Gap]:
    if slot.is_optional and not any(slot.table.values()):
        return
    for language, kind in zip(LANGUAGES, (GapKind.NO_ENGLISH, GapKind.NO_SPANISH), strict=True):
        if not slot.table[language]:
            yield Gap(slot.part, f"{slot.name}-{language}", kind)

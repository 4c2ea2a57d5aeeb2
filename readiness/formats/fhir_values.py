"""Single elements of FHIR as JSON: texts with translations, extensions, codings, values of many kinds."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from readiness.formats.errors import Flaw, FormatRefused
from readiness.formats.fhir_types import OURS, Answer, Coding, Detail, Loss, Lost, Words

LONGEST_TEXT: Final = 20_000
MOST_ENTRIES: Final = 500
MOST_NUMBER: Final = 1_000_000_000
TRANSLATION: Final = "http://hl7.org/fhir/StructureDefinition/translation"
ORDINAL: Final = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
WEIGHT: Final = "http://hl7.org/fhir/StructureDefinition/itemWeight"
LEAST: Final = "http://hl7.org/fhir/StructureDefinition/minValue"
MOST: Final = "http://hl7.org/fhir/StructureDefinition/maxValue"
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_BARE: Final = frozenset({"id", "fhir_comments"})


class Element:
    """One JSON table of a resource, read key by key; `finish` names the keys that nobody asked for.

    Raises FormatRefused (WRONG_SHAPE with the key) for a value of another kind than the element has.
    """

    def __init__(self, table: object, where: str, lost: list[Lost]) -> None:
        if not isinstance(table, dict):
            raise FormatRefused(Flaw.WRONG_SHAPE, where)
        self._table: dict[str, Any] = table
        self._known: set[str] = set(_BARE)
        self._lost = lost
        self.where = where

    def raw(self, key: str) -> Any:
        """Return what stands at a key, None when nothing does."""
        self._known.add(key)
        return self._table.get(key)

    def has(self, key: str) -> bool:
        """Say whether something stands at a key."""
        return self.raw(key) is not None

    def text(self, key: str) -> str | None:
        """Read a text; blank is nothing."""
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise FormatRefused(Flaw.WRONG_SHAPE, key)
        if len(value) > LONGEST_TEXT:
            raise FormatRefused(Flaw.TOO_LONG, value)
        return value.strip() or None

    def needed(self, key: str) -> str:
        """Read a text that must be there."""
        value = self.text(key)
        if value is None:
            raise FormatRefused(Flaw.WRONG_SHAPE, key)
        return value

    def flag(self, key: str) -> bool:
        """Read yes or no; nothing is no."""
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            raise FormatRefused(Flaw.WRONG_SHAPE, key)
        return bool(value)

    def day(self, key: str) -> date | None:
        """Read a whole date; a year or a month alone, or a time of day, is lost."""
        value = self.text(key)
        try:
            return None if value is None else date.fromisoformat(value)
        except ValueError:
            self.lose(key, Loss.UNREAD_VALUE)
            return None

    def elements(self, key: str) -> "list[Element]":
        """Read a list of tables, at most MOST_ENTRIES of them."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise FormatRefused(Flaw.WRONG_SHAPE, key)
        if len(value) > MOST_ENTRIES:
            raise FormatRefused(Flaw.TOO_MANY_ITEMS, str(len(value)))
        return [Element(each, self.where, self._lost) for each in value]

    def words(self, key: str, language: str) -> dict[str, str]:
        """Read a text with its translations."""
        words: dict[str, str] = {}
        own = self.text(key)
        if own is not None:
            words[language] = own
        if self.has(f"_{key}"):
            beside = Element(self.raw(f"_{key}"), self.where, self._lost)
            words |= beside.translations()
            beside.finish()
        return words

    def translations(self) -> dict[str, str]:
        """Read the translation extensions of this element; others are lost."""
        words: dict[str, str] = {}
        for extension in self.elements("extension"):
            if extension.text("url") != TRANSLATION:
                self.lose(extension.text("url") or "extension", Loss.UNKNOWN_EXTENSION)
                continue
            parts = {each.text("url"): each for each in extension.elements("extension")}
            language = parts["lang"].text("valueCode") if "lang" in parts else None
            content = parts.get("content")
            text = content and (content.text("valueString") or content.text("valueMarkdown"))
            if language and text and _LANGUAGE.fullmatch(language):
                words[language] = text
            else:
                self.lose(TRANSLATION, Loss.UNREAD_VALUE)
        return words

    def extensions(self, known: Iterable[str]) -> "dict[str, Element]":
        """Return the extensions with these addresses; others are lost."""
        found: dict[str, Element] = {}
        wanted = set(known)
        for extension in self.elements("extension"):
            url = extension.text("url") or ""
            if url in wanted:
                found[url] = extension
            else:
                self.lose(url or "extension", Loss.UNKNOWN_EXTENSION)
        return found

    def lose(self, name: str, loss: Loss) -> None:
        """Note that something is not taken."""
        self._lost.append(Lost(self.where, name, loss))

    def finish(self) -> None:
        """Note each key that nobody asked for."""
        for key in self._table:
            if key not in self._known and key.removeprefix("_") not in self._known:
                self.lose(key, Loss.UNKNOWN_ELEMENT)


def number_of(value: object) -> float | None:
    """Return a JSON value as a number that can be counted with, or None.

    >>> number_of(3), number_of(True), number_of(float("inf"))
    (3.0, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MOST_NUMBER:
        return None
    return float(value)


def whole_number_of(value: object) -> int | None:
    """Return a JSON value as a whole number, or None."""
    number = number_of(value)
    return int(number) if number is not None and isinstance(value, int) else None


def write_words(key: str, words: Words, language: str) -> dict[str, Any]:
    """Write a text at a key, its translations beside it.

    >>> write_words("title", {"en": "Yes"}, "en")
    {'title': 'Yes'}
    """
    written: dict[str, Any] = {key: words[language]} if language in words else {}
    others = [
        {
            "url": TRANSLATION,
            "extension": [{"url": "lang", "valueCode": other}, {"url": "content", "valueString": words[other]}],
        }
        for other in sorted(words)
        if other != language
    ]
    return written | ({f"_{key}": {"extension": others}} if others else {})


def read_details(extension: Element) -> dict[str, Detail]:
    """Read our own notes from their extension."""
    details: dict[str, Detail] = {}
    for part in extension.elements("extension"):
        name = part.needed("url")
        if part.has("valueBoolean"):
            details[name] = part.flag("valueBoolean")
        elif (number := whole_number_of(part.raw("valueInteger"))) is not None:
            details[name] = number
        elif part.has("valueCode"):
            details[name] = part.needed("valueCode")
        else:
            words = {each.needed("url"): each.text("valueString") for each in part.elements("extension")}
            details[name] = {language: text for language, text in words.items() if text}
    return details


def write_details(details: Mapping[str, Detail]) -> list[dict[str, Any]]:
    """Write our own notes as one extension, or none."""
    parts = [{"url": name, **_detail(detail)} for name, detail in details.items()]
    return [{"url": OURS, "extension": parts}] if parts else []


def _detail(detail: Detail) -> dict[str, Any]:
    if isinstance(detail, bool):
        return {"valueBoolean": detail}
    if isinstance(detail, int):
        return {"valueInteger": detail}
    if isinstance(detail, str):
        return {"valueCode": detail}
    return {"extension": [{"url": language, "valueString": text} for language, text in detail.items()]}


def read_coding(element: Element) -> Coding:
    """Read a coding; its version and whether a person chose it are nothing here."""
    return Coding(element.needed("code"), element.text("system"), element.text("display"))


def write_coding(coding: Coding) -> dict[str, Any]:
    """Write a coding."""
    written = {"system": coding.system, "code": coding.code, "display": coding.display}
    return {key: value for key, value in written.items() if value is not None}


def read_value(element: Element, prefix: str) -> Answer | None:
    """Read `valueX` or `answerX`, whichever is there; None, and lost, when it is of a kind that is not read."""
    if element.has(f"{prefix}Boolean"):
        return element.flag(f"{prefix}Boolean")
    for kind in ("Integer", "Decimal"):
        number = number_of(element.raw(f"{prefix}{kind}"))
        if number is not None:
            return int(number) if kind == "Integer" and number == int(number) else number
    if element.has(f"{prefix}Date"):
        return element.day(f"{prefix}Date")
    if element.has(f"{prefix}String"):
        return element.text(f"{prefix}String")
    if element.has(f"{prefix}Coding"):
        coding = Element(element.raw(f"{prefix}Coding"), element.where, [])
        return read_coding(coding)
    element.lose(f"{prefix}[x]", Loss.UNREAD_VALUE)
    return None


def write_value(prefix: str, value: Answer) -> dict[str, Any]:
    """Write a value under the name of its kind.

    >>> write_value("value", True)
    {'valueBoolean': True}
    """
    if isinstance(value, bool):
        return {f"{prefix}Boolean": value}
    if isinstance(value, int):
        return {f"{prefix}Integer": value}
    if isinstance(value, float):
        return {f"{prefix}Decimal": value}
    if isinstance(value, date):
        return {f"{prefix}Date": value.isoformat()}
    return {f"{prefix}String": value} if isinstance(value, str) else {f"{prefix}Coding": write_coding(value)}

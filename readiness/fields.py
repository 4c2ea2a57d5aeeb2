"""Strict reading of one table of an instrument: what is missing, of the wrong kind or unknown is refused by name.

The two ground rooms know nothing of each other, so this one has a reader of its own; it speaks as the one of
`assessments` does, which a test compares.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, TypeAlias, TypeVar

from readiness.errors import FieldRefused

LANGUAGES: Final = ("en", "es")

Localized: TypeAlias = Mapping[str, str]
"""One text in every language of the site: exactly the keys of LANGUAGES."""

MOST_CHARACTERS: Final = 500_000
LONGEST_SLUG: Final = 64
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERSION: Final = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")

_E = TypeVar("_E", bound=Enum)
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a text comes from. `reviewed_on` None and `reviewed_by` "": nobody has reviewed it yet."""

    version: str
    licence: str
    source: str
    reviewed_on: date | None
    reviewed_by: str


def parse_toml(text: str) -> dict[str, object]:
    """Read a TOML text into a table.

    text: at most MOST_CHARACTERS long. Raises FieldRefused (with an empty field) for a longer text or broken TOML.

    >>> parse_toml('slug = "moud-readiness"')
    {'slug': 'moud-readiness'}
    """
    if len(text) > MOST_CHARACTERS:
        raise FieldRefused("", f"the text is longer than {MOST_CHARACTERS} characters")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FieldRefused("", f"not readable as TOML: {error}") from error
    except RecursionError:
        raise FieldRefused("", "not readable as TOML: nested too deeply") from None


class Fields:
    """One table, read field by field; `finish` then refuses every key that nobody asked for.

    Every method raises FieldRefused, whose field is the full path (`areas.2.name.es`, counted from 1).

    >>> fields = Fields({"slug": "moud-readiness", "colour": "red"})
    >>> fields.slug("slug")
    'moud-readiness'
    >>> fields.finish()
    Traceback (most recent call last):
    readiness.errors.FieldRefused: colour: unknown key.
    """

    def __init__(self, table: Mapping[str, object], path: str = "") -> None:
        self._table = table
        self._path = path
        self._known: set[str] = set()

    def refused(self, key: str, reason: str) -> FieldRefused:
        """Make the error for a field of this table that reads well and makes no sense."""
        return FieldRefused(f"{self._path}.{key}".strip("."), reason)

    def has(self, key: str) -> bool:
        """Say whether the key is written down; asking makes it a known key."""
        self._known.add(key)
        return key in self._table

    def written_keys(self) -> tuple[str, ...]:
        """Return the keys that are written down; asking makes all of them known."""
        self._known.update(self._table)
        return tuple(self._table)

    def text(self, key: str) -> str:
        """Read a text that is not blank, without the blanks around it."""
        value = self.optional_text(key)
        if not value:
            raise self.refused(key, "must not be blank")
        return value

    def optional_text(self, key: str) -> str:
        """Read a text that must be written down and may be blank, without the blanks around it."""
        return self._value(key, str, "a text").strip()

    def slug(self, key: str) -> str:
        """Read small letters, digits and single hyphens, at most LONGEST_SLUG of them."""
        return self._slug(key, self.text(key))

    def slugs(self, key: str) -> tuple[str, ...]:
        """Read a list of slugs, none twice, perhaps empty."""
        values = self._value(key, list, "a list")
        slugs = tuple(self._slug(key, value) for value in values)
        if len(set(slugs)) < len(slugs):
            raise self.refused(key, "the same entry twice")
        return slugs

    def number(self, key: str, *, low: int, high: int) -> int:
        """Read a whole number in [low, high]."""
        value = self._value(key, int, "a whole number")
        if isinstance(value, bool):
            raise self.refused(key, "must be a whole number")
        if not low <= value <= high:
            raise self.refused(key, f"must lie between {low} and {high}")
        return value

    def flag(self, key: str) -> bool:
        """Read true or false."""
        return self._value(key, bool, "true or false")

    def one_of(self, key: str, kinds: type[_E]) -> _E:
        """Read a member of the enumeration, written as its value."""
        value = self.text(key)
        try:
            return kinds(value)
        except ValueError:
            allowed = ", ".join(str(member.value) for member in kinds)
            raise self.refused(key, f"{value!r} is none of: {allowed}") from None

    def localized(self, key: str) -> Localized:
        """Read a table with one text that is not blank for each language and nothing else."""
        table = self.table(key)
        text = {language: table.text(language) for language in LANGUAGES}
        table.finish()
        return text

    def table(self, key: str) -> "Fields":
        """Read a table inside this one."""
        table: Mapping[str, object] = self._value(key, dict, "a table")
        return Fields(table, f"{self._path}.{key}".strip("."))

    def tables(self, key: str) -> "tuple[Fields, ...]":
        """Read a list of tables that is not empty."""
        rows = self._value(key, list, "a list of tables")
        if not rows:
            raise self.refused(key, "must not be empty")
        return tuple(self._row(key, number, row) for number, row in enumerate(rows, start=1))

    def day(self, key: str) -> date | None:
        """Read a date as YYYY-MM-DD; blank means None."""
        value = self.optional_text(key)
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.refused(key, f"{value!r} is no date as YYYY-MM-DD") from None

    def provenance(self) -> Provenance:
        """Read the five keys that every content file carries."""
        version = self.text("version")
        if not _VERSION.fullmatch(version):
            raise self.refused("version", f"{version!r} is no version as 1.0.0")
        provenance = Provenance(
            version=version,
            licence=self.text("licence"),
            source=self.text("source"),
            reviewed_on=self.day("reviewed_on"),
            reviewed_by=self.optional_text("reviewed_by"),
        )
        if (provenance.reviewed_on is None) != (not provenance.reviewed_by):
            raise self.refused("reviewed_on", "a review has both a date and a name, or neither")
        return provenance

    def refuse_twins(self, key: str, slugs: Iterable[str]) -> None:
        """Refuse a slug that stands twice in the list of tables below the key."""
        seen: set[str] = set()
        for slug in slugs:
            if slug in seen:
                raise self.refused(key, f"the slug {slug!r} is used twice")
            seen.add(slug)

    def finish(self) -> None:
        """Refuse the first key that no method was asked for."""
        for key in self._table:
            if key not in self._known:
                raise self.refused(key, "unknown key")

    def _value(self, key: str, kind: type[_V], name: str) -> _V:
        if not self.has(key):
            raise self.refused(key, "is missing")
        value = self._table[key]
        if not isinstance(value, kind):
            raise self.refused(key, f"must be {name}")
        return value

    def _row(self, key: str, number: int, row: object) -> "Fields":
        if not isinstance(row, dict):
            raise self.refused(f"{key}.{number}", "must be a table")
        return Fields(row, f"{self._path}.{key}.{number}".strip("."))

    def _slug(self, key: str, value: object) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_SLUG or not _SLUG.fullmatch(value):
            raise self.refused(key, f"{value!r} is no slug (small letters, digits, single hyphens)")
        return value


def provenance_as_document(provenance: Provenance) -> dict[str, object]:
    """Write the five keys as `Fields.provenance` reads them."""
    return {
        "version": provenance.version,
        "licence": provenance.licence,
        "source": provenance.source,
        "reviewed_on": provenance.reviewed_on.isoformat() if provenance.reviewed_on else "",
        "reviewed_by": provenance.reviewed_by,
    }

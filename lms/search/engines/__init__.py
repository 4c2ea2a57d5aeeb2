"""The two engines behind search, with one face: Whoosh beside SQLite, full text on PostgreSQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from lms.search.models import DocumentKind
from lms.search.rules import Term


class IndexMissing(Exception):
    """The index is not there or torn; it can be built anew at any time."""


@dataclass(frozen=True)
class Found:
    """Which documents match, the best first, and how many there are in all."""

    document_ids: Sequence[int]
    n_found: int


class Engine(Protocol):
    """What an engine offers. `scopes` has no default: whoever searches says where they may look."""

    def search(
        self,
        terms: Sequence[Term],
        *,
        scopes: Collection[str],
        kinds: Collection[DocumentKind],
        language: str,
        limit: int,
        offset: int,
    ) -> Found:
        """Return what matches every term."""

    def sync(self, document_ids: Collection[int]) -> None:
        """Bring these documents of the table into the index, or out of it when they are gone."""

    def rebuild(self) -> int:
        """Build the index anew from the table; return the number of documents."""


def open_engine(dialect: str, index_folder: Path) -> Engine:
    """Return the engine that belongs to a database."""
    if dialect == "postgresql":
        from lms.search.engines.full_text import FullText  # noqa: PLC0415  # each site needs only one of them

        return FullText()
    return _WhooshLater(index_folder)


class _WhooshLater:
    """The index of a folder, opened when it is first used: importing Whoosh takes as long as drawing fifty pages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _index(self) -> Engine:
        from lms.search.engines.whoosh_index import WhooshIndex  # noqa: PLC0415  # a heavy library, see above

        return WhooshIndex(self._folder)

    def search(self, terms: Sequence[Term], **asked: Any) -> Found:
        """Return what matches every term."""
        return self._index.search(terms, **asked)

    def sync(self, document_ids: Collection[int]) -> None:
        """Bring these documents into the index, or out of it when they are gone."""
        self._index.sync(document_ids)

    def rebuild(self) -> int:
        """Build the index anew."""
        return self._index.rebuild()

"""Reading published pages. A version never changes, so each is read and parsed once per process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lms import publications
from lms.errors import NotFound
from lms.home.catalog import Page, PageKind, page_from_document
from lms.publications import ContentKind, ContentVersion


@dataclass(frozen=True)
class PublishedPage:
    """A page as it was published, with its rendered sections by language."""

    page: Page
    rendered: Mapping[str, Mapping[str, Any]]
    text_hashes: Mapping[str, str]

    def sections_in(self, language: str) -> Sequence[tuple[str, str]]:
        """Return (title, rendered HTML) of each section."""
        bodies = self.rendered[language]["sections"]
        return [(section.title[language], body) for section, body in zip(self.page.sections, bodies, strict=True)]


def get_page(slug: str) -> PublishedPage:
    """Return the newest version of a page (one statement, two the first time)."""
    version = publications.find_newest(ContentKind.PAGE, slug)
    if version is None:
        raise NotFound("page")
    return _read(version)


def list_help_pages() -> list[PublishedPage]:
    """Return the pages of help in their order (one statement, one more for each version not yet read)."""
    pages = [_read(version) for version in publications.list_newest(ContentKind.PAGE)]
    return sorted((each for each in pages if each.page.kind is PageKind.HELP), key=lambda each: each.page.order)


def _read(version: ContentVersion) -> PublishedPage:
    return _parsed(version.id, version.content_hash, tuple(version.language_hashes.items()))


@lru_cache(maxsize=64)
def _parsed(version_id: int, _content_hash: str, text_hashes: tuple[tuple[str, str], ...]) -> PublishedPage:
    document = publications.load_document(version_id)
    return PublishedPage(page_from_document(document["page"]), document["rendered"], dict(text_hashes))

"""Pages of help and the emergency steps as text: read strictly from files, kept as documents, read back exactly."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from assessments.fields import Fields, Provenance
from assessments.items import LANGUAGES, Localized
from lms.front_matter import (
    ContentError,
    Manuscript,
    header_as_document,
    in_all_languages,
    provenances_as_document,
    read_provenances,
    read_translations,
    reading,
)
from lms.markers import check_prose

_FILE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MOST_ORDER: Final = 10_000


class PageKind(StrEnum):
    """What a page is for."""

    HELP = "help"
    EMERGENCY = "emergency"
    ABOUT = "about"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What stands below one second-level heading: on the emergency page, one step."""

    title: Localized
    markdown: Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page; `lead` stands above its first heading and may be blank. `provenance` is by language."""

    slug: str
    kind: PageKind
    order: int
    title: Localized
    summary: Localized
    sources: tuple[str, ...]
    provenance: Mapping[str, Provenance]
    lead: Localized
    sections: tuple[Section, ...]


def read_pages(folder: Path) -> tuple[Page, ...]:
    """Read all pages of a folder, by order and slug; raises ContentError."""
    translated = tuple(f".{language}.md" for language in LANGUAGES[1:])
    originals = [path for path in folder.glob("*.md") if not path.name.endswith(translated)]
    pages = [read_page(path) for path in sorted(originals)]
    for path in sorted(folder.iterdir()):
        if path.name.split(".")[0] not in {page.slug for page in pages} or path.suffix != ".md":
            raise ContentError(path.name, "", "no page belongs to this file")
    return tuple(sorted(pages, key=lambda page: (page.order, page.slug)))


def read_page(path: Path) -> Page:
    """Read a page from its English file and the translations beside it; raises ContentError."""
    if not _FILE.fullmatch(path.stem):
        raise ContentError(path.name, "", "the name must be small letters, digits and single hyphens")
    manuscripts = read_translations(path)
    kinds = {language: _read_place(manuscript) for language, manuscript in manuscripts.items()}
    original = manuscripts[LANGUAGES[0]]
    if len(set(kinds.values())) > 1:
        raise ContentError(manuscripts[LANGUAGES[-1]].file, "kind, order", f"differ from {original.file}")
    kind, order = kinds[LANGUAGES[0]]
    document = {
        "slug": path.stem,
        "kind": kind.value,
        "order": order,
        **header_as_document(manuscripts),
        "lead": in_all_languages(manuscripts, lambda each: each.lead),
        "sections": [_section_as_document(manuscripts, place) for place in range(len(original.sections))],
    }
    return page_from_document(document, file=path.name)


def page_from_document(document: Mapping[str, object], *, file: str = "document") -> Page:
    """Read back what `page_as_document` wrote, as strictly as a file; raises ContentError."""
    with reading(file):
        return _read_page(Fields(document))


def page_as_document(page: Page) -> dict[str, object]:
    """Write a page as a JSON-able table."""
    return {
        "slug": page.slug,
        "kind": page.kind.value,
        "order": page.order,
        "title": dict(page.title),
        "summary": dict(page.summary),
        "sources": list(page.sources),
        "provenance": provenances_as_document(page.provenance),
        "lead": dict(page.lead),
        "sections": [{"title": dict(each.title), "markdown": dict(each.markdown)} for each in page.sections],
    }


def _read_place(manuscript: Manuscript) -> tuple[PageKind, int]:
    with reading(manuscript.file):
        kind = manuscript.fields.one_of("kind", PageKind)
        order = manuscript.fields.number("order", low=0, high=_MOST_ORDER)
        manuscript.fields.finish()
    return kind, order


def _section_as_document(manuscripts: Mapping[str, Manuscript], place: int) -> dict[str, object]:
    return {
        "title": in_all_languages(manuscripts, lambda each: each.sections[place].title),
        "markdown": in_all_languages(manuscripts, lambda each: each.sections[place].markdown),
    }


def _read_page(fields: Fields) -> Page:
    sources = fields.slugs("sources")
    page = Page(
        slug=fields.slug("slug"),
        kind=fields.one_of("kind", PageKind),
        order=fields.number("order", low=0, high=_MOST_ORDER),
        title=fields.localized("title"),
        summary=fields.localized("summary"),
        sources=sources,
        provenance=read_provenances(fields.table("provenance")),
        lead=_read_lead(fields.table("lead")),
        sections=tuple(_read_section(row, sources) for row in fields.tables("sections")),
    )
    fields.finish()
    check_prose(fields, "lead", page.lead, sources)
    return page


def _read_lead(fields: Fields) -> Localized:
    lead = {language: fields.optional_text(language) for language in LANGUAGES}
    fields.finish()
    if any(lead.values()) and not all(lead.values()):
        raise fields.refused("", "one language has a lead and another has none")
    return lead


def _read_section(fields: Fields, sources: Sequence[str]) -> Section:
    section = Section(title=fields.localized("title"), markdown=fields.localized("markdown"))
    fields.finish()
    check_prose(fields, "markdown", section.markdown, sources)
    return section

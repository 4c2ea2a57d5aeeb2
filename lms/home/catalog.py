"""Pages of help and the emergency steps as text: read strictly from files, kept as documents, read back exactly."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
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
from lms.home.pictures import MOST_PIXELS, Picture, read_picture
from lms.markers import check_prose, find_pictures

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
    pictures: Mapping[str, tuple[Picture, ...]] = field(default_factory=dict)  # by language; empty: it has none


def read_pages(folder: Path) -> tuple[Page, ...]:
    """Read all pages of a folder, by order and slug; raises ContentError."""
    translated = tuple(f".{language}.md" for language in LANGUAGES[1:])
    originals = [path for path in folder.glob("*.md") if not path.name.endswith(translated)]
    pages = [read_page(path) for path in sorted(originals)]
    shown = {picture.file for page in pages for pictures in page.pictures.values() for picture in pictures}
    for path in sorted(folder.iterdir()):
        is_text = path.suffix == ".md" and path.name.split(".")[0] in {page.slug for page in pages}
        if not is_text and path.name not in shown:
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
        **_pictures_as_document(
            {language: _read_pictures(path, manuscripts[language], language) for language in LANGUAGES}
        ),
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
        **_pictures_as_document(page.pictures),
    }


def _pictures_as_document(pictures: Mapping[str, Sequence[Picture]]) -> dict[str, object]:
    """Nothing for a page without pictures: its text, and so a signature under it, is what it was."""
    if not any(pictures.values()):
        return {}
    return {"pictures": {language: [asdict(each) for each in shown] for language, shown in pictures.items()}}


def _read_pictures(path: Path, manuscript: Manuscript, language: str) -> tuple[Picture, ...]:
    texts = (manuscript.lead, *(section.markdown for section in manuscript.sections))
    files = dict.fromkeys(file for text in texts for file in find_pictures(text))
    return tuple(read_picture(path.parent, file, page=path.stem, language=language) for file in files)


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
    pictures = _pictures_from(fields.table("pictures")) if fields.has("pictures") else {}
    files = {picture.file for shown in pictures.values() for picture in shown}
    page = Page(
        slug=fields.slug("slug"),
        kind=fields.one_of("kind", PageKind),
        order=fields.number("order", low=0, high=_MOST_ORDER),
        title=fields.localized("title"),
        summary=fields.localized("summary"),
        sources=sources,
        provenance=read_provenances(fields.table("provenance")),
        lead=_read_lead(fields.table("lead")),
        sections=tuple(_read_section(row, sources, files) for row in fields.tables("sections")),
        pictures=pictures,
    )
    fields.finish()
    check_prose(fields, "lead", page.lead, sources, files)
    return page


def _pictures_from(fields: Fields) -> Mapping[str, tuple[Picture, ...]]:
    pictures = {language: tuple(_picture_from(row) for row in fields.tables(language)) for language in LANGUAGES}
    fields.finish()
    return pictures


def _picture_from(fields: Fields) -> Picture:
    picture = Picture(
        file=fields.text("file"),
        width=fields.number("width", low=1, high=MOST_PIXELS),
        height=fields.number("height", low=1, high=MOST_PIXELS),
        digest=fields.text("digest"),
    )
    fields.finish()
    return picture


def _read_lead(fields: Fields) -> Localized:
    lead = {language: fields.optional_text(language) for language in LANGUAGES}
    fields.finish()
    if any(lead.values()) and not all(lead.values()):
        raise fields.refused("", "one language has a lead and another has none")
    return lead


def _read_section(fields: Fields, sources: Sequence[str], files: Collection[str]) -> Section:
    section = Section(title=fields.localized("title"), markdown=fields.localized("markdown"))
    fields.finish()
    check_prose(fields, "markdown", section.markdown, sources, files)
    return section

"""Publishing pages: help, about, and the emergency steps."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assessments.items import LANGUAGES, Localized
from lms import documents, prose, publications
from lms.home.catalog import Page, page_as_document, read_pages
from lms.home.pictures import Picture
from lms.publications import ContentKind


def publish_pages(folder: Path) -> list[str]:
    """Publish every page that is new or changed; return the slugs published."""
    return [page.slug for page in read_pages(folder) if _publish(page, folder)]


def _publish(page: Page, folder: Path) -> bool:
    written = page_as_document(page)
    document = {"page": written, "rendered": _rendered(page), "renderer": prose.RENDERER_VERSION}
    if page.pictures:
        document["pictures"] = {
            picture.address: b64encode((folder / picture.file).read_bytes()).decode() for picture in _pictures_of(page)
        }
    version = publications.publish(
        ContentKind.PAGE,
        page.slug,
        source_version=page.provenance[LANGUAGES[0]].version,
        document=document,
        content_hash=documents.document_hash(document),
        language_hashes={language: documents.language_hash(written, language) for language in LANGUAGES},
    )
    return version is not None


def _pictures_of(page: Page) -> Iterator[Picture]:
    for pictures in page.pictures.values():
        yield from pictures


def _rendered(page: Page) -> Mapping[str, Any]:
    shown = {
        each.file: prose.Shown(f"/help/{page.slug}/{each.address}", each.width, each.height)
        for each in _pictures_of(page)
    }

    def render(text: Localized, language: str) -> str:
        return prose.render_prose(text[language], language=language, sources=page.sources, pictures=shown)

    return {
        language: {
            "lead": render(page.lead, language),
            "sections": [render(section.markdown, language) for section in page.sections],
        }
        for language in LANGUAGES
    }

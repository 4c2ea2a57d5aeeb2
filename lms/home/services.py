"""Publishing pages: help, about, and the emergency steps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assessments.items import LANGUAGES
from lms import documents, prose, publications
from lms.home.catalog import Page, page_as_document, read_pages
from lms.publications import ContentKind


def publish_pages(folder: Path) -> list[str]:
    """Publish every page that is new or changed; return the slugs published."""
    return [page.slug for page in read_pages(folder) if _publish(page)]


def _publish(page: Page) -> bool:
    written = page_as_document(page)
    document = {"page": written, "rendered": _rendered(page), "renderer": prose.RENDERER_VERSION}
    version = publications.publish(
        ContentKind.PAGE,
        page.slug,
        source_version=page.provenance[LANGUAGES[0]].version,
        document=document,
        content_hash=documents.document_hash(document),
        language_hashes={language: documents.language_hash(written, language) for language in LANGUAGES},
    )
    return version is not None


def _rendered(page: Page) -> Mapping[str, Any]:
    return {
        language: {
            "lead": prose.render_prose(page.lead[language], language=language, sources=page.sources),
            "sections": [
                prose.render_prose(section.markdown[language], language=language, sources=page.sources)
                for section in page.sections
            ],
        }
        for language in LANGUAGES
    }

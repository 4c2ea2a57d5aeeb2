"""Publishing change packages: read strictly, kept as a version that never changes, each idea with its number."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from assessments.items import LANGUAGES
from lms import audit, documents, publications
from lms.db import insert_new
from lms.front_matter import ContentError, read_text
from lms.improvement.catalog import ChangePackage, package_as_document, parse_package
from lms.improvement.models import LibraryIdea
from lms.publications import ContentKind
from lms.training.services.publishing import read_sources

SOURCES_FILE = "sources.toml"


def publish_change_packages(folder: Path) -> list[str]:
    """Publish every package below `change-packages/` that is new or changed; return their slugs."""
    files = _files(folder)
    sources = read_sources(folder / SOURCES_FILE) if files else {}
    return [package.slug for package in map(read_package, files) if _publish(package, sources)]


def check_change_packages(folder: Path) -> Iterator[ContentError]:
    """Look at every package as publishing would, without writing; yield what is wrong."""
    for path in _files(folder):
        try:
            _as_published(read_package(path), read_sources(folder / SOURCES_FILE))
        except ContentError as error:
            yield error


def read_package(path: Path) -> ChangePackage:
    """Read one file; raises ContentError with file, field and reason."""
    package = parse_package(read_text(path), file=path.name)
    if package.slug != path.stem:
        raise ContentError(path.name, "slug", f"the file is named {path.stem!r}")
    return package


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "change-packages").glob("*.toml"))


def _publish(package: ChangePackage, sources: Mapping[str, Mapping[str, Any]]) -> bool:
    document = _as_published(package, sources)
    # The numbers first: who listens to the publication leads to the ideas by them.
    insert_new(LibraryIdea, [{"package_slug": f"{package.slug}/{idea.slug}"} for idea in package.ideas])
    version = publications.publish(
        ContentKind.CHANGE_PACKAGE,
        package.slug,
        source_version=package.provenance.version,
        document=document,
        content_hash=documents.document_hash(document),
        language_hashes={language: documents.language_hash(document, language) for language in LANGUAGES},
    )
    if version is None:
        return False
    audit.record(None, "published package", audit.Subject("content-version", version.id), {"number": version.number})
    return True


def _as_published(package: ChangePackage, sources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    keys = sorted({key for idea in package.ideas for key in idea.sources})
    references = {key: _reference(sources, key) for key in keys}
    return {"change-package": package_as_document(package), "references": references}


def _reference(sources: Mapping[str, Mapping[str, Any]], key: str) -> dict[str, Any]:
    said = sources.get(key)
    if said is None:
        raise ContentError(SOURCES_FILE, key, "a change package names this source and the file does not have it")
    named = {field: said[field] for field in ("title", "publisher", "year")}
    return {**named, "url": said.get("url"), "is_exact": said.get("exact") is True}

"""Reading published courses. A version never changes, so each is read and parsed once per process."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lms import publications
from lms.errors import NotFound
from lms.publications import ContentKind, ContentVersion, SignOff
from lms.training.catalog import course_from_document
from lms.training.courses import Course, Lesson

UNDATED = "n.d."


@dataclass(frozen=True)
class Reference:
    """A source that a text names. Where `is_exact` is not set the title is our description, not the printed one."""

    key: str
    title: str
    publisher: str
    year: str
    url: str | None
    is_exact: bool

    @property
    def text(self) -> str:
        """The source as a list shows it: a printed title stands in quotation marks, a description does not."""
        title = f"“{self.title}”" if self.is_exact else self.title
        return ", ".join((title, self.publisher, *(() if self.year == UNDATED else (self.year,))))


@dataclass(frozen=True)
class PublishedCourse:
    """A course as it was published: its parts, its prose rendered once, the sources it names."""

    version_id: int
    source_version: str
    text_hashes: Mapping[str, str]
    course: Course
    html: Mapping[str, Mapping[str, str]]
    references: Mapping[str, Reference]

    def html_of(self, language: str, *place: str | int) -> str:
        """Return rendered prose by its place in the course, as `services.publishing` named it."""
        return self.html[language]["/".join(map(str, place))]

    def has_blanks(self, language: str, lesson: Lesson) -> bool:
        """Whether the prose of a lesson has blanks that local facts fill."""
        start = f"{lesson.slug}/"
        return any("{{fact:" in html for place, html in self.html[language].items() if place.startswith(start))

    def list_references(self, keys: Sequence[str]) -> list[Reference]:
        """Return the sources with these keys, in their order, which is that of the numbers in the text."""
        return [self.references[key] for key in keys]


def get_newest(course_slug: str) -> PublishedCourse:
    """Return the newest version of a course (one statement, two the first time)."""
    version = publications.find_newest(ContentKind.COURSE, course_slug)
    if version is None:
        raise NotFound("course")
    return read_version(version)


def list_newest() -> list[PublishedCourse]:
    """Return the newest version of each course, by slug (one statement, one more for each version not yet read)."""
    return [read_version(version) for version in publications.list_newest(ContentKind.COURSE)]


def find_sign_off(published: PublishedCourse, language: str) -> SignOff | None:
    """Return the newest clinical signature under this version's text in one language (one statement)."""
    held = publications.list_sign_offs([published.text_hashes[language]])
    return next((each for each in reversed(held) if each.language == language), None)


def read_version(version: ContentVersion) -> PublishedCourse:
    """Return what a version says (no statement once this process has read it)."""
    return _parsed(
        version.id, version.content_hash, version.source_version, tuple(sorted(version.language_hashes.items()))
    )


def read_named(version_id: int, content_hash: str, source_version: str, text_hashes: str) -> PublishedCourse:
    """Return what a version says by its columns, `text_hashes` as JSON (no statement once this process has read it)."""
    return _parsed(version_id, content_hash, source_version, _sorted_hashes(text_hashes))


@lru_cache(maxsize=64)
def _sorted_hashes(text_hashes: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(json.loads(text_hashes).items()))


@lru_cache(maxsize=64)
def _parsed(
    version_id: int, _content_hash: str, source_version: str, text_hashes: tuple[tuple[str, str], ...]
) -> PublishedCourse:
    document: dict[str, Any] = publications.load_document(version_id)
    return PublishedCourse(
        version_id=version_id,
        source_version=source_version,
        text_hashes=dict(text_hashes),
        course=course_from_document(document["course"]),
        html=document["rendered"],
        references={key: Reference(key=key, **said) for key, said in document["references"].items()},
    )

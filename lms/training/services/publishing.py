"""Publishing courses: read strictly, rendered once, kept as a version that never changes."""

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assessments.items import LANGUAGES, Localized
from lms import audit, documents, prose, publications
from lms.front_matter import ContentError, read_text
from lms.markers import find_links, find_markers
from lms.publications import ContentKind
from lms.readability import flesch_kincaid_grade, inflesz, plain_text
from lms.training.catalog import course_as_document, language_hash, read_course
from lms.training.courses import Course, Lesson
from lms.training.scenarios import Scenario

SOURCES_FILE = "sources.toml"


@dataclass(frozen=True)
class LessonEase:
    """How hard one lesson is to read: a school grade for English, the INFLESZ scale for Spanish."""

    lesson_slug: str
    grade: float | None
    inflesz: float | None


@dataclass(frozen=True)
class CourseCheck:
    """What a look at one course folder found: what is wrong with it, or how it reads."""

    slug: str
    error: ContentError | None = None
    ease: tuple[LessonEase, ...] = ()


def publish_courses(folder: Path, *, only: Collection[str] | None = None) -> list[str]:
    """Publish every course below `courses/` that is new or changed, or only those named; return their slugs."""
    sources = read_sources(folder / SOURCES_FILE)
    courses = [(read_course(path), path) for path in _course_folders(folder) if only is None or path.name in only]
    return [course.slug for course, _path in courses if _publish(course, sources)]


def check_courses(folder: Path) -> Iterator[CourseCheck]:
    """Look at every course below `courses/` as publishing would, without writing."""
    for path in _course_folders(folder):
        try:
            course = read_course(path)
            _as_published(course, read_sources(folder / SOURCES_FILE))
        except ContentError as error:
            yield CourseCheck(path.name, error=error)
        else:
            yield CourseCheck(path.name, ease=tuple(_ease_of(lesson) for lesson in course.lessons))


def read_sources(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Read the sources that texts may name, by key; raises ContentError."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(path.name, "", f"not readable as TOML: {error}") from error


def _course_folders(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "courses").glob("*") if path.is_dir())


def _publish(course: Course, sources: Mapping[str, Mapping[str, Any]]) -> bool:
    document = _as_published(course, sources)
    version = publications.publish(
        ContentKind.COURSE,
        course.slug,
        source_version=course.provenance.version,
        document=document,
        content_hash=documents.document_hash(document),
        language_hashes={language: language_hash(course, language) for language in LANGUAGES},
    )
    if version is None:
        return False
    audit.record(None, "published course", audit.Subject("content-version", version.id), {"number": version.number})
    return True


def _as_published(course: Course, sources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Write the document of a version. Its hash moves with the text, the sources named and the renderer."""
    return {
        "course": course_as_document(course),
        "rendered": {language: dict(_rendered(course, language)) for language in LANGUAGES},
        "references": {key: _reference(sources, key) for key in _keys_used(course)},
        "renderer": prose.RENDERER_VERSION,
    }


# ---------------------------------------------------------------- prose


def _rendered(course: Course, language: str) -> Iterator[tuple[str, str]]:
    """Yield (place, HTML) of all prose of a course in one language."""
    for lesson in course.lessons:
        draw = _renderer(lesson, language)
        for number, screen in enumerate(lesson.screens, start=1):
            if screen.practice_slug is None:
                yield f"{lesson.slug}/{number}", draw(screen.markdown)
        if lesson.scenario is not None:
            for place, html in _rendered_scenario(lesson.scenario, draw):
                yield f"{lesson.slug}/{place}", html


def _rendered_scenario(scenario: Scenario, draw: Callable[[Localized], str]) -> Iterator[tuple[str, str]]:
    yield "note", draw(scenario.content_note)
    for scene in scenario.scenes:
        yield f"scene/{scene.slug}", draw(scene.text)
        if scene.debrief is not None:
            yield f"debrief/{scene.slug}", draw(scene.debrief)
        for choice in scene.choices:
            _refuse_marks(scenario, scene.slug, choice.text)
            yield f"consequence/{scene.slug}/{choice.slug}", draw(choice.consequence)


def _renderer(lesson: Lesson, language: str) -> Callable[[Localized], str]:
    return lambda text: prose.render_prose(text[language], language=language, sources=lesson.sources)


def _refuse_marks(scenario: Scenario, scene_slug: str, text: Localized) -> None:
    """A choice is the text of a button, which holds no links and no notes."""
    for language, words in text.items():
        marks = find_markers(words)
        if marks.sources or marks.facts or marks.callouts or marks.n_own or find_links(words):
            field = f"scenes.{scene_slug}.choices.text.{language}"
            raise ContentError(f"{scenario.slug}", field, "a choice is a button: it holds no sources, blanks or links")


# ---------------------------------------------------------------- sources


def _keys_used(course: Course) -> list[str]:
    return sorted({key for lesson in course.lessons for key in lesson.sources})


def _reference(sources: Mapping[str, Mapping[str, Any]], key: str) -> dict[str, Any]:
    if key not in sources:
        raise ContentError(SOURCES_FILE, key, "a course names this source and the file does not have it")
    said = sources[key]
    for field in ("title", "publisher", "year"):
        if not isinstance(said.get(field), str):
            raise ContentError(SOURCES_FILE, f"{key}.{field}", "is missing")
    url = said.get("url")
    if url is not None and not str(url).startswith("https://"):
        raise ContentError(SOURCES_FILE, f"{key}.url", "is no https address")
    return {
        "title": said["title"],
        "publisher": said["publisher"],
        "year": said["year"],
        "url": url,
        "is_exact": said.get("exact") is True,
    }


# ---------------------------------------------------------------- reading ease


def _ease_of(lesson: Lesson) -> LessonEase:
    words = {language: "\n".join(_words(lesson, language)) for language in LANGUAGES}
    return LessonEase(lesson.slug, flesch_kincaid_grade(words["en"]), inflesz(words["es"]))


def _words(lesson: Lesson, language: str) -> Iterator[str]:
    for screen in lesson.screens:
        yield plain_text(screen.markdown[language])
    for scene in lesson.scenario.scenes if lesson.scenario else ():
        yield plain_text(scene.text[language])
        yield from (plain_text(f"{each.text[language]}.\n{each.consequence[language]}") for each in scene.choices)
        yield plain_text(scene.debrief[language]) if scene.debrief else ""
    for question in lesson.bank.questions if lesson.bank else ():
        yield question.stem[language]
        yield from (f"{each.text[language]}.\n{each.reason[language]}" for each in question.options)

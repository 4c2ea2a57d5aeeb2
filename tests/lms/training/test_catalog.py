"""A course folder is read strictly, both languages together, and comes back from its document unchanged."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assessments.items import LANGUAGES
from lms.front_matter import ContentError
from lms.training.catalog import (
    course_as_document,
    course_from_document,
    document_hash,
    language_hash,
    read_course,
    text_for,
)
from lms.training.courses import Course, LessonKind, UnknownLesson
from tests.factories.small_course import write_small_course

Change = Callable[[str, str, str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_small_course(tmp_path)


@pytest.fixture
def course(folder: Path) -> Course:
    return read_course(folder)


@pytest.fixture
def change(folder: Path) -> Change:
    """Replace one text in one file of the course."""

    def replace(file: str, old: str, new: str) -> Path:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return replace


def _refusal(folder: Path) -> ContentError:
    with pytest.raises(ContentError) as caught:
        read_course(folder)
    return caught.value


def test_course_reads_its_lessons_in_order(course: Course) -> None:
    assert [(lesson.slug, lesson.kind, lesson.n_steps) for lesson in course.lessons] == [
        ("recognise", LessonKind.READING, 3),
        ("naloxone", LessonKind.READING, 1),
        ("library", LessonKind.SCENARIO, 1),
        ("check", LessonKind.CHECK, 1),
    ]
    assert course.minutes == 28
    assert course.is_clinical
    assert course.check.title == {"en": "Check", "es": "Prueba"}


def test_each_second_heading_starts_a_screen_in_both_languages(course: Course) -> None:
    screens = course.get_lesson("recognise").screens
    assert screens[0].title == {"en": "Does the person wake up?", "es": "¿Despierta la persona?"}
    assert screens[1].markdown["en"] == "Slow breaths are a sign. [own] Call {{fact:emergency-number}}."


def test_a_practice_screen_holds_a_question_and_no_text(course: Course) -> None:
    screen = course.get_lesson("recognise").screens[2]
    assert screen.practice_slug == "signs"
    assert screen.markdown == {"en": "", "es": ""}
    assert screen.title["es"] == "Práctica"


def test_unknown_lesson_is_not_found(course: Course) -> None:
    with pytest.raises(UnknownLesson) as caught:
        course.get_lesson("nothing")
    assert caught.value.lesson_slug == "nothing"


def test_course_survives_the_journey_through_json(course: Course) -> None:
    document = json.loads(json.dumps(course_as_document(course)))
    assert course_from_document(document) == course
    assert course_as_document(course_from_document(document)) == document


@pytest.mark.parametrize(
    ("edit", "where", "reason"),
    [
        (("course.toml", "clinical = true", "clinical = true\ncolour = 1"), "course.toml, colour", "unknown key"),
        (("course.toml", "clinical = true\n", ""), "course.toml, clinical", "is missing"),
        (("course.toml", "pass_percent = 80", "pass_percent = 0"), "course.toml, pass_percent", "between 1 and 100"),
        (("course.toml", "n_questions = 2", "n_questions = 4"), "course.toml, n_questions", "only 3 graded"),
        (("course.toml", 'slug = "small"', 'slug = "other"'), "course.toml, slug", "the folder is named 'small'"),
        (("course.toml", 'slug = "naloxone"', 'slug = "recognise"'), "course.toml, lessons", "used twice"),
        (("course.toml", "minutes = 9", "minutes = 0"), "course.toml, lessons.1.minutes", "between 1 and"),
        (("course.toml", "10-recognise.md", "../recognise.md"), "course.toml, lessons.1.file", "no name"),
        (("course.toml", "10-recognise.md", "check.toml"), "course.toml, lessons.1.file", "no name"),
        (("course.toml", "10-recognise.md", "11-recognise.md"), "11-recognise.md", "missing"),
        (("course.toml", 'kind = "scenario"', 'kind = "film"'), "course.toml, lessons.3.kind", "none of"),
        (("10-recognise.md", "summary =", "subtitle ="), "10-recognise.md, summary", "is missing"),
        (("10-recognise.md", "+++\ntitle", '+++\ncolour = "red"\ntitle'), "10-recognise.md, colour", "unknown key"),
        (("10-recognise.md", "+++\n## Does", "+++\nHello.\n## Does"), "10-recognise.md", "before the first screen"),
        (("10-recognise.md", "+++\ntitle", "title"), "10-recognise.md", "must begin with"),
        (("10-recognise.es.md", '"1.0.0"', '"1.1.0"'), "10-recognise.es.md, version", "differs from 10-recognise.md"),
        (("10-recognise.es.md", ', "health-line"', ""), "10-recognise.es.md, sources", "differs"),
        (("10-recognise.es.md", "## ¿Cómo", "### ¿Cómo"), "10-recognise.es.md, sections", "2 instead of 3"),
        (("10-recognise.es.md", " [@label]", ""), "10-recognise.md, screens.1.markdown", "different markers"),
        (("10-recognise.es.md", " [own]", ""), "10-recognise.md, screens.2.markdown", "different markers"),
        (("10-recognise.es.md", "emergency-number", "crisis-line"), "screens.2.markdown", "different markers"),
        (("10-recognise.md", "emergency-number", "colour"), "screens.2.markdown.en", "no local fact fills"),
        (("10-recognise.md", "[@label]", "[@nobody]"), "screens.1.markdown.en", "'nobody' is not in the list"),
        (("10-recognise.md", "!!! say", "!!! shout"), "screens.1.markdown.en", "a callout"),
        (("10-recognise.md", "Call out.", "<b>Call</b>"), "screens.1.markdown.en", "raw HTML"),
        (("10-recognise.md", "Practice: signs", "Practice: other"), "10-recognise.es.md, screens.3", "not the same"),
        (("10-recognise.md", "Practice: signs\n", "Practice: signs\nText."), "screens.3", "has no text"),
        (("check.toml", 'slug = "signs"', 'slug = "other"'), "course.toml, lessons", "no practice question 'signs'"),
        (("check.toml", 'lesson = "naloxone"', 'lesson = "library"'), "course.toml", "no reading lesson 'library'"),
        (("check.toml", 'objective = "redose"', 'objective = "fly"'), "course.toml", "there is no objective 'fly'"),
        (("check.toml", 'objective = "redose"', 'objective = "recognise"'), "course.toml, objectives", "redose"),
        (("check.toml", "practice = true", "practice = false"), "course.toml, lessons", "no practice question"),
        (("check.toml", "correct = true", "correct = false"), "check.toml, questions.1.options", "no option is right"),
        (("30-library.toml", "[@label]", "[@other]"), "30-library.toml, scenes.3.debrief.en", "'other' is not in"),
    ],
)
def test_course_refuses_a_fault_and_names_file_and_field(
    change: Change, edit: tuple[str, str, str], where: str, reason: str
) -> None:
    error = _refusal(change(*edit))
    assert where in str(error)
    assert reason in error.reason


def test_an_unused_practice_question_is_refused(change: Change) -> None:
    change("10-recognise.md", "\n## Practice: signs\n", "")
    assert "no screen asks" in _refusal(change("10-recognise.es.md", "\n## Practice: signs\n", "")).reason


def test_a_forgotten_file_is_refused(folder: Path) -> None:
    (folder / "40-forgotten.md").write_text("", encoding="utf-8")
    assert _refusal(folder).file == "40-forgotten.md"


def test_a_missing_translation_is_named(folder: Path) -> None:
    (folder / "20-naloxone.es.md").unlink()
    assert _refusal(folder).file == "20-naloxone.es.md"


def test_text_that_is_not_utf8_is_refused(folder: Path) -> None:
    (folder / "20-naloxone.md").write_bytes(b"+++\n\xff")
    assert _refusal(folder).reason == "the text is not UTF-8"


def test_a_course_without_a_check_at_its_end_is_refused(course: Course) -> None:
    document = course_as_document(course)
    lessons = document["lessons"]
    assert isinstance(lessons, list)
    for wrong in (lessons[:-1], [lessons[-1], *lessons[:-1]], [*lessons, {**lessons[-1], "slug": "again"}]):
        with pytest.raises(ContentError, match="exactly one check"):
            course_from_document({**document, "lessons": wrong})


def test_a_document_with_a_foreign_key_is_refused(course: Course) -> None:
    with pytest.raises(ContentError, match="document, colour: unknown key"):
        course_from_document({**course_as_document(course), "colour": "red"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_signed_text_falls_with_a_change_of_its_own_language_only(change: Change, language: str) -> None:
    before = read_course(change("course.toml", "Two lessons.", "Two lessons."))
    after = read_course(change("10-recognise.es.md", "Llámela.", "Llame a la persona."))
    assert (language_hash(before, language) == language_hash(after, language)) is (language == "en")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("course.toml", "pass_percent = 80", "pass_percent = 60"),
        ("check.toml", 'sources = ["label"]', 'sources = ["other"]'),
        ("30-library.toml", 'quality = "fair"', 'quality = "good"'),
        ("30-library.toml", "He breathes.", "He wakes."),
    ],
)
def test_signed_text_falls_with_a_change_of_meaning(change: Change, file: str, old: str, new: str) -> None:
    before = read_course(change(file, old, old))
    after = read_course(change(file, old, new))
    assert language_hash(before, "en") != language_hash(after, "en")


def test_signed_text_outlives_a_new_version_and_a_review(change: Change) -> None:
    before = read_course(change("course.toml", "1.0.0", "1.0.0"))
    after = read_course(change("course.toml", 'version = "1.0.0"', 'version = "2.0.0"'))
    assert all(language_hash(before, language) == language_hash(after, language) for language in LANGUAGES)
    assert document_hash(course_as_document(before)) != document_hash(course_as_document(after))


def test_text_for_a_language_holds_all_of_it_and_nothing_of_the_other(course: Course) -> None:
    text = text_for(course, "es")
    assert "Curso pequeño" in text
    assert "Siga dando respiraciones" in text
    assert "Está a salvo." in text
    assert "Keep giving breaths" not in text

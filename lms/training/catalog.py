"""Courses as text: read strictly from a folder, kept as a plain document, read back exactly."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assessments.bank import Bank, bank_as_document, bank_from_document, parse_bank
from assessments.errors import FieldRefused
from assessments.fields import Fields, parse_toml, provenance_as_document
from assessments.items import LANGUAGES, Question
from lms import documents
from lms.front_matter import (
    ContentError,
    Manuscript,
    header_as_document,
    in_all_languages,
    provenances_as_document,
    read_provenances,
    read_text,
    read_translations,
    reading,
)
from lms.markers import check_prose
from lms.training.courses import Course, Lesson, LessonKind, Objective, ReadingScreen
from lms.training.scenarios import parse_scenario, scenario_as_document, scenario_from_document

_FILE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(md|toml)")
_LONGEST_MINUTES: Final = 240
_LONGEST_VALIDITY: Final = 120
_PRACTICE: Final = re.compile(r"Practice: +(.+)")
_PRACTICE_TITLE: Final = {"en": "Practice", "es": "Práctica"}
_NO_TEXT: Final = dict.fromkeys(LANGUAGES, "")


def read_course(folder: Path) -> Course:
    """Read a course folder; raises ContentError with file, field and reason."""
    with reading("course.toml"):
        table = parse_toml(read_text(folder / "course.toml"))
        rows = [_LessonRow.read(row) for row in Fields(table).tables("lessons")]
    lessons = [_load_lesson(folder, row) for row in rows]
    course = course_from_document({**table, "lessons": lessons}, file="course.toml")
    if course.slug != folder.name:
        raise ContentError("course.toml", "slug", f"the folder is named {folder.name!r}")
    _refuse_strays(folder, rows)
    return course


def course_from_document(document: Mapping[str, object], *, file: str = "document") -> Course:
    """Read back what `course_as_document` wrote, as strictly as a folder; raises ContentError."""
    with reading(file):
        return _read_course(Fields(document))


def course_as_document(course: Course) -> dict[str, object]:
    """Write a course as a JSON-able table: the keys of its files, with the lessons inside."""
    return {
        "slug": course.slug,
        **provenance_as_document(course.provenance),
        "clinical": course.is_clinical,
        "pass_percent": course.pass_percent,
        "n_questions": course.n_questions,
        "certificate_months": course.certificate_months,
        "title": dict(course.title),
        "summary": dict(course.summary),
        "certifies": dict(course.certifies),
        "does_not_certify": dict(course.does_not_certify),
        "objectives": [{"slug": each.slug, "text": dict(each.text)} for each in course.objectives],
        "lessons": [_lesson_as_document(lesson) for lesson in course.lessons],
    }


def document_hash(document: Mapping[str, object]) -> str:
    """Return the hash of a whole document, which names one published version."""
    return documents.document_hash(document)


def text_for(course: Course, language: str) -> str:
    """Return all that the course says in one language, in a form that only a change of content changes."""
    return documents.language_text(course_as_document(course), language)


def language_hash(course: Course, language: str) -> str:
    """Return the hash of what the course says in one language: what a clinician signs."""
    return documents.language_hash(course_as_document(course), language)


# ---------------------------------------------------------------- from a folder


@dataclass(frozen=True, slots=True, kw_only=True)
class _LessonRow:
    """One lesson as `course.toml` lists it."""

    slug: str
    kind: LessonKind
    file: str
    minutes: int

    @classmethod
    def read(cls, fields: Fields) -> "_LessonRow":
        row = cls(
            slug=fields.slug("slug"),
            kind=fields.one_of("kind", LessonKind),
            file=fields.text("file"),
            minutes=fields.number("minutes", low=1, high=_LONGEST_MINUTES),
        )
        fields.finish()
        ending = ".md" if row.kind is LessonKind.READING else ".toml"
        if not _FILE.fullmatch(row.file) or not row.file.endswith(ending):
            raise fields.refused("file", f"{row.file!r} is no name of a {row.kind} file (small letters, {ending})")
        return row


def _load_lesson(folder: Path, row: _LessonRow) -> dict[str, object]:
    path = folder / row.file
    document: dict[str, object] = {"slug": row.slug, "kind": row.kind.value, "minutes": row.minutes}
    if row.kind is LessonKind.SCENARIO:
        return {**document, "scenario": scenario_as_document(parse_scenario(read_text(path), file=row.file))}
    if row.kind is LessonKind.CHECK:
        with reading(row.file):
            return {**document, "bank": bank_as_document(parse_bank(read_text(path), file=row.file))}
    document |= _manuscripts_as_document(read_translations(path))
    with reading(row.file):
        _read_lesson(Fields(document))  # so that a fault is named by its file, not by its place in the course
    return document


def _manuscripts_as_document(manuscripts: Mapping[str, Manuscript]) -> dict[str, object]:
    for manuscript in manuscripts.values():
        with reading(manuscript.file):
            manuscript.fields.finish()
            if manuscript.lead:
                raise manuscript.fields.refused("", "text before the first screen")
            if not manuscript.sections:
                raise manuscript.fields.refused("", "a lesson needs at least one screen")
    n_screens = len(manuscripts[LANGUAGES[0]].sections)
    screens = [_section_as_document(manuscripts, place) for place in range(n_screens)]
    return {**header_as_document(manuscripts), "screens": screens}


def _section_as_document(manuscripts: Mapping[str, Manuscript], place: int) -> dict[str, object]:
    titles = in_all_languages(manuscripts, lambda each: each.sections[place].title)
    texts = in_all_languages(manuscripts, lambda each: each.sections[place].markdown)
    practices = {found[1] if (found := _PRACTICE.fullmatch(title)) else None for title in titles.values()}
    if practices == {None}:
        return {"title": titles, "markdown": texts}
    slug = practices.pop()
    if practices or slug is None:
        raise ContentError(manuscripts[LANGUAGES[-1]].file, f"screens.{place + 1}", "not the same practice question")
    if any(texts.values()):
        raise ContentError(manuscripts[LANGUAGES[0]].file, f"screens.{place + 1}", "a practice screen has no text")
    return {"practice": slug}


def _refuse_strays(folder: Path, rows: Sequence[_LessonRow]) -> None:
    """A file that no lesson names was forgotten, by its author or by the list."""
    known = {"course.toml", *(row.file for row in rows)}
    known |= {f"{Path(row.file).stem}.{language}.md" for row in rows for language in LANGUAGES[1:]}
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            raise ContentError(path.name, "", "no lesson of the course names this file")


# ---------------------------------------------------------------- from a document


def _read_course(fields: Fields) -> Course:
    lessons = tuple(_read_lesson(row) for row in fields.tables("lessons"))
    course = Course(
        slug=fields.slug("slug"),
        provenance=fields.provenance(),
        is_clinical=fields.flag("clinical"),
        pass_percent=fields.number("pass_percent", low=1, high=100),
        n_questions=fields.number("n_questions", low=1, high=100),
        certificate_months=fields.number("certificate_months", low=0, high=_LONGEST_VALIDITY),
        title=fields.localized("title"),
        summary=fields.localized("summary"),
        certifies=fields.localized("certifies"),
        does_not_certify=fields.localized("does_not_certify"),
        objectives=tuple(_read_objective(row) for row in fields.tables("objectives")),
        lessons=lessons,
        bank=_only_bank(fields, lessons),
    )
    fields.finish()
    fields.refuse_twins("objectives", (objective.slug for objective in course.objectives))
    fields.refuse_twins("lessons", (lesson.slug for lesson in lessons))
    _check_questions(fields, course)
    return course


def _read_objective(fields: Fields) -> Objective:
    objective = Objective(slug=fields.slug("slug"), text=fields.localized("text"))
    fields.finish()
    return objective


def _read_lesson(fields: Fields) -> Lesson:
    kind = fields.one_of("kind", LessonKind)
    lesson = _LESSON_READERS[kind](fields, fields.slug("slug"), fields.number("minutes", low=1, high=_LONGEST_MINUTES))
    fields.finish()
    return lesson


def _read_reading(fields: Fields, slug: str, minutes: int) -> Lesson:
    sources = fields.slugs("sources")
    return Lesson(
        slug=slug,
        kind=LessonKind.READING,
        minutes=minutes,
        title=fields.localized("title"),
        summary=fields.localized("summary"),
        sources=sources,
        provenance=read_provenances(fields.table("provenance")),
        screens=tuple(_read_screen(row, sources) for row in fields.tables("screens")),
    )


def _read_screen(fields: Fields, sources: Sequence[str]) -> ReadingScreen:
    if fields.has("practice"):
        screen = ReadingScreen(title=_PRACTICE_TITLE, markdown=_NO_TEXT, practice_slug=fields.slug("practice"))
    else:
        screen = ReadingScreen(title=fields.localized("title"), markdown=fields.localized("markdown"))
        check_prose(fields, "markdown", screen.markdown, sources)
    fields.finish()
    return screen


def _read_scenario_lesson(fields: Fields, slug: str, minutes: int) -> Lesson:
    scenario = scenario_from_document(fields.plain_table("scenario"), file=slug)
    return Lesson(
        slug=slug,
        kind=LessonKind.SCENARIO,
        minutes=minutes,
        title=scenario.title,
        summary=scenario.summary,
        sources=scenario.sources,
        provenance=dict.fromkeys(LANGUAGES, scenario.provenance),
        scenario=scenario,
    )


def _read_check(fields: Fields, slug: str, minutes: int) -> Lesson:
    bank = bank_from_document(fields.plain_table("bank"), file=slug)
    return Lesson(
        slug=slug,
        kind=LessonKind.CHECK,
        minutes=minutes,
        title=bank.title,
        summary=bank.intro,
        sources=tuple(dict.fromkeys(source for question in bank.questions for source in question.sources)),
        provenance=dict.fromkeys(LANGUAGES, bank.provenance),
        bank=bank,
    )


_LESSON_READERS: Final[Mapping[LessonKind, Callable[[Fields, str, int], Lesson]]] = {
    LessonKind.READING: _read_reading,
    LessonKind.SCENARIO: _read_scenario_lesson,
    LessonKind.CHECK: _read_check,
}


def _only_bank(fields: Fields, lessons: Sequence[Lesson]) -> Bank:
    banks = [lesson.bank for lesson in lessons if lesson.bank is not None]
    if len(banks) != 1 or lessons[-1].bank is None:
        raise fields.refused("lessons", "a course has exactly one check, as its last lesson")
    return banks[0]


# ---------------------------------------------------------------- what must fit together


def _check_questions(fields: Fields, course: Course) -> None:
    objectives = {objective.slug for objective in course.objectives}
    readings = {lesson.slug for lesson in course.readings}
    for question in course.bank.questions:
        if question.objective not in objectives:
            raise _question_refused(fields, question, f"there is no objective {question.objective!r}")
        if question.lesson not in readings:
            raise _question_refused(fields, question, f"there is no reading lesson {question.lesson!r}")
    n_graded = len(course.bank.graded_questions)
    if n_graded < course.n_questions:
        raise fields.refused("n_questions", f"the bank has only {n_graded} graded questions")
    if bare := objectives - {question.objective for question in course.bank.graded_questions}:
        raise fields.refused("objectives", f"no graded question asks for {', '.join(sorted(bare))}")
    _check_practice(fields, course)


def _check_practice(fields: Fields, course: Course) -> None:
    screens = [screen for lesson in course.readings for screen in lesson.screens]
    asked = [screen.practice_slug for screen in screens if screen.practice_slug is not None]
    practice = {question.slug for question in course.bank.practice_questions}
    fields.refuse_twins("lessons", asked)
    for slug in asked:
        if slug not in practice:
            raise fields.refused("lessons", f"the bank has no practice question {slug!r}")
    if unused := practice - set(asked):
        raise fields.refused("lessons", f"no screen asks the practice question {', '.join(sorted(unused))}")


def _question_refused(fields: Fields, question: Question, reason: str) -> FieldRefused:
    return fields.refused("lessons", f"question {question.slug!r}: {reason}")


# ---------------------------------------------------------------- to a document


def _lesson_as_document(lesson: Lesson) -> dict[str, object]:
    document: dict[str, object] = {"slug": lesson.slug, "kind": lesson.kind.value, "minutes": lesson.minutes}
    if lesson.scenario is not None:
        return {**document, "scenario": scenario_as_document(lesson.scenario)}
    if lesson.bank is not None:
        return {**document, "bank": bank_as_document(lesson.bank)}
    return {
        **document,
        "title": dict(lesson.title),
        "summary": dict(lesson.summary),
        "sources": list(lesson.sources),
        "provenance": provenances_as_document(lesson.provenance),
        "screens": [_screen_as_document(screen) for screen in lesson.screens],
    }


def _screen_as_document(screen: ReadingScreen) -> dict[str, object]:
    if screen.practice_slug is not None:
        return {"practice": screen.practice_slug}
    return {"title": dict(screen.title), "markdown": dict(screen.markdown)}

"""Learner pages read easily: eighth grade at most in English, at least “normal” in Spanish."""

from collections.abc import Mapping

import pytest

from lms.readability import flesch_kincaid_grade, inflesz, plain_text
from tests.content.shelf import courses, pages

HARDEST_GRADE = 8.9
LOWEST_EASE = 55

READINGS = {
    f"{course.slug}/{lesson.slug}": [screen.markdown for screen in lesson.screens if screen.practice_slug is None]
    for course in courses()
    for lesson in course.readings
}
STORIES = {
    f"{course.slug}/{lesson.slug}": [scene.text for scene in lesson.scenario.scenes]
    for course in courses()
    for lesson in course.lessons
    if lesson.scenario is not None
}
QUESTIONS = {
    f"{course.slug}/questions": [
        *(question.stem for question in course.bank.questions),
        *(option.reason for question in course.bank.questions for option in question.options),
    ]
    for course in courses()
}
PAGES = {f"pages/{page.slug}": [section.markdown for section in page.sections] for page in pages()}
LEARNER_TEXTS = {**READINGS, **STORIES, **QUESTIONS, **PAGES}


def _all_of(texts: list[Mapping[str, str]], language: str) -> str:
    return "\n".join(plain_text(text[language]) for text in texts)


@pytest.mark.parametrize("name", LEARNER_TEXTS)
def test_english_is_at_most_at_eighth_grade(name: str) -> None:
    grade = flesch_kincaid_grade(_all_of(LEARNER_TEXTS[name], "en"))
    assert grade is not None
    assert grade <= HARDEST_GRADE


@pytest.mark.parametrize("name", LEARNER_TEXTS)
def test_spanish_is_at_least_normal(name: str) -> None:
    ease = inflesz(_all_of(LEARNER_TEXTS[name], "es"))
    assert ease is not None
    assert ease >= LOWEST_EASE

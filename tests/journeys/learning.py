"""A learner at a screen: reads lessons, walks the story and takes the check, by what the course says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from assessments.items import Question
from lms.training.courses import Course, Lesson, LessonKind
from lms.training.scenarios import Quality


def readings(course: Course) -> list[Lesson]:
    return [lesson for lesson in course.lessons if lesson.kind is LessonKind.READING]


def story(course: Course) -> Lesson:
    return next(lesson for lesson in course.lessons if lesson.kind is LessonKind.SCENARIO)


def practice(course: Course, lesson: Lesson) -> dict[int, Question]:
    """Return the practice questions of a lesson by the number of their screen."""
    asked = {number: screen.practice_slug for number, screen in enumerate(lesson.screens, start=1)}
    return {number: course.bank.get_question(slug) for number, slug in asked.items() if slug}


@dataclass
class Learner:
    """Somebody with the course open in a browser."""

    page: Page
    course: Course

    def start(self) -> None:
        """Go from home to the first lesson, as the next step says."""
        self.page.goto("/")
        self.page.locator(".next-step .button-primary").click()
        expect(self.page).to_have_url(re.compile(rf"/learn/{self.course.slug}$"))
        self.page.locator("form[action$='/start'] button").click()

    def resume(self) -> None:
        """Go from home to where the learner stopped, on any device."""
        self.page.goto("/")
        self.page.locator(".next-step .button-primary").click()
        self.page.locator(".page-header .button-primary").click()

    def read(self, lesson: Lesson, *, first: int = 1, last: int | None = None) -> None:
        """Read an open lesson screen by screen, and answer what is asked on the way."""
        last = last or lesson.n_steps
        questions = practice(self.course, lesson)
        for step in range(first, last + 1):
            self.expect_step(lesson, step)
            if step in questions:
                self.answer_practice(step, questions[step])
            self.leave_step(step)
        if last == lesson.n_steps:
            expect(self.page).to_have_url(re.compile(rf"/{lesson.slug}\?done=1$"))
        else:
            self.expect_step(lesson, last + 1)

    def expect_step(self, lesson: Lesson, step: int) -> None:
        expect(self.page.locator(f"#step-{step}")).to_be_visible()
        expect(self.page.locator(".lesson-step:visible")).to_have_count(1)
        expect(self.page).to_have_url(re.compile(rf"/{lesson.slug}(\?|$)"))

    def leave_step(self, step: int) -> None:
        self.page.locator(f"#step-{step} .lesson-nav form button").click()

    def answer_practice(self, step: int, question: Question, *, rightly: bool = True) -> None:
        section = self.page.locator(f"#step-{step}")
        for slug in chosen(question, rightly=rightly):
            section.locator(f"input[name=option][value='{slug}']").check()
        section.locator("form[action$='/practice'] button").click()
        expect(section.locator(".answer-reason")).to_have_count(len(question.options))
        expect(section.locator(".answer-right" if rightly else ".answer-wrong").first).to_be_visible()

    def go_on(self, lesson: Lesson) -> None:
        """Take the way that the end of a lesson offers."""
        self.page.locator(".button-row .button-primary").first.click()
        expect(self.page).to_have_url(re.compile(rf"/{lesson.slug}$"))

    def walk_story(self) -> None:
        """Walk the story by its good choices; each shows at once what became of it."""
        lesson = story(self.course)
        self.page.locator("a[href*='begin=1']").click()
        for number, choice in enumerate(good_way(lesson), start=1):
            form = self.page.locator(f"form:has(input[name=choice][value='{choice}'])")
            expect(form.locator("input[name=number]")).to_have_value(str(number))
            form.locator("button").click()
            expect(self.page.locator(".consequence")).to_be_visible()
        expect(self.page.locator("#keep-title")).to_be_visible()
        expect(self.page.locator("#way-title + ol > li")).to_have_count(len(list(good_way(lesson))))

    def begin_check(self) -> None:
        self.page.locator("form[action$='/attempts'] button").click()
        expect(self.page).to_have_url(re.compile(r"/attempts/\d+$"))

    def take_check(self, *, n_wrong: int = 0) -> list[Question]:
        """Answer every question of an attempt, the first few wrongly; return those."""
        missed = []
        for number in range(1, self.course.n_questions + 1):
            question = self._question(number)
            is_right = number > n_wrong
            self._answer(question, rightly=is_right)
            if not is_right:
                missed.append(question)
            self.page.locator(".lesson-nav a").click()
        expect(self.page.locator("h1:not(.kicker)")).to_be_visible()
        return missed

    def _question(self, number: int) -> Question:
        expect(self.page.locator(".focus-progress progress")).to_have_attribute("value", str(number))
        expect(self.page.locator("form[action$='/answers']")).to_be_visible()
        return self.course.bank.get_question(self.page.locator("input[name=question]").input_value())

    def _answer(self, question: Question, *, rightly: bool) -> None:
        for slug in chosen(question, rightly=rightly):
            self.page.locator(f"input[name=option][value='{slug}']").check()
        self.page.locator("form[action$='/answers'] button").click()
        expect(self.page.locator(".answer-reason")).to_have_count(len(question.options))


def chosen(question: Question, *, rightly: bool) -> list[str]:
    """Return the options of a right answer, or one that is wrong."""
    if rightly:
        return sorted(question.correct_slugs)
    return [next(option.slug for option in question.options if not option.is_correct)]


def good_way(lesson: Lesson) -> Iterator[str]:
    """Yield the first good choice of each scene until the story ends."""
    assert lesson.scenario
    scene = lesson.scenario.get_scene(lesson.scenario.start)
    while not scene.is_end:
        choice = next((each for each in scene.choices if each.quality is Quality.GOOD), scene.choices[0])
        yield choice.slug
        scene = lesson.scenario.get_scene(choice.next_slug)

"""What a course is made of. `catalog` reads courses from files and documents; `rules` decides with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from assessments.bank import Bank
from assessments.fields import Provenance
from assessments.items import Localized
from lms.errors import NotFound
from lms.training.scenarios import Scenario


class LessonKind(StrEnum):
    """What a learner does in a lesson."""

    READING = "reading"
    SCENARIO = "scenario"
    CHECK = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What a learner can do afterwards; the questions are spread over the objectives."""

    slug: str
    text: Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingScreen:
    """One idea on one screen; or, with a practice slug and no prose, one ungraded question."""

    title: Localized
    markdown: Localized
    practice_slug: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One lesson; `screens` belong to a reading, `scenario` to a scenario, `bank` to a check.

    `provenance` is by language: a translation is reviewed on its own.
    """

    slug: str
    kind: LessonKind
    minutes: int
    title: Localized
    summary: Localized
    sources: tuple[str, ...]
    provenance: Mapping[str, Provenance]
    screens: tuple[ReadingScreen, ...] = ()
    scenario: Scenario | None = None
    bank: Bank | None = None

    @property
    def n_steps(self) -> int:
        """How many steps it takes: one for each screen, one for a scenario or a check."""
        return len(self.screens) or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A whole course, ready to be published. `certificate_months` of 0: the certificate does not expire."""

    slug: str
    provenance: Provenance
    is_clinical: bool
    pass_percent: int
    n_questions: int
    certificate_months: int
    title: Localized
    summary: Localized
    certifies: Localized
    does_not_certify: Localized
    objectives: tuple[Objective, ...]
    lessons: tuple[Lesson, ...]
    bank: Bank

    @property
    def minutes(self) -> int:
        """How long the whole course takes."""
        return sum(lesson.minutes for lesson in self.lessons)

    @property
    def readings(self) -> tuple[Lesson, ...]:
        """The reading lessons, in order."""
        return tuple(lesson for lesson in self.lessons if lesson.kind is LessonKind.READING)

    @property
    def check(self) -> Lesson:
        """The knowledge check, always the last lesson."""
        return self.lessons[-1]

    def get_lesson(self, slug: str) -> Lesson:
        """Return the lesson with that slug; raises UnknownLesson."""
        for lesson in self.lessons:
            if lesson.slug == slug:
                return lesson
        raise UnknownLesson(self.slug, slug)


class UnknownLesson(NotFound):
    """A slug that no lesson of the course bears."""

    def __init__(self, course_slug: str, lesson_slug: str) -> None:
        super().__init__("lesson")
        self.course_slug = course_slug
        self.lesson_slug = lesson_slug

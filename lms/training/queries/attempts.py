"""Reading attempts at a knowledge check: each is its person's own, and nobody else ever sees the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from assessments.items import Option, Question
from assessments.selection import arranged_options
from lms.authz import Actor, Scope
from lms.db import db
from lms.errors import NotFound
from lms.training.courses import Course, Lesson
from lms.training.models import Attempt, AttemptAnswer, Enrollment
from lms.training.queries import published as published_courses
from lms.training.queries.published import PublishedCourse


@dataclass(frozen=True)
class AskedQuestion:
    """One question in its place in an attempt; `number` counts from 1."""

    number: int
    question: Question
    options: tuple[Option, ...]
    answer: AttemptAnswer | None


@dataclass(frozen=True)
class AttemptStanding:
    """One attempt with the course it belongs to."""

    attempt: Attempt
    published: PublishedCourse

    @property
    def scope(self) -> Scope:
        """An attempt is the person's own."""
        return self.attempt.scope

    @property
    def course(self) -> Course:
        """The course in the version the attempt was made in."""
        return self.published.course

    @property
    def lesson(self) -> Lesson:
        """The knowledge check."""
        return self.course.get_lesson(self.attempt.lesson_slug)

    @cached_property
    def questions(self) -> Sequence[AskedQuestion]:
        """The questions in the order drawn, with the answers given so far."""
        answers: Mapping[str, AttemptAnswer] = {each.question_slug: each for each in self.attempt.answers}
        return [
            self._asked(number, drawn["question"], drawn["options"], answers.get(drawn["question"]))
            for number, drawn in enumerate(self.attempt.questions, start=1)
        ]

    @property
    def current(self) -> AskedQuestion | None:
        """The first question without an answer; None when all have one."""
        return next((each for each in self.questions if each.answer is None), None)

    def find_asked(self, question_slug: str) -> AskedQuestion | None:
        """Return a question of this attempt by its slug."""
        return next((each for each in self.questions if each.question.slug == question_slug), None)

    def _asked(self, number: int, slug: str, options: Sequence[str], answer: AttemptAnswer | None) -> AskedQuestion:
        question = self.course.bank.get_question(slug)
        return AskedQuestion(number, question, arranged_options(question, options), answer)


def get_attempt_for(actor: Actor, attempt_id: int) -> AttemptStanding:
    """Return the actor's own attempt with its answers (one statement, one more for a version not yet read)."""
    own = (
        select(Attempt)
        .where(Attempt.id == attempt_id, Attempt.person_id == actor.person_id)
        .options(joinedload(Attempt.enrollment).joinedload(Enrollment.version), joinedload(Attempt.answers))
    )
    attempt = db.session.scalars(own).unique().one_or_none()
    if attempt is None:
        raise NotFound("attempt")
    return AttemptStanding(attempt, published_courses.read_version(attempt.enrollment.version))


def list_attempts(enrollment_id: int, lesson_slug: str) -> Sequence[Attempt]:
    """Return the attempts at a check, the first one first (one statement)."""
    made = select(Attempt).where(Attempt.enrollment_id == enrollment_id, Attempt.lesson_slug == lesson_slug)
    return db.session.scalars(made.order_by(Attempt.number).execution_options(populate_existing=True)).all()


def list_answers(attempt_id: int) -> Sequence[AttemptAnswer]:
    """Return the answers given so far, in the order given (one statement)."""
    given = select(AttemptAnswer).where(AttemptAnswer.attempt_id == attempt_id)
    return db.session.scalars(given.order_by(AttemptAnswer.id)).all()


def count_failed_attempts(enrollment_id: int, lesson_slug: str) -> int:
    """Return how many attempts at a check ended below the pass mark (one statement)."""
    failed = (
        select(func.count())
        .select_from(Attempt)
        .where(Attempt.enrollment_id == enrollment_id, Attempt.lesson_slug == lesson_slug, Attempt.is_passed.is_(False))
    )
    return db.session.scalar(failed) or 0

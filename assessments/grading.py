"""Grading: whether an answer is right and whether an attempt is a pass."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assessments.errors import InvalidAttempt, UnfitAnswer
from assessments.items import Localized, Question, QuestionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionVerdict:
    """What became of one option. `is_right`: it was chosen when it should be, or left when it should be."""

    slug: str
    is_chosen: bool
    is_correct: bool
    reason: Localized

    @property
    def is_right(self) -> bool:
        """Whether choosing or leaving it was the right thing to do."""
        return self.is_chosen == self.is_correct


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One answer, graded; `verdicts` has one entry for every option, in the order of the question."""

    question_slug: str
    is_correct: bool
    verdicts: tuple[OptionVerdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """An attempt as a whole; `wrong_slugs` are the questions answered wrongly, in the order answered."""

    n_correct: int
    n_questions: int
    is_passed: bool
    wrong_slugs: tuple[str, ...]


def grade_answer(question: Question, chosen: Collection[str]) -> Graded:
    """Grade one answer: it is right when exactly the right options were chosen; there are no partial points.

    chosen: slugs of the options chosen; a slug given twice counts once.
    Raises UnknownOption for a slug the question does not have; UnfitAnswer when nothing was chosen, or more than one
    option for a question of kind one.

    >>> from assessments.items import Option
    >>> options = tuple(
    ...     Option(slug=slug, is_correct=slug == "a", text={"en": slug}, reason={"en": "why"}) for slug in ("a", "b")
    ... )
    >>> question = Question(
    ...     slug="wait", objective="redose", lesson="naloxone", kind=QuestionKind.ONE, is_practice=False,
    ...     sources=("label",), is_own=False, stem={"en": "How long?"}, options=options,
    ... )
    >>> grade_answer(question, ["a"]).is_correct
    True
    >>> [verdict.is_right for verdict in grade_answer(question, ["b"]).verdicts]
    [False, False]
    """
    chosen_slugs = frozenset(chosen)
    for slug in sorted(chosen_slugs):
        question.get_option(slug)
    is_one_too_many = question.kind is QuestionKind.ONE and len(chosen_slugs) > 1
    if not chosen_slugs or is_one_too_many:
        raise UnfitAnswer(question.slug, len(chosen_slugs))
    verdicts = tuple(
        OptionVerdict(
            slug=option.slug,
            is_chosen=option.slug in chosen_slugs,
            is_correct=option.is_correct,
            reason=option.reason,
        )
        for option in question.options
    )
    return Graded(
        question_slug=question.slug,
        is_correct=chosen_slugs == question.correct_slugs,
        verdicts=verdicts,
    )


def grade_attempt(answers: Sequence[Graded], *, n_questions: int, pass_percent: int) -> AttemptResult:
    """Grade an attempt; passed when n_correct * 100 >= pass_percent * n_questions, compared in whole numbers.

    answers: at most one for each question asked, in the order answered; a question without an answer counts as wrong.
    n_questions: questions asked, at least 1. pass_percent: 0 to 100.
    Raises InvalidAttempt for a question answered twice, more answers than questions, or numbers outside these ranges.

    >>> right = Graded(question_slug="wait", is_correct=True, verdicts=())
    >>> grade_attempt([right], n_questions=1, pass_percent=80).is_passed
    True
    >>> grade_attempt([right], n_questions=2, pass_percent=80).is_passed
    False
    """
    _check_attempt(answers, n_questions, pass_percent)
    n_correct = sum(answer.is_correct for answer in answers)
    return AttemptResult(
        n_correct=n_correct,
        n_questions=n_questions,
        is_passed=n_correct * 100 >= pass_percent * n_questions,
        wrong_slugs=tuple(answer.question_slug for answer in answers if not answer.is_correct),
    )


def _check_attempt(answers: Sequence[Graded], n_questions: int, pass_percent: int) -> None:
    if n_questions < 1:
        raise InvalidAttempt("it has no questions")
    if pass_percent not in range(101):
        raise InvalidAttempt(f"{pass_percent} is no percentage")
    if len({answer.question_slug for answer in answers}) < len(answers):
        raise InvalidAttempt("a question is answered twice")
    if len(answers) > n_questions:
        raise InvalidAttempt(f"{len(answers)} answers to {n_questions} questions")

"""An answer is right or wrong as a whole, and an attempt passes by whole numbers."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.errors import InvalidAttempt, UnfitAnswer, UnknownOption
from assessments.grading import Graded, grade_answer, grade_attempt
from assessments.items import Question, QuestionKind


def _graded(slug: str, *, is_correct: bool) -> Graded:
    return Graded(question_slug=slug, is_correct=is_correct, verdicts=())


def _answers(n_correct: int, n_wrong: int) -> list[Graded]:
    right = [_graded(f"right-{number}", is_correct=True) for number in range(n_correct)]
    return right + [_graded(f"wrong-{number}", is_correct=False) for number in range(n_wrong)]


def test_the_right_option_makes_the_answer_right(make_question: Callable[..., Question]) -> None:
    graded = grade_answer(make_question(), ["a"])
    assert graded.is_correct
    assert all(verdict.is_right for verdict in graded.verdicts)


def test_a_wrong_option_makes_the_answer_wrong(make_question: Callable[..., Question]) -> None:
    graded = grade_answer(make_question(), ["c"])
    assert not graded.is_correct
    assert [verdict.slug for verdict in graded.verdicts if not verdict.is_right] == ["a", "c"]


def test_every_option_gets_a_verdict_and_its_reason(make_question: Callable[..., Question]) -> None:
    graded = grade_answer(make_question(), ["b"])
    assert [verdict.slug for verdict in graded.verdicts] == ["a", "b", "c", "d"]
    assert graded.verdicts[1].is_chosen
    assert graded.verdicts[1].reason == {"en": "why b"}


@pytest.mark.parametrize(
    ("chosen", "is_correct"),
    [(["a", "b"], True), (["b", "a", "a"], True), (["a"], False), (["a", "b", "c"], False), (["c", "d"], False)],
)
def test_many_needs_exactly_the_right_options(
    make_question: Callable[..., Question], chosen: list[str], is_correct: bool
) -> None:
    question = make_question(kind=QuestionKind.MANY, correct=("a", "b"))
    assert grade_answer(question, chosen).is_correct is is_correct


def test_an_option_of_another_question_is_refused(make_question: Callable[..., Question]) -> None:
    with pytest.raises(UnknownOption, match="'z'"):
        grade_answer(make_question(), ["z"])


@pytest.mark.parametrize("chosen", [[], ["a", "b"]])
def test_a_question_for_one_takes_exactly_one(make_question: Callable[..., Question], chosen: list[str]) -> None:
    with pytest.raises(UnfitAnswer) as caught:
        grade_answer(make_question(), chosen)
    assert caught.value.n_chosen == len(chosen)


def test_a_question_for_many_takes_at_least_one(make_question: Callable[..., Question]) -> None:
    with pytest.raises(UnfitAnswer):
        grade_answer(make_question(kind=QuestionKind.MANY), [])


@pytest.mark.parametrize(("n_correct", "is_passed"), [(7, False), (8, True), (10, True)])
def test_eight_of_ten_pass_at_eighty_percent(n_correct: int, is_passed: bool) -> None:
    result = grade_attempt(_answers(n_correct, 10 - n_correct), n_questions=10, pass_percent=80)
    assert result.is_passed is is_passed
    assert (result.n_correct, result.n_questions) == (n_correct, 10)


def test_the_pass_mark_never_rests_on_rounding() -> None:
    assert not grade_attempt(_answers(2, 1), n_questions=3, pass_percent=67).is_passed
    assert grade_attempt(_answers(2, 1), n_questions=3, pass_percent=66).is_passed


def test_a_question_left_out_counts_as_wrong() -> None:
    assert not grade_attempt(_answers(7, 0), n_questions=10, pass_percent=80).is_passed


def test_wrong_questions_are_named_in_the_order_answered() -> None:
    answers = [_graded("b", is_correct=False), _graded("c", is_correct=True), _graded("a", is_correct=False)]
    assert grade_attempt(answers, n_questions=3, pass_percent=80).wrong_slugs == ("b", "a")


@pytest.mark.parametrize(
    ("answers", "n_questions", "pass_percent"),
    [([], 0, 80), (_answers(1, 0) * 2, 2, 80), (_answers(3, 0), 2, 80), ([], 1, 101), ([], 1, -1)],
)
def test_an_impossible_attempt_is_refused(answers: list[Graded], n_questions: int, pass_percent: int) -> None:
    with pytest.raises(InvalidAttempt):
        grade_attempt(answers, n_questions=n_questions, pass_percent=pass_percent)


@given(n_questions=st.integers(1, 60), pass_percent=st.integers(0, 100), n_correct=st.integers(0, 60))
def test_one_more_right_answer_never_turns_a_pass_into_a_fail(
    n_questions: int, pass_percent: int, n_correct: int
) -> None:
    n_correct = min(n_correct, n_questions - 1)
    fewer = grade_attempt(_answers(n_correct, 0), n_questions=n_questions, pass_percent=pass_percent)
    more = grade_attempt(_answers(n_correct + 1, 0), n_questions=n_questions, pass_percent=pass_percent)
    assert more.is_passed >= fewer.is_passed

"""Attempts cover all objectives, prefer what a person has not seen, and repeat exactly for the same chance."""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.bank import Bank
from assessments.errors import NotEnoughQuestions, UnknownOption
from assessments.fields import Provenance
from assessments.items import Option, Question, QuestionKind
from assessments.selection import arranged_options, select_questions


def _objectives(bank: Bank, n_questions: int, seed: int, avoid: tuple[str, ...] = ()) -> Counter[str]:
    drawn = select_questions(bank, n_questions, random.Random(seed), avoid=avoid)
    return Counter(bank.get_question(each.question_slug).objective for each in drawn)


@pytest.mark.parametrize("seed", range(20))
def test_every_objective_is_covered_as_evenly_as_possible(make_bank: Callable[..., Bank], seed: int) -> None:
    counts = _objectives(make_bank(a=8, b=8, c=8), 10, seed)
    assert sorted(counts.values()) == [3, 3, 4]


def test_a_small_objective_gives_all_it_has(make_bank: Callable[..., Bank]) -> None:
    assert _objectives(make_bank(a=9, b=1, c=9), 9, 3) == {"a": 4, "b": 1, "c": 4}


def test_practice_questions_never_appear(make_bank: Callable[..., Bank]) -> None:
    drawn = select_questions(make_bank(a=3), 3, random.Random(1))
    assert {each.question_slug for each in drawn} == {"a-0", "a-1", "a-2"}


def test_no_question_appears_twice(make_bank: Callable[..., Bank]) -> None:
    drawn = select_questions(make_bank(a=6, b=6), 12, random.Random(1))
    assert len({each.question_slug for each in drawn}) == 12


@pytest.mark.parametrize("seed", range(20))
def test_unseen_questions_come_before_seen_ones(make_bank: Callable[..., Bank], seed: int) -> None:
    seen = ("a-0", "a-1", "b-0", "b-1")
    drawn = select_questions(make_bank(a=4, b=4), 4, random.Random(seed), avoid=seen)
    assert {each.question_slug for each in drawn} == {"a-2", "a-3", "b-2", "b-3"}


@pytest.mark.parametrize("seed", range(20))
def test_coverage_matters_more_than_novelty(make_bank: Callable[..., Bank], seed: int) -> None:
    assert _objectives(make_bank(a=4, b=2), 4, seed, avoid=("b-0", "b-1")) == {"a": 2, "b": 2}


@pytest.mark.parametrize("seed", range(20))
def test_the_odd_question_goes_to_an_objective_with_something_new(make_bank: Callable[..., Bank], seed: int) -> None:
    assert _objectives(make_bank(a=4, b=2), 3, seed, avoid=("b-0", "b-1")) == {"a": 2, "b": 1}


def test_a_person_who_has_seen_everything_still_gets_an_attempt(make_bank: Callable[..., Bank]) -> None:
    drawn = select_questions(make_bank(a=2), 2, random.Random(1), avoid=("a-0", "a-1"))
    assert len(drawn) == 2


def test_the_same_chance_draws_the_same_attempt(make_bank: Callable[..., Bank]) -> None:
    bank = make_bank(a=8, b=8)
    assert select_questions(bank, 6, random.Random(7)) == select_questions(bank, 6, random.Random(7))
    assert select_questions(bank, 6, random.Random(7)) != select_questions(bank, 6, random.Random(8))


def test_options_are_shuffled_and_none_is_lost(make_bank: Callable[..., Bank]) -> None:
    orders = {
        each.option_slugs for seed in range(60) for each in select_questions(make_bank(a=3), 3, random.Random(seed))
    }
    assert {tuple(sorted(order)) for order in orders} == {("a", "b", "c", "d")}
    assert {order[0] for order in orders} == {"a", "b", "c", "d"}


def test_objectives_do_not_come_in_blocks(make_bank: Callable[..., Bank]) -> None:
    firsts = {select_questions(make_bank(a=2, b=2), 4, random.Random(seed))[0].question_slug for seed in range(60)}
    assert firsts == {"a-0", "a-1", "b-0", "b-1"}


@pytest.mark.parametrize("n_questions", [-1, 4])
def test_more_questions_than_the_bank_has_are_refused(make_bank: Callable[..., Bank], n_questions: int) -> None:
    with pytest.raises(NotEnoughQuestions) as caught:
        select_questions(make_bank(a=3), n_questions, random.Random(1))
    assert caught.value.n_available == 3


def test_options_are_put_in_the_order_the_attempt_keeps(make_question: Callable[..., Question]) -> None:
    assert [option.slug for option in arranged_options(make_question(), ("c", "a", "d", "b"))] == ["c", "a", "d", "b"]


@pytest.mark.parametrize("order", [("a", "b", "c"), ("a", "b", "c", "d", "d"), ("a", "b", "c", "z")])
def test_an_order_that_is_not_of_this_question_is_refused(
    make_question: Callable[..., Question], order: tuple[str, ...]
) -> None:
    with pytest.raises(UnknownOption):
        arranged_options(make_question(), order)


_ORIGIN = Provenance(version="1.0.0", licence="CC BY 4.0", source="us", reviewed_on=None, reviewed_by="")
_OPTION = Option(slug="a", is_correct=True, text={"en": "a"}, reason={"en": "a"})


def _bank(n_by_objective: list[int]) -> Bank:
    questions = tuple(
        Question(
            slug=f"q-{objective}-{number}",
            objective=f"o-{objective}",
            lesson="l",
            kind=QuestionKind.ONE,
            is_practice=False,
            sources=("s",),
            is_own=False,
            stem={"en": "?"},
            options=(_OPTION,),
        )
        for objective, n in enumerate(n_by_objective)
        for number in range(n)
    )
    return Bank(slug="check", provenance=_ORIGIN, title={"en": "t"}, intro={"en": "i"}, questions=questions)


@given(data=st.data(), n_by_objective=st.lists(st.integers(1, 6), min_size=1, max_size=6), seed=st.integers(0, 999))
def test_objectives_differ_by_at_most_one_unless_one_is_used_up(
    data: st.DataObject, n_by_objective: list[int], seed: int
) -> None:
    bank = _bank(n_by_objective)
    n_questions = data.draw(st.integers(0, sum(n_by_objective)))
    avoid = data.draw(st.sets(st.sampled_from([question.slug for question in bank.questions])))
    counts = _objectives(bank, n_questions, seed, avoid=tuple(avoid))
    most = max(counts.values(), default=0)
    for objective, n_available in enumerate(n_by_objective):
        n_drawn = counts[f"o-{objective}"]
        assert n_drawn >= most - 1 or n_drawn == n_available

"""Which questions appear in an attempt, and in which order their options stand."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assessments.bank import Bank
from assessments.errors import NotEnoughQuestions, UnknownOption
from assessments.items import Option, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnQuestion:
    """A question in its place in one attempt, its options in the order shown. Kept with the attempt."""

    question_slug: str
    option_slugs: tuple[str, ...]


def select_questions(
    bank: Bank,
    n_questions: int,
    rng: random.Random,
    *,
    avoid: Collection[str] = (),
) -> tuple[DrawnQuestion, ...]:
    """Draw graded questions, spread over the objectives as evenly as the bank allows.

    n_questions: at least 0. rng: the only source of chance; the same state draws the same attempt.
    avoid: slugs seen in earlier attempts; such a question is drawn only when its objective has no other left.
    Returns the questions in a random order, options shuffled. Raises NotEnoughQuestions.

    No two objectives differ by more than one question unless the smaller one has none left. Among objectives with
    equally many drawn, one that still has an unseen question comes first.

    >>> from assessments.bank import Bank
    >>> from assessments.fields import Provenance
    >>> origin = Provenance(version="1.0.0", licence="CC BY 4.0", source="us", reviewed_on=None, reviewed_by="")
    >>> empty = Bank(slug="check", provenance=origin, title={"en": "Check"}, intro={"en": "Go"}, questions=())
    >>> select_questions(empty, 1, random.Random(1))
    Traceback (most recent call last):
    assessments.errors.NotEnoughQuestions: 1 questions are wanted and the bank has 0.
    """
    n_available = len(bank.graded_questions)
    if not 0 <= n_questions <= n_available:
        raise NotEnoughQuestions(n_questions, n_available)
    drawn = _draw(_pools(bank.graded_questions, rng, avoid), n_questions, avoid)
    rng.shuffle(drawn)
    return tuple(_arrange(question, rng) for question in drawn)


def arranged_options(question: Question, option_slugs: Sequence[str]) -> tuple[Option, ...]:
    """Put the options of a question in the order an attempt keeps.

    option_slugs: every slug of the question once. Raises UnknownOption for a foreign, a repeated or a missing slug.

    >>> options = tuple(
    ...     Option(slug=slug, is_correct=slug == "a", text={"en": slug}, reason={"en": "why"}) for slug in ("a", "b")
    ... )
    >>> from assessments.items import QuestionKind
    >>> question = Question(
    ...     slug="wait", objective="redose", lesson="naloxone", kind=QuestionKind.ONE, is_practice=False,
    ...     sources=("label",), is_own=False, stem={"en": "How long?"}, options=options,
    ... )
    >>> [option.slug for option in arranged_options(question, ("b", "a"))]
    ['b', 'a']
    """
    arranged = tuple(question.get_option(slug) for slug in option_slugs)
    own_slugs = [option.slug for option in question.options]
    for slug in sorted({*own_slugs, *option_slugs}):
        if option_slugs.count(slug) != own_slugs.count(slug):
            raise UnknownOption(question.slug, slug)
    return arranged


def _pools(questions: Sequence[Question], rng: random.Random, avoid: Collection[str]) -> list[list[Question]]:
    """Make one pool for each objective, in random order; inside a pool the unseen questions come first."""
    pools: dict[str, list[Question]] = {}
    for question in rng.sample(questions, len(questions)):
        pools.setdefault(question.objective, []).append(question)
    return [sorted(pool, key=lambda question: question.slug in avoid) for pool in pools.values()]


def _draw(pools: list[list[Question]], n_questions: int, avoid: Collection[str]) -> list[Question]:
    n_drawn = [0] * len(pools)
    drawn: list[Question] = []
    while len(drawn) < n_questions:
        open_pools = [place for place, pool in enumerate(pools) if n_drawn[place] < len(pool)]
        place = min(open_pools, key=lambda place: (n_drawn[place], pools[place][n_drawn[place]].slug in avoid))
        drawn.append(pools[place][n_drawn[place]])
        n_drawn[place] += 1
    return drawn


def _arrange(question: Question, rng: random.Random) -> DrawnQuestion:
    slugs = [option.slug for option in question.options]
    return DrawnQuestion(question_slug=question.slug, option_slugs=tuple(rng.sample(slugs, len(slugs))))

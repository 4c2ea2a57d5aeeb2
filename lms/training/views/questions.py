"""How a question is shown: its options to choose from, or, once answered, each with its verdict and its reason."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assessments.grading import OptionVerdict, grade_answer
from assessments.items import Option, Question, QuestionKind


@dataclass(frozen=True)
class QuestionView:
    """One question in one language. `is_correct` is None until it is answered."""

    slug: str
    stem: str
    is_own: bool
    input_type: str
    options: Sequence[Mapping[str, Any]]
    sources: Sequence[str]
    is_correct: bool | None


def view_question(
    question: Question, options: Sequence[Option], language: str, chosen: Collection[str] | None
) -> QuestionView:
    """Show a question; `chosen` is the answer given, None while there is none."""
    graded = None if chosen is None else grade_answer(question, chosen)
    verdicts = {verdict.slug: verdict for verdict in graded.verdicts} if graded else {}
    return QuestionView(
        slug=question.slug,
        stem=question.stem[language],
        is_own=question.is_own,
        input_type="radio" if question.kind is QuestionKind.ONE else "checkbox",
        options=[_view_option(option, question.kind, language, verdicts.get(option.slug)) for option in options],
        sources=question.sources,
        is_correct=graded.is_correct if graded else None,
    )


def _view_option(option: Option, kind: QuestionKind, language: str, verdict: OptionVerdict | None) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"value": option.slug, "label": option.text[language]}
    if verdict is not None:
        shown |= {
            "is_checked": verdict.is_chosen,
            "verdict": _verdict_word(verdict, kind),
            "reason": option.reason[language],
        }
    return shown


def _verdict_word(verdict: OptionVerdict, kind: QuestionKind) -> str | None:
    if verdict.is_chosen:
        return "right" if verdict.is_correct else "wrong"
    if not verdict.is_correct:
        return None
    return "right" if kind is QuestionKind.ONE else "missed"

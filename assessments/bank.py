"""A question bank: read strictly from `check.toml`, kept as a plain document, read back exactly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assessments.errors import FieldRefused, InvalidBank, UnknownQuestion
from assessments.fields import Fields, Provenance, parse_toml, provenance_as_document
from assessments.items import Localized, Option, Question, QuestionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """All questions of one knowledge check, practice questions among them."""

    slug: str
    provenance: Provenance
    title: Localized
    intro: Localized
    questions: tuple[Question, ...]

    @property
    def graded_questions(self) -> tuple[Question, ...]:
        """The questions an attempt may draw."""
        return tuple(question for question in self.questions if not question.is_practice)

    @property
    def practice_questions(self) -> tuple[Question, ...]:
        """The questions that appear inside lessons and never count."""
        return tuple(question for question in self.questions if question.is_practice)

    def get_question(self, slug: str) -> Question:
        """Return the question with that slug; raises UnknownQuestion."""
        for question in self.questions:
            if question.slug == slug:
                return question
        raise UnknownQuestion(slug)


def parse_bank(text: str, *, file: str = "check.toml") -> Bank:
    """Read the bank that a `check.toml` describes.

    text: the file's content. file: its name, for the error only.
    Raises InvalidBank with file, field and reason: broken TOML, an unknown or missing key, a language missing, a slug
    used twice, a question without a right option or with several where one is asked, a fact without a source.

    >>> parse_bank("slug = 'check'")
    Traceback (most recent call last):
    assessments.errors.InvalidBank: check.toml, version: is missing.
    """
    return _refusing(lambda: _read_bank(Fields(parse_toml(text))), file)


def bank_from_document(document: Mapping[str, object], *, file: str = "check.toml") -> Bank:
    """Read back a bank from what `bank_as_document` wrote; as strict as `parse_bank`.

    document: the keys of `check.toml`, in JSON-able values. Raises InvalidBank.

    >>> bank_from_document({"slug": "Check"})
    Traceback (most recent call last):
    assessments.errors.InvalidBank: check.toml, slug: 'Check' is no slug (small letters, digits, single hyphens).
    """
    return _refusing(lambda: _read_bank(Fields(document)), file)


def bank_as_document(bank: Bank) -> dict[str, object]:
    """Write a bank as a JSON-able table with the keys of `check.toml`, in the order of the bank.

    `bank_from_document(bank_as_document(bank)) == bank`, also after a journey through JSON.

    >>> from datetime import date
    >>> origin = Provenance(version="1.0.0", licence="CC0", source="us", reviewed_on=date(2026, 1, 2), reviewed_by="B")
    >>> empty = Bank(slug="check", provenance=origin, title={"en": "Check"}, intro={"en": "Go"}, questions=())
    >>> bank_as_document(empty)["reviewed_on"]
    '2026-01-02'
    """
    return {
        "slug": bank.slug,
        **provenance_as_document(bank.provenance),
        "title": dict(bank.title),
        "intro": dict(bank.intro),
        "questions": [_question_as_document(question) for question in bank.questions],
    }


def _question_as_document(question: Question) -> dict[str, object]:
    return {
        "slug": question.slug,
        "objective": question.objective,
        "lesson": question.lesson,
        "kind": question.kind.value,
        "practice": question.is_practice,
        "sources": list(question.sources),
        "own": question.is_own,
        "stem": dict(question.stem),
        "options": [_option_as_document(option) for option in question.options],
    }


def _option_as_document(option: Option) -> dict[str, object]:
    return {
        "slug": option.slug,
        "correct": option.is_correct,
        "text": dict(option.text),
        "reason": dict(option.reason),
    }


def _refusing(read: Callable[[], Bank], file: str) -> Bank:
    try:
        return read()
    except FieldRefused as error:
        raise InvalidBank(file, error.field, error.reason) from error


def _read_bank(fields: Fields) -> Bank:
    bank = Bank(
        slug=fields.slug("slug"),
        provenance=fields.provenance(),
        title=fields.localized("title"),
        intro=fields.localized("intro"),
        questions=tuple(_read_question(row) for row in fields.tables("questions")),
    )
    fields.finish()
    fields.refuse_twins("questions", (question.slug for question in bank.questions))
    return bank


def _read_question(fields: Fields) -> Question:
    question = Question(
        slug=fields.slug("slug"),
        objective=fields.slug("objective"),
        lesson=fields.slug("lesson"),
        kind=fields.one_of("kind", QuestionKind),
        is_practice=fields.flag("practice"),
        sources=fields.slugs("sources"),
        is_own=fields.flag("own"),
        stem=fields.localized("stem"),
        options=tuple(_read_option(row) for row in fields.tables("options")),
    )
    fields.finish()
    fields.refuse_twins("options", (option.slug for option in question.options))
    _check_key(fields, question)
    if not question.sources and not question.is_own:
        raise fields.refused("sources", "a fact without a source must say own = true")
    return question


def _read_option(fields: Fields) -> Option:
    option = Option(
        slug=fields.slug("slug"),
        is_correct=fields.flag("correct"),
        text=fields.localized("text"),
        reason=fields.localized("reason"),
    )
    fields.finish()
    return option


def _check_key(fields: Fields, question: Question) -> None:
    n_correct = len(question.correct_slugs)
    if len(question.options) <= 1:
        raise fields.refused("options", "a question needs at least two options")
    if n_correct == 0:
        raise fields.refused("options", "no option is right")
    if question.kind is QuestionKind.ONE and n_correct > 1:
        raise fields.refused("options", f"{n_correct} options are right where exactly one must be")

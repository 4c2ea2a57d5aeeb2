"""A bank is read strictly and comes back from its document unchanged."""

import json
from datetime import date

import pytest

from assessments.bank import bank_as_document, bank_from_document, parse_bank
from assessments.errors import InvalidBank, UnknownOption, UnknownQuestion
from assessments.fields import MOST_CHARACTERS
from assessments.items import QuestionKind


def test_bank_reads_every_field(bank_text: str) -> None:
    bank = parse_bank(bank_text)
    question = bank.get_question("redose-wait")
    assert bank.title == {"en": "Check", "es": "Comprobación"}
    assert bank.provenance.reviewed_on is None
    assert question.kind is QuestionKind.ONE
    assert question.lesson == "naloxone"
    assert question.sources == ("narcan-label",)
    assert question.get_option("an-hour").reason["es"] == "Es demasiado."
    assert question.correct_slugs == {"two-minutes"}


def test_bank_parts_practice_from_graded_questions(bank_text: str) -> None:
    bank = parse_bank(bank_text)
    assert [question.slug for question in bank.graded_questions] == ["redose-wait"]
    assert [question.slug for question in bank.practice_questions] == ["signs"]


def test_bank_survives_the_journey_through_json(bank_text: str) -> None:
    reviewed = bank_text.replace('reviewed_on = ""', 'reviewed_on = "2026-10-05"', 1)
    bank = parse_bank(reviewed.replace('reviewed_by = ""', 'reviewed_by = "A. Nurse"', 1))
    assert bank.provenance.reviewed_on == date(2026, 10, 5)
    assert bank_from_document(json.loads(json.dumps(bank_as_document(bank)))) == bank


def test_bank_and_question_say_what_they_do_not_have(bank_text: str) -> None:
    bank = parse_bank(bank_text)
    with pytest.raises(UnknownQuestion, match="'nothing'"):
        bank.get_question("nothing")
    with pytest.raises(UnknownOption, match="'blue-lips'"):
        bank.get_question("redose-wait").get_option("blue-lips")


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        ('slug = "check"', 'slug = "check"\ncolour = "red"', "colour", "unknown key"),
        ('kind = "one"', 'kind = "one"\nhint = "x"', "questions.1.hint", "unknown key"),
        ('kind = "one"', 'kind = "two"', "questions.1.kind", "'two' is none of: one, many"),
        ('kind = "many"', 'kind = "one"', "questions.2.options", "2 options are right where exactly one must be"),
        ('slug = "signs"', 'slug = "redose-wait"', "questions", "the slug 'redose-wait' is used twice"),
        ('slug = "an-hour"', 'slug = "two-minutes"', "questions.1.options", "the slug 'two-minutes' is used twice"),
        ('slug = "an-hour"\ncorrect = false', 'slug = "an-hour"', "questions.1.options.2.correct", "is missing"),
        (
            'slug = "two-minutes"\ncorrect = true',
            'slug = "two-minutes"\ncorrect = false',
            "questions.1.options",
            "no option is right",
        ),
        ("correct = true", 'correct = "yes"', "questions.1.options.1.correct", "must be true or false"),
        (', es = "¿Cuánto espera?"', "", "questions.1.stem.es", "is missing"),
        ('es = "¿Cuánto espera?"', 'es = " "', "questions.1.stem.es", "must not be blank"),
        ('es = "¿Cuánto espera?"', 'es = "¿?", fr = "?"', "questions.1.stem.fr", "unknown key"),
        ('sources = ["narcan-label"]', "sources = []", "questions.1.sources", "a fact without a source must say own"),
        ('["narcan-label"]', '["label", "label"]', "questions.1.sources", "the same entry twice"),
        ('"narcan-label"', '"Narcan label"', "questions.1.sources", "is no slug"),
        ('version = "1.0.0"', 'version = "1"', "version", "'1' is no version"),
        ('reviewed_on = ""', 'reviewed_on = "2026-02-30"', "reviewed_on", "no date"),
        ('reviewed_on = ""', 'reviewed_on = "2026-02-03"', "reviewed_on", "both a date and a name"),
        ('reviewed_on = ""', "reviewed_on = 2026-02-03", "reviewed_on", "must be a text"),
        ('slug = "check"', 'slug = "check', "", "not readable as TOML"),
    ],
)
def test_bank_refuses_a_fault_and_names_its_place(bank_text: str, old: str, new: str, field: str, reason: str) -> None:
    assert old in bank_text
    with pytest.raises(InvalidBank) as caught:
        parse_bank(bank_text.replace(old, new, 1), file="courses/x/check.toml")
    assert caught.value.field == field
    assert reason in caught.value.reason
    assert str(caught.value).startswith("courses/x/check.toml")


def test_bank_refuses_a_question_with_a_single_option(bank_text: str) -> None:
    document = bank_as_document(parse_bank(bank_text))
    questions = document["questions"]
    assert isinstance(questions, list)
    del questions[0]["options"][1]
    with pytest.raises(InvalidBank, match="at least two options"):
        bank_from_document(document)


def test_bank_without_questions_is_refused(bank_text: str) -> None:
    document = {**bank_as_document(parse_bank(bank_text)), "questions": []}
    with pytest.raises(InvalidBank, match="questions: must not be empty"):
        bank_from_document(document)


@pytest.mark.parametrize("questions", [{}, [1], "x", None])
def test_document_of_the_wrong_shape_is_refused(bank_text: str, questions: object) -> None:
    document = {**bank_as_document(parse_bank(bank_text)), "questions": questions}
    with pytest.raises(InvalidBank):
        bank_from_document(document)


def test_text_beyond_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(InvalidBank, match="longer than"):
        parse_bank("#" * (MOST_CHARACTERS + 1))


def test_text_nested_too_deeply_is_refused_in_words() -> None:
    with pytest.raises(InvalidBank, match="nested too deeply"):
        parse_bank("x = " + "[" * 100_000)

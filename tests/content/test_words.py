"""Content speaks of people first, in both languages, and addresses the reader in Spanish as usted.

A word that must stand (a quoted myth, another meaning) is allowed one by one, each with its reason.
"""

import re

import pytest

from tests.content.shelf import glossary, texts

# The table of words to avoid in the project's sheet on stigma, and the phrases it says not to use.
ENGLISH = re.compile(
    r"\b(addict(s|ed|ion)?|junk(ie|y)s?|(drug |ex-)?users?|abus(e|er|ers|ed|ing|ive)|alcoholics?|clean|dirty|habits?|"
    r"drug of choice|relaps(e|es|ed|ing)|replacement|substitution|crutch|non-?complian(t|ce)|"
    r"refus(e|es|ed|ing) (treatment|care|help)|failed treatment|felons?|inmates?|ex-con(vict)?s?|hard to reach|"
    r"war on drugs|illegal aliens?|those people|just say no|free needles|free pass|enabl(e|es|ing)|epidemic)\b",
    re.IGNORECASE,
)
FAMILIAR = re.compile(
    r"\b(tú|tu|tus|ti|contigo|vos|quédate|llámalo|recuerda que|puedes|debes|tienes|eres)\b", re.IGNORECASE
)

ALLOWED = {
    # (where, word): why it may stand there
    ("pages/administrators", "habits"): "habits of the person who runs the site, not of using",
}


def _spanish() -> re.Pattern[str]:
    """What the glossary says to avoid, as whole words; «abstinencia» may stand inside its full term."""
    avoided = {word for term in glossary()["terms"] for word in term["avoid"]}
    words = "|".join(re.escape(word) for word in sorted(avoided, key=len, reverse=True))
    return re.compile(rf"(?<!síndrome de )\b({words})(e?s)?\b", re.IGNORECASE)


def _found(language: str, pattern: re.Pattern[str]) -> set[tuple[str, str]]:
    return {
        (text.place, found[0].lower())
        for text in texts()
        if text.language == language
        for found in pattern.finditer(text.text)
    }


def _is_allowed(place: str, word: str) -> bool:
    return any(place.startswith(allowed) and word == each for allowed, each in ALLOWED)


def test_english_speaks_of_people_first() -> None:
    assert {each for each in _found("en", ENGLISH) if not _is_allowed(*each)} == set()


def test_spanish_speaks_of_people_first() -> None:
    assert {each for each in _found("es", _spanish()) if not _is_allowed(*each)} == set()


def test_spanish_addresses_the_reader_as_usted() -> None:
    assert _found("es", FAMILIAR) == set()


def test_nothing_is_allowed_that_no_longer_stands_there() -> None:
    found = _found("en", ENGLISH) | _found("es", _spanish())
    stale = {
        (place, word)
        for place, word in ALLOWED
        if not any(where.startswith(place) and word == each for where, each in found)
    }
    assert stale == set()


@pytest.mark.parametrize(
    "sentence",
    ["An addict came in.", "Drug users wait.", "He is clean now.", "After a relapse", "She refused treatment."],
)
def test_a_stigmatizing_english_word_is_found(sentence: str) -> None:
    assert ENGLISH.search(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["Un adicto entró.", "Las drogadictas esperan.", "Está limpio.", "Tuvo una recaída.", "Sufre abstinencia."],
)
def test_a_stigmatizing_spanish_word_is_found(sentence: str) -> None:
    assert _spanish().search(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["El síndrome de abstinencia pasa.", "Use la posición lateral.", "Es persona que usa drogas."],
)
def test_the_right_spanish_words_are_left_alone(sentence: str) -> None:
    assert not _spanish().search(sentence)

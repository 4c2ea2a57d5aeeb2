"""Reading ease follows the published formulas, with syllables counted by rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.readability import (
    count_english_syllables,
    count_spanish_syllables,
    fernandez_huerta,
    flesch_kincaid_grade,
    inflesz,
    plain_text,
)

ENGLISH_WORDS = dict(
    word.split(":")
    for word in (
        "breathing:2 being:2 people:2 recovery:4 emergency:4 overdose:3 stays:1 stopped:1 wanted:2 needed:2 used:1 "
        "uses:2 places:2 changes:2 breaths:1 breathes:1 sedatives:3 treatment:2 person:2 naloxone:3 methadone:3 "
        "buprenorphine:4 medicine:3 minutes:2 alert:2 doing:2 going:2 trying:2 ambulance:3 police:2 hospital:3 "
        "situation:4 special:2 patient:2 opioids:3 radio:3 video:3 usually:4 family:3 awake:2 asleep:2 little:2 "
        "called:1 calls:1 helped:1 simple:2 there:1 before:2 care:1 rules:1 nalmefene:3 dies:1 tried:1 fentanyl:3 "
        "xylazine:3 anxious:2 serious:3 reliable:4 theory:3 trial:2 boxes:2 wishes:2 eyes:1 rescue:2 the:1 a:1 hmm:1"
    ).split()
)
SPANISH_WORDS = dict(
    word.split(":")
    for word in (
        "sobredosis:4 naloxona:4 respiración:4 respire:3 día:2 vía:2 ciudad:2 ahora:3 guía:2 que:1 quien:1 agua:2 "
        "pingüino:3 lingüística:4 oír:2 país:2 caída:3 aéreo:4 poeta:3 leer:2 creer:2 bien:1 seis:1 aun:1 aún:2 "
        "ruido:2 viuda:2 construir:2 estudiáis:3 reír:2 sonreía:4 hay:1 muy:1 y:1 o:1 911:1 ayuda:3 llame:2 "
        "emergencia:4 intoxicación:5 quédese:3"
    ).split()
)


@pytest.mark.parametrize(("word", "n"), ENGLISH_WORDS.items())
def test_english_syllables_of_common_words(word: str, n: str) -> None:
    assert count_english_syllables(word) == int(n)


@pytest.mark.parametrize(("word", "n"), SPANISH_WORDS.items())
def test_spanish_syllables_follow_the_spelling(word: str, n: str) -> None:
    assert count_spanish_syllables(word) == int(n)


def test_flesch_kincaid_of_a_sentence_counted_by_hand() -> None:
    # 10 words, 2 sentences, 11 syllables.
    text = "Call for help. Look at the chest for slow breathing."
    assert flesch_kincaid_grade(text) == pytest.approx(0.39 * 10 / 2 + 11.8 * 11 / 10 - 15.59)


def test_spanish_ease_of_a_sentence_counted_by_hand() -> None:
    # 8 words, 2 sentences, 13 syllables.
    text = "Llame al 911. Mire el pecho de la persona."
    assert inflesz(text) == pytest.approx(206.835 - 62.3 * 13 / 8 - 8 / 2)
    assert fernandez_huerta(text) == pytest.approx(206.84 - 60 * 13 / 8 - 1.02 * 8 / 2)


def test_long_words_and_long_sentences_are_harder() -> None:
    easy = "Look at the chest. Count each breath."
    hard = "Systematically evaluate respiratory characteristics, notwithstanding organizational considerations."
    assert flesch_kincaid_grade(easy) < flesch_kincaid_grade(hard)  # type: ignore[operator]
    assert inflesz("Mire el pecho. Cuente.") > inflesz("Evalúe sistemáticamente la característica respiratoria.")  # type: ignore[operator]


@pytest.mark.parametrize("text", ["", "911", "... !?"])
def test_a_text_without_words_has_no_ease(text: str) -> None:
    assert flesch_kincaid_grade(text) is None
    assert inflesz(text) is None
    assert fernandez_huerta(text) is None


def test_decimal_points_do_not_end_a_sentence() -> None:
    assert flesch_kincaid_grade("Give 2.5 of it now") == flesch_kincaid_grade("Give of it now")


def test_marks_are_no_words() -> None:
    markdown = (
        "## Wait\n\nLook at the **clock**. [@label] Then\nbreathe. [own]\n\n"
        '!!! say "Words"\n    I am [here](/help/x).\n\n- one\n- two\n\n| a | b |\n|---|---|\n| c | d |'
    )
    assert plain_text(markdown).split() == (
        "Wait Look at the clock. Then breathe. Words I am here. one two a b c d".split()
    )


def test_a_list_item_ends_a_sentence_and_a_broken_line_does_not() -> None:
    assert plain_text("- one\n- two") == "one\ntwo"
    assert plain_text("one\ntwo") == "one two"


def test_a_local_fact_counts_as_one_short_word() -> None:
    assert plain_text("Call {{fact:poison-line}}.") == "Call no."


@given(st.text(max_size=200))
def test_any_text_can_be_measured(text: str) -> None:
    plain = plain_text(text)
    assert (flesch_kincaid_grade(plain) is None) == (inflesz(plain) is None)

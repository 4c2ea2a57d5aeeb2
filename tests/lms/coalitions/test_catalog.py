from lms.coalitions.catalog import DEFAULT_FACTS, default_facts
from lms.coalitions.models import FactKey
from lms.markers import FACT_KEYS


def test_every_blank_has_a_phrase_in_both_languages():
    assert set(DEFAULT_FACTS) == {key.value for key in FactKey} == set(FACT_KEYS)
    assert all(set(texts) == {"en", "es"} and all(texts.values()) for texts in DEFAULT_FACTS.values())


def test_a_phrase_leaves_the_full_stop_to_its_sentence():
    assert not [key for key, texts in DEFAULT_FACTS.items() for text in texts.values() if text.endswith(".")]


def test_no_number_is_given_for_a_line_nobody_verified():
    assert not any(letter.isdigit() for text in DEFAULT_FACTS["never-use-alone-line"].values() for letter in text)


def test_an_unknown_language_reads_english():
    assert default_facts("fr") == default_facts("en")

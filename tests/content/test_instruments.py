"""Every instrument says what it must: complete, cited, linked, easy to read in both languages, honest about itself."""

from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from assessments.items import LANGUAGES
from lms.readability import flesch_kincaid_grade, inflesz
from readiness.fields import LANGUAGES as INSTRUMENT_LANGUAGES
from readiness.instruments import ActionKind, Instrument, Item, Mode, instrument_as_document, instrument_from_document
from tests.content.shelf import CONTENT, courses, instruments, sources

HARDEST_GRADE = 8
LOWEST_EASE = 55
LONGEST_STATEMENT = 25

# From the project's sheet on readiness, section A: the areas, what each asks about, and the critical items.
MOUD_AREAS = {
    "find": ("universal-screening", "outreach-after-referral", "first-contact", "family-entry", "local-data"),
    "start": ("same-day-start", "no-preconditions", "medication-choice", "after-hours", "fentanyl-plan"),
    "stay": ("flexible-dosing", "return-to-use", "missed-visit-recall", "support-offered", "long-acting"),
    "connect": ("jail-handoff", "emergency-handoff", "treatment-program-link", "pharmacy-stock", "pregnancy-care"),
    "protect": ("naloxone-in-hand", "safer-use", "overdose-plan", "contact-after-overdose", "infection-care"),
    "lead": ("senior-owner", "written-policy", "financing", "lived-experience", "partner-agreements"),
    "equip": ("prescriber-cover", "nurse-and-peer-roles", "training-coverage", "respectful-language", "staff-care"),
    "learn": ("cascade-numbers", "fair-results", "monthly-test", "feedback", "spread"),
}
MOUD_CRITICAL = {"same-day-start", "no-preconditions", "return-to-use", "naloxone-in-hand", "overdose-plan"}

# A published questionnaire keeps its name and its items; ours is only about the same things.
NAMES_OF_OTHERS = ("ORIC", "TCU", "ORC", "IMAT", "ARTIC", "TICOMETER", "DDCAT", "RDS")


@pytest.fixture(params=instruments(), ids=lambda instrument: instrument.slug)
def instrument(request: pytest.FixtureRequest) -> Instrument:
    found: Instrument = request.param
    return found


@pytest.fixture
def moud() -> Instrument:
    return next(each for each in instruments() if each.slug == "moud-readiness")


def _texts_of(item: Item) -> tuple[Mapping[str, str], ...]:
    more = (text for text in (item.evidence, item.examples) if text is not None)
    return (item.text, *item.anchors.values(), *more)


def _all_texts(instrument: Instrument) -> Iterator[tuple[str, Mapping[str, str]]]:
    for name in ("title", "summary", "promise", "method"):
        yield name, getattr(instrument, name)
    for area in instrument.areas:
        yield f"{area.key} purpose", area.purpose
        for item in area.items:
            yield from ((f"{item.key} {number}", text) for number, text in enumerate(_texts_of(item)))


def _joined(texts: tuple[Mapping[str, str], ...], language: str) -> str:
    return "\n".join(text[language] for text in texts)


def test_the_file_of_an_instrument_bears_its_slug(instrument: Instrument) -> None:
    assert (CONTENT / "instruments" / f"{instrument.slug}.toml").is_file()


def test_instruments_speak_the_languages_of_the_site() -> None:
    assert INSTRUMENT_LANGUAGES == LANGUAGES


def test_an_instrument_comes_back_from_its_document(instrument: Instrument) -> None:
    assert instrument_from_document(instrument_as_document(instrument)) == instrument


def test_the_moud_instrument_has_eight_areas_of_five_in_their_order(moud: Instrument) -> None:
    assert {area.key: tuple(item.key for item in area.items) for area in moud.areas} == MOUD_AREAS
    assert list(MOUD_AREAS) == [area.key for area in moud.areas]
    assert moud.n_items == 40
    assert moud.mode is Mode.CONSENSUS


def test_the_moud_instrument_marks_the_critical_items(moud: Instrument) -> None:
    assert {item.key for item in moud.critical_items} == MOUD_CRITICAL


def test_critical_items_weigh_most(instrument: Instrument) -> None:
    assert all(item.weight == 3 and item.reach == 3 for item in instrument.critical_items)


def test_courses_that_an_item_names_exist(instrument: Instrument) -> None:
    named = {item.course_slug for item in instrument.items if item.course_slug is not None}
    assert named <= {course.slug for course in courses()}


def test_every_source_of_an_instrument_is_known(instrument: Instrument) -> None:
    assert set(instrument.sources) <= set(sources())


def test_every_topic_helps_some_item(instrument: Instrument) -> None:
    assert set(instrument.topics) == {item.topic for item in instrument.items}


def test_a_cycle_starts_with_something_to_count(instrument: Instrument) -> None:
    without = {item.key for item in instrument.items if item.action is ActionKind.CYCLE and item.measure is None}
    assert without <= {"monthly-test"}


def test_no_two_items_look_alike(instrument: Instrument) -> None:
    for language in LANGUAGES:
        for texts in ([item.name for item in instrument.items], [item.text for item in instrument.items]):
            twice = [text for text, n in Counter(text[language].lower() for text in texts).items() if n > 1]
            assert twice == []


def test_anchors_of_an_item_differ(instrument: Instrument) -> None:
    for item in instrument.items:
        for language in LANGUAGES:
            assert len({text[language] for text in item.anchors.values()}) == len(item.anchors), item.key


def test_statements_are_one_short_sentence(instrument: Instrument) -> None:
    long = {
        item.key: n
        for item in instrument.items
        for language in LANGUAGES
        if (n := len(item.text[language].split())) > LONGEST_STATEMENT
    }
    assert long == {}


def test_names_fit_a_heading_on_a_phone(instrument: Instrument) -> None:
    assert {item.key for item in instrument.items for text in item.name.values() if len(text) > 60} == set()


def test_items_read_easily_in_english(instrument: Instrument) -> None:
    grades = {item.key: flesch_kincaid_grade(_joined(_texts_of(item), "en")) for item in instrument.items}
    assert {key: grade for key, grade in grades.items() if grade is None or grade > HARDEST_GRADE} == {}


def test_items_read_easily_in_spanish(instrument: Instrument) -> None:
    ease = {item.key: inflesz(_joined(_texts_of(item), "es")) for item in instrument.items}
    assert {key: each for key, each in ease.items() if each is None or each < LOWEST_EASE} == {}


def test_the_first_page_reads_easily(instrument: Instrument) -> None:
    for text in (instrument.summary, instrument.promise, instrument.method):
        grade, ease = flesch_kincaid_grade(text["en"]), inflesz(text["es"])
        assert grade is not None
        assert grade <= HARDEST_GRADE
        assert ease is not None
        assert ease >= LOWEST_EASE


def test_both_languages_are_about_as_long(instrument: Instrument) -> None:
    # Spanish needs about a sixth more; a text twice as long says more, or less, than the other.
    uneven = {
        place: (n_english, n_spanish)
        for place, text in _all_texts(instrument)
        if (n_english := len(text["en"])) and (n_spanish := len(text["es"])) and n_english > 40
        if not 0.7 <= n_spanish / n_english <= 1.7
    }
    assert uneven == {}


def test_an_instrument_says_that_it_is_new(instrument: Instrument) -> None:
    assert "new" in instrument.method["en"]
    assert "nuevas" in instrument.method["es"]
    assert "reliability is being collected" in instrument.provenance.source
    assert instrument.provenance.licence == "CC BY 4.0"
    assert instrument.provenance.reviewed_on is None


def test_a_named_record_says_so_on_its_first_page(moud: Instrument) -> None:
    assert "not anonymous" in moud.promise["en"]
    assert "No es anónimo" in moud.promise["es"]


def test_no_name_of_another_questionnaire_is_used(instrument: Instrument) -> None:
    words = {
        word.strip(".,:;()«»\"'") for _, text in _all_texts(instrument) for word in " ".join(text.values()).split()
    }
    assert words & set(NAMES_OF_OTHERS) == set()

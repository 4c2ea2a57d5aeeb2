"""Every instrument says what it must: complete, cited, linked, easy to read in both languages, honest about itself."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from assessments.items import LANGUAGES
from lms.playbooks.catalog import read_templates
from lms.readability import flesch_kincaid_grade, inflesz
from lms.readiness.services.publishing import check_instruments
from readiness.fields import LANGUAGES as INSTRUMENT_LANGUAGES
from readiness.instruments import (
    MOST_STAFF_ITEMS,
    ActionKind,
    AnswerKind,
    Area,
    Instrument,
    Item,
    Mode,
    PlatformFact,
    instrument_as_document,
    instrument_from_document,
    parse_instrument,
)
from tests.content.shelf import CONTENT, courses, instruments, sources, texts

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

# The same sheet, sections B to E: what each item is about, area by area, in its order.
CHANGE_AREAS = {
    "change-commitment": ("resolve", "priority", "shared-ownership", "effort", "leaders-and-staff-aligned"),
    "change-efficacy": ("know-how", "coordination", "time-and-resources", "setbacks", "keeping-it-going"),
}
TRAUMA_AREAS = {
    "safe-contact": ("private-space", "permission", "screening", "de-escalation"),
    "trust": ("transparency", "no-surprises", "trustworthiness", "feedback"),
    "voice": ("choice", "right-to-decline", "peer-support", "shared-power"),
    "care-for-staff": ("workload", "supervision", "support-after-events", "no-forced-debriefing"),
    "policy-and-culture": (
        "policy",
        "leadership-and-financing",
        "cross-sector-collaboration",
        "cultural-responsiveness",
    ),
}
OVERDOSE_AREAS = {
    "supplies": ("unexpired-doses", "location-known", "rescue-breathing-device", "restock-owner"),
    "people": ("each-shift-covered", "trained-share", "last-drill-date", "recognition-with-sedatives"),
    "place": ("bathrooms-and-private-rooms", "signage", "outdoor-work"),
    "protocol": ("response-steps", "calling-emergency-services", "legal-protection-known"),
    "after": ("hand-off", "contact-within-72-hours", "staff-debrief", "incident-learning"),
}
LEADERSHIP_AREAS = {
    "emergency-cover": ("emergency-plan", "life-safety-work", "backups", "rehearsal"),
    "knowledge-and-access": ("owned-playbooks", "reviewed-pages", "access", "recurring-tasks"),
    "shared-leadership": ("rotation", "cycles-by-several", "mentoring", "lived-experience-leadership"),
    "governance": ("charter", "signing-authority", "funding-cliff", "partner-ties"),
}
AREAS: dict[str, Mapping[str, tuple[str, ...]]] = {
    "change-readiness": CHANGE_AREAS,
    "trauma-informed": TRAUMA_AREAS,
    "overdose-preparedness": OVERDOSE_AREAS,
    "leadership-continuity": LEADERSHIP_AREAS,
}
MODES = {
    "moud-readiness": Mode.CONSENSUS,
    "change-readiness": Mode.STAFF,
    "trauma-informed": Mode.STAFF,
    "staff-survey": Mode.STAFF,
    "overdose-preparedness": Mode.SITE_FACTS,
    "leadership-continuity": Mode.LEADER,
}
# Without one of these, a person can die while everything else is in order.
CRITICAL = {
    "moud-readiness": MOUD_CRITICAL,
    "overdose-preparedness": {"naloxone-in-date", "each-shift-covered", "written-steps", "calling-911"},
    "leadership-continuity": {"what-must-not-stop"},
}
# The four lines that staff are promised before the first item, each by its hardest words.
STAFF_PROMISE = {
    "en": ("see the same report", "under 5 are never shown", "Nobody can look up your answers", "without your role"),
    "es": ("ven el mismo informe", "menos de 5 personas no se muestran", "Nadie puede buscar", "sin su función"),
}
READERS = {
    "en": ("your leads", "coordinators", "experts who serve you", "administrators", "only if a lead shares it"),
    "es": ("coordinan la coalición", "personas expertas", "administran el sitio", "solo si un"),
}
# What must not be asked for or taught, from the sheets' lists of what not to say; a negation is not understood.
NOT_TO_SAY = re.compile(
    r"until (they|the person) wakes?|wait to see|calm down|resistant|irreplaceable|hazmat|hasta que despierte|cálmese",
    re.IGNORECASE,
)

# A published questionnaire keeps its name and its items; ours is only about the same things.
NAMES_OF_OTHERS = ("ORIC", "TCU", "ORC", "IMAT", "ARTIC", "TICOMETER", "DDCAT", "RDS")


@pytest.fixture(params=instruments(), ids=lambda instrument: instrument.slug)
def instrument(request: pytest.FixtureRequest) -> Instrument:
    found: Instrument = request.param
    return found


def the(slug: str) -> Instrument:
    return next(each for each in instruments() if each.slug == slug)


@pytest.fixture
def moud() -> Instrument:
    return the("moud-readiness")


def _reversed(items: tuple[Item, ...]) -> list[Item]:
    return [item for item in items if item.is_reversed]


def _short(area: Area) -> tuple[Item, ...]:
    return tuple(item for item in area.items if item.in_short_form)


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


def test_there_is_an_instrument_for_everybody_who_answers() -> None:
    assert {each.slug: each.mode for each in instruments()} == MODES


def test_everything_on_the_shelf_could_be_published() -> None:
    assert list(check_instruments(CONTENT)) == []


@pytest.mark.parametrize("slug", AREAS)
def test_an_instrument_asks_about_what_the_sheet_says_in_its_order(slug: str) -> None:
    areas = {area.key: tuple(item.construct for item in area.items) for area in the(slug).areas}
    assert areas == AREAS[slug]
    assert list(areas) == list(AREAS[slug])


def test_instruments_have_as_many_items_as_the_sheet_says() -> None:
    sizes = {each.slug: [len(area.items) for area in each.areas] for each in instruments()}
    assert sizes == {
        "moud-readiness": [5] * 8,
        "change-readiness": [5, 5],
        "trauma-informed": [4] * 5,
        "staff-survey": [5, 5, 2, 2, 2, 2, 2],
        "overdose-preparedness": [4, 4, 3, 3, 4],
        "leadership-continuity": [4] * 4,
    }


def test_the_example_of_the_documentation_reads() -> None:
    page = (CONTENT.parent / "docs" / "instruments.md").read_text(encoding="utf-8")
    example = parse_instrument(re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0])
    assert set(example.sources) <= set(sources())
    assert {item.course_slug for item in example.items} <= {course.slug for course in courses()}


def test_the_documentation_names_every_word_that_a_file_may_choose() -> None:
    page = (CONTENT.parent / "docs" / "instruments.md").read_text(encoding="utf-8")
    words = [each.value for kind in (Mode, ActionKind, PlatformFact) for each in kind]
    words += [each.value for each in AnswerKind if each is not AnswerKind.RATING]
    assert [word for word in words if f"`{word}`" not in page] == []


def test_only_what_a_life_hangs_on_is_critical(instrument: Instrument) -> None:
    assert {item.key for item in instrument.critical_items} == CRITICAL.get(instrument.slug, set())


def test_a_change_is_named_only_where_items_ask_about_one() -> None:
    about = {each.slug: [area.key for area in each.areas if area.is_about_change] for each in instruments()}
    assert {slug: keys for slug, keys in about.items() if keys} == {
        "change-readiness": list(CHANGE_AREAS),
        "staff-survey": list(CHANGE_AREAS),
    }
    for area in the("change-readiness").areas:
        for item in area.items:
            assert "this change" in item.text["en"].lower(), item.key
            assert "este cambio" in item.text["es"].lower(), item.key


# ---------------------------------------------------------------- staff


@pytest.fixture(params=[each for each in instruments() if each.mode is Mode.STAFF], ids=lambda each: each.slug)
def staff_instrument(request: pytest.FixtureRequest) -> Instrument:
    found: Instrument = request.param
    return found


def test_staff_answer_in_six_minutes(staff_instrument: Instrument) -> None:
    assert staff_instrument.n_items <= MOST_STAFF_ITEMS
    assert staff_instrument.minutes <= 6


def test_all_staff_items_share_one_row_of_labels(staff_instrument: Instrument) -> None:
    assert staff_instrument.labels == the("staff-survey").labels
    for language in LANGUAGES:
        assert len({label[language] for label in staff_instrument.labels.values()}) == 5


def test_some_staff_items_are_turned_round_and_not_too_many(staff_instrument: Instrument) -> None:
    n_reversed, n_items = len(_reversed(staff_instrument.items)), staff_instrument.n_items
    assert 10 * n_items <= 100 * n_reversed <= 20 * n_items


def test_no_area_is_turned_round_as_a_whole(staff_instrument: Instrument) -> None:
    assert all(len(_reversed(area.items)) <= len(area.items) / 2 for area in staff_instrument.areas)


def test_an_item_that_is_turned_round_is_named_for_what_to_reach(staff_instrument: Instrument) -> None:
    for item in staff_instrument.items:
        assert item.aim == (item.name if item.is_reversed else item.text)


def test_staff_are_not_asked_for_evidence(staff_instrument: Instrument) -> None:
    assert [item.key for item in staff_instrument.items if item.evidence is not None] == []


def test_staff_are_promised_four_things(staff_instrument: Instrument) -> None:
    for language, words in STAFF_PROMISE.items():
        lines = staff_instrument.promise[language].split("\n")
        assert len(lines) == 4
        assert [word for word, line in zip(words, lines, strict=True) if word not in line] == []


def test_the_short_form_keeps_every_area() -> None:
    short = {area.key: _short(area) for area in the("trauma-informed").areas}
    assert {key: len(items) for key, items in short.items()} == dict.fromkeys(TRAUMA_AREAS, 2)
    assert len(_reversed(tuple(item for items in short.values() for item in items))) in {1, 2}


def test_the_staff_survey_is_the_change_and_the_short_form() -> None:
    whole, survey = [*the("change-readiness").areas, *the("trauma-informed").areas], the("staff-survey")
    assert [area.key for area in survey.areas] == [area.key for area in whole]
    asked = [item for area in whole for item in (area.items if area.is_about_change else _short(area))]
    assert list(survey.items) == asked
    assert len(asked) == 20
    assert survey.minutes == 6


# ---------------------------------------------------------------- facts and leaders


def test_facts_are_asked_in_the_way_they_are_known() -> None:
    kinds = {item.construct: item.answer for item in the("overdose-preparedness").items}
    assert {key for key, kind in kinds.items() if kind is AnswerKind.DATE} == {"last-drill-date"}
    assert {key for key, kind in kinds.items() if kind is AnswerKind.SHARE} == {"trained-share"}
    assert Counter(kinds.values())[AnswerKind.YES_PARTLY_NO] == 16


def test_every_fact_says_what_counts_as_partly_and_where_to_look() -> None:
    for item in the("overdose-preparedness").items:
        assert item.evidence is not None, item.key
        if item.answer is AnswerKind.YES_PARTLY_NO:
            assert item.examples is not None, item.key
            assert "Partly:" in item.examples["en"], item.key
            assert "En parte:" in item.examples["es"], item.key


def test_four_practices_of_leaders_are_filled_by_this_site() -> None:
    filled = {item.construct: item.filled_from for item in the("leadership-continuity").items if item.filled_from}
    assert filled == {
        "backups": PlatformFact.ROLES_WITH_DEPUTY,
        "owned-playbooks": PlatformFact.OWNED_PLAYBOOKS,
        "reviewed-pages": PlatformFact.REVIEWED_PAGES,
        "cycles-by-several": PlatformFact.CYCLES_BY_SEVERAL,
    }


def test_leaders_are_told_what_never_to_write() -> None:
    promise = the("leadership-continuity").promise
    assert "Never write a password" in promise["en"]
    assert "Nunca escriba una contraseña" in promise["es"]


# ---------------------------------------------------------------- what the sheets say about care


def _in_the_course(words: str) -> set[str]:
    return {each.language for each in texts() if each.place.startswith("courses/overdose") and words in each.text}


def test_the_overdose_steps_agree_with_the_course() -> None:
    steps = the("overdose-preparedness").get_item("written-steps")
    assert steps.examples is not None
    assert steps.evidence is not None
    assert {*_in_the_course("2 to 3 minutes"), *_in_the_course("de 2 a 3 minutos")} == set(LANGUAGES)
    order = ("wake", "Call 911", "naloxone", "Give breaths", "2 to 3 minutes", "one more dose", "on their side", "Stay")
    places = [steps.examples["en"].find(step) for step in order]
    assert -1 not in places
    assert places == sorted(places)
    assert "no breathing, or only gasps, and no clear sign of life" in steps.evidence["en"]
    assert "de 2 a 3 minutos" in steps.examples["es"]
    assert "no respira o solo da boqueadas, y no muestra señales claras de vida" in steps.evidence["es"]


def test_the_hours_after_an_overdose_agree_with_the_course() -> None:
    overdose = the("overdose-preparedness")
    contact, hand_off = overdose.get_item("contact-in-72-hours"), overdose.get_item("hand-off")
    assert hand_off.examples is not None
    for language, watch in (("en", "at least 4 hours"), ("es", "al menos 4 horas")):
        assert "72" in contact.text[language]
        assert watch in hand_off.examples[language]
        assert language in _in_the_course(watch)


def test_nobody_is_made_to_talk_after_an_event() -> None:
    debrief = the("overdose-preparedness").get_item("staff-debrief")
    assert debrief.examples is not None
    assert "No one has to talk" in debrief.examples["en"]
    assert "Nadie tiene que hablar" in debrief.examples["es"]
    assert "choose whether" in the("trauma-informed").get_item("free-to-talk").text["en"]


def test_nothing_is_said_that_the_sheets_warn_of(instrument: Instrument) -> None:
    found = [place for place, text in _all_texts(instrument) for each in text.values() if NOT_TO_SAY.search(each)]
    assert found == []


# ---------------------------------------------------------------- links between things


def test_playbooks_that_an_item_names_exist(instrument: Instrument) -> None:
    named = {item.playbook_slug for item in instrument.items if item.playbook_slug is not None}
    assert named <= {template.slug for template in read_templates(CONTENT / "playbooks")}


def test_only_what_a_playbook_helps_names_one(instrument: Instrument) -> None:
    named = [item for item in instrument.items if item.playbook_slug is not None]
    assert [item.key for item in named if item.action is not ActionKind.PLAYBOOK] == []


def test_a_topic_has_the_same_name_everywhere() -> None:
    names: dict[str, set[tuple[str, ...]]] = {}
    for each in instruments():
        for topic, text in each.topics.items():
            names.setdefault(topic, set()).add(tuple(text.values()))
    assert {topic: found for topic, found in names.items() if len(found) > 1} == {}


def test_no_two_instruments_share_an_item_but_those_put_together() -> None:
    keys = Counter(item.key for each in instruments() if each.slug != "staff-survey" for item in each.items)
    assert [key for key, n in keys.items() if n > 1] == []


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
        for said in ([item.name for item in instrument.items], [item.text for item in instrument.items]):
            twice = [text for text, n in Counter(text[language].lower() for text in said).items() if n > 1]
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


def test_a_named_record_says_so_on_its_first_page_and_who_reads_it() -> None:
    for each in instruments():
        if each.mode is not Mode.STAFF:
            assert "not anonymous" in each.promise["en"], each.slug
            assert "No es anónimo" in each.promise["es"], each.slug
            for language, readers in READERS.items():
                assert [who for who in readers if who not in each.promise[language]] == [], each.slug


def test_no_name_of_another_questionnaire_is_used(instrument: Instrument) -> None:
    words = {
        word.strip(".,:;()«»\"'") for _, text in _all_texts(instrument) for word in " ".join(text.values()).split()
    }
    assert words & set(NAMES_OF_OTHERS) == set()

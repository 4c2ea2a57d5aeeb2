"""Our instruments in open formats and back, whole; instruments from elsewhere with what does not fit; answers."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire as JudgedQuestionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse as JudgedResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.formats import fhir, instrument_fhir, instrument_redcap, redcap, response_fhir, tables
from readiness.formats.drafts import (
    GapKind,
    as_instrument,
    document_of,
    draft_of,
    free_key,
    gaps_of,
    items_of,
    new_draft,
)
from readiness.formats.errors import Flaw, FormatRefused
from readiness.formats.fhir_types import Status
from readiness.formats.fitting import Reason, clean_text
from readiness.formats.tables import Answered, Record, Wrong
from readiness.instruments import (
    AnswerKind,
    Instrument,
    Mode,
    instrument_as_document,
    instrument_from_document,
    parse_instrument,
)
from readiness.scoring import AnswerState
from tests.house.sources import ROOT
from tests.readiness.test_formats_fhir import judge

URL = "https://site.example/readiness/instruments/x"
FOLDER: Path = ROOT / "content" / "instruments"
SHIPPED = [
    parse_instrument(path.read_text("utf-8"))
    for path in sorted(FOLDER.glob("*.toml"))
    if "[[parts]]" not in path.read_text("utf-8")
]
LIKERT = [{"valueCoding": {"code": str(n), "display": f"Step {n}"}} for n in range(5)]

LINES = st.lists(
    st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="<>|"), min_size=1, max_size=6),
    min_size=1,
    max_size=3,
).map(" ".join)
BOTH = st.fixed_dictionaries({"en": LINES, "es": LINES})
SLUGS = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,6})?", fullmatch=True)
WEIGHTS = st.integers(1, 3)


@st.composite
def items(draw, mode, key, topics):
    """Return an item's document, with whatever an item of the mode may have."""
    action = draw(st.sampled_from(["course", "assistance", "cycle", "playbook", "conversation"]))
    item = {
        "key": key,
        "construct": draw(SLUGS),
        "critical": draw(st.booleans()),
        "weight": draw(WEIGHTS),
        "reach": draw(WEIGHTS),
        "effort": draw(WEIGHTS),
        "topic": draw(st.sampled_from(topics)),
        "action": action,
        "name": draw(BOTH),
        "text": draw(BOTH),
    }
    if mode in {Mode.CONSENSUS, Mode.LEADER}:
        item |= {"anchors": {value: draw(BOTH.filter(has_words)) for value in ("1", "3", "5")}, "evidence": draw(BOTH)}
    optional = {"course": SLUGS, "playbook": SLUGS, "examples": BOTH}
    optional["measure"] = st.fixed_dictionaries({"name": BOTH, "numerator": BOTH, "denominator": BOTH})
    for name, strategy in optional.items():
        if (name == "course" and action == "course") or draw(st.booleans()):
            item[name] = draw(strategy)
    if mode is Mode.STAFF:
        item |= {name: True for name in ("reversed", "short") if draw(st.booleans())}
    if mode is Mode.SITE_FACTS:
        item["answer"] = draw(st.sampled_from(["yes-partly-no", "date", "share"]))
    if mode is Mode.LEADER and draw(st.booleans()):
        item["filled_from"] = "owned-playbooks"
    return item


def has_words(text):
    """A bare number as an anchor says nothing that the scale does not say, and is not kept."""
    return not any(each.isdigit() for each in text.values())


@st.composite
def instruments(draw):
    mode = draw(st.sampled_from(Mode))
    topics = draw(st.lists(SLUGS, min_size=1, max_size=3, unique=True))
    keys = draw(st.lists(SLUGS, min_size=1, max_size=5, unique=True))
    areas = []
    while keys:
        inside = [draw(items(mode, keys.pop(), topics)) for _n in range(draw(st.integers(1, len(keys))))]
        area = {
            "key": f"area-{len(areas)}",
            "name": draw(BOTH),
            "purpose": draw(BOTH),
            "weight": draw(WEIGHTS),
            "items": inside,
        }
        areas.append(area | ({"about_change": True} if draw(st.booleans()) else {}))
    document = new_draft(mode) | {
        "slug": "made-up",
        "licence": draw(LINES),
        "source": draw(LINES),
        "title": draw(BOTH),
        "summary": draw(BOTH),
        "minutes": draw(st.integers(1, 240)),
        "sources": draw(st.lists(SLUGS, max_size=2, unique=True)),
        "topics": {slug: draw(BOTH) for slug in topics},
        "areas": areas,
    }
    if mode is Mode.STAFF:
        document["labels"] = {str(value): draw(BOTH.filter(has_words)) for value in range(1, 6)}
    return instrument_from_document(document)


def whole(document):
    """Return what of a document both ways must keep: all but which version it is and who reviewed it."""
    return {
        name: value for name, value in document.items() if name not in {"slug", "version", "reviewed_on", "reviewed_by"}
    }


def through_redcap(instrument: Instrument, language="en"):
    rows = redcap.write_dictionary(instrument_redcap.fields_from(instrument, language))
    return instrument_redcap.instrument_from(redcap.read_dictionary(rows), instrument.mode, language)


def through_fhir(instrument: Instrument):
    questionnaire = instrument_fhir.questionnaire_from(
        instrument, url=URL, status=Status.ACTIVE, published_on=date(2026, 10, 1)
    )
    resource = json.loads(json.dumps(fhir.write_questionnaire(questionnaire)))
    read = fhir.read_questionnaire(resource)
    assert read.questionnaire == questionnaire
    assert instrument_fhir.mode_in(read) is instrument.mode
    return instrument_fhir.instrument_from(read, instrument.mode), resource


@pytest.mark.parametrize("instrument", SHIPPED, ids=lambda each: each.slug)
def test_the_shipped_instruments_come_back_whole_and_their_questionnaires_are_valid(instrument):
    for fitted in (through_redcap(instrument), through_redcap(instrument, "es"), through_fhir(instrument)[0]):
        assert fitted.dropped == ()
        assert whole(document_of(fitted.draft)) == whole(instrument_as_document(instrument))
        assert gaps_of(fitted.draft) == ()
    judge(JudgedQuestionnaire, through_fhir(instrument)[1])


@settings(max_examples=40)
@given(instruments())
def test_any_instrument_comes_back_whole(instrument):
    for fitted in (through_redcap(instrument), through_fhir(instrument)[0]):
        assert fitted.dropped == ()
        assert whole(document_of(fitted.draft)) == whole(instrument_as_document(instrument))
        draft = fitted.draft | {"slug": instrument.slug, "version": instrument.version}
        assert as_instrument(draft) == instrument


@settings(max_examples=30)
@given(instruments())
def test_a_draft_is_its_document_again(instrument):
    document = instrument_as_document(instrument)
    draft = draft_of(document)
    assert document_of(draft) == document
    for item in items_of(draft):
        item["text"]["es"] = ""
    gaps = gaps_of(draft)
    assert {gap.kind for gap in gaps} == {GapKind.NO_SPANISH}
    assert {gap.field for gap in gaps} == {"text-es"}
    assert document == instrument_as_document(instrument), "the document itself is untouched"


# ---------------------------------------------------------------- from elsewhere

HEAD = [
    "field_name",
    "section_header",
    "field_type",
    "field_label",
    "select_choices_or_calculations",
    "branching_logic",
    "required_field",
    "field_note",
    "text_validation_type_or_show_slider_number",
]


def dictionary(*rows):
    padded = [list(row) + [""] * (len(HEAD) - len(row)) for row in rows]
    return redcap.read_dictionary([HEAD, *padded])


AGREE = "5, Always | 4, Often | 3, Sometimes | 2, Seldom | 1, Never | 99, Not applicable"


def test_a_dictionary_from_elsewhere_says_field_by_field_what_does_not_fit():
    read = dictionary(
        ["hello", "", "descriptive", "Welcome"],
        ["greet", "First <b>contact</b>", "radio", "<p>We greet people.</p>", AGREE, "[x] = '1'", "y", "Think"],
        ["three", "", "radio", "Three steps", "1, a | 2, b | 3, c"],
        ["boxes", "", "checkbox", "Boxes", "1, a | 2, b"],
        ["total", "", "calc", "Sum", "[greet]+1"],
        ["zero_based", "", "dropdown", "From zero", "0, Never | 1, Seldom | 2, Sometimes | 3, Often | 4, Always"],
    )
    fitted = instrument_redcap.instrument_from(read, Mode.CONSENSUS)
    assert [item["key"] for item in items_of(fitted.draft)] == ["greet", "zero-based"]
    greet = next(items_of(fitted.draft))
    assert greet["text"]["en"] == "We greet people."
    assert [text["en"] for text in greet["anchors"].values()] == ["Never", "Sometimes", "Always"]
    assert [area["name"]["en"] for area in fitted.draft["areas"]] == ["First contact"]
    reasons = {}
    for each in fitted.dropped:
        reasons.setdefault(each.where, set()).add(each.reason)
    assert reasons == {
        "hello": {Reason.NOT_A_RATING},
        "greet": {
            Reason.BRANCHING,
            Reason.REQUIRED,
            Reason.NOTE,
            Reason.MARKUP,
            Reason.OTHER_ANSWERS,
            Reason.MIDDLE_LABELS,
            Reason.NAME_MADE,
        },
        "three": {Reason.NOT_FIVE_STEPS},
        "boxes": {Reason.NOT_A_RATING},
        "total": {Reason.NOT_A_RATING},
        "zero_based": {Reason.RECODED, Reason.MIDDLE_LABELS, Reason.NAME_MADE},
    }


def test_staff_answers_share_their_labels_and_others_are_left_out():
    five = "1, Bad | 2, Poor | 3, Fair | 4, Good | 5, Great"
    read = dictionary(
        ["a", "", "radio", "A", five],
        ["b", "", "radio", "B", five.replace("Great", "Best")],
        ["c", "", "radio", "C", five],
    )
    fitted = instrument_redcap.instrument_from(read, Mode.STAFF, "es")
    assert [item["key"] for item in items_of(fitted.draft)] == ["a", "c"]
    assert fitted.draft["labels"]["5"] == {"en": "", "es": "Great"}
    assert ("b", Reason.OTHER_LABELS) in {(each.where, each.reason) for each in fitted.dropped}


def test_facts_take_yes_and_no_dates_and_percent():
    read = dictionary(
        ["a", "", "yesno", "Is there one?"],
        ["b", "", "radio", "Is there one?", "1, Yes | 2, Partly | 3, No"],
        ["c", "", "text", "When?", "", "", "", "", "date_mdy"],
        ["d", "", "slider", "How many percent?"],
        ["e", "", "text", "Who?"],
    )
    fitted = instrument_redcap.instrument_from(read, Mode.SITE_FACTS)
    kinds = {item["key"]: item["answer"] for item in items_of(fitted.draft)}
    assert kinds == {"a": "yes-partly-no", "b": "yes-partly-no", "c": "date", "d": "share"}
    assert ("e", Reason.NOT_A_FACT) in {(each.where, each.reason) for each in fitted.dropped}
    assert ("a", Reason.PARTLY_ADDED) in {(each.where, each.reason) for each in fitted.dropped}


def test_a_questionnaire_from_elsewhere_keeps_its_groups_and_translations():
    ordinal = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
    upside_down = [{**LIKERT[n], "extension": [{"url": ordinal, "valueDecimal": 10 - n}]} for n in range(5)]
    spanish = {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/translation",
                "extension": [{"url": "lang", "valueCode": "es"}, {"url": "content", "valueString": "¿Cómo?"}],
            }
        ]
    }
    resource = {
        "resourceType": "Questionnaire", "status": "active", "title": "Theirs", "copyright": "CC0",
        "item": [
            {"linkId": "g1", "type": "group", "text": "One", "item": [
                {"linkId": "g1.intro", "type": "display", "text": "What it is for"},
                {"linkId": "/1.1", "type": "choice", "text": "How?", "_text": spanish, "answerOption": LIKERT},
                {"linkId": "g1.2", "type": "group", "text": "Inside", "item": [
                    {"linkId": "/1.2", "type": "choice", "text": "Turned", "answerOption": upside_down,
                     "required": True},
                ]},
            ]},
            {"linkId": "free", "type": "text", "text": "Say more"},
        ],
    }  # fmt: skip
    fitted = instrument_fhir.instrument_from(fhir.read_questionnaire(resource), Mode.CONSENSUS)
    (area,) = fitted.draft["areas"]
    assert (area["name"]["en"], area["purpose"]["en"]) == ("One", "What it is for")
    first, second = area["items"]
    assert (first["key"], first["text"]) == ("1-1", {"en": "How?", "es": "¿Cómo?"})
    assert (first["anchors"]["1"]["en"], second["anchors"]["1"]["en"]) == ("Step 0", "Step 4")
    assert fitted.draft["licence"] == "CC0"
    assert {("free", Reason.NOT_A_RATING), ("g1.2", Reason.LAYOUT), ("/1.2", Reason.REQUIRED)} <= {
        (each.where, each.reason) for each in fitted.dropped
    }


def test_nothing_that_fits_is_refused():
    with pytest.raises(FormatRefused) as refused:
        instrument_redcap.instrument_from(dictionary(["a", "", "text", "A"]), Mode.STAFF)
    assert (refused.value.flaw, refused.value.detail) == (Flaw.NO_ITEMS, "a")


@pytest.mark.parametrize(
    "annotation",
    [
        "@COMMONS=",
        "@COMMONS={",
        '@COMMONS={"key": 7, "weight": 99, "name": "x", "measure": {"name": 1}}',
        "@COMMONS=[1]",
        '@COMMONS={"key": "Not a key", "topic": "gone"}',
    ],
)
def test_broken_notes_of_ours_are_left_out(annotation):
    rows = [["field_name", "field_type", "field_label", "select_choices_or_calculations", "field_annotation"]]
    rows.append(["a", "radio", "A", AGREE, annotation])
    fitted = instrument_redcap.instrument_from(redcap.read_dictionary(rows), Mode.CONSENSUS)
    (item,) = items_of(fitted.draft)
    assert (item["key"], item["weight"], item["topic"]) == ("a", 2, "general")


def test_what_a_column_says_counts_more_than_a_note():
    instrument = SHIPPED[0]
    rows = redcap.write_dictionary(instrument_redcap.fields_from(instrument))
    (row,) = [row for row in rows if row[0] == instrument.items[0].key.replace("-", "_")]
    row[4] = "Changed in REDCap."
    fitted = instrument_redcap.instrument_from(redcap.read_dictionary(rows), instrument.mode)
    text = next(items_of(fitted.draft))["text"]
    assert (text["en"], text["es"]) == ("Changed in REDCap.", instrument.items[0].text["es"])


@given(st.text(max_size=40), st.sets(st.text(max_size=10), max_size=5))
def test_a_key_is_free_and_a_slug(text, taken):
    key = free_key(text, taken)
    assert key not in taken
    assert all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in key)
    assert free_key(text, {*taken, key}) != key


@given(st.text(max_size=60))
def test_clean_text_can_be_stored(text):
    cleaned = clean_text(text)
    cleaned.encode()
    assert "\0" not in cleaned
    assert clean_text(cleaned) == cleaned


# ---------------------------------------------------------------- answers

RATED = next(each for each in SHIPPED if each.mode is Mode.CONSENSUS)
NOTES = st.just("") | LINES
RATINGS = st.builds(
    lambda value, evidence, dissent: Answered(state=AnswerState.VALUE, value=value, evidence=evidence, dissent=dissent),
    st.integers(1, 5), NOTES, NOTES,
) | st.builds(
    lambda state, evidence, dissent: Answered(state=state, evidence=evidence, dissent=dissent),
    st.sampled_from([AnswerState.SKIPPED, AnswerState.NOT_APPLICABLE, AnswerState.DONT_KNOW]), NOTES, NOTES,
)  # fmt: skip
RECORDS = st.dictionaries(st.sampled_from([item.key for item in RATED.items]), RATINGS, min_size=1, max_size=6)


@settings(max_examples=40)
@given(RECORDS)
def test_ratings_come_back_from_the_wide_table_as_they_were(answers):
    rows = [
        ["" if cell is None else str(cell) for cell in row]
        for row in tables.wide_rows(RATED, [Record("team", answers)])
    ]
    sheet = tables.read_wide(rows, RATED)
    assert sheet.problems == ()
    nothing = Answered(state=AnswerState.SKIPPED)
    assert {key: said for key, said in sheet.answers.items() if said != nothing} == {
        key: said for key, said in answers.items() if said != nothing
    }


@settings(max_examples=40)
@given(RECORDS)
def test_ratings_come_back_from_a_response_as_they_were_and_it_is_valid(answers):
    response = response_fhir.response_from(
        RATED, Record("team", answers), url=URL, subject="Harbor House", is_done=True
    )
    resource = json.loads(json.dumps(fhir.write_response(response)))
    judge(JudgedResponse, resource)
    read = fhir.read_response(resource)
    nothing = Answered(state=AnswerState.SKIPPED)
    said = {key: each for key, each in answers.items() if each != nothing}
    if not said:
        return
    assert response_fhir.answers_from(read, RATED, url=URL).answers == said


def test_facts_stand_in_tables_and_responses_as_they_were_given():
    instrument = next(each for each in SHIPPED if each.mode is Mode.SITE_FACTS)
    facts = {AnswerKind.YES_PARTLY_NO: "partly", AnswerKind.DATE: "2026-10-01", AnswerKind.SHARE: "80"}
    at = datetime(2026, 10, 2, 9, tzinfo=UTC)
    answers = {
        item.key: Answered(state=AnswerState.VALUE, value=3, fact=facts[item.answer], by="Lee", at=at)
        for item in instrument.items
    }
    record = Record("lead", answers)
    heading, row = tables.wide_rows(instrument, [record])
    assert {dict(zip(heading, row, strict=True))[item.key] for item in instrument.items} == set(facts.values())
    long = list(tables.long_rows(instrument, [record], "es"))
    assert long[1][4:7] == ["value", 3, facts[instrument.items[0].answer]]
    assert long[1][9:] == ["Lee", "2026-10-02T09:00:00+00:00"]
    response = response_fhir.response_from(instrument, record, url=URL, subject="S", is_done=True)
    judge(JudgedResponse, fhir.write_response(response))
    assert response.authored == "2026-10-02T09:00:00+00:00"
    assert {type(item.answers[0]).__name__ for area in response.items for item in area.items} == {
        "Coding",
        "date",
        "int",
    }


def test_the_codebook_explains_each_column_of_the_wide_table():
    for instrument in SHIPPED:
        heading = next(tables.wide_rows(instrument, []))
        book = list(tables.codebook_rows(instrument))
        assert [row[0] for row in book[1:]] == heading
        assert all(len(row) == len(book[0]) for row in book)


@pytest.mark.parametrize(
    ("value", "state", "wrong"),
    [
        ("3", "", ()), ("3.0", "value", ()), ("", "", ()), ("", "dont-know", ()), ("dk", "", ()), ("N/A", "", ()),
        ("0", "", (Wrong.NOT_AN_ANSWER,)), ("6", "", (Wrong.NOT_AN_ANSWER,)), ("=1+1", "", (Wrong.NOT_AN_ANSWER,)),
        ("٣", "", (Wrong.NOT_AN_ANSWER,)), ("3", "maybe", (Wrong.UNKNOWN_STATE,)),
        ("", "value", (Wrong.NOT_AN_ANSWER,)),
        ("3", "not-applicable", (Wrong.VALUE_AND_STATE,)), ("value", "", (Wrong.NOT_AN_ANSWER,)),
    ],
)  # fmt: skip
def test_one_answer_is_read_or_what_is_wrong_is_said(value, state, wrong):
    assert tuple(each for _part, each, _text in tables.read_answer(value, state, "", "")[1]) == wrong


def test_several_rows_need_the_team_named():
    key = RATED.items[0].key
    assert tables.read_wide([["rater", key], ["expert", "1"], ["Team", "2"]], RATED).answers[key].value == 2
    with pytest.raises(FormatRefused) as refused:
        tables.read_wide([["rater", key], ["expert", "1"], ["other", "2"]], RATED)
    assert refused.value.flaw is Flaw.NOT_ONE_ROW

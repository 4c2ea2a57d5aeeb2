"""An instrument is read strictly and comes back from its document unchanged."""

import json
from datetime import date

import pytest

from readiness.errors import InvalidInstrument, ReadinessError, UnknownArea, UnknownItem
from readiness.fields import MOST_CHARACTERS
from readiness.instruments import (
    ActionKind,
    Mode,
    instrument_as_document,
    instrument_from_document,
    parse_instrument,
)


def test_instrument_reads_every_field(instrument_text: str) -> None:
    instrument = parse_instrument(instrument_text)
    item = instrument.get_item("same-day")
    assert instrument.version == "1.0.0"
    assert instrument.mode is Mode.CONSENSUS
    assert (instrument.low, instrument.high, instrument.minutes) == (1, 5, 20)
    assert instrument.sources == ("caa-2023",)
    assert instrument.topics["learning"]["es"] == "Aprender"
    assert [area.weight for area in instrument.areas] == [2, 1]
    assert item.anchors[3]["en"] == "Days."
    assert item.aim == item.anchors[5]
    assert item.examples == {"en": "At night too.", "es": "También de noche."}
    assert item.measure is not None
    assert item.measure.denominator["es"] == "Pidieron"
    assert item.action is ActionKind.CYCLE
    assert item.course_slug is None


def test_instrument_knows_its_items_and_areas(instrument_text: str) -> None:
    instrument = parse_instrument(instrument_text)
    assert [item.key for item in instrument.items] == ["same-day", "trained"]
    assert instrument.n_items == 2
    assert [item.key for item in instrument.critical_items] == ["same-day"]
    assert instrument.area_of("trained").key == "learn"
    assert instrument.get_area("learn").get_item("trained").course_slug == "overdose-response"


def test_instrument_says_what_it_does_not_have(instrument_text: str) -> None:
    instrument = parse_instrument(instrument_text)
    with pytest.raises(UnknownArea, match="'nothing'"):
        instrument.get_area("nothing")
    with pytest.raises(UnknownItem, match="'nothing'"):
        instrument.get_item("nothing")
    with pytest.raises(UnknownItem):
        instrument.get_area("start").get_item("trained")


def test_instrument_survives_the_journey_through_json(instrument_text: str) -> None:
    reviewed = instrument_text.replace('reviewed_on = ""', 'reviewed_on = "2026-10-05"', 1)
    instrument = parse_instrument(reviewed.replace('reviewed_by = ""', 'reviewed_by = "A. Nurse"', 1))
    assert instrument.provenance.reviewed_on == date(2026, 10, 5)
    assert instrument_from_document(json.loads(json.dumps(instrument_as_document(instrument)))) == instrument


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        ('slug = "two-areas"', 'slug = "two-areas"\ncolour = "red"', "colour", "unknown key"),
        ('mode = "consensus"', 'mode = "secret"', "mode", "'secret' is none of: consensus, staff"),
        ("low = 1", "low = 0", "low", "must lie between 1 and 1"),
        ("high = 5", "high = 7", "high", "must lie between 5 and 5"),
        ("minutes = 20", "minutes = true", "minutes", "must be a whole number"),
        ('key = "learn"', 'key = "start"', "areas", "the slug 'start' is used twice"),
        ('key = "trained"', 'key = "same-day"', "items", "the slug 'same-day' is used twice"),
        ('key = "trained"', 'key = "Trained"', "areas.2.items.1.key", "is no slug"),
        ("weight = 3", "weight = 4", "areas.1.items.1.weight", "must lie between 1 and 3"),
        ("critical = true", 'critical = "yes"', "areas.1.items.1.critical", "must be true or false"),
        ('topic = "starting"', 'topic = "other"', "topics", "the topic 'other' of 'same-day' is not explained"),
        ('action = "cycle"', 'action = "course"', "areas.1.items.1.course", "must name the course"),
        ('action = "cycle"', 'action = "prayer"', "areas.1.items.1.action", "is none of: course, assistance"),
        ('3 = { en = "Days.", es = "Días." }\n', "", "areas.1.items.1.anchors.3", "is missing"),
        (
            '3 = { en = "Days."',
            '2 = { en = "x", es = "y" }\n3 = { en = "Days."',
            "areas.1.items.1.anchors.2",
            "unknown",
        ),
        ('3 = { en = "Days.", es = "Días." }', '3 = { en = "Days." }', "areas.1.items.1.anchors.3.es", "is missing"),
        ('es = "Dos áreas"', 'es = " "', "title.es", "must not be blank"),
        ('["caa-2023"]', '["caa-2023", "caa-2023"]', "sources", "the same entry twice"),
        ('["caa-2023"]', "[3]", "sources", "is no slug"),
        ('version = "1.0.0"', 'version = "1"', "version", "is no version"),
        ('reviewed_on = ""', 'reviewed_on = "2026-02-30"', "reviewed_on", "no date"),
        ('reviewed_on = ""', 'reviewed_on = "2026-02-03"', "reviewed_on", "both a date and a name"),
        ('slug = "two-areas"', 'slug = "two-areas', "", "not readable as TOML"),
    ],
)
def test_instrument_refuses_a_fault_and_names_its_place(
    instrument_text: str, old: str, new: str, field: str, reason: str
) -> None:
    assert old in instrument_text
    with pytest.raises(InvalidInstrument) as caught:
        parse_instrument(instrument_text.replace(old, new, 1), file="instruments/x.toml")
    assert caught.value.field == field
    assert reason in caught.value.reason
    assert str(caught.value).startswith("instruments/x.toml")
    assert isinstance(caught.value, ReadinessError)


@pytest.mark.parametrize("areas", [[], {}, [1], "x", None])
def test_document_of_the_wrong_shape_is_refused(instrument_text: str, areas: object) -> None:
    document = {**instrument_as_document(parse_instrument(instrument_text)), "areas": areas}
    with pytest.raises(InvalidInstrument, match="areas"):
        instrument_from_document(document)


def test_text_beyond_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(InvalidInstrument, match="longer than"):
        parse_instrument("#" * (MOST_CHARACTERS + 1))


def test_text_nested_too_deeply_is_refused_in_words() -> None:
    with pytest.raises(InvalidInstrument, match="nested too deeply"):
        parse_instrument("x = " + "[" * 100_000)

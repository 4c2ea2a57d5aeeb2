"""The two ground rooms read tables alike, though neither knows the other."""

from collections.abc import Callable
from typing import Any

import pytest

import assessments.fields
import readiness.fields
from assessments.errors import FieldRefused as AssessmentRefused
from readiness.errors import FieldRefused as ReadinessRefused
from readiness.instruments import Mode

READINGS: list[Callable[[Any], object]] = [
    lambda fields: fields.text("name"),
    lambda fields: fields.optional_text("name"),
    lambda fields: fields.slug("name"),
    lambda fields: fields.slugs("name"),
    lambda fields: fields.number("name", low=1, high=5),
    lambda fields: fields.flag("name"),
    lambda fields: fields.one_of("name", Mode),
    lambda fields: fields.localized("name"),
    lambda fields: fields.table("name").text("en"),
    lambda fields: [row.text("en") for row in fields.tables("name")],
    lambda fields: fields.day("name"),
    lambda fields: fields.finish(),
]
VALUES = [
    "a text",
    " ",
    "a-slug",
    "A" * 65,
    "2026-02-03",
    "staff",
    3,
    9,
    True,
    [],
    ["a", "a"],
    ["a", 1],
    [{"en": "x"}],
    [3],
    {"en": "x", "es": "y"},
    {"en": "x"},
    {"en": "x", "es": "y", "fr": "z"},
    None,
]


def _outcome(fields: Any, read: Callable[[Any], object]) -> str:
    try:
        return repr(read(fields))
    except (AssessmentRefused, ReadinessRefused) as error:
        return f"refused: {error}"


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_both_rooms_read_and_refuse_alike(value: object) -> None:
    for read in READINGS:
        for table in ({"name": value}, {}):
            ours = _outcome(readiness.fields.Fields(table), read)
            theirs = _outcome(assessments.fields.Fields(table), read)
            assert ours == theirs


def test_both_rooms_speak_the_same_languages() -> None:
    assert readiness.fields.LANGUAGES == assessments.fields.LANGUAGES

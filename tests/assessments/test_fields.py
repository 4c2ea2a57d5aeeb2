"""A table is read strictly: wrong kinds and unknown keys are refused by their full path."""

from enum import StrEnum

import pytest

from assessments.errors import FieldRefused
from assessments.fields import LONGEST_SLUG, MOST_CHARACTERS, Fields, parse_toml


class _Colour(StrEnum):
    RED = "red"


def test_number_outside_its_range_is_refused() -> None:
    with pytest.raises(FieldRefused, match="minutes: must lie between 1 and 60"):
        Fields({"minutes": 61}).number("minutes", low=1, high=60)


@pytest.mark.parametrize("value", [True, 8.0, "8", None])
def test_number_must_be_a_whole_number(value: object) -> None:
    with pytest.raises(FieldRefused, match="must be a whole number"):
        Fields({"minutes": value}).number("minutes", low=0, high=60)


def test_number_is_read_up_to_both_ends() -> None:
    fields = Fields({"low": 1, "high": 60})
    assert (fields.number("low", low=1, high=60), fields.number("high", low=1, high=60)) == (1, 60)


@pytest.mark.parametrize("slug", ["A", "a--b", "-a", "a-", "a b", "é", "a_b", "", "a" * 65, "../a", "a\n"])
def test_slug_is_refused_when_it_could_not_stand_in_a_url(slug: str) -> None:
    with pytest.raises(FieldRefused):
        Fields({"slug": [slug]}).slugs("slug")


def test_slug_may_be_as_long_as_the_limit() -> None:
    assert Fields({"slug": "a" * LONGEST_SLUG}).slug("slug") == "a" * 64


def test_text_may_be_as_long_as_the_limit() -> None:
    assert parse_toml("#" * MOST_CHARACTERS) == {}


def test_text_loses_the_blanks_around_it() -> None:
    assert Fields({"title": "  Wait \n"}).text("title") == "Wait"


def test_enumeration_is_read_by_value() -> None:
    assert Fields({"colour": "red"}).one_of("colour", _Colour) is _Colour.RED


def test_optional_key_is_known_once_asked_for() -> None:
    fields = Fields({"end": "good"})
    assert fields.has("end")
    assert not fields.has("debrief")
    fields.finish()


def test_path_of_a_nested_field_counts_from_one() -> None:
    row = Fields({"rows": [{"text": {"en": 1}}]}).tables("rows")[0]
    with pytest.raises(FieldRefused) as caught:
        row.localized("text")
    assert caught.value.field == "rows.1.text.en"

"""REDCap data dictionaries: the exact way there and back, what is lost by name, hostile rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.formats.errors import Flaw, FormatRefused
from readiness.formats.redcap import (
    COLUMNS,
    MOST_FIELDS,
    WITH_CHOICES,
    Choice,
    Field,
    Kind,
    Loss,
    parse_choices,
    read_dictionary,
    write_choices,
    write_dictionary,
)
from tests.readiness.test_formats_branching import BRANCHES, NAMES

LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="|")
LINES = st.lists(st.text(LETTERS, min_size=1, max_size=8), max_size=4).map(" ".join)
TEXTS = st.lists(LINES, max_size=3).map(lambda lines: "\n".join(line for line in lines if line))
CHOICES = st.lists(
    st.builds(Choice, st.from_regex(r"-?[A-Za-z0-9_.]{1,4}", fullmatch=True), LINES),
    min_size=1,
    max_size=6,
    unique_by=lambda choice: choice.code,
).map(tuple)


@st.composite
def fields(draw, name):
    kind = draw(st.sampled_from(Kind))
    has_choices = kind in WITH_CHOICES
    return Field(
        name=name,
        kind=kind,
        label=draw(TEXTS),
        form=draw(LINES),
        section=draw(TEXTS),
        choices=draw(CHOICES) if has_choices else (),
        formula="" if has_choices else draw(TEXTS),
        note=draw(TEXTS),
        validation=draw(st.sampled_from(["", "date_ymd", "integer", "number"])),
        low=draw(st.sampled_from(["", "0", "1"])),
        high=draw(st.sampled_from(["", "5", "100"])),
        is_identifier=draw(st.booleans()),
        # Later fields ask about earlier ones only where the names say so; here all ask about fields that are not there.
        branch=draw(st.none() | BRANCHES),
        is_required=draw(st.booleans()),
        matrix=draw(st.sampled_from(["", "group_a"])),
        annotation=draw(TEXTS),
    )


@st.composite
def dictionaries(draw):
    names = draw(st.lists(NAMES.map(lambda name: f"q_{name}"), min_size=1, max_size=5, unique=True))
    return tuple(draw(fields(name)) for name in names)


@settings(max_examples=40)
@given(dictionaries())
def test_what_is_written_reads_as_it_was(written):
    read = read_dictionary(write_dictionary(written))
    assert read.fields == written
    assert read.lost == ()


@given(CHOICES)
def test_choices_read_as_they_were(choices):
    assert parse_choices(write_choices(choices)) == choices


@given(st.lists(st.lists(st.text(max_size=12), max_size=20), max_size=6))
def test_any_rows_are_read_or_refused(rows):
    try:
        read_dictionary(rows)
        read_dictionary([list(COLUMNS), *rows])
    except FormatRefused:
        return


def head(*columns):
    return list(columns or ("field_name", "field_type", "field_label", "select_choices_or_calculations"))


def test_columns_stand_in_any_order_under_either_name_and_new_ones_are_named():
    rows = [
        ["Field Label", "Field Type", "Variable / Field Name", "Moon Phase", "Empty One"],
        ["How?", "text", "how", "full", ""],
        ["Why?", "text", "why", "new", ""],
    ]
    read = read_dictionary(rows)
    assert [(field.name, field.label) for field in read.fields] == [("how", "How?"), ("why", "Why?")]
    assert [(lost.name, lost.loss) for lost in read.lost] == [("Moon Phase", Loss.UNKNOWN_COLUMN)]


def test_choices_on_lines_of_their_own_are_read_too():
    assert parse_choices("1, One\n2, Two") == (Choice("1", "One"), Choice("2", "Two"))


def test_what_is_not_understood_is_named_by_field():
    columns = [
        "field_name",
        "field_type",
        "field_label",
        "select_choices_or_calculations",
        "branching_logic",
        "custom_alignment",
    ]
    rows = [
        columns,
        ["a", "radio", "A", "1; One", "", "RH"],
        ["b", "hologram", "B", "", "", ""],
        ["c", "text", "C", "", "sum([a],[b])>2", ""],
    ]
    read = read_dictionary(rows)
    assert [(lost.name, lost.loss) for lost in read.lost] == [
        ("a", Loss.LAYOUT),
        ("a", Loss.UNREAD_CHOICES),
        ("b", Loss.UNKNOWN_KIND),
        ("c", Loss.UNREAD_BRANCHING),
    ]
    assert [field.name for field in read.fields] == ["a", "c"]


@pytest.mark.parametrize(
    ("rows", "flaw"),
    [
        ([], Flaw.EMPTY),
        ([["", " "]], Flaw.EMPTY),
        ([head()], Flaw.EMPTY),
        ([["a", "b"], ["1", "2"]], Flaw.NOT_A_DICTIONARY),
        ([head("field_name", "Field Type", "field_label", "FIELD NAME"), ["a"]], Flaw.COLUMN_TWICE),
        ([head(), ["", "text", "Label"]], Flaw.NO_NAME),
        ([head(), ["9lives", "text", "Label"]], Flaw.BAD_NAME),
        ([head(), ["a" * 101, "text", "Label"]], Flaw.BAD_NAME),
        ([head(), ["a", "text", "L"], ["A", "text", "L"]], Flaw.NAME_TWICE),
        ([head(), *([f"q{number}", "text", "L"] for number in range(MOST_FIELDS + 1))], Flaw.TOO_MANY_ITEMS),
        ([head(), ["a", "text", "x" * 20_001]], Flaw.TOO_LONG),
        ([[*head(), "branching_logic"], ["a", "text", "L", "", "[a]='1'"]], Flaw.CYCLE),
        (
            [[*head(), "branching_logic"], ["a", "text", "L", "", "[b]='1'"], ["b", "text", "L", "", "[a(2)]='1'"]],
            Flaw.CYCLE,
        ),
    ],
)
def test_what_is_no_dictionary_is_refused(rows, flaw):
    with pytest.raises(FormatRefused) as refused:
        read_dictionary(rows)
    assert refused.value.flaw is flaw

"""Branching logic: read into a tree and written back; what is not in the grammar is refused; no cycles."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.formats.branching import (
    MOST_LEVELS,
    AllOf,
    AnyOf,
    Condition,
    Operator,
    fields_of,
    find_cycle,
    parse_branching,
    write_branching,
)
from readiness.formats.errors import Flaw, FormatRefused

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8).filter(
    lambda text: "'" not in text or '"' not in text
)
CODES = st.none() | st.from_regex(r"[A-Za-z0-9_.-]{1,4}", fullmatch=True)
CONDITIONS = st.builds(Condition, NAMES, st.sampled_from(Operator), VALUES, CODES)


def grouped(inner):
    parts = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return parts.map(AllOf) | parts.map(AnyOf)


BRANCHES = st.recursive(CONDITIONS, grouped, max_leaves=12)


@given(BRANCHES)
def test_what_is_written_reads_as_it_was(branch):
    assert parse_branching(write_branching(branch)) == branch


@pytest.mark.parametrize(
    ("text", "branch"),
    [
        ("[a]='1'", Condition("a", Operator.EQUAL, "1")),
        ('[a] = "1"', Condition("a", Operator.EQUAL, "1")),
        ("[A]<>1", Condition("a", Operator.UNEQUAL, "1")),
        ("[a] != ''", Condition("a", Operator.UNEQUAL, "")),
        ("[age] >= -2.5", Condition("age", Operator.AT_LEAST, "-2.5")),
        ("[f(1)] = '1'", Condition("f", Operator.EQUAL, "1", "1")),
        ("[a]='1' AND [b]='2'", AllOf((Condition("a", Operator.EQUAL, "1"), Condition("b", Operator.EQUAL, "2")))),
        ("([a]='1')", Condition("a", Operator.EQUAL, "1")),
    ],
)
def test_usual_logic_is_read(text, branch):
    assert parse_branching(text) == branch


def test_and_binds_more_than_or():
    branch = parse_branching("[a]='1' or [b]='1' and [c]='1'")
    assert isinstance(branch, AnyOf)
    assert isinstance(branch.parts[1], AllOf)
    assert list(fields_of(branch)) == ["a", "b", "c"]
    grouped_first = parse_branching("([a]='1' or [b]='1')\n and [c]='1'")
    assert isinstance(grouped_first, AllOf)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "[a]", "[a]=", "='1'", "[a]='1", "[a]='1' [b]='2'", "[a]='1' and", "([a]='1'", "[a]='1')", "[a]=b",
        "datediff([a],'today','d')>1", "[event_1][a]='1'", "[a]='1' or or [b]='2'", "[a b]='1'", "[a]=1x", "\0",
        "x" * 5_000,
    ],
)  # fmt: skip
def test_what_is_not_in_the_grammar_is_refused(text):
    with pytest.raises(FormatRefused) as refused:
        parse_branching(text)
    assert refused.value.flaw is Flaw.BAD_BRANCHING


def test_parentheses_have_a_depth():
    parse_branching("(" * MOST_LEVELS + "[a]='1'" + ")" * MOST_LEVELS)
    with pytest.raises(FormatRefused) as refused:
        parse_branching("(" * 1_000 + "[a]='1'" + ")" * 1_000)
    assert refused.value.flaw is Flaw.TOO_DEEP


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        branch = parse_branching(text)
    except FormatRefused:
        return
    assert parse_branching(write_branching(branch)) == branch


@pytest.mark.parametrize(
    ("asks", "cycle"),
    [
        ({}, None),
        ({"a": {"b"}}, None),
        ({"a": {"a"}}, ("a", "a")),
        ({"a": {"b"}, "b": {"a"}}, ("a", "b", "a")),
        ({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}, None),
        ({"x": {"a"}, "a": {"b"}, "b": {"c"}, "c": {"a"}}, ("a", "b", "c", "a")),
    ],
)
def test_fields_that_wait_for_each_other_are_found(asks, cycle):
    assert find_cycle(asks) == cycle


def test_a_long_chain_is_no_cycle_and_costs_no_stack():
    chain = {str(number): {str(number + 1)} for number in range(5_000)}
    assert find_cycle(chain) is None
    assert find_cycle(chain | {"5000": {"0"}}) is not None


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef")), max_size=6))
def test_a_cycle_is_one(asks):
    cycle = find_cycle(asks)
    if cycle is None:
        left = dict(asks)
        while free := [name for name, asked in left.items() if not asked & set(left)]:
            for name in free:
                del left[name]
        assert not left
    else:
        assert cycle[0] == cycle[-1]
        assert all(after in asks[before] for before, after in pairwise(cycle))

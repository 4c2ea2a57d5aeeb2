"""Small numbers are hidden, cannot be found by subtracting, and as much as possible stays shown."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import InvalidCount, ReadinessError, TotalTooSmall
from readiness.suppression import (
    MINIMUM_GROUP,
    MINIMUM_GROUP_OUTSIDE,
    SuppressedTable,
    shown_count,
    step_of_five,
    suppress_table,
)

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 14), max_size=6)


@pytest.mark.parametrize(("n", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (40, 40)])
def test_counts_of_one_to_four_are_hidden(n: int, shown: int | None) -> None:
    assert shown_count(n) == shown


@pytest.mark.parametrize(("n", "shown"), [(0, 0), (5, None), (10, None), (11, 11)])
def test_outside_the_coalition_counts_up_to_ten_are_hidden(n: int, shown: int | None) -> None:
    assert shown_count(n, MINIMUM_GROUP_OUTSIDE) == shown


@pytest.mark.parametrize(("n", "step"), [(0, 0), (4, 0), (5, 5), (9, 5), (14, 10), (100, 100)])
def test_an_open_round_counts_in_steps_of_five(n: int, step: int) -> None:
    assert step_of_five(n) == step


@pytest.mark.parametrize(
    ("counts", "total", "shown", "hidden"),
    [
        ({"clinical": 4}, None, set(), {"clinical"}),  # policy case P01
        ({"clinical": 12, "admin": 4, "peer": 4}, 20, {"clinical"}, {"admin", "peer"}),  # policy case P03
        ({"clinical": 10, "admin": 5}, 15, {"clinical", "admin"}, set()),  # policy case P05
        ({"clinical": 9, "admin": 5, "peer": 0}, 14, {"clinical", "admin"}, set()),  # policy case P07
    ],
)
def test_policy_cases_of_the_reference_file(
    counts: dict[str, int], total: int | None, shown: set[str], hidden: set[str]
) -> None:
    table = suppress_table(counts, total=total)
    assert set(table.shown_names) == shown
    assert set(table.hidden_names) == hidden


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    table = suppress_table({"night": 3, "day": 20, "office": 8})
    assert table == SuppressedTable(total=31, groups={"night": None, "day": 20, "office": None})


def test_equal_groups_are_hidden_by_name_so_that_every_page_agrees() -> None:
    assert suppress_table({"b": 6, "a": 6, "c": 2}).hidden_names == ("a", "c")
    assert suppress_table({"a": 6, "c": 2, "b": 6}).hidden_names == ("a", "c")


def test_groups_keep_their_order() -> None:
    assert list(suppress_table({"z": 9, "a": 7, "m": 2}).groups) == ["z", "a", "m"]


def test_a_total_below_the_minimum_hides_everything_even_the_empty_groups() -> None:
    assert suppress_table({"a": 4, "b": 0}) == SuppressedTable(total=None, groups={"a": None, "b": None})


def test_nobody_at_all_is_not_a_secret() -> None:
    assert suppress_table({"a": 0}) == SuppressedTable(total=0, groups={"a": 0})


def test_people_without_a_group_cannot_be_found_by_subtracting() -> None:
    assert suppress_table({"a": 20, "b": 8}, total=30).hidden_names == ("b",)


def test_many_people_without_a_group_hide_nothing() -> None:
    assert suppress_table({"a": 20, "b": 8}, total=33).hidden_names == ()


def test_five_groups_of_one_take_another_group_with_them() -> None:
    table = suppress_table({**dict.fromkeys("abcde", 1), "f": 7, "g": 9})
    assert set(table.shown_names) == {"g"}


def test_five_groups_of_one_alone_hide_their_total_too() -> None:
    assert suppress_table(dict.fromkeys("abcde", 1)).total is None


def test_outside_the_coalition_the_larger_minimum_holds() -> None:
    assert suppress_table({"a": 10, "b": 30, "c": 12}, minimum=MINIMUM_GROUP_OUTSIDE).hidden_names == ("a", "c")


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(InvalidCount):
        shown_count(-1)
    with pytest.raises(InvalidCount):
        step_of_five(-1)
    with pytest.raises(InvalidCount):
        suppress_table({"a": 3}, minimum=0)
    with pytest.raises(TotalTooSmall) as caught:
        suppress_table({"a": 3, "b": 4}, total=6)
    assert caught.value.n_in_groups == 7
    assert isinstance(caught.value, ReadinessError)


@given(counts=COUNTS, n_without_group=st.integers(0, 12))
def test_a_shown_group_and_what_remains_of_its_parent_are_never_small(
    counts: dict[str, int], n_without_group: int
) -> None:
    total = sum(counts.values()) + n_without_group
    table = suppress_table(counts, total=total)
    shown = [n for n in table.groups.values() if n]
    assert all(n >= MINIMUM_GROUP for n in shown)
    if table.total is not None:
        remains = table.total - sum(shown)
        assert remains == 0 or remains >= MINIMUM_GROUP
    else:
        assert not shown


@given(counts=COUNTS, n_without_group=st.integers(0, 12))
def test_no_hidden_number_follows_from_the_shown_ones_and_the_total(
    counts: dict[str, int], n_without_group: int
) -> None:
    table = suppress_table(counts, total=sum(counts.values()) + n_without_group)
    if table.total is None or not table.hidden_names:
        return
    remains = table.total - sum(n for n in table.groups.values() if n)
    most = remains - len(table.hidden_names) + 1
    assert most >= 2, "each hidden group can only hold one person"
    if n_without_group == 0:
        assert len(table.hidden_names) >= 2, "a single hidden group is the total less the others"


@given(counts=st.dictionaries(st.sampled_from("abc"), st.integers(0, 7), min_size=1, max_size=3))
def test_a_reader_who_tries_every_table_finds_two_that_fit(counts: dict[str, int]) -> None:
    table = suppress_table(counts)
    if table.total is None:
        return
    for name in table.hidden_names:
        fitting = {
            guess[table.hidden_names.index(name)]
            for guess in product(range(1, table.total + 1), repeat=len(table.hidden_names))
            if sum(guess) + sum(n for n in table.groups.values() if n) == table.total
        }
        assert len(fitting) >= 2


@given(counts=COUNTS)
def test_at_most_one_large_group_is_hidden_for_the_small_ones(counts: dict[str, int]) -> None:
    table = suppress_table(counts)
    if table.total is not None:
        assert sum(counts[name] >= MINIMUM_GROUP for name in table.hidden_names) <= 1


@given(counts=COUNTS, n_without_group=st.integers(0, 12))
def test_the_same_numbers_are_hidden_every_time(counts: dict[str, int], n_without_group: int) -> None:
    total = sum(counts.values()) + n_without_group
    backwards = dict(reversed(counts.items()))
    assert suppress_table(counts, total=total).groups == suppress_table(backwards, total=total).groups

"""What may leave a confidential round: every set of answers of a few people is tried against what is released of it."""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from readiness.agreement import Agreement, agreement_word
from readiness.errors import InvalidCount, InvalidScores
from readiness.release import (
    ITEMS_FROM,
    Bound,
    ReleasedMean,
    Rung,
    groups_to_renew,
    is_telling,
    may_pool,
    may_show_breakdown,
    may_show_change,
    minimum_outside,
    released_agreement,
    released_item,
    released_margin,
    released_mean,
    rung_of,
    shown_groups,
)
from tests.conftest import IS_THOROUGH

LOW, HIGH, OPTIONS = 1, 5, 5
VALUES = range(LOW, HIGH + 1)
HEADCOUNTS_BEYOND = (None, 0, 1, 2, 3, 5, 8, 20) if IS_THOROUGH else (None, 0, 1, 5)


def released(mean: float, sd: float, word: Agreement, *, n: int, n_items: int, headcount: int | None) -> tuple:
    """All that is told of one area of a few people."""
    told = released_mean(mean, n, low=LOW, high=HIGH)
    margin = released_margin(sd, n, n_items=n_items, headcount=headcount, mean=told)
    return told, margin, released_agreement(word, n, n_items=n_items, mean=told, low=LOW, high=HIGH)


def agreement_of(rows: np.ndarray) -> Agreement:
    """The word for some people's answers, by numpy."""
    share = min(np.var(rows, axis=0, ddof=1).mean() / 2, 1)
    n_items = rows.shape[1]
    rwg = n_items * (1 - share) / (n_items * (1 - share) + share)
    return agreement_word(rwg, np.abs(rows - rows.mean(axis=0)).mean(), n_options=OPTIONS)


def everybody(n_items: int, n: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every set of answers that n people can give to some items."""
    return itertools.combinations_with_replacement(list(itertools.product(VALUES, repeat=n_items)), n)


# ---------------------------------------------------------------- nothing tells the answers


def test_the_finding_that_mean_and_sd_of_five_tell_most_sets():
    """Why a mean with its standard deviation is never released: they fit one set only in 79 of 126 cases."""
    forms = Counter(
        (sum(each), sum(value * value for value in each)) for each in itertools.combinations_with_replacement(VALUES, 5)
    )
    assert len(list(itertools.combinations_with_replacement(VALUES, 5))) == 126
    assert sum(count == 1 for count in forms.values()) == 79


@pytest.mark.parametrize("n", range(5, 10))
@pytest.mark.parametrize("beyond", HEADCOUNTS_BEYOND)
def test_no_set_of_answers_to_one_item_follows_from_what_is_told(n: int, beyond: int | None):
    headcount = None if beyond is None else n + beyond
    sets: dict[tuple, list[tuple]] = defaultdict(list)
    for each in everybody(1, n):
        rows = np.array(each)
        form = released(
            fmean(rows[:, 0]), rows[:, 0].std(ddof=1), agreement_of(rows), n=n, n_items=1, headcount=headcount
        )
        sets[form].append(each)
    assert min(map(len, sets.values())) >= 2


@pytest.mark.parametrize("n", [5, 6] if IS_THOROUGH else [5])
def test_no_set_of_answers_to_two_items_follows_from_what_is_told(n: int):
    """Neither what everybody answered, item by item, nor the scale means of all; the headcount scales all margins."""
    kinds = np.array(list(itertools.product(VALUES, repeat=2)))
    sets = np.array(list(itertools.combinations_with_replacement(range(len(kinds)), n)))
    rows = kinds[sets]
    means = rows.mean(axis=2)
    share = np.minimum(rows.var(axis=1, ddof=1).mean(axis=1) / 2, 1)
    rwg = 2 * (1 - share) / (2 * (1 - share) + share)
    ad = np.abs(rows - rows.mean(axis=1, keepdims=True)).mean(axis=(1, 2))
    figures = np.round(np.column_stack([means.mean(axis=1), means.std(axis=1, ddof=1), rwg, ad]), 9)
    different, places = np.unique(figures, axis=0, return_inverse=True)
    forms: dict[tuple, int] = {}
    form_of = [
        forms.setdefault(
            released(mean, sd, agreement_word(r, a, n_options=OPTIONS), n=n, n_items=2, headcount=None), len(forms)
        )
        for mean, sd, r, a in different
    ]
    told = np.array(form_of)[places.ravel()]
    assert np.bincount(told).min() >= 2
    people = np.sort(means, axis=1)
    pairs = np.unique(np.column_stack([told, people]), axis=0)
    assert np.bincount(pairs[:, 0].astype(int)).min() >= 2


@pytest.mark.parametrize("n", range(5, 40))
@pytest.mark.parametrize("value", VALUES)
def test_a_unanimous_group_looks_like_others(n: int, value: int):
    """Everybody gave one value: as much is told of people who did not."""
    alike = released(float(value), 0.0, Agreement.SHARED, n=n, n_items=4, headcount=n + 3)
    steps = [0.25, -0.25] if value in {LOW, HIGH} else [0.25, -0.25, -0.25, 0.25]
    steps = [-abs(step) if value == HIGH else abs(step) if value == LOW else step for step in steps]
    others = [value + step for step in steps] + [float(value)] * (n - len(steps))
    rows = np.array(others)
    assert released(rows.mean(), rows.std(ddof=1), Agreement.SHARED, n=n, n_items=4, headcount=n + 3) == alike


@pytest.mark.parametrize("n", range(10, 15))
def test_no_unanimous_item_can_be_told_even_by_the_one_who_differs(n: int):
    """For each form of an item that is released without its distribution, several distributions fit; so they do for
    somebody who knows one answer of them.
    """
    sets: dict[object, set[tuple[int, ...]]] = defaultdict(set)
    for each in _distributions(n):
        found = released_item(each)
        assert found is not None
        if max(each) == n:
            assert found.distribution is None
        if found.distribution is None:
            sets[found].add(each)
    for held in sets.values():
        assert len(held) >= 2
        for own in VALUES:
            others = {_without(each, own) for each in held if each[own - 1]}
            assert len(others) != 1


def _distributions(n: int) -> Iterator[tuple[int, ...]]:
    for bars in itertools.combinations(range(n + OPTIONS - 1), OPTIONS - 1):
        edges = (-1, *bars, n + OPTIONS - 1)
        yield tuple(after - before - 1 for before, after in itertools.pairwise(edges))


def _without(distribution: tuple[int, ...], value: int) -> tuple[int, ...]:
    return tuple(count - (place == value - 1) for place, count in enumerate(distribution))


# ---------------------------------------------------------------- the ladder


def test_the_ladder():
    assert [rung_of(n) for n in (0, 4)] == [Rung.NOTHING] * 2
    assert [rung_of(n) for n in (5, 9)] == [Rung.AREAS] * 2
    assert [rung_of(n) for n in (10, 400)] == [Rung.ITEMS] * 2
    assert rung_of(11, 12) is Rung.NOTHING
    assert rung_of(12, 12) is Rung.ITEMS


def test_the_minimum_is_never_lowered():
    with pytest.raises(InvalidCount):
        rung_of(4, 4)
    with pytest.raises(InvalidCount):
        rung_of(-1)
    assert minimum_outside(5) == 11


@given(st.floats(1, 5), st.integers(5, 9))
def test_a_few_peoples_mean_has_one_decimal_and_no_end(mean: float, n: int):
    told = released_mean(mean, n, low=LOW, high=HIGH)
    assert told.value == round(told.value, 1)
    assert 1.5 <= told.value <= 4.5
    assert (told.bound is not None) == is_telling(mean, low=LOW, high=HIGH)
    if told.bound is None:
        assert abs(told.value - mean) <= 0.05 + 1e-6


@given(st.floats(0, 2.2), st.integers(5, 300), st.integers(2, 6), st.one_of(st.none(), st.integers(0, 400)))
def test_the_margin_is_never_narrower_than_the_t_interval(sd: float, n: int, n_items: int, beyond: int | None):
    headcount = None if beyond is None else n + beyond
    margin = released_margin(sd, n, n_items=n_items, headcount=headcount, mean=ReleasedMean(value=3.0))
    assert margin is not None
    census = 1 if headcount is None else math.sqrt(1 - n / headcount)
    assert margin >= stats.t.ppf(0.975, n - 1) * sd / math.sqrt(n) * census - 1e-9


def test_some_margins_are_not_told():
    middle, end = ReleasedMean(value=3.0), ReleasedMean(value=4.5, bound=Bound.OR_MORE)
    assert released_margin(0.5, 8, n_items=1, headcount=None, mean=middle) is None
    assert released_margin(0.5, 8, n_items=3, headcount=None, mean=end) is None
    assert released_margin(None, 8, n_items=3, headcount=None, mean=middle) is None


def test_the_word_for_agreement_is_told_where_it_does_not_tell_answers():
    def word(told: Agreement | None, n: int, mean: float, *, n_items: int = 3) -> Agreement | None:
        return released_agreement(told, n, n_items=n_items, mean=ReleasedMean(value=mean), low=LOW, high=HIGH)

    assert word(Agreement.SPLIT, 7, 3.0) is Agreement.SPLIT
    assert word(Agreement.SPLIT, 7, 4.2) is None
    assert word(Agreement.SHARED, 7, 4.2) is Agreement.SHARED
    assert word(Agreement.SPLIT, 12, 4.2) is Agreement.SPLIT
    assert word(Agreement.SHARED, 7, 3.0, n_items=1) is None
    assert word(None, 12, 3.0) is None


def test_items_need_ten_answers():
    assert released_item([0, 2, 3, 4, 0]) is None
    found = released_item([1, 2, 3, 3, 1])
    assert found is not None
    assert found.distribution == (1, 2, 3, 3, 1)
    assert sum(found.distribution) >= ITEMS_FROM


# ---------------------------------------------------------------- groups and batches


COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 14), min_size=1)


@given(COUNTS, st.integers(0, 9))
def test_what_remains_of_shown_groups_is_nobody_or_enough(counts: dict[str, int], n_without: int):
    n = sum(counts.values()) + n_without
    shown = shown_groups(counts, n)
    assert all(counts[key] >= 5 for key in shown)
    if shown:
        rest = n - sum(counts[key] for key in shown)
        assert rest == 0 or rest >= 5


@given(COUNTS, st.integers(0, 9), st.sets(st.sampled_from("abcdef")))
def test_each_part_of_a_batch_is_nobody_or_enough(late: dict[str, int], n_without: int, current: set[str]):
    n_late = sum(late.values()) + n_without
    if n_late < 5:
        with pytest.raises(InvalidScores):
            groups_to_renew(late, n_late, frozenset(current))
        return
    renewed = groups_to_renew(late, n_late, frozenset(current))
    assert renewed <= current
    parts = [late.get(key, 0) for key in renewed]
    rest = n_late - sum(parts)
    assert all(part == 0 or part >= 5 for part in [*parts, rest])


def test_a_group_near_an_end_hides_the_breakdown_of_its_area():
    assert may_show_breakdown([3.0, 3.5], low=LOW, high=HIGH)
    assert not may_show_breakdown([3.0, 1.4], low=LOW, high=HIGH)
    assert not may_show_breakdown([3.0, None], low=LOW, high=HIGH)


def test_changes_are_not_told_of_rounds_that_differ_by_a_few_people_only():
    assert not any(may_show_change(12, 12 + more, 89) for more in (-4, -1, 1, 4))
    assert all(may_show_change(12, 12 + more, 89) for more in (-5, 0, 5))
    assert all(may_show_change(12, 12 + more, 90) for more in range(-7, 8))


@given(st.lists(st.integers(0, 30), max_size=8))
def test_pooled_reports_hold_three_and_none_that_outweighs_the_others(sizes: list[int]):
    answered: Iterable[int] = [size for size in sizes if size]
    if may_pool(sizes):
        assert len(list(answered)) >= 3
        assert max(answered) <= 0.6 * sum(answered) + 1e-9
        assert sum(answered) >= 5

"""The report's first three sentences say where things stand, what presses and what moved."""

from collections.abc import Callable

import pytest

from readiness.instruments import Instrument, Item
from readiness.scoring import DONT_KNOW, NOT_APPLICABLE, Answer
from readiness.summary import SentenceKind, summarize


@pytest.fixture
def instrument(make_instrument: Callable[..., Instrument], make_item: Callable[..., Item]) -> Instrument:
    start = [make_item("same-day", is_critical=True), *(make_item(f"start-{n}") for n in range(1, 5))]
    return make_instrument(start=start, learn=5, lead=5)


def _by_area(instrument: Instrument, **values: Answer) -> dict[str, Answer]:
    return {item.key: values[area.key] for area in instrument.areas for item in area.items}


def _kinds(instrument: Instrument, ratings: dict[str, Answer], before: dict[str, Answer] | None = None) -> list[str]:
    return [sentence.kind.value for sentence in summarize(instrument, ratings, before=before).sentences]


def test_an_empty_round_says_so(instrument: Instrument) -> None:
    assert _kinds(instrument, {}) == ["nothing-scored", "no-concern", "first-round"]


def test_all_usual_practice_has_no_concern(instrument: Instrument) -> None:
    summary = summarize(instrument, _by_area(instrument, start=4, learn=5, lead=4))
    assert summary.standing.kind is SentenceKind.ALL_IN_PLACE
    assert (summary.standing.n, summary.standing.n_of) == (3, 3)
    assert summary.concern.kind is SentenceKind.NO_CONCERN


def test_some_areas_in_place_names_them_and_the_weakest(instrument: Instrument) -> None:
    ratings = {**_by_area(instrument, start=4, learn=2, lead=3), "learn-4": 1}
    summary = summarize(instrument, ratings)
    assert summary.standing.kind is SentenceKind.PARTLY_IN_PLACE
    assert (summary.standing.n, summary.standing.n_of, summary.standing.area_keys) == (2, 3, ("start", "lead"))
    assert summary.concern.kind is SentenceKind.WEAKEST_AREA
    assert (summary.concern.area_keys, summary.concern.item_keys) == (("learn",), ("learn-4",))
    assert summary.concern.score == pytest.approx(1.8)


def test_the_first_of_equally_weak_areas_is_named(instrument: Instrument) -> None:
    assert summarize(instrument, _by_area(instrument, start=5, learn=3, lead=3)).concern.area_keys == ("learn",)


def test_a_low_critical_item_is_the_concern_and_keeps_its_area_out_of_place(instrument: Instrument) -> None:
    ratings = {**_by_area(instrument, start=5, learn=1, lead=1), "same-day": 2}
    summary = summarize(instrument, ratings)
    assert summary.standing.kind is SentenceKind.NONE_IN_PLACE
    assert summary.concern.kind is SentenceKind.CRITICAL_LOW
    assert (summary.concern.n, summary.concern.area_keys) == (1, ("start",))
    assert summary.concern.item_keys == ("same-day",)


def test_much_that_nobody_knows_is_the_concern(instrument: Instrument) -> None:
    ratings = {**_by_area(instrument, start=3, learn=DONT_KNOW, lead=NOT_APPLICABLE)}
    concern = summarize(instrument, ratings).concern
    assert concern.kind is SentenceKind.MUCH_UNKNOWN
    assert (concern.n, concern.n_of, len(concern.item_keys)) == (5, 10, 5)


@pytest.mark.parametrize(
    ("changes", "kind", "numbers"),
    [
        ({}, SentenceKind.NOTHING_MOVED, (0, 0)),
        ({"lead-1": 4, "lead-2": 5}, SentenceKind.MOVED_UP, (2, 0)),
        ({"lead-1": 2}, SentenceKind.MOVED_DOWN, (0, 1)),
        ({"lead-1": 2, "lead-2": 4, "learn-1": 5}, SentenceKind.MOVED_BOTH, (2, 1)),
    ],
)
def test_what_moved_since_the_round_before(
    instrument: Instrument, changes: dict[str, Answer], kind: SentenceKind, numbers: tuple[int, int]
) -> None:
    before = _by_area(instrument, start=3, learn=3, lead=3)
    direction = summarize(instrument, {**before, **changes}, before=before).direction
    assert direction.kind is kind
    assert (direction.n, direction.n_down) == numbers
    assert direction.n_of == 15
    assert set(direction.item_keys) == set(changes)


def test_rounds_without_a_common_item_are_not_compared(instrument: Instrument) -> None:
    assert _kinds(instrument, {"lead-1": 3}, {"learn-1": 3})[2] == "not-comparable"

"""Two consensus rounds are compared item by item, and only where both have a value."""

from collections.abc import Callable

import pytest

from readiness.change import Direction, ItemMove, compared_items, moved_items
from readiness.instruments import Instrument
from readiness.scoring import DONT_KNOW, NOT_APPLICABLE, SKIPPED, Answer


@pytest.fixture
def instrument(make_instrument: Callable[..., Instrument]) -> Instrument:
    return make_instrument(start=3, learn=2)


def test_moves_stand_in_the_order_of_the_instrument(instrument: Instrument) -> None:
    before: dict[str, Answer] = {"learn-1": 2, "start-1": 4, "start-2": 3}
    after: dict[str, Answer] = {"start-2": 3, "learn-1": 4, "start-1": 3}
    assert moved_items(instrument, before, after) == (
        ItemMove(area_key="start", item_key="start-1", before=4, after=3),
        ItemMove(area_key="learn", item_key="learn-1", before=2, after=4),
    )
    assert compared_items(instrument, before, after) == ("start-1", "start-2", "learn-1")


def test_a_move_knows_its_step_and_direction() -> None:
    up = ItemMove(area_key="start", item_key="start-1", before=2, after=4)
    down = ItemMove(area_key="start", item_key="start-1", before=4, after=3)
    assert (up.step, up.direction) == (2, Direction.UP)
    assert (down.step, down.direction) == (-1, Direction.DOWN)


@pytest.mark.parametrize("answer", [SKIPPED, NOT_APPLICABLE, DONT_KNOW])
def test_an_item_without_a_value_did_not_move(instrument: Instrument, answer: Answer) -> None:
    assert moved_items(instrument, {"start-1": answer}, {"start-1": 5}) == ()
    assert moved_items(instrument, {"start-1": 5}, {"start-1": answer}) == ()
    assert moved_items(instrument, {"start-1": 5}, {}) == ()


def test_items_of_an_older_version_are_left_alone(instrument: Instrument) -> None:
    assert moved_items(instrument, {"gone": 1, "start-1": 1}, {"start-1": 2})[0].item_key == "start-1"

"""What calls for an action, which gap comes first, and what kind of help to begin with."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.instruments import ActionKind, Instrument, Item
from readiness.priorities import MOST_ACTIONS, Trigger, find_triggers, recommend, worst_gaps
from readiness.scoring import DONT_KNOW, NOT_APPLICABLE, SKIPPED, Answer
from tests.content.shelf import instruments

MOUD = next(each for each in instruments() if each.slug == "moud-readiness")
ANSWER = st.one_of(st.integers(1, 5), st.sampled_from([SKIPPED, NOT_APPLICABLE, DONT_KNOW]))
RATINGS = st.fixed_dictionaries({item.key: ANSWER for item in MOUD.items})
AREA_KEYS = st.sets(st.sampled_from([area.key for area in MOUD.areas]))


@pytest.fixture
def instrument(make_instrument: Callable[..., Instrument], make_item: Callable[..., Item]) -> Instrument:
    start = [
        make_item("same-day", is_critical=True, weight=3, reach=3, effort=3),
        make_item("choice", weight=2, reach=2, action=ActionKind.ASSISTANCE),
        make_item("hours"),
        make_item("plan", action=ActionKind.PLAYBOOK),
        make_item("talk", action=ActionKind.CONVERSATION),
    ]
    return make_instrument(start=start, learn=[make_item("trained", weight=3, reach=3, action=ActionKind.COURSE)])


def _all(instrument: Instrument, value: Answer) -> dict[str, Answer]:
    return {item.key: value for item in instrument.items}


def test_usual_practice_calls_for_nothing(instrument: Instrument) -> None:
    assert find_triggers(instrument, _all(instrument, 4)) == {}
    assert recommend(instrument, _all(instrument, 4)) == ()
    assert worst_gaps(instrument, _all(instrument, 4)) == ()


def test_nothing_rated_calls_for_nothing(instrument: Instrument) -> None:
    assert find_triggers(instrument, {}) == {}


@pytest.mark.parametrize(("rating", "triggers"), [(1, (Trigger.CRITICAL_LOW,)), (2, (Trigger.CRITICAL_LOW,)), (3, ())])
def test_a_critical_item_at_two_calls_for_an_action(
    instrument: Instrument, rating: int, triggers: tuple[Trigger, ...]
) -> None:
    found = find_triggers(instrument, {**_all(instrument, 5), "same-day": rating})
    assert found.get("start", ()) == triggers


def test_an_area_below_three_calls_for_an_action(instrument: Instrument) -> None:
    low = {**_all(instrument, 3), "hours": 2}
    assert find_triggers(instrument, _all(instrument, 3)) == {}
    assert find_triggers(instrument, low) == {"start": (Trigger.LOW_AREA,)}


def test_a_lower_word_than_the_round_before_is_a_decline(instrument: Instrument) -> None:
    before = _all(instrument, 4)
    after = {**before, "hours": 3}
    assert find_triggers(instrument, after, before=before) == {"start": (Trigger.DECLINE,)}
    assert find_triggers(instrument, {**before, "hours": 5}, before=before) == {}
    assert find_triggers(instrument, after, before={}) == {}


@pytest.mark.parametrize(
    ("answers", "is_much"),
    [
        ({"hours": DONT_KNOW}, False),  # 1 of 5
        ({"hours": DONT_KNOW, "plan": NOT_APPLICABLE}, True),  # 1 of 4
        ({"hours": DONT_KNOW, "plan": DONT_KNOW}, True),
    ],
)
def test_a_quarter_of_dont_know_calls_for_an_action(
    instrument: Instrument, answers: dict[str, Answer], is_much: bool
) -> None:
    found = find_triggers(instrument, {**_all(instrument, 5), **answers})
    assert found == ({"start": (Trigger.DONT_KNOW,)} if is_much else {})


def test_triggers_stand_in_the_order_of_the_areas(instrument: Instrument) -> None:
    found = find_triggers(
        instrument, _all(instrument, 1), split_areas={"learn"}, leader_gap_areas={"start"}, before=_all(instrument, 2)
    )
    assert list(found.items()) == [
        ("start", (Trigger.CRITICAL_LOW, Trigger.LOW_AREA, Trigger.DECLINE, Trigger.LEADER_GAP)),
        ("learn", (Trigger.LOW_AREA, Trigger.DECLINE, Trigger.SPLIT)),
    ]


def test_a_low_critical_item_goes_before_a_larger_number(instrument: Instrument) -> None:
    ratings = {**_all(instrument, 5), "same-day": 2, "trained": 1}
    found = recommend(instrument, ratings)
    # (4 - 2) * 3 * 3 - 3 = 15 against (4 - 1) * 3 * 3 - 1 = 26
    assert [(each.item_key, each.priority) for each in found] == [("same-day", 15), ("trained", 26)]
    assert [gap.item_key for gap in worst_gaps(instrument, ratings)] == ["same-day", "trained"]


def test_priority_is_gap_times_weight_times_reach_less_effort(instrument: Instrument) -> None:
    gaps = worst_gaps(instrument, {**_all(instrument, 2), "same-day": 5, "trained": 5})
    assert [(gap.item_key, gap.gap, gap.priority) for gap in gaps] == [
        ("choice", 2, 7),
        ("hours", 2, 1),
        ("plan", 2, 1),
        ("talk", 2, 1),
    ]


def test_an_action_carries_its_start_value_and_kind(instrument: Instrument) -> None:
    (first,) = recommend(instrument, {**_all(instrument, 2), "same-day": 5, "trained": 5})
    assert (first.area_key, first.item_key, first.kind, first.rating) == ("start", "choice", ActionKind.ASSISTANCE, 2)
    assert not first.is_escalated


def test_a_split_area_needs_a_conversation_first(instrument: Instrument) -> None:
    found = recommend(instrument, {**_all(instrument, 5), "trained": 1}, split_areas={"learn"})
    assert [(each.item_key, each.kind, each.rating) for each in found] == [(None, ActionKind.CONVERSATION, None)]


def test_what_nobody_knows_is_talked_about(instrument: Instrument) -> None:
    (found,) = recommend(instrument, {**_all(instrument, 5), "hours": DONT_KNOW, "plan": DONT_KNOW, "talk": 3})
    assert (found.area_key, found.item_key, found.kind) == ("start", None, ActionKind.CONVERSATION)


@pytest.mark.parametrize(
    ("tried", "kind"),
    [
        (ActionKind.COURSE, ActionKind.CYCLE),
        (ActionKind.PLAYBOOK, ActionKind.CYCLE),
        (ActionKind.CONVERSATION, ActionKind.CYCLE),
        (ActionKind.CYCLE, ActionKind.ASSISTANCE),
        (ActionKind.ASSISTANCE, ActionKind.ASSISTANCE),
    ],
)
def test_help_gets_stronger_when_an_item_did_not_rise(
    instrument: Instrument, tried: ActionKind, kind: ActionKind
) -> None:
    ratings = {**_all(instrument, 5), "trained": 2}
    (found,) = recommend(instrument, ratings, before=ratings, tried={"trained": tried})
    assert (found.kind, found.is_escalated) == (kind, True)


@pytest.mark.parametrize("before", [None, {}, {"trained": 1}, {"trained": DONT_KNOW}])
def test_help_stays_as_it_is_when_the_item_rose_or_was_not_rated(
    instrument: Instrument, before: dict[str, Answer] | None
) -> None:
    ratings = {**_all(instrument, 5), "trained": 2}
    (found,) = recommend(instrument, ratings, before=before, tried={"trained": ActionKind.COURSE})
    assert (found.kind, found.is_escalated) == (ActionKind.COURSE, False)


def test_nothing_tried_is_nothing_to_escalate(instrument: Instrument) -> None:
    ratings = {**_all(instrument, 5), "trained": 2}
    (found,) = recommend(instrument, ratings, before=ratings)
    assert (found.kind, found.is_escalated) == (ActionKind.COURSE, False)


@given(ratings=RATINGS, split_areas=AREA_KEYS, leader_gap_areas=AREA_KEYS)
def test_at_most_three_actions_and_one_for_each_area(
    ratings: dict[str, Answer], split_areas: set[str], leader_gap_areas: set[str]
) -> None:
    triggers = find_triggers(MOUD, ratings, split_areas=split_areas, leader_gap_areas=leader_gap_areas)
    found = recommend(MOUD, ratings, split_areas=split_areas, leader_gap_areas=leader_gap_areas)
    assert len(found) == min(len(triggers), MOST_ACTIONS)
    assert len({each.area_key for each in found}) == len(found)
    for each in found:
        assert each.triggers == triggers[each.area_key]
        assert (each.item_key is None) == (each.rating is None)
        if each.item_key is None:
            assert each.kind is ActionKind.CONVERSATION
        else:
            assert MOUD.area_of(each.item_key).key == each.area_key
            assert ratings[each.item_key] == each.rating
            assert each.rating is not None
            assert each.rating < 4


@given(ratings=RATINGS)
def test_an_area_with_a_low_critical_item_is_never_passed_over(ratings: dict[str, Answer]) -> None:
    low = {key for key, found in find_triggers(MOUD, ratings).items() if Trigger.CRITICAL_LOW in found}
    recommended = {each.area_key for each in recommend(MOUD, ratings)}
    assert low <= recommended or len(low) > MOST_ACTIONS


@given(ratings=RATINGS)
def test_the_worst_gaps_are_sorted(ratings: dict[str, Answer]) -> None:
    gaps = worst_gaps(MOUD, ratings, most=40)
    assert [gap.is_low_critical for gap in gaps] == sorted((gap.is_low_critical for gap in gaps), reverse=True)
    for is_low in (True, False):
        priorities = [gap.priority for gap in gaps if gap.is_low_critical is is_low]
        assert priorities == sorted(priorities, reverse=True)
    assert {gap.item_key for gap in gaps} == {
        key for key, answer in ratings.items() if isinstance(answer, int) and answer < 4
    }

"""A scenario is a graph without loops, and replaying choices gives the same story every time."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.front_matter import ContentError
from lms.training.scenarios import (
    Quality,
    Scenario,
    UnknownChoice,
    n_distinct_paths,
    parse_scenario,
    reachable_scenes,
    replay,
    scenario_as_document,
    scenario_from_document,
)
from tests.factories.small_course import SCENARIO


@pytest.fixture
def scenario() -> Scenario:
    return parse_scenario(SCENARIO, file="library.toml")


@pytest.fixture
def refusal() -> Callable[[str, str], ContentError]:
    """Refuse the small scenario after replacing one text in it."""

    def refuse(old: str, new: str) -> ContentError:
        assert old in SCENARIO
        with pytest.raises(ContentError) as caught:
            parse_scenario(SCENARIO.replace(old, new), file="library.toml")
        return caught.value

    return refuse


def test_story_begins_at_its_start(scenario: Scenario) -> None:
    state = replay(scenario, [])
    assert state.scene.slug == "arrival"
    assert state.path == ()
    assert not state.is_finished
    assert state.debrief is None


def test_each_choice_leaves_its_consequence_on_the_path(scenario: Scenario) -> None:
    state = replay(scenario, ["walk-on"])
    assert state.scene.slug == "kneeling"
    assert state.path[0].scene_slug == "arrival"
    assert state.path[0].quality is Quality.HARMFUL
    assert state.path[0].consequence == {"en": "You come back.", "es": "Usted regresa."}


def test_story_ends_with_a_debrief(scenario: Scenario) -> None:
    state = replay(scenario, ["call-out", "spray"])
    assert state.is_finished
    assert state.scene.end is Quality.GOOD
    assert state.debrief == {"en": "Naloxone helped. [@label]", "es": "La naloxona ayudó. [@label]"}


@pytest.mark.parametrize("choices", [["spray"], ["call-out", "spray", "spray"], ["nothing"], [""]])
def test_a_choice_that_is_not_offered_is_refused(scenario: Scenario, choices: list[str]) -> None:
    with pytest.raises(UnknownChoice) as caught:
        replay(scenario, choices)
    assert caught.value.choice_slug == choices[-1]


def test_every_scene_can_be_reached_and_paths_are_counted(scenario: Scenario) -> None:
    assert reachable_scenes(scenario) == {"arrival", "kneeling", "end-safe", "end-helped"}
    assert n_distinct_paths(scenario) == 5


def test_scenario_survives_the_journey_through_a_document(scenario: Scenario) -> None:
    assert scenario_from_document(scenario_as_document(scenario)) == scenario


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        ('start = "arrival"', 'start = "nowhere"', "start", "there is no scene 'nowhere'"),
        ('next = "end-safe"', 'next = "nowhere"', "scenes", "'kneeling' leads to 'nowhere'"),
        ('next = "end-safe"', 'next = "arrival"', "scenes", "a path never ends: arrival → kneeling → arrival"),
        ('next = "end-safe"', 'next = "end-helped"', "scenes", "no choice leads to end-safe"),
        ('slug = "kneeling"', 'slug = "arrival"', "scenes", "used twice"),
        ('slug = "walk-on"', 'slug = "call-out"', "scenes.1.choices", "used twice"),
        ('end = "good"', 'end = "harmful"', "scenes.3.end", "good or fair"),
        ('end = "good"', "", "scenes.3.choices", "is missing"),
        ('quality = "harmful"', 'quality = "bad"', "scenes.1.choices.2.quality", "none of"),
        ('debrief = { en = "Asking', 'note = { en = "Asking', "scenes.4.debrief", "is missing"),
        ('es = "Usted se arrodilla."', 'es = ""', "scenes.2.text.es", "must not be blank"),
        (" ayudó. [@label]", " ayudó.", "scenes.3.debrief", "different markers"),
        ("A man lies there.", "![man](https://x.org)", "scenes.1.text.en", "an image"),
    ],
)
def test_scenario_refuses_a_fault_and_names_its_place(
    refusal: Callable[[str, str], ContentError], old: str, new: str, field: str, reason: str
) -> None:
    error = refusal(old, new)
    assert error.field == field
    assert reason in error.reason
    assert str(error).startswith("library.toml, ")


def test_a_scene_needs_two_to_four_choices(scenario: Scenario) -> None:
    document = scenario_as_document(scenario)
    scenes = document["scenes"]
    assert isinstance(scenes, list)
    choice = scenes[1]["choices"][0]
    for choices in ([choice], [{**choice, "slug": f"c-{number}"} for number in range(5)]):
        changed = [scenes[0], {**scenes[1], "choices": choices}, *scenes[2:]]
        with pytest.raises(ContentError, match="2 to 4 choices"):
            scenario_from_document({**document, "scenes": changed})


def test_a_very_long_story_is_no_trouble(scenario: Scenario) -> None:
    document = scenario_as_document(scenario)
    scenes = document["scenes"]
    assert isinstance(scenes, list)
    middle = [
        {
            **scenes[1],
            "slug": f"s-{number}",
            "choices": [{**each, "next": f"s-{number + 1}"} for each in scenes[1]["choices"]],
        }
        for number in range(1200)
    ]
    last = {**scenes[2], "slug": "s-1200"}
    long = scenario_from_document({**document, "start": "s-0", "scenes": [*middle, last]})
    assert n_distinct_paths(long) == 2**1200


@given(data=st.data())
def test_whoever_keeps_choosing_reaches_an_end(data: st.DataObject) -> None:
    scenario = parse_scenario(SCENARIO, file="library.toml")
    choices: list[str] = []
    while not replay(scenario, choices).is_finished:
        offered = [choice.slug for choice in replay(scenario, choices).scene.choices]
        choices.append(data.draw(st.sampled_from(offered)))
        assert len(choices) <= len(scenario.scenes)
    assert len(replay(scenario, choices).path) == len(choices)

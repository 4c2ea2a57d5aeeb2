"""The checks of a cycle against labels given by hand, and against cycles made wrong on purpose.

`labelled_cycles.toml` was labelled by somebody who had not seen the program; its head says how. Changing a label needs
a reason in the commit.
"""

import random
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from lms.improvement.fidelity import Check, CycleFacts, Outcome, profile
from lms.improvement.rules import Cadence, CycleState, Decision, FlagKind, PredictionOutcome, period_start

LABELLED = tomllib.loads((Path(__file__).parent / "labelled_cycles.toml").read_text("utf-8"))["cycle"]
FLAGS = {"late-plan": FlagKind.PLAN_AFTER_BEGIN, "edited-after-review": FlagKind.STUDY_AFTER_REVIEW}
# The site has weeks and months: numbers of days are entered by week, quarters are months with gaps.
CADENCES = {"day": Cadence.WEEK, "week": Cadence.WEEK, "month": Cadence.MONTH, "quarter": Cadence.MONTH}
FOUND = {"warn", "fail"}
ENOUGH = 0.95
SEED, N_MADE = 20260504, 300


def facts_of(written):
    values = {name: tuple(each) if isinstance(each, list) else each for name, each in written.items()}
    cadence = CADENCES.get(values.get("cadence"))
    if cadence is not None:
        values |= {
            "cadence": cadence,
            "periods_on": tuple({period_start(each, cadence) for each in values["periods_on"]}),
        }
    for name, kind in (("state", CycleState), ("decision", Decision), ("prediction_outcome", PredictionOutcome)):
        if name in values:
            values[name] = kind(values[name])
    values["flags"] = frozenset(FLAGS[each] for each in values.get("flags", ()))
    if "predecessor" in values:
        values["predecessor"] = facts_of(values["predecessor"])
    return CycleFacts(**values)


def outcomes(cycle, today, earlier=()):
    found = {each.check.name: each.outcome.value for each in profile(cycle, today=today, earlier=earlier)}
    return {check.name: found.get(check.name, "none") for check in Check}


def judged_by_hand():
    for each in LABELLED:
        earlier = [facts_of(other) for other in each.get("earlier", ())]
        yield each["expected"], outcomes(facts_of(each["facts"]), each["today"], earlier)


TODAY = date(2026, 6, 29)
MONDAY = date(2026, 5, 4)
BEFORE = CycleFacts(
    number=1,
    state=CycleState.REVIEWED,
    plan_texts=("Hand kits out at the door", "The greeter offers one to each visitor", "Greeter", "In April"),
    decision=Decision.ADOPT,
    scale_people=6,
    scale_sites=1,
)
WELL = CycleFacts(
    number=2,
    state=CycleState.REVIEWED,
    plan_texts=(
        "Do more people come to their visit",
        "Call each person the day before",
        "The front desk",
        "Two weeks in May",
    ),
    do_texts=("We called nine people and seven picked up",),
    study_texts=("Seven of nine came to their visit", "A call from a known voice helps"),
    act_texts=("It works and costs little", "Call everybody from now on"),
    began_on=MONDAY,
    ended_on=MONDAY + timedelta(days=11),
    studied_on=MONDAY + timedelta(days=14),
    has_prediction=True,
    is_prediction_measured=True,
    predicted_on=MONDAY - timedelta(days=3),
    prediction_outcome=PredictionOutcome.MET,
    comparison="We predicted six, and seven came",
    scale_people=9,
    scale_sites=1,
    carried="People forget visits on Mondays",
    has_change_idea=True,
    decision=Decision.ADOPT,
    decision_reason="It works and costs little",
    next_step="Call everybody from now on",
    has_measure=True,
    cadence=Cadence.WEEK,
    periods_on=tuple(MONDAY + timedelta(weeks=n) for n in range(-6, 3)),
    has_balancing_measure=True,
    predecessor=BEFORE,
    has_successor=True,
)
# One thing made wrong, and which outcome it must have; each touches its own check only.
WRONGS = {
    "F1": [({"act_texts": ("tbd", "")}, "fail"), ({"act_texts": ("Works well", "")}, "warn")],
    "F3": [({"is_prediction_measured": False}, "warn"), ({"predicted_on": MONDAY + timedelta(days=1)}, "fail")],
    "F4": [
        ({"comparison": "Yes."}, "warn"),
        ({"comparison": "n/a", "prediction_outcome": PredictionOutcome.MET}, "warn"),
    ],
    "F6": [({"scale_people": 5, "scale_sites": 1}, "fail"), ({"scale_people": None}, "warn")],
    "F7": [({"next_step": "", "stop_reason": "-"}, "warn")],
    "F8": [
        ({"carried": ""}, "fail"),
        ({"carried": "Same as before"}, "warn"),
        ({"carried": "Ver ciclo anterior"}, "warn"),
    ],
    "F9": [
        ({"has_measure": False}, "fail"),
        ({"periods_on": tuple(MONDAY + timedelta(weeks=n) for n in range(-2, 3))}, "warn"),
        ({"periods_on": tuple(MONDAY + timedelta(weeks=n) for n in range(-8, 3, 2))}, "fail"),
    ],
    "F10": [({"has_change_idea": False}, "fail")],
    "F11": [
        ({"has_balancing_measure": False, "decision_reason": ""}, "fail"),
        ({"has_balancing_measure": False, "decision_reason": "Works well"}, "warn"),
    ],
    "F12": [
        (
            {"began_on": MONDAY, "ended_on": MONDAY + timedelta(days=31), "studied_on": MONDAY + timedelta(days=33)},
            "warn",
        ),
    ],
    "F13": [({"flags": frozenset({FlagKind.STUDY_AFTER_REVIEW})}, "fail")],
    "F14": [({"plan_texts": BEFORE.plan_texts}, "warn"), ({"plan_texts": (*BEFORE.plan_texts[:3], "In May")}, "warn")],
    "F15": [({"has_harm": True}, "warn"), ({"do_texts": ("The patient fell and an ambulance came",)}, "warn")],
}
# The first cycle of a ramp, and one whose study came too early.
LARGE = ({"predecessor": None, "scale_people": 40, "scale_sites": 3, "carried": ""}, "F5", "fail", {"F6", "F8", "F11"})
EARLY = ({"studied_on": MONDAY + timedelta(days=10)}, "F2", "fail", set())
# Near misses: odd, and all right.
FINE = [
    {"comparison": "Six predicted, seven came."},
    {"scale_people": 6},
    {"scale_people": 5, "scale_sites": 2},
    {"predicted_on": MONDAY},
    {"studied_on": MONDAY + timedelta(days=11)},
    {"ended_on": MONDAY + timedelta(days=30), "studied_on": MONDAY + timedelta(days=30)},
    {"do_texts": ("Nobody was harmed and calls fell to three",)},
    {"carried": "The same nurse is away on Mondays, so we moved it"},
    {"has_balancing_measure": False},
    {"next_step": "", "stop_reason": "The clinic closes"},
    {"periods_on": tuple(MONDAY + timedelta(weeks=n) for n in range(-3, 1))},
]


def made(chance):
    """Return a cycle with up to three things made wrong, and the outcomes it must have."""
    expected = {check.name: "pass" for check in Check} | {"F5": "none"}
    if chance.random() < 0.25:
        change, check, outcome, silent = chance.choice([LARGE, EARLY])
        kept = {"decision": Decision.ADAPT} if silent else {}
        expected |= {check: outcome} | dict.fromkeys(silent, "none")
        return replace(WELL, **change, **kept), expected
    cycle = replace(WELL, **chance.choice(FINE)) if chance.random() < 0.4 else WELL
    for check in chance.sample(sorted(WRONGS), chance.choice([0, 1, 1, 2, 3])):
        change, outcome = chance.choice(WRONGS[check])
        cycle, expected[check] = replace(cycle, **change), outcome
    return cycle, expected


def judged_as_made():
    chance = random.Random(SEED)
    for _ in range(N_MADE):
        cycle, expected = made(chance)
        yield expected, outcomes(cycle, TODAY)


def shares(judged, check):
    """Return precision and recall of finding something to look at."""
    counts = Counter((expected[check] in FOUND, found[check] in FOUND) for expected, found in judged)
    hits = counts[True, True]
    return hits / max(1, hits + counts[False, True]), hits / max(1, hits + counts[True, False]), hits


def test_a_hundred_cycles_are_labelled_whole():
    assert len(LABELLED) == len({each["name"] for each in LABELLED}) == 100
    assert all(set(each["expected"]) == {check.name for check in Check} for each in LABELLED)


@pytest.mark.parametrize("check", [check.name for check in Check])
def test_what_is_worth_a_look_is_found_and_little_else(check):
    precision, recall, hits = shares([*judged_by_hand(), *judged_as_made()], check)
    assert hits >= 20
    assert precision >= ENOUGH
    assert recall >= ENOUGH


@pytest.mark.parametrize("check", [check.name for check in Check])
def test_by_hand_nothing_worth_a_look_is_missed(check):
    precision, recall, hits = shares(list(judged_by_hand()), check)
    assert hits >= 12
    assert precision >= 0.92
    assert recall == 1


def test_outcomes_are_those_of_the_labels():
    differ = [
        (expected[check], found[check])
        for expected, found in judged_by_hand()
        for check in found
        if expected[check] != found[check]
    ]
    assert len(differ) <= 5, differ


def test_what_was_made_wrong_on_purpose_is_found_as_such():
    for expected, found in judged_as_made():
        assert found == expected


def test_a_well_run_cycle_has_nothing_to_look_at():
    assert {each.outcome for each in profile(WELL, today=TODAY)} == {Outcome.PASS}

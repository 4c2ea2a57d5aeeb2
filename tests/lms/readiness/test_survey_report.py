"""The document of a staff survey: recomputed by other means, and attacked by whoever holds all that was released."""

import itertools
import json
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from scipy import stats

from lms.readiness.services.publishing import read_instruments
from lms.readiness.survey_document import read
from lms.readiness.survey_report import (
    EarlierRound,
    Group,
    Inputs,
    Response,
    Spread,
    build,
    build_pooled,
    choose_actions,
    levels_of,
)
from readiness.errors import InvalidScores
from readiness.instruments import ActionKind, Instrument
from readiness.priorities import Trigger
from tests.conftest import IS_THOROUGH
from tests.house.sources import ROOT

DAY = date(2026, 6, 30)
N_ORGANIZATIONS = 10_000 if IS_THOROUGH else 300
N_UNCHANGED = 4_000 if IS_THOROUGH else 300
GROUPS = (Group("nurse", "Nurses", 20), Group("peer", "Peer workers", 20), Group("desk", "Front desk", None))
LOW, HIGH = 1, 5


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return next(each for each in read_instruments(ROOT / "content") if each.slug == "staff-survey")


def person(
    instrument: Instrument, chance: random.Random, at: float, *, spread: float = 0.7, gaps: float = 0.0
) -> dict[str, int | str]:
    """Somebody's answers: they see things about so, reversed items are clicked the other way, some are left out."""
    own = chance.gauss(at, spread)
    said: dict[str, int | str] = {}
    for item in instrument.items:
        value = min(HIGH, max(LOW, round(chance.gauss(own, 0.6))))
        said[item.key] = LOW + HIGH - value if item.is_reversed else value
        if chance.random() < gaps:
            said[item.key] = chance.choice(("skipped", "dont-know", "not-applicable"))
    return said


def people(
    instrument: Instrument, n: int, *, seed: int, at: float = 3.2, gaps: float = 0.0, groups: Sequence[str] = ()
) -> list[Response]:
    chance = random.Random(seed)
    return [
        Response(person(instrument, chance, at, gaps=gaps), chance.choice(groups) if groups else None) for _ in range(n)
    ]


def made(instrument: Instrument, responses: Sequence[Response], on: date = DAY, **values: Any) -> dict[str, Any]:
    values.setdefault("headcount", len(responses) + 4)
    document = build(instrument, Inputs(responses=responses, **values), closed_on=on)
    assert json.loads(json.dumps(document)) == document
    return document


# ---------------------------------------------------------------- by other means


def turned(instrument: Instrument, response: Response) -> dict[str, float | str]:
    """Answers with more being better; the words of the states as they are."""
    found: dict[str, float | str] = {}
    for item in instrument.items:
        value = response.answers.get(item.key, "skipped")
        found[item.key] = value if isinstance(value, str) else LOW + HIGH - value if item.is_reversed else value
    return found


def area_scores(instrument: Instrument, said: Sequence[Mapping[str, Any]], area_key: str) -> np.ndarray:
    means = []
    keys = [item.key for item in instrument.get_area(area_key).items]
    for each in said:
        values = [each[key] for key in keys if not isinstance(each[key], str)]
        n_applicable = sum(each[key] != "not-applicable" for key in keys)
        if values and len(values) * 100 >= 80 * n_applicable:
            means.append(sum(values) / len(values))
    return np.array(means)


def half_up(value: float, decimals: int) -> float:
    return math.floor(value * 10**decimals + 0.5 + 1e-9) / 10**decimals


def expected_area(instrument: Instrument, said: Sequence[Mapping[str, Any]], area_key: str, headcount: int) -> dict:
    """What a statistician makes of one area with numpy and scipy, then rounded as the sheet says."""
    scores = area_scores(instrument, said, area_key)
    n = len(scores)
    if n < 5:
        return {"mean": None}
    mean, decimals = scores.mean(), 1 if n < 10 else 2
    if mean >= 4.5 - 1e-9:
        return {"mean": 4.5, "bound": "or-more", "margin": None}
    if mean <= 1.5 + 1e-9:
        return {"mean": 1.5, "bound": "or-less", "margin": None}
    steps = (0.5, 1.0) if n < 10 else (0.4, 0.6, 0.8, 1.0, 1.25, 1.6)
    sd = scores.std(ddof=1)
    coarse = next((step for step in steps if sd <= step + 1e-9), 2 * math.sqrt(n / (n - 1)))
    margin = stats.t.ppf(0.975, n - 1) * coarse / math.sqrt(n) * math.sqrt(1 - n / headcount)
    keys = [item.key for item in instrument.get_area(area_key).items]
    rows = np.array([[each[key] for key in keys] for each in said if not any(isinstance(each[k], str) for k in keys)])
    share = min(rows.var(axis=0, ddof=1).mean() / 2, 1.0)
    rwg = len(keys) * (1 - share) / (len(keys) * (1 - share) + share)
    ad = np.abs(rows - rows.mean(axis=0)).mean()
    word = "split" if rwg < 0.5 else "shared" if rwg >= 0.7 and ad <= 5 / 6 else "mixed"
    told = half_up(mean, decimals)
    is_hidden = len(rows) < 5 or (n < 10 and not 2 <= told <= 4 and word != "shared")
    answers = [each[key] for each in said for key in keys]
    n_applicable = len(answers) - answers.count("not-applicable")
    return {
        "mean": told,
        "bound": None,
        "margin": math.ceil(margin * 10**decimals - 1e-9) / 10**decimals,
        "agreement": None if is_hidden else word,
        "rwg": min(half_up(rwg, 2), 0.95) if n >= 10 else None,
        "ad": max(half_up(ad, 2), 0.2) if n >= 10 else None,
        "share_dont_know": half_up(answers.count("dont-know") / n_applicable, 2) if n >= 10 else None,
    }


def assert_same(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    for name, value in expected.items():
        if isinstance(value, float):
            assert told[name] == pytest.approx(value, abs=1e-9), name
        else:
            assert told[name] == value, name


@pytest.mark.parametrize(
    ("n", "gaps", "seed"), [(5, 0.0, 1), (7, 0.03, 2), (9, 0.06, 3), (10, 0.0, 4), (23, 0.05, 5), (60, 0.1, 6)]
)
def test_every_number_is_what_numpy_and_scipy_make_of_the_stored_answers(
    instrument: Instrument, n: int, gaps: float, seed: int
):
    responses = people(instrument, n, seed=seed, gaps=gaps)
    document = made(instrument, responses, headcount=n + 6)
    said = [turned(instrument, each) for each in responses]
    for line in document["areas"]:
        assert_same(line, expected_area(instrument, said, line["key"], n + 6))
    for line in document["items"]:
        assert_same(line, expected_item(said, line["key"]))
    told = [(line["mean"], instrument.get_area(line["key"]).weight) for line in document["areas"]]
    held = [(mean, weight) for mean, weight in told if mean is not None]
    if sum(weight for _, weight in held) * 100 >= 75 * sum(weight for _, weight in told):
        means, weights = zip(*held, strict=True)
        assert document["score"] == pytest.approx(half_up(np.average(means, weights=weights), 1), abs=1e-9)
    assert len(document["items"]) == (instrument.n_items if n >= 10 else 0)


def expected_item(said: Sequence[Mapping[str, Any]], key: str) -> dict[str, Any]:
    answers = [each[key] for each in said]
    values = [value for value in answers if not isinstance(value, str)]
    n_applicable = len(answers) - answers.count("not-applicable")
    share = answers.count("dont-know") / n_applicable if n_applicable >= 10 else None
    counts = [values.count(value) for value in range(LOW, HIGH + 1)]
    if len(values) < 10:
        return {"mean": None, "top_two": None, "distribution": None, "share_dont_know": share}
    if len(values) - max(counts) <= 2:
        return {
            "mean": float(np.argmax(counts) + 1),
            "distribution": None,
            "is_widened": True,
            "share_dont_know": share,
        }
    return {
        "mean": half_up(float(np.mean(values)), 2),
        "top_two": float(np.mean(np.array(values) >= 4)),
        "distribution": counts,
        "share_dont_know": share,
    }


def test_every_number_of_a_breakdown_is_recomputed(instrument: Instrument):
    responses = people(instrument, 40, seed=9, gaps=0.02, groups=("nurse", "peer", "desk"))
    document = made(instrument, responses, groups=GROUPS, cut="job-role", headcount=60)
    shown = [group for group in document["groups"] if group["n"] is not None]
    assert shown
    for group in shown:
        own = [each for each in responses if each.group_key == group["key"]]
        said = [turned(instrument, each) for each in own]
        assert group["n"] == len(own)
        for key, cell in group["areas"].items():
            if cell is not None:
                expected = expected_area(instrument, said, key, group["headcount"] or 10**12)
                assert_same(cell, {name: expected[name] for name in ("mean", "margin", "agreement")})


def test_a_change_is_what_scipy_makes_of_both_rounds(instrument: Instrument):
    before, after = people(instrument, 14, seed=21, at=3.0), people(instrument, 20, seed=22, at=3.5)
    earlier = EarlierRound(1, DAY - timedelta(days=200), made(instrument, before), before)
    own = made(instrument, after, earlier=earlier)
    spreads = {area.key: Spread(0.45, 380, 12) for area in instrument.areas}
    pooled = made(instrument, after, earlier=earlier, spreads=spreads)
    assert (own["change_basis"], pooled["change_basis"]) == ("own", "peers")
    for one, other in zip(own["areas"], pooled["areas"], strict=True):
        a, b = (area_scores(instrument, [turned(instrument, r) for r in rs], one["key"]) for rs in (before, after))
        welch = stats.ttest_ind(b, a, equal_var=False)
        assert one["certainty"] == word_of(welch.pvalue, abs(welch.statistic))
        t = (b.mean() - a.mean()) / math.sqrt(0.45 * (1 / len(a) + 1 / len(b)))
        assert other["certainty"] == word_of(2 * stats.t.sf(abs(t), 380), abs(t))
        assert one["step"] == pytest.approx(one["mean"] - one["earlier_mean"], abs=1e-9)


def word_of(p: float, t: float) -> str:
    return "clear" if p < 0.05 else "possible" if t > 1 else "cannot-tell"


# ---------------------------------------------------------------- what is not told


@pytest.mark.parametrize("n", range(5))
def test_fewer_than_five_tell_nothing(instrument: Instrument, n: int):
    document = made(instrument, people(instrument, n, seed=1), comments=["Hello"], groups=GROUPS, headcount=9)
    empty = made(instrument, [], headcount=9)
    assert document == empty
    assert levels_of(document) == {}
    assert read(document).n is None


def test_a_pooled_organization_has_no_report_of_its_own(instrument: Instrument):
    document = made(instrument, people(instrument, 7, seed=1), is_pooled=True)
    assert (document["n"], document["areas"], document["items"]) == (None, [], [])


@pytest.mark.parametrize("value", range(1, 6))
@pytest.mark.parametrize("n", [5, 9, 10, 30])
def test_a_unanimous_organization_is_not_told_from_others(instrument: Instrument, n: int, value: int):
    """Answers on which not all agree make the same figures, wherever those of all alike would tell."""
    alike = made(instrument, [Response(clicked(instrument, value))] * n)
    for line in alike["areas"]:
        assert line["mean"] != line["lower"] or line["margin"] is None
        assert line["mean"] not in {1.0, 5.0}
        assert line["rwg"] in {None, 0.95}
    assert all(line["distribution"] is None for line in alike["items"])
    assert all(line["top_two"] in {0.25, 0.75} for line in alike["items"])
    nearly = [Response(clicked(instrument, value))] * (n - 1)
    other = [*nearly, Response(clicked(instrument, value - 1 if value == HIGH else value + 1))]
    assert [line["mean"] for line in made(instrument, other)["items"]] == [line["mean"] for line in alike["items"]]


def clicked(instrument: Instrument, value: int) -> dict[str, int | str]:
    return {item.key: LOW + HIGH - value if item.is_reversed else value for item in instrument.items}


def test_comments_need_ten_people_and_lose_their_order(instrument: Instrument):
    comments = [f"Comment {number}" for number in range(8)]
    assert made(instrument, people(instrument, 9, seed=1), comments=comments)["comments"] == []
    first = made(instrument, people(instrument, 10, seed=1), comments=comments)["comments"]
    second = made(instrument, people(instrument, 10, seed=1), comments=comments[::-1])["comments"]
    assert first == second
    assert first != comments
    assert sorted(first) == comments


def test_rounds_that_differ_by_a_few_people_are_not_compared(instrument: Instrument):
    before, after = people(instrument, 12, seed=1), people(instrument, 14, seed=2)
    near = EarlierRound(1, DAY - timedelta(days=60), made(instrument, before), before)
    far = EarlierRound(1, DAY - timedelta(days=90), made(instrument, before), before)
    document = made(instrument, after, earlier=near)
    assert not document["is_change_shown"]
    assert all(line["earlier_mean"] is None and line["certainty"] is None for line in document["areas"])
    assert document["sentences"][2]["kind"] == "too-near"
    assert made(instrument, after, earlier=far)["is_change_shown"]


def test_a_few_late_answers_make_no_document(instrument: Instrument):
    first = people(instrument, 12, seed=1)
    late = [Response(each.answers, each.group_key, is_late=True) for each in people(instrument, 4, seed=2)]
    with pytest.raises(InvalidScores):
        made(instrument, [*first, *late], before=made(instrument, first))


def test_a_headcount_that_cannot_be_true_is_said_and_left_out(instrument: Instrument):
    responses = people(instrument, 12, seed=1)
    document = made(instrument, responses, headcount=9)
    assert document["is_headcount_low"]
    assert document["areas"][0]["margin"] == made(instrument, responses, headcount=10**9)["areas"][0]["margin"]


def test_small_organizations_are_pooled_only_when_none_outweighs_the_others(instrument: Instrument):
    sizes = (4, 3, 4)
    pooled = build_pooled(instrument, [people(instrument, n, seed=n) for n in sizes], closed_on=DAY)
    assert (pooled["n"], pooled["n_organizations"], pooled["headcount"]) == (11, 3, None)
    assert read(pooled).areas
    alone = build_pooled(instrument, [people(instrument, n, seed=n) for n in (9, 3, 2)], closed_on=DAY)
    assert (alone["n"], alone["areas"]) == (None, [])


# ---------------------------------------------------------------- actions


def test_actions_follow_from_what_was_released(instrument: Instrument):
    low = made(instrument, people(instrument, 14, seed=3, at=2.0))
    chosen = choose_actions(instrument, low, tried={})
    assert len(chosen) == 3
    assert len({each.area_key for each in chosen}) == 3
    assert all(Trigger.LOW_AREA in each.triggers for each in chosen)
    assert choose_actions(instrument, made(instrument, [Response(clicked(instrument, 4))] * 14), tried={}) == ()
    assert choose_actions(instrument, made(instrument, []), tried={}) == ()


def test_a_split_area_needs_a_conversation_first(instrument: Instrument):
    area = instrument.areas[0]
    responses = [Response(clicked(instrument, value)) for value in (1, 5) * 7]
    found = {each.area_key: each for each in choose_actions(instrument, made(instrument, responses), tried={})}
    assert found[area.key].kind is ActionKind.CONVERSATION
    assert found[area.key].item_key is None
    assert Trigger.SPLIT in found[area.key].triggers


def test_leaders_who_see_it_much_brighter_call_for_a_conversation(instrument: Instrument):
    area = instrument.areas[0]
    document = made(instrument, people(instrument, 8, seed=5, at=3.4), named_scores={area.key: 4.6})
    line = next(line for line in document["areas"] if line["key"] == area.key)
    assert line["has_leader_gap"]
    found = {each.area_key: each for each in choose_actions(instrument, document, tried={})}
    assert Trigger.LEADER_GAP in found[area.key].triggers


def test_what_was_tried_without_effect_gets_stronger_help(instrument: Instrument):
    responses = people(instrument, 14, seed=3, at=2.0)
    earlier = EarlierRound(1, DAY - timedelta(days=200), made(instrument, responses), responses)
    document = made(instrument, responses, earlier=earlier)
    first = next(each for each in choose_actions(instrument, document, tried={}) if each.item_key)
    again = choose_actions(instrument, document, tried={str(first.item_key): ActionKind.CYCLE})
    found = next(each for each in again if each.item_key == first.item_key)
    assert found.kind is ActionKind.ASSISTANCE
    assert found.is_escalated


# ---------------------------------------------------------------- attacks


class Attack:
    """Somebody who holds every document of one round and adds and subtracts what is in them.

    The unknowns are cells: the people of one group in one batch. What may be computed are the combinations of what was
    released; a set of cells is found when it is one of them.
    """

    def __init__(self, cells: Sequence[tuple[str | None, bool]]) -> None:
        self.cells = list(cells)
        self.sets = np.array(list(itertools.product((0, 1), repeat=len(self.cells)))[1:], dtype=float)

    def row(self, documents: int, group: str | None = None, *, is_whole: bool = False) -> list[float]:
        """What a figure of the first or second document adds up."""
        return [float((is_whole or key == group) and (documents == 2 or not late)) for key, late in self.cells]

    def found(self, rows: Sequence[Sequence[float]]) -> np.ndarray:
        """Return the sets of cells that the rows give away."""
        if not rows:
            return self.sets[:0]
        _, sizes, basis = np.linalg.svd(np.array(rows), full_matrices=False)
        basis = basis[sizes > 1e-9]
        left = self.sets - self.sets @ basis.T @ basis
        return self.sets[np.abs(left).max(axis=1) < 1e-7]


def test_the_attack_finds_what_a_careless_report_gives_away():
    attack = Attack([("nurse", False), ("peer", False), ("desk", False), ("desk", True)])
    whole, nurses, peers = attack.row(1, is_whole=True), attack.row(1, "nurse"), attack.row(1, "peer")
    assert [0.0, 0.0, 1.0, 0.0] in attack.found([whole, nurses, peers]).tolist()
    assert [0.0, 0.0, 0.0, 1.0] in attack.found([whole, attack.row(2, is_whole=True)]).tolist()
    assert [0.0, 0.0, 1.0, 0.0] not in attack.found([whole, nurses]).tolist()


@pytest.mark.timeout(7_200 if IS_THOROUGH else 120)
def test_nothing_leaks_and_most_of_the_larger_still_see_a_breakdown(instrument: Instrument):
    n_large = n_broken_down = 0
    for seed in range(N_ORGANIZATIONS):
        chance = random.Random(seed)
        documents, responses = life_of(instrument, chance)
        attack_counts(documents, responses)
        attack_means(instrument, documents, responses)
        attack_items(instrument, documents, responses)
        if documents and documents[0]["n"] is not None and documents[0]["n"] >= 25:
            n_large += 1
            n_broken_down += read(documents[0]).has_groups
    assert n_large >= N_ORGANIZATIONS / 10
    assert n_broken_down > n_large / 2


def life_of(instrument: Instrument, chance: random.Random) -> tuple[list[dict[str, Any]], list[Response]]:
    """One organization's round: its first document, and a second one when enough answers came late."""
    keys = ("nurse", "peer", "desk", "night", None)[: chance.randint(2, 5)]
    weights = [chance.random() ** 2 + 0.02 for _ in keys]
    n, at = chance.randint(3, 60), chance.uniform(1.4, 4.7)
    spread = chance.choice((0.0, 0.3, 0.8))
    first = [
        Response(person(instrument, chance, at, spread=spread, gaps=0.01), chance.choices(keys, weights)[0])
        for _ in range(n)
    ]
    n_late = chance.choice((0, 5, 6, 7, 12, 20))
    late = [
        Response(
            person(instrument, chance, chance.choice((at, 5.4)), spread=spread),
            chance.choices(keys, weights)[0],
            is_late=True,
        )
        for _ in range(n_late)
    ]
    groups = [Group(key, key, None) for key in keys if key is not None]
    documents = [made(instrument, first, groups=groups, cut="job-role", headcount=90)]
    if late:
        both = [*first, *late]
        documents.append(made(instrument, both, groups=groups, cut="job-role", headcount=90, before=documents[0]))
    return documents, [*first, *late]


def cells_of(people: Sequence[Response]) -> Counter[tuple[str | None, bool]]:
    return Counter((each.group_key, each.is_late) for each in people)


def attack_counts(documents: Sequence[Mapping[str, Any]], responses: Sequence[Response]) -> None:
    """No set of one to four people follows from the counts."""
    sizes = cells_of(responses)
    attack = Attack(list(sizes))
    rows = []
    for number, document in enumerate(documents, start=1):
        if document["n"] is None:
            continue
        rows.append(attack.row(number, is_whole=True))
        for group in document["groups"]:
            if group["n"] is not None:
                is_early = group["n"] == sizes[group["key"], False]
                rows.append(attack.row(1 if is_early else number, group["key"]))
    counts = np.array(list(sizes.values()))
    hidden = attack.found(rows) @ counts
    assert not np.any((hidden > 0) & (hidden < 5))


def attack_means(instrument: Instrument, documents: Sequence[Mapping[str, Any]], responses: Sequence[Response]) -> None:
    """No set of people whose area mean follows is small, nor do nearly all of them agree on an end of the scale."""
    cells: dict[tuple[str | None, bool], list[Mapping[str, Any]]] = {}
    for each in responses:
        cells.setdefault((each.group_key, each.is_late), []).append(turned(instrument, each))
    for area in instrument.areas:
        scored = {cell: area_scores(instrument, said, area.key) for cell, said in cells.items()}
        held = {cell: scores for cell, scores in scored.items() if len(scores)}
        attack = Attack(list(held))
        rows = [
            row
            for number, document in enumerate(documents, start=1)
            for row in mean_rows(attack, document, area.key, number, documents)
        ]
        counts = np.array([len(scores) for scores in held.values()])
        sums = np.array([sum(scores) for scores in held.values()])
        found = attack.found(rows)
        n = found @ counts
        assert not np.any((n > 0) & (n < 5)), area.key
        means = (found @ sums) / np.maximum(n, 1)
        assert not np.any((n > 0) & ((means >= 4.5) | (means <= 1.5))), area.key


def mean_rows(
    attack: Attack, document: Mapping[str, Any], key: str, number: int, documents: Sequence[Mapping[str, Any]]
) -> list[list[float]]:
    """What the means of one area in one document add up; a figure that was not renewed adds up what it did before."""
    line = next((line for line in document["areas"] if line["key"] == key), None)
    if line is None or line["mean"] is None:
        return []
    is_first = number == 1 or documents[0]["n"] is None
    rows = []
    if line["bound"] is None:
        is_new = is_first or line["is_renewable"]
        rows.append(attack.row(number if is_new else 1, is_whole=True))
    for place, group in enumerate(document["groups"]):
        if group["areas"][key] is not None:
            before = None if is_first else documents[0]["groups"][place]["areas"][key]
            is_new = is_first or (group["is_renewable"] and line["is_renewable"]) or before is None
            rows.append(attack.row(number if is_new else 1, group["key"]))
    return rows


def attack_items(instrument: Instrument, documents: Sequence[Mapping[str, Any]], responses: Sequence[Response]) -> None:
    """What came late to an item is nothing, or enough people who do not nearly all agree."""
    if len(documents) < 2 or not documents[0]["items"]:
        return
    for before, after in zip(documents[0]["items"], documents[1]["items"], strict=True):
        if before["distribution"] and after["distribution"]:
            came = np.array(after["distribution"]) - np.array(before["distribution"])
            assert not came.any() or (came.sum() >= 10 and came.sum() - came.max() > 2)
    if documents[0]["comments"] != documents[1]["comments"]:
        assert sum(each.is_late for each in responses) >= 10


@pytest.mark.timeout(7_200 if IS_THOROUGH else 120)
def test_when_nothing_changed_clear_change_is_said_in_few_rounds(instrument: Instrument):
    """Peers of all sizes; nobody's view changes between the two rounds, only who happens to answer."""
    chance = random.Random(7)
    n_clear = n_told = 0
    for _ in range(N_UNCHANGED // 50):
        rounds = []
        for _ in range(50):
            at, n = chance.gauss(3.3, 0.35), chance.choice((5, 6, 7, 9, 12, 18, 30))
            rounds.append([[Response(person(instrument, chance, at)) for _ in range(n)] for _ in range(2)])
        spreads = spreads_of(instrument, [after for _, after in rounds])
        for before, after in rounds:
            earlier = EarlierRound(1, DAY - timedelta(days=200), made(instrument, before), before)
            document = made(instrument, after, earlier=earlier, spreads=spreads)
            words = [line["certainty"] for line in document["areas"] if line["certainty"] is not None]
            n_told += len(words)
            n_clear += words.count("clear")
    assert n_told > N_UNCHANGED
    assert n_clear <= 0.05 * n_told


def spreads_of(instrument: Instrument, groups: Sequence[Sequence[Response]]) -> dict[str, Spread]:
    spreads = {}
    for area in instrument.areas:
        scores = [area_scores(instrument, [turned(instrument, each) for each in group], area.key) for group in groups]
        df = sum(len(each) for each in scores) - len(scores)
        within = sum(((each - each.mean()) ** 2).sum() for each in scores) / df
        spreads[area.key] = Spread(float(within), df, len(scores))
    return spreads

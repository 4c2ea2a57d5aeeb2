"""A cycle noted in three answers: planned at once, honest about time, and enriched later."""

from datetime import date

import pytest
from sqlalchemy import func, select

from lms.db import db
from lms.improvement.models import Cycle, CycleFlag, Prediction, QuickNote
from lms.improvement.queries import get_cycle
from lms.improvement.rules import CycleState
from tests.factories.improvement import make_cycle
from tests.statements import counted_statements

THREE = {
    "what": "Offer a kit at the night window\nby name",
    "expected": "Four of five take one",
    "by_on": "2026-06-05",
    "begun": "to-come",
}


@pytest.fixture
def path(shop):
    return f"{shop.url}/cycles/quick"


def noted():
    return get_cycle(db.session.scalar(select(func.max(Cycle.id))))


def flags_of(cycle):
    return {flag.kind.value for flag in cycle.flags}


def test_three_answers_make_a_planned_cycle_with_its_prediction(site, shop, as_person, path):
    as_person(shop.member)
    assert "Note a quick cycle" in site.get(shop.url).text
    response = site.post(path, THREE, status=303)
    cycle = noted()
    assert response.location == f"/improve/cycles/{cycle.id}"
    assert (cycle.state, cycle.title) == (CycleState.PLANNED, "Offer a kit at the night window")
    assert cycle.plan_what == "Offer a kit at the night window\nby name"
    assert (cycle.prediction.words, cycle.prediction.by_on) == ("Four of five take one", date(2026, 6, 5))
    assert cycle.prediction.locked_at is None
    assert not cycle.flags
    page = site.get(response.location).text
    assert "Begin the test" in page
    assert "For a full cycle still missing: What do you want to find out? · Who does it? · When?" in page
    assert "A number and a day in the prediction" in page


def test_a_number_of_people_is_enough_and_one_of_both_is_needed(site, shop, as_person, path):
    as_person(shop.member)
    page = site.post(path, {**THREE, "by_on": ""}, status=422).text
    assert "One of them is enough" in page
    assert "Four of five take one" in page
    site.post(path, {**THREE, "by_on": "", "scale_people": "5"}, status=303)
    assert noted().scale_people == 5


def test_it_begins_with_three_answers_and_locks_the_prediction(site, shop, as_person, path):
    as_person(shop.member)
    site.post(path, THREE, status=303)
    url = f"/improve/cycles/{noted().id}"
    fields = {"began_on": "2026-06-01", "row_version": str(noted().row_version)}
    site.post(f"{url}/begin", fields, page=url, status=303)
    cycle = noted()
    assert cycle.state is CycleState.DOING
    assert cycle.prediction.locked_at is not None
    assert not cycle.flags
    for stage in ("study", "act"):
        site.get(f"{url}/{stage}", status=409)


def test_it_stays_ready_while_it_is_enriched_bit_by_bit(site, shop, as_person, path):
    as_person(shop.member)
    site.post(path, THREE, status=303)
    url = f"/improve/cycles/{noted().id}"
    plan = {"title": "Offer a kit", "plan_what": "Offer it by name", "words": "Four of five take one"}
    fields = {**plan, "by_on": "2026-06-05", "plan_who": "The night team", "row_version": "2"}
    site.post(f"{url}/plan", fields, status=303)
    assert noted().state is CycleState.PLANNED
    assert noted().prediction.by_on == date(2026, 6, 5)
    assert "Who does it?" not in site.get(url).text.split("For a full cycle still missing", 1)[1].split("</p>", 1)[0]
    site.post(f"{url}/plan", {**fields, "words": "", "by_on": "", "row_version": "3"}, status=303)
    assert noted().state is CycleState.DRAFT  # without what is expected nothing begins


@pytest.mark.parametrize("began_on", ["2026-05-28", "2026-06-01"])
def test_noted_after_the_fact_it_is_said_for_ever_and_before_saving(site, shop, as_person, path, began_on):
    as_person(shop.member)
    assert "it stays on record for ever that the plan came after the test began" in site.get(path).text
    site.post(path, {**THREE, "begun": "begun", "began_on": began_on}, status=303)
    cycle = noted()
    assert cycle.state is CycleState.DOING
    assert cycle.prediction.locked_at is not None
    assert flags_of(cycle) == {"begin-backdated"}
    assert "before its plan was written" in site.get(f"/improve/cycles/{cycle.id}").text


@pytest.mark.parametrize(("broken", "sentence"), [
    ({"what": ""}, "Write what you try"), ({"expected": "  "}, "Write what you expect"),
    ({"by_on": "2026-05-31"}, "still to come"), ({"by_on": "June"}, "Four of five"),
    ({"scale_people": "2.5"}, "Four of five"), ({"scale_people": "-1"}, "Four of five"),
    ({"begun": "x"}, "Four of five"),
    ({"begun": "begun"}, "on which the test began"), ({"begun": "begun", "began_on": "2026-06-02"}, "not come yet"),
    ({"begun": "begun", "began_on": "2026-06-01", "by_on": "2026-05-31"}, "before the first day"),
    ({"what": "x" * 10_000}, "1000 characters or fewer"),
])  # fmt: skip
def test_what_is_broken_is_given_back(site, shop, as_person, path, broken, sentence):  # noqa: PLR0917
    as_person(shop.member)
    assert sentence in site.post(path, {**THREE, **broken}, status=422).text
    assert db.session.scalar(select(func.count()).select_from(Cycle)) == 0


def test_strange_words_are_only_words(site, shop, as_person, path):
    as_person(shop.member)
    site.post(path, {**THREE, "what": "=cmd() <script>x</script> 🧪 \u202eabc"}, status=303)
    page = site.get(f"/improve/cycles/{noted().id}").text
    assert "<script>x" not in page
    assert "🧪" in page


def test_a_second_click_notes_once(site, shop, as_person, path):
    as_person(shop.member)
    fields = {**site.hidden_fields(path), **THREE}
    for _click in range(2):
        assert site.client.post(path, data=fields).status_code == 303
    for table in (Cycle, QuickNote, Prediction):
        assert db.session.scalar(select(func.count()).select_from(table)) == 1
    assert db.session.scalar(select(func.count()).select_from(CycleFlag)) == 0


@pytest.mark.parametrize(("who", "status"), [("lead", 200), ("staff", 403), ("expert", 403), ("stranger", 404)])
def test_who_notes(site, shop, as_person, path, who, status):  # noqa: PLR0917
    as_person(getattr(shop, who))
    site.get(path, status=status)
    if status != 200:
        site.post(path, THREE, page="/improve", status=status)


def test_the_page_is_cheap(site, shop, as_person, path):
    make_cycle(shop.team, shop.member, "acted")
    as_person(shop.member)
    site.get(path)
    with counted_statements() as seen:
        site.get(path)
    assert len(seen) <= 8

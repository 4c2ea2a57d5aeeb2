from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock, signals
from lms.db import db
from lms.improvement import services
from lms.improvement.models import Cycle, CycleFlag, CycleRevision, Prediction
from lms.improvement.queries import get_cycle
from lms.improvement.rules import CycleState
from tests.factories.improvement import NOON, make_cycle, make_entries, make_measure, make_team
from tests.statements import counted_statements

PLAN = {
    "title": "Call the day before",
    "objective": "Do more people come?",
    "plan_what": "Call each person",
    "plan_who": "Front desk",
    "plan_when": "Tuesday",
    "scale_people": "6",
    "words": "Eight of ten people will come",
}


@pytest.fixture
def acted(shop):
    """What the signal for reviewers carried."""
    seen = []

    def note(_sender, *, cycle):
        seen.append(cycle.id)

    signals.cycle_acted.connect(note)
    yield seen
    signals.cycle_acted.disconnect(note)


def newest():
    return db.session.scalars(select(Cycle).order_by(Cycle.id.desc()).execution_options(populate_existing=True)).first()


def url_of(cycle):
    return f"/improve/cycles/{cycle.id}"


def test_a_member_walks_a_cycle_from_plan_to_act(site, shop, as_person, acted):
    make_entries(shop.measure, shop.member, 8, 9, 10, 11)
    as_person(shop.member)
    response = site.post(f"{shop.url}/cycles/new", {"title": "Call the day before", "predecessor": "0"}, status=303)
    cycle = newest()
    assert response.location == f"{url_of(cycle)}/plan"
    assert "Still missing" in site.get(url_of(cycle)).text
    prediction = {
        "measure": str(shop.measure.id),
        "shape": "at-least",
        "low": "62,5",
        "by_on": "2026-06-14",
        "confidence": "70",
    }
    site.post(f"{url_of(cycle)}/plan", {**PLAN, **prediction, "row_version": "1"}, status=303)
    assert newest().state is CycleState.PLANNED
    page = site.get(url_of(cycle)).text
    assert "Begin the test" in page
    assert "at least 62.5 percent" in page
    site.post(f"{url_of(cycle)}/begin", {"began_on": "2026-06-01", "row_version": "2"}, page=url_of(cycle), status=303)
    assert newest().state is CycleState.DOING
    assert db.session.scalar(select(Prediction.locked_at)) == NOON
    with clock.fixed(NOON + timedelta(days=7)):
        as_person(shop.member)
        done = {
            "began_on": "2026-06-01",
            "ended_on": "2026-06-05",
            "what_happened": "We called six",
            "row_version": "3",
        }
        site.post(f"{url_of(cycle)}/do", done, status=303)
        study = {
            "done_as_planned": "yes",
            "study_findings": "Five came",
            "comparison": "A bit less",
        }
        site.post(f"{url_of(cycle)}/study", {**study, "learned": "Call earlier", "row_version": "4"}, status=303)
        act = {"decision": "adapt", "decision_reason": "It helps some", "next_step": "Call two days before"}
        site.post(f"{url_of(cycle)}/act", {**act, "row_version": "5"}, status=303)
    assert newest().state is CycleState.ACTED
    assert acted == [cycle.id]
    as_person(shop.member)
    page = site.get(url_of(cycle)).text
    assert "Waits for review" in page
    assert "Start the next cycle" in page
    history = site.get(f"{url_of(cycle)}/history").text
    for text in (
        "Call each person",
        "We called six",
        "Mo Member",
        "From Draft to Planned.",
        "First dose within 24 hours",
    ):
        assert text in history


@pytest.mark.parametrize(
    ("upto", "stage"), [("planned", "do"), ("draft", "do"), ("doing", "study"), ("studying", "act")]
)
def test_no_stage_is_written_before_its_time(site, shop, as_person, upto, stage):
    cycle = make_cycle(shop.team, shop.member, upto)
    as_person(shop.member)
    site.get(f"{url_of(cycle)}/{stage}", status=409)
    assert site.post(f"{url_of(cycle)}/{stage}", {"row_version": str(cycle.row_version)}).status_code == 409
    assert newest().state is cycle.state


def test_a_draft_cannot_begin_and_a_begun_cycle_not_again(site, shop, as_person):
    as_person(shop.member)
    for upto in ("draft", "doing"):
        cycle = make_cycle(shop.team, shop.member, upto)
        fields = {"began_on": "2026-06-01", "row_version": str(cycle.row_version)}
        assert site.post(f"{url_of(cycle)}/begin", fields, page=shop.url).status_code == 409


def test_who_begins_too_late_sees_the_cycle_as_it_is_now(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    as_person(shop.member)
    stale = {"began_on": "2026-06-01", **site.hidden_fields(url_of(cycle)), "row_version": str(cycle.row_version - 1)}
    page = site.client.post(f"{url_of(cycle)}/begin", data=stale)
    assert page.status_code == 409
    assert "Somebody else changed" in page.text
    assert f'action="{url_of(cycle)}/begin"' in page.text
    assert f'name="row_version" type="hidden" value="{cycle.row_version}"' in page.text  # the next click begins it
    fields = {"began_on": "2026-06-01", "row_version": str(cycle.row_version)}
    site.post(f"{url_of(cycle)}/begin", fields, status=303)
    again = site.client.post(f"{url_of(cycle)}/begin", data=stale | {"began_on": "2026-05-31"})
    assert again.status_code == 409
    assert "has begun already" in again.text
    assert f"{url_of(cycle)}/do" in again.text


def test_a_test_cannot_begin_tomorrow(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    as_person(shop.member)
    fields = {"began_on": "2026-06-02", "row_version": str(cycle.row_version)}
    assert "has not come yet" in site.post(f"{url_of(cycle)}/begin", fields, page=url_of(cycle), status=422).text


def test_a_begin_before_the_plan_is_said_for_ever(site, shop, as_person):
    as_person(shop.member)
    site.post(f"{shop.url}/cycles/new", {"title": "Call", "predecessor": "0"}, status=303)
    cycle = newest()
    site.post(f"{url_of(cycle)}/plan", {**PLAN, "row_version": "1"}, status=303)
    site.post(f"{url_of(cycle)}/begin", {"began_on": "2026-05-20", "row_version": "2"}, page=url_of(cycle), status=303)
    assert db.session.scalar(select(CycleFlag.kind)) == "begin-backdated"
    assert "before its plan was written" in site.get(url_of(cycle)).text


def test_a_plan_changed_after_the_begin_is_said_for_ever_and_the_prediction_stays(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "doing")
    as_person(shop.member)
    assert "What do you predict?" not in site.get(f"{url_of(cycle)}/plan").text
    changed = {**PLAN, "plan_who": "The night team", "words": "Everybody comes", "row_version": str(cycle.row_version)}
    site.post(f"{url_of(cycle)}/plan", changed, status=303)
    assert db.session.scalar(select(CycleFlag.kind)) == "plan-after-begin"
    assert db.session.scalar(select(Prediction.words)) == "Eight of ten people will come"
    assert "The front desk" in site.get(f"{url_of(cycle)}/history").text


def test_a_test_does_not_end_before_it_begins_or_tomorrow(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "doing")
    as_person(shop.member)
    for day, sentence in (("2026-01-01", "or later"), ("2026-06-02", "has not come yet")):
        fields = {"began_on": "2026-05-12", "ended_on": day, "row_version": str(cycle.row_version)}
        assert sentence in site.post(f"{url_of(cycle)}/do", fields, status=422).text


def test_do_can_be_saved_while_the_test_goes_on(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "doing")
    as_person(shop.member)
    fields = {"began_on": "2026-05-12", "what_happened": "Day one", "row_version": str(cycle.row_version)}
    site.post(f"{url_of(cycle)}/do", fields, status=303)
    assert newest().state is CycleState.DOING


@pytest.mark.parametrize(("stage", "upto", "field"), [
    ("plan", "planned", "plan_what"), ("do", "doing", "what_happened"), ("study", "studying", "learned"),
    ("act", "studied", "decision_reason"),
])  # fmt: skip
def test_edits_that_meet_show_both_texts(site, shop, as_person, stage, upto, field):  # noqa: PLR0917
    cycle = make_cycle(shop.team, shop.member, upto)
    as_person(shop.member)
    whole = {
        **PLAN, "began_on": "2026-05-12", "done_as_planned": "yes", "study_findings": "Some came",
        "comparison": "As predicted", "learned": "Calls help", "decision": "abandon", "decision_reason": "No time",
        "stop_reason": "It costs too much", "row_version": str(cycle.row_version),
    }  # fmt: skip
    site.post(f"{url_of(cycle)}/{stage}", {**whole, field: "Theirs was first"}, status=303)
    page = site.post(f"{url_of(cycle)}/{stage}", {**whole, field: "Mine came later"}, status=409).text
    assert "Theirs was first" in page
    assert "Mine came later" in page
    again = {**whole, field: "Mine came later", "row_version": str(newest().row_version)}
    site.post(f"{url_of(cycle)}/{stage}", again, status=303)


def test_a_second_click_on_act_hands_in_once(site, shop, as_person, acted):
    cycle = make_cycle(shop.team, shop.member, "studied")
    as_person(shop.member)
    path = f"{url_of(cycle)}/act"
    act = {
        "decision": "abandon",
        "decision_reason": "No effect",
        "stop_reason": "Nobody came",
        "row_version": str(cycle.row_version),
    }
    fields = {**site.hidden_fields(path), **act}
    for _click in range(2):
        assert site.client.post(path, data=fields).status_code == 303
    assert acted == [cycle.id]
    assert len(db.session.scalars(select(CycleRevision).where(CycleRevision.state_after == "acted")).all()) == 1


def test_act_asks_for_a_next_step_or_a_reason_to_stop(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "studied")
    as_person(shop.member)
    fields = {"decision_reason": "Because", "row_version": str(cycle.row_version)}
    assert (
        "Write what comes next" in site.post(f"{url_of(cycle)}/act", {**fields, "decision": "adopt"}, status=422).text
    )
    assert "why you stop" in site.post(f"{url_of(cycle)}/act", {**fields, "decision": "abandon"}, status=422).text


def test_a_cycle_that_came_back_is_answered_and_sent_again(site, shop, as_person, acted):
    cycle = make_cycle(shop.team, shop.member, "acted")
    acted.clear()
    assert services.mark_returned(cycle, by_id=shop.expert.id)
    db.session.commit()
    as_person(shop.member)
    assert "Answer your TA expert" in site.get(url_of(cycle)).text
    assert "Answer the questions" in site.get(shop.url).text
    site.post(f"{url_of(cycle)}/resubmit", page=url_of(cycle), status=303)
    assert acted == [cycle.id]
    assert site.post(f"{url_of(cycle)}/resubmit", page=url_of(cycle)).status_code == 409


def test_a_reviewed_cycle_says_when_its_study_is_changed(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "acted")
    assert services.mark_reviewed(cycle, by_id=shop.expert.id)
    assert not services.mark_reviewed(cycle, by_id=shop.expert.id)
    assert not services.mark_returned(cycle, by_id=shop.expert.id)
    db.session.commit()
    as_person(shop.member)
    study = {"done_as_planned": "no", "study_findings": "None came", "comparison": "Far less", "learned": "Do not call"}
    version = str(get_cycle(cycle.id).row_version)
    site.post(f"{url_of(cycle)}/study", {**study, "row_version": version}, status=303)
    assert db.session.scalar(select(CycleFlag.kind)) == "study-after-review"
    assert newest().state is CycleState.REVIEWED


def test_a_cycle_that_was_not_run_is_kept_with_its_reason(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    as_person(shop.member)
    path = f"{url_of(cycle)}/not-run"
    site.post(path, {"row_version": str(cycle.row_version)}, status=422)
    site.post(path, {"reason": "The nurse was away", "row_version": str(cycle.row_version)}, status=303)
    assert "The nurse was away" in site.get(url_of(cycle)).text
    site.get(path, status=409)


@pytest.mark.parametrize(("who", "reads", "writes"), [
    ("lead", 200, 200), ("staff", 200, 403), ("expert", 200, 403), ("coordinator", 200, 403), ("stranger", 404, 404),
])  # fmt: skip
def test_who_reads_and_writes_a_cycle(site, shop, as_person, who, reads, writes):  # noqa: PLR0917
    cycle = make_cycle(shop.team, shop.member)
    as_person(getattr(shop, who))
    site.get(url_of(cycle), status=reads)
    site.get(f"{url_of(cycle)}/history", status=reads)
    site.get(f"{url_of(cycle)}/plan", status=writes)
    fields = {"began_on": "2026-06-01", "row_version": "1"}
    if writes != 200:
        site.post(f"{url_of(cycle)}/begin", fields, page="/improve", status=writes)
        site.post(f"{url_of(cycle)}/resubmit", page="/improve", status=writes)


def test_another_teams_idea_measure_and_cycle_cannot_be_chosen(site, shop, as_person):
    other = make_team(shop.river, shop.neighbor, name="River team")
    measure, cycle = make_measure(other, shop.neighbor), make_cycle(other, shop.neighbor)
    as_person(shop.member)
    own = make_cycle(shop.team, shop.member)
    site.post(f"{url_of(own)}/plan", {**PLAN, "measure": str(measure.id), "row_version": "1"}, status=422)
    site.get(f"{shop.url}/cycles/new?after={cycle.id}", status=404)
    site.post(f"{shop.url}/cycles/new", {"title": "x y", "predecessor": str(cycle.id)}, page=shop.url, status=404)


@pytest.mark.parametrize("broken", [
    {"low": "many"}, {"low": "1,234"}, {"shape": "at-least"}, {"shape": "between", "low": "5", "high": "2"},
    {"confidence": "100"}, {"scale_people": "-3"}, {"scale_people": "2.5"}, {"starts_on": "2026-13-01"},
    {"starts_on": "2026-06-09", "ends_on": "2026-06-01"}, {"row_version": "x" * 40}, {"title": ""},
    {"plan_who": "x" * 10_000},
])  # fmt: skip
def test_a_broken_plan_is_given_back(site, shop, as_person, broken):
    cycle = make_cycle(shop.team, shop.member)
    as_person(shop.member)
    full = {**PLAN, "measure": str(shop.measure.id), "by_on": "2026-07-01", "row_version": "1"}
    response = site.post(f"{url_of(cycle)}/plan", {**full, **broken})
    assert response.status_code in {409, 422}
    assert "Call each person" in response.text


def test_a_cycle_that_follows_carries_what_was_learned(site, shop, as_person):
    before = make_cycle(shop.team, shop.member, "acted")
    as_person(shop.member)
    page = site.get(f"{shop.url}/cycles/new?after={before.id}").text
    assert "Calls help" in page
    fields = {"title": "Call ten people", "carried": "Calls help", "predecessor": str(before.id)}
    site.post(f"{shop.url}/cycles/new", fields, page=f"{shop.url}/cycles/new?after={before.id}", status=303)
    assert newest().predecessor_id == before.id
    assert "Before:" in site.get(url_of(newest())).text
    assert "After:" in site.get(url_of(before)).text


def test_harm_is_a_banner(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "doing")
    as_person(shop.member)
    fields = {"began_on": "2026-05-12", "has_harm": "y", "row_version": str(cycle.row_version)}
    site.post(f"{url_of(cycle)}/do", fields, status=303)
    assert "talk with your TA expert today" in site.get(url_of(cycle)).text


def test_a_cycle_page_costs_the_same_with_much_work(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "acted", measure_id=shop.measure.id)
    as_person(shop.staff)

    def cost():
        site.get(url_of(cycle))
        with counted_statements() as seen:
            site.get(url_of(cycle))
        return len(seen)

    before = cost()
    make_entries(shop.measure, shop.member, *range(1, 16))
    for _number in range(6):
        make_cycle(shop.team, shop.member, "acted", measure_id=shop.measure.id)
    assert cost() == before
    assert before <= 15

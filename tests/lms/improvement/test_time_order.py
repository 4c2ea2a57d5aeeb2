"""Attacks on the order of time: through pages, replayed forms, changed ids, and edits that meet."""

from datetime import date, timedelta

import pytest
from sqlalchemy import inspect, select

from lms import clock
from lms.db import db
from lms.improvement.models import Cycle, CycleFlag, Prediction
from lms.improvement.queries import get_cycle, load_work
from lms.improvement.rules import CycleState, PredictionOutcome
from lms.improvement.services import cycles, mark_reviewed
from lms.improvement.services.cycle_saving import OutOfOrder
from lms.improvement.services.cycles import Plan, Predicted
from lms.improvement.services.stale import StaleEdit
from tests.factories.improvement import NOON, TODAY, make_cycle, make_entries, make_team

WHOLE = {
    "title": "Call the day before",
    "objective": "Do more people come?",
    "plan_what": "Call each person",
    "plan_who": "Front desk",
    "plan_when": "Tuesday",
    "words": "Everybody will come",
    "began_on": "2026-05-12",
    "ended_on": "2026-05-19",
    "what_happened": "We called six people",
    "done_as_planned": "yes",
    "study_findings": "All of them came",
    "comparison": "Just as predicted",
    "learned": "Calls always help",
    "decision": "abandon",
    "decision_reason": "There is no time",
    "stop_reason": "It costs too much",
    "reason": "The nurse was away",
}
TOO_EARLY = [
    ("draft", "begin"), ("draft", "do"), ("draft", "study"), ("draft", "act"),
    ("planned", "do"), ("planned", "study"), ("planned", "act"),
    ("doing", "begin"), ("doing", "study"), ("doing", "act"),
    ("studying", "begin"), ("studying", "act"), ("studying", "not-run"),
    ("studied", "begin"), ("studied", "not-run"),
    ("acted", "begin"), ("acted", "not-run"), ("acted", "resubmit"),
]  # fmt: skip
FORGED = {
    "state": "acted",
    "planned_at": "2026-01-01T00:00:00",
    "begun_at": "2026-01-01T00:00:00",
    "studied_at": "2026-01-01T00:00:00",
    "written_at": "2026-01-01T00:00:00",
    "locked_at": "",
    "team_id": "1",
    "cycle_id": "1",
    "id": "1",
    "number": "99",
    "predecessor_id": "1",
}


def url_of(cycle):
    return f"/improve/cycles/{cycle.id}"


def row_of(thing):
    """Return every column of a row as it stands in the database."""
    db.session.refresh(thing)
    return {column.key: getattr(thing, column.key) for column in inspect(type(thing)).column_attrs}


def prediction_of(cycle):
    found = select(Prediction).where(Prediction.cycle_id == cycle.id)
    return row_of(db.session.scalars(found.execution_options(populate_existing=True)).one())


def flags_of(cycle):
    return set(db.session.scalars(select(CycleFlag.kind).where(CycleFlag.cycle_id == cycle.id)))


@pytest.mark.parametrize(("upto", "step"), TOO_EARLY)
def test_no_step_is_taken_out_of_order(site, shop, as_person, upto, step):
    cycle = make_cycle(shop.team, shop.member, upto)
    before = row_of(cycle)
    as_person(shop.member)
    fields = {**WHOLE, **FORGED, "row_version": str(cycle.row_version)}
    assert site.post(f"{url_of(cycle)}/{step}", fields, page=url_of(cycle)).status_code == 409
    assert row_of(get_cycle(cycle.id)) == before


@pytest.mark.parametrize("step", ["plan", "begin", "do", "study", "act", "not-run", "resubmit"])
def test_a_cycle_that_was_not_run_stays_so(site, shop, as_person, step):
    cycle = make_cycle(shop.team, shop.member, "doing")
    cycles.drop_cycle(cycle, reason="Nobody came", row_version=cycle.row_version, by_id=shop.member.id)
    db.session.commit()
    before = row_of(get_cycle(cycle.id))
    as_person(shop.member)
    fields = {**WHOLE, "row_version": str(before["row_version"])}
    assert site.post(f"{url_of(cycle)}/{step}", fields, page=url_of(cycle)).status_code == 409
    assert row_of(get_cycle(cycle.id)) == before


def test_fields_that_no_form_has_change_nothing(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    before = row_of(cycle)
    as_person(shop.member)
    fields = {**WHOLE, **FORGED, "row_version": str(cycle.row_version)}
    site.post(f"{url_of(cycle)}/plan", fields, status=303)
    after = row_of(get_cycle(cycle.id))
    for name in ("state", "team_id", "number", "predecessor_id", "begun_at", "began_on", "studied_at", "acted_at"):
        assert after[name] == before[name], name
    prediction = prediction_of(cycle)
    assert (prediction["written_at"], prediction["locked_at"]) == (NOON, None)


@pytest.mark.parametrize("upto", ["doing", "studying", "studied", "acted", "reviewed"])
def test_no_field_of_a_locked_prediction_can_be_changed(site, shop, as_person, upto):
    cycle = make_cycle(shop.team, shop.member, "acted" if upto == "reviewed" else upto, measure_id=shop.measure.id)
    if upto == "reviewed":
        mark_reviewed(cycle, by_id=shop.expert.id)
        db.session.commit()
    before = prediction_of(cycle)
    assert before["locked_at"] is not None
    as_person(shop.member)
    other = {
        "measure": "",
        "shape": "at-most",
        "low": "5",
        "high": "9",
        "by_on": "2026-12-31",
        "confidence": "99",
        "is_explore": "y",
    }
    for step in ("plan", "do", "study", "act"):
        version = str(get_cycle(cycle.id).row_version)
        site.post(f"{url_of(cycle)}/{step}", {**WHOLE, **other, **FORGED, "row_version": version}, page=url_of(cycle))
        assert prediction_of(cycle) == before, step
    assert "plan-after-begin" in flags_of(cycle)


def test_services_change_no_locked_prediction_either(shop):
    cycle = make_cycle(shop.team, shop.member, "doing")
    before = prediction_of(cycle)
    plan, told = Plan(title="Call", plan_what="Other"), Predicted(words="Something else", confidence_percent=99)
    cycles.save_plan(cycle, plan, told, row_version=cycle.row_version, by_id=shop.member.id)
    assert prediction_of(cycle) == before


def test_a_plan_form_that_was_open_at_the_begin_changes_nothing(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    as_person(shop.member)
    version = str(cycle.row_version)
    opened = {**site.hidden_fields(f"{url_of(cycle)}/plan"), **WHOLE, "row_version": version}
    site.post(f"{url_of(cycle)}/begin", {"began_on": "2026-06-01", "row_version": version}, page=url_of(cycle))
    locked = prediction_of(cycle)
    assert site.client.post(f"{url_of(cycle)}/plan", data=opened).status_code == 409
    assert prediction_of(cycle) == locked


def test_edits_that_meet_a_begin_are_refused_in_the_service(shop):
    seen = make_cycle(shop.team, shop.member, "planned")
    version, state = seen.row_version, seen.state
    cycles.begin_cycle(seen, began_on=TODAY, today=TODAY, row_version=version, by_id=shop.member.id, zone="UTC")
    locked = prediction_of(seen)
    db.session.expunge(seen)
    seen.state = state  # as another process still sees it
    with pytest.raises(StaleEdit):
        cycles.save_plan(seen, Plan(title="Call"), Predicted(words="Else"), row_version=version, by_id=shop.member.id)
    assert prediction_of(seen) == locked


def test_a_replayed_begin_begins_once(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    as_person(shop.member)
    fields = {**site.hidden_fields(url_of(cycle)), "began_on": "2026-06-01", "row_version": str(cycle.row_version)}
    path = f"{url_of(cycle)}/begin"
    assert site.client.post(path, data=fields).status_code == 303
    locked, begun = prediction_of(cycle), row_of(get_cycle(cycle.id))
    assert site.client.post(path, data=fields).status_code == 303  # the same click: its first answer
    for version in (cycle.row_version, begun["row_version"], 10**8, -1, "x"):
        again = {"began_on": "2026-05-20", "row_version": str(version)}
        assert site.post(path, again, page=url_of(cycle)).status_code == 409
    assert prediction_of(cycle) == locked
    assert row_of(get_cycle(cycle.id)) == begun


def test_a_replayed_form_of_an_earlier_stage_changes_nothing(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "doing")
    as_person(shop.member)
    path, fields = f"{url_of(cycle)}/do", {**WHOLE, "row_version": str(cycle.row_version)}
    kept = {**site.hidden_fields(path), **fields}
    assert site.client.post(path, data=kept).status_code == 303
    site.post(f"{url_of(cycle)}/study", {**WHOLE, "row_version": str(get_cycle(cycle.id).row_version)}, status=303)
    before = row_of(get_cycle(cycle.id))
    assert site.client.post(path, data=kept).status_code == 303  # taken before
    assert site.post(path, {**fields, "what_happened": "Nothing"}, status=409)
    assert row_of(get_cycle(cycle.id)) == before


def test_a_form_is_not_taken_for_another_cycle(site, shop, as_person):
    own, other = make_cycle(shop.team, shop.member, "planned"), make_cycle(shop.team, shop.member, "draft")
    theirs = make_cycle(make_team(shop.far, shop.stranger, name="Far"), shop.stranger, "planned")
    as_person(shop.member)
    fields = {**site.hidden_fields(url_of(own)), "began_on": "2026-06-01", "row_version": str(own.row_version)}
    for cycle, status in ((theirs, 404), (other, 409)):
        before = row_of(get_cycle(cycle.id))
        assert site.client.post(f"{url_of(cycle)}/begin", data=fields).status_code == status
        for step in ("plan", "do", "study", "act"):
            if step != "plan" or status == 404:
                assert site.client.post(f"{url_of(cycle)}/{step}", data={**fields, **WHOLE}).status_code == status
        assert row_of(get_cycle(cycle.id)) == before


def test_a_prediction_written_anew_after_the_test_began_is_said_for_ever(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned", began_on=TODAY - timedelta(days=10))
    as_person(shop.member)
    fields = {**WHOLE, "words": "Five of six will come", "row_version": str(cycle.row_version)}
    site.post(f"{url_of(cycle)}/plan", fields, status=303)
    began = {"began_on": "2026-05-25", "row_version": str(get_cycle(cycle.id).row_version)}
    site.post(f"{url_of(cycle)}/begin", began, page=url_of(cycle), status=303)
    assert flags_of(cycle) == {"begin-backdated"}


def test_a_plan_written_anew_after_the_test_began_is_said_for_ever(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned", began_on=TODAY - timedelta(days=10))
    as_person(shop.member)
    fields = {**WHOLE, "words": "Eight of ten people will come", "row_version": str(cycle.row_version)}
    site.post(f"{url_of(cycle)}/plan", fields, status=303)
    began = {"began_on": "2026-05-25", "row_version": str(get_cycle(cycle.id).row_version)}
    site.post(f"{url_of(cycle)}/begin", began, page=url_of(cycle), status=303)
    assert flags_of(cycle) == {"begin-backdated"}


def test_a_plan_saved_again_without_a_change_is_as_old_as_before(shop):
    cycle = make_cycle(shop.team, shop.member, "planned")
    plan = Plan(**{name: getattr(cycle, name) for name in Plan.__dataclass_fields__})
    told = Predicted(words=cycle.prediction.words)
    planned_at = cycle.planned_at
    with clock.fixed(NOON):
        cycles.save_plan(cycle, plan, told, row_version=cycle.row_version, by_id=shop.member.id)
    assert get_cycle(cycle.id).planned_at == planned_at


def test_a_first_day_moved_before_the_plan_is_said_for_ever_also_when_moved_back(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "doing")
    as_person(shop.member)
    for day in ("2026-05-01", "2026-05-12"):
        fields = {**WHOLE, "began_on": day, "row_version": str(get_cycle(cycle.id).row_version)}
        site.post(f"{url_of(cycle)}/do", fields, status=303)
    assert flags_of(cycle) == {"begin-backdated"}
    assert "before its plan was written" in site.get(url_of(cycle)).text


def test_a_first_day_moved_behind_the_number_hides_no_prediction(shop):
    make_entries(shop.measure, shop.member, 2, 2, 2, 2, 2)
    cycle = make_cycle(shop.team, shop.member, "acted", measure_id=shop.measure.id)

    def outcome():
        return load_work([shop.team.id], zone="UTC", today=TODAY).judgement(get_cycle(cycle.id)).outcome

    assert outcome() is PredictionOutcome.NOT_MET
    done = cycles.Done(began_on=TODAY, ended_on=TODAY, what_happened="We called six people")
    version = get_cycle(cycle.id).row_version
    cycles.save_do(cycle, done, today=TODAY, row_version=version, by_id=shop.member.id, zone="UTC")
    db.session.commit()
    assert outcome() is PredictionOutcome.NOT_MET


def test_a_study_after_the_review_is_said_for_ever_whatever_comes_after(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "acted")
    mark_reviewed(cycle, by_id=shop.expert.id)
    db.session.commit()
    as_person(shop.member)
    for learned in ("Something else", "Calls help"):
        fields = {**WHOLE, "learned": learned, "row_version": str(get_cycle(cycle.id).row_version)}
        site.post(f"{url_of(cycle)}/study", fields, status=303)
    assert flags_of(cycle) == {"study-after-review"}


def test_a_number_is_not_predicted_by_a_day_that_is_over(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "draft")
    as_person(shop.member)
    claim = {"measure": str(shop.measure.id), "shape": "at-least", "low": "60", "by_on": "2026-05-31"}
    page = site.post(f"{url_of(cycle)}/plan", {**WHOLE, **claim, "row_version": "1"}, status=422).text
    assert "still to come" in page
    assert "Everybody will come" in page
    site.post(f"{url_of(cycle)}/plan", {**WHOLE, **claim, "by_on": "2026-06-01", "row_version": "1"}, status=303)


@pytest.mark.parametrize("stage", ["save_do", "save_study", "save_act"])
def test_services_refuse_out_of_order_too(shop, stage):
    cycle = make_cycle(shop.team, shop.member, "planned")
    said = {
        "save_do": cycles.Done(began_on=date(2026, 5, 12)),
        "save_study": cycles.Study(cycles.DoneAsPlanned.YES, "a b", "a b", "a b"),
        "save_act": cycles.Act(cycles.Decision.ADOPT),
    }[stage]
    more = {"today": TODAY, "zone": "UTC"} if stage == "save_do" else {}
    with pytest.raises(OutOfOrder):
        getattr(cycles, stage)(cycle, said, row_version=cycle.row_version, by_id=shop.member.id, **more)
    assert db.session.scalar(select(Cycle.state).where(Cycle.id == cycle.id)) is CycleState.PLANNED

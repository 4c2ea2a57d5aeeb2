"""Who does what of a plan: rows without a script, ticks with a name, and every save kept."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms import clock, signals
from lms.db import db
from lms.improvement.models import CycleFlag, Task, TaskRevision
from lms.improvement.queries import get_cycle
from lms.improvement.queries.tasks import find_tasks
from lms.improvement.services.tasks import TaskLine, save_tasks
from tests.factories.improvement import NOON, make_cycle
from tests.statements import counted_statements


def rows(*tasks):
    """Return the fields of a form with these rows."""
    fields = {}
    for at, task in enumerate(tasks):
        fields |= {f"rows-{at}-{name}": value for name, value in task.items()}
    return fields


def make_tasks(cycle, by, *whats):
    before = find_tasks(cycle.id)
    lines = [TaskLine(what=what, who_text="Front desk", when_text="Monday") for what in whats]
    save_tasks(get_cycle(cycle.id), lines, number=before.number if before else 0, by_id=by.id)
    db.session.commit()


def path_of(cycle):
    return f"/improve/cycles/{cycle.id}/tasks"


def whats(cycle):
    return [task.what for task in find_tasks(cycle.id).tasks]


def test_tasks_are_written_in_their_order_and_shown_with_the_plan(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    as_person(shop.member)
    assert "Add tasks" in site.get(f"/improve/cycles/{cycle.id}").text
    fields = rows(
        {"what": "Print the list", "person": str(shop.member.id), "when_text": "Monday", "where_text": "Office"},
        {"what": ""},
        {"what": "Call", "who_text": "The night nurse"},
    )
    site.post(path_of(cycle), {**fields, "row_version": "0"}, status=303)
    assert whats(cycle) == ["Print the list", "Call"]
    page = site.get(f"/improve/cycles/{cycle.id}").text
    for text in ("0 of 2 tasks done", "Print the list", "Mo Member", "Office", "The night nurse"):
        assert text in page
    history = site.get(f"/improve/cycles/{cycle.id}/history").text
    assert "Tasks, newest first" in history


def test_a_tick_says_who_and_when_and_stays(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "doing")
    make_tasks(cycle, shop.member, "Print the list", "Call")
    db.session.execute(CycleFlag.__table__.delete())
    db.session.commit()
    as_person(shop.lead)
    one, two = ({"what": what, "who_text": "Front desk", "when_text": "Monday"} for what in ("Print the list", "Call"))
    first = {**one, "position": "1", "is_done": "y"}, {**two, "position": "2"}
    site.post(path_of(cycle), {**rows(*first), "row_version": "1"}, status=303)
    with clock.fixed(NOON + timedelta(hours=2)):
        as_person(shop.member)
        both = {**one, "position": "1", "is_done": "y"}, {**two, "position": "2", "is_done": "y"}
        site.post(path_of(cycle), {**rows(*both), "row_version": "2"}, status=303)
    done = [(task.done_by_id, task.done_at) for task in find_tasks(cycle.id).tasks]
    assert done == [(shop.lead.id, NOON), (shop.member.id, NOON + timedelta(hours=2))]
    assert db.session.scalar(select(func.count()).select_from(CycleFlag)) == 0  # a tick changes no plan
    page = site.get(f"/improve/cycles/{cycle.id}").text
    assert "2 of 2 tasks done" in page
    assert "ticked by Lea Lead" in page
    assert db.session.scalar(select(func.count()).select_from(TaskRevision)) == 3


def test_other_words_after_the_begin_are_said_for_ever_and_the_page_says_so(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "doing")
    as_person(shop.member)
    assert "is said for ever" in site.get(path_of(cycle)).text
    site.post(path_of(cycle), {**rows({"what": "Call twice"}), "row_version": "0"}, status=303)
    assert db.session.scalar(select(CycleFlag.kind)) == "plan-after-begin"


def test_tasks_are_taken_out_and_the_order_stays(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    make_tasks(cycle, shop.member, "One", "Two", "Three")
    as_person(shop.member)
    base = {"who_text": "Front desk", "when_text": "Monday"}
    sent = (
        {**base, "what": "One", "position": "1"},
        {**base, "what": "Two", "position": "2", "is_gone": "y"},
        {**base, "what": "Three", "position": "3"},
        {"what": "Four"},
    )
    site.post(path_of(cycle), {**rows(*sent), "row_version": "1"}, status=303)
    assert whats(cycle) == ["One", "Three", "Four"]
    page = site.post(path_of(cycle), {"row_version": "2"}, status=303)
    assert find_tasks(cycle.id).tasks == []
    assert "No tasks yet" in site.get(page.location).text


def test_nothing_new_writes_nothing(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    make_tasks(cycle, shop.member, "One")
    as_person(shop.member)
    same = {"what": "One", "who_text": "Front desk", "when_text": "Monday", "position": "1"}
    site.post(path_of(cycle), {**rows(same), "row_version": "1"}, status=303)
    assert find_tasks(cycle.id).number == 1


def test_edits_that_meet_show_both(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    make_tasks(cycle, shop.member, "One")
    as_person(shop.member)
    make_tasks(cycle, shop.lead, "One", "Theirs was first")
    mine = {"what": "Mine came later", "position": "1"}
    page = site.post(path_of(cycle), {**rows(mine), "row_version": "1"}, status=409).text
    assert "Theirs was first" in page
    assert "Mine came later" in page
    assert whats(cycle) == ["One", "Theirs was first"]
    site.post(path_of(cycle), {**rows(mine), "row_version": "2"}, status=303)
    assert whats(cycle) == ["Mine came later"]


@pytest.mark.parametrize("version", ["7", "-1", "x"])
def test_a_made_up_version_is_refused(site, shop, as_person, version):
    cycle = make_cycle(shop.team, shop.member, "planned")
    as_person(shop.member)
    site.post(path_of(cycle), {**rows({"what": "One"}), "row_version": version}, status=409)
    assert find_tasks(cycle.id) is None


@pytest.mark.parametrize(("upto", "status"), [("draft", 200), ("planned", 200), ("doing", 200), ("studying", 409)])
def test_tasks_are_written_until_the_test_is_over(site, shop, as_person, upto, status):
    cycle = make_cycle(shop.team, shop.member, upto)
    as_person(shop.member)
    site.get(path_of(cycle), status=status)
    if status == 409:
        site.post(path_of(cycle), {**rows({"what": "One"}), "row_version": "0"}, page=shop.url, status=409)


@pytest.mark.parametrize("broken", [
    {"what": "", "who_text": "The night nurse"}, {"what": "x" * 301, "who_text": "The night nurse"},
    {"what": "One", "who_text": "The night nurse", "person": "999999"},
    {"what": "One", "who_text": "The night nurse", "person": "no"},
    {"what": "One", "who_text": "The night nurse", "when_text": "y" * 10_000},
])  # fmt: skip
def test_a_broken_row_is_given_back_with_its_message(site, shop, as_person, broken):
    cycle = make_cycle(shop.team, shop.member, "planned")
    as_person(shop.member)
    page = site.post(path_of(cycle), {**rows({"what": "Fine"}, broken), "row_version": "0"}, status=422).text
    assert "The night nurse" in page
    assert 'href="#rows-1-' in page
    assert find_tasks(cycle.id) is None


def test_strange_rows_do_no_harm(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    as_person(shop.member)
    odd = {
        "rows-999999-what": "Far away",
        "rows-x-what": "?",
        "rows-0-what": "<script>1</script> 🧪",
        "rows-0-position": "9",
    }
    site.post(path_of(cycle), {**odd, **{f"rows-{n}-what": f"Task {n}" for n in range(1, 40)}, "row_version": "0"})
    tasks = find_tasks(cycle.id)
    assert tasks is None or len(tasks.tasks) <= 20
    assert "<script>1" not in site.get(f"/improve/cycles/{cycle.id}").text


def test_only_the_team_is_named_and_only_who_may_writes(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    as_person(shop.lead)
    fields = {**rows({"what": "One", "person": str(shop.stranger.id)}), "row_version": "0"}
    site.post(path_of(cycle), fields, status=422)
    for who, status in (("staff", 403), ("expert", 403), ("stranger", 404)):
        as_person(getattr(shop, who))
        site.get(path_of(cycle), status=status)
        site.post(path_of(cycle), fields, page="/improve", status=status)


def test_an_erased_person_is_named_in_no_task(shop):
    cycle = make_cycle(shop.team, shop.member, "planned")
    line = TaskLine(what="Call", person_id=shop.member.id, is_done=True)
    save_tasks(cycle, [line], number=0, by_id=shop.member.id)
    db.session.commit()
    told = [
        answer
        for receiver, answer in signals.person_data_asked.send(None, person_id=shop.member.id)
        if receiver.__module__ == "lms.improvement.receivers"
    ]
    assert [row["what"] for name, found in told[0] if name == "tasks" for row in found] == ["Call"]
    signals.person_erased.send(None, person_id=shop.member.id)
    db.session.commit()
    task = db.session.scalars(select(Task).execution_options(populate_existing=True)).one()
    assert (task.person_id, task.done_by_id) == (None, None)
    assert task.done_at is not None


def test_the_page_costs_the_same_with_many_tasks(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    make_tasks(cycle, shop.member, "One")
    as_person(shop.member)

    def cost():
        site.get(path_of(cycle))
        with counted_statements() as seen:
            site.get(path_of(cycle))
        return len(seen)

    before = cost()
    make_tasks(cycle, shop.member, *(f"Task {n}" for n in range(15)))
    assert cost() == before <= 8

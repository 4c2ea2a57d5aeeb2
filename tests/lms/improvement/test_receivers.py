from uuid import uuid4

import pytest
from sqlalchemy import select

from lms import signals
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.improvement import services
from lms.improvement.models import AimVersion, ChangeIdea, Cycle, Measure, Observation, TeamMember
from lms.improvement.queries import get_team, list_readable_team_ids
from lms.improvement.queries.cycles import get_cycle
from lms.improvement.queries.measures import get_measure_whole
from lms.improvement.queries.tasks import find_tasks
from lms.improvement.services.cycles import drop_cycle
from lms.improvement.services.ideas import add_change_idea
from lms.improvement.services.measures import BadEntry, Entry, enter_observation
from lms.improvement.services.tasks import TaskLine, save_tasks
from lms.improvement.services.teams import AimWords, write_aim
from tests.factories.collaboratives import make_collaborative
from tests.factories.improvement import TODAY, make_cycle, make_entries
from tests.factories.people import make_membership, make_person


@pytest.fixture
def written(shop):
    """Mo Member has written in everything there is."""
    write_aim(shop.team.id, AimWords("What", "Measure", "Much", TODAY, "All"), n_versions=0, by_id=shop.member.id)
    add_change_idea(shop.team.id, title="Call people", by_id=shop.member.id)
    make_entries(shop.measure, shop.member, 4, 5)
    make_cycle(shop.team, shop.member, "acted", measure_id=shop.measure.id)
    return shop


def answers(signal, **asked):
    return next(
        answer for receiver, answer in signal.send(None, **asked) if receiver.__module__ == "lms.improvement.receivers"
    )


def members(shop):
    return {member.person_id for member in get_team(shop.team.id).members}


def test_what_a_leaver_looked_after_passes_on_in_one_step(written):
    asked = {"person_id": written.member.id, "organization_id": written.harbor.id}
    owned = answers(signals.work_owned_asked, **asked)
    assert [path for _word, _title, path in owned] == [f"/improve/measures/{written.measure.id}", written.url]
    passed = answers(signals.person_left_work, **asked, successor_id=written.staff.id, actor=load_actor(written.lead))
    assert passed == {"measures": 1, "places on teams": 1, "tasks": 0}
    assert db.session.scalar(select(Measure.owner_id)) == written.staff.id
    assert written.staff.id in members(written)


def write_tasks(cycle, by, *lines):
    held = find_tasks(cycle.id)
    save_tasks(get_cycle(cycle.id), lines, number=held.number if held else 0, by_id=by.id)
    db.session.commit()


def test_what_a_leaver_still_has_to_do_passes_on_and_what_is_done_stays_theirs(shop):
    cycle, mine, over = (make_cycle(shop.team, shop.member, upto) for upto in ("doing", "planned", "draft"))
    lines = [
        TaskLine("Print the sheet", person_id=shop.member.id, is_done=True),
        TaskLine("Call everybody", person_id=shop.member.id, when_text="Monday"),
        TaskLine("Count the ticks", who_text="The front desk"),
    ]
    write_tasks(cycle, shop.member, *lines)
    write_tasks(mine, shop.member, TaskLine("Buy a phone", person_id=shop.member.id, is_done=True))
    write_tasks(over, shop.member, TaskLine("Ask the pharmacy", person_id=shop.member.id))
    drop_cycle(get_cycle(over.id), reason="No time", row_version=get_cycle(over.id).row_version, by_id=shop.member.id)
    flags_before = [flag.kind for flag in get_cycle(cycle.id).flags]
    asked = {"person_id": shop.member.id, "organization_id": shop.harbor.id}
    owned = answers(signals.work_owned_asked, **asked)
    assert ("Task", "Call everybody", f"/improve/cycles/{cycle.id}/tasks") in owned
    assert [title for word, title, _path in owned if word == "Task"] == ["Call everybody"]
    passed = answers(signals.person_left_work, **asked, successor_id=shop.staff.id, actor=load_actor(shop.lead))
    db.session.commit()
    assert passed["tasks"] == 1
    now = find_tasks(cycle.id)
    assert [(task.what, task.person_id) for task in now.tasks] == [
        ("Print the sheet", shop.member.id),
        ("Call everybody", shop.staff.id),
        ("Count the ticks", None),
    ]
    assert (now.number, now.saved_by_id) == (2, shop.lead.id)
    assert [task.done_by_id for task in now.tasks] == [shop.member.id, None, None]
    assert [flag.kind for flag in get_cycle(cycle.id).flags] == flags_before  # the plan says the same
    assert find_tasks(mine.id).number == 1
    assert "Task" not in {word for word, _title, _path in answers(signals.work_owned_asked, **asked)}


def test_who_takes_over_numbers_can_write_for_the_team(shop):
    shop.measure.owner_id = shop.lead.id
    db.session.merge(shop.measure)
    db.session.commit()
    asked = {"person_id": shop.lead.id, "organization_id": shop.harbor.id}
    answers(signals.person_left_work, **asked, successor_id=shop.staff.id, actor=load_actor(shop.lead))
    assert shop.staff.id in members(shop)


def test_nothing_passes_on_in_another_organization(written):
    asked = {"person_id": written.member.id, "organization_id": written.river.id}
    assert answers(signals.work_owned_asked, **asked) == []
    assert db.session.scalar(select(Measure.owner_id)) == written.member.id


def test_an_erased_person_is_named_nowhere_and_the_work_stays(written):
    signals.person_erased.send(None, person_id=written.member.id)
    for column in (
        AimVersion.written_by_id, ChangeIdea.created_by_id, Observation.entered_by_id, Cycle.created_by_id,
        Measure.owner_id,
    ):  # fmt: skip
        assert set(db.session.scalars(select(column))) == {None}
    assert db.session.scalars(select(TeamMember)).all() == []


def test_two_accounts_become_one_also_on_the_team(written):
    twin = make_person("Mo Two")
    make_membership(twin, written.harbor)
    db.session.add(TeamMember(team_id=written.team.id, person_id=twin.id, joined_at=written.team.created_at))
    db.session.commit()
    signals.people_merged.send(None, kept_id=twin.id, gone_id=written.member.id)
    db.session.commit()
    assert members(written) == {twin.id}
    assert set(db.session.scalars(select(Observation.entered_by_id))) == {twin.id}


def test_a_person_gets_a_copy_of_what_they_wrote(written):
    sections = dict(answers(signals.person_data_asked, person_id=written.member.id))
    assert sections["improvement-teams"][0]["name"] == "Same-day start"
    assert len(sections["observations"]) == 2
    assert sections["cycle-revisions"]
    assert [row["title"] for row in sections["change-ideas"]] == ["Call people"]


def test_teams_of_a_collaborative_read_each_other_until_they_leave(written):
    collaborative = make_collaborative(written.coalition)
    services.join_collaborative(written.team.id, collaborative.id, by_id=None)
    other = services.create_team_for(collaborative.id, written.river.id, name="River", by_id=None)
    again = services.create_team_for(collaborative.id, written.river.id, name="River", by_id=None)
    db.session.commit()
    assert again.name == "River 2"
    neighbor = load_actor(written.neighbor)
    assert list_readable_team_ids(neighbor) == [written.team.id, other.id, again.id]
    services.leave_collaborative(written.team.id, by_id=None)
    db.session.commit()
    assert list_readable_team_ids(neighbor) == [other.id, again.id]


def test_a_number_sent_twice_is_taken_once_and_tells_once(shop):
    told, key = [], uuid4()

    def note(_sender, *, measure, period_on):
        told.append((measure.id, period_on))

    measure = get_measure_whole(shop.measure.id)
    entry = Entry(period_on=TODAY, numerator=3, denominator=4)
    with signals.observation_entered.connected_to(note):
        taken = [enter_observation(measure, entry, event_uuid=key, by_id=shop.member.id, today=TODAY) for _ in range(2)]
    assert taken == [True, False]
    assert told == [(measure.id, TODAY)]
    with pytest.raises(BadEntry):
        enter_observation(
            measure, Entry(period_on=TODAY, numerator=9, denominator=4), event_uuid=uuid4(), by_id=None, today=TODAY
        )

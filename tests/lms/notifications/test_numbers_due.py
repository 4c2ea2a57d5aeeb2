"""Whose numbers wait, and who is reminded of them when."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from lms import clock
from lms.authz import MembershipRole
from lms.db import db
from lms.improvement.models import Measure
from lms.improvement.queries.due import list_due
from lms.improvement.rules import Cadence
from lms.improvement.services import measures
from lms.improvement.services.measures import Entry
from lms.jobs import Job
from lms.notifications.jobs import ask_for_numbers
from lms.notifications.models import Notice, Todo
from lms.notifications.words import NoticeKind, TodoKind
from lms.organizations.services.memberships import end_membership
from tests.factories.improvement import make_entries, make_measure, make_team
from tests.factories.people import make_coalition, make_membership, make_organization, make_person
from tests.statements import counted_statements

MONDAY = datetime(2026, 6, 1, 15, tzinfo=UTC)  # the week of May 25 is over


@pytest.fixture
def june(app):
    with clock.fixed(datetime(2026, 5, 1, 15, tzinfo=UTC)):
        yield


@pytest.fixture
def shop(june):
    house = make_organization("Harbor House")
    make_coalition("Tri-County", house)  # in New York
    owner, backup, third = (make_person(name, email=f"{name}@example.org") for name in ("olga", "bea", "theo"))
    memberships = [make_membership(person, house) for person in (owner, backup, third)]
    team = make_team(house, owner, backup, third)
    measure = make_measure(team, owner)
    look_after(measure, backup_owner_id=backup.id)
    make_entries(measure, owner, 7, until=date(2026, 5, 25))  # the week of May 18
    return SimpleNamespace(
        house=house, owner=owner, backup=backup, third=third, team=team, measure=measure, memberships=memberships
    )


def look_after(measure, **values):
    db.session.execute(update(Measure).where(Measure.id == measure.id).values(**values))
    db.session.commit()


def enter(shop, period_on):
    entry = Entry(period_on=period_on, numerator=7, denominator=20)
    measures.enter_observation(shop.measure, entry, event_uuid=uuid4(), by_id=shop.owner.id, today=date(2026, 6, 30))
    db.session.commit()


def ask(moment):
    with clock.fixed(moment):
        ask_for_numbers(Job(), clock.now())
        db.session.commit()


def told(person):
    kept = select(Notice).where(Notice.person_id == person.id, Notice.kind == NoticeKind.NUMBER_DUE)
    return [notice.path.partition("period=")[2] for notice in db.session.scalars(kept.order_by(Notice.id))]


def waits_for(person):
    open_todos = select(Todo).where(Todo.person_id == person.id, Todo.closed_at.is_(None))
    return [todo.subject for todo in db.session.scalars(open_todos) if todo.kind is TodoKind.ENTER_OBSERVATION]


def test_the_owner_is_reminded_once_when_the_period_is_over(shop):
    ask(MONDAY - timedelta(hours=12))  # Sunday evening in New York: in UTC the week is over
    assert told(shop.owner) == []
    for hours in (0, 6, 12, 48, 140):
        ask(MONDAY + timedelta(hours=hours))
    assert told(shop.owner) == ["2026-05-25"]
    assert waits_for(shop.owner) == [str(shop.measure.id)]
    notice = db.session.scalars(select(Notice).where(Notice.person_id == shop.owner.id)).one()
    assert notice.waits_for_digest


def test_the_backup_owner_is_reminded_seven_days_later_and_once(shop):
    for days in range(7):
        ask(MONDAY + timedelta(days=days))
    assert told(shop.backup) == []
    for days in range(7, 12):
        ask(MONDAY + timedelta(days=days))
    assert told(shop.backup) == ["2026-05-25"]
    assert told(shop.owner) == ["2026-05-25", "2026-06-01"]
    assert told(shop.third) == []


def test_who_entered_in_time_hears_nothing(shop):
    ask(MONDAY)
    enter(shop, date(2026, 5, 25))
    assert waits_for(shop.owner) == []
    for days in range(1, 7):
        ask(MONDAY + timedelta(days=days))
    assert told(shop.owner) == ["2026-05-25"]
    ask(MONDAY + timedelta(days=8))
    assert told(shop.backup) == []
    assert told(shop.owner) == ["2026-05-25", "2026-06-01"]


def test_months_are_asked_for_when_they_are_over(shop):
    monthly = make_measure(shop.team, shop.third, name="Overdoses", cadence=Cadence.MONTH)
    ask(datetime(2026, 5, 31, 22, tzinfo=UTC))
    assert told(shop.third) == []
    for day in (1, 2, 15, 30):
        ask(datetime(2026, 6, day, 15, tzinfo=UTC))
    assert told(shop.third) == ["2026-05-01"]
    assert waits_for(shop.third) == [str(monthly.id)]


def test_a_new_measure_waits_for_nothing_from_before_it_was_there(shop):
    with clock.fixed(MONDAY):
        make_measure(shop.team, shop.third, name="Falls")
    ask(MONDAY + timedelta(hours=1))
    assert told(shop.third) == []
    ask(MONDAY + timedelta(days=7))
    assert told(shop.third) == ["2026-06-01"]


def test_who_cannot_enter_numbers_any_more_is_not_reminded(shop):
    lead = make_person("Lea")
    make_membership(lead, shop.house, MembershipRole.LEAD)
    end_membership(shop.memberships[0], by_id=lead.id)
    db.session.commit()
    ask(MONDAY)
    assert told(shop.owner) == []
    look_after(shop.measure, owner_id=lead.id)
    ask(MONDAY)
    assert told(lead) == ["2026-05-25"]


def test_stopped_measures_and_closed_teams_are_quiet(shop):
    look_after(shop.measure, closed_at=MONDAY)
    ask(MONDAY)
    assert told(shop.owner) == []


def test_the_round_costs_the_same_for_one_and_for_twenty(shop):
    enter(shop, date(2026, 5, 25))

    def cost():
        with counted_statements() as seen:
            ask(MONDAY)
        return len(seen)

    before = cost()
    for number in range(5):
        measure = make_measure(shop.team, shop.owner, name=f"Measure {number}")
        make_entries(measure, shop.owner, 7, 8)
    assert cost() == before


@pytest.fixture
def as_person(client):
    from tests.factories.people import sign_in  # noqa: PLC0415

    return lambda person: sign_in(client, person)


def test_the_list_of_numbers_that_wait_leads_straight_to_each_field(site, shop, as_person):
    with clock.fixed(datetime(2026, 6, 15, 15, tzinfo=UTC)):
        as_person(shop.owner)
        assert "Numbers that wait: 3" in site.get("/improve").text
        page = site.get("/improve/due").text
        for period in ("2026-05-25", "2026-06-01", "2026-06-08"):
            link = f"/improve/measures/{shop.measure.id}/observations?period={period}"
            assert link in page
        assert "Mon, Jun 1, 2026" in page  # waits since then
        assert "June 1" in site.get(link.replace("06-08", "06-01")).text or "Jun 1" in page
        as_person(shop.third)
        assert "All numbers are in" in site.get("/improve/due").text
        assert "Numbers that wait" not in site.get("/improve").text


def test_where_nobody_owns_a_measure_its_team_looks_after_it(site, shop, as_person):
    look_after(shop.measure, owner_id=None, backup_owner_id=None)
    outsider = make_person("Ida")
    make_membership(outsider, shop.house)
    with clock.fixed(MONDAY):
        as_person(shop.third)
        assert "One number waits for you." in site.get("/improve/due").text
        as_person(outsider)
        assert "All numbers are in" in site.get("/improve/due").text
        look_after(shop.measure, owner_id=outsider.id)  # who is not on the team, and cannot enter it
        assert "All numbers are in" in site.get("/improve/due").text
        as_person(shop.third)
        assert "One number waits for you." in site.get("/improve/due").text


def test_the_list_costs_the_same_for_one_and_for_twenty(site, shop, as_person):
    with clock.fixed(MONDAY):
        as_person(shop.owner)

        def cost(path):
            site.get(path)
            with counted_statements() as seen:
                site.get(path)
            return len(seen)

        before = [cost(path) for path in ("/improve/due", "/improve")]
        for number in range(19):
            measure = make_measure(shop.team, shop.owner, name=f"Measure {number}")
            make_entries(measure, shop.owner, 7, 8, 9, until=date(2026, 5, 4))
        assert [cost(path) for path in ("/improve/due", "/improve")] == before
        assert max(before) <= 9


def test_who_is_on_no_team_finds_an_empty_list(site, june, as_person):
    person = make_person("Nia")
    as_person(person)
    assert "All numbers are in" in site.get("/improve/due").text
    from lms.coalitions.queries import load_actor  # noqa: PLC0415

    assert list_due(load_actor(person), date(2026, 6, 1)) == []

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from lms import audit, clock
from lms.admin.queries import record
from lms.admin.queries.record import RecordFilter
from lms.audit import AuditEntry, Subject
from lms.coalitions.models import Coalition
from lms.db import db
from tests.factories.people import make_person
from tests.statements import counted_statements

THING = Subject("thing", 1)
MORNING, EVENING = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 1, 23, 59, tzinfo=UTC)


def note(actor, verb="edited a thing", subject=THING, moment=MORNING, **values):
    with clock.fixed(moment):
        audit.record(actor.id if actor else None, verb, subject, **values)
    db.session.commit()


def verbs(**wanted):
    return [entry.verb for entry in record.list_entries(RecordFilter(**wanted), limit=99)]


def readings():
    listed = select(AuditEntry).where(AuditEntry.verb == "read the record").order_by(AuditEntry.id)
    return list(db.session.scalars(listed))


def test_entries_are_found_by_who_what_about_and_when(house):
    note(house.ana, "edited a thing")
    note(house.cora, "closed a thing", Subject("thing", 2), EVENING)
    assert verbs() == ["closed a thing", "edited a thing"]
    assert verbs(actor_id=house.ana.id) == ["edited a thing"]
    assert verbs(actor_id=0) == []
    assert verbs(verb="CLOSED") == ["closed a thing"]
    assert verbs(subject_kind="thing", subject_id="2") == ["closed a thing"]
    assert verbs(since=EVENING) == ["closed a thing"]
    assert verbs(before=EVENING) == ["edited a thing"]


def test_the_page_names_people_and_coalitions(house, as_admin, site):
    note(house.ana, subject=Subject("person", house.cora.id), coalition_id=house.coalition.id, changes={"role": "lead"})
    note(None, "published course")
    page = site.get("/admin/audit").text
    for words in ("Ana Ruiz", "Cora Lee", "Tri-County", "role: lead", "the site itself", "the whole site"):
        assert words in page


def test_the_last_day_asked_for_is_whole(house, as_admin, site):
    note(house.ana, "evening act", moment=EVENING)
    assert "evening act" in site.get("/admin/audit?from=2026-03-01&to=2026-03-01").text
    assert "No entry fits" in site.get("/admin/audit?to=2026-02-28").text


@pytest.mark.parametrize("who", ["ana@example.org", "ANA@example.org", "id"])
def test_a_person_is_named_by_address_or_number(house, as_admin, site, who):
    note(house.ana, "act of ana")
    note(house.cora, "act of cora")
    page = site.get(f"/admin/audit?actor={house.ana.id if who == 'id' else who}").text
    assert "act of ana" in page
    assert "act of cora" not in page


@pytest.mark.parametrize("who", ["nobody@example.org", "999999", "99999999999999999999", "x" * 9_000])
def test_nobody_has_no_entries(house, as_admin, site, who):
    note(None, "act of the site")
    assert "act of the site" not in site.get(f"/admin/audit?actor={who}").text


@pytest.mark.parametrize("text", ["\0", "%", "<script>alert(1)</script>", "'; DROP TABLE x; --", "9999-12-31", "0000"])
def test_any_filter_gives_a_page(house, as_admin, site, text):
    note(house.ana, text.replace("\0", ""))
    asked = dict.fromkeys(("actor", "verb", "about", "from", "to", "page"), text)
    response = site.client.get("/admin/audit", query_string=asked)
    assert response.status_code == 200
    assert "<script>alert" not in response.text


def test_reading_the_record_is_recorded_without_what_was_typed(house, as_admin, site):
    site.get("/admin/audit?actor=ana@example.org&page=1")
    (entry,) = readings()
    assert entry.actor_id == house.alba.id
    assert entry.changes == {"page": 1, "filters": ["actor"]}


def test_who_may_not_read_it_leaves_no_reading_behind(house, site, as_person):
    as_person(house.cora)
    site.get("/admin/audit", status=404)
    assert readings() == []


def test_many_entries_of_many_people_cost_as_much_as_one(house, as_admin, client):
    note(house.ana)

    def cost():
        db.session.rollback()  # what this test has read does not count
        with counted_statements() as statements:
            assert client.get("/admin/audit").status_code == 200
        return len([each for each in statements if "audit_chain" not in each and not each.startswith("INSERT")])

    few = cost()
    for _ in range(30):
        note(make_person(), subject=Subject("person", make_person().id))
    assert cost() == few <= 8


def test_the_record_has_pages_newest_first(house, as_admin, site):
    for number in range(30):
        note(house.ana, f"act number {number:02}")
    first, second = site.get("/admin/audit").text, site.get("/admin/audit?page=2").text
    assert "act number 29" in first
    assert "act number 00" not in first
    assert "act number 00" in second


def test_a_coalition_that_is_gone_is_a_number(house, as_admin, site):
    audit.record(None, "something", Subject("thing", None), coalition_id=4711)
    db.session.commit()
    assert "coalition 4711" in site.get("/admin/audit").text
    assert db.session.get(Coalition, 4711) is None

"""What people are told, and how they hear of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock, jobs
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.db import db
from lms.notifications import queries, services
from lms.notifications.jobs import DIGESTS
from lms.notifications.mailbox import list_messages
from lms.notifications.models import Notice, Todo
from lms.notifications.rules import CHOSEN
from lms.notifications.words import MailChoice, NoticeKind, TodoKind
from lms.organizations.services.memberships import end_membership
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)
from tests.statements import counted_statements


@pytest.fixture
def house(app):
    return make_organization()


@pytest.fixture
def ana(house):
    person = make_person("Ana Ruiz", email="ana@example.org")
    make_membership(person, house)
    return person


def tell(*people, kind=NoticeKind.CYCLE_COMMENTED, organization=None, title="Cycle 3", **values):
    organization_id = organization.id if organization else None
    services.notify(
        [each.id for each in people], kind, title=title, path="/improve", organization_id=organization_id, **values
    )
    db.session.commit()


def deliver(app):
    jobs.work_once(app.extensions["commons.workshop"])
    return list_messages(app.config["SETTINGS"].data_dir / "mail")


def notices_of(person):
    return db.session.scalars(select(Notice).where(Notice.person_id == person.id).order_by(Notice.id)).all()


def test_who_did_it_is_not_told(ana, house):
    other = make_person("Ben")
    tell(ana, other, organization=house, but_not=ana.id)
    assert not notices_of(ana)
    assert len(notices_of(other)) == 1


def test_a_kind_that_cannot_wait_is_mailed_at_once(app, ana, house):
    tell(ana, kind=NoticeKind.REVIEW_RETURNED, organization=house)
    (mail,) = deliver(app)
    assert mail.to == "ana@example.org"
    assert "came back with questions" in mail.subject
    assert "/improve" in mail.text


def test_the_rest_comes_once_a_day_in_one_mail(app, ana, house):
    tell(ana, organization=house, title="Cycle 3")
    tell(ana, organization=house, title="Cycle 4")
    jobs.ask(DIGESTS)
    db.session.commit()
    (mail,) = deliver(app)
    assert "Cycle 3" in mail.text
    assert "Cycle 4" in mail.text
    jobs.ask(DIGESTS)
    db.session.commit()
    assert len(deliver(app)) == 1


def test_nothing_is_mailed_to_who_wants_no_mail(app, ana, house):
    services.choose_mail(ana.id, dict.fromkeys(NoticeKind, MailChoice.NEVER))
    tell(ana, kind=NoticeKind.REVIEW_RETURNED, organization=house)
    jobs.ask(DIGESTS)
    db.session.commit()
    assert deliver(app) == []
    assert len(notices_of(ana)) == 1


def test_a_notice_that_was_opened_is_not_mailed(app, ana, house):
    tell(ana, kind=NoticeKind.REVIEW_RETURNED, organization=house)
    services.open_notice(notices_of(ana)[0])
    db.session.commit()
    assert deliver(app) == []


def test_who_has_left_is_neither_mailed_nor_shown(app, site, ana, house):
    make_membership(make_person("Lea"), house, MembershipRole.LEAD)
    tell(ana, kind=NoticeKind.REVIEW_RETURNED, organization=house, title="Cycle of the house")
    membership = next(m for m in ana_memberships(ana))
    end_membership(membership, by_id=ana.id)
    db.session.commit()
    assert deliver(app) == []
    sign_in(site.client, ana)
    assert "Cycle of the house" not in site.get("/notices").text


def ana_memberships(person):
    from lms.organizations.models import Membership  # noqa: PLC0415

    return db.session.scalars(select(Membership).where(Membership.person_id == person.id)).all()


def test_who_has_an_alias_reads_notices_on_the_page(app, site, house):
    otter = make_person(None, alias="otter")
    make_membership(otter, house)
    tell(otter, kind=NoticeKind.REVIEW_RETURNED, organization=house, title="Cycle 3")
    assert deliver(app) == []
    sign_in(site.client, otter)
    assert "Cycle 3" in site.get("/notices").text


def test_opening_a_notice_marks_it_and_goes_to_its_page(site, ana, house):
    tell(ana, organization=house)
    sign_in(site.client, ana)
    notice_id = notices_of(ana)[0].id
    response = site.post(f"/notices/{notice_id}/open", page="/notices", status=303)
    assert response.location.endswith("/improve")
    assert notices_of(ana)[0].read_at is not None


def test_a_strangers_notice_looks_like_none(site, ana, house):
    tell(ana, organization=house)
    sign_in(site.client, make_person("Ben"))
    assert site.post(f"/notices/{notices_of(ana)[0].id}/open", page="/notices").status_code == 404


def test_all_can_be_marked_as_seen(site, ana, house):
    tell(ana, organization=house)
    tell(ana, organization=house)
    sign_in(site.client, ana)
    assert "2 are new" in site.get("/notices").text
    site.post("/notices/read-all", page="/notices", status=303)
    assert "are new" not in site.get("/notices").text


def test_choices_are_kept(site, ana):
    sign_in(site.client, ana)
    fields = {kind.value.replace("-", "_"): "never" for kind in CHOSEN}
    site.post("/account/notifications", fields, status=303)
    kept = queries.list_choices(ana.id)
    assert {kept[kind] for kind in CHOSEN} == {MailChoice.NEVER}
    fields["help_asked"] = "sometimes"
    assert site.post("/account/notifications", fields).status_code == 422


def test_the_list_costs_the_same_for_one_and_for_twenty(site, ana, house):
    sign_in(site.client, ana)
    tell(ana, organization=house)
    site.get("/notices")
    with counted_statements() as few:
        site.get("/notices")
    for _each in range(19):
        tell(ana, organization=house, title="<script>alert(1)</script>" + "é" * 300)
    with counted_statements() as many:
        page = site.get("/notices").text
    assert len(few) == len(many)
    assert "<script>alert" not in page


def test_what_waits_for_a_leaver_waits_for_the_successor(ana, house):
    heir = make_person("Ben")
    due = clock.today() + timedelta(days=3)
    services.open_todo(
        ana.id, TodoKind.SETTLE_ACTION, 7, organization_id=house.id, due_on=due, path="/x", title="Stock naloxone"
    )
    services.open_todo(ana.id, TodoKind.RATE_READINESS, 9, organization_id=house.id)
    assert services.pass_on(ana.id, heir.id, house.id) == 1
    (passed,) = db.session.scalars(select(Todo).where(Todo.person_id == heir.id)).all()
    assert (passed.kind, passed.subject, passed.title, passed.due_on) == (
        TodoKind.SETTLE_ACTION,
        "7",
        "Stock naloxone",
        due,
    )


def test_merged_accounts_keep_what_both_were_told(ana, house):
    twin = make_person("Ana R.")
    tell(ana, twin, organization=house)
    services.open_todo(ana.id, TodoKind.REVIEW_CYCLE, 7, path="/a", title="a")
    services.open_todo(twin.id, TodoKind.REVIEW_CYCLE, 7, path="/a", title="a")
    services.merge_people(ana.id, twin.id)
    db.session.commit()
    assert len(notices_of(ana)) == 2
    assert len(queries.list_open_todos(ana.id)) == 1
    assert not queries.list_open_todos(twin.id)


def test_experts_of_the_coalition_are_found_but_not_those_who_belong(app, house):
    coalition = make_coalition("Rivers", house)
    expert, insider = make_person("Eve"), make_person("Ira")
    for person in (expert, insider):
        make_coalition_role(person, coalition, CoalitionRoleKind.TA_EXPERT)
    make_membership(insider, house)
    assert queries.list_role_ids(house.id, CoalitionRoleKind.TA_EXPERT) == [expert.id]

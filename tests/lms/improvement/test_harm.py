"""When somebody was harmed, or nearly, in a test: who is told the same day, by what, and what the page says of it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms import clock, jobs
from lms.accounts.models import Language, PersonState
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.services import leave_coalition
from lms.db import db
from lms.improvement.queries import get_cycle
from lms.improvement.queries.teams import get_team
from lms.improvement.services.teams import edit_team
from lms.notifications.jobs import DIGESTS
from lms.notifications.mailbox import list_messages
from lms.notifications.models import Notice, NoticePreference
from lms.notifications.services import NOTICE_TOPIC, choose_mail
from lms.notifications.words import MailChoice, NoticeKind
from lms.organizations.services.memberships import end_membership
from lms.outbox import OutboxRow
from tests.factories.improvement import NOON, make_cycle
from tests.factories.people import make_coalition_role, make_membership, make_person

HARM = "A person fell asleep after the second dose of buprenorphine"


@pytest.fixture
def doing(shop):
    return make_cycle(shop.team, shop.member, "doing", title="Second dose of buprenorphine at home")


def write_do(site, cycle, *, has_harm=True, status=303, **values):
    """Save what happened as it is now in the form of somebody who writes."""
    cycle = get_cycle(cycle.id)
    fields = {"began_on": str(cycle.began_on), "what_happened": HARM, "row_version": str(cycle.row_version), **values}
    if has_harm:
        fields["has_harm"] = "y"
    return site.post(f"/improve/cycles/{cycle.id}/do", fields, status=status)


def told():
    """Who has how many notices of harm."""
    asked = select(Notice.person_id, func.count()).where(Notice.kind == NoticeKind.HARM_NOTED)
    return dict(db.session.execute(asked.group_by(Notice.person_id)).all())


def once(*people):
    return dict.fromkeys([person.id for person in people], 1)


def deliver(app):
    jobs.work_once(app.extensions["commons.workshop"])
    return list_messages(app.config["SETTINGS"].data_dir / "mail")


def mailed(app):
    return sorted(mail.to for mail in deliver(app))


def test_all_who_answer_for_the_cycle_are_told_at_once_but_not_who_wrote_it(app, site, shop, as_person, doing):
    second = make_person("Tom Second")
    make_membership(second, shop.harbor)
    team = get_team(doing.team_id)
    edit_team(
        team,
        row_version=team.row_version,
        name=team.name,
        member_ids=[shop.member.id, second.id],
        by_id=shop.lead.id,
    )
    db.session.commit()
    as_person(shop.member)
    write_do(site, doing)
    assert told() == once(shop.lead, second, shop.expert, shop.coordinator)
    assert mailed(app) == sorted(each.email for each in (shop.lead, second, shop.expert, shop.coordinator))
    as_person(shop.lead)
    page = site.get("/notices").text
    assert "Something harmful was noted in a cycle" in page
    assert "Cycle 1 of the team “Same-day start”" in page


def test_the_mail_leads_there_and_says_nothing_of_the_harm(app, site, shop, as_person, doing):
    as_person(shop.member)
    write_do(site, doing)
    mail = next(each for each in deliver(app) if each.to == shop.lead.email)
    assert "Something harmful was noted in a cycle" in mail.subject
    assert "Cycle 1 of the team “Same-day start”" in mail.text
    assert f"/improve/cycles/{doing.id}" in mail.text
    for word in ("buprenorphine", "asleep", "Mo Member"):
        assert word not in mail.text + mail.subject + (mail.html or "")


def test_the_mail_speaks_the_readers_language(app, site, shop, as_person, doing):
    shop.lead.language = Language.SPANISH
    db.session.commit()
    as_person(shop.member)
    write_do(site, doing)
    mail = next(each for each in deliver(app) if each.to == shop.lead.email)
    assert "Se anotó un daño" in mail.subject
    assert "Ciclo 1 del equipo «Same-day start»" in mail.text


def test_saving_again_tells_nobody_again(app, site, shop, as_person, doing):
    as_person(shop.member)
    write_do(site, doing)
    write_do(site, doing, surprises="More of it")
    write_do(site, doing, row_version="1", status=409)
    assert told() == once(shop.lead, shop.expert, shop.coordinator)
    assert len(deliver(app)) == 3


def test_a_double_click_tells_once(site, shop, as_person, doing):
    as_person(shop.member)
    path = f"/improve/cycles/{doing.id}/do"
    fields = {"began_on": str(doing.began_on), "has_harm": "y", "row_version": str(doing.row_version)}
    both = {**site.hidden_fields(path), **fields}
    assert {site.client.post(path, data=both).status_code for _click in range(2)} == {303}
    assert told() == once(shop.lead, shop.expert, shop.coordinator)


def test_ticked_again_the_same_day_tells_nobody_again_and_the_next_day_does(site, shop, as_person, doing):
    as_person(shop.member)
    for has_harm in (True, False, True):
        write_do(site, doing, has_harm=has_harm)
    assert set(told().values()) == {1}
    with clock.fixed(NOON + timedelta(days=1)):
        as_person(shop.member)
        for has_harm in (False, True):
            write_do(site, doing, has_harm=has_harm)
    assert set(told().values()) == {2}


def test_a_later_correction_of_do_tells_too(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "acted")
    as_person(shop.lead)
    write_do(site, cycle, ended_on=str(cycle.ended_on))
    assert told() == once(shop.member, shop.expert, shop.coordinator)


def test_no_harm_tells_nobody(site, shop, as_person, doing):
    as_person(shop.member)
    write_do(site, doing, has_harm=False)
    assert told() == {}


def test_a_role_in_two_coalitions_and_a_seat_on_the_team_are_told_once(site, shop, as_person, doing):
    make_membership(shop.expert, shop.harbor, MembershipRole.LEAD)
    make_coalition_role(shop.expert, shop.coalition, CoalitionRoleKind.COORDINATOR)
    as_person(shop.member)
    write_do(site, doing)
    assert told()[shop.expert.id] == 1


def test_who_may_not_read_it_is_not_told(site, shop, as_person, doing):
    suspended = make_person("Sue Suspended", state=PersonState.SUSPENDED)
    make_membership(suspended, shop.harbor, MembershipRole.LEAD)
    as_person(shop.member)
    write_do(site, doing)
    for person in (suspended, shop.staff, shop.neighbor, shop.stranger, shop.admin):
        assert person.id not in told()


def test_no_choice_delays_the_mail(app, site, shop, as_person, doing):
    choose_mail(shop.lead.id, dict.fromkeys(NoticeKind, MailChoice.NEVER))
    choose_mail(shop.expert.id, dict.fromkeys(NoticeKind, MailChoice.DAILY))
    db.session.commit()
    as_person(shop.member)
    write_do(site, doing)
    assert mailed(app) == sorted(each.email for each in (shop.lead, shop.expert, shop.coordinator))
    jobs.ask(DIGESTS)
    db.session.commit()
    assert len(deliver(app)) == 3


def test_the_days_mail_does_not_say_it_again(app, site, shop, as_person, doing):
    as_person(shop.member)
    write_do(site, doing)
    db.session.add(
        Notice(
            person_id=shop.lead.id,
            kind=NoticeKind.CYCLE_COMMENTED,
            title="A comment",
            path="/improve",
            waits_for_digest=True,
            created_at=clock.now() - timedelta(hours=1),
        )
    )
    jobs.ask(DIGESTS)
    db.session.commit()
    (digest,) = [mail for mail in deliver(app) if "A comment" in mail.text]
    assert "harmful" not in digest.text


def test_who_may_no_longer_read_it_gets_no_mail(app, site, shop, as_person, doing):
    second = make_person("Lola Lead")
    membership = make_membership(second, shop.harbor, MembershipRole.LEAD)
    as_person(shop.member)
    write_do(site, doing)
    assert {second.id, shop.expert.id, shop.coordinator.id} <= set(told())
    end_membership(membership, by_id=shop.lead.id)
    leave_coalition(shop.coalition.id, shop.harbor.id, by_id=shop.coordinator.id)
    db.session.commit()
    assert mailed(app) == [shop.lead.email]


def test_an_address_of_none_is_told_on_the_page_only(app, site, shop, as_person, doing):
    otter = make_person(None, alias="otter")
    make_membership(otter, shop.harbor, MembershipRole.LEAD)
    as_person(shop.member)
    write_do(site, doing)
    assert otter.id in told()
    assert len(deliver(app)) == 3


def test_the_banner_says_when_and_how_many_were_told(site, shop, as_person, doing):
    as_person(shop.member)
    write_do(site, doing)
    page = site.get(f"/improve/cycles/{doing.id}").text
    assert "A notice went to 3 people on Mon, Jun 1, 2026, at 12:00" in page


def test_the_banner_says_when_nobody_could_be_told(site, shop, as_person, doing):
    db.session.execute(Notice.__table__.delete())
    cycle = get_cycle(doing.id)
    cycle.has_harm = True
    db.session.commit()
    as_person(shop.member)
    assert "This site has told nobody" in site.get(f"/improve/cycles/{doing.id}").text


def test_the_choices_say_that_this_mail_always_comes_at_once(site, shop, as_person):
    as_person(shop.lead)
    page = site.get("/account/notifications").text
    assert "Something harmful was noted in a cycle" in page
    assert "This mail always comes at once. It cannot be put off or turned off." in page
    assert 'name="harm_noted"' not in page
    fields = {kind.value.replace("-", "_"): "never" for kind in NoticeKind}
    site.post("/account/notifications", fields, status=303)
    kept = db.session.scalars(select(NoticePreference.kind).where(NoticePreference.person_id == shop.lead.id)).all()
    assert NoticeKind.HARM_NOTED not in kept


def test_what_is_not_saved_tells_nobody(site, shop, as_person, doing):
    as_person(shop.member)
    write_do(site, doing, ended_on="2099-01-01", status=422)
    assert told() == {}
    assert not db.session.scalars(select(OutboxRow).where(OutboxRow.topic == NOTICE_TOPIC)).all()

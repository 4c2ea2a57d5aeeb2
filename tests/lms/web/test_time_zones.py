"""Whoever reads a day or a moment reads it by the clock of their coalition: on pages, in kept parts, in mail."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask_babel import force_locale

from lms import clock
from lms.accounts.models import Language
from lms.accounts.notifications import compose_password_changed
from lms.authz import Actor, CoalitionRoleKind, HeldCoalitionRole, HeldMembership, MembershipRole
from lms.coalitions.queries import list_time_zones, load_actor
from lms.coalitions.rules import list_zones
from lms.coalitions.services import leave_coalition
from lms.db import db
from lms.improvement.queries.due import list_reminders
from lms.improvement.rules import Cadence
from lms.notifications.services import open_todo
from lms.notifications.words import TodoKind
from lms.organizations.notifications import compose_invitation
from lms.organizations.services.invitations import Offer, invite_person
from lms.web import access, pages
from lms.web.fragments import Fragments
from lms.web.languages import zone_for_babel
from tests.factories.improvement import make_entries, make_measure, make_team
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)
from tests.statements import counted_statements

EVENING = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)  # in Denver it is still the first of March


@pytest.fixture
def evening(app):
    with clock.fixed(EVENING):
        yield


@pytest.fixture
def harbor(evening):
    return make_organization()


@pytest.fixture
def denver(harbor):
    return placed(make_coalition("Mountains", harbor), "America/Denver")


@pytest.fixture
def ana(harbor, denver):
    ana = make_person()
    make_membership(ana, harbor, MembershipRole.LEAD)
    return ana


@pytest.fixture
def cora(harbor, denver):
    """Coordinate a coalition by the Atlantic that the same organization belongs to."""
    cora = make_person("Cora")
    make_coalition_role(
        cora, placed(make_coalition("Coast", harbor), "America/New_York"), CoalitionRoleKind.COORDINATOR
    )
    return cora


def placed(coalition, zone):
    coalition.time_zone = zone
    db.session.commit()
    return coalition


def written(app, client, person, value=EVENING):
    """Return a day and a moment as a page writes them for somebody."""
    session = sign_in(client, person)
    said = []
    app.view_functions["home.show_help_index"] = access.public(
        lambda: said.extend([pages.day(value), pages.moment(value) if isinstance(value, datetime) else ""]) or "said"
    )
    assert client.get("/help").status_code == 200
    assert session.person_id == person.id
    return [each.replace("\u202f", " ") for each in said]


def test_a_moment_is_written_by_the_coalitions_clock(app, client, ana):
    assert written(app, client, ana) == ["Sun, Mar 1, 2026", "Mar 1, 2026, 10:30:00 PM MST"]


def test_in_spanish_too(app, client, ana):
    ana.language = Language.SPANISH
    db.session.commit()
    assert written(app, client, ana) == ["dom, 1 mar 2026", "1 mar 2026, 22:30:00 GMT-07:00"]


def test_a_plain_date_stays_the_day_it_is(app, client, ana):
    assert written(app, client, ana, date(2026, 3, 2))[0] == "Mon, Mar 2, 2026"


def test_who_belongs_to_no_coalition_reads_utc(app, client, evening):
    assert written(app, client, make_person()) == ["Mon, Mar 2, 2026", "Mar 2, 2026, 5:30:00 AM UTC"]


def test_the_zone_is_read_together_with_the_standing(ana):
    person = ana
    db.session.refresh(person)
    with counted_statements() as seen:
        actor = load_actor(person)
        assert actor.time_zone == "America/Denver"
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("current", "zone"), [(None, "America/Denver"), (1, "America/Denver"), (2, "Pacific/Guam"), (3, "America/Chicago")]
)
def test_where_one_acts_comes_first_then_ones_roles_then_whatever_one_belongs_to(current, zone):
    held = tuple(
        HeldMembership(number, number, f"Place {number}", MembershipRole.STAFF, time_zone=each)
        for number, each in ((1, "America/Denver"), (2, "Pacific/Guam"), (3, None))
    )
    roles = tuple(
        HeldCoalitionRole(number, "", CoalitionRoleKind.TA_EXPERT, time_zone=each)
        for number, each in ((7, "America/Boise"), (4, "America/Chicago"))
    )
    assert Actor(1, "Ana", memberships=held, coalition_roles=roles, current_organization_id=current).time_zone == zone
    assert Actor(1, "Ana", memberships=held[::-1]).time_zone == "Pacific/Guam"
    assert Actor(1, "Ana").time_zone == "UTC"


def test_of_several_coalitions_the_oldest_counts_and_one_that_was_left_does_not(harbor, denver, cora, ana):
    assert load_actor(ana).time_zone == "America/Denver"
    assert load_actor(cora).time_zone == "America/New_York"
    assert list_time_zones([harbor.id, 999_999]) == {harbor.id: "America/Denver"}
    leave_coalition(denver.id, harbor.id, by_id=None)
    db.session.commit()
    assert load_actor(ana).time_zone == "America/New_York"
    assert list_time_zones([harbor.id]) == {harbor.id: "America/New_York"}


def test_every_zone_a_coalition_may_choose_can_be_written():
    assert not [zone for zone in list_zones() if zone_for_babel(zone) is None]
    assert zone_for_babel("Mars/Olympus_Mons") is None


def test_a_kept_part_is_drawn_for_each_zone_and_language(app, client, ana, cora):
    fragments, read = Fragments(), []
    app.view_functions["home.show_help_index"] = access.public(
        lambda: read.append(str(fragments.draw_once("part", lambda: pages.day(EVENING)))) or "said"
    )
    for person, language in ((ana, "en"), (cora, "en"), (ana, "es"), (ana, "en")):
        sign_in(client, person)
        client.get(f"/help?lang={language}")
    assert read == ["Sun, Mar 1, 2026", "Mon, Mar 2, 2026", "dom, 1 mar 2026", "Sun, Mar 1, 2026"]


def test_two_people_read_the_same_numbers_of_a_team_each_by_their_own_clock(site, client, harbor, ana, cora):
    measure = make_measure(make_team(harbor, ana), ana, cadence=Cadence.WEEK)
    make_entries(measure, ana, 5, until=EVENING.date())
    read = []
    for person in (ana, cora, ana):
        sign_in(client, person)
        read.append(site.get(f"/improve/measures/{measure.id}").text.replace("\u202f", " "))
    assert "Mar 1, 2026, 10:30:00 PM MST" in read[0]
    assert "Mar 2, 2026, 12:30:00 AM EST" in read[1]
    assert "Mar 1, 2026, 10:30:00 PM MST" in read[2]


def test_mail_is_written_by_the_receivers_clock_whoever_got_one_before(ana, cora, settings):
    said = {}
    for person in (ana, cora, ana):
        payload = {"person_id": person.id, "changed_at": EVENING.isoformat()}
        said[person.id] = compose_password_changed(payload, EVENING, settings).text.replace("\u202f", " ")
    assert "on Mar 1, 2026, 10:30:00 PM MST." in said[ana.id]
    assert "on Mar 2, 2026, 12:30:00 AM EST." in said[cora.id]
    ana.language = Language.SPANISH
    db.session.commit()
    assert "1 mar 2026, 22:30:00 GMT-07:00" in compose_password_changed(payload, EVENING, settings).text


def test_a_letter_leaves_the_page_around_it_as_it_was(app, ana, settings, evening):
    payload = {"person_id": ana.id, "changed_at": EVENING.isoformat()}
    with app.test_request_context("/"), force_locale("es"):
        assert pages.day(EVENING) == "lun, 2 mar 2026"
        compose_password_changed(payload, EVENING, settings)
        assert pages.day(EVENING) == "lun, 2 mar 2026"


def test_an_invitation_counts_days_as_its_organization_does(harbor, denver, ana, settings):
    offer = Offer(MembershipRole.STAFF)
    made = invite_person(
        harbor.id, email="nina@example.org", name="Nina", offer=offer, by_id=ana.id, site_key=settings.secret_key
    )
    made.expires_at = datetime(2026, 3, 16, 5, 30, tzinfo=UTC)
    db.session.commit()
    text = compose_invitation({"invitation_id": made.id}, EVENING, settings).text
    assert "Sun, Mar 15, 2026" in text


def test_what_is_due_today_is_not_overdue_while_it_is_still_today_here(site, client, harbor, denver):
    ben = make_person("Ben")
    make_membership(ben, harbor)
    open_todo(
        ben.id, TodoKind.SETTLE_ACTION, "1", organization_id=harbor.id, due_on=date(2026, 3, 1), path="/x", title="Act"
    )
    db.session.commit()
    sign_in(client, ben)
    assert "Due on Sun, Mar 1, 2026." in site.get("/").text


def test_what_waits_this_week_waits_since_a_day_of_the_coalition(site, client, harbor, ana, denver):
    open_todo(ana.id, TodoKind.SETTLE_ACTION, "1", organization_id=harbor.id, path="/x", title="Act")
    db.session.commit()
    cody = make_person("Cody")
    make_coalition_role(cody, denver, CoalitionRoleKind.COORDINATOR)
    sign_in(client, cody)
    assert "Since Sun, Mar 1, 2026" in site.get(f"/coalitions/{denver.id}/week").text


def test_a_number_is_due_when_its_week_is_over_where_the_team_works(harbor, ana):
    measure = make_measure(make_team(harbor, ana), ana, cadence=Cadence.WEEK)
    make_entries(measure, ana, 5, until=EVENING.date())
    sunday_evening = EVENING + timedelta(days=7)  # by UTC it is Monday already
    assert list_reminders(sunday_evening) == []
    assert [each.period_on for each in list_reminders(sunday_evening + timedelta(hours=2))] == [date(2026, 3, 2)]

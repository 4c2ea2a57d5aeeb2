"""The checklist of a new site: its address, the second step of administrators, mail and backups."""

import doctest
from dataclasses import replace

import pytest
from sqlalchemy import select

from lms import clock, create_app
from lms.accounts.models import PersonState
from lms.admin import notifications
from lms.admin.queries import setup as queries
from lms.admin.queries.setup import SetupStep
from lms.db import db
from lms.jobs import Job, work_once
from lms.leases import WorkState
from lms.operations.archive import opened
from lms.outbox import OutboxRow
from tests.factories.people import make_person, sign_in
from tests.factories.second_factors import give_second_factor
from tests.lms.accounts.conftest import verbs
from tests.statements import counted_statements

SETUP = "/admin/setup"


def work(app):
    work_once(app.extensions["commons.workshop"])
    db.session.expire_all()


@pytest.fixture
def ready(settings):
    """Settings of a site that people can reach and that sends mail."""
    return replace(settings, site_url="https://commons.example.org", smtp_host="mail.example.org")


def steps(settings):
    return set(queries.read_setup(settings).open_steps)


def test_a_new_site_has_everything_to_do(house, as_admin, site, settings):
    assert steps(settings) == set(SetupStep)
    page = site.get(SETUP).text
    assert "0 of 4 done" in page
    assert page.count("To do") == 4
    assert "4 steps are left" in site.get("/").text
    assert "4 steps are left to set the site up" in site.get("/admin").text


def test_which_addresses_are_public():
    assert doctest.testmod(queries).failed == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost",
        "https://127.0.0.1",
        "https://[::1]",
        "https://192.168.0.7",
        "https://commons",
        "http://a.org",
    ],
)
def test_an_address_nobody_reaches_safely_is_to_do(app, ready, url):
    assert SetupStep.DOMAIN in steps(replace(ready, site_url=url))
    assert SetupStep.DOMAIN not in steps(ready)


def test_every_administrator_needs_a_second_step(house, as_admin, site, ready):
    other = make_person("Other Admin", is_administrator=True)
    make_person("Gone Admin", is_administrator=True, state=PersonState.SUSPENDED)
    page = site.get(SETUP).text
    assert "2 administrators" in page
    assert "You: set it up now" in page
    assert f"/admin/people/{other.id}" in page
    assert "Gone Admin" not in page
    give_second_factor(house.alba)
    assert SetupStep.SECOND_FACTOR in steps(ready)
    give_second_factor(other)
    assert SetupStep.SECOND_FACTOR not in steps(ready)


def test_a_test_mail_is_delivered_and_remembered(house, as_admin, site, app, ready):
    site.post(f"{SETUP}/mail", page=SETUP, status=303)
    assert "On its way" in site.get(SETUP).text
    work(app)
    assert SetupStep.MAIL not in steps(ready)
    assert "Delivered" in site.get(SETUP).text
    site.get(SETUP)
    assert verbs().count(queries.MAIL_ARRIVED) == 1
    db.session.delete(db.session.scalars(select(OutboxRow).where(OutboxRow.topic == queries.TEST_MAIL)).one())
    db.session.commit()
    assert SetupStep.MAIL not in steps(ready)
    assert "An earlier test mail was delivered." in site.get(SETUP).text


def test_without_a_mail_server_no_test_counts(as_admin, site, app, settings, ready):
    site.post(f"{SETUP}/mail", page=SETUP, status=303)
    work(app)
    assert SetupStep.MAIL in steps(settings)
    assert "No mail server is set" in site.get(SETUP).text


def test_a_failed_test_mail_says_so(house, as_admin, site, ready):
    site.post(f"{SETUP}/mail", page=SETUP, status=303)
    row = db.session.scalars(select(OutboxRow).where(OutboxRow.topic == queries.TEST_MAIL)).one()
    row.last_error = "ConnectionRefusedError"
    db.session.commit()
    assert "Trying again" in site.get(SETUP).text
    row.state = WorkState.PARKED
    db.session.commit()
    assert "ConnectionRefusedError" in site.get(SETUP).text
    assert SetupStep.MAIL in steps(ready)


def test_the_test_mail_reads_like_this_and_goes_to_administrators_only(house, settings):
    message = notifications.compose_test({"person_id": house.alba.id}, clock.now(), settings)
    assert (message.to, message.subject) == ("alba@example.org", "Mail from Coalition Commons arrives")
    assert message.text.startswith("Hello Alba Site,\n\nYou asked on ")
    assert "http://localhost/admin/setup" in message.text
    for person in (house.ana, make_person("", alias="root", is_administrator=True)):
        assert notifications.compose_test({"person_id": person.id}, clock.now(), settings) is None


def test_who_has_no_address_gets_no_mail(app, site):
    sign_in(site.client, make_person("", alias="root", is_administrator=True))
    site.post(f"{SETUP}/mail", page=SETUP, status=409)


def test_test_mails_and_backups_are_limited(house, as_admin, site, app):
    with clock.fixed(clock.now().replace(minute=1)):
        statuses = [site.post(f"{SETUP}/mail", page=SETUP).status_code for _ in range(7)]
    assert statuses == [303] * 6 + [429]


def test_a_backup_is_made_in_the_background(as_admin, site, app, settings, ready):
    site.post(f"{SETUP}/backup", page=SETUP, status=303)
    response = site.post(f"{SETUP}/backup", page=SETUP, status=303)
    assert "is being made already" in site.get(response.location).text
    assert "Being made" in site.get(SETUP).text
    work(app)
    (job,) = db.session.scalars(select(Job).where(Job.kind == queries.MAKE_BACKUP))
    assert (job.state, job.outcome.split(",")[0][:8]) == (WorkState.DONE, "commons-")
    (path,) = (settings.data_dir / "backups").glob("*.zip")
    with opened(path) as backup:
        assert backup.manifest.n_rows > 0
    assert SetupStep.BACKUP not in steps(ready)
    assert "The newest backup in the data folder is from" in site.get(SETUP).text


def test_when_all_is_done_it_leaves_the_home_page(house, ready, site, app, settings):
    give_second_factor(house.alba)
    sign_in(site.client, house.alba)
    for what in ("mail", "backup"):
        site.post(f"{SETUP}/{what}", page=SETUP, status=303)
    work(app)
    done = create_app(ready)
    with done.app_context():
        client = done.test_client()
        client.set_cookie("__Host-commons", site.client.get_cookie("commons").value, secure=True)
        pages = [client.get(path, base_url="https://localhost").text for path in ("/", SETUP)]
        db.session.remove()
        db.engine.dispose()
    assert SETUP not in pages[0]
    assert "Everything is set up." in pages[1]


def test_a_second_click_asks_once(house, as_admin, site):
    for what in ("mail", "backup"):
        fields = site.hidden_fields(SETUP)
        first, second = (site.client.post(f"{SETUP}/{what}", data=fields) for _ in range(2))
        assert (first.status_code, second.status_code) == (303, 303)
    assert verbs().count("sent a test mail") == 1
    assert verbs().count("asked for a backup") == 1


def test_the_page_costs_the_same_for_many_administrators(house, as_admin, client):
    counts = []
    for _ in range(2):
        db.session.rollback()
        with counted_statements() as statements:
            client.get(SETUP)
        counts.append(len(statements))
        for number in range(20):
            make_person(f"Admin {number}", is_administrator=True)
    assert counts[0] == counts[1] <= 8


def test_nobody_else_knows_these_pages(house, as_person, site):
    for person in (house.ana, house.cora):
        as_person(person)
        site.get(SETUP, status=404)
        for what in ("mail", "backup"):
            site.post(f"{SETUP}/{what}", status=404)

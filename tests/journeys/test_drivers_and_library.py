"""A team draws what moves its aim, goes from a change idea to a planned cycle, and takes over an idea of others."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from lms.accounts.models import Person
from lms.db import db
from lms.improvement.services.publishing import publish_change_packages
from lms.organizations.models import Organization
from tests.content.shelf import CONTENT
from tests.factories.improvement import make_measure, make_team
from tests.journeys.devices import Devices, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.work import JO, LUZ, Crew, expect_fit, follow, form_to, send, unfold, write

WAYS = {"en": JO, "es": LUZ}
DRIVER, BELOW, IDEA = "People can start on the day they ask", "Somebody is free at the door", "Keep two walk-in times"


def device_of(devices: Devices, language: str) -> Page:
    """English on a phone with scripts, Spanish at a desk without."""
    return devices.phone() if language == "en" else devices.desk(language=language, scripts=False)


def prepare(live: LiveSite, crew: Crew, login: str) -> str:
    """Give somebody a team with a measure; return the team's address."""
    with live.database():
        person = db.session.scalars(select(Person).where(Person.email == login)).one()
        place = db.session.get_one(Organization, crew.organization_id)
        team = make_team(place, person)
        make_measure(team, person)
        return f"/improve/teams/{team.id}"


@pytest.mark.parametrize("language", WAYS)
def test_a_member_draws_the_drivers_and_goes_from_an_idea_to_a_planned_cycle(
    language: str, live: LiveSite, devices: Devices, crew: Crew
) -> None:
    team = prepare(live, crew, WAYS[language])
    page = device_of(devices, language)
    sign_in(page, WAYS[language])
    page.goto(team)
    follow(page, "/drivers")
    follow(page, "/drivers/edit")
    add_drivers(page)
    add_idea(page)
    start_from_picture(page, team)
    expect(page.locator("#title")).to_have_value(IDEA)
    send(page, "/cycles/new")
    expect(page).to_have_url(re.compile(r"/improve/cycles/\d+/plan$"))
    expect(page.locator("#change_idea option:checked")).to_have_text(IDEA)
    plan(page)
    page.goto(f"{team}/drivers")
    expect(page.locator(".driver-mark-not-tested, .driver-mark-testing").first).to_be_attached()
    if language == "en":
        expect_fit(page)


def add_drivers(page: Page) -> None:
    """A driver without a name is none; the field says so. Who opened a driver adds below it."""
    form_to(page, "/drivers/edit", ":has(#driver_name)").locator("button").click()
    expect(page.locator(".error-summary a")).to_have_attribute("href", "#driver_name")
    expect(page.locator("#driver_name-error")).to_be_visible()
    write(page, driver_name=DRIVER)
    form_to(page, "/drivers/edit", ":has(#driver_name)").locator("button").click()
    expect(page.locator("#box-title")).to_have_text(DRIVER)
    write(page, driver_name=BELOW)
    form_to(page, "/drivers/edit", ":has(#driver_name)").locator("button").click()
    expect(page.locator("#box-title")).to_have_text(BELOW)
    expect(page.locator(".driver-parents")).to_contain_text(DRIVER)
    page.get_by_role("link", name=DRIVER).first.click()
    unfold(page, "#measures")
    page.locator("input[name=measures]").first.check()
    form_to(page, "/drivers/edit", ":has(#measures)").locator("button").click()
    page.get_by_role("link", name=BELOW).first.click()
    expect(page.locator("#box-title")).to_have_text(BELOW)


def add_idea(page: Page) -> None:
    """The idea hangs on the driver that is open."""
    write(page, idea_title=IDEA)
    form_to(page, "/drivers/edit", ":has(#idea_title)").locator("button").click()
    expect(page.locator("#box-title")).to_have_text(IDEA)
    expect(page.locator(".driver-parents")).to_contain_text(BELOW)


def start_from_picture(page: Page, team: str) -> None:
    """The picture has the way to a test on the idea itself."""
    page.locator(f".page-header a[href$='{team}/drivers']").click()
    words = " ".join(" ".join(page.locator(".driver-svg:visible text").all_text_contents()).split())
    assert all(name in words for name in (DRIVER, BELOW, IDEA)), words
    page.locator(".driver-svg:visible .driver-action").click()
    expect(page).to_have_url(re.compile(r"/cycles/new\?idea=\d+$"))


def plan(page: Page) -> None:
    write(page, objective="Do more people start?", plan_what="Two times stay free", plan_who="Jo", plan_when="Monday")
    write(page, words="Two more people start", scale_people="4", data_plan="A tick on the sheet")
    send(page, "/plan")
    expect(form_to(page, "/begin")).to_be_visible()


# ---------------------------------------------------------------- the library


@pytest.mark.parametrize("language", WAYS)
def test_a_member_takes_an_idea_of_the_library_into_the_team(
    language: str, live: LiveSite, devices: Devices, crew: Crew
) -> None:
    team = prepare(live, crew, WAYS[language])
    with live.database():
        publish_change_packages(CONTENT)
    page = device_of(devices, language)
    sign_in(page, WAYS[language])
    page.goto(team)
    follow(page, "/changes")
    search = page.locator("form[action$='/changes']:has([name=q])")
    search.locator("[name=q]").fill("zzzz")
    search.locator("[name=q]").press("Enter")
    expect(page.locator(".change-row")).to_have_count(0)
    expect(search.locator("[name=q]")).to_have_value("zzzz")
    page.goto("/improve/changes")
    if language == "en":
        expect_fit(page)
    title = page.locator(".change-row h2 a").first.inner_text()
    page.locator(".change-row h2 a").first.click()
    expect(page.locator("h1")).to_have_text(title)
    send(page, "/take")
    expect(page).to_have_url(re.compile(rf"{team}/cycles/new\?idea=\d+$"))
    expect(page.locator("#title")).to_have_value(title)
    send(page, "/cycles/new")
    expect(page).to_have_url(re.compile(r"/improve/cycles/\d+/plan$"))
    expect(page.locator("#change_idea option:checked")).to_have_text(title)
    page.goto(team)
    expect(page.locator("aside")).to_contain_text(title)

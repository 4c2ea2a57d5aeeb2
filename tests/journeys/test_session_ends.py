"""The session ends while somebody types: nothing typed is lost, and only its author gets it back."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from lms import clock
from lms.accounts.models import Person, SignInSession
from lms.db import db
from tests.journeys.devices import Devices, expect_nothing_kept, sign_in
from tests.journeys.learning import Learner, readings
from tests.journeys.live import LiveSite
from tests.journeys.town import ENGLISH, SPANISH, Town

PROFILE, SENT = "/account/profile", "form[action='/account/profile'] button[type=submit]"
TYPED = "Nina Soto-Márquez"


def end_sessions(live: LiveSite, login: str) -> None:
    ids = select(Person.id).where(Person.email == login)
    with live.database():
        a_minute_ago = clock.now() - timedelta(minutes=1)
        db.session.execute(update(SignInSession).where(SignInSession.person_id.in_(ids)).values(ended_at=a_minute_ago))


def name_of(live: LiveSite, login: str) -> str | None:
    with live.database():
        return db.session.scalars(select(Person.name).where(Person.email == login)).one()


def type_name(page: Page, live: LiveSite) -> None:
    """Type a new name, and send it after the session has ended."""
    sign_in(page, ENGLISH)
    page.goto(PROFILE)
    page.locator("#name").fill(TYPED)
    end_sessions(live, ENGLISH)
    page.locator(SENT).click()


def test_with_scripts_the_form_stays_and_is_filled_again_after_signing_in(live: LiveSite, devices: Devices) -> None:
    phone = devices.phone()
    type_name(phone, live)
    way_back = phone.locator("[data-message] a[href^='/sign-in']")
    expect(way_back).to_be_visible()
    expect(phone.locator("#name")).to_have_value(TYPED)
    way_back.click()
    sign_in(phone, ENGLISH)
    expect(phone).to_have_url(re.compile(PROFILE))
    expect(phone.locator("#name")).to_have_value(TYPED)
    phone.locator(SENT).click()
    expect(phone).to_have_url(re.compile("/account$"))
    assert name_of(live, ENGLISH) == TYPED


def test_before_the_session_ends_the_page_says_so(devices: Devices) -> None:
    phone = devices.phone()
    sign_in(phone, ENGLISH)
    phone.clock.install()
    phone.goto(PROFILE)
    phone.locator("#name").fill(TYPED)
    expect(phone.locator(".session-warning")).to_be_hidden()
    phone.clock.fast_forward("11:56:00")
    expect(phone.locator(".session-warning")).to_be_visible()
    expect(phone.locator(".session-warning a")).to_have_attribute("href", PROFILE)
    expect(phone.locator("#name")).to_have_value(TYPED)


def test_without_scripts_the_typed_text_is_handed_back_after_signing_in(live: LiveSite, devices: Devices) -> None:
    phone = devices.phone(scripts=False)
    type_name(phone, live)
    expect(phone.locator("#password")).to_be_visible()
    expect(phone.locator("form")).to_have_count(1)  # nothing else to press that would lose the text
    sign_in(phone, ENGLISH)
    expect(phone.locator("main")).to_contain_text(TYPED)
    expect(phone.locator("form")).to_have_count(1)
    assert name_of(live, ENGLISH) == "Nina Soto"
    phone.locator(SENT).click()
    expect(phone).to_have_url(re.compile("/account$"))
    assert name_of(live, ENGLISH) == TYPED


def test_on_a_shared_computer_nobody_else_gets_the_typed_text(live: LiveSite, devices: Devices) -> None:
    desk = devices.desk(scripts=False)
    type_name(desk, live)
    expect(desk.locator("#password")).to_be_visible()
    sign_in(desk, SPANISH)
    expect(desk.locator("body")).not_to_contain_text(TYPED)
    desk.goto(PROFILE)
    expect(desk.locator("#name")).to_have_value("Noé Peña")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_step_read_after_the_session_ended_is_kept(
    scripts: bool, live: LiveSite, devices: Devices, town: Town
) -> None:
    phone = devices.phone(scripts=scripts)
    sign_in(phone, ENGLISH)
    learner = Learner(phone, town.course)
    learner.start()
    lesson = readings(town.course)[0]
    learner.expect_step(lesson, 1)
    end_sessions(live, ENGLISH)
    learner.leave_step(1)
    if scripts:
        learner.expect_step(lesson, 2)
        phone.locator("[data-save-state] a").click()
    sign_in(phone, ENGLISH)
    if scripts:
        expect_nothing_kept(phone)
    else:
        phone.locator("main form button[type=submit]").first.click()
    learner.resume()
    learner.expect_step(lesson, 2)

"""Asking twice does it once: two quick clicks, Back and again, two tabs."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from lms.accounts.models import Person
from lms.db import db
from lms.organizations.models import Invitation, Location
from lms.training.models import AttemptAnswer, Enrollment
from tests.journeys.devices import Devices, sign_in
from tests.journeys.learning import Learner, readings
from tests.journeys.live import LiveSite
from tests.journeys.town import ENGLISH, LONELY_LEAD, Town, organization_of

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


def count(live: LiveSite, what: type, *where: object) -> int:
    with live.database():
        return db.session.scalar(select(func.count()).select_from(what).where(*where)) or 0


@SCRIPTS
def test_two_quick_clicks_make_one_link(scripts: bool, live: LiveSite, devices: Devices) -> None:
    desk = devices.desk(scripts=scripts)
    sign_in(desk, LONELY_LEAD)
    place = organization_of(live, LONELY_LEAD)
    desk.goto(f"/organizations/{place}/invitations/new?kind=open-link")
    desk.locator("form[action$='/invitations/new'] button[type=submit]").dblclick()
    expect(desk).to_have_url(re.compile(r"/invitations/\d+$"))
    assert count(live, Invitation, Invitation.organization_id == place) == 1


@SCRIPTS
def test_back_and_the_same_again_shows_the_first_result(scripts: bool, live: LiveSite, devices: Devices) -> None:
    desk = devices.desk(scripts=scripts)
    sign_in(desk, LONELY_LEAD)
    place = organization_of(live, LONELY_LEAD)
    desk.goto(f"/organizations/{place}/locations/new")
    add_location(desk, "Night shelter")
    desk.go_back(wait_until="commit")
    expect(desk.locator("#address")).to_be_visible()
    desk.locator("#name").fill("Night shelter")
    desk.locator("form[action$='/locations/new'] button[type=submit]").click()
    expect(desk.locator(".flashes, .error-summary").first).to_be_visible()
    assert count(live, Location, Location.organization_id == place) == 1


def add_location(desk: Page, name: str) -> None:
    desk.locator("#name").fill(name)
    desk.locator("form[action$='/locations/new'] button[type=submit]").click()
    expect(desk).to_have_url(re.compile(r"/organizations/\d+$"))


@SCRIPTS
def test_back_and_something_else_saves_that_too(scripts: bool, live: LiveSite, devices: Devices) -> None:
    phone = devices.phone(scripts=scripts)
    sign_in(phone, ENGLISH)
    phone.goto("/account/profile")
    change_name(phone, "Nina Ruiz")
    phone.go_back(wait_until="commit")
    change_name(phone, "Nina Vega")
    with live.database():
        assert db.session.scalars(select(Person.name).where(Person.email == ENGLISH)).one() == "Nina Vega"


def change_name(phone: Page, name: str) -> None:
    expect(phone.locator("#name")).to_be_visible()
    phone.locator("#name").fill(name)
    phone.locator("form[action='/account/profile'] button[type=submit]").click()
    expect(phone).to_have_url(re.compile("/account$"))


def test_a_course_started_in_two_tabs_is_started_once(live: LiveSite, devices: Devices, town: Town) -> None:
    phone = devices.phone()
    sign_in(phone, ENGLISH)
    tab = phone.context.new_page()
    for page in (phone, tab):
        page.goto(f"/learn/{town.course.slug}")
    for page in (phone, tab):
        page.locator("form[action$='/start'] button").dblclick()
        Learner(page, town.course).expect_step(readings(town.course)[0], 1)
    nina = select(Person.id).where(Person.email == ENGLISH).scalar_subquery()
    assert count(live, Enrollment, Enrollment.person_id == nina) == 1


@SCRIPTS
def test_an_answer_given_twice_counts_once_and_the_first_one_stays(
    scripts: bool, live: LiveSite, devices: Devices, town: Town
) -> None:
    phone = devices.phone(scripts=scripts)
    sign_in(phone, "staff@example.org")  # has an attempt open
    attempt = town.world["attempt"]["staff"]
    phone.goto(f"/attempts/{attempt}")
    question = town.course.bank.get_question(phone.locator("input[name=question]").input_value())
    first, second = [option.slug for option in question.options][:2]
    give_answer(phone, first)
    reasons = phone.locator(".answer-reason")
    expect(reasons).to_have_count(len(question.options))
    phone.go_back(wait_until="commit")
    if scripts:  # Back leads to the form anew: the next question
        expect(phone.locator("input[name=question]")).not_to_have_value(question.slug)
    else:
        give_answer(phone, second)
        expect(reasons).to_have_count(len(question.options))
    with live.database():
        given = select(AttemptAnswer.option_slugs).where(AttemptAnswer.attempt_id == attempt)
        assert db.session.scalars(given).all() == [[first]]


def give_answer(phone: Page, slug: str) -> None:
    phone.locator(f"input[name=option][value='{slug}']").check()
    phone.locator("form[action$='/answers'] button").click()


@pytest.mark.parametrize("touch", [True, False], ids=["finger", "mouse"])
def test_a_double_click_turns_one_screen(touch: bool, devices: Devices, town: Town) -> None:
    phone = devices.phone(has_touch=touch)
    sign_in(phone, "staff@example.org")  # has begun the course
    lesson = readings(town.course)[0]
    for step in (1, 2):  # on the second screen stands Back where Next was, on the third Next again
        phone.goto(f"/learn/{town.course.slug}/{lesson.slug}?step={step}")
        box = phone.locator(f"#step-{step} [data-step-next] button").bounding_box()
        place = (box["x"] + box["width"] - 20, box["y"] + 20)
        if touch:
            phone.touchscreen.tap(*place)
            phone.touchscreen.tap(*place)
        else:
            phone.mouse.dblclick(*place)
        Learner(phone, town.course).expect_step(lesson, step + 1)


def test_a_double_click_skips_no_reason(devices: Devices, town: Town) -> None:
    phone = devices.phone()
    sign_in(phone, "staff@example.org")  # has an attempt open
    phone.goto(f"/attempts/{town.world['attempt']['staff']}")
    phone.locator("input[name=option]").first.check()
    phone.locator("form[action$='/answers'] button").dblclick()
    expect(phone.locator(".answer-reason").first).to_be_visible()

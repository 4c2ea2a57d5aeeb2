"""A basement without a signal: reading goes on, what was read waits on the phone and arrives once."""

import re
from collections import Counter

from playwright.sync_api import Page, expect
from sqlalchemy import select

from lms.accounts.models import Person
from lms.db import db
from lms.training.courses import Lesson
from lms.training.models import Enrollment, EventKind, LearningEvent
from tests.journeys.devices import Devices, expect_nothing_kept, sign_in
from tests.journeys.learning import Learner, readings
from tests.journeys.live import LiveSite
from tests.journeys.town import ENGLISH, Town


def steps_at_the_server(live: LiveSite, lesson: Lesson) -> Counter[int]:
    noted = (
        select(LearningEvent)
        .join(Enrollment, Enrollment.id == LearningEvent.enrollment_id)
        .join(Person, Person.id == Enrollment.person_id)
        .where(Person.email == ENGLISH, LearningEvent.kind == EventKind.STEP_DONE)
        .where(LearningEvent.lesson_slug == lesson.slug)
    )
    with live.database():
        return Counter(event.detail["step"] for event in db.session.scalars(noted))


def open_first_lesson(devices: Devices, town: Town) -> tuple[Learner, Lesson]:
    phone = devices.phone()
    sign_in(phone, ENGLISH)
    learner = Learner(phone, town.course)
    learner.start()
    lesson = readings(town.course)[0]
    learner.expect_step(lesson, 1)
    return learner, lesson


def expect_state(page: Page, state: str) -> None:
    expect(page.locator("[data-save-state]")).to_have_attribute("data-state", state)


def sign_out(page: Page) -> None:
    page.locator("details.menu > summary").last.click()
    page.locator("details.menu form[data-behaviour=sign-out] button.menu-item").click()


def test_steps_read_without_a_signal_arrive_once(live: LiveSite, devices: Devices, town: Town) -> None:
    learner, lesson = open_first_lesson(devices, town)
    learner.leave_step(1)
    learner.expect_step(lesson, 2)
    expect_state(learner.page, "saved")
    learner.page.context.set_offline(True)
    for step in (2, 3, 4):
        learner.leave_step(step)
        learner.expect_step(lesson, step + 1)
    expect_state(learner.page, "kept")
    assert steps_at_the_server(live, lesson) == {1: 1}
    learner.page.context.set_offline(False)
    expect_state(learner.page, "saved")
    assert steps_at_the_server(live, lesson) == {1: 1, 2: 1, 3: 1, 4: 1}
    learner.page.reload()
    learner.expect_step(lesson, 5)
    assert steps_at_the_server(live, lesson) == {1: 1, 2: 1, 3: 1, 4: 1}


def test_steps_kept_on_a_closed_phone_go_with_the_next_page(live: LiveSite, devices: Devices, town: Town) -> None:
    learner, lesson = open_first_lesson(devices, town)
    context = learner.page.context
    context.set_offline(True)
    learner.leave_step(1)
    learner.expect_step(lesson, 2)
    expect_state(learner.page, "kept")
    learner.page.close()
    context.set_offline(False)
    later = context.new_page()
    with later.expect_response(re.compile("/steps$")):
        later.goto("/")
    expect_nothing_kept(later)
    assert steps_at_the_server(live, lesson) == {1: 1}
    moved = Learner(later, town.course)
    moved.resume()
    moved.expect_step(lesson, 2)


def test_signing_out_asks_about_steps_that_are_only_on_this_phone(live: LiveSite, devices: Devices, town: Town) -> None:
    learner, lesson = open_first_lesson(devices, town)
    page = learner.page
    page.route("**/steps", lambda route: route.abort())
    learner.leave_step(1)
    expect_state(page, "kept")
    page.goto("/")
    sign_out(page)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.locator("dialog [data-stay]").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.unroute("**/steps")
    sign_out(page)
    expect(page.locator("body")).to_have_attribute("data-person", "")
    assert steps_at_the_server(live, lesson) == {1: 1}
    assert page.evaluate("localStorage.length") == 0


def test_steps_given_up_at_sign_out_are_gone(live: LiveSite, devices: Devices, town: Town) -> None:
    learner, lesson = open_first_lesson(devices, town)
    page = learner.page
    page.route("**/steps", lambda route: route.abort())
    learner.leave_step(1)
    expect_state(page, "kept")
    page.goto("/")
    sign_out(page)
    page.locator("dialog [data-leave]").click()
    expect(page.locator("body")).to_have_attribute("data-person", "")
    assert page.evaluate("localStorage.length") == 0
    assert steps_at_the_server(live, lesson) == {}
    page.go_back(wait_until="commit")
    expect(page.locator("body")).not_to_contain_text("Nina Soto")


NO_STORAGE = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no storage here'); } });"


def test_a_phone_that_may_keep_nothing_still_reads_and_signs_out(live: LiveSite, devices: Devices, town: Town) -> None:
    phone = devices.phone()
    phone.add_init_script(NO_STORAGE)
    sign_in(phone, ENGLISH)
    learner, lesson = Learner(phone, town.course), readings(town.course)[0]
    learner.start()
    learner.read(lesson, last=2)
    assert steps_at_the_server(live, lesson) == {1: 1, 2: 1}
    phone.goto("/")
    sign_out(phone)
    expect(phone.locator("body")).to_have_attribute("data-person", "")

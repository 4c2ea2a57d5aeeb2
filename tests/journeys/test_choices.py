"""Language and colours change where one stands; the keyboard alone is enough."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.factories.people import PASSWORD
from tests.journeys.devices import Devices, is_somebody, sign_in
from tests.journeys.learning import Learner, chosen, practice, readings
from tests.journeys.live import LiveSite
from tests.journeys.town import ENGLISH, LONELY_LEAD, Town, organization_of

MOST_KEYS = 60
# A ring around what has the focus, or around the label that stands for it.
IS_SEEN = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return true;
  const ring = (element) => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  return ring(focused) || (focused.nextElementSibling !== null && ring(focused.nextElementSibling));
}"""


def choose_language(page: Page, language: str) -> None:
    page.locator(f"form[action='/language'] button[value={language}]").first.click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_another_language_keeps_the_page_and_what_was_typed(devices: Devices, live: LiveSite) -> None:
    desk = devices.desk()
    sign_in(desk, LONELY_LEAD)
    desk.goto(f"/organizations/{organization_of(live, LONELY_LEAD)}/invitations/new?kind=open-link")
    desk.locator("#max_uses").fill("37")
    where = desk.url
    choose_language(desk, "es")
    assert desk.url == where
    expect(desk.locator("#max_uses")).to_have_value("37")
    choose_language(desk, "en")
    expect(desk.locator("#max_uses")).to_have_value("37")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_lesson_changes_its_language_on_the_same_screen(scripts: bool, devices: Devices, town: Town) -> None:
    phone = devices.phone(scripts=scripts)
    sign_in(phone, ENGLISH)
    learner, lesson = Learner(phone, town.course), readings(town.course)[0]
    learner.start()
    learner.read(lesson, last=2)
    for language in ("es", "en"):
        choose_language(phone, language)
        learner.expect_step(lesson, 3)
        expect(phone.locator("#step-3 h2")).to_have_text(lesson.screens[2].title[language])


def test_a_visitor_keeps_language_and_colours(devices: Devices) -> None:
    phone = devices.phone()
    phone.goto("/verify?serial=wrong")
    choose_language(phone, "es")
    assert phone.url.endswith("/verify?serial=wrong")
    expect(phone.locator("#serial")).to_have_value("wrong")
    phone.locator("form[action='/theme'] button[value=dark]").click()
    expect(phone.locator("html")).to_have_attribute("data-theme", "dark")
    assert phone.url.endswith("/verify?serial=wrong")
    phone.goto("/overdose-now")
    expect(phone.locator("html")).to_have_attribute("lang", "es")
    expect(phone.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_person_finds_language_and_colours_again_on_another_device(devices: Devices) -> None:
    phone, desk = devices.phone(), devices.desk()
    sign_in(phone, ENGLISH)
    choose_language(phone, "es")
    phone.locator("form[action='/theme'] button[value=contrast]").click()
    expect(phone.locator("html")).to_have_attribute("data-theme", "contrast")
    sign_in(desk, ENGLISH)
    expect(desk.locator("html")).to_have_attribute("lang", "es")
    expect(desk.locator("html")).to_have_attribute("data-theme", "contrast")


class Keyboard:
    """Nothing but keys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, selector: str, *, key: str = "Tab") -> None:
        """Press Tab until the wanted element has the focus; on the way the focus is always to be seen."""
        for _ in range(MOST_KEYS):
            if self.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
            self.page.keyboard.press(key)
            assert self.page.evaluate(IS_SEEN), self.page.evaluate("document.activeElement.outerHTML")
        raise AssertionError(f"{selector} cannot be reached by keyboard")

    def press(self, selector: str, key: str = "Enter") -> None:
        self.reach(selector)
        self.page.keyboard.press(key)

    def type_into(self, selector: str, text: str) -> None:
        self.reach(selector)
        self.page.keyboard.type(text)


def test_the_keyboard_is_enough_from_the_door_to_an_answer(devices: Devices, town: Town) -> None:
    desk = devices.desk()
    keys = Keyboard(desk)
    desk.goto("/")
    keys.press("a.button[href='/sign-in']")
    expect(desk.locator("#name")).to_be_visible()
    keys.type_into("#name", ENGLISH)
    keys.type_into("#password", PASSWORD)
    desk.keyboard.press("Enter")
    expect(desk.locator("body")).to_have_attribute("data-person", is_somebody())
    keys.press(".skip-link")
    expect(desk.locator("#main")).to_be_focused()
    keys.press(".next-step a.button")
    expect(desk).to_have_url(re.compile(rf"/learn/{town.course.slug}$"))
    keys.press("form[action$='/start'] button")
    lesson = readings(town.course)[0]
    learner = Learner(desk, town.course)
    step, question = next(iter(practice(town.course, lesson).items()))
    for number in range(1, step):
        learner.expect_step(lesson, number)
        keys.press(f"#step-{number} [data-step-next] button")
        expect(desk.locator(f"#step-{number + 1} h2")).to_be_focused()
    answer_by_keys(keys, step, chosen(question, rightly=True), [option.slug for option in question.options])
    expect(desk.locator(f"#step-{step} .answer-reason")).to_have_count(len(question.options))
    keys.press(f"#step-{step} [data-step-next] button, #step-{step} [data-step-last] button", "Space")
    learner.expect_step(lesson, step + 1)


def answer_by_keys(keys: Keyboard, step: int, wanted: list[str], offered: list[str]) -> None:
    """Tick boxes with Space; go through a group of circles with the arrows."""
    group = f"#step-{step} input[name=option]"
    kind = keys.page.locator(group).first.get_attribute("type")
    if kind == "checkbox":
        for slug in wanted:
            keys.press(f"{group}[value='{slug}']", "Space")
    else:
        keys.reach(group)
        keys.page.keyboard.press("Space")
        for _ in range(offered.index(wanted[0])):
            keys.page.keyboard.press("ArrowDown")
    keys.press(f"#step-{step} form[action$='/practice'] button")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_another_language_after_a_mistake_leads_back_to_the_question(
    scripts: bool, devices: Devices, town: Town
) -> None:
    phone = devices.phone(scripts=scripts)
    sign_in(phone, "staff@example.org")  # has an attempt open
    attempt = f"/attempts/{town.world['attempt']['staff']}"
    phone.goto(attempt)
    phone.locator("form[action$='/answers'] button").click()
    expect(phone.locator(".field-error")).to_be_visible()
    choose_language(phone, "es")
    expect(phone).to_have_url(re.compile(f"{attempt}$"))
    expect(phone.locator("form[action$='/answers'] input[name=option]").first).to_be_visible()

"""A forgotten password, and a word one remembers: the ways back to what one needs."""

import re

from playwright.sync_api import expect

from tests.factories.people import PASSWORD
from tests.journeys.devices import Devices, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.town import ENGLISH, SPANISH, Town

NEW_PASSWORD = "four patient herons"


def test_a_forgotten_password_is_replaced_by_a_link_in_the_mail(live: LiveSite, devices: Devices) -> None:
    phone, other = devices.phone(language="es", scripts=False), devices.desk()
    sign_in(other, SPANISH)
    phone.goto("/sign-in")
    phone.locator("main a[href='/password/forgot']").click()
    phone.locator("#name").fill(SPANISH)
    phone.locator("form[action='/password/forgot'] button[type=submit]").click()
    expect(phone.locator("main a[href='/recover']")).to_be_visible()
    (mail,) = [mail for mail in live.mail() if mail.to == SPANISH]
    link = re.search(r"http://\S+/password/reset/\S+", mail.text)[0]
    phone.goto(link)
    phone.locator("#new_password").fill(NEW_PASSWORD)
    phone.locator("form[action*='/password/reset/'] button[type=submit]").click()
    expect(phone.locator("#password")).to_be_visible()
    sign_in(phone, SPANISH, NEW_PASSWORD)
    devices.expect_complaint("/password/reset/.* 404")
    phone.goto(link)
    expect(phone.locator("#new_password")).to_have_count(0)
    other.locator("nav a[href='/learn']").click()
    expect(other).to_have_url(re.compile("/sign-in"))
    other.locator("#name").fill(SPANISH)
    other.locator("#password").fill(PASSWORD)
    other.locator("form[action='/sign-in'] button[type=submit]").click()
    expect(other.locator(".error-summary")).to_be_focused()


def test_a_word_leads_to_the_lesson_that_says_it(live: LiveSite, devices: Devices, town: Town) -> None:
    live.work()  # what was published goes into the search
    desk = devices.desk()
    sign_in(desk, ENGLISH)
    desk.keyboard.press("/")
    desk.keyboard.type("nasal spray")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(r"/search\?q=nasal"))
    desk.locator(f"main a[href^='/learn/{town.course.slug}']").first.click()
    expect(desk.locator("main")).to_contain_text("spray")

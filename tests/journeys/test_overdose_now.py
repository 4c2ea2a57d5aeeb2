"""Somebody does not wake up: the page comes at once, signed out, on the oldest phone, in both languages, on paper."""

import re

import pytest
from playwright.sync_api import Page, Response, expect

from tests.journeys.devices import Devices, sign_in
from tests.journeys.town import ENGLISH

MOST_BYTES = 15_000
PAGE = "/overdose-now"


def all_bytes(page: Page, address: str) -> int:
    """Open a page with nothing kept before; return what came over the wire, headers too."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  # not a method of a list
    page.goto(address, wait_until="networkidle")
    sizes = [answer.request.sizes() for answer in answers]
    return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)


@pytest.mark.parametrize("language", ["en", "es"])
def test_it_is_small_and_needs_neither_scripts_nor_sign_in(language: str, devices: Devices) -> None:
    phone = devices.phone(language=language, scripts=False)
    assert 1_000 < all_bytes(phone, PAGE) < MOST_BYTES
    expect(phone.locator("html")).to_have_attribute("lang", language)
    expect(phone.locator("a[href='tel:911']").first).to_be_in_viewport()
    expect(phone.locator(".steps > li h2").nth(3)).to_be_visible()
    n_steps = phone.locator(".steps > li").count()
    other = {"en": "es", "es": "en"}[language]
    phone.locator(f"button[value={other}]").click()
    expect(phone.locator("html")).to_have_attribute("lang", other)
    expect(phone).to_have_url(re.compile(PAGE))
    expect(phone.locator(".steps > li")).to_have_count(n_steps)


def test_with_scripts_it_is_small_too_and_counts_the_breaths(devices: Devices) -> None:
    phone = devices.phone()
    phone.clock.install()
    assert all_bytes(phone, PAGE) < MOST_BYTES
    button, count = phone.locator(".breath-button"), phone.locator(".breath-count")
    button.click()
    said = [count.inner_text()]
    for _ in range(10):
        phone.clock.run_for(1000)
        said.append(count.inner_text())
    breath = said[0]
    assert said == [breath, "2", "3", "4", "5", breath, "2", "3", "4", "5", breath]
    expect(count).to_have_class(re.compile("is-breath"))
    button.click()
    expect(count).to_be_hidden()
    phone.clock.run_for(5000)
    expect(count).to_be_hidden()


def test_on_paper_it_has_its_steps_and_no_buttons(devices: Devices) -> None:
    desk = devices.desk()
    desk.goto(PAGE)
    desk.emulate_media(media="print")
    expect(desk.locator(".steps > li h2").first).to_be_visible()
    expect(desk.locator("button:visible")).to_have_count(0)
    assert len(desk.pdf(format="Letter")) > 1_000


@pytest.mark.parametrize("start", ["/", "/sign-in", "/verify", "/help"])
def test_every_foot_leads_there(start: str, devices: Devices) -> None:
    phone = devices.phone(scripts=False)
    phone.goto(start)
    phone.locator(f"footer a[href='{PAGE}']").click()
    expect(phone.locator(".steps")).to_be_visible()


def test_a_lesson_leads_there_and_the_card_can_be_taken_home(devices: Devices) -> None:
    phone = devices.phone()
    sign_in(phone, ENGLISH)
    phone.locator(f"footer a[href='{PAGE}']").click()
    phone.locator("a[href='/overdose-now/card']").click()
    address = phone.locator("a[href*='card.pdf']").get_attribute("href")
    assert phone.request.get(address).body().startswith(b"%PDF")

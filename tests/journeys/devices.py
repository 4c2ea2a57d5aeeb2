"""Phones and desktops: browsers of their own, whose console stays silent."""

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, WebError, expect

from tests.factories.people import PASSWORD

PHONE = {"width": 360, "height": 780}
DESK = {"width": 1280, "height": 800}
PATIENCE_MS = 20_000  # a busy machine is no failure
# An answer of refusal, or none without a signal, is noted in the console by the browser itself.
TOLD_BY_THE_BROWSER = ("401", "409", "410", "422", "429", "503", "ERR_INTERNET_DISCONNECTED", "ERR_FAILED")


class Devices:
    """Opens browsers on one site and remembers what went wrong in them."""

    def __init__(self, new_context: Callable[..., BrowserContext], url: str) -> None:
        self._new_context, self._url = new_context, url
        self._heard: list[str] = []
        self._expected: list[str] = []

    @property
    def complaints(self) -> list[str]:
        """What stood in a console and was not asked for."""
        return [each for each in self._heard if not any(re.search(pattern, each) for pattern in self._expected)]

    def expect_complaint(self, pattern: str) -> None:
        """Say what a journey goes to see on purpose."""
        self._expected.append(pattern)

    def phone(self, *, language: str = "en", scripts: bool = True, **options: Any) -> Page:
        """A phone of 360 by 780 points."""
        return self.open(language=language, scripts=scripts, viewport=PHONE, **options)

    def desk(self, *, language: str = "en", scripts: bool = True, **options: Any) -> Page:
        """A desktop."""
        return self.open(language=language, scripts=scripts, viewport=DESK, **options)

    def open(self, *, language: str, scripts: bool, **options: Any) -> Page:
        locale = {"en": "en-US", "es": "es-US"}[language]
        context = self._new_context(base_url=self._url, locale=locale, java_script_enabled=scripts, **options)
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", self._hear)
        context.on("weberror", self._note)
        return context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        is_told = message.text.startswith("Failed to load resource") and any(
            part in message.text for part in TOLD_BY_THE_BROWSER
        )
        if message.type == "error" and not is_told:
            self._heard.append(f"{message.location['url']}: {message.text}")

    def _note(self, error: WebError) -> None:
        self._heard.append(str(error.error))


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Sign in at the page that asks for it, or go there first."""
    if page.locator("form[action='/sign-in']").count() == 0:
        page.goto("/sign-in")
    page.locator("#name").fill(name)
    page.locator("#password").fill(password)
    page.locator("form[action='/sign-in'] button[type=submit]").click()
    expect(page.locator("body")).to_have_attribute("data-person", is_somebody())


def expect_nothing_kept(page: Page) -> None:
    """Wait until nothing waits on this device any more. (The pages' own policy forbids Playwright's way to wait.)"""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while page.evaluate("localStorage.length"):
        assert time.monotonic() < deadline, page.evaluate("JSON.stringify(localStorage)")
        page.wait_for_timeout(20)


def is_somebody() -> re.Pattern[str]:
    """What `data-person` of a page says to somebody signed in."""
    return re.compile(r"\d+")

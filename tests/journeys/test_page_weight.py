"""What a page costs on a prepaid phone: the first one of a day, and the next one."""

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.devices import Devices, sign_in
from tests.journeys.learning import readings
from tests.journeys.town import Town

MOST_COLD, MOST_REQUESTS, MOST_WARM = 80_000, 8, 8_000


@dataclass
class Traffic:
    """What came over the wire."""

    requests: int = 0
    size: int = 0


class Meter:
    """Counts the requests that left the browser, and the bytes that came back, by the browser's own word."""

    def __init__(self, page: Page) -> None:
        self._wire = page.context.new_cdp_session(page)
        self._wire.send("Network.enable")
        self.traffic = Traffic()
        self._cached: set[str] = set()
        self._wire.on("Network.requestServedFromCache", lambda event: self._cached.add(event["requestId"]))
        self._wire.on("Network.loadingFinished", self._count)

    def _count(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._cached or not event["encodedDataLength"]:
            return
        self.traffic.requests += 1
        self.traffic.size += int(event["encodedDataLength"])

    def measure(self, page: Page, address: str) -> Traffic:
        self.traffic = Traffic()
        page.goto(address, wait_until="networkidle")
        page.evaluate("document.fonts.ready")
        return self.traffic


def test_a_lesson_is_light_and_the_next_page_lighter(devices: Devices, town: Town) -> None:
    phone = devices.phone()
    sign_in(phone, "staff@example.org")  # has begun the course
    lesson = f"/learn/{town.course.slug}/{readings(town.course)[0].slug}"
    meter = Meter(phone)
    phone.context.new_cdp_session(phone).send("Network.clearBrowserCache")
    cold = meter.measure(phone, lesson)
    assert phone.evaluate("document.fonts.check('16px \"Atkinson Hyperlegible Next\"')")
    warm = meter.measure(phone, lesson)
    assert cold.requests <= MOST_REQUESTS, cold
    assert 20_000 < cold.size <= MOST_COLD, cold
    assert warm.requests == 1, warm
    assert warm.size <= MOST_WARM, warm


@pytest.mark.parametrize("slug", ["first-steps-staff", "leads", "teams", "experts", "coordinators", "administrators"])
def test_a_page_of_help_is_light_with_its_picture(devices: Devices, slug: str) -> None:
    phone = devices.phone(language="es")
    cold = Meter(phone).measure(phone, f"/help/{slug}?lang=es")
    picture = phone.locator(".prose img").first
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("(image) => image.naturalWidth") > 0
    assert cold.size <= MOST_COLD, cold

"""Whoever enlarges the pages, chooses colours of their own, or prints them finds everything that the others find."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.journeys.devices import Devices
from tests.journeys.live import LiveSite
from tests.journeys.pages import NARROWEST, WIDER, addresses
from tests.journeys.town import Town
from tests.lms.world import session_key

ENLARGED = {"width": 640, "height": 400}  # what is left of 1280 by 800 at 200 percent
PLACES = {
    "staff": ("/recognise",),
    "member": ("/teams/{id}", "/measures/{id}", "/cycles/{id}"),
    "lead": ("/report", "/items", "/revisions", "/roles"),
    "expert": ("/assistance", "/review"),
    "coordinator": ("/collaboratives/{id}", "/week"),
    "admin": ("/admin/setup",),
}
PRINTED = ("recognise", "measures", "report", "items", "collaboratives")
BAR = 0.45  # of the height: more than this, and reading is looking through a slit
COVERED = """() => {
  const bars = [...document.querySelectorAll("body *")].filter((e) => {
    const box = e.getBoundingClientRect();
    const isBar = ["fixed", "sticky"].includes(getComputedStyle(e).position) && box.width > innerWidth / 2;
    return isBar && box.height && box.top < innerHeight && box.bottom > 0;
  });
  return bars.reduce((sum, e) => sum + e.getBoundingClientRect().height, 0) / innerHeight;
}"""
# Nothing is drawn in the colour of the page alone: each mark has a line or a filling that can be told from it.
UNSEEN = """() => {
  const canvas = document.createElement("div");
  canvas.style.color = "Canvas";
  document.body.append(canvas);
  const paper = getComputedStyle(canvas).color;
  canvas.remove();
  const isSeen = (colour) => colour !== "none" && colour !== paper && !/^rgba.*, 0\\)$/.test(colour);
  const isDrawn = (e) => {
    const style = getComputedStyle(e);
    return isSeen(style.fill) || (isSeen(style.stroke) && parseFloat(style.strokeWidth) > 0);
  };
  const isFramed = (e) => {
    const style = getComputedStyle(e);
    return style.borderTopStyle !== "none" && parseFloat(style.borderTopWidth) > 0 && isSeen(style.borderTopColor);
  };
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.getClientRects().length);
  const isOnPaper = ":not(.chart-flag-touch, .chart-band, .chart-flag text)";  // a number stands on its flag
  const marks = shown(`.chart-svg :is(line, circle, rect, polyline, text)${isOnPaper}`);
  const buttons = shown("main .button, main .input, main select, main textarea");
  const name = (e) => `${e.tagName} ${e.getAttribute("class")}`;
  return {
    marks: marks.length,
    buttons: buttons.length,
    faults: [...marks.filter((e) => !isDrawn(e)), ...buttons.filter((e) => !isFramed(e))].map(name),
  };
}"""
FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


@pytest.fixture
def places(town: Town) -> list[tuple[str, str]]:
    """The page that each kind of person lives in, and a few more: who, and its address."""
    return [(who, address) for who in PLACES for address in chosen(who, town)]


def chosen(who: str, town: Town) -> Iterator[str]:
    for ending in PLACES[who]:
        kind = ending.removesuffix("/{id}")
        last = "{id}" in ending
        yield next(
            each
            for each in addresses(who, town)
            if (each.rpartition("/")[0].endswith(kind) and each[-1].isdigit() if last else each.endswith(kind))
        )


def visit(page: Page, live: LiveSite, who: str, address: str) -> None:
    page.context.add_cookies([{"name": live.cookie, "value": session_key(who), "url": live.url}])
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200, address


def test_enlarged_pages_neither_scroll_sideways_nor_hide_behind_bars(
    live: LiveSite, devices: Devices, places: list[tuple[str, str]]
) -> None:
    page = devices.open(language="es", scripts=True, viewport=ENLARGED, device_scale_factor=2)
    faults = []
    for who, address in places:
        page.set_viewport_size(ENLARGED)
        visit(page, live, who, address)
        for size in (ENLARGED, NARROWEST):
            page.set_viewport_size(size)
            if wide := page.evaluate(WIDER):
                faults.append(f"{address} scrolls sideways at {size['width']}: {wide}")
            page.evaluate("scrollTo(0, 300)")
            if (covered := page.evaluate(COVERED)) > BAR:
                faults.append(f"{address} is covered by bars at {size['width']}: {covered:.2f}")
    assert not faults, "\n".join(faults)


def test_colours_of_ones_own_hide_no_mark_and_no_button(
    live: LiveSite, devices: Devices, places: list[tuple[str, str]]
) -> None:
    page = devices.desk(forced_colors="active")
    seen: dict[str, dict[str, Any]] = {}
    for who, address in [*places, ("staff", "/dev/components")]:
        visit(page, live, who, address)
        seen[address] = page.evaluate(UNSEEN)
        page.keyboard.press("Tab")
        if not page.evaluate(FOCUS):
            seen[address]["faults"].append("the focus")
    assert sum(each["marks"] for each in seen.values()) > 100
    assert sum(each["buttons"] for each in seen.values()) > 20
    faults = [f"{address}: {fault}" for address, each in seen.items() for fault in each["faults"]]
    assert not faults, "\n".join(faults)


def test_printed_pages_begin_with_their_content(
    live: LiveSite, devices: Devices, places: list[tuple[str, str]]
) -> None:
    page = devices.open(language="en", scripts=True, viewport={"width": 720, "height": 960})
    for who, address in places:
        if not any(part in address for part in PRINTED):
            continue
        page.emulate_media(media="screen")
        visit(page, live, who, address)
        page.emulate_media(media="print")
        box = page.locator("h1").first.bounding_box()
        assert box is not None, address
        assert box["y"] < 240, address  # no bars and menus above it
        assert page.locator(".topbar:visible, .rail:visible, .footer:visible").count() == 0, address
        assert page.evaluate("document.querySelector('main').innerText.length") > 80, address

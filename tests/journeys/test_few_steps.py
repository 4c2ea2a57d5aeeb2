"""A new team goes from nothing to an aim, a measure, its first chart and its first planned cycle in a few steps."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.devices import Devices, sign_in
from tests.journeys.work import LEAD, Crew, send, today, write

MOST = 25  # clicks, choices and filled fields


class Hands:
    """Somebody at a page, whose every click, choice and filled field is counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.n_steps = page, 0

    def click(self, selector: str) -> None:
        self.n_steps += 1
        self.page.locator(selector).first.click()

    def write(self, **values: Any) -> None:
        self.n_steps += len(values)
        write(self.page, **values)

    def send(self, ending: str) -> None:
        self.n_steps += 1
        send(self.page, ending)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_new_team_begins_in_a_few_steps(scripts: bool, devices: Devices, crew: Crew) -> None:
    phone = devices.phone(scripts=scripts)
    sign_in(phone, LEAD)
    phone.goto("/improve")
    hands = Hands(phone)
    hands.click("main a[href$='/teams/new']")
    hands.write(name="First dose team", members=[crew.jo_id])
    hands.send("/teams/new")
    expect(phone).to_have_url(re.compile(r"/improve/teams/\d+$"))
    team = phone.url
    aim(hands)
    first_number(hands)
    hands.click(f"a[href='{re.sub('^https?://[^/]+', '', team)}']")
    expect(phone.locator("main svg.chart-svg, main .run-chart-small svg").first).to_be_visible()
    first_cycle(hands)
    expect(phone).to_have_url(re.compile(r"/improve/cycles/\d+"))
    expect(phone.locator("main")).to_contain_text("Six of eight leave with a plan")
    expect(phone.locator("main")).to_contain_text("Planned")
    assert hands.n_steps <= MOST


def aim(hands: Hands) -> None:
    hands.click(".next-step a")
    hands.write(what="People leave with a plan for their first dose", measure_text="People with a plan")
    hands.write(how_much="From 5 to 10 a week", for_whom="Everybody who asks")
    hands.write(by_when_on=(today() + timedelta(days=120)).isoformat())
    hands.send("/aim")
    expect(hands.page.locator(".aim-what")).to_be_visible()


def first_number(hands: Hands) -> None:
    hands.click(".next-step a")
    hands.write(name="People with a plan", unit="count", numerator_text="People who leave with a plan")
    hands.send("/measures/new")
    expect(hands.page).to_have_url(re.compile(r"/improve/measures/\d+/observations$"))
    hands.write(numerator="5")
    hands.send("/observations")
    expect(hands.page.locator("h1")).to_be_visible()


def first_cycle(hands: Hands) -> None:
    hands.click("a[href$='/cycles/quick']")
    hands.write(what="Ask at the door", expected="Six of eight leave with a plan", scale_people="8")
    hands.send("/cycles/quick")

"""A team member on a phone: aim, measure, numbers, a test whose prediction locks, and what the chart says of it."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.devices import Devices, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.work import JO, LEAD, LUZ, Crew, expect_fit, follow, form_to, send, today, unfold, write

TEAM = "First dose team"
WORDS = "At least eight of ten leave with a plan."
# Weeks before the test and after it: low, then high for long enough that chance does not explain it.
BEFORE, AFTER = (4, 5, 3, 6, 4, 5), (9, 10, 11, 9, 12, 10)


@pytest.mark.parametrize(
    ("language", "scripts"), [("en", True), ("es", False)], ids=["en-scripts", "es-without-scripts"]
)
def test_a_member_runs_a_cycle_and_sees_whether_it_got_better(
    language: str, scripts: bool, live: LiveSite, devices: Devices, crew: Crew
) -> None:
    desk, phone = devices.desk(), devices.phone(language=language, scripts=scripts)
    start_team(desk, crew)
    sign_in(phone, {"en": JO, "es": LUZ}[language])
    phone.goto("/improve")
    phone.locator("main a[href^='/improve/teams/']").first.click()
    team = phone.url
    write_aim(phone)
    define_measure(phone)
    measure = enter_numbers(phone, BEFORE + AFTER)
    phone.goto(team)
    begin_cycle(phone, scripts=scripts)
    cycle = phone.url
    expect_locked(phone)
    do_and_study(phone)
    act(phone)
    read_chart(phone, measure, cycle, scripts=scripts)


def start_team(desk: Page, crew: Crew) -> None:
    sign_in(desk, LEAD)
    desk.goto("/improve")
    follow(desk, "/teams/new")
    write(desk, name=TEAM, members=[crew.jo_id, crew.luz_id])
    send(desk, "/teams/new")
    expect(desk.locator("h1")).to_have_text(TEAM)


def write_aim(phone: Page) -> None:
    phone.locator(".next-step a").click()
    write(phone, what="People leave with a plan for their first dose", measure_text="People with a plan")
    send(phone, "/aim")  # not whole yet: the page says what is missing and keeps what was typed
    expect(phone.locator(".error-summary")).to_be_visible()
    expect(phone.locator("#what")).to_have_value("People leave with a plan for their first dose")
    write(phone, how_much="From 5 to 10 a week", for_whom="Everybody who asks")
    write(phone, by_when_on=(today() + timedelta(days=120)).isoformat())
    send(phone, "/aim")
    expect(phone.locator(".aim-what")).to_be_visible()


def define_measure(phone: Page) -> None:
    phone.locator(".next-step a").click()
    write(phone, name="People with a plan", kind="process", unit="count", numerator_text="People who leave with a plan")
    write(phone, cadence="week", direction="up")
    send(phone, "/measures/new")
    expect(phone).to_have_url(re.compile(r"/improve/measures/\d+/observations$"))


def enter_numbers(phone: Page, numbers: tuple[int, ...]) -> str:
    """One field a week; whoever begins with the oldest is asked for each that follows."""
    unfold(phone, "#period_on")
    this_week = today() - timedelta(days=today().weekday())
    begins = this_week - timedelta(weeks=len(numbers))
    write(phone, period_on=begins.isoformat())
    for number in numbers:
        enter_number(phone, number)
    expect(phone).to_have_url(re.compile(r"/improve/measures/\d+$"))
    return phone.url


def enter_number(phone: Page, number: int) -> None:
    week = phone.locator("h1").inner_text()
    write(phone, numerator=str(number))
    send(phone, "/observations")
    expect(phone.locator("h1")).not_to_have_text(week)


def begin_cycle(phone: Page, *, scripts: bool) -> None:
    phone.locator("a[href$='/cycles/new']").first.click()
    write(phone, title="Ask at the door", objective="Does a question at the door help?")
    send(phone, "/cycles/new")
    expect(phone).to_have_url(re.compile(r"/improve/cycles/\d+/plan$"))
    measure = phone.locator("#measure option").nth(1).get_attribute("value")
    write(phone, measure=measure, words=WORDS, shape="at-least", low="8")
    write(phone, by_on=(today() + timedelta(days=14)).isoformat(), confidence="70")
    write(phone, plan_what="One question to each person", plan_who="Jo", plan_when="Monday morning")
    write(phone, scale_people="5", data_plan="A tick on the sheet")
    if scripts:
        expect_fit(phone)
    send(phone, "/plan")
    expect(form_to(phone, "/begin")).to_be_visible()
    send(phone, "/begin")
    expect(form_to(phone, "/begin")).to_have_count(0)


def expect_locked(phone: Page) -> None:
    """What was predicted stands, and the plan has no field for it any more."""
    expect(phone.locator(".prediction")).to_contain_text(WORDS)
    cycle = phone.url
    phone.locator("#plan a[href$='/plan']").click()
    expect(phone.locator("#objective")).to_be_visible()
    expect(phone.locator("#words")).to_have_count(0)
    phone.goto(cycle)


def do_and_study(phone: Page) -> None:
    phone.locator(".next-step a").click()
    last = phone.locator("#began_on").input_value()
    write(
        phone,
        what_happened="Four of five answered.",
        ended_on=(date.fromisoformat(last) - timedelta(days=1)).isoformat(),
    )
    send(phone, "/do")
    expect(phone.locator(".error-summary")).to_be_visible()  # no test ends before it begins
    write(phone, ended_on=last)
    send(phone, "/do")
    phone.locator(".next-step a").click()
    write(phone, done_as_planned="yes", study_findings="Four left with a plan.", comparison="As we thought.")
    write(phone, learned="The question must come before the papers.")
    send(phone, "/study")
    expect(phone.locator("#study")).to_contain_text("before the papers")


def act(phone: Page) -> None:
    phone.locator(".next-step a").click()
    write(phone, decision="adopt", decision_reason="It works.", next_step="Teach the night shift")
    send(phone, "/act")
    expect(phone.locator("#act")).to_contain_text("Teach the night shift")


def read_chart(phone: Page, measure: str, cycle: str, *, scripts: bool) -> None:
    """The chart says in words that it is better, and a flag leads to the cycle."""
    phone.goto(measure)
    follow(phone, "/observations")
    enter_number(phone, AFTER[-1])
    number = cycle.rsplit("/", 1)[-1].split("?", maxsplit=1)[0]
    expect(phone.locator(".page-header .chip-success")).to_be_visible()
    expect(phone.locator(f".run-chart a[href$='/improve/cycles/{number}']").first).to_be_attached()
    expect(phone.locator(".run-chart table tbody tr")).to_have_count(len(BEFORE + AFTER) + 1)
    if scripts:
        expect_fit(phone)
        phone.goto(cycle)
        expect_fit(phone)

"""A lead sets things up, and a team looks at what it does: a course by a day, a round, its report, and what follows."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.factories.readiness import instrument
from tests.journeys.devices import Devices, expect_nothing_kept, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.town import Town
from tests.journeys.work import (
    JO,
    LEAD,
    LUZ,
    Crew,
    expect_fit,
    expect_said,
    follow,
    form_to,
    send,
    today,
    unfold,
    write,
)

NOTE = "Two of nine charts had a plan for the first dose."


def setup_steps(page: Page) -> Locator:
    """The list of what a lead begins with; a circle stands before what is still to do."""
    page.goto("/")
    return page.locator("main li:has(a[href*='/organizations/'])")


def test_a_lead_asks_for_a_course_by_a_day_and_reminds_who_is_not_done(
    live: LiveSite, devices: Devices, crew: Crew, town: Town
) -> None:
    desk, phone = devices.desk(), devices.phone(language="es")
    sign_in(desk, LEAD)
    course, training = town.course.slug, f"{crew.place}/assignments"
    setup_steps(desk).locator("a[href$='/assignments/new']").click()
    due = today() + timedelta(days=30)
    write(desk, course=course, due=due.isoformat(), to="people")
    send(desk, "/assignments/new")
    write(desk, chosen=[crew.jo_id, crew.luz_id])
    send(desk, "/assignments/new")
    expect(desk.locator("main li").filter(has_text="Luz Vega")).to_be_visible()
    expect_fit(desk)
    send(desk, "/assignments/new")
    expect(desk).to_have_url(re.compile(f"{training}"))
    sign_in(phone, LUZ)
    expect(phone.locator(f".next-step a[href$='/learn/{course}']")).to_be_visible()
    desk.goto(training)
    follow(desk, f"/{course}")
    people = desk.locator("main tbody tr")
    expect(people).to_have_count(2)
    remind = form_to(desk, "/nudge", ":has(input[name=who])").locator("button")
    remind.click()
    expect(people.filter(has_text="Jo Marin")).not_to_contain_text("Not yet")
    expect_fit(desk)
    told = [mail for mail in live.mail() if mail.to in {JO, LUZ}]
    assert {mail.to for mail in told} == {JO, LUZ}
    n_told = len(told)
    remind.click()
    expect(desk.locator("[role=status], [role=alert]").first).to_be_visible()
    assert len([mail for mail in live.mail() if mail.to in {JO, LUZ}]) == n_told
    expect(setup_steps(desk).filter(has=desk.locator("a[href$='/assignments/new']"))).to_contain_text("Done")


@pytest.mark.parametrize(
    ("language", "scripts"), [("en", True), ("es", False)], ids=["en-scripts", "es-without-scripts"]
)
def test_a_team_rates_and_the_lead_opens_a_cycle_from_the_gap(
    language: str, scripts: bool, live: LiveSite, devices: Devices, crew: Crew
) -> None:
    desk = devices.desk(language=language, scripts=scripts)
    first, second = (devices.phone(language=language, scripts=scripts) for _ in range(2))
    login = {"en": JO, "es": LUZ}[language]
    sign_in(desk, LEAD)
    setup_steps(desk).locator("a[href$='/readiness/new']").click()
    write(desk, people=[crew.jo_id, crew.luz_id])
    send(desk, "/readiness/new")
    expect(desk).to_have_url(re.compile(r"/readiness/rounds/\d+$"))
    a_round = desk.url
    with live.database():
        areas = instrument().areas
    sign_in(first, login)
    rate_on_two_devices(first, second, login, areas, scripts=scripts)
    note_presence(second, a_round, crew)
    desk.reload()
    unfold(desk, "form[action$='/close']")
    send(desk, "/close")
    expect(desk).to_have_url(re.compile(r"/report$"))
    read_report(desk, scripts=scripts)
    accept_and_decline(desk, crew, scripts=scripts)
    open_cycle(desk, crew)
    desk.goto(f"{a_round}/report")
    expect(desk.locator(".action-card a[href^='/improve/cycles/']").first).to_be_visible()
    expect(setup_steps(desk).locator("a[href$='/readiness/new']")).to_have_count(1)


def rate_on_two_devices(first: Page, second: Page, login: str, areas: tuple, *, scripts: bool) -> None:
    """One half of an area on one phone, the rest on another: what was said is there."""
    first.goto("/")
    first.locator("main a[href*='/readiness/rounds/']").first.click()
    first.locator(".next-step a").click()
    keys = [item.key for item in areas[0].items]
    for key in keys[:3]:
        first.locator(f"input[name='answer-{key}'][value='1']").check()
    unfold(first, f"#evidence-{keys[0]}")
    first.locator(f"#evidence-{keys[0]}").fill(NOTE)
    if scripts:
        first.locator(f"#evidence-{keys[0]}").blur()
        expect_nothing_kept(first)
        expect_fit(first)
    else:
        send(first, f"/areas/{areas[0].key}")
    address = f"{first.url.split('/areas/')[0]}/areas/"
    sign_in(second, login)
    second.goto(f"{address}{areas[0].key}")
    for key in keys[:3]:
        expect(second.locator(f"input[name='answer-{key}'][value='1']")).to_be_checked()
    expect(second.locator(f"#evidence-{keys[0]}")).to_have_value(NOTE)
    for number, area in enumerate(areas):
        expect(second).to_have_url(re.compile(f"/areas/{area.key}$"))
        for item in area.items:
            second.locator(f"input[name='answer-{item.key}'][value='{1 if number == 0 else 4}']").check()
        send(second, f"/areas/{area.key}")
    expect(second).to_have_url(re.compile(r"/readiness/rounds/\d+$"))


def note_presence(phone: Page, a_round: str, crew: Crew) -> None:
    phone.goto(a_round)
    unfold(phone, "form[action$='/presence']")
    write(form_to(phone, "/presence"), people=[crew.jo_id, crew.luz_id])
    send(phone, "/presence")
    expect(phone.locator("#present").locator("xpath=../..")).to_contain_text("Luz Vega")


def read_report(desk: Page, *, scripts: bool) -> None:
    expect(desk.locator(".report-sentences p")).to_have_count(3)
    expect_said(desk, NOTE)
    expect(desk.locator("figure svg").first).to_be_visible()
    cards = desk.locator(".action-card")
    assert 1 <= cards.count() <= 3
    if scripts:
        expect_fit(desk)


def accept_and_decline(desk: Page, crew: Crew, *, scripts: bool) -> None:
    """Nothing is accepted without an owner; the last of several may be declined with a reason."""
    accept = desk.locator("form:has(input[value=accept])").first
    accept.locator("button").first.click()
    expect(desk.locator(".field-error").first).to_be_visible()
    accept = desk.locator("form:has(input[value=accept])").first
    write(accept, owner=str(crew.jo_id), due_on=(today() + timedelta(days=60)).isoformat())
    accept.locator("button").first.click()
    expect(desk.locator(".action-card").first).to_contain_text("Jo Marin")
    n_cards = desk.locator(".action-card").count()
    if n_cards > 1:
        last = desk.locator(".action-card").nth(n_cards - 1)
        unfold(last, "input[value=decline]")
        decline = last.locator("form:has(input[value=decline])")
        write(decline, reason="We do this in spring.")
        decline.locator("button").first.click()
        expect(desk.locator(".action-card").nth(n_cards - 1)).to_contain_text("We do this in spring.")


def open_cycle(desk: Page, crew: Crew) -> None:
    """Aim, measure and start value are filled in; the lead only says what they try first."""
    desk.locator(".action-card a[href*='/improve/from-action/']").first.click()
    for name in ("team_name", "what", "how_much", "by_when_on", "for_whom", "name", "objective"):
        expect(desk.locator(f"#{name}")).not_to_have_value("")
    write(desk, cycle_title="Ask each person at the door")
    send(desk, f"/improve/from-action/{desk.url.rsplit('/', 1)[-1]}")
    expect(desk).to_have_url(re.compile(r"/improve/(cycles|teams)/\d+"))

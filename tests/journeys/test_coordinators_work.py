"""A coordinator's year: teams side by side, a playbook that outlives its writers, roles that somebody holds."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.devices import Devices, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.test_cycle import TEAM, start_team
from tests.journeys.town import Town
from tests.journeys.work import COORDINATOR, Crew, expect_fit, expect_said, follow, form_to, send, today, write


def test_three_teams_stand_side_by_side(live: LiveSite, devices: Devices, town: Town, crew: Crew) -> None:
    desk = devices.desk()
    coalition = f"/coalitions/{town.world['coalition']['own']}"
    start_team(devices.desk(scripts=False), crew)
    sign_in(desk, COORDINATOR)
    desk.goto("/")
    follow(desk, f"{coalition}/collaboratives")
    follow(desk, "/collaboratives/new")
    write(desk, name="Warm handoffs", aim="Nobody leaves without a next visit.", charter="We meet each month.")
    write(desk, starts_on=today().isoformat())
    send(desk, "/collaboratives/new")
    expect(desk).to_have_url(re.compile(r"/collaboratives/\d+$"))
    collaborative = desk.url
    for number, kind in enumerate(("team-", "organization-", "organization-")):  # one works already, two are new
        desk.goto(collaborative)
        follow(desk, "/teams/new")
        write(desk, team=desk.locator(f"#team option[value^='{kind}']").first.get_attribute("value"))
        send(desk, "/teams/new")
        expect(desk.locator(".team-tile")).to_have_count(number + 1)
    expect(desk.locator(".team-tile").filter(has_text=TEAM)).to_have_count(1)
    follow(desk, "/sessions/new")
    write(desk, title="First learning session", held_on=(today() + timedelta(days=5)).isoformat())
    desk.locator("input[name=kind]").first.check()
    send(desk, "/sessions/new")
    expect(desk.locator("#sessions")).to_be_visible()
    desk.locator("#sessions").locator("xpath=../..").locator("tbody a").first.click()
    desk.locator("input[name=teams]").first.check()
    send(desk, desk.url.rsplit("/", 1)[-1])
    expect(desk.locator("main tbody tr", has_text="First learning session")).to_contain_text("1 of 3")
    expect_fit(desk)
    phone = devices.phone(language="es")
    sign_in(phone, COORDINATOR)
    phone.goto(f"{coalition}/week")
    expect_said(phone, "First learning session")
    expect_fit(phone)


@pytest.mark.parametrize(
    ("language", "scripts"), [("en", True), ("es", False)], ids=["en-scripts", "es-without-scripts"]
)
def test_a_playbook_from_the_template_is_changed_compared_and_brought_back(
    language: str, scripts: bool, live: LiveSite, devices: Devices, town: Town
) -> None:
    first, second = (devices.desk(language=language, scripts=scripts) for _ in range(2))
    sign_in(first, COORDINATOR)
    first.goto("/playbooks")
    follow(first, "/playbooks/new")
    write(first, owner=f"coalition-{town.world['coalition']['own']}", template="succession", shared="coalition")
    send(first, "/playbooks/new")
    expect(first.locator(".playbook-contents li")).to_have_count(9)
    if scripts:
        expect_fit(first)
    first.locator(".playbook-contents a").first.click()
    page = first.url
    change_with_preview(first)
    compare_and_bring_back(first, page)
    sign_in(second, COORDINATOR)
    edits_that_meet(first, second, page, scripts=scripts)


def change_with_preview(desk: Page) -> None:
    follow(desk, "/edit")
    text = desk.locator("#text").input_value()
    write(desk, text=f"{text}\n\nCall **Rosa** first.\n", note="Whom to call")
    form_to(desk, "/edit").locator("button[value=preview]").click()
    expect(desk.locator(".playbook-preview strong", has_text="Rosa")).to_be_visible()
    expect(desk.locator("#text")).to_have_value(re.compile(r"Call \*\*Rosa\*\* first\."))
    form_to(desk, "/edit").locator("button[type=submit]:not([value])").first.click()
    expect(desk.locator("article.prose strong", has_text="Rosa")).to_be_visible()


def compare_and_bring_back(desk: Page, page: str) -> None:
    follow(desk, "/revisions")
    follow(desk, "/revisions/2")
    expect(desk.locator(".word-diff ins").filter(has_text="Rosa")).to_be_visible()
    desk.locator(".playbook-turn a[rel=prev]").click()
    send(desk, "/revisions/1/restore")
    expect(desk).to_have_url(re.compile(re.escape(page)))
    expect(desk.locator("article.prose")).not_to_contain_text("Rosa")


def edits_that_meet(first: Page, second: Page, page: str, *, scripts: bool) -> None:
    """Two write at once: in two places both are kept, at one place both are shown."""
    begin_edits(first, second, page)
    lines = first.locator("#text").input_value()
    write(first, text=f"At the top.\n\n{lines}")
    write(second, text=f"{lines}\n\nAt the end.\n")
    for desk in (first, second):
        save(desk)
    expect(second.locator("article.prose")).to_contain_text("At the top.")
    expect(second.locator("article.prose")).to_contain_text("At the end.")
    begin_edits(first, second, page)
    text = first.locator("#text").input_value()
    write(first, text=text.replace("At the top.", "Call Ana."))
    write(second, text=text.replace("At the top.", "Call Ben."))
    save(first)
    expect(first.locator("article.prose")).to_contain_text("Call Ana.")
    save(second)
    sides = second.locator(".clash-side")
    expect(sides).to_have_count(2)
    expect(sides.nth(0)).to_contain_text("Call Ben.")
    expect(sides.nth(1)).to_contain_text("Call Ana.")
    expect(second.locator("#text")).to_have_value(re.compile("Call Ben"))
    if scripts:
        expect_fit(second)
    write(second, text=text.replace("At the top.", "Call Ana, then Ben."))
    save(second)
    expect(second.locator("article.prose")).to_contain_text("Call Ana, then Ben.")


def begin_edits(first: Page, second: Page, page: str) -> None:
    for desk in (first, second):
        desk.goto(f"{page}/edit")


def save(desk: Page) -> None:
    form_to(desk, "/edit").locator("button[type=submit]:not([value])").first.click()


def test_a_role_that_nobody_holds_comes_first(live: LiveSite, devices: Devices, town: Town) -> None:
    phone = devices.phone()
    sign_in(phone, COORDINATOR)
    roles = f"/coalitions/{town.world['coalition']['own']}/critical-roles"
    phone.goto(roles)
    for name in ("Grant reports", "Overdose kits"):
        follow(phone, "/critical-roles/new")
        write(phone, name=name, purpose="It must not stop.", max_gap_days="7")
        phone.locator("input[name=criticality]").first.check()
        if name == "Overdose kits":
            for field, person in (("holders", "coordinator"), ("backups", "expert")):
                chosen = str(town.world["person"][person])
                phone.locator(f"select[name={field}]").first.select_option(chosen)
        send(phone, "/critical-roles/new")
        expect(phone).to_have_url(re.compile(r"/succession/roles/\d+$|/critical-roles$"))
        phone.goto(roles)
    first = phone.locator("main tbody tr").first
    expect(first).to_contain_text(re.compile("Nobody|nobody"))
    expect_fit(phone)
    phone.locator("main tbody a", has_text="Overdose kits").click()
    write(
        phone,
        person=str(town.world["person"]["expert"]),
        kind="trained",
        happened_on=(today() - timedelta(days=2)).isoformat(),
    )
    write(phone, how="Counted the boxes together")
    send(phone, "/evidence")
    expect_said(phone, "Counted the boxes together")
    expect_fit(phone)

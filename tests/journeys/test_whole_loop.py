"""The whole loop across people: a gap, a cycle, a chart, a review, a playbook, and who finds it later."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from lms.db import db
from lms.organizations.models import Organization
from tests.factories.people import make_membership, make_person
from tests.factories.readiness import instrument
from tests.journeys.devices import Devices, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.test_expert import SCORES, comment, review
from tests.journeys.town import Town
from tests.journeys.work import (
    COORDINATOR,
    EXPERT,
    JO,
    LEAD,
    Crew,
    expect_fit,
    follow,
    form_to,
    send,
    today,
    unfold,
    write,
)

TITLE = "Ask everybody at the door"
LEARNED = "The question works when it comes before the papers."
NEWCOMER = "kim@example.org"


def test_what_one_team_learned_is_found_by_who_comes_later(
    live: LiveSite, devices: Devices, crew: Crew, town: Town
) -> None:
    lead, member, expert, coordinator = devices.desk(), devices.phone(), devices.desk(), devices.desk()
    for page, login in ((lead, LEAD), (member, JO), (expert, EXPERT), (coordinator, COORDINATOR)):
        sign_in(page, login)
    find_gap(live, lead, member, crew)
    cycle = open_cycle(lead, crew)
    run_cycle(member, cycle)
    number = int(cycle.rsplit("/", 1)[-1])
    expert.goto(f"/assistance/cycles/{number}/review")
    comment(expert, number)
    review(expert, number, {}, "Tell us how many there were.", "return")
    resubmit(member, cycle)
    expert.goto(f"/assistance/cycles/{number}/review")
    review(expert, number, dict.fromkeys(SCORES, "2"), "Others can do this, too.", "accept")
    read_chart(member, cycle)
    write_down(coordinator, cycle, town)
    find(live, devices, crew)


def find_gap(live: LiveSite, lead: Page, member: Page, crew: Crew) -> None:
    """The lead opens a round, the team rates what matters most, and the report names the gap."""
    lead.goto(f"{crew.place}/readiness/new")
    write(lead, people=[crew.jo_id, crew.luz_id])
    send(lead, "/readiness/new")
    expect(lead).to_have_url(re.compile(r"/rounds/\d+$"))
    with live.database():
        area = instrument().areas[0]
    member.goto(f"{lead.url}/areas/{area.key}")
    for item in area.items:
        member.locator(f"input[name='answer-{item.key}'][value='1']").check()
    send(member, f"/areas/{area.key}")
    expect(member).not_to_have_url(re.compile(f"/areas/{area.key}$"))
    lead.reload()
    unfold(lead, "form[action$='/close']")
    send(lead, "/close")
    expect(lead).to_have_url(re.compile("/report$"))


def open_cycle(lead: Page, crew: Crew) -> str:
    """Accept what the report proposes; Jo and Luz take it on, with aim, measure and start value filled in."""
    accept = lead.locator("form:has(input[value=accept])").first
    write(accept, owner=str(crew.jo_id), due_on=(today() + timedelta(days=60)).isoformat())
    accept.locator("button").first.click()
    lead.locator(".action-card a[href*='/improve/from-action/']").first.click()
    write(lead, cycle_title=TITLE, numerator="2", denominator="9")
    send(lead, lead.url.rsplit("/", 1)[-1])
    expect(lead).to_have_url(re.compile(r"/improve/cycles/\d+/plan$"))
    cycle = lead.url.removesuffix("/plan")
    lead.locator("nav a[href^='/improve/teams/']").first.click()
    follow(lead, "/edit")
    write(lead, members=[crew.jo_id, crew.luz_id])
    send(lead, "/edit")
    expect(lead.locator("aside")).to_contain_text("Luz Vega")
    return cycle


def run_cycle(phone: Page, cycle: str) -> None:
    """Plan with a prediction, begin, do, study and act."""
    phone.goto(f"{cycle}/plan")
    measure = phone.locator("#measure option:checked").get_attribute("value")
    assert measure  # the one that came with the gap
    write(phone, words="Six of nine say yes.", shape="at-least", low="60", confidence="70")
    write(phone, by_on=(today() + timedelta(days=40)).isoformat(), plan_who="Jo", plan_when="Monday", scale_people="9")
    write(phone, plan_what="One question to each", data_plan="A tick on the sheet")
    send(phone, "/plan")
    send(phone, "/begin")
    expect(form_to(phone, "/begin")).to_have_count(0)
    expect(phone.locator(".prediction")).to_contain_text("Six of nine say yes.")
    phone.goto(f"{cycle}/do")
    write(phone, what_happened="Seven of nine said yes.", ended_on=phone.locator("#began_on").input_value())
    send(phone, "/do")
    expect(phone.locator("#do")).to_contain_text("Seven of nine said yes.")
    phone.goto(f"{cycle}/study")
    write(phone, done_as_planned="yes", study_findings="Most said yes.", comparison="More than we thought.")
    write(phone, learned=LEARNED)
    send(phone, "/study")
    expect(phone.locator("#study")).to_contain_text(LEARNED)
    phone.goto(f"{cycle}/act")
    write(phone, decision="adopt", decision_reason="It works.", next_step="Teach the night shift")
    send(phone, "/act")
    expect(phone.locator("#act")).to_contain_text("Teach the night shift")


def resubmit(phone: Page, cycle: str) -> None:
    phone.goto(f"{cycle}/study")
    write(phone, study_findings="Seven of nine said yes.")
    send(phone, "/study")
    expect(phone.locator("#study")).to_contain_text("Seven of nine")
    send(phone, "/resubmit")
    expect(form_to(phone, "/resubmit")).to_have_count(0)


def read_chart(phone: Page, cycle: str) -> None:
    """A new number is entered, and a flag on the chart leads to the cycle."""
    phone.goto(cycle)
    phone.locator("main a[href^='/improve/measures/']").last.click()
    follow(phone, "/observations")
    write(phone, numerator="7", denominator="9")
    send(phone, "/observations")
    expect(phone.locator(f".chart-flag[href$='{cycle.rsplit('/', 1)[-1]}']").first).to_be_attached()
    expect_fit(phone)


def write_down(desk: Page, cycle: str, town: Town) -> None:
    """The coordinator keeps what was learned in the playbook of the coalition."""
    desk.goto("/playbooks/new")
    write(desk, owner=f"coalition-{town.world['coalition']['own']}", template="none", title="What works")
    write(desk, shared="coalition")
    send(desk, "/playbooks/new")
    expect(desk.locator("h1")).to_have_text("What works")
    book = desk.url.rsplit("/", 1)[-1]
    desk.goto(cycle)
    follow(desk, f"/playbooks/{book}/pages/new")
    expect(desk.locator("#text")).to_have_value(re.compile(re.escape(LEARNED)))
    send(desk, "/pages/new")
    expect(desk.locator("article.prose")).to_contain_text(LEARNED)
    expect(desk.locator(f"a[href$='/improve/cycles/{cycle.rsplit('/', 1)[-1]}']").first).to_be_visible()
    expect_fit(desk)


def find(live: LiveSite, devices: Devices, crew: Crew) -> None:
    """Somebody who begins afterwards finds it by a word."""
    with live.database():
        make_membership(make_person("Kim Ode", email=NEWCOMER), db.session.get_one(Organization, crew.organization_id))
    live.work()
    phone = devices.phone()
    sign_in(phone, NEWCOMER)
    phone.goto("/search")
    phone.locator("main input[name=q]").fill("question papers")
    phone.locator("main form[role=search] button").first.click()
    phone.locator(".hit-list a[href^='/playbooks/']").first.click()
    expect(phone.locator("article.prose")).to_contain_text(LEARNED)
    expect_fit(phone)

"""A TA expert's desk: a cycle waits, is read on one screen and returned; the team answers; a request for help comes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.devices import Devices, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.town import Town
from tests.journeys.work import EXPERT, expect_fit, expect_said, follow, form_to, send, unfold, write

SCORES = ("clear_aim", "testable_prediction", "small_enough", "data_fit", "honest_study", "sound_decision")
ASKED = "How many people were there on Monday?"
ANSWER = "Nine people came; four left with a plan."


@pytest.mark.parametrize(
    ("language", "scripts"), [("en", True), ("es", False)], ids=["en-scripts", "es-without-scripts"]
)
def test_an_expert_returns_a_cycle_and_accepts_it_when_the_team_has_answered(
    language: str, scripts: bool, live: LiveSite, devices: Devices, town: Town
) -> None:
    desk, phone = (open_(language=language, scripts=scripts) for open_ in (devices.desk, devices.phone))
    cycle = town.world["acted_cycle_id"]["a"]
    sign_in(desk, EXPERT)
    desk.goto("/assistance")
    waiting = desk.locator(f".queue a[href='/assistance/cycles/{cycle}/review']")
    waiting.click()
    comment(desk, cycle)
    if scripts:
        expect_fit(desk)
    review(desk, cycle, dict.fromkeys(SCORES[:2], "2"), "Good and small. Tell us the number.", "return")
    sign_in(phone, "member@example.org")
    answer_and_send_again(phone, cycle, scripts=scripts)
    desk.goto("/assistance")
    waiting.click()
    expect_said(desk, ANSWER)
    review(desk, cycle, dict.fromkeys(SCORES, "3"), "Now others can learn from it.", "accept")
    phone.goto(f"/improve/cycles/{cycle}")
    expect(phone.locator(".notice-success").first).to_contain_text("Now others can learn from it.")
    desk.goto("/assistance")
    expect(waiting).to_have_count(0)


def comment(desk: Page, cycle: int) -> None:
    """Ask for something right where it is written."""
    place = desk.locator("#field-study_findings")
    unfold(place, "form")
    write(place, text=ASKED, is_ask=True)
    send(place, "/comments")
    expect(desk.locator("#field-study_findings .comment-open")).to_contain_text(ASKED)
    expect(desk).to_have_url(re.compile(f"/cycles/{cycle}/review"))


def review(desk: Page, cycle: int, scores: dict[str, str], summary: str, verdict: str) -> None:
    form = form_to(desk, f"/cycles/{cycle}/review")
    write(form, **scores, summary=summary, verdict=verdict)
    form.locator("button[type=submit]").first.click()
    expect(desk).to_have_url(re.compile(r"/assistance$"))


def answer_and_send_again(phone: Page, cycle: int, *, scripts: bool) -> None:
    """From home: what came back is the next step. The team answers, adds a number and sends it again."""
    phone.goto("/")
    phone.locator(f"main a[href='/improve/cycles/{cycle}']").first.click()
    expect(phone.locator(".notice-caution").first).to_contain_text("Tell us the number.")
    if scripts:
        expect_fit(phone)
    follow(phone, f"/cycles/{cycle}/study")
    write(phone, study_findings=ANSWER)
    send(phone, "/study")
    expect(phone.locator("#study")).to_contain_text(ANSWER)
    asked = phone.locator(".comment-open", has_text=ASKED)
    unfold(asked, "form[action$='/settle']")
    write(form_to(asked, "/settle"), answer=ANSWER)
    send(asked, "/settle")
    expect(phone.locator(".comment", has_text=ASKED).locator(".comment-open")).to_have_count(0)
    send(phone, "/resubmit")
    expect(form_to(phone, "/resubmit")).to_have_count(0)


def test_a_request_for_help_is_taken_and_a_contact_logged_on_a_phone(
    live: LiveSite, devices: Devices, town: Town
) -> None:
    lead, phone = devices.desk(), devices.phone(language="es")
    place = f"/organizations/{town.world['organization']['a']}"
    sign_in(lead, "lead@example.org")
    lead.goto("/assistance")
    follow(lead, "/help/new")
    write(lead, need="We want to keep naloxone in the day room.")
    send(lead, "/help/new")
    expect(lead.locator(".error-summary")).to_be_visible()
    write(lead, topic=lead.locator("#topic option").nth(1).get_attribute("value"))
    send(lead, "/help/new")
    expect(lead).to_have_url(re.compile(r"/assistance/requests/\d+$"))
    request = lead.url
    assert "expert@example.org" in {mail.to for mail in live.mail()}
    sign_in(phone, EXPERT)
    phone.goto("/assistance")
    phone.locator(f".queue a[href$='/requests/{request.rsplit('/', 1)[-1]}']").click()
    write(phone, goal="A box in the day room, and everybody knows it.", planned_hours="4")
    send(phone, "/take")
    expect(phone.locator("#goal")).to_be_visible()
    follow(phone, "/encounters/new")
    write(phone, mode="phone", minutes="30", next_step="They choose the place by Friday.")
    expect_fit(phone)
    send(phone, "/encounters/new")
    expect_said(phone, "They choose the place by Friday.")
    lead.reload()
    expect_said(lead, "They choose the place by Friday.")
    phone.goto(request)
    follow(phone, "/close")
    phone.locator("input[name=outcome]").first.check()
    write(phone, outcome_text="The box hangs.")
    send(phone, "/close")
    lead.goto(f"{place}/help")
    follow(lead, f"/requests/{request.rsplit('/', 1)[-1]}")
    expect_said(lead, "The box hangs.")

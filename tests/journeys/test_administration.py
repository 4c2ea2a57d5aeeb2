"""An administrator: sets the site up, guards the own account by a second step, and helps people who changed places."""

import re

import pytest
from playwright.sync_api import Page, expect

from lms import clock
from lms.accounts import queries, second_factors
from lms.db import db
from tests.factories.people import PASSWORD
from tests.journeys.devices import Devices, is_somebody, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.town import Town
from tests.journeys.work import ADMIN, JO, LUZ, Crew, expect_fit, expect_said, follow, send, write


def test_a_site_is_set_up_step_by_step(live: LiveSite, devices: Devices) -> None:
    desk = devices.desk()
    sign_in(desk, ADMIN)
    desk.goto("/")
    follow(desk, "/admin/setup")
    steps = desk.locator(".setup-step")
    expect(steps).to_have_count(4)
    expect_fit(desk)
    send(desk, "/admin/setup/mail")
    expect(desk).to_have_url(re.compile("/admin/setup$"))
    assert ADMIN in {mail.to for mail in live.mail()}
    desk.reload()
    expect(steps.filter(has=desk.locator("#mail")).locator("form")).to_be_visible()
    send(desk, "/admin/setup/backup")
    live.work()
    desk.reload()
    expect(steps.filter(has=desk.locator("#backup")).locator(".chip-success")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "scripts"), [("en", True), ("es", False)], ids=["en-scripts", "es-without-scripts"]
)
def test_a_second_step_is_set_up_and_asked_for_at_sign_in(
    language: str, scripts: bool, live: LiveSite, devices: Devices, town: Town
) -> None:
    first, second, third = (devices.phone(language=language, scripts=scripts) for _ in range(3))
    sign_in(first, ADMIN)
    codes, secret = set_up(first, scripts=scripts)
    sign_in_half(second)
    type_code(second, "000000")
    expect(second.locator(".error-summary")).to_be_visible()
    if scripts:
        expect_fit(second)
    let_time_pass(live, town.world["person"]["admin"])
    type_code(second, second_factors.code_at(secret, clock.now()))
    expect(second.locator("body")).to_have_attribute("data-person", is_somebody())
    sign_in_half(third)
    third.locator("a[href*='way=paper']").click()
    type_code(third, codes[0].lower())
    expect(third.locator("body")).to_have_attribute("data-person", is_somebody())
    third.goto("/account/second-factor")
    expect_said(third, "9")


def set_up(phone: Page, *, scripts: bool) -> tuple[list[str], str]:
    phone.goto("/account/second-factor")
    follow(phone, "/account/second-factor/set-up")
    confirm_password(phone)
    expect(phone.locator("svg.qr")).to_be_visible()
    secret = phone.locator(".copy-field input").input_value().replace(" ", "")
    if scripts:
        expect_fit(phone)
    write(phone, code=second_factors.code_at(secret, clock.now()))
    send(phone, "/set-up")
    codes = phone.locator(".code-list code")
    expect(codes).to_have_count(10)
    return codes.all_inner_texts(), secret


def confirm_password(page: Page) -> None:
    """What matters asks for the password once more."""
    expect(page.locator("h1")).to_be_visible()
    if "/account/confirm" in page.url:
        write(page, current_password=PASSWORD)
        send(page, "/account/confirm")
        expect(page).not_to_have_url(re.compile("/account/confirm"))


def sign_in_half(phone: Page) -> None:
    phone.goto("/sign-in")
    write(phone, name=ADMIN, password=PASSWORD)
    send(phone, "/sign-in")
    expect(phone).to_have_url(re.compile("/sign-in/second-factor"))
    expect(phone.locator("body")).not_to_have_attribute("data-person", is_somebody())


def type_code(phone: Page, code: str) -> None:
    write(phone, code=code)
    send(phone, "/sign-in/second-factor")


def let_time_pass(live: LiveSite, person_id: int) -> None:
    """A code works once; the next one comes half a minute later."""
    with live.database():
        queries.find_second_factor(person_id).last_used_step -= 10
        db.session.flush()


def test_people_move_become_one_and_are_erased(live: LiveSite, devices: Devices, crew: Crew, town: Town) -> None:
    desk = devices.desk()
    sign_in(desk, ADMIN)
    jo, luz = f"/admin/people/{crew.jo_id}", f"/admin/people/{crew.luz_id}"
    desk.goto(jo)
    follow(desk, "/move")
    write(desk, organization=str(town.world["organization"]["b"]), role="staff")
    send(desk, "/move")
    expect(desk).to_have_url(re.compile(f"{jo}$"))
    expect(desk.locator("main tbody tr", has_text="Organization B")).to_be_visible()
    follow(desk, "/merge")
    confirm_password(desk)
    write(desk, other=LUZ)
    desk.locator("main form[action*='/merge'] button").first.click()
    expect_said(desk, "Luz Vega")
    expect_fit(desk)
    desk.locator("main form[method=post][action*='/merge'] button").first.click()
    expect(desk).to_have_url(re.compile(f"{jo}$"))
    phone = devices.phone()
    phone.goto("/sign-in")
    write(phone, name=LUZ, password=PASSWORD)
    send(phone, "/sign-in")
    expect(phone.locator(".error-summary, [role=alert]").first).to_be_visible()
    sign_in(phone, JO)
    follow(desk, "/erase")
    expect_fit(desk)
    write(desk, is_meant=True)
    send(desk, "/erase")
    expect(desk).to_have_url(re.compile("/admin/people$"))
    expect(desk.locator("main")).not_to_contain_text("Jo Marin", ignore_case=False)
    phone.goto("/account")
    expect(phone).to_have_url(re.compile("/sign-in"))
    desk.goto(luz)
    expect(desk.locator("h1")).not_to_contain_text("Luz")

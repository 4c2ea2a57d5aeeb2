"""A lead brings people in: by a link that needs no e-mail, and by a list; codes get lost and are made anew."""

import re

import pytest
from playwright.sync_api import Page, expect

from lms.notifications.mailbox import KeptMessage
from tests.journeys.devices import Devices, is_somebody, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.town import LONELY_LEAD, LONELY_PLACE, organization_of

ALIAS = "blue-heron"
PASSWORD, LATER, LATEST = "seven quiet rivers", "eight quiet rivers", "nine quiet rivers"
LIST = """email,name,role,language
ana.lopez@example.org,Ana López,staff,es
not an address,Ben,staff,en
cleo@example.org,=HYPERLINK("http://x"),boss,en
"""
MENDED = """email,name,role,language
ana.lopez@example.org,Ana López,staff,es
ben@example.org,Ben,staff,en
"""


@pytest.fixture
def desk(live: LiveSite, devices: Devices) -> Page:
    page = devices.desk()
    sign_in(page, LONELY_LEAD)
    return page


@pytest.fixture
def place(live: LiveSite) -> str:
    return f"/organizations/{organization_of(live, LONELY_LEAD)}"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_newcomer_joins_by_alias_loses_the_code_and_comes_back(
    scripts: bool, desk: Page, place: str, devices: Devices
) -> None:
    link = make_link(desk)
    phone = devices.phone(scripts=scripts)
    code = join_by_alias(phone, link)
    expect_among_people(desk, place)
    lost_phone = devices.phone(scripts=scripts)
    second_code = recover(lost_phone, code, LATER)
    assert second_code != code
    third_code = make_code_anew(desk, place)
    refuse_code(lost_phone, second_code)
    recover(lost_phone, third_code, LATEST)
    sign_in(lost_phone, ALIAS, LATEST)
    phone.goto("/account")  # whoever had the first phone is out
    expect(phone).to_have_url(re.compile("/sign-in"))


def make_link(desk: Page) -> str:
    """From home: the one who is alone is told to bring people in."""
    desk.goto("/")
    desk.locator(".next-step a.button").click()
    desk.locator("a[href$='kind=open-link']").click()
    desk.locator("#max_uses").fill("3")
    desk.locator("form[action$='/invitations/new'] button[type=submit]").click()
    expect(desk.locator("svg.qr")).to_be_visible()
    return desk.locator(".copy-field input").input_value()


def join_by_alias(phone: Page, link: str) -> str:
    phone.goto(link)
    expect(phone.locator("h1")).to_contain_text(LONELY_PLACE)
    phone.locator("a[href*='way=alias']").click()
    phone.locator("#alias").fill(ALIAS)
    phone.locator("#password").fill(PASSWORD)
    phone.locator("form[action^='/join/'] button[type=submit]").click()
    code = phone.locator(".paper-code strong").inner_text()
    phone.locator("main a.button").first.click()
    expect(phone.locator("body")).to_have_attribute("data-person", is_somebody())
    expect(phone.locator(".next-step")).to_be_visible()
    return code


def expect_among_people(desk: Page, place: str) -> None:
    desk.goto(f"{place}/people")
    expect(desk.get_by_role("link", name=ALIAS)).to_be_visible()


def recover(phone: Page, code: str, password: str) -> str:
    """Get in with a code; return the next one."""
    type_code(phone, code, password)
    return phone.locator(".paper-code strong").inner_text()


def type_code(phone: Page, code: str, password: str) -> None:
    phone.goto("/sign-in")
    phone.locator("main a[href='/recover']").click()
    phone.locator("#name").fill(ALIAS)
    phone.locator("#recovery_code").fill(code.lower())
    phone.locator("#new_password").fill(password)
    phone.locator("form[action='/recover'] button[type=submit]").click()


def refuse_code(phone: Page, code: str) -> None:
    type_code(phone, code, LATEST)
    expect(phone.locator(".error-summary")).to_be_visible()


def make_code_anew(desk: Page, place: str) -> str:
    desk.goto(f"{place}/people")
    desk.get_by_role("link", name=ALIAS).click()
    desk.locator("a[href*='step=recovery-code']").click()
    desk.locator("form[action$='/recovery-code'] button").click()
    return desk.locator(".paper-code strong").inner_text()


def test_a_list_is_taken_whole_or_not_at_all(live: LiveSite, desk: Page, place: str, devices: Devices) -> None:
    desk.goto(f"{place}/invitations/import")
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    desk.locator("#file").set_input_files(file)
    desk.locator("form[action$='/import'] button[type=submit]").click()
    rows = desk.locator("table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("3")
    expect(rows.nth(0)).to_contain_text("not an address")
    expect(rows.nth(1)).to_contain_text("4")
    expect(rows.nth(1)).to_contain_text("boss")
    assert not mails_to_the_list(live)
    desk.locator("#text").fill(MENDED)
    desk.locator("form[action$='/import'] button[type=submit]").click()
    expect(desk.locator("input[name=action][value=invite]")).to_be_attached()
    desk.locator("form[action$='/import'] button[type=submit]").click()
    expect(desk).to_have_url(re.compile(rf"{place}/invitations$"))
    mails = mails_to_the_list(live)
    assert set(mails) == {"ana.lopez@example.org", "ben@example.org"}
    join_by_mail(devices.phone(), mails["ana.lopez@example.org"].text)


def mails_to_the_list(live: LiveSite) -> dict[str, KeptMessage]:
    """What was sent to anybody of either list; others may get their own mail at any moment."""
    listed = re.findall(r"[\w.]+@example\.org", LIST + MENDED)
    return {mail.to: mail for mail in live.mail() if mail.to in listed}


def join_by_mail(phone: Page, text: str) -> None:
    """Join with the link of the mail, in the language the lead chose; the address is known already."""
    phone.goto(re.search(r"http://\S+/join/\S+", text)[0])
    expect(phone.locator("html")).to_have_attribute("lang", "es")
    expect(phone.locator("main")).to_contain_text("ana.lopez@example.org")
    expect(phone.locator("#name")).to_have_value("Ana López")
    phone.locator("#password").fill(PASSWORD)
    phone.locator("form[action^='/join/'] button[type=submit]").click()
    expect(phone.locator("body")).to_have_attribute("data-person", is_somebody())
    expect(phone.locator("html")).to_have_attribute("lang", "es")


def test_the_last_lead_cannot_leave(desk: Page, place: str) -> None:
    desk.goto(place)
    desk.locator("a[href$='/leave']").click()
    expect(desk.locator("form[action$='/leave']")).to_have_count(0)
    expect(desk.locator(f"main a.button[href='{place}/people']")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_two_who_edit_at_once_both_see_what_the_other_wrote(
    scripts: bool, live: LiveSite, place: str, devices: Devices
) -> None:
    first, second = devices.desk(scripts=scripts), devices.desk(scripts=scripts)
    for desk, name in ((first, "Shelter of Saint John"), (second, "St. John's Shelter")):
        sign_in(desk, LONELY_LEAD)
        desk.goto(f"{place}/edit")
        desk.locator("#name").fill(name)
    save = "form[action$='/edit'] button[type=submit]"
    first.locator(save).click()
    expect(first.locator("h1")).to_have_text("Shelter of Saint John")
    second.locator(save).click()
    expect(second.get_by_role("alert").first).to_contain_text("Shelter of Saint John")
    expect(second.locator("#name")).to_have_value("St. John's Shelter")
    second.locator(save).click()
    expect(second.locator("h1")).to_have_text("St. John's Shelter")

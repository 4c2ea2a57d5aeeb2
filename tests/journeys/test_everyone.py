"""What reaches everybody: notices and the mail they choose, and search that shows only what one may read."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.devices import Devices, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.town import Town
from tests.journeys.work import JO, LEAD, LUZ, Crew, expect_fit, follow, send, write

WORD = "marigoldbox"


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_notice_arrives_and_mail_comes_as_each_has_chosen(
    language: str, live: LiveSite, devices: Devices, crew: Crew
) -> None:
    login, other = (JO, LUZ) if language == "en" else (LUZ, JO)
    phone, desk = devices.phone(language=language), devices.desk(scripts=False)
    sign_in(phone, login)
    phone.goto("/notices")
    expect_fit(phone)
    phone.locator("main a[href='/account/notifications']").first.click()
    write(phone, round_opened="never")
    send(phone, "/account/notifications")
    phone.goto("/account/notifications")
    expect(phone.locator("#round_opened")).to_have_value("never")
    expect_fit(phone)
    sign_in(desk, LEAD)
    desk.goto(f"{crew.place}/readiness/new")
    write(desk, people=[crew.jo_id, crew.luz_id])
    send(desk, "/readiness/new")
    expect(desk).to_have_url(re.compile(r"/rounds/\d+$"))
    assert {mail.to for mail in live.mail()} & {JO, LUZ} == {other}
    phone.goto("/notices")
    expect(phone.locator(".notice-list .is-new")).to_have_count(1)
    expect_fit(phone)
    phone.locator(".notice-list form button").first.click()
    expect(phone).to_have_url(re.compile(r"/readiness/rounds/\d+$"))
    phone.goto("/notices")
    expect(phone.locator(".notice-list li")).to_have_count(1)
    expect(phone.locator(".notice-list .is-new")).to_have_count(0)


def test_search_finds_a_page_only_for_who_may_read_it(live: LiveSite, devices: Devices, crew: Crew, town: Town) -> None:
    desk = devices.desk()
    sign_in(desk, LEAD)
    desk.goto("/playbooks")
    follow(desk, "/playbooks/new")
    write(desk, owner=f"organization-{crew.organization_id}", template="none", title="Night shift", shared="nobody")
    send(desk, "/playbooks/new")
    follow(desk, "/pages/new")
    write(desk, title="Where things are", text=f"The {WORD} hangs beside the **door**.")
    send(desk, "/pages/new")
    expect(desk.locator("article.prose")).to_contain_text(WORD)
    live.work()
    insider, stranger = devices.phone(language="es"), devices.phone()
    sign_in(insider, LUZ)
    sign_in(stranger, "staff@example.org")
    expect_hits(desk, 1)
    expect_hits(insider, 0)
    desk.locator(".hit-list a").first.click()
    expect(desk.locator("h1")).to_have_text("Where things are")
    desk.goto("/playbooks")
    follow(
        desk, f"/playbooks/{desk.locator('main a', has_text='Night shift').get_attribute('href').rsplit('/', 1)[-1]}"
    )
    follow(desk, "/edit")
    write(desk, shared="organization")
    send(desk, "/edit")
    expect(desk.locator("h1")).to_have_text("Night shift")
    expect_hits(insider, 1)
    expect_fit(insider)
    expect_hits(stranger, 0)


def expect_hits(page: Page, n_hits: int) -> None:
    page.goto("/search")
    page.locator("main input[name=q]").fill(WORD)
    page.locator("main form[role=search] button").first.click()
    expect(page).to_have_url(re.compile(WORD))
    expect(page.locator(".hit-list li")).to_have_count(n_hits)
    expect(page.locator("main mark")).to_have_count(n_hits)

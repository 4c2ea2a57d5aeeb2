"""Who runs things: a coordinator's local fact reaches a lesson, an expert looks on, an administrator steps in."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.devices import Devices, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.town import ENGLISH, SPANISH, Town

POISON_LINE = {"en": "the county poison line, 555-0142", "es": "la línea de intoxicaciones del condado, 555-0142"}


def test_a_local_fact_stands_in_the_lesson_of_staff(devices: Devices, town: Town) -> None:
    desk = devices.desk()
    sign_in(desk, "coordinator@example.org")
    coalition = town.world["coalition"]["own"]
    desk.goto(f"/coalitions/{coalition}/facts/poison-line")
    desk.locator("#text_en").fill(POISON_LINE["en"])
    desk.locator("#text_es").fill(POISON_LINE["es"])
    desk.locator("#source").fill("County health office")
    desk.locator("#checked_on").fill("2026-01-05")
    desk.locator("form[action$='/poison-line'] button[type=submit]").click()
    expect(desk).to_have_url(re.compile("/facts$"))
    for language, login in (("en", ENGLISH), ("es", SPANISH)):
        phone = devices.phone(language=language)
        sign_in(phone, login)
        expect_fact_in_course(phone, town, POISON_LINE[language])


def expect_fact_in_course(phone: Page, town: Town, text: str) -> None:
    phone.goto(f"/learn/{town.course.slug}")
    expect(phone.locator("main, aside").filter(has_text=text).first).to_be_visible()
    phone.locator("form[action$='/start'] button").click()
    for lesson in town.course.lessons:
        phone.goto(f"/learn/{town.course.slug}/{lesson.slug}")
        if phone.locator(".lesson-step .prose").filter(has_text=text).count():
            return
    raise AssertionError("no lesson shows the fact")


def test_an_expert_sees_the_coalition_and_changes_nothing(devices: Devices, town: Town) -> None:
    desk = devices.desk()
    sign_in(desk, "expert@example.org")
    coalition = f"/coalitions/{town.world['coalition']['own']}"
    desk.locator(f".card-link[href='{coalition}']").click()
    expect(desk.locator("h1")).to_have_text("Own")
    expect(desk.locator("main form, main a.button-primary")).to_have_count(0)
    desk.locator("main table a").first.click()
    expect(desk).to_have_url(re.compile(r"/organizations/\d+$"))
    expect(desk.locator("main form")).to_have_count(0)


def test_a_suspended_person_is_out_at_the_next_click(devices: Devices, town: Town) -> None:
    phone, desk = devices.phone(), devices.desk()
    sign_in(phone, ENGLISH)
    sign_in(desk, "admin@example.org")
    desk.goto("/admin/people?q=Nina")
    desk.locator("main table a").click()
    desk.locator("form[action$='/suspend'] button").click()
    expect(desk.locator("form[action$='/reactivate']")).to_be_visible()
    phone.locator("nav a[href='/learn']").click()
    expect(phone).to_have_url(re.compile("/sign-in"))
    desk.goto("/admin/audit")
    expect(desk.locator("main tbody tr").filter(has_text="suspended").first).to_contain_text("The admin")
    desk.goto("/admin/people?q=Nina&state=suspended")
    desk.locator("main table a").click()
    desk.locator("form[action$='/reactivate'] button").click()
    expect(desk.locator("form[action$='/suspend']")).to_be_visible()
    sign_in(phone, ENGLISH)


def test_an_administrator_finds_the_way_through_the_rooms(live: LiveSite, devices: Devices) -> None:
    desk = devices.desk()
    sign_in(desk, "admin@example.org")
    desk.goto("/admin")
    rooms = [link.get_attribute("href") for link in desk.locator(".page nav a[href^='/admin']").all()]
    assert len(rooms) >= 7
    for room in rooms:
        desk.goto(room)
        expect(desk.locator("h1")).to_be_visible()


def test_an_invitation_by_mail_lies_in_the_mailbox(live: LiveSite, devices: Devices, town: Town) -> None:
    desk = devices.desk()
    sign_in(desk, "lead@example.org")
    desk.goto(f"/organizations/{town.world['organization']['a']}/invitations/new")
    desk.locator("#email").fill("dora@example.org")
    desk.locator("form[action$='/invitations/new'] button[type=submit]").click()
    expect(desk).to_have_url(re.compile(r"/invitations/\d+$"))
    link = desk.locator(".copy-field input").input_value()
    live.work()
    desk.goto("/dev/mail")
    desk.locator("main a").filter(has_text="Organization A").first.click()
    expect(desk.locator("main")).to_contain_text("dora@example.org")
    expect(desk.locator("main")).to_contain_text(link)


def test_a_new_coalition_begins_with_an_organization_and_its_lead(live: LiveSite, devices: Devices) -> None:
    desk = devices.desk()
    sign_in(desk, "admin@example.org")
    desk.goto("/admin/coalitions/new")
    desk.locator("#name").fill("River Coalition")
    desk.locator("#state_name").fill("Ohio")
    desk.locator("#time_zone").select_option("America/New_York")
    desk.locator("#coordinator").fill("coordinator@example.org")
    desk.locator("form[action='/admin/coalitions/new'] button[type=submit]").click()
    expect(desk.locator("h1")).to_contain_text("River Coalition")
    desk.locator("a[href$='/organizations/new']").first.click()
    desk.locator("#name").fill("Ferry House")
    desk.locator("#kind").select_option("shelter")
    desk.locator("#lead_email").fill("lia@example.org")
    desk.locator("#lead_name").fill("Lia Mora")
    desk.locator("form:has(#lead_email) button[type=submit]").click()
    expect(desk.locator("main")).to_contain_text("Ferry House")
    (mail,) = [mail for mail in live.mail() if mail.to == "lia@example.org"]
    begin_as_lead(devices.phone(), re.search(r"http://\S+/join/\S+", mail.text)[0])


def begin_as_lead(phone: Page, link: str) -> None:
    """The first lead joins and is told to bring the others in."""
    phone.goto(link)
    phone.locator("#password").fill("five bright lanterns")
    phone.locator("form[action^='/join/'] button[type=submit]").click()
    phone.locator(".next-step a.button").click()
    expect(phone).to_have_url(re.compile(r"/organizations/\d+/invitations/new$"))


def test_a_clinicians_signature_changes_what_readers_see(devices: Devices, town: Town) -> None:
    phone, desk = devices.phone(), devices.desk()
    course = f"/learn/{town.course.slug}"
    sign_in(phone, ENGLISH)
    phone.goto(course)
    expect(phone.locator("main")).not_to_contain_text("Dr. Ines Vale")
    sign_in(desk, "admin@example.org")
    desk.goto(f"/admin/content/{town.world['version']['any']}/sign-off/en")
    desk.locator("#signer_name").fill("Dr. Ines Vale")
    desk.locator("#signer_credential").fill("MD")
    desk.locator("#reviewed_on").fill("2026-01-05")
    desk.locator("#is_confirmed").check()
    desk.locator("form[action*='/sign-off/en'] button[type=submit]").click()
    expect(desk).to_have_url(re.compile("/admin/content$"))
    phone.reload()
    expect(phone.locator("main")).to_contain_text("Dr. Ines Vale")
    phone.goto(f"{course}?lang=es")
    expect(phone.locator("main")).not_to_contain_text("Dr. Ines Vale")

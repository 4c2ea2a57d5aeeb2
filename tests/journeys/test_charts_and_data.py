"""A lead steers a chart and brings in many numbers at once; what cannot be is said at its field, nothing is lost."""

import io
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from lms.accounts.models import Person
from lms.authz import MembershipRole
from lms.db import db
from lms.improvement.rules import Unit
from lms.organizations.models import Membership, Organization
from tests.factories.improvement import make_entries, make_measure, make_team
from tests.journeys.devices import Devices, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.work import EXPERT, JO, LUZ, Crew, expect_fit, expect_said, follow, form_to, send, today, write

NAME = "People with a plan"
LOW, HIGH = (4, 5, 3, 6, 4, 5, 4, 6, 3, 5, 4, 5), (9, 10, 11, 9, 12, 10, 9, 11, 10, 12, 9, 10)
WAYS = {"en": JO, "es": LUZ}


def device_of(devices: Devices, language: str) -> Page:
    """English on a phone with scripts, Spanish at a desk without."""
    return devices.phone() if language == "en" else devices.desk(language=language, scripts=False)


def prepare(live: LiveSite, crew: Crew, login: str, numbers: Sequence[float] = (), **measure: Any) -> str:
    """Make somebody a lead with a team and a measure; return the measure's address."""
    with live.database():
        person = db.session.query(Person).filter_by(email=login).one()
        held = db.session.query(Membership).filter_by(person_id=person.id).one()
        held.role = MembershipRole.LEAD
        place = db.session.get_one(Organization, crew.organization_id)
        made = make_measure(make_team(place, person), person, name=NAME, **measure)
        if numbers:
            make_entries(made, person, *numbers, until=today(), out_of=None)
        return f"/improve/measures/{made.id}"


def week(n_ago: int) -> date:
    """The Monday so many weeks ago."""
    return today() - timedelta(days=today().weekday(), weeks=n_ago)


def expect_error_at(page: Page, *ids: str) -> None:
    """The summary names each field, its link leads there, and the message stands at the field."""
    links = page.locator(".error-summary a")
    expect(links).to_have_count(len(ids))
    for place, name in enumerate(ids):
        expect(links.nth(place)).to_have_attribute("href", f"#{name}")
        target = re.sub(r"-0$", "", name)
        expect(page.locator(f"#{target}-error")).to_be_visible()
        expect(page.locator(f"#{target}-error")).to_contain_text(links.nth(place).inner_text())


# ---------------------------------------------------------------- steering a chart


@pytest.mark.parametrize("language", WAYS)
def test_a_lead_steers_a_chart_and_an_expert_accepts_its_phases(
    language: str, live: LiveSite, devices: Devices, crew: Crew
) -> None:
    measure = prepare(live, crew, WAYS[language], LOW + HIGH, unit=Unit.COUNT, denominator_text="")
    page = device_of(devices, language)
    sign_in(page, WAYS[language])
    page.goto(measure)
    follow(page, "/chart")
    leave_out_with_a_reason(page)
    freeze(page, measure)
    propose_phases(page, measure)
    expert = devices.desk(language=language)
    sign_in(expert, EXPERT)
    expert.goto("/assistance")
    follow(expert, f"{measure}/charts")
    expect(expert.locator("#proposed")).to_be_visible()
    expert.locator("form[action$='/decision'] button[value=accept]").click()
    expect(expert.locator(".flash, [role=status]").first).to_be_visible()
    page.goto(measure)
    expect(page.locator(".run-chart")).to_contain_text("The door is open on Mondays")


def leave_out_with_a_reason(page: Page) -> None:
    """The choice of a kind says why; a number is left out only with a reason."""
    expect(page.locator("#advice-title + p")).to_be_visible()
    write(page, kind="c")
    page.locator("details:has(#exclusion_1_period_on) > summary").click()
    page.locator("#exclusion_1_period_on").select_option(week(20).isoformat())
    send(page, "/chart", ":has(#kind)")
    expect_error_at(page, "exclusion_1_reason")
    expect(page.locator("#exclusion_1_period_on")).to_have_value(week(20).isoformat())
    expect(page.locator("input[name=kind][value=c]")).to_be_checked()
    write(page, exclusion_1_reason="The flood")
    page.locator("button[name=action][value=preview]").click()
    expect(page.locator("#preview")).to_be_visible()
    expect(page.locator("#preview")).to_contain_text("The flood")
    if page.viewport_size and page.viewport_size["width"] < 400:
        expect_fit(page)


def freeze(page: Page, measure: str) -> None:
    """A baseline of a few numbers is none; twelve are enough."""
    page.locator("#freeze_on").select_option(week(20).isoformat())
    send(page, "/chart", ":has(#kind)")
    expect_error_at(page, "freeze_on")
    page.locator("#freeze_on").select_option(week(13).isoformat())
    page.locator(".error-summary").evaluate("summary => summary.classList.add('of-before')")
    send(page, "/chart", ":has(#kind)")
    expect(page.locator(".of-before")).to_have_count(0)  # the next answer names the same field
    expect_error_at(page, "freeze_on")  # eleven: the one left out does not count
    page.locator("#freeze_on").select_option(week(12).isoformat())
    send(page, "/chart", ":has(#kind)")
    expect(page).to_have_url(re.compile(rf"{measure}$"))
    expect(page.locator(".run-chart")).to_contain_text("The flood")


def propose_phases(page: Page, measure: str) -> None:
    """Phases and a baseline do not go together, and a phase needs a reason."""
    page.goto(f"{measure}/chart")
    page.locator("#phase_1_first_on").select_option(week(12).isoformat())
    send(page, "/chart", ":has(#kind)")
    expect(page.locator("#freeze_on-error")).to_be_visible()
    expect(page.locator("#phase_1_reason-error")).to_be_visible()
    page.locator("#freeze_on").select_option("")
    write(page, phase_1_reason="The door is open on Mondays")
    send(page, "/chart", ":has(#kind)")
    expect(page).to_have_url(re.compile(rf"{measure}/charts$"))
    expect(page.locator("#proposed")).to_contain_text("The door is open on Mondays")
    expect(page.locator("form[action$='/decision']")).to_have_count(0)


# ---------------------------------------------------------------- many numbers at once


@pytest.mark.parametrize("language", WAYS)
def test_numbers_come_pasted_and_from_a_file_and_a_bad_row_is_named(
    language: str, live: LiveSite, devices: Devices, crew: Crew
) -> None:
    measure = prepare(live, crew, WAYS[language])
    page = device_of(devices, language)
    sign_in(page, WAYS[language])
    page.goto(measure)
    follow(page, "/import")
    page.locator("#text").fill("\n".join((f"{week(5)}\t7\t20", f"{week(4)}\tmany\t20", f"{week(3)}\t12\t40")))
    send(page, "/import")
    bad = page.locator("table").first
    expect(bad.locator("tbody tr")).to_have_count(1)
    expect(bad).to_contain_text("2")
    expect(page.locator("button[value=save]")).to_have_count(0)
    text = page.locator("#text").input_value()
    assert "many" in text
    page.locator("#text").fill(text.replace("many", "9"))
    form_to(page, "/import").locator("button[type=submit]").last.click()
    expect(page.locator("button[value=save]")).to_be_visible()
    if language == "en":
        expect_fit(page)
    page.locator("button[value=save]").click()
    expect(page).to_have_url(re.compile(rf"{measure}$"))
    expect(page.locator(".run-chart table tbody tr")).to_have_count(3)
    take_a_file(page, measure, language)


def take_a_file(page: Page, measure: str, language: str) -> None:
    """A workbook with a row that is there already, one that replaces and one that is new."""
    page.goto(f"{measure}/import")
    rows = [(week(5), 7, 20), (week(4), 10, 20), (week(2), 15, 20)]
    page.locator("#file").set_input_files(as_workbook(rows) if language == "en" else as_csv(rows))
    send(page, "/import")
    expect(page.locator("button[value=save]")).to_be_visible()
    expect(page.locator("main table tbody tr")).to_have_count(3)
    page.locator("button[value=save]").click()
    expect(page).to_have_url(re.compile(rf"{measure}$"))
    expect(page.locator(".run-chart table tbody tr")).to_have_count(4)
    expect_said(page, "50")  # ten of twenty, where nine stood before


def as_workbook(rows: Sequence[Sequence[Any]]) -> Any:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "numbers.xlsx", "mimeType": kind, "buffer": kept.getvalue()}


def as_csv(rows: Sequence[Sequence[Any]]) -> Any:
    text = "\n".join(";".join(str(cell) for cell in row) for row in rows)
    return {"name": "numbers.csv", "mimeType": "text/csv", "buffer": text.encode()}

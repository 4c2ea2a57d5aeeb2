"""A lead asks the staff: opened in three steps, answers come in unseen, and the report leads to work the same day."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from lms.accounts.models import Language, Person
from lms.db import db
from lms.readiness.models import Round
from tests.factories.surveys import Answers, make_responses, survey_instrument
from tests.journeys.devices import Devices, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.test_few_steps import Hands
from tests.journeys.work import (
    JO,
    LEAD,
    LUZ,
    Crew,
    expect_fit,
    follow,
    send,
    unfold,
)

CHANGE = "Start treatment on the first day"
MOST_TO_OPEN, MOST_TO_ACCEPT = 6, 10  # clicks, choices and filled fields
FILLED_IN = "team_name what how_much by_when_on for_whom name numerator_text denominator_text objective".split()
BOUND = re.compile(r"1[.,]5 (or less|o menos)")
FIRST_ANSWERS, ALL_ANSWERS = 7, 12


@pytest.mark.parametrize(
    ("language", "scripts"), [("en", True), ("es", False)], ids=["en-desk-scripts", "es-phone-without-scripts"]
)
def test_a_lead_asks_staff_and_has_three_owned_actions(
    language: str, scripts: bool, live: LiveSite, devices: Devices, crew: Crew
) -> None:
    if scripts:
        page = devices.desk(language=language, permissions=["clipboard-read", "clipboard-write"])
    else:
        page = devices.phone(language=language, scripts=False)
    with live.database():
        db.session.scalars(select(Person).filter_by(email=LEAD)).one().language = Language(language)
    sign_in(page, LEAD)
    expect(page.locator("html")).to_have_attribute("lang", language)
    round_id = open_survey(page)
    share_with_people(page, scripts=scripts)
    follow(page, f"/readiness/surveys/{round_id}")
    expect_answered(page, 0)
    answer(live, round_id, FIRST_ANSWERS)
    page.reload()
    expect_answered(page, 5)
    answer(live, round_id, ALL_ANSWERS - FIRST_ANSWERS)
    page.reload()
    expect_answered(page, 10)
    if scripts:
        expect_fit(page)
    unfold(page, "form[action$='/close']")
    send(page, "/close")
    expect(page).to_have_url(re.compile(r"/report$"))
    read_report(page, scripts=scripts)
    report = page.url
    accept_all(page, crew)
    page.goto(report)
    send(page, "/share")
    staff = devices.phone(language=language, scripts=scripts)
    sign_in(staff, {"en": JO, "es": LUZ}[language])
    staff.goto("/readiness")
    follow(staff, f"/readiness/rounds/{round_id}/report")
    expect(staff.locator(".report-sentences p")).to_have_count(3)
    expect(staff.locator("form:has(input[value=accept])")).to_have_count(0)
    print_and_show(staff, scripts=scripts)


def open_survey(page: Page) -> int:
    """Three steps: what, who, and letting people know."""
    page.goto("/readiness")
    hands = Hands(page)
    hands.click("main a[href$='/readiness/surveys/new']")
    hands.write(change_name=CHANGE)
    hands.send("/surveys/new")
    expect(page.locator("main")).to_contain_text(CHANGE)
    hands.write(headcount=str(ALL_ANSWERS))
    hands.send("/surveys/new")
    expect(page).to_have_url(re.compile(r"/readiness/surveys/\d+/share$"))
    assert hands.n_steps <= MOST_TO_OPEN
    return int(page.url.rsplit("/", 2)[-2])


def share_with_people(page: Page, *, scripts: bool) -> None:
    """Every poster opens; the link is copied with one click, and can be marked and copied without a script."""
    posters = [link.get_attribute("href") or "" for link in page.locator("a[href*='/poster.pdf']").all()]
    assert len(posters) == 4  # two languages, two papers
    poster = page.request.get(posters[0])
    assert poster.headers["content-type"] == "application/pdf"
    assert poster.body().startswith(b"%PDF")
    link = page.locator(".copy-field input").input_value()
    if scripts:
        page.locator(".copy-field button").click()
        expect(page.locator(".copy-field button")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == link
        expect_fit(page)
    opened = page.request.get(link)
    assert opened.ok
    assert "nonce" in opened.text()


def expect_answered(page: Page, n: int) -> None:
    """The day view tells steps of five."""
    expect(page.locator("main progress").first).to_have_attribute("value", str(n))


def answer(live: LiveSite, round_id: int, n: int) -> None:
    """Some of the staff answer: most areas are fair, three are low."""
    with live.database():
        low = {item.key for area in survey_instrument().areas[:3] for item in area.items}
        make_responses(db.session.get_one(Round, round_id), *(_answers(low, number) for number in range(n)))


def _answers(low: set[str], number: int) -> Answers:
    spread = (0, 0, 1)[number % 3]
    items = survey_instrument().items
    return {
        item.key: 6 - value if item.is_reversed else value
        for item in items
        for value in ((1 if item.key in low else 3) + spread,)
    }


def read_report(page: Page, *, scripts: bool) -> None:
    sentences = page.locator(".report-sentences p")
    expect(sentences).to_have_count(3)
    expect(sentences.nth(1)).to_contain_text(BOUND)  # near the end of the scale no exact figure is told
    expect(page.locator("main figure svg").first).to_be_visible()
    expect(page.locator(".action-card")).to_have_count(3)
    if scripts:
        expect_fit(page)


def accept_all(page: Page, crew: Crew) -> None:
    """Three actions with an owner and a date, one of them opened as a cycle that is filled in."""
    hands = Hands(page)
    for number in range(3):
        card = page.locator(".action-card").nth(number)
        accept = card.locator("form:has(input[value=accept])")
        hands.n_steps += 2
        accept.locator("select").select_option(str(crew.jo_id))
        accept.locator("button").first.click()
        expect(card).to_contain_text("Jo Marin")
        expect(card.locator("form:has(input[value=accept])")).to_have_count(0)
    hands.click(".action-card a[href*='/improve/from-action/']")
    for name in FILLED_IN:
        expect(page.locator(f"#{name}")).not_to_have_value("")
    hands.write(cycle_title="Ask each person at the door")
    hands.send(f"/improve/from-action/{page.url.rsplit('/', 1)[-1]}")
    expect(page).to_have_url(re.compile(r"/improve/(cycles|teams)/\d+"))
    assert hands.n_steps <= MOST_TO_ACCEPT, hands.n_steps


def print_and_show(page: Page, *, scripts: bool) -> None:
    """The guide and the slides begin on paper with what they say; each slide is a sheet of its own."""
    report = page.url
    for kind in ("guide", "slides"):
        page.goto(re.sub(r"/report$", f"/{kind}", report))
        if scripts:
            expect_fit(page)
        page.emulate_media(media="print")
        assert page.locator("button:visible, nav:visible").count() == 0, kind
        if kind == "guide":
            box = page.locator("h1").first.bounding_box()
            assert box is not None
            assert box["y"] < 240
        else:
            n_slides = page.locator(".slide").count()
            assert n_slides >= 5
            paper = page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b", paper)) == n_slides
        page.emulate_media(media="screen")

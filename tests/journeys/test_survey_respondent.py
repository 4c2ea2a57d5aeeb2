"""Staff answer a survey: by link or poster, over days and devices, without a signal; each of them counts once."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from lms.db import db
from lms.organizations.models import Organization
from lms.readiness import survey_answers
from lms.readiness.models import Draft, Invite, SurveyComment, SurveyResponse
from lms.readiness.survey_answers import SurveyPage
from tests.factories.surveys import (
    ROLES,
    draft_key_of,
    make_invite,
    make_survey,
    poster_token_of,
    survey_instrument,
    token_of,
)
from tests.journeys.devices import Devices
from tests.journeys.live import LiveSite
from tests.journeys.pages import NARROWEST, WIDER
from tests.journeys.test_page_weight import Meter
from tests.journeys.work import Crew, expect_fit

MOST_COLD, MOST_NODES, MOST_MINUTES = 60_000, 700, 6
WORDS_A_MINUTE, SECONDS_A_TAP = 200, 2
COMMENT = "Ask Jo Marin about the long wait, her number is 617-555-0134."


class Asked:
    """A survey of the crew's place, and what it holds now."""

    def __init__(self, live: LiveSite, crew: Crew, language: str = "en") -> None:
        self._live = live
        with live.database():
            place = db.session.get_one(Organization, crew.organization_id)
            self._round = make_survey(place, groups=ROLES)
            invite = make_invite(self._round, language=language)
            self.round_id, self._invite_id = self._round.id, invite.id
            self.link = f"/survey/{token_of(invite)}"
            self.poster = f"/survey/poster/{poster_token_of(self._round)}"
            self.pages: tuple[SurveyPage, ...] = survey_answers.pages_of(survey_instrument())

    @property
    def keys(self) -> list[str]:
        """The keys of all items, in order."""
        return [item.key for page in self.pages for item in page.items]

    def draft(self) -> dict[str, Any] | None:
        """What the draft of the link holds."""
        with self._live.database():
            invite = db.session.get_one(Invite, self._invite_id)
            return db.session.get_one(Draft, draft_key_of(invite)).answers

    def sent(self) -> tuple[list[dict[str, Any]], list[str], list[Any]]:
        """The responses with their groups, the comments, and the answers that drafts still hold."""
        with self._live.database():
            responses = db.session.scalars(select(SurveyResponse).filter_by(round_id=self.round_id)).all()
            comments = db.session.scalars(select(SurveyComment).filter_by(round_id=self.round_id)).all()
            drafts = db.session.scalars(select(Draft).filter_by(round_id=self.round_id)).all()
            return (
                [{"group": each.group_key, **each.answers} for each in responses],
                [each.text for each in comments],
                [each.answers for each in drafts],
            )


def tap(page: Page, key: str, choice: int | str) -> None:
    page.locator(f"label[for='{key}-{choice}']").click()


def go_on(page: Page) -> None:
    page.locator(".survey-nav button").first.click()


def begin(page: Page, group: str) -> None:
    expect(page.locator(".survey-promise li")).to_have_count(4)
    page.locator("main a.button").first.click()
    page.locator(f"label[for='group-{group}']").click()
    go_on(page)


def expect_page(page: Page, number: int) -> None:
    expect(page).to_have_url(re.compile(rf"/{number}(\?|#|$)"))


def expect_saved(page: Page) -> None:
    expect(page.locator("[data-survey-state]")).to_have_attribute("data-state", "saved")


@pytest.mark.parametrize(
    ("language", "scripts"), [("en", True), ("es", False)], ids=["en-phone-scripts", "es-desk-without-scripts"]
)
def test_somebody_answers_over_two_devices_and_is_counted_once(
    language: str, scripts: bool, live: LiveSite, devices: Devices, crew: Crew
) -> None:
    asked = Asked(live, crew, language)
    open_ = devices.phone if scripts else devices.desk
    first, second = (open_(language=language, scripts=scripts) for _ in range(2))
    first.goto(asked.link)
    expect(first.locator("html")).to_have_attribute("lang", language)
    begin(first, "peer")
    for number, key in enumerate(asked.keys[:9], start=1):
        if number == 6:
            go_on(first)
            expect_page(first, 2)
        if number != 3:
            tap(first, key, 2 if number % 2 else "dont-know")
    if scripts:
        expect_saved(first)
        expect_fit(first)
    else:
        go_on(first)
        expect_page(first, 3)
    first.context.close()
    resume(second, asked)
    answer_the_rest(second, asked)
    review_and_send(second, asked, scripts=scripts)
    second.goto(asked.link)
    expect(second).to_have_url(re.compile("/thanks"))
    expect(second.locator("main form")).to_have_count(0)
    (response,), (comment,), drafts = asked.sent()
    assert response["group"] == "peer"
    assert [response[key] for key in asked.keys[:3]] == [2, "dont-know", 5]
    assert response[asked.keys[19]] == "skipped"
    assert "Jo" not in comment
    assert "0134" not in comment
    assert drafts == [None]


def resume(page: Page, asked: Asked) -> None:
    """The link leads on to what has no answer yet; what was tapped elsewhere stands there."""
    page.goto(asked.link)
    expect(page).to_have_url(re.compile(f"/1#item-{asked.keys[2]}$"))
    expect(page.locator(f"#{asked.keys[0]}-2")).to_be_checked()
    expect(page.locator(f"#{asked.keys[1]}-dont-know")).to_be_checked()
    expect(page.locator(f"#item-{asked.keys[2]} input:checked")).to_have_count(0)
    go_on(page)
    expect_page(page, 2)
    expect(page.locator(f"#{asked.keys[8]}-2")).to_be_checked()


def answer_the_rest(page: Page, asked: Asked) -> None:
    """All but the third and the last."""
    for number, key in enumerate(asked.keys, start=1):
        if number in {11, 16}:
            go_on(page)
            expect_page(page, 3 if number == 11 else 4)
        if 10 <= number < 20:
            tap(page, key, 4)
    go_on(page)


def review_and_send(page: Page, asked: Asked, *, scripts: bool) -> None:
    """What was left out may be answered, and leads straight back; a comment is seen first as others will read it."""
    left = page.locator(".survey-left a")
    expect(left).to_have_count(2)
    left.first.click()
    tap(page, asked.keys[2], 5)
    go_on(page)
    expect(left).to_have_count(1)
    fold = page.locator("details:has(#comment) > summary")
    fold.click()
    page.locator("#comment").fill(COMMENT)
    page.locator("button[value=preview]").click()
    seen = page.locator(".survey-quote")
    expect(seen).not_to_contain_text("Jo Marin")
    expect(seen).not_to_contain_text("0134")
    expect(page.locator("#comment")).to_have_value(COMMENT)
    if scripts:
        expect_fit(page)
    page.locator("button[value=send]").click()
    expect(page).to_have_url(re.compile("/thanks"))


class WithoutFonts(Meter):
    """Counts what came over the wire except the letters, which come once and stay."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._fonts: set[str] = set()
        self._wire.on("Network.responseReceived", self._note)

    def _note(self, event: dict[str, Any]) -> None:
        if event["type"] == "Font":
            self._fonts.add(event["requestId"])

    def _count(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self._fonts:
            super()._count(event)

    def forget(self) -> None:
        """Begin cold."""
        self._wire.send("Network.clearBrowserCache")


# Whoever reads a scale twenty times reads its words once.
BLOCKS = """() => [...document.querySelectorAll("main :is(h1, h2, p, li, legend, label, summary, .button)")]
  .filter((e) => e.checkVisibility() && !e.querySelector("h1, h2, p, li, label"))
  .map((e) => e.innerText.trim())"""
SHAPE = """() => ({
  nodes: document.querySelectorAll("*").length,
  tables: document.querySelectorAll("table, [role=grid], [role=table]").length,
  items: document.querySelectorAll("fieldset").length,
  legends: document.querySelectorAll("fieldset > legend:first-child").length,
})"""


class Respondent:
    """Somebody with a phone whose taps and words read are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.n_taps = page, 0
        self._read: set[str] = set()

    def read(self) -> None:
        self._read.update(self.page.evaluate(BLOCKS))

    def tap(self, selector: str) -> None:
        self.n_taps += 1
        self.page.locator(selector).first.click()

    @property
    def n_words(self) -> int:
        return sum(len(block.split()) for block in self._read)

    @property
    def minutes(self) -> float:
        return self.n_words / WORDS_A_MINUTE + self.n_taps * SECONDS_A_TAP / 60


def test_twenty_statements_take_six_minutes_and_little_of_a_phone(live: LiveSite, devices: Devices, crew: Crew) -> None:
    asked, page = Asked(live, crew), devices.phone()
    somebody = Respondent(page)
    page.goto(asked.poster)
    somebody.read()
    somebody.tap("main form button")
    expect(page.locator("[data-copy], .copy-field").first).to_be_visible()
    own_link = page.url
    somebody.read()
    somebody.tap("main a.button")
    somebody.read()
    somebody.tap("label[for='group-nurse']")
    somebody.tap(".survey-nav button")
    for each in asked.pages:
        expect_page(page, each.number)
        somebody.read()
        for item in each.items:
            somebody.tap(f"label[for='{item.key}-4']")
        somebody.tap(".survey-nav button")
    expect(page).to_have_url(re.compile("/review"))
    somebody.read()
    look_at_each_page(page, asked, own_link.partition("?")[0])
    page.goto(f"{own_link.partition('?')[0]}/review")
    somebody.tap("button[value=send]")
    expect(page).to_have_url(re.compile("/thanks"))
    somebody.read()
    assert somebody.n_words > 400
    assert somebody.minutes <= MOST_MINUTES, (somebody.n_words, somebody.n_taps, somebody.minutes)


def look_at_each_page(page: Page, asked: Asked, link: str) -> None:
    """Each page is light when it comes for the first time, small, narrow, and asks one statement at a time."""
    meter = WithoutFonts(page)
    addresses = [asked.poster, f"{link}?promise=1", f"{link}/group", *(f"{link}/{n}" for n in range(1, 5))]
    page.set_viewport_size(NARROWEST)
    for address in [*addresses, f"{link}/review"]:
        meter.forget()
        cold = meter.measure(page, address)
        assert 5_000 < cold.size <= MOST_COLD, (address, cold)
        assert not page.evaluate(WIDER), address
        shape = page.evaluate(SHAPE)
        assert shape["nodes"] <= MOST_NODES, (address, shape)
        assert shape["tables"] == 0, address
        n_items = len(asked.pages[int(address[-1]) - 1].items) if address[-1].isdigit() and "?" not in address else None
        assert shape["items"] == shape["legends"], (address, shape)
        assert n_items in {None, shape["items"]}, (address, shape)


def test_a_tap_without_a_signal_says_so_and_arrives(live: LiveSite, devices: Devices, crew: Crew) -> None:
    asked, page = Asked(live, crew), devices.phone()
    first, second = asked.keys[:2]
    page.goto(f"{asked.link}/1")
    tap(page, first, 3)
    expect_saved(page)
    page.context.set_offline(True)
    tap(page, first, 1)
    tap(page, second, "not-applicable")
    state = page.locator("[data-survey-state]")
    expect(state).to_have_attribute("data-state", "kept")
    expect(state).to_be_in_viewport()
    go_on(page)
    expect(page.locator("[data-message]")).not_to_be_empty()
    expect_page(page, 1)
    assert (asked.draft() or {})["items"] == {first: "3"}
    page.context.set_offline(False)
    expect_saved(page)
    assert (asked.draft() or {})["items"] == {first: "1", second: "not-applicable"}
    go_on(page)
    expect_page(page, 2)
    page.goto(f"{asked.link}/1")
    expect(page.locator(f"#{first}-1")).to_be_checked()

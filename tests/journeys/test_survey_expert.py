"""Who serves a coalition sees where help is needed, and no small group; leaders rate apart, then talk of gaps."""

import re

import pytest
from playwright.sync_api import Page, expect

from lms import clock
from lms.accounts.models import Language
from lms.authz import CoalitionRoleKind
from lms.organizations.queries import find_membership
from lms.readiness.services import surveys
from readiness.instruments import AnswerKind, Area, Item
from tests.factories.collaboratives import make_collaborative
from tests.factories.people import make_coalition, make_coalition_role, make_organization, make_person
from tests.factories.seats import FACTS, LEADERS, instrument_of, name_co_chair
from tests.factories.surveys import INSTRUMENT, Answers, make_responses, make_survey, survey_instrument
from tests.journeys.devices import Devices, sign_in
from tests.journeys.live import LiveSite
from tests.journeys.pages import WIDER
from tests.journeys.test_few_steps import Hands
from tests.journeys.work import LEAD, LUZ, Crew, expect_fit, expect_said, send, today, unfold, write

COORDINATOR, EXPERT = "olga@example.org", "teo@example.org"
SMALL = "Street Outreach Van"
NAMES = ("Bay Clinic", "Elm Street House", "Harbor Detox", "Mesa Recovery", "Ridge Shelter", SMALL)
LONGEST = "Centro Comunitario de Recuperación y Apoyo Mutuo Nuestra Señora de Guadalupe del Valle"
LOW_AREA = 1
SECRETS = {"lead": "Only I know the keys.", "co-chair": "Nadie más sabe la clave."}


def build_coalition(live: LiveSite, language: str) -> tuple[int, tuple[Area, ...]]:
    """Six organizations that have asked their staff, one of them too few to show, and one that has not."""
    with live.database():
        places = [make_organization(name) for name in NAMES]
        coalition = make_coalition("Six Rivers", *places, make_organization(LONGEST))
        for login, role in ((COORDINATOR, CoalitionRoleKind.COORDINATOR), (EXPERT, CoalitionRoleKind.TA_EXPERT)):
            person = make_person(login.partition("@")[0].title(), email=login, language=Language(language))
            make_coalition_role(person, coalition, role)
        make_collaborative(coalition)
        for number, place in enumerate(places):
            survey = make_survey(place, headcount=15)
            n_answers = 4 if place.name == SMALL else 8
            make_responses(survey, *(_answers(number, each) for each in range(n_answers)))
            surveys.close_survey(survey, today=clock.today(), by_id=None)
        built = coalition.id, survey_instrument().areas
    live.work()
    return built


def _answers(place: int, number: int) -> Answers:
    """One area is low everywhere; the others differ from place to place and a little from person to person."""
    instrument = survey_instrument()
    low = {item.key for item in instrument.areas[LOW_AREA].items}
    told = {item.key: (1 if item.key in low else 2 + place % 3) + number % 2 for item in instrument.items}
    return {key: 6 - value if instrument.get_item(key).is_reversed else value for key, value in told.items()}


@pytest.mark.parametrize(
    ("login", "language", "scripts"),
    [(COORDINATOR, "en", True), (EXPERT, "es", False)],
    ids=["coordinator-en-desk-scripts", "expert-es-phone-without-scripts"],
)
def test_organizations_stand_side_by_side_and_a_shared_gap_becomes_a_session(
    login: str, language: str, scripts: bool, live: LiveSite, devices: Devices
) -> None:
    coalition_id, areas = build_coalition(live, language)
    page = (devices.desk if scripts else devices.phone)(language=language, scripts=scripts)
    sign_in(page, login)
    page.goto(f"/coalitions/{coalition_id}/readiness?instrument={INSTRUMENT}")
    assert spoken(page) == language
    rows = page.locator(".compare-table tbody tr")
    expect(rows).to_have_count(len(NAMES) + 1)
    expect(rows.locator("td strong")).to_have_count((len(NAMES) - 1) * len(areas))
    for name in (SMALL, LONGEST):
        shown = rows.filter(has_text=name)
        expect(shown.locator("td strong")).to_have_count(0)
        assert not re.search(r"\d", " ".join(shown.locator("td").all_inner_texts())), name
    assert not page.evaluate(WIDER)
    if scripts:
        expect_fit(page)
    gaps = page.locator(".gap-list li")
    expect(gaps.first).to_contain_text(areas[LOW_AREA].name[language])
    if login == COORDINATOR:
        plan_session(page, areas[LOW_AREA].name[language])
    else:
        expect(gaps.locator("a")).to_have_count(0)
        rows.filter(has_text=SMALL).locator("a[href$='/report']").click()
        expect(page.locator(".report-sentences p")).to_have_count(1)
        expect(page.locator("main figure, .action-card")).to_have_count(0)


def plan_session(page: Page, area: str) -> None:
    """Two clicks: what it is about is filled in, and a day that can be changed."""
    hands = Hands(page)
    hands.click(".gap-list a")
    expect(page).to_have_url(re.compile("/sessions/new"))
    title = page.locator("#title").input_value()
    assert area in title
    hands.send("/sessions/new")
    expect_said(page, title)
    assert hands.n_steps == 2


def test_lead_and_co_chair_rate_apart_and_then_see_the_gaps(live: LiveSite, devices: Devices, crew: Crew) -> None:
    with live.database():
        membership = find_membership(crew.luz_id, crew.organization_id)
        assert membership is not None
        name_co_chair(membership)
        areas = instrument_of(LEADERS).areas
    desk, phone = devices.desk(), devices.phone(language="es", scripts=False)
    sign_in(desk, LEAD)
    sign_in(phone, LUZ)
    a_round = open_record(desk, crew, LEADERS)
    rate(desk, a_round, "lead", areas, low=4)
    phone.goto(a_round)
    expect(phone.locator("main a[href$='/seats/co-chair']")).not_to_have_count(0)
    rate(phone, a_round, "co-chair", areas, low=1)
    for page, seat, other in ((desk, "lead", "co-chair"), (phone, "co-chair", "lead")):
        page.goto(a_round)
        expect(page.locator("main a[href$='/seats']")).to_have_count(0)
        expect(page.locator("main")).not_to_contain_text(SECRETS[other])
        assert page.request.get(f"{a_round}/seats/{other}").status == 403
        send(page, f"/seats/{seat}/done")
    expect(phone).to_have_url(re.compile(r"/seats$"))
    desk.goto(f"{a_round}/seats")
    for page in (desk, phone):
        expect(page.locator(".compare-card").first).to_contain_text(areas[0].items[0].name[spoken(page)])
        for note in SECRETS.values():
            expect_said(page, note)
    expect(desk.locator(".compare-card")).to_have_count(len(areas[0].items))
    expect_fit(desk)
    note_talk(phone, "Damos la clave a dos personas más.")
    desk.goto(a_round)
    unfold(desk, "form[action$='/close-record']")
    send(desk, "/close-record")
    expect(desk).to_have_url(re.compile(r"/report$"))
    expect_said(desk, "Damos la clave a dos personas más.")
    expect_fit(desk)


def spoken(page: Page) -> str:
    return page.locator("html").get_attribute("lang") or ""


def open_record(page: Page, crew: Crew, slug: str) -> str:
    page.goto(f"{crew.place}/readiness/records/new")
    write(page, instrument=slug)
    send(page, "/records/new")
    expect(page).to_have_url(re.compile(r"/readiness/rounds/\d+"))
    found = re.match(r".*/readiness/rounds/\d+", page.url)
    assert found is not None
    return found.group()


def rate(page: Page, a_round: str, seat: str, areas: tuple[Area, ...], *, low: int) -> None:
    """Rate every item: the first area as given, the others alike."""
    page.goto(f"{a_round}/seats/{seat}?area={areas[0].key}")
    unfold(page, f"#note-{areas[0].items[0].key}")
    page.locator(f"#note-{areas[0].items[0].key}").fill(SECRETS[seat])
    for number, area in enumerate(areas):
        expect(page.locator("input[name=area]")).to_have_value(area.key)
        for item in area.items:
            page.locator(f"label[for='answer-{item.key}-{low if number == 0 else 4}']").click()
        send(page, f"/seats/{seat}")
    expect(page).to_have_url(re.compile(r"/rounds/\d+$"))


def note_talk(page: Page, text: str) -> None:
    first = page.locator(".compare-card").first
    unfold(first, "form[action$='/talk']")
    write(first, text=text)
    send(first, "/talk")
    expect(page.locator(".compare-card").first).to_contain_text(text)


def test_facts_are_noted_on_a_phone_and_end_in_a_report(live: LiveSite, devices: Devices, crew: Crew) -> None:
    phone = devices.phone()
    with live.database():
        areas = instrument_of(FACTS).areas
    sign_in(phone, LEAD)
    a_round = open_record(phone, crew, FACTS)
    with_share, share = next((area, item) for area in areas for item in area.items if item.answer is AnswerKind.SHARE)
    phone.goto(f"{a_round}/seats/lead?area={with_share.key}")
    phone.locator(f"#fact-{share.key}").fill("most of them")
    phone.locator(f"label[for='answer-{share.key}-given']").click()
    send(phone, "/seats/lead")
    expect(phone.locator(f"#fact-{share.key}-error")).to_be_visible()
    expect(phone.locator(f"#fact-{share.key}")).to_have_value("most of them")
    expect_fit(phone)
    phone.goto(f"{a_round}/seats/lead?area={areas[0].key}")
    for area in areas:
        expect(phone.locator("input[name=area]")).to_have_value(area.key)
        for item in area.items:
            note_fact(phone, item)
        send(phone, "/seats/lead")
    expect(phone).to_have_url(re.compile(r"/rounds/\d+$"))
    expect_fit(phone)
    unfold(phone, "form[action$='/close-record']")
    send(phone, "/close-record")
    expect(phone).to_have_url(re.compile(r"/report$"))
    expect_said(phone, "79")
    expect_fit(phone)


def note_fact(page: Page, item: Item) -> None:
    choice = {AnswerKind.YES_PARTLY_NO: "partly"}.get(item.answer, "given")
    if item.answer is AnswerKind.SHARE:
        page.locator(f"#fact-{item.key}").fill("19 of 24")
    elif item.answer is AnswerKind.DATE:
        page.locator(f"#fact-{item.key}").fill(today().isoformat())
    page.locator(f"label[for='answer-{item.key}-{choice}']").click()

"""What people do at forms: write, choose, fold out and send; and a small crew at a place where nothing is begun."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from lms import clock
from lms.accounts.models import Language
from lms.authz import MembershipRole
from lms.db import db
from lms.organizations.models import Organization
from tests.factories.people import make_membership, make_person
from tests.journeys.live import LiveSite
from tests.journeys.pages import LOOK, WIDER, axe
from tests.journeys.town import LONELY_LEAD, organization_of

LEAD = LONELY_LEAD
JO, LUZ = "jo@example.org", "luz@example.org"
EXPERT, COORDINATOR, ADMIN = "expert@example.org", "coordinator@example.org", "admin@example.org"


def today() -> date:
    """The day it is where the coalition of these people is."""
    return clock.today("America/New_York")


@dataclass(frozen=True)
class Crew:
    """A lead and two staff of the lonely place: one reads English, the other Spanish."""

    organization_id: int
    jo_id: int
    luz_id: int

    @property
    def place(self) -> str:
        return f"/organizations/{self.organization_id}"


def bring_in_crew(live: LiveSite) -> Crew:
    organization_id = organization_of(live, LEAD)
    with live.database():
        place = db.session.scalars(select(Organization).where(Organization.id == organization_id)).one()
        jo = make_person("Jo Marin", email=JO)
        luz = make_person("Luz Vega", email=LUZ, language=Language.SPANISH)
        for person in (jo, luz):
            make_membership(person, place, MembershipRole.STAFF)
        return Crew(organization_id, jo.id, luz.id)


def write(place: Page | Locator, **values: Any) -> None:
    """Fill in fields by their names: texts are typed, boxes and circles are marked, lists are chosen from."""
    for name, value in values.items():
        if isinstance(value, str):
            _write_one(place, name, value)
        elif value is True:
            place.locator(f"input[name='{name}']").check()
        else:
            for each in value:
                place.locator(f"input[name='{name}'][value='{each}']").check()


def _write_one(place: Page | Locator, name: str, value: str) -> None:
    found = place.locator(f"[name='{name}']:not([type=hidden])")
    kind = found.first.evaluate("(element) => element.type")
    if kind in {"radio", "checkbox"}:
        place.locator(f"input[name='{name}'][value='{value}']").check()
    elif kind == "select-one":
        found.select_option(value)
    else:
        found.fill(value)


def form_to(place: Page | Locator, end: str, having: str = "") -> Locator:
    """The form that is sent to an address with this end; `having` tells it from others."""
    return place.locator(f"form[action$='{end}']{having}, form[action*='{end}?']{having}")


def send(place: Page | Locator, end: str, having: str = "") -> None:
    """Press the button of a form; no field of it may be complained about."""
    form_to(place, end, having).locator("button[type=submit]").first.click()


def unfold(place: Page | Locator, inside: str) -> None:
    """Open everything that is folded around an element."""
    for fold in place.locator(f"details:has({inside}):not([open]) > summary").all():
        fold.click()


def follow(page: Page, end: str) -> None:
    """Go where a link of the page leads, not one of its frame."""
    page.locator(f":is(main, aside) a:is([href$='{end}'], [href*='{end}?'])").first.click()


def expect_fit(page: Page) -> None:
    """A page as it stands is one that everybody can use: axe finds nothing, nothing scrolls sideways."""
    assert page.evaluate(LOOK)["headings"] == 1, page.url
    found = axe(page)
    assert not found, f"{page.url}: {found}"
    wide = page.evaluate(WIDER)
    assert not wide, f"{page.url} scrolls sideways: {wide}"


def expect_said(page: Page, text: Any) -> None:
    expect(page.locator("main")).to_contain_text(text)

"""Every page, for everybody who may read it: nothing axe can find, nothing that scrolls sideways, a silent console."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask

from lms import create_app
from lms.notifications import mailbox
from lms.settings import read_settings
from tests.journeys.devices import Devices
from tests.journeys.live import LiveSite
from tests.journeys.pages import NO_PAGES, PAGES, addresses, faults_of
from tests.journeys.town import Town
from tests.lms.world import session_key


@pytest.mark.parametrize("persona", PAGES)
def test_every_page_is_fit_for_everybody(
    persona: str, live: LiveSite, devices: Devices, town: Town, tmp_path: Path
) -> None:
    mailbox.keep_message(tmp_path / "mail", "known", a_message())
    devices.expect_complaint(r"status of 40[34]")  # what is not there, or not for this reader, has a page too
    page = devices.phone()
    if persona != "anonymous":
        page.context.add_cookies([{"name": live.cookie, "value": session_key(persona), "url": live.url}])
    faults = [f"{address}: {fault}" for address in addresses(persona, town) for fault in faults_of(page, address)]
    assert not faults, "\n".join(faults)


def a_message() -> EmailMessage:
    message = EmailMessage()
    message["To"], message["Subject"], message["Date"] = "ana@example.org", "Hello", "Mon, 05 Jan 2026 10:00:00 +0000"
    message.set_content("Hello")
    message.add_alternative("<p>Hello</p>", subtype="html")
    return message


def test_no_page_is_left_out(town: Town, tmp_path: Path) -> None:
    site = create_app(read_settings({"DATA_DIR": str(tmp_path), "SECRET_KEY": "for looking at addresses only"}))
    looked_at = {endpoint_of(site, address) for persona in PAGES for address in addresses(persona, town)}
    there_are = {rule.endpoint for rule in site.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert there_are - looked_at == NO_PAGES


def endpoint_of(site: Flask, address: str) -> str:
    if address == "/no/such/page":
        return ""
    with site.test_request_context():
        return str(site.url_map.bind("").match(address.partition("?")[0])[0])

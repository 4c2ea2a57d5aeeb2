"""A new password by a link in a mail."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from lms import clock, links
from lms.accounts import passwords
from lms.accounts.models import LinkPurpose, OneUseLink, PersonState
from lms.accounts.services import doors
from lms.accounts.services.passwords import ask_for_reset
from lms.db import db
from lms.outbox import OutboxRow
from tests.factories.people import PASSWORD, make_person, sign_in
from tests.lms.accounts.conftest import live_sessions, verbs

NEW = "a river of quiet lamps"


@pytest.fixture
def links_to(app, settings):
    """Ask for a link and return its path, without waiting for the mail."""

    def ask(name):
        ask_for_reset(name, site_key=settings.secret_key)
        db.session.commit()
        link = db.session.scalars(db.select(OneUseLink).order_by(OneUseLink.id.desc())).first()
        return f"/password/reset/{links.derive_secret(settings.secret_key, LinkPurpose.PASSWORD_RESET, link.nonce)}"

    return ask


def outbox():
    return list(db.session.scalars(db.select(OutboxRow).order_by(OutboxRow.id)))


# ---- asking


@pytest.mark.parametrize("name", ["ana@example.org", "ANA@example.org", "nobody@example.org", "night.heron", "nobody"])
def test_the_answer_is_the_same_for_everybody(site, ana, heron, name):
    response = site.post("/password/forgot", {"name": name}, status=303)
    assert response.location == "/password/forgot?sent=yes"
    assert "If there is an account" in site.get(response.location).text
    assert len(outbox()) == 1
    assert verbs() == ["asked for a password link"]


def test_only_a_reachable_person_gets_a_link(site, ana, heron):
    make_person("Sam", email="sam@example.org", state=PersonState.SUSPENDED)
    for name in ("nobody@example.org", "night.heron", "sam@example.org"):
        site.post("/password/forgot", {"name": name}, status=303)
    assert [row.payload for row in outbox()] == [{"link_id": None}] * 3
    site.post("/password/forgot", {"name": "ana@example.org"}, status=303)
    assert outbox()[-1].payload["link_id"] is not None


def test_the_database_holds_no_secret_of_a_link(site, ana, links_to):
    secret = links_to("ana@example.org").rsplit("/", 1)[1]
    (link,) = db.session.scalars(db.select(OneUseLink))
    assert len(secret) * 5 >= 128
    assert secret not in (link.nonce, link.secret_hash)
    assert secret not in str([row.payload for row in outbox()])


def test_an_empty_form_says_what_is_missing(site):
    assert "Enter your e-mail address or your alias." in site.post("/password/forgot", {"name": " "}, status=422).text


def test_a_double_click_sends_one_mail(site, ana):
    fields = {"name": "ana@example.org", **site.hidden_fields("/password/forgot")}
    first, second = (site.client.post("/password/forgot", data=fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(outbox()) == 1


def test_nobody_can_be_flooded_with_mail(site, ana):
    with clock.fixed(datetime(2026, 1, 5, 10, 1, tzinfo=UTC)):
        statuses = [site.post("/password/forgot", {"name": "ana@example.org"}).status_code for _ in range(6)]
    assert statuses == [303] * doors.ASK_FOR_RESET.by_name.n_tries + [429]
    assert len(outbox()) == 5


# ---- using


def test_a_link_sets_a_new_password_and_signs_out_everywhere(door, ana, links_to):
    door.sign_in("ana@example.org")
    path = links_to("ana@example.org")
    response = door.site.post(path, {"new_password": NEW}, status=303)
    assert response.location == "/sign-in"
    assert live_sessions() == []
    assert "Your new password is set" in door.site.get("/sign-in").text
    assert door.sign_in("ana@example.org").status_code == 422
    assert door.sign_in("ana@example.org", NEW).status_code == 303
    assert "reset their password" in verbs()


def test_the_person_is_told_by_mail(site, ana, links_to):
    site.post(links_to("ana@example.org"), {"new_password": NEW}, status=303)
    assert outbox()[-1].topic == "accounts/password-changed"
    assert outbox()[-1].payload["person_id"] == ana.id


def gone(site, path):
    read, sent = site.get(path, status=404), site.post(path, {"new_password": NEW}, status=404)
    return all("ask for a new link" in response.text for response in (read, sent))


def test_a_link_works_once(site, ana, links_to):
    path = links_to("ana@example.org")
    site.post(path, {"new_password": NEW}, status=303)
    assert gone(site, path)


def test_a_double_click_sets_the_password_once_and_both_answers_are_the_same(site, ana, links_to):
    path = links_to("ana@example.org")
    fields = {"new_password": NEW, **site.hidden_fields(path)}
    first, second = (site.client.post(path, data=fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location == "/sign-in"
    assert verbs().count("reset their password") == 1


def test_a_newer_link_voids_the_older(site, ana, links_to):
    older, newer = links_to("ana@example.org"), links_to("ana@example.org")
    assert gone(site, older)
    site.get(newer)


def test_a_link_ends_after_an_hour(site, ana, links_to):
    path, now = links_to("ana@example.org"), clock.now()
    with clock.fixed(now + timedelta(minutes=59)):
        site.get(path)
    with clock.fixed(now + timedelta(minutes=61)):
        assert gone(site, path)


def test_a_link_is_bound_to_its_address(site, ana, links_to):
    path = links_to("ana@example.org")
    ana.email = "ana.ruiz@example.org"
    db.session.commit()
    assert gone(site, path)


def test_a_suspended_person_cannot_use_a_link(site, ana, links_to):
    path = links_to("ana@example.org")
    ana.state = PersonState.SUSPENDED
    db.session.commit()
    assert gone(site, path)


@pytest.mark.parametrize("token", ["unknown", "x" * 2_000, "%00", "🦉", "<script>", "a" * 32])
def test_an_unknown_link_says_what_to_do(site, token):
    assert gone(site, f"/password/reset/{token}")


def test_a_changed_password_voids_an_open_link(site, ana, links_to, settings):
    first = links_to("ana@example.org")
    sign_in(site.client, ana)
    site.post("/account/password", {"current_password": PASSWORD, "new_password": NEW}, status=303)
    assert gone(site, first)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Enter a new password."),
        ("short", "Use at least 8 characters."),
        ("password1", "Many people use this password"),
        ("ana-ruiz-1999", "words that people here would guess"),
        ("ab c" * 51, "Use at most 200 characters."),
    ],
)
def test_a_weak_password_is_refused_and_the_link_stays_good(site, ana, links_to, password, sentence):
    path = links_to("ana@example.org")
    page = site.post(path, {"new_password": password}, status=422).text
    assert sentence in page
    assert not password or f'value="{password}"' not in page
    site.post(path, {"new_password": NEW}, status=303)


def test_guessing_links_is_limited_by_address(site, ana, links_to):
    path = links_to("ana@example.org")
    with clock.fixed(clock.now().replace(minute=1, second=0)):
        for number in range(doors.RESET_LINK.n_tries):
            site.client.get(f"/password/reset/guess{number}")
        assert site.client.get(path).status_code == 429


def test_a_link_needs_the_csrf_token(site, ana, links_to):
    response = site.client.post(links_to("ana@example.org"), data={"new_password": NEW})
    assert response.status_code == 400
    assert passwords.is_right(PASSWORD, ana.password_hash)


def test_the_link_leaves_no_trace_in_other_addresses(site, ana, links_to):
    path = links_to("ana@example.org")
    page = site.get(path)
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert not re.search(r'href="https?://', page.text)

"""What was typed when a session ended comes back, for its author only."""

from datetime import timedelta

import pytest

from lms import clock
from lms.accounts import typed_text
from lms.accounts.models import PersonState
from lms.accounts.typed_text import MAX_AGE_SECONDS, TypedText
from lms.db import db
from tests.factories.people import PASSWORD, make_person, sign_in
from tests.pages import check_page, hidden_value

KEY = "for tests only, not a secret"
PROFILE = {"name": "Ana María\n<script>", "language": "es", "theme": "dark"}


def text_of(**values):
    defaults = {
        "person_id": 1,
        "path": "/notes",
        "page": "/notes",
        "form_key": "",
        "fields": [("note", "x")],
        "typed_at": 0,
    }
    return TypedText(**(defaults | values))


# ---- carrying it


def test_sealed_text_comes_back_as_it_was():
    text = text_of(fields=[("note", "مرحبا 🦉"), ("note", "=cmd()"), ("when", "")])
    assert typed_text.unseal(typed_text.seal(text, KEY), KEY, 0) == text


@pytest.mark.parametrize("sealed", ["", "x", "x.y.z", "x" * 100_000])
def test_what_we_did_not_seal_is_nothing(sealed):
    assert typed_text.unseal(sealed, KEY, 0) is None


def test_a_seal_under_another_key_or_changed_text_is_nothing():
    sealed = typed_text.seal(text_of(), KEY)
    assert typed_text.unseal(sealed, "another key", 0) is None
    assert typed_text.unseal("A" + sealed, KEY, 0) is None


def test_text_is_carried_for_a_day():
    sealed = typed_text.seal(text_of(), KEY)
    assert typed_text.unseal(sealed, KEY, MAX_AGE_SECONDS) is not None
    assert typed_text.unseal(sealed, KEY, MAX_AGE_SECONDS + 1) is None


def test_text_that_is_too_long_is_not_carried():
    noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(60_000))
    assert typed_text.seal(text_of(fields=[("note", noise)]), KEY) is None


def test_secrets_are_never_carried():
    sent = [("note", "x"), ("password", "x"), ("current_password", "x"), ("recovery_code", "x"), ("csrf_token", "x")]
    assert typed_text.gather(sent) == [("note", "x")]


# ---- through the pages


@pytest.fixture
def ended(site, ana):
    """Ana has the profile form open, types, and her session runs out."""
    session = sign_in(site.client, ana)
    site.get("/account/profile")
    fields = {**PROFILE, **site.hidden_fields("/account/profile")}
    session.expires_at = clock.now() - timedelta(minutes=1)
    db.session.commit()
    return fields


def send(site, fields, path="/account/profile", **kwargs):
    response = site.client.post(path, data=fields, **kwargs)
    check_page(response)
    return response


def sign_in_with(site, page, name="ana@example.org", password=PASSWORD):
    hidden = {each: hidden_value(page, each) for each in ("csrf_token", "form_key", "next", "kept")}
    response = site.client.post("/sign-in", data={"name": name, "password": password, **hidden})
    check_page(response)
    return response


def test_typed_text_comes_back_after_signing_in_and_is_sent_with_one_button(site, ana, ended):
    refused = send(site, ended)
    assert refused.status_code == 401
    assert refused.headers["Cache-Control"] == "no-store"
    assert "what you typed is kept" in refused.text
    given_back = sign_in_with(site, refused.text)
    assert given_back.status_code == 200
    assert given_back.headers["Cache-Control"] == "no-store"
    assert "Ana María" in given_back.text
    assert "<script>" not in given_back.text.split("<main")[1]
    names = ("csrf_token", "form_key", "name", "language", "theme")
    main = given_back.text.split("<main")[1]
    assert 'action="/account/profile"' in main
    assert ana.name == "Ana Ruiz"
    saved = send(site, {name: hidden_value(main, name) for name in names} | {"name": "Ana María"})
    assert (saved.status_code, saved.location) == (303, "/account")
    assert (ana.name, ana.language) == ("Ana María", "es")


def test_the_button_can_be_pressed_twice(site, ana, ended):
    main = sign_in_with(site, send(site, ended).text).text.split("<main")[1]
    assert hidden_value(main, "form_key") == ended["form_key"]
    fields = {name: hidden_value(main, name) for name in ("csrf_token", "form_key")} | PROFILE | {"name": "Ana"}
    answers = [send(site, fields) for _ in range(2)]
    assert [(each.status_code, each.location) for each in answers] == [(303, "/account")] * 2


def test_a_wrong_password_first_keeps_the_text(site, ana, ended):
    wrong = sign_in_with(site, send(site, ended).text, password="wrong")
    assert wrong.status_code == 422
    assert "Ana María" in sign_in_with(site, wrong.text).text


def test_somebody_else_never_sees_the_text(site, ana, heron, ended):
    refused = send(site, ended)
    assert "Ana María" not in refused.text
    response = sign_in_with(site, refused.text, name="night.heron")
    assert (response.status_code, response.location) == (303, "/")


def test_no_password_is_carried(site, ana):
    session = sign_in(site.client, ana)
    fields = {"current_password": PASSWORD, "new_password": "a river", **site.hidden_fields("/account/password")}
    session.ended_at = clock.now()
    db.session.commit()
    response = send(site, fields, "/account/password")
    assert (response.status_code, response.location) == (303, "/sign-in?next=/account/password")


def test_a_button_without_typed_text_leads_to_the_sign_in_page(site, ana):
    session = sign_in(site.client, ana)
    fields = site.hidden_fields("/account")
    session.ended_at = clock.now()
    db.session.commit()
    response = send(site, fields, "/sign-out", headers={"Referer": "http://localhost/account?a=1"})
    assert (response.status_code, response.location) == (303, "/sign-in?next=/account?a%3D1")
    assert send(site, fields, "/sign-out").location == "/sign-in?next=/"


def test_text_from_a_stranger_or_without_the_token_is_not_kept(site, ana, ended):
    assert send(site, ended | {"csrf_token": "forged"}).status_code == 303
    assert send(site, {key: value for key, value in ended.items() if key != "csrf_token"}).status_code == 303
    site.client.set_cookie("commons", "unknown")
    assert send(site, ended).status_code == 303
    site.client.delete_cookie("commons")
    assert send(site, ended).status_code == 303


def test_a_page_of_another_site_is_no_way_back(site, ana, ended):
    refused = send(site, ended, headers={"Referer": "https://evil.example/trap"})
    assert hidden_value(refused.text, "next") == "/account/profile"


def test_text_that_is_too_long_gets_words_about_the_back_button(site, ana, ended):
    noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(60_000))
    refused = send(site, ended | {"name": noise})
    assert refused.status_code == 401
    assert "Go back in your browser" in refused.text
    assert sign_in_with(site, refused.text).location == "/account/profile"


def test_scripts_are_told_in_their_own_language(site, ana, ended):
    response = send(site, ended, headers={"Accept": "application/json"})
    assert (response.status_code, response.mimetype) == (401, "application/json")


def test_a_suspended_author_cannot_get_the_text_back(site, ana, ended):
    ana.state = PersonState.SUSPENDED
    db.session.commit()
    refused = send(site, ended)
    assert sign_in_with(site, refused.text).status_code == 422


def test_forms_in_other_tabs_can_be_sent_after_signing_in_again(site, ana, ended):
    sign_in_with(site, site.get("/sign-in").text)
    saved = send(site, ended | {"name": "Ana"})
    assert (saved.status_code, saved.location) == (303, "/account")


def test_forms_of_a_session_that_was_ended_on_purpose_stay_void(site, ana):
    session = sign_in(site.client, ana)
    fields = {**PROFILE, **site.hidden_fields("/account/profile")}
    session.ended_at = clock.now()
    db.session.commit()
    sign_in_with(site, site.get("/sign-in").text)
    assert send(site, fields | {"name": "Ana"}).status_code == 400


def test_kept_text_of_another_person_cannot_be_pasted_in(site, ana, settings):
    other = make_person("Eve", email="eve@example.org")
    sealed = typed_text.seal(text_of(person_id=ana.id, typed_at=int(clock.now().timestamp())), settings.secret_key)
    fields = {"name": other.email, "password": PASSWORD, "kept": sealed, "next": "/learn"}
    assert site.post("/sign-in", fields, status=303).location == "/"

"""One's own account."""

import pytest

from lms.accounts import passwords
from lms.accounts.models import Language, Theme
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.db import db
from tests.factories.people import (
    PASSWORD,
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)
from tests.lms.accounts.conftest import live_sessions, verbs
from tests.pages import Site
from tests.statements import counted_statements

NEW = "a river of quiet lamps"


@pytest.fixture
def here(site, ana):
    return sign_in(site.client, ana)


def elsewhere(app, person):
    client = app.test_client()
    sign_in(client, person)
    return Site(client)


# ---- the page


def test_the_account_shows_who_i_am_where_i_belong_and_where_i_am_signed_in(site, ana, here):
    harbor = make_organization("Harbor House")
    make_membership(ana, harbor, MembershipRole.LEAD)
    make_coalition_role(ana, make_coalition("Tri-County"), CoalitionRoleKind.COORDINATOR)
    page = site.get("/account").text
    for words in ("Ana Ruiz", "ana@example.org", "Harbor House", "Lead", "Tri-County", "Coordinator", "This device"):
        assert words in page
    assert "You are signed in on one device." in page
    assert "Sign out all other devices" not in page


def test_whoever_belongs_nowhere_is_told_what_to_do(site, here):
    assert "Open the invitation link" in site.get("/account").text


def test_names_are_shown_as_text_never_as_markup(site, ana, here):
    ana.name = "<script>alert(1)</script>"
    db.session.commit()
    assert "<script>alert" not in site.get("/account").text


def test_many_sessions_cost_no_more_statements_than_one(app, site, ana, here):
    make_membership(ana, make_organization())
    site.get("/account")
    with counted_statements() as one:
        site.get("/account")
    for _ in range(24):
        elsewhere(app, ana)
        make_membership(ana, make_organization())
    with counted_statements() as many:
        page = site.get("/account").text
    assert len(many) == len(one)
    assert "You are signed in on 25 devices." in page
    assert "These are the 20 used last." in page


# ---- profile


def test_a_person_changes_name_language_and_colors(site, ana, here):
    fields = {"name": "  Ana\tMaría Ruiz ", "language": "es", "theme": "dark"}
    response = site.post("/account/profile", fields, status=303)
    assert response.location == "/account"
    assert (ana.name, ana.language, ana.theme) == ("Ana María Ruiz", Language.SPANISH, Theme.DARK)
    assert '<html lang="es" data-theme="dark"' in site.get("/account").text
    assert verbs() == ["changed their profile"]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "", "language": "en", "theme": "auto"},
        {"name": "x" * 121, "language": "en", "theme": "auto"},
        {"name": "Ana", "language": "xx", "theme": "auto"},
        {"name": "Ana", "language": "en", "theme": "pink"},
        {"name": "Ana", "language": "en"},
        {},
    ],
)
def test_an_unfit_profile_is_refused_and_nothing_changes(site, ana, here, fields):
    site.post("/account/profile", fields, status=422)
    assert (ana.name, ana.language) == ("Ana Ruiz", Language.ENGLISH)


def test_fields_that_are_not_in_the_form_are_not_taken(site, ana, here):
    fields = {"name": "Ana", "language": "en", "theme": "auto", "is_administrator": "1", "email": "x@example.org"}
    site.post("/account/profile", fields, status=303)
    assert not ana.is_administrator
    assert ana.email == "ana@example.org"


def test_alias_people_need_no_name(site, heron):
    sign_in(site.client, heron)
    site.post("/account/profile", {"name": "", "language": "en", "theme": "auto"}, status=303)
    assert heron.display_name == "night.heron"


@pytest.mark.parametrize("name", ["🦉🦉", "محمد علي", "=HYPERLINK(1)", "<b>Ana</b>", "O'Brien-Ñandú"])
def test_any_name_is_kept_as_it_is_written(site, ana, here, name):
    site.post("/account/profile", {"name": name, "language": "en", "theme": "auto"}, status=303)
    assert ana.name == name
    assert "<b>Ana</b>" not in site.get("/account").text


# ---- password


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(app, site, ana, here):
    other = elsewhere(app, ana)
    fields = {"current_password": PASSWORD, "new_password": NEW}
    assert site.post("/account/password", fields, status=303).location == "/account"
    assert passwords.is_right(NEW, ana.password_hash)
    assert [session.id for session in live_sessions()] == [here.id]
    site.get("/account")
    other.get("/account", status=303)
    assert verbs() == ["changed their password"]


def test_without_the_current_password_nothing_changes(site, ana, here):
    fields = {"current_password": "wrong", "new_password": NEW}
    assert "This is not your current password." in site.post("/account/password", fields, status=422).text
    assert passwords.is_right(PASSWORD, ana.password_hash)


def test_a_weak_new_password_is_refused(site, ana, here):
    fields = {"current_password": PASSWORD, "new_password": "ana-ruiz-77"}
    assert "words that people here would guess" in site.post("/account/password", fields, status=422).text
    assert passwords.is_right(PASSWORD, ana.password_hash)


def test_a_double_click_changes_the_password_once_and_both_answers_are_the_same(site, ana, here):
    fields = {"current_password": PASSWORD, "new_password": NEW, **site.hidden_fields("/account/password")}
    answers = [site.client.post("/account/password", data=fields) for _ in range(2)]
    assert [(each.status_code, each.location) for each in answers] == [(303, "/account")] * 2
    assert verbs() == ["changed their password"]


# ---- sessions


def test_a_person_ends_one_of_their_sessions(app, site, ana, here):
    other = elsewhere(app, ana)
    (there,) = [session for session in live_sessions() if session.id != here.id]
    assert site.post(f"/account/sessions/{there.id}/end", page="/account", status=303).location == "/account"
    other.get("/account", status=303)
    site.get("/account")
    assert verbs() == ["ended a session"]


def test_ending_a_session_twice_changes_nothing_more(app, site, ana, here):
    elsewhere(app, ana)
    (there,) = [session for session in live_sessions() if session.id != here.id]
    for _ in range(2):
        site.post(f"/account/sessions/{there.id}/end", page="/account", status=303)
    assert verbs() == ["ended a session"]


def test_ending_the_session_in_my_hand_signs_me_out(site, here):
    response = site.post(f"/account/sessions/{here.id}/end", page="/account", status=303)
    assert response.location == "/"
    assert site.client.get_cookie("commons") is None


def test_nobody_elses_session_can_be_ended(site, heron, here):
    make_person("Admin", is_administrator=True)
    other = Site(site.client.application.test_client())
    theirs = sign_in(other.client, heron)
    for session_id in (theirs.id, 999_999):
        site.post(f"/account/sessions/{session_id}/end", page="/account", status=404)
    other.get("/account")


def test_signing_out_everywhere_else_keeps_only_this_device(app, site, ana, heron, here):
    others = [elsewhere(app, ana) for _ in range(3)]
    stranger = elsewhere(app, heron)
    site.post("/account/sessions/end-others", page="/account", status=303)
    for other in others:
        other.get("/account", status=303)
    site.get("/account")
    stranger.get("/account")
    assert verbs() == ["ended sessions"]


@pytest.mark.parametrize(
    "path", ["/account/profile", "/account/password", "/account/recovery-code", "/account/sessions/end-others"]
)
def test_no_writing_without_the_token(site, ana, here, path):
    assert site.client.post(path, data={"name": "Eve"}).status_code == 400
    assert ana.name == "Ana Ruiz"

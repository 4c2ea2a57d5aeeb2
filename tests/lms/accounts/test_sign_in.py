"""Signing in and out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lms import clock
from lms.accounts import passwords
from lms.accounts.models import PersonState, SignInSession
from lms.accounts.services import doors
from lms.db import db
from lms.limits import LimitCount
from tests.factories.people import PASSWORD, make_person
from tests.lms.accounts.conftest import Door, live_sessions, verbs
from tests.pages import Site

WRONG = "do not go together"


def test_the_page_is_ready_for_password_managers_and_phones(site):
    page = site.get("/sign-in").text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert 'autocapitalize="none"' in page
    assert "/password/forgot" in page
    assert "/recover" in page


@pytest.mark.parametrize("name", ["ana@example.org", "  ANA@Example.org "])
def test_a_person_signs_in_by_address(door, ana, name):
    assert door.sign_in(name).status_code == 303
    assert door.is_signed_in()
    assert verbs() == ["signed in"]


def test_a_person_signs_in_by_alias(door, heron):
    assert door.sign_in("Night.Heron").status_code == 303
    assert door.is_signed_in()


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(door, ana):
    cookie = door.sign_in("ana@example.org").headers.get_all("Set-Cookie")
    (session,) = [each for each in cookie if each.startswith("commons=")]
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    assert "Path=/" in session
    assert len(door.cookie()) >= 43  # 256 bits in base 64


def test_on_https_the_cookie_is_bound_to_this_host(settings, make_site, ana):
    secure = make_site(replace(settings, site_url="https://localhost"))
    client = secure.test_client()
    client.get("/sign-in", base_url="https://localhost")
    door = Door(Site(client))
    door.client.environ_base["wsgi.url_scheme"] = "https"
    response = door.sign_in("ana@example.org")
    (session,) = [each for each in response.headers.get_all("Set-Cookie") if each.startswith("__Host-commons=")]
    assert "Secure" in session
    assert "Path=/" in session
    assert "Domain" not in session


def test_only_the_hash_of_the_key_is_stored(door, ana):
    door.sign_in("ana@example.org")
    (session,) = live_sessions()
    assert door.cookie() not in (session.key_hash, session.csrf_nonce)


def test_a_hash_with_older_parameters_is_renewed(door, ana):
    door.sign_in("ana@example.org")
    assert not passwords.is_outdated(ana.password_hash)
    assert passwords.is_right(PASSWORD, ana.password_hash)


def test_the_device_is_named_for_the_persons_own_list(door, ana):
    door.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Firefox/133.0"
    door.sign_in("ana@example.org")
    assert live_sessions()[0].device == "Firefox, Android"


# ---- one answer for all who may not come in


@pytest.fixture
def answers(door, ana, heron):
    suspended = make_person("Sam", email="sam@example.org", state=PersonState.SUSPENDED)
    tries = {
        "wrong password": ("ana@example.org", "not her password"),
        "unknown": ("nobody@example.org", PASSWORD),
        "unknown alias": ("nobody", PASSWORD),
        "suspended": (suspended.email, PASSWORD),
    }
    return {kind: door.sign_in(*tried) for kind, tried in tries.items()}


def test_one_answer_for_wrong_unknown_and_suspended(answers):
    assert {response.status_code for response in answers.values()} == {422}
    assert all(WRONG in response.text for response in answers.values())


def test_nobody_gets_a_session_by_a_refusal(answers, door):
    assert not door.is_signed_in()
    assert live_sessions() == []
    assert verbs() == ["sign-in failed"] * 4


def test_a_refused_form_keeps_the_name_and_never_the_password(answers):
    page = answers["wrong password"].text
    assert 'value="ana@example.org"' in page
    assert "not her password" not in page


def test_an_unknown_name_costs_one_hash_like_a_known_one(door, ana, monkeypatch):
    compared = []

    class Counting:
        def verify(self, password_hash, typed):
            compared.append(password_hash)
            return HASHER.verify(password_hash, typed)

    HASHER = passwords.HASHER  # noqa: N806
    monkeypatch.setattr(passwords, "HASHER", Counting())
    door.sign_in("nobody@example.org", "wrong")
    door.sign_in("ana@example.org", "wrong")
    assert compared == [passwords.NOBODY, ana.password_hash]


@pytest.mark.parametrize(
    "typed",
    ["", " ", "x" * 10_000, "🦉", "<script>alert(1)</script>", "=cmd()", "a\x00b", "' OR 1=1 --", "\u202eana", "@"],
)
def test_hostile_names_and_passwords_are_refused_politely(door, ana, typed):
    assert door.sign_in(typed, typed).status_code == 422
    assert door.sign_in("ana@example.org", typed).status_code == 422


def test_without_csrf_token_nothing_happens_and_words_say_what_to_do(door, ana):
    response = door.client.post("/sign-in", data={"name": "ana@example.org", "password": PASSWORD})
    assert response.status_code == 400
    assert "load the page again" in response.text
    assert not door.is_signed_in()


# ---- limits


def test_after_ten_wrong_passwords_even_the_right_one_waits(door, ana):
    with clock.fixed(datetime(2026, 1, 5, 10, 1, tzinfo=UTC)):
        for _ in range(doors.SIGN_IN.by_name.n_tries):
            assert door.sign_in("ana@example.org", "wrong").status_code == 422
        response = door.sign_in("ANA@example.org ")
        assert response.status_code == 429
        assert int(response.headers["Retry-After"]) <= 15 * 60
    with clock.fixed(datetime(2026, 1, 5, 10, 16, tzinfo=UTC)):
        assert door.sign_in("ana@example.org").status_code == 303


def test_a_name_that_nobody_has_is_limited_as_well(door):
    with clock.fixed(datetime(2026, 1, 5, 10, 1, tzinfo=UTC)):
        statuses = [door.sign_in("nobody", "wrong").status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


def test_one_address_cannot_try_many_names(door, monkeypatch):
    few = replace(doors.SIGN_IN, by_address=replace(doors.SIGN_IN.by_address, n_tries=3))
    monkeypatch.setattr(doors, "SIGN_IN", few)
    with clock.fixed(datetime(2026, 1, 5, 10, 1, tzinfo=UTC)):
        statuses = [door.sign_in(f"name{number}", "wrong").status_code for number in range(4)]
    assert statuses == [422, 422, 422, 429]


def test_counted_tries_survive_a_new_process(door, ana, settings, make_site):
    with clock.fixed(datetime(2026, 1, 5, 10, 1, tzinfo=UTC)):
        for _ in range(10):
            door.sign_in("ana@example.org", "wrong")
        db.session.remove()
        another = Door(Site(make_site(settings).test_client()))
        assert another.sign_in("ana@example.org").status_code == 429


def test_a_right_password_forgives_the_wrong_ones_before(door, ana):
    for _ in range(9):
        door.sign_in("ana@example.org", "wrong")
    door.sign_in("ana@example.org")
    assert door.sign_in("ana@example.org", "wrong").status_code == 422
    assert door.sign_in("ana@example.org").status_code == 303


def test_no_name_and_no_address_is_kept_in_clear(door, ana):
    door.sign_in("ana@example.org", "wrong")
    assert all(len(row.key_hash) == 64 for row in db.session.scalars(db.select(LimitCount)))


# ---- where one comes out


@pytest.mark.parametrize(
    "target", ["/learn", "/learn?page=2", "/help/privacy#top", "/organizations/1?q=%2F%2Fevil.example"]
)
def test_one_comes_out_where_one_wanted_to_go(door, ana, target):
    assert door.sign_in("ana@example.org", next=target).location == target


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\\evil.example",
        "\\\\evil.example",
        "/\tevil.example",
        "/%0d%0aSet-Cookie:x\r\n",
        "\n//evil.example",
        "learn",
        "",
        "@evil.example",
        "/" + "a" * 3_000,
        "/sign-in?next=/sign-in",
    ],
)
def test_no_other_site_can_be_reached_through_the_door(door, ana, target):
    assert door.sign_in("ana@example.org", next=target).location == "/"


def test_the_page_asked_for_travels_through_the_form(site, ana):
    asked = site.get("/account", status=303)
    assert asked.location == "/sign-in?next=/account"
    assert 'name="next" type="hidden" value="/account"' in site.get(asked.location).text


# ---- a new key each time


def test_signing_in_again_makes_a_new_key_and_ends_the_old_session(door, ana):
    door.sign_in("ana@example.org")
    old = door.cookie()
    door.sign_in("ana@example.org")
    assert door.cookie() != old
    assert len(live_sessions()) == 1
    door.client.set_cookie("commons", old)
    assert not door.is_signed_in()


def test_a_key_that_somebody_planted_is_not_taken_over(door, ana):
    door.client.set_cookie("commons", "planted")
    door.sign_in("ana@example.org")
    assert door.cookie() != "planted"


def test_somebody_else_at_the_same_device_ends_the_first_session(door, ana, heron):
    door.sign_in("ana@example.org")
    door.sign_in("night.heron")
    assert [session.person_id for session in live_sessions()] == [heron.id]


def test_a_sign_in_page_left_open_in_another_tab_still_works(door, ana):
    fields = {"name": "ana@example.org", "password": PASSWORD, **door.site.hidden_fields("/sign-in")}
    door.sign_in("ana@example.org")
    assert door.client.post("/sign-in", data=fields).status_code == 303
    assert door.is_signed_in()


def test_who_is_signed_in_already_is_told_so(door, ana):
    door.sign_in("ana@example.org")
    assert "You are signed in as Ana Ruiz" in door.site.get("/sign-in").text


# ---- signing out


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(door, ana):
    door.sign_in("ana@example.org")
    stolen = door.cookie()
    response = door.site.post("/sign-out", page="/account", status=303)
    assert response.location == "/"
    assert response.headers["Clear-Site-Data"] == '"cache"'
    assert door.cookie() is None
    door.client.set_cookie("commons", stolen)
    assert not door.is_signed_in()
    assert verbs() == ["signed in", "signed out"]


def test_signing_out_needs_the_token(door, ana):
    door.sign_in("ana@example.org")
    assert door.client.post("/sign-out").status_code == 400
    assert door.is_signed_in()


def test_signing_out_cannot_be_done_by_a_link(door, ana):
    door.sign_in("ana@example.org")
    assert door.client.get("/sign-out").status_code == 405


# ---- how long it lasts


def test_a_session_ends_when_it_is_idle_and_the_latest_after_its_days(door, ana, settings):
    start = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
    with clock.fixed(start):
        door.sign_in("ana@example.org")
    with clock.fixed(start + timedelta(minutes=settings.session_idle_minutes, seconds=1)):
        assert not door.is_signed_in()


def test_using_a_session_keeps_it_alive_until_its_last_day(door, ana, settings):
    moment = start = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
    with clock.fixed(start):
        door.sign_in("ana@example.org")
    while moment < start + timedelta(days=settings.session_days) - timedelta(hours=11):
        moment += timedelta(hours=11)
        with clock.fixed(moment):
            assert door.is_signed_in()
    with clock.fixed(start + timedelta(days=settings.session_days)):
        assert not door.is_signed_in()


def test_last_use_is_noted_at_most_every_five_minutes(door, ana):
    start = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
    with clock.fixed(start):
        door.sign_in("ana@example.org")
    for minutes, noted in ((4, 0), (5, 5), (9, 5), (10, 10)):
        with clock.fixed(start + timedelta(minutes=minutes)):
            assert door.is_signed_in()
        assert live_sessions()[0].last_seen_at == start + timedelta(minutes=noted)


def test_the_page_says_when_a_session_really_ends(door, ana, settings):
    start = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
    with clock.fixed(start):
        door.sign_in("ana@example.org")
        ends_at = (start + timedelta(minutes=settings.session_idle_minutes)).isoformat()
        assert f'data-expires-at="{ends_at}"' in door.site.get("/account").text


def test_a_suspended_account_is_out_at_the_next_request(door, ana):
    door.sign_in("ana@example.org")
    ana.state = PersonState.SUSPENDED
    db.session.commit()
    assert not door.is_signed_in()


def test_an_account_that_changed_while_its_password_was_checked_stays_out(app, ana):
    from lms.accounts.services import sessions  # noqa: PLC0415

    checked = sessions.Checked(ana.id, "another hash")
    assert sessions.sign_in(checked, typed_name="ana@example.org", device="", days=1) is None
    assert db.session.scalar(db.select(db.func.count()).select_from(SignInSession)) == 0

"""The second step at sign-in: codes, who must have it, and what somebody half signed in can reach (nothing)."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from lms import clock
from lms.accounts import queries, second_factors
from lms.accounts.models import HalfSignIn, SecondFactor, SecondFactorRecoveryCode, SignInSession
from lms.accounts.services import doors, passwords, second_factor
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.db import db
from lms.outbox import OutboxRow
from lms.web import access
from tests.factories.people import (
    PASSWORD,
    PASSWORD_HASH,
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)
from tests.factories.second_factors import SITE_KEY, code_of, give_second_factor
from tests.lms.accounts.conftest import Door, live_sessions, verbs
from tests.pages import Site, hidden_value

NOON = datetime(2026, 1, 5, 12, 0, 10, tzinfo=UTC)
STEP = "/sign-in/second-factor"
SET_UP = "/account/second-factor/set-up"
HOSTILE = ["", " ", "x" * 10_000, "🦉", "<script>alert(1)</script>", "=cmd()", "12345", "1234567", "١٢٣٤٥٦", "\u202e"]


@pytest.fixture
def noon():
    with clock.fixed(NOON):
        yield


@pytest.fixture
def codes(noon, ana):
    """Ana's codes on paper; she has an app."""
    return give_second_factor(ana)


def half(door):
    assert door.sign_in("ana@example.org").location == STEP
    return door


def give(door, code, **fields):
    return door.site.post(STEP, {"code": code, **fields}, page=STEP)


# ---- signing in


def test_after_the_password_a_code_opens_the_session(door, ana, codes):
    half(door)
    assert not door.is_signed_in()
    assert live_sessions() == []
    page = door.site.get(STEP).text
    assert 'autocomplete="one-time-code"' in page
    assert give(door, code_of(ana)).location == "/"
    assert door.is_signed_in()
    assert verbs()[-2:] == ["gave the right password", "signed in"]


def test_without_a_second_factor_the_password_is_enough(door, heron):
    assert door.sign_in("night.heron").location == "/"
    assert door.is_signed_in()


def test_one_comes_out_where_one_wanted_to_go(door, ana, codes):
    location = door.sign_in("ana@example.org", next="/account/profile").location
    assert location == f"{STEP}?next=/account/profile"
    fields = {"code": code_of(ana), "next": hidden_value(door.site.get(location).text, "next")}
    assert door.site.post(STEP, fields, page=STEP).location == "/account/profile"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil", "/sign-in/second-factor"])
def test_one_never_comes_out_elsewhere(door, ana, codes, target):
    half(door)
    assert give(door, code_of(ana), next=target).location == "/"


def test_a_code_works_once(door, ana, codes, app):
    code = code_of(ana)
    half(door)
    give(door, code)
    another = Door(Site(app.test_client()))
    half(another)
    assert give(another, code).status_code == 422
    assert not another.is_signed_in()
    with clock.fixed(NOON + timedelta(seconds=30)):
        assert give(another, code_of(ana)).status_code == 303


def test_the_code_that_set_the_app_up_opens_no_door(door, ana, noon):
    nonce = second_factor.new_nonce()
    code = second_factors.code_at(second_factors.secret_of(SITE_KEY, ana.id, nonce), clock.now())
    assert second_factor.set_up(ana.id, nonce, code, keep_session_id=0, site_key=SITE_KEY)
    db.session.commit()
    assert give(half(door), code).status_code == 422


def test_an_older_code_than_the_last_one_is_refused(door, ana, codes):
    with clock.fixed(NOON - timedelta(seconds=30)):
        older = code_of(ana)
    give(half(door), code_of(ana))
    another = Door(Site(door.client.application.test_client()))
    assert give(half(another), older).status_code == 422


@pytest.mark.parametrize(("seconds", "status"), [(-30, 303), (30, 303), (-60, 422), (60, 422)])
def test_clocks_may_differ_by_half_a_minute(door, ana, codes, seconds, status):
    with clock.fixed(NOON + timedelta(seconds=seconds)):
        code = code_of(ana)
    assert give(half(door), code).status_code == status


def test_a_second_click_opens_the_same_session(door, ana, codes):
    half(door)
    fields = {"code": code_of(ana), **door.site.hidden_fields(STEP)}
    first = door.client.post(STEP, data=fields)
    # The browser dropped the first answer: it still has no key and sends the form again.
    door.client.delete_cookie("commons")
    second = door.client.post(STEP, data=fields)
    assert (first.status_code, second.status_code) == (303, 303)
    assert door.is_signed_in()
    assert len(live_sessions()) == 1
    assert verbs().count("signed in") == 1


def test_a_second_click_much_later_opens_nothing(door, ana, codes):
    half(door)
    fields = {"code": code_of(ana), **door.site.hidden_fields(STEP)}
    door.client.post(STEP, data=fields)
    door.client.delete_cookie("commons")
    with clock.fixed(NOON + timedelta(seconds=70)):
        assert door.client.post(STEP, data=fields).status_code == 422


def test_a_code_on_paper_works_once_and_is_told_by_mail(door, ana, codes):
    half(door)
    assert give(door, codes[3].lower().replace("-", " ")).status_code == 303
    another = half(Door(Site(door.client.application.test_client())))
    assert give(another, codes[3]).status_code == 422
    assert queries.count_open_factor_codes(ana.id) == 9
    assert "code-used" in [row.payload.get("change") for row in db.session.scalars(select(OutboxRow))]


def test_codes_of_somebody_else_fit_nothing(door, ana, heron, codes):
    others = give_second_factor(heron)
    half(door)
    assert give(door, others[0]).status_code == 422
    assert give(door, code_of(heron)).status_code == 422


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_codes_are_refused_politely(door, ana, codes, typed):
    half(door)
    response = give(door, typed)
    assert response.status_code == 422
    assert "<script>alert" not in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_guessing_is_limited_by_account_whoever_guesses(door, ana, codes, app):
    statuses = []
    for number in range(6):
        guesser = half(Door(Site(app.test_client())))
        statuses.append(give(guesser, f"{number:06}").status_code)
    assert statuses == [422] * doors.SECOND_FACTOR.by_name.n_tries + [429]
    assert give(half(door), code_of(ana)).status_code == 429
    assert verbs().count("second factor failed") == 5


def test_guessing_is_limited_by_the_day(door, ana, codes, monkeypatch):
    monkeypatch.setattr(doors, "SECOND_FACTOR_DAY", replace(doors.SECOND_FACTOR_DAY, n_tries=3))
    half(door)
    statuses = [give(door, "000000").status_code for _ in range(4)]
    assert statuses == [422, 422, 422, 429]
    with clock.fixed(NOON + timedelta(minutes=20)):
        assert give(half(door), code_of(ana)).status_code == 429


def test_a_right_code_forgives_wrong_ones(door, ana, codes):
    half(door)
    for _ in range(4):
        give(door, "000000")
    assert give(door, code_of(ana)).status_code == 303
    with clock.fixed(NOON + timedelta(minutes=1)):
        assert give(half(door), code_of(ana)).status_code == 303


def test_waiting_too_long_means_beginning_again(door, ana, codes):
    half(door)
    fields = door.site.hidden_fields(STEP)
    with clock.fixed(NOON + timedelta(minutes=11)):
        assert door.client.post(STEP, data={"code": code_of(ana), **fields}).location == "/sign-in"
        assert door.client.get(STEP).location == "/sign-in"
    assert not door.is_signed_in()


@pytest.mark.parametrize("change", ["password", "reset", "suspension"])
def test_what_waits_for_a_code_ends_when_the_account_changes(door, ana, codes, change):
    half(door)
    if change == "password":
        passwords.replace_password(ana.id, PASSWORD_HASH)
    elif change == "reset":
        second_factor.reset(ana.id, by_id=None)
    else:
        ana.state = "suspended"
    db.session.commit()
    assert door.client.get(STEP).location == "/sign-in"


def test_text_that_was_typed_before_the_session_ended_survives_both_steps(door, ana, codes):
    session = sign_in(door.client, ana)
    fields = {
        **door.site.hidden_fields("/account/profile"),
        "name": "Ana de la Cruz",
        "language": "en",
        "theme": "auto",
    }
    session.ended_at = clock.now()
    db.session.commit()
    page = door.client.post("/account/profile", data=fields).text
    kept = {name: hidden_value(page, name) for name in ("kept", "next", "csrf_token", "form_key")}
    page = door.client.post("/sign-in", data={"name": "ana@example.org", "password": PASSWORD, **kept}).text
    kept = {name: hidden_value(page, name) for name in ("kept", "next", "csrf_token", "form_key")}
    assert "Ana de la Cruz" in door.client.post(STEP, data={"code": code_of(ana), **kept}).text


def test_no_secret_is_stored(ana, codes):
    secret = second_factors.secret_of(SITE_KEY, ana.id, queries.find_second_factor(ana.id).nonce)
    stored = [
        str(vars(row))
        for table in (SecondFactor, SecondFactorRecoveryCode)
        for row in db.session.scalars(select(table))
    ]
    assert not any(secret in row or codes[0] in row or codes[0].replace("-", "") in row for row in stored)


# ---- what somebody half signed in can reach


def test_half_signed_in_reaches_no_more_than_a_stranger(door, ana, codes, app):
    """Every endpoint, both methods: the same answer as for somebody who never gave a password."""
    ana.is_administrator = True
    db.session.commit()
    half(door)
    stranger = app.test_client()
    key = door.client.get_cookie("commons-half").value
    disguised = app.test_client()
    disguised.set_cookie("commons", key)
    n_asked = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "accounts.confirm_second_factor":
            continue
        path = re.sub(r"<(int:)?[a-z_]+>", "1", re.sub(r'<any\("?(\w+)[^>]*>', r"\1", rule.rule))
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answers = [client.open(path, method=method) for client in (stranger, door.client, disguised)]
            seen = {(each.status_code, each.location) for each in answers}
            assert len(seen) == 1, f"{method} {path}: {seen}"
            n_asked += 1
    assert n_asked > 100
    assert not door.is_signed_in()


# ---- setting it up


def shown_secret(page):
    return re.search(r"secret=([A-Z2-7]+)", page)[1]


def set_up(site):
    page = site.get(SET_UP).text
    fields = {"code": second_factors.code_at(shown_secret(page), clock.now())}
    fields |= {
        name: hidden_value(page[page.index('id="confirm"') :], name) for name in ("csrf_token", "form_key", "shown")
    }
    return fields


def test_an_app_is_set_up_by_its_first_code_and_ten_codes_are_shown_once(site, ana, noon):
    other, here = sign_in(site.client, ana), sign_in(site.client, ana)
    old_key = site.client.get_cookie("commons").value
    response = site.client.post(SET_UP, data=set_up(site))
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert len(re.findall(r"<code>[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}</code>", response.text)) == 10
    db.session.expire_all()
    assert other.ended_at is not None
    assert here.ended_at is None
    assert site.client.get_cookie("commons").value != old_key
    assert "You have 10 codes left" in site.get("/account/second-factor").text
    assert "On since" in site.get("/account").text


def test_the_page_is_scanned_or_typed_and_never_kept(site, ana, noon):
    sign_in(site.client, ana)
    response = site.get(SET_UP)
    assert response.headers["Cache-Control"] == "no-store"
    assert "otpauth://totp/" in response.text
    assert " ".join(re.findall(".{4}", shown_secret(response.text))) in response.text


def test_a_wrong_first_code_keeps_the_same_picture(site, ana, noon):
    sign_in(site.client, ana)
    fields = set_up(site)
    secret = shown_secret(site.client.post(SET_UP, data={**fields, "code": "000000"}).text)
    again = site.client.post(SET_UP, data={**fields, "code": second_factors.code_at(secret, clock.now())})
    assert again.status_code == 200
    assert queries.find_second_factor(ana.id) is not None


@pytest.mark.parametrize("shown", ["", "nonsense", "WzEsIngiLDFd.abc"])
def test_a_picture_that_the_site_did_not_show_is_not_taken(site, ana, noon, shown):
    sign_in(site.client, ana)
    assert site.client.post(SET_UP, data={**set_up(site), "shown": shown}).status_code == 422
    assert queries.find_second_factor(ana.id) is None


def test_the_picture_of_another_session_is_not_taken(site, ana, heron, noon, app):
    sign_in(site.client, ana)
    theirs = Site(app.test_client())
    sign_in(theirs.client, heron)
    fields = {**set_up(theirs), "shown": set_up(site)["shown"]}
    assert theirs.client.post(SET_UP, data=fields).status_code == 422


def test_a_second_click_sets_one_app_up(site, ana, noon):
    sign_in(site.client, ana)
    fields = set_up(site)
    site.client.post(SET_UP, data=fields)
    second = site.client.post(SET_UP, data=fields)
    assert second.status_code == 200
    assert "cannot be shown a second time" in second.text
    assert verbs().count("set up a second factor") == 1


def test_new_codes_void_the_old_ones(site, door, ana, codes):
    sign_in(site.client, ana)
    page = site.post("/account/second-factor/recovery-codes", page="/account/second-factor").text
    (newer, *_) = re.findall(r"<code>([0-9A-Z-]{14})</code>", page)
    site.client.delete_cookie("commons")
    assert give(half(door), codes[0]).status_code == 422
    assert give(door, newer).status_code == 303


def test_codes_need_an_app_first(site, ana):
    sign_in(site.client, ana)
    assert site.post("/account/second-factor/recovery-codes", page="/account").status_code == 409


def test_a_stolen_cookie_is_worth_nothing_after_the_factor_is_removed(site, ana, codes, app):
    sign_in(site.client, ana)
    thief = app.test_client()
    thief.set_cookie("commons", site.client.get_cookie("commons").value)
    elsewhere = app.test_client()
    sign_in(elsewhere, ana)
    assert site.post("/account/second-factor/remove", page="/account/second-factor").status_code == 303
    assert site.client.get("/account").status_code == 200
    assert [each.get("/account").status_code for each in (thief, elsewhere)] == [303, 303]
    assert queries.find_second_factor(ana.id) is None
    assert site.post("/account/second-factor/remove", page="/account/second-factor").status_code == 409


# ---- the password once more


@pytest.mark.parametrize("path", [SET_UP, "/account/second-factor/remove", "/account/second-factor/recovery-codes"])
def test_what_changes_the_factor_asks_for_the_password_again(site, ana, codes, path):
    sign_in(site.client, ana).created_at = NOON - timedelta(minutes=16)
    db.session.commit()
    method = site.get if path == SET_UP else lambda path, status: site.post(path, page="/account", status=status)
    location = method(path, status=303).location
    assert location.startswith("/account/confirm?next=")
    assert queries.find_second_factor(ana.id) is not None
    fields = {"current_password": PASSWORD, "next": SET_UP}
    assert site.post("/account/confirm", fields).location == SET_UP
    site.get(SET_UP)
    with clock.fixed(NOON + timedelta(minutes=16)):
        site.get(SET_UP, status=303)


def test_the_password_counts_in_its_own_session_only(site, ana, noon, app):
    for client in (site.client, app.test_client()):
        sign_in(client, ana).created_at = NOON - timedelta(hours=1)
        db.session.commit()
    site.post("/account/confirm", {"current_password": PASSWORD})
    site.get(SET_UP)
    assert client.get(SET_UP).status_code == 303


def test_a_wrong_password_opens_nothing_and_is_counted(site, ana, noon):
    sign_in(site.client, ana).created_at = NOON - timedelta(hours=1)
    db.session.commit()
    statuses = [site.post("/account/confirm", {"current_password": "wrong"}).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    site.get(SET_UP, status=303)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil"])
def test_the_password_never_leads_elsewhere(site, ana, target):
    sign_in(site.client, ana)
    response = site.post("/account/confirm", {"current_password": PASSWORD, "next": target})
    assert response.location == "/account"


# ---- who must have it


@pytest.fixture
def strict(settings, make_site):
    """The site with the requirement on."""
    return make_site(replace(settings, require_second_factor=True))


def standing(kind):
    person = make_person(f"A {kind}")
    organization = make_organization()
    coalition = make_coalition("Tri-County", organization)
    if kind == "administrator":
        person.is_administrator = True
        db.session.commit()
    elif kind in {"lead", "staff"}:
        make_membership(person, organization, MembershipRole(kind))
    else:
        make_coalition_role(person, coalition, CoalitionRoleKind(kind))
    return person


@pytest.mark.parametrize("kind", ["lead", "ta-expert", "coordinator", "administrator"])
def test_who_sees_what_belongs_to_others_is_led_to_set_it_up(strict, kind):
    client = strict.test_client()
    sign_in(client, standing(kind))
    assert client.get("/").location == f"{SET_UP}?next=/"
    assert "before everything else" in Site(client).get(SET_UP).text


def test_staff_is_not_asked(strict):
    client = strict.test_client()
    sign_in(client, standing("staff"))
    assert client.get("/account").status_code == 200


def test_everything_else_waits_until_it_is_set_up(strict):
    client = strict.test_client()
    sign_in(client, standing("administrator"))
    opened = set()
    for rule in strict.url_map.iter_rules():
        path = re.sub(r"<(int:)?[a-z_]+>", "1", re.sub(r'<any\("?(\w+)[^>]*>', r"\1", rule.rule))
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            response = client.open(path, method=method)
            if not (response.status_code == 303 and response.location.startswith(SET_UP)):
                opened.add(rule.endpoint)
    by_secret = {name for name, view in strict.view_functions.items() if access.is_opened_by_secret(view)}
    assert by_secret  # pages that know of no session cannot send anybody anywhere
    assert opened == access.OPEN_WITHOUT_FACTOR | by_secret


def test_scripts_are_told_and_not_sent_elsewhere(strict):
    client = strict.test_client()
    sign_in(client, standing("lead"))
    response = client.get("/learn", headers={"Accept": "application/json"})
    assert (response.status_code, response.mimetype) == (403, "application/json")


def test_after_setting_it_up_one_goes_on(strict, noon):
    site = Site(strict.test_client())
    sign_in(site.client, standing("lead"))
    assert site.client.post(SET_UP, data=set_up(site)).status_code == 200
    assert site.client.get("/account").status_code == 200


def test_it_cannot_be_turned_off_by_who_needs_it(strict, noon):
    site, person = Site(strict.test_client()), standing("lead")
    give_second_factor(person)
    sign_in(site.client, person)
    assert "Turn the second step off" not in site.get("/account/second-factor").text
    assert site.post("/account/second-factor/remove", page="/account/second-factor").status_code == 409
    assert queries.find_second_factor(person.id) is not None


def test_signing_out_stays_possible(strict):
    site = Site(strict.test_client())
    sign_in(site.client, standing("lead"))
    assert site.post("/sign-out", page="/help").location == "/"
    assert live_sessions() == []


def test_the_requirement_costs_a_page_no_statement(settings, make_site, app):
    from tests.statements import counted_statements  # noqa: PLC0415

    person, counts = standing("lead"), []
    give_second_factor(person)
    for is_on in (False, True):
        client = make_site(replace(settings, require_second_factor=is_on)).test_client()
        sign_in(client, person)
        db.session.rollback()
        with client.application.app_context(), counted_statements() as statements:
            client.get("/account/profile")
        counts.append(len(statements))
    assert counts[0] == counts[1] > 0


def test_old_rows_are_forgotten(door, ana, codes):
    from lms.accounts.services.upkeep import forget_old_rows  # noqa: PLC0415

    half(door)
    assert forget_old_rows(NOON + timedelta(hours=1)).halves == 1
    assert list(db.session.scalars(select(HalfSignIn))) == []
    assert list(db.session.scalars(select(SignInSession))) == []

import re

import pytest
from sqlalchemy import func, select

from lms import clock
from lms.accounts.models import Person, SignInSession
from lms.authz import MembershipRole
from lms.db import Base, db
from lms.limits import Limit
from lms.organizations.models import Membership
from lms.organizations.queries import people
from lms.organizations.services.invitations import Offer, invite_person, make_open_link, revoke_invitation, secret_of
from lms.organizations.views import joining
from tests.factories.people import make_person

CODE = re.compile(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}")
PASSWORD = "three quiet herons"


def by_mail(**changes):
    return {"way": "email", "email": "new@example.org", "name": "New Comer", "password": PASSWORD} | changes


def by_alias(**changes):
    return {"way": "alias", "alias": "Gray.Heron", "password": PASSWORD} | changes


def n_rows(model):
    return db.session.scalar(select(func.count()).select_from(model))


def person_named(**values):
    return db.session.scalars(select(Person).filter_by(**values)).one()


@pytest.fixture
def make_link(house, settings):
    def make(max_uses=3, offer=None):
        made = make_open_link(
            house.harbor.id,
            max_uses=max_uses,
            days=7,
            offer=offer or Offer(),
            by_id=house.lead.id,
            site_key=settings.secret_key,
        )
        db.session.commit()
        return made

    return make


@pytest.fixture
def link(make_link):
    return make_link()


@pytest.fixture
def page(link, settings):
    return f"/join/{secret_of(link, settings.secret_key)}"


@pytest.fixture
def personal_page(house, settings):
    made = invite_person(
        house.harbor.id,
        email="nina@example.org",
        name="Nina Neu",
        offer=Offer(MembershipRole.LEAD),
        by_id=house.lead.id,
        site_key=settings.secret_key,
    )
    db.session.commit()
    return f"/join/{secret_of(made, settings.secret_key)}"


# ---- without an account


def test_the_page_says_who_invites_to_what(site, page):
    html = site.get(page).text
    for words in ("Join Harbor House", "Lea Lead invites you", "You join as: Staff", "Sign in first", "Without e-mail"):
        assert words in html
    assert f"next={page}" in html


def test_a_new_account_by_mail_is_signed_in_and_belongs(site, house, page):
    response = site.post(page, by_mail(), status=303)
    person = person_named(email="new@example.org")
    assert people.find_membership(person.id, house.harbor.id) is not None
    assert "Harbor House" in site.get("/organizations").text
    assert "HttpOnly" in response.headers["Set-Cookie"]
    assert PASSWORD not in person.password_hash


def test_a_new_account_by_alias_sees_its_recovery_code_first(site, house, page):
    response = site.post(page, by_alias(), status=200)
    assert CODE.search(response.text)
    assert response.headers["Cache-Control"] == "no-store"
    assert "gray.heron" in response.text
    assert people.find_membership(person_named(alias="gray.heron").id, house.harbor.id) is not None
    assert "Harbor House" in site.get("/organizations").text


def test_a_second_click_makes_one_account(site, page, link):
    for fields in (by_mail(), by_alias()):
        site.client.delete_cookie("commons")
        sent = site.hidden_fields(page) | fields
        before = n_rows(Person)
        first = site.client.post(page, data=sent)
        site.client.delete_cookie("commons")  # the browser dropped the first answer
        second = site.client.post(page, data=sent)
        assert (first.status_code, second.status_code) in {(303, 200), (200, 200)}
        assert "Your account is ready" in second.text
        assert not CODE.search(second.text)
        assert n_rows(Person) == before + 1
    assert link.n_uses == 2


def test_a_second_click_after_the_cookie_came_lands_in_the_organization(site, page):
    sent = site.hidden_fields(page) | by_mail()
    assert site.client.post(page, data=sent).status_code == 303
    assert site.client.post(page, data=sent).status_code == 303
    assert n_rows(Person) == 8


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (by_mail(email=""), "Write your e-mail address"),
        (by_mail(email="new"), "not a complete e-mail address"),
        (by_mail(name=" "), "Write your name"),
        (by_mail(name="x" * 10_000), "120 characters or fewer"),
        (by_mail(password="short"), "at least 8 characters"),
        (by_mail(password="password123"), "Choose another"),
        (by_mail(password="HarborHouse1"), "words that people here would guess"),
        (by_mail(password="x" * 10_000), "at most 200"),
        (by_alias(alias="a"), "3 to 40"),
        (by_alias(alias="not an alias"), "3 to 40"),
        (by_alias(alias="x" * 10_000), "40 characters or fewer"),
        (by_alias(alias="Night.Heron"), "Somebody already uses this alias"),
        ({}, "Choose a password"),
    ],
)
def test_what_is_missing_or_taken_is_named_and_nothing_is_made(site, page, link, fields, words):
    before = n_rows(Person)
    assert words in site.post(page, fields, status=422).text
    assert (n_rows(Person), link.n_uses) == (before, 0)


def test_an_address_that_has_an_account_is_sent_to_sign_in(site, house, page):
    response = site.post(page, by_mail(email=house.stranger.email.upper()), status=422)
    assert "Sign in with it instead" in response.text


def test_a_personal_invitation_keeps_its_address(site, personal_page):
    html = site.get(personal_page).text
    assert "nina@example.org" in html
    assert 'value="Nina Neu"' in html
    assert "Without e-mail" not in html
    site.post(personal_page, by_mail(email="mallory@example.org"), status=303)
    person = person_named(email="nina@example.org")
    assert people.find_membership(person.id, 1).role is MembershipRole.LEAD


def test_a_personal_invitation_cannot_be_taken_by_an_alias(site, personal_page):
    site.post(personal_page, by_alias(), status=303)
    assert person_named(email="nina@example.org").alias is None


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=cmd()", "😀 \u202eevil\u202c"])
def test_strange_names_are_only_names(site, page, name):
    site.post(page, by_mail(name=name), status=303)
    assert "<script>alert" not in site.get("/organizations").text


def test_the_page_speaks_the_language_of_the_invitation_until_somebody_chooses(site, make_link, settings):
    link = make_link(offer=Offer(language="es"))
    page = f"/join/{secret_of(link, settings.secret_key)}"
    assert 'lang="es"' in site.get(page).text
    site.client.set_cookie("language", "en")
    assert 'lang="en"' in site.get(page).text
    site.client.delete_cookie("language")
    site.post(page, by_mail(), status=303)
    assert person_named(email="new@example.org").language == "es"


def everything_stored():
    tables = Base.metadata.sorted_tables
    return " ".join(str(tuple(row)) for table in tables for row in db.session.execute(select(table)))


def test_the_database_never_holds_the_secret_of_a_link(site, house, as_person, page, personal_page):
    site.post("/language", {"language": "es", "next": page}, status=303, page=page)
    site.post("/theme", {"theme": "dark", "next": page}, status=303, page=page)
    site.post(page, by_alias(), status=200)
    site.post(page, by_mail(), status=303)
    as_person(house.stranger)
    site.post(personal_page, {"join": "yes"}, status=303)
    stored = everything_stored()
    assert "gray.heron" in stored
    for secret in (page.removeprefix("/join/"), personal_page.removeprefix("/join/")):
        assert secret not in stored


# ---- with an account


def test_somebody_signed_in_joins_with_one_button(site, house, as_person, page, link):
    session = as_person(house.stranger)
    html = site.get(page).text
    assert "Join Harbor House?" in html
    assert "password" not in html
    site.post(page, {"join": "yes"}, status=303)
    assert people.find_membership(house.stranger.id, house.harbor.id) is not None
    assert db.session.get(SignInSession, session.id).organization_id == house.harbor.id
    assert link.n_uses == 1


def test_a_form_for_a_new_account_joins_nobody_who_is_signed_in(site, house, as_person, page, link):
    as_person(house.stranger)
    response = site.post(page, by_mail(), status=303)
    assert response.location.endswith(page)
    assert link.n_uses == 0


def test_who_belongs_already_is_greeted_kindly(site, house, as_person, page, link):
    as_person(house.staff)
    assert "You already belong to Harbor House" in site.get(page).text
    site.post(page, {"join": "yes"}, status=303)
    assert link.n_uses == 0


def test_who_left_needs_a_newer_invitation(site, house, as_person, page):
    house.staff_membership.ended_at = clock.now()
    db.session.commit()
    as_person(house.staff)
    response = site.post(page, {"join": "yes"}, status=409)
    assert "Ask a lead for a new one" in response.text


# ---- links that lead nowhere


def assert_gone(site, page):
    html = site.get(page, status=404).text
    assert "Ask for a new link" in html
    assert "Harbor House" not in html
    site.post(page, by_mail(), status=404, page="/")


@pytest.mark.parametrize("token", ["x", "a" * 32, "%00", "<script>", "é" * 200])
def test_an_unknown_link_says_whom_to_ask(site, app, token):
    assert_gone(site, f"/join/{token}")


def test_a_withdrawn_link_is_like_an_unknown_one(site, house, page, link):
    revoke_invitation(link, by_id=house.lead.id)
    db.session.commit()
    assert_gone(site, page)


def test_a_used_up_link_is_like_an_unknown_one(site, house, make_link, settings):
    page = f"/join/{secret_of(make_link(max_uses=1), settings.secret_key)}"
    site.get(site.post(page, by_mail(), status=303).location)
    site.client.delete_cookie("commons")
    assert_gone(site, page)


def test_an_old_link_is_like_an_unknown_one(site, page, link):
    with clock.fixed(link.expires_at):
        assert_gone(site, page)


def test_a_link_ends_with_its_organization(site, house, page):
    house.harbor.state, house.harbor.closed_at = "closed", clock.now()
    db.session.commit()
    assert_gone(site, page)


def test_guessing_links_is_limited(site, app, monkeypatch, page):
    monkeypatch.setattr(joining, "MISSES", Limit("join/address", n_tries=3, minutes=15))
    for number in range(3):
        site.get(f"/join/guess-{number}", status=404)
    refused = site.get("/join/guess-again", status=429)
    assert int(refused.headers["Retry-After"]) > 0
    site.get(page, status=429)


def test_nobody_else_was_brought_in(site, house, page):
    before = n_rows(Membership)
    site.post(page, by_mail(), status=303)
    assert n_rows(Membership) == before + 1
    make_person("Bystander")

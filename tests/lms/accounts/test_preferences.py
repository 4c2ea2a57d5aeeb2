"""Language and colours, for anybody."""

import pytest

from lms.accounts.models import Language, Theme
from tests.factories.people import sign_in
from tests.lms.accounts.conftest import verbs


def switch(site, path, **fields):
    return site.post(path, fields, page="/sign-in", status=303)


def test_a_visitor_changes_the_language_and_stays_on_the_page(site):
    assert switch(site, "/language", language="es", next="/sign-in?next=/learn").location == "/sign-in?next=%2Flearn"
    assert '<html lang="es"' in site.get("/sign-in").text
    assert verbs() == []


def test_a_language_in_the_address_does_not_win_over_the_choice(site):
    assert switch(site, "/language", language="es", next="/sign-in?lang=en&next=a").location == "/sign-in?next=a"
    assert switch(site, "/language", language="es", next="/sign-in?lang=en").location == "/sign-in"


def test_a_persons_language_goes_with_them(site, ana):
    sign_in(site.client, ana)
    switch(site, "/language", language="es", next="/account")
    site.client.delete_cookie("language")
    assert ana.language is Language.SPANISH
    assert '<html lang="es"' in site.get("/account").text


def test_a_visitor_and_a_person_choose_colors(site, ana):
    switch(site, "/theme", theme="contrast", next="/sign-in")
    assert 'data-theme="contrast"' in site.get("/sign-in").text
    sign_in(site.client, ana)
    switch(site, "/theme", theme="dark", next="/account")
    assert ana.theme is Theme.DARK
    assert 'data-theme="dark"' in site.get("/account").text


@pytest.mark.parametrize("path", ["/language", "/theme"])
@pytest.mark.parametrize("value", ["", "xx", "../en", "<script>", "x" * 10_000])
def test_an_unknown_choice_changes_nothing(site, ana, path, value):
    sign_in(site.client, ana)
    response = site.post(path, {"language": value, "theme": value, "next": "/account"}, page="/account", status=303)
    assert not [each for each in response.headers.get_all("Set-Cookie") if each.startswith(("language=", "theme="))]
    assert (ana.language, ana.theme) == (Language.ENGLISH, Theme.AUTO)


@pytest.mark.parametrize("path", ["/language", "/theme"])
@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/\nevil", "", "x"])
def test_no_other_site_can_be_reached_through_a_switch(site, path, target):
    assert switch(site, path, language="es", theme="dark", next=target).location == "/"


def test_a_long_address_with_many_accents_is_no_reason_to_fail(site):
    target = "/search?q=" + "é" * 1_900
    assert len(switch(site, "/language", language="es", next=target).location) > 2_000


@pytest.mark.parametrize("path", ["/language", "/theme"])
def test_a_switch_needs_the_token(site, path):
    assert site.client.post(path, data={"language": "es", "theme": "dark"}).status_code == 400

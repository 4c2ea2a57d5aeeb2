"""To everybody but administrators these pages do not exist."""

import pytest

from lms.db import db
from lms.outbox import OutboxKind
from tests.lms.admin.work import make_job, make_mail, make_text

PAGES = ["", "/people", "/organizations", "/organizations/new", "/coalitions", "/coalitions/new"]
PAGES += ["/audit", "/jobs", "/mail", "/settings", "/content"]
ACTS = ["people/{ana}/suspend", "people/{ana}/reactivate", "people/{ana}/end-sessions", "organizations/{harbor}/close"]
ACTS += ["jobs/{job}/retry", "mail/{mail}/retry", "content/{text}/sign-off/en", "organizations/new", "coalitions/new"]


def ids(house):
    return {
        "ana": house.ana.id,
        "harbor": house.harbor.id,
        "job": make_job().id,
        "mail": make_mail().id,
        "text": make_text().id,
    }


@pytest.mark.parametrize("path", PAGES)
def test_an_administrator_reads_every_page_and_no_cache_keeps_it(as_admin, site, path):
    assert site.get(f"/admin{path}").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("who", ["ana", "cora"])
@pytest.mark.parametrize("path", [*PAGES, "/people/1", "/people/999999"])
def test_leads_and_coordinators_find_nothing(house, site, as_person, who, path):
    as_person(getattr(house, who))
    site.get(f"/admin{path}", status=404)


@pytest.mark.parametrize("act", ACTS)
def test_nobody_else_does_anything(house, site, as_person, act):
    as_person(house.cora)
    site.post(f"/admin/{act.format(**ids(house))}", page="/", status=404)


@pytest.mark.parametrize("path", PAGES)
def test_who_is_signed_out_is_asked_to_sign_in(house, client, path):
    assert client.get(f"/admin{path}").status_code == 303


@pytest.mark.parametrize("act", ACTS)
def test_an_act_needs_the_token_of_the_session(house, as_admin, client, act):
    assert client.post(f"/admin/{act.format(**ids(house))}", data={"is_confirmed": "y"}).status_code == 400


@pytest.mark.parametrize(
    "path", ["people/999999", "people/99999999999999999999", "content/999999/sign-off/en", "content/1/sign-off/xx"]
)
def test_what_never_was_is_not_found(as_admin, site, path):
    make_text()
    site.get(f"/admin/{path}", status=404)


def test_an_index_row_is_no_mail(as_admin, site):
    row = make_mail(kind=OutboxKind.INDEX, topic="x")
    site.post(f"/admin/mail/{row.id}/retry", page="/admin/mail", status=404)
    assert db.session.get(type(row), row.id).attempts == 5

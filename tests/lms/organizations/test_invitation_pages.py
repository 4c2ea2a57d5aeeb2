import re

import pytest
from sqlalchemy import func, select

from lms.authz import MembershipRole
from lms.db import db
from lms.organizations.models import Invitation, InvitationKind
from lms.organizations.queries.invitations import state_of
from lms.organizations.rules import InvitationState
from lms.organizations.services.invitations import Offer, invite_person, make_open_link, secret_of
from lms.outbox import OutboxRow
from tests.statements import counted_statements

HOSTILE = ["<script>alert(1)</script>", "=cmd()", "😀 \u202eevil\u202c", "a\0b"]


def personal(**changes):
    fields = {"kind": "personal", "email": "new@example.org", "name": "New Comer", "role": "staff", "language": "en"}
    return fields | changes


def open_link(**changes):
    return {"kind": "open-link", "max_uses": "5", "days": "7", "role": "staff", "language": "es"} | changes


def n_rows(model):
    return db.session.scalar(select(func.count()).select_from(model))


def only_invitation():
    return db.session.scalars(select(Invitation)).one()


@pytest.fixture
def page(house):
    return f"{house.url}/invitations/new"


@pytest.fixture
def link(house, settings):
    made = make_open_link(
        house.harbor.id, max_uses=3, days=7, offer=Offer(), by_id=house.lead.id, site_key=settings.secret_key
    )
    db.session.commit()
    return made


@pytest.fixture
def url_of_link(house, link):
    return f"{house.url}/invitations/{link.id}"


def test_an_empty_list_says_how_to_begin(site, house, as_person):
    as_person(house.lead)
    assert "No invitations yet" in site.get(f"{house.url}/invitations").text


def test_a_person_is_invited_by_mail(site, house, as_person, page):
    as_person(house.lead)
    response = site.post(page, personal(email=" New@Example.ORG "), status=303)
    html = site.get(response.location).text
    assert "The invitation to new@example.org is on its way" in html
    assert "/join/" in html
    assert n_rows(OutboxRow) == 1


def test_a_link_is_shown_with_its_code_and_as_a_poster(site, house, as_person, page, settings):
    as_person(house.lead)
    response = site.post(page, open_link(), status=303)
    html, secret = site.get(response.location).text, secret_of(only_invitation(), settings.secret_key)
    assert f"http://localhost/join/{secret}" in html
    assert re.search(r'<svg class="qr"[^>]*role="img"', html)
    assert "style=" not in html
    poster = site.get(f"{response.location}?view=poster").text
    assert f"http://localhost/join/{secret}" in poster
    assert 'lang="es"' in poster
    assert n_rows(OutboxRow) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"email": ""},
        {"email": "new"},
        {"email": "x" * 10_000},
        {"email": "a@example.org, b@example.org"},
        {"email": "a@example.org\r\nBcc: b@example.org"},
        {"name": "x" * 121},
        {"role": ""},
        {"role": "administrator"},
        {"language": "fr"},
        {"location": "999999"},
        {"kind": "open-link", "max_uses": "0", "days": "7"},
        {"kind": "open-link", "max_uses": "201", "days": "7"},
        {"kind": "open-link", "max_uses": "9" * 5000, "days": "7"},
        {"kind": "open-link", "max_uses": "many", "days": "7"},
        {"kind": "open-link", "max_uses": "5", "days": "3650"},
        {"kind": "open-link", "max_uses": "2", "days": "7", "role": "lead"},
    ],
)
def test_what_cannot_be_invited_is_named(site, house, as_person, page, changes):
    as_person(house.lead)
    response = site.post(page, personal(**changes), status=422)
    assert "error-summary" in response.text
    assert n_rows(Invitation) == 0


def test_places_of_another_organization_are_not_offered(site, house, as_person, page):
    as_person(house.lead)
    assert "Far Street" not in site.get(page).text
    site.post(page, personal(location=str(house.far_location.id)), status=422)


def test_somebody_who_is_here_is_not_invited(site, house, as_person, page):
    as_person(house.lead)
    response = site.post(page, personal(email=house.staff.email), status=422)
    assert "already belongs to your organization" in response.text


@pytest.mark.parametrize("name", HOSTILE)
def test_strange_names_are_only_names(site, house, as_person, page, name):
    as_person(house.lead)
    response = site.post(page, personal(name=name), status=303)
    assert "<script>alert" not in site.get(response.location).text
    assert "<script>alert" not in site.get(f"{house.url}/invitations").text


def test_a_second_click_invites_once(site, house, as_person, page):
    as_person(house.lead)
    fields = site.hidden_fields(page) | personal()
    first, second = (site.client.post(page, data=fields) for _ in range(2))
    assert first.location == second.location
    assert (n_rows(Invitation), n_rows(OutboxRow)) == (1, 1)


def test_sending_again_is_a_new_link_and_the_old_one_ends(site, house, as_person, page):
    as_person(house.lead)
    first_url = site.post(page, personal(), status=303).location
    assert "Send a new invitation" in site.get(first_url).text
    first = only_invitation()
    site.post(page, personal(), status=303)
    assert state_of(first) is InvitationState.REVOKED
    assert n_rows(OutboxRow) == 2
    assert "This link no longer works" in site.get(first_url).text


def test_withdrawing_asks_first(site, house, as_person, link, url_of_link):
    as_person(house.lead)
    assert "Withdraw this invitation?" in site.get(f"{url_of_link}?view=withdraw").text
    for _ in range(2):
        site.post(f"{url_of_link}/revoke", status=303, page=f"{house.url}/invitations")
    assert state_of(link) is InvitationState.REVOKED
    html = site.get(url_of_link).text
    assert "/join/" not in html
    assert "Withdrawn" in site.get(f"{house.url}/invitations?state=revoked").text


def test_used_up_links_show_how_often_they_were_used(site, house, as_person, link):
    link.n_uses = 3
    db.session.commit()
    as_person(house.lead)
    html = site.get(f"{house.url}/invitations").text
    assert "3 of 3" in html
    assert "Used" in html


@pytest.mark.parametrize("path", ["/invitations", "/invitations/new", "/invitations/import"])
def test_only_leads_and_administrators_invite(site, house, as_person, path):
    for who, status in (("staff", 403), ("expert", 403), ("coordinator", 403), ("stranger", 404)):
        as_person(getattr(house, who))
        site.get(f"{house.url}{path}", status=status)


def test_an_invitation_of_another_organization_does_not_exist_here(site, house, as_person, link):
    as_person(house.stranger)
    far = f"/organizations/{house.far.id}/invitations/{link.id}"
    site.get(far, status=404)
    site.post(f"{far}/revoke", status=404, page="/organizations")
    assert state_of(link) is InvitationState.OPEN


def test_many_invitations_cost_no_more_than_few(site, house, as_person, link, settings):
    def cost():
        with counted_statements() as seen:
            site.get(f"{house.url}/invitations")
        return len(seen)

    as_person(house.lead)
    cost()
    few = cost()
    for number in range(20):
        invite_person(
            house.harbor.id,
            email=f"p{number}@example.org",
            name=None,
            offer=Offer(),
            by_id=house.lead.id,
            site_key=settings.secret_key,
        )
    db.session.commit()
    assert cost() == few <= 8


def test_a_link_for_a_lead_can_be_made_for_one(site, house, as_person, page):
    as_person(house.lead)
    site.post(page, open_link(max_uses="1", role="lead"), status=303)
    made = only_invitation()
    assert (made.role, made.kind, made.max_uses) == (MembershipRole.LEAD, InvitationKind.OPEN_LINK, 1)

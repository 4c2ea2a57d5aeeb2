"""A coordinator names a lead when the last one is gone or suspended."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from lms import clock
from lms.accounts.models import PersonState
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.models import CoalitionOrganization
from lms.db import db
from lms.organizations.models import Invitation, Membership
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)
from tests.lms.accounts.conftest import verbs


@pytest.fixture
def place(app, client):
    """Harbor's only lead is suspended; Cora coordinates."""
    harbor, lead, staff = make_organization("Harbor House"), make_person("Lea Lead"), make_person("Sam Staff")
    coalition = make_coalition("Tri-County", harbor)
    make_membership(lead, harbor, MembershipRole.LEAD)
    membership = make_membership(staff, harbor)
    lead.state = PersonState.SUSPENDED
    cora = make_person("Cora Lee")
    make_coalition_role(cora, coalition, CoalitionRoleKind.COORDINATOR)
    sign_in(client, cora)
    url = f"/coalitions/{coalition.id}/organizations/{harbor.id}/lead"
    return SimpleNamespace(
        harbor=harbor, lead=lead, staff=staff, membership=membership, coalition=coalition, cora=cora, url=url
    )


def role_of(membership):
    db.session.expire_all()
    return db.session.get(Membership, membership.id).role


def test_somebody_of_the_organization_leads_at_once_and_signs_in_anew(place, site, app):
    theirs = app.test_client()
    sign_in(theirs, place.staff)
    assert "Name a new lead" in site.get(f"/organizations/{place.harbor.id}").text
    site.post(place.url, {"person_name": place.staff.email}, status=303)
    assert role_of(place.membership) is MembershipRole.LEAD
    assert theirs.get("/account").status_code == 303
    assert verbs()[-1] == "appointed a lead"
    assert "has a lead" in site.get(place.url).text
    assert "Name a new lead" not in site.get(f"/organizations/{place.harbor.id}").text


def test_somebody_new_is_invited_as_a_lead(place, site):
    site.post(place.url, {"person_name": "New@Example.org"}, status=303)
    (invitation,) = db.session.scalars(select(Invitation))
    assert (invitation.email, invitation.role, invitation.organization_id) == (
        "new@example.org",
        MembershipRole.LEAD,
        place.harbor.id,
    )


def test_while_somebody_leads_nobody_is_named(place, site):
    place.lead.state = PersonState.ACTIVE
    db.session.commit()
    for name in (place.staff.email, "new@example.org"):
        site.post(place.url, {"person_name": name}, status=409)
    assert role_of(place.membership) is MembershipRole.STAFF
    assert list(db.session.scalars(select(Invitation))) == []


@pytest.mark.parametrize("name", ["", "nobody", "=cmd()", "x" * 10_000, "<script>alert(1)</script>", "🦉"])
def test_whom_nobody_knows_is_refused_politely(place, site, name):
    response = site.post(place.url, {"person_name": name}, status=422)
    assert "<script>alert" not in response.text


def test_a_suspended_person_cannot_lead(place, site):
    site.post(place.url, {"person_name": place.lead.email}, status=422)


def test_guessing_addresses_has_an_end(place, site):
    with clock.fixed(clock.now().replace(minute=1)):
        statuses = [site.post(place.url, {"person_name": f"nobody{n}"}).status_code for n in range(21)]
    assert statuses == [422] * 20 + [429]


def test_a_second_click_names_once(place, site):
    fields = {"person_name": place.staff.email, **site.hidden_fields(place.url)}
    first, second = (site.client.post(place.url, data=fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location


def test_others_may_not_and_an_organization_that_left_is_out_of_reach(place, site, client):
    expert = make_person("Eve")
    make_coalition_role(expert, place.coalition, CoalitionRoleKind.TA_EXPERT)
    for person, status in ((place.staff, 403), (expert, 403), (make_person("Stan"), 404)):
        sign_in(client, person)
        site.get(place.url, status=status)
        site.post(place.url, {"person_name": place.staff.email}, status=status)
    (belonging,) = db.session.scalars(select(CoalitionOrganization))
    belonging.left_at = clock.now()
    db.session.commit()
    sign_in(client, place.cora)
    site.get(place.url, status=404)

import pytest
from sqlalchemy import select

from lms import clock
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions import queries as coalitions
from lms.coalitions.models import CoalitionRole
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.organizations.models import Invitation, Organization, OrganizationState
from tests.factories.people import make_coalition, make_coalition_role, make_membership, make_organization, make_person
from tests.statements import counted_statements

SHELTER = {"name": "Oak Shelter", "kind": "shelter", "coalition_id": "", "lead_email": "", "language": "en"}
SHORE = {"name": "North Shore", "state_name": "Ohio", "counties": "", "time_zone": "America/Chicago", "coordinator": ""}


def cost(client, path):
    db.session.rollback()  # what this test has read does not count
    with counted_statements() as statements:
        assert client.get(path).status_code == 200
    return len(statements)


def find_organization(name):
    return db.session.scalars(select(Organization).where(Organization.name == name)).one_or_none()


def test_organizations_are_listed_with_what_they_lack(house, as_admin, site):
    make_organization("Nobody's Clinic")
    page = site.get("/admin/organizations").text
    assert "Harbor House" in page
    assert "No lead yet" in page


def test_organizations_are_found_by_name_and_state(house, as_admin, site):
    make_organization("Old Clinic", state=OrganizationState.CLOSED, closed_at=clock.now())
    assert "Harbor House" not in site.get("/admin/organizations?state=closed").text
    assert "Old Clinic" in site.get("/admin/organizations?q=OLD").text
    assert "No organization fits" in site.get("/admin/organizations?q=zebra").text


def test_a_site_without_organizations_says_what_to_do(app, site, as_person):
    as_person(make_person(is_administrator=True))
    assert "No organizations yet" in site.get("/admin/organizations").text
    assert "No coalitions yet" in site.get("/admin/coalitions").text


@pytest.mark.parametrize("path", ["/admin/organizations", "/admin/coalitions"])
def test_thirty_rows_cost_as_much_as_one(house, as_admin, client, path):
    few = cost(client, path)
    for number in range(30):
        organization = make_organization(f"Organization {number}")
        person = make_person()
        make_membership(person, organization, MembershipRole.LEAD)
        make_coalition_role(person, make_coalition(f"Coalition {number}", organization), CoalitionRoleKind.COORDINATOR)
    assert cost(client, path) == few <= 8


def test_an_organization_is_created_alone(as_admin, site):
    site.post("/admin/organizations/new", SHELTER, status=303)
    assert find_organization("Oak Shelter") is not None
    assert db.session.scalars(select(Invitation)).all() == []


def test_an_organization_is_created_in_a_coalition_with_its_first_lead(house, as_admin, site):
    fields = {**SHELTER, "coalition_id": str(house.coalition.id), "lead_email": "Lee@Example.org", "language": "es"}
    response = site.post("/admin/organizations/new", fields, status=303)
    organization = find_organization("Oak Shelter")
    assert response.location == f"/organizations/{organization.id}"
    invitation = db.session.scalars(select(Invitation)).one()
    assert (invitation.email, invitation.role, invitation.language) == ("lee@example.org", MembershipRole.LEAD, "es")
    assert organization.id in load_actor(house.cora).seen_organization_ids


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 161),
        ("kind", "castle"),
        ("coalition_id", "999999"),
        ("lead_email", "lee"),
        ("language", ""),
    ],
)
def test_a_broken_organization_is_refused(house, as_admin, site, field, value):
    page = site.post("/admin/organizations/new", {**SHELTER, field: value}, status=422)
    assert "needs another look" in page.text or "need another look" in page.text
    assert find_organization("Oak Shelter") is None


def test_the_same_form_sent_twice_creates_one_organization(as_admin, site):
    fields = {**site.hidden_fields("/admin/organizations/new"), **SHELTER}
    first, second = (site.client.post("/admin/organizations/new", data=fields) for _ in range(2))
    assert first.location == second.location
    assert find_organization("Oak Shelter") is not None


def test_closing_an_organization_is_asked_first_and_done_once(house, as_admin, site):
    asking = f"/admin/organizations?close={house.harbor.id}"
    assert "Close Harbor House?" in site.get(asking).text
    path = f"/admin/organizations/{house.harbor.id}/close"
    site.post(path, page=asking, status=303)
    db.session.expire_all()
    assert house.harbor.state is OrganizationState.CLOSED
    assert load_actor(house.ana).memberships == ()
    site.post(path, page=asking, status=409)


def test_a_broken_id_asks_nothing(as_admin, site):
    site.get("/admin/organizations?close=x")
    site.get("/admin/organizations?close=99999999999999")
    site.get("/admin/organizations?close=999999", status=404)


def test_a_coalition_is_created_with_its_coordinator(house, as_admin, site):
    response = site.post("/admin/coalitions/new", {**SHORE, "coordinator": "ANA@example.org"}, status=303)
    coalition = coalitions.get_coalition_by_slug("north-shore")
    assert response.location == f"/coalitions/{coalition.id}"
    assert coalition.id in load_actor(house.ana).coalition_ids
    assert "North Shore" in site.get("/admin/coalitions").text


def test_a_coordinator_nobody_knows_leaves_no_coalition_behind(as_admin, site):
    page = site.post("/admin/coalitions/new", {**SHORE, "coordinator": "nobody@example.org"}, status=422)
    assert "We found nobody with this e-mail address or alias" in page.text
    assert [each.name for each in coalitions.list_coalitions()] == ["Tri-County"]
    assert len(db.session.scalars(select(CoalitionRole)).all()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("state_name", ""), ("time_zone", "Mars/Base"), ("counties", "x" * 301)],
)
def test_a_broken_coalition_is_refused(as_admin, site, field, value):
    site.post("/admin/coalitions/new", {**SHORE, field: value}, status=422)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=cmd()", "العربية 🙂", "a\0b"])
def test_a_hostile_name_stays_text(as_admin, site, name):
    site.post("/admin/coalitions/new", {**SHORE, "name": name}, status=303)
    site.post("/admin/organizations/new", {**SHELTER, "name": name}, status=303)
    for path in ("/admin/coalitions", "/admin/organizations", "/admin/organizations/new"):
        assert "<script>alert" not in site.get(path).text

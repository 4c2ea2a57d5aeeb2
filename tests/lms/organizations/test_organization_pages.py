import re

import pytest
from sqlalchemy import func, select

from lms.accounts.models import SignInSession
from lms.audit import AuditEntry
from lms.authz import MembershipRole
from lms.db import db
from lms.organizations.models import JobRole, Location, Membership
from tests.factories.people import make_membership, make_organization, make_person, sign_in
from tests.pages import Site
from tests.statements import counted_statements

HOSTILE = ["<script>alert(1)</script>", "=cmd()|'/C calc'!A0", "😀 \u202eevil\u202c", "a\0b", "O'Brien \" -- ;"]


def flash_of(site, response):
    return site.get(response.location).text


def n_entries(verb):
    return db.session.scalar(select(func.count()).select_from(AuditEntry).filter_by(verb=verb))


# ---- the page


def test_staff_see_who_leads_but_not_who_else_is_here(site, house, as_person):
    as_person(house.staff)
    html = site.get(house.url).text
    assert "Lea Lead" in html
    assert "3 people belong to this organization" in html
    assert "night.heron" not in html
    assert "/people" not in html
    assert "Leave this organization" in html


def test_leads_see_what_to_do_next(site, house, as_person):
    empty = make_organization("Empty Place")
    make_membership(house.lead, empty, MembershipRole.LEAD)
    as_person(house.lead)
    html = site.get(f"/organizations/{empty.id}").text
    for sentence in ("What to do next", "Bring in your people", "Add your locations", "Add your job roles"):
        assert sentence in html
    assert "What to do next" not in site.get(house.url).text


@pytest.mark.parametrize("who", ["expert", "coordinator"])
def test_helpers_of_the_coalition_see_the_page_and_no_way_to_change_it(site, house, as_person, who):
    as_person(getattr(house, who))
    html = site.get(house.url).text
    assert "Invite people" not in html
    assert "Leave this organization" not in html


def test_an_administrator_sees_an_organization_that_nobody_leads(site, house, as_person):
    as_person(house.admin)
    assert "Nobody leads this organization yet" in site.get(f"/organizations/{house.river.id}").text


def test_strangers_get_the_page_of_an_unknown_id(site, house, as_person):
    as_person(house.stranger)
    site.get(house.url, status=404)
    site.get("/organizations/987654", status=404)


def test_pages_with_other_people_are_kept_by_no_cache(site, house, as_person):
    as_person(house.lead)
    assert site.get(f"{house.url}/people").headers["Cache-Control"] == "no-store"


# ---- my organizations


def test_who_belongs_nowhere_is_told_what_to_do(site, house, as_person):
    as_person(make_person("Lone"))
    assert "You do not belong to an organization yet" in site.get("/organizations").text


def test_helpers_find_their_coalition(site, house, as_person):
    as_person(house.expert)
    html = site.get("/organizations").text
    assert "Tri-County" in html
    assert "You do not belong" not in html


def test_switching_changes_where_one_works_in_this_browser_only(site, house, client, app):
    make_membership(house.staff, house.far)
    session = sign_in(client, house.staff)
    other = Site(app.test_client())
    sign_in(other.client, house.staff)
    site.post(f"/organizations/{house.far.id}/switch", status=303, page="/organizations")
    assert db.session.get(SignInSession, session.id).organization_id == house.far.id
    works_here = r"{}</a></h2>.{{0,400}}You work here now"
    assert re.search(works_here.format("Far Shelter"), site.get("/organizations").text, re.DOTALL)
    assert re.search(works_here.format("Harbor House"), other.get("/organizations").text, re.DOTALL)


def test_nobody_switches_to_an_organization_they_do_not_belong_to(site, house, as_person):
    as_person(house.staff)
    site.post(f"/organizations/{house.far.id}/switch", status=404, page="/organizations")
    as_person(house.admin)
    site.post(f"/organizations/{house.far.id}/switch", status=403, page="/organizations")


# ---- editing


def test_a_lead_changes_name_and_kind(site, house, as_person):
    as_person(house.lead)
    fields = {"name": "  Harbor   House East ", "kind": "library", "row_version": "1"}
    response = site.post(f"{house.url}/edit", fields, status=303)
    assert "Harbor House East" in flash_of(site, response)
    assert (house.harbor.name, house.harbor.kind, house.harbor.row_version) == ("Harbor House East", "library", 2)


def test_staff_may_not_change_the_organization(site, house, as_person):
    as_person(house.staff)
    site.get(f"{house.url}/edit", status=403)
    site.post(f"{house.url}/edit", {"name": "Mine", "kind": "library", "row_version": "1"}, status=403, page=house.url)


@pytest.mark.parametrize("name", ["", "   ", "x" * 161, "x" * 10_000])
def test_a_name_is_needed_and_has_an_end(site, house, as_person, name):
    as_person(house.lead)
    fields = {"name": name, "kind": "library", "row_version": "1"}
    response = site.post(f"{house.url}/edit", fields, status=422)
    assert "error-summary" in response.text
    assert house.harbor.name == "Harbor House"


@pytest.mark.parametrize("name", HOSTILE)
def test_strange_names_are_only_names(site, house, as_person, name):
    as_person(house.lead)
    site.post(f"{house.url}/edit", {"name": name, "kind": "library", "row_version": "1"}, status=303)
    html = site.get(house.url).text
    assert "<script>alert" not in html
    assert "\0" not in html


def test_two_leads_who_edit_at_once_see_both_texts(site, house, as_person):
    as_person(house.lead)
    site.post(f"{house.url}/edit", {"name": "First", "kind": "jail", "row_version": "1"}, status=303)
    late = site.post(f"{house.url}/edit", {"name": "Second", "kind": "library", "row_version": "1"}, status=409)
    assert "Nothing was overwritten" in late.text
    assert "First" in late.text
    assert 'value="Second"' in late.text
    assert (house.harbor.name, house.harbor.kind) == ("First", "jail")
    site.post(f"{house.url}/edit", {"name": "Second", "kind": "library", "row_version": "2"}, status=303)


@pytest.mark.parametrize("row_version", ["", "x", "-1", "9" * 30])
def test_a_broken_version_counts_as_old(site, house, as_person, row_version):
    as_person(house.lead)
    site.post(f"{house.url}/edit", {"name": "N", "kind": "jail", "row_version": row_version}, status=409)


def test_a_second_click_saves_once(site, house, as_person):
    as_person(house.lead)
    fields = site.hidden_fields(f"{house.url}/edit") | {"name": "Twice", "kind": "jail", "row_version": "1"}
    first, second = (site.client.post(f"{house.url}/edit", data=fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert n_entries("edited an organization") == 1


# ---- leaving


def test_leaving_says_what_it_means_and_ends_access_at_once_everywhere(site, house, client, app):
    sign_in(client, house.staff)
    elsewhere = Site(app.test_client())
    sign_in(elsewhere.client, house.staff)
    assert "What will happen" in site.get(f"{house.url}/leave").text
    elsewhere.get(house.url)
    site.post(f"{house.url}/leave", status=303)
    elsewhere.get(house.url, status=404)
    site.get(house.url, status=404)


def test_the_only_lead_is_told_whom_to_ask(site, house, as_person):
    as_person(house.lead)
    html = site.get(f"{house.url}/leave").text
    assert "Make somebody else a lead first" in html
    assert "What will happen" not in html
    refused = site.post(f"{house.url}/leave", status=409)
    assert "always has a lead" in refused.text
    assert house.lead_membership.ended_at is None


def test_an_administrator_cannot_leave_where_they_do_not_belong(site, house, as_person):
    as_person(house.admin)
    site.get(f"{house.url}/leave", status=403)


# ---- locations and job roles


def test_a_lead_adds_changes_closes_and_opens_a_location(site, house, as_person):
    as_person(house.lead)
    fields = {"name": "Night Shelter", "address": "12 Dock Road"}
    assert "Night Shelter" in flash_of(site, site.post(f"{house.url}/locations/new", fields, status=303))
    location = db.session.scalars(select(Location).filter_by(name="Night Shelter")).one()
    page = f"{house.url}/locations/{location.id}"
    site.post(page, {"name": "Day Shelter", "address": ""}, status=303)
    assert (location.name, location.address) == ("Day Shelter", None)
    site.post(page, {"action": "close"}, status=303)
    assert location.closed_at is not None
    assert "Open the location" in site.get(page).text
    site.post(page, {"action": "open"}, status=303)
    assert location.closed_at is None


def test_a_lead_adds_changes_closes_and_opens_a_job_role(site, house, as_person):
    as_person(house.lead)
    site.post(f"{house.url}/job-roles/new", {"name": "Night staff"}, status=303)
    job_role = db.session.scalars(select(JobRole).filter_by(name="Night staff")).one()
    page = f"{house.url}/job-roles/{job_role.id}"
    site.post(page, {"name": "Night and day staff"}, status=303)
    site.post(page, {"action": "close"}, status=303)
    assert job_role.closed_at is not None
    site.post(page, {"action": "open"}, status=303)
    assert (job_role.name, job_role.closed_at) == ("Night and day staff", None)


@pytest.mark.parametrize("place", ["locations", "job-roles"])
@pytest.mark.parametrize("name", ["", "x" * 121, "Main Street", "Outreach worker"])
def test_a_place_needs_a_name_of_its_own(site, house, as_person, place, name):
    as_person(house.lead)
    taken = {"locations": "Main Street", "job-roles": "Outreach worker"}[place]
    is_fine = name in {"Main Street", "Outreach worker"} and name != taken
    site.post(f"{house.url}/{place}/new", {"name": name}, status=303 if is_fine else 422)


@pytest.mark.parametrize("name", HOSTILE)
def test_strange_names_of_places_are_only_names(site, house, as_person, name):
    as_person(house.lead)
    site.post(f"{house.url}/locations/new", {"name": name, "address": name}, status=303)
    assert "<script>alert" not in site.get(house.url).text


def test_a_place_is_not_renamed_to_another_ones_name(site, house, as_person):
    as_person(house.lead)
    site.post(f"{house.url}/locations/new", {"name": "Second"}, status=303)
    second = db.session.scalars(select(Location).filter_by(name="Second")).one()
    response = site.post(f"{house.url}/locations/{second.id}", {"name": "main street"}, status=422)
    assert "You already have one with this name" in response.text
    assert second.name == "Second"


# ---- cost


def n_statements(site, path):
    with counted_statements() as seen:
        site.get(path)
    return len(seen)


def test_the_pages_cost_the_same_for_one_and_for_many(site, house, as_person):
    as_person(house.lead)
    paths = [house.url, "/organizations", f"{house.url}/people", f"{house.url}/invitations"]
    for path in paths:
        site.get(path)
    few = [n_statements(site, path) for path in paths]
    for number in range(20):
        make_membership(make_person(f"Person {number}"), house.harbor, supervisor_id=house.lead.id)
        make_membership(house.lead, make_organization(f"Place {number}"))
        db.session.add(Location(organization_id=house.harbor.id, name=f"Place {number}"))
    db.session.commit()
    assert [n_statements(site, path) for path in paths] == few
    assert max(few) <= 8


def test_every_membership_is_still_there_after_all_that(house):
    assert db.session.scalar(select(func.count()).select_from(Membership)) == 4

from datetime import timedelta

import pytest
from flask_babel import refresh
from sqlalchemy import func, select

from lms import clock
from lms.accounts.models import PersonState
from lms.authz import CoalitionRoleKind
from lms.coalitions import queries
from lms.coalitions.models import Coalition, CoalitionFact, CoalitionOrganization, CoalitionRole, FactKey
from lms.db import db
from lms.organizations.models import Invitation, Organization
from tests.factories.people import make_coalition, make_coalition_role, make_organization, make_person
from tests.statements import counted_statements

HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd()",
    "العربية \u202e 🙂",
    "{{ 7 * 191191 }}",
    "'; DROP TABLE person; --",
]
MANAGED = ["/edit", "/roles", "/roles/new", "/organizations/new", "/facts/crisis-line"]
FACT = {"text_en": "Main street", "text_es": "Calle mayor", "source": "Health department", "checked_on": "2026-01-05"}
DETAILS = {"name": "Tri-County East", "state_name": "Ohio", "counties": "Ash, Elm", "time_zone": "America/Chicago"}
LIBRARY = {"name": "Oak Library", "kind": "library", "lead_email": "Lee@Example.org", "lead_name": "", "language": "es"}


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def cost(client, path):
    with counted_statements() as statements:
        assert client.get(path).status_code == 200
    return len(statements)


# The page of a coalition


@pytest.mark.parametrize("who", ["staff", "lead", "expert", "coordinator", "admin"])
def test_people_of_a_coalition_read_its_page_and_its_facts(house, site, as_person, who):
    as_person(getattr(house, who))
    page = site.get(house.url)
    assert "Harbor House" in page.text
    assert "River Clinic" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    site.get(f"{house.url}/facts")


def test_a_neighbor_reads_names_and_no_addresses(house, site, as_person):
    as_person(house.staff)
    page = site.get(house.url).text
    assert "Coordinator" in page
    assert house.coordinator.email not in page
    assert house.expert.email not in page
    assert f"/organizations/{house.river.id}" not in page
    assert "Still to do here" not in page
    assert f"{house.url}/edit" not in page


def test_a_coordinator_is_told_what_is_still_to_do(house, site, as_person):
    as_person(house.coordinator)
    page = site.get(house.url).text
    assert "Fill in the local facts" in page
    assert "Add the first organization" not in page


def test_a_coalition_without_organizations_says_what_to_do(house, site, as_person):
    as_person(house.admin)
    empty = make_coalition("Empty")
    page = site.get(f"/coalitions/{empty.id}").text
    assert "Add the first organization" in page
    assert "Appoint a coordinator" in page


@pytest.mark.parametrize("path", ["", "/facts", *MANAGED])
def test_people_of_another_coalition_find_nothing(house, site, as_person, path):
    as_person(house.outsider)
    site.get(f"{house.url}{path}", status=404)


@pytest.mark.parametrize("who", ["staff", "lead", "expert"])
@pytest.mark.parametrize("path", MANAGED)
def test_who_does_not_coordinate_changes_nothing(house, site, as_person, who, path):
    as_person(getattr(house, who))
    site.get(f"{house.url}{path}", status=403)


def test_an_id_no_database_holds_is_not_found(house, site, as_person):
    as_person(house.admin)
    site.get("/coalitions/99999999999999999999", status=404)
    site.get(f"{house.url}?remove=99999999999999999999")
    site.get(f"{house.url}?remove=999999999", status=404)


def test_twenty_organizations_cost_as_much_as_one(house, client, as_person):
    as_person(house.coordinator)
    few = cost(client, house.url)
    for number in range(30):
        organization = make_organization(f"Organization {number}")
        db.session.add(
            CoalitionOrganization(coalition_id=house.own.id, organization_id=organization.id, joined_at=clock.now())
        )
        make_coalition_role(make_person(), house.own, CoalitionRoleKind.TA_EXPERT)
    assert cost(client, house.url) == few <= 8
    assert cost(client, f"{house.url}/roles") <= 8


def test_a_long_list_has_pages(house, site, as_person):
    as_person(house.coordinator)
    for number in range(30):
        organization = make_organization(f"Place {number:02}")
        db.session.add(
            CoalitionOrganization(coalition_id=house.own.id, organization_id=organization.id, joined_at=clock.now())
        )
    db.session.commit()
    assert "Place 29" not in site.get(house.url).text
    assert "Place 29" in site.get(f"{house.url}?page=2").text
    assert "Place 29" in site.get(f"{house.url}?page=77").text


# Its details


def test_a_coordinator_changes_the_details(house, site, as_person):
    as_person(house.coordinator)
    site.post(f"{house.url}/edit", {**DETAILS, "row_version": "1"}, status=303)
    assert queries.get_coalition(house.own.id).time_zone == "America/Chicago"


def test_a_form_without_a_name_is_shown_again(house, site, as_person):
    as_person(house.coordinator)
    page = site.post(f"{house.url}/edit", {**DETAILS, "name": "  "}, status=422)
    assert "Write the name of the coalition." in page.text
    assert "Ash, Elm" in page.text


def test_two_edits_that_meet_show_both_texts_and_can_go_on(house, site, as_person):
    as_person(house.coordinator)
    site.post(f"{house.url}/edit", {**DETAILS, "name": "Theirs", "row_version": "1"}, status=303)
    page = site.post(f"{house.url}/edit", {**DETAILS, "name": "Mine", "row_version": "1"}, status=409)
    assert "Theirs" in page.text
    assert "Mine" in page.text
    assert 'value="2"' in page.text
    site.post(f"{house.url}/edit", {**DETAILS, "name": "Mine", "row_version": "2"}, status=303)
    assert queries.get_coalition(house.own.id).name == "Mine"


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "1.0", "²"])
def test_a_broken_version_is_an_older_one(house, site, as_person, version):
    as_person(house.coordinator)
    site.post(f"{house.url}/edit", {**DETAILS, "row_version": version}, status=409)


def test_only_the_fields_of_the_form_can_be_set(house, site, as_person):
    as_person(house.coordinator)
    site.post(f"{house.url}/edit", {**DETAILS, "row_version": "1", "slug": "mine", "id": "7"}, status=303)
    assert queries.get_coalition(house.own.id).slug != "mine"


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 10_000])
def test_hostile_text_is_kept_as_text_or_refused(house, site, as_person, text):
    as_person(house.coordinator)
    response = site.post(f"{house.url}/edit", {**DETAILS, "name": text, "counties": "a\0b", "row_version": "1"})
    assert response.status_code == (422 if len(text) > 160 else 303)
    page = site.get(house.url).text
    assert "<script>alert" not in page
    assert "1338337" not in page


def test_a_zone_from_elsewhere_is_refused(house, site, as_person):
    as_person(house.coordinator)
    site.post(f"{house.url}/edit", {**DETAILS, "time_zone": "../etc/passwd", "row_version": "1"}, status=422)


# Its facts


def test_facts_that_are_not_filled_in_say_what_pages_show(house, site, as_person):
    as_person(house.staff)
    page = site.get(f"{house.url}/facts").text
    assert page.count("Until it is filled in, pages show") == len(FactKey)
    assert "una línea que indique su coalición" in page
    assert "This is not legal advice." in page
    assert "/facts/" not in page


def test_a_fact_is_filled_in_and_shown_in_the_readers_language(house, site, as_person):
    as_person(house.coordinator)
    site.post(f"{house.url}/facts/naloxone-where", {**FACT, "row_version": "0"}, status=303)
    refresh()  # the test's own context keeps the language of the page before
    assert "Calle mayor" in site.get(f"{house.url}?lang=es").text
    assert "Main street" in site.get(f"{house.url}/facts").text


def test_law_text_is_dated_and_no_legal_advice(house, site, as_person):
    as_person(house.coordinator)
    site.post(f"{house.url}/facts/good-samaritan-law", {**FACT, "row_version": "0"}, status=303)
    assert "This is how the law read on Mon, Jan 5, 2026. Laws change. This is not legal advice." in (
        site.get(f"{house.url}/facts").text
    )


@pytest.mark.parametrize("field", sorted(FACT))
def test_a_fact_needs_both_languages_its_source_and_its_day(house, site, as_person, field):
    as_person(house.coordinator)
    site.post(f"{house.url}/facts/crisis-line", {**FACT, field: "", "row_version": "0"}, status=422)
    assert count(CoalitionFact) == 0


@pytest.mark.parametrize("day", ["tomorrow", "32.1.2026", "2026-02-30", "9999-12-31"])
def test_a_day_that_is_none_or_has_not_come_is_refused(house, site, as_person, day):
    as_person(house.coordinator)
    page = site.post(f"{house.url}/facts/crisis-line", {**FACT, "checked_on": day, "row_version": "0"}, status=422)
    assert "Main street" in page.text


def test_two_first_texts_that_meet_show_both(house, site, as_person):
    as_person(house.coordinator)
    path = f"{house.url}/facts/crisis-line"
    site.post(path, {**FACT, "text_en": "Theirs", "row_version": "0"}, status=303)
    page = site.post(path, {**FACT, "text_en": "Mine", "row_version": "0"}, status=409)
    assert "Theirs" in page.text
    assert "Mine" in page.text
    site.post(path, {**FACT, "text_en": "Mine", "row_version": "1"}, status=303)
    assert queries.find_fact(house.own.id, FactKey.CRISIS_LINE).text_en == "Mine"


def test_a_fact_nobody_knows_is_not_found(house, site, as_person):
    as_person(house.coordinator)
    site.get(f"{house.url}/facts/colour", status=404)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_fact_stays_text(house, site, as_person, text):
    as_person(house.coordinator)
    site.post(f"{house.url}/facts/crisis-line", {**FACT, "text_en": text, "row_version": "0"}, status=303)
    assert "<script>alert" not in site.get(f"{house.url}/facts").text


# Its organizations


def test_a_coordinator_adds_an_organization_and_its_first_lead_is_invited(house, site, as_person):
    as_person(house.coordinator)
    site.post(f"{house.url}/organizations/new", LIBRARY, status=303)
    invitation = db.session.scalars(select(Invitation)).one()
    assert (invitation.email, invitation.name) == ("lee@example.org", None)
    assert invitation.created_by_id == house.coordinator.id
    assert "Oak Library" in site.get(house.url).text


def test_the_same_form_sent_twice_adds_one_organization(house, site, as_person):
    as_person(house.coordinator)
    before = count(Organization)
    fields = {**site.hidden_fields(f"{house.url}/organizations/new"), **LIBRARY}
    first, second = (site.client.post(f"{house.url}/organizations/new", data=fields) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location) == (303, house.url)
    assert count(Organization) == before + 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lead_email", "nobody"),
        ("lead_email", "a@b\r\nBcc: c@d.org"),
        ("kind", "castle"),
        ("name", ""),
        ("language", "xx"),
    ],
)
def test_a_broken_organization_is_refused(house, site, as_person, field, value):
    as_person(house.coordinator)
    site.post(f"{house.url}/organizations/new", {**LIBRARY, field: value}, status=422)
    assert count(Invitation) == 0


def test_an_administrator_brings_in_an_organization_that_is_here_already(house, site, as_person):
    as_person(house.admin)
    assert "Far Shelter" in site.get(f"{house.url}/organizations/new").text
    site.post(f"{house.url}/organizations/new", {"existing_id": str(house.far.id)}, status=303)
    assert "Far Shelter" in site.get(house.url).text
    site.post(f"{house.url}/organizations/new", {"existing_id": str(house.far.id)}, status=409)


def test_a_coordinator_does_not_learn_of_other_organizations_or_bring_them_in(house, site, as_person):
    as_person(house.coordinator)
    assert "Far Shelter" not in site.get(f"{house.url}/organizations/new").text
    site.post(f"{house.url}/organizations/new", {"existing_id": str(house.far.id)}, status=422)
    assert queries.count_organizations(house.own.id) == 2


def test_removing_an_organization_is_asked_first(house, site, as_person):
    as_person(house.coordinator)
    asking = f"{house.url}?remove={house.river.id}"
    assert "Remove River Clinic from this coalition?" in site.get(asking).text
    site.post(f"{house.url}/organizations/{house.river.id}/remove", page=asking, status=303)
    assert "River Clinic" not in site.get(house.url).text.replace("River Clinic is no longer part", "")


def test_an_organization_is_removed_once(house, site, as_person):
    as_person(house.coordinator)
    path = f"{house.url}/organizations/{house.river.id}/remove"
    site.post(path, page=house.url, status=303)
    site.post(path, page=house.url, status=409)


def test_only_who_coordinates_is_asked_about_removing(house, site, as_person):
    as_person(house.staff)
    assert "Remove River Clinic" not in site.get(f"{house.url}?remove={house.river.id}").text
    site.post(f"{house.url}/organizations/{house.river.id}/remove", page=house.url, status=403)


def test_an_organization_of_another_coalition_cannot_be_removed_here(house, site, as_person):
    as_person(house.coordinator)
    site.post(f"{house.url}/organizations/{house.far.id}/remove", page=house.url, status=404)


# Who helps


def test_a_coordinator_appoints_a_ta_expert(house, site, as_person):
    as_person(house.coordinator)
    ines = make_person("Inés", email="ines@example.org")
    site.post(f"{house.url}/roles/new", {"person_name": "INES@example.org", "role": "ta-expert"}, status=303)
    page = site.get(f"{house.url}/roles").text
    assert ines.display_name in page
    assert "ines@example.org" in page


def test_only_an_administrator_appoints_a_coordinator(house, site, as_person):
    as_person(house.coordinator)
    fields = {"person_name": house.expert.email, "role": "coordinator"}
    page = site.post(f"{house.url}/roles/new", fields, status=422)
    assert "Only an administrator can appoint a coordinator." in page.text
    as_person(house.admin)
    site.post(f"{house.url}/roles/new", fields, status=303)


def test_an_unknown_and_a_suspended_account_get_one_answer(house, site, as_person):
    as_person(house.coordinator)
    make_person(email="gone@example.org", state=PersonState.SUSPENDED)
    pages = [
        site.post(f"{house.url}/roles/new", {"person_name": name, "role": "ta-expert"}, status=422).text
        for name in ("gone@example.org", "nobody@example.org")
    ]
    assert all("We found nobody with this e-mail address or alias whose account can be used." in page for page in pages)


def test_guessing_addresses_has_an_end(house, site, as_person):
    as_person(house.coordinator)
    path, fields = f"{house.url}/roles/new", {"person_name": "nobody@example.org", "role": "ta-expert"}
    for _ in range(20):
        site.post(path, fields, status=422)
    site.post(path, {**fields, "person_name": house.staff.email}, status=429)
    with clock.fixed(clock.now() + timedelta(hours=1)):
        site.post(path, {**fields, "person_name": house.staff.email}, status=303)


def test_ending_a_role_is_asked_first(house, site, as_person):
    as_person(house.coordinator)
    asking = f"{house.url}/roles?end={house.expert_role.id}"
    assert "End the role of Expert?" in site.get(asking).text
    site.post(f"{house.url}/roles/{house.expert_role.id}/end", page=asking, status=303)
    assert queries.count_roles(house.own.id) == 1
    site.post(f"{house.url}/roles/{house.expert_role.id}/end", page=asking, status=409)


def test_the_last_coordinator_is_told_to_find_the_next_one(house, site, as_person):
    as_person(house.coordinator)
    page = site.post(f"{house.url}/roles/{house.coordinator_role.id}/end", page=f"{house.url}/roles", status=409)
    assert "A coalition needs a coordinator." in page.text


def test_a_coordinator_may_go_when_another_stays_and_lands_at_home(house, site, as_person):
    make_coalition_role(make_person(), house.own, CoalitionRoleKind.COORDINATOR)
    as_person(house.coordinator)
    response = site.post(f"{house.url}/roles/{house.coordinator_role.id}/end", page=f"{house.url}/roles", status=303)
    assert response.location == "/"
    site.get(house.url, status=404)


def test_a_coordinator_ends_no_other_coordinator(house, site, as_person):
    other = make_coalition_role(make_person("Other"), house.own, CoalitionRoleKind.COORDINATOR)
    as_person(house.coordinator)
    assert f"end={other.id}" not in site.get(f"{house.url}/roles").text
    site.post(f"{house.url}/roles/{other.id}/end", page=f"{house.url}/roles", status=403)
    assert db.session.get(CoalitionRole, other.id).ended_at is None


def test_a_role_of_another_coalition_is_not_found_here(house, site, as_person):
    far_role = make_coalition_role(make_person(), house.other, CoalitionRoleKind.TA_EXPERT)
    as_person(house.admin)
    site.get(f"{house.url}/roles?end={far_role.id}", status=404)
    site.post(f"{house.url}/roles/{far_role.id}/end", page=f"{house.url}/roles", status=404)


def test_a_coalition_nobody_helps_yet_says_what_to_do(house, site, as_person):
    as_person(house.admin)
    assert "Nobody holds a role yet" in site.get(f"/coalitions/{house.other.id}/roles").text
    assert count(Coalition) == 2

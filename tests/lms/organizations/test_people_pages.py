import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock
from lms.accounts.models import RecoveryCode, SecondFactor
from lms.authz import Capability, MembershipRole
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.organizations.models import Membership
from tests.factories.people import make_membership, make_person, sign_in
from tests.factories.second_factors import give_second_factor
from tests.pages import Site

CODE = re.compile(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}")


def chosen(**changes):
    return {"role": "staff", "job_role": "", "location": "", "supervisor": "", "row_version": "1"} | changes


@pytest.fixture
def page(house):
    return f"{house.url}/people/{house.staff_membership.id}"


@pytest.fixture
def heron_page(house):
    return f"{house.url}/people/{house.heron_membership.id}"


# ---- the list


def test_people_without_mail_are_shown_by_their_alias(site, house, as_person):
    as_person(house.lead)
    html = site.get(f"{house.url}/people").text
    assert "night.heron" in html
    assert "3 people" in html


def test_a_filter_is_part_of_the_address(site, house, as_person):
    as_person(house.lead)
    html = site.get(f"{house.url}/people?q=heron&role=staff").text
    assert "night.heron" in html
    assert "Sam Staff" not in html
    assert 'value="heron"' in html


@pytest.mark.parametrize(
    "query",
    ["role=king", "location=99999999999999999999", "job_role=x", "q=%00", "page=999999", "page=-1", "q=" + "x" * 3000],
)
def test_broken_addresses_of_the_list_are_harmless(site, house, as_person, query):
    as_person(house.lead)
    site.get(f"{house.url}/people?{query}")


def test_a_filter_that_fits_nobody_says_so(site, house, as_person):
    as_person(house.lead)
    assert "Nobody fits this filter" in site.get(f"{house.url}/people?q=zzz").text


def test_long_lists_have_pages(site, house, as_person):
    as_person(house.lead)
    for number in range(30):
        make_membership(make_person(f"Person {number:02}"), house.harbor)
    first, second = site.get(f"{house.url}/people").text, site.get(f"{house.url}/people?page=2").text
    assert "33 people" in first
    assert "1 to 25 of 33" in first
    assert "26 to 33 of 33" in second


def test_only_leads_and_administrators_see_the_list(site, house, as_person):
    for who, status in (("staff", 403), ("expert", 403), ("coordinator", 403), ("stranger", 404), ("admin", 200)):
        as_person(getattr(house, who))
        site.get(f"{house.url}/people", status=status)


def test_strange_names_are_shown_as_they_are(site, house, as_person):
    make_membership(make_person("<script>alert(1)</script>"), house.harbor)
    make_membership(make_person("=cmd()"), house.harbor)
    as_person(house.lead)
    html = site.get(f"{house.url}/people").text
    assert "<script>alert" not in html
    assert "=cmd()" in html


# ---- changing what somebody does


def test_a_lead_gives_work_and_tasks(site, house, as_person, page):
    as_person(house.lead)
    fields = chosen(
        job_role=str(house.job_role.id),
        location=str(house.location.id),
        supervisor=str(house.lead.id),
        capabilities=["mentor", "training-manager"],
    )
    site.post(page, fields, status=303)
    held = load_actor(house.staff).memberships[0]
    assert held.capabilities == {Capability.MENTOR, Capability.TRAINING_MANAGER}
    assert house.staff_membership.supervisor_id == house.lead.id
    assert house.staff_membership.row_version == 2


def test_what_is_held_is_chosen_in_the_form(site, house, as_person, page):
    house.staff_membership.location_id = house.location.id
    db.session.commit()
    as_person(house.lead)
    assert re.search(rf'<option selected value="{house.location.id}">Main Street', site.get(page).text)


def test_a_closed_place_can_be_kept_but_not_chosen_anew(site, house, as_person, page, heron_page):
    house.staff_membership.location_id = house.location.id
    house.location.closed_at = house.harbor.created_at
    db.session.commit()
    as_person(house.lead)
    assert "Main Street" in site.get(page).text
    assert "Main Street" not in site.get(heron_page).text
    site.post(page, chosen(location=str(house.location.id)), status=303)
    site.post(heron_page, chosen(location=str(house.location.id)), status=422)


@pytest.mark.parametrize(
    "fields",
    [
        {"role": ""},
        {"role": "administrator"},
        {"capabilities": ["king"]},
        {"supervisor": "999999"},
        {"location": "99999999999999999999999"},
        {"job_role": "x" * 10_000},
    ],
)
def test_what_the_form_does_not_offer_is_refused(site, house, as_person, page, fields):
    as_person(house.lead)
    site.post(page, chosen(**fields), status=422)
    assert house.staff_membership.row_version == 1


def test_places_and_people_of_another_organization_are_refused(site, house, as_person, page):
    as_person(house.lead)
    foreign = {"location": house.far_location, "job_role": house.far_job_role, "supervisor": house.stranger}
    for name, row in foreign.items():
        site.post(page, chosen(**{name: str(row.id)}), status=422)


def test_the_only_lead_is_not_made_staff(site, house, as_person):
    as_person(house.lead)
    response = site.post(f"{house.url}/people/{house.lead_membership.id}", chosen(), status=422)
    assert "always has a lead" in response.text
    assert house.lead_membership.role is MembershipRole.LEAD


def test_two_leads_who_edit_the_same_person_see_both(site, house, as_person, page):
    as_person(house.lead)
    site.post(page, chosen(location=str(house.location.id)), status=303)
    late = site.post(page, chosen(capabilities=["mentor"]), status=409)
    assert "Nothing was overwritten" in late.text
    assert "Main Street" in late.text
    assert house.staff_membership.location_id == house.location.id
    site.post(page, chosen(row_version="2", capabilities=["mentor"]), status=303)
    assert house.staff_membership.location_id is None


def test_a_membership_of_another_organization_does_not_exist_here(site, house, as_person):
    as_person(house.lead)
    far = db.session.scalars(select(Membership).filter_by(organization_id=house.far.id)).one()
    for path in ("", "/end", "/recovery-code"):
        site.post(f"{house.url}/people/{far.id}{path}", status=404, page=house.url)


# ---- ending


def test_ending_asks_first_and_ends_access_at_once_everywhere(site, house, client, app, page):
    other = Site(app.test_client())
    sign_in(other.client, house.staff)
    other.get(house.url)
    sign_in(client, house.lead)
    assert "End the membership of Sam Staff?" in site.get(f"{page}?step=end").text
    site.post(f"{page}/end", status=303, page=f"{page}?step=end")
    other.get(house.url, status=404)
    site.get(page, status=404)
    assert "Sam Staff" not in site.get(f"{house.url}/people").text


def test_ending_twice_in_two_tabs_is_ending_once(site, house, as_person, page):
    as_person(house.lead)
    for _ in range(2):
        site.post(f"{page}/end", status=303, page=house.url)


def test_the_only_lead_stays(site, house, as_person):
    page = f"{house.url}/people/{house.lead_membership.id}"
    as_person(house.admin)
    assert "is the only lead here" in site.get(f"{page}?step=end").text
    assert "always has a lead" in site.post(f"{page}/end", status=409, page=house.url).text
    assert house.lead_membership.ended_at is None


def test_a_lead_who_ends_their_own_membership_lands_where_they_may_be(site, house, as_person):
    make_membership(make_person("Second"), house.harbor, MembershipRole.LEAD)
    as_person(house.lead)
    response = site.post(f"{house.url}/people/{house.lead_membership.id}/end", status=303, page=house.url)
    site.get(response.location)


# ---- recovery codes


def codes_of(person):
    return list(db.session.scalars(select(RecoveryCode).filter_by(person_id=person.id, voided_at=None)))


def test_a_lead_gives_a_new_code_in_person_and_it_is_shown_once(site, house, as_person, heron_page):
    as_person(house.lead)
    assert "only when the person is with you" in site.get(f"{heron_page}?step=recovery-code").text
    fields = site.hidden_fields(f"{heron_page}?step=recovery-code")
    shown = site.client.post(f"{heron_page}/recovery-code", data=fields)
    assert shown.headers["Cache-Control"] == "no-store"
    assert CODE.search(shown.text)
    again = site.client.post(f"{heron_page}/recovery-code", data=fields)
    assert again.status_code == 200
    assert not CODE.search(again.text)
    [code] = codes_of(house.heron)
    assert code.issued_by_id == house.lead.id


def test_people_with_mail_get_no_code_from_a_lead(site, house, as_person, page):
    as_person(house.lead)
    assert "signs in with an e-mail address" in site.get(f"{page}?step=recovery-code").text
    assert "e-mail address" in site.post(f"{page}/recovery-code", status=409, page=house.url).text
    assert codes_of(house.staff) == []


def test_a_code_is_no_way_into_another_organization(site, house, as_person, heron_page):
    make_membership(house.heron, house.far)
    as_person(house.lead)
    assert "Ask an administrator" in site.get(f"{heron_page}?step=recovery-code").text
    site.post(f"{heron_page}/recovery-code", status=409, page=house.url)
    assert codes_of(house.heron) == []
    as_person(house.admin)
    assert CODE.search(
        site.post(f"{heron_page}/recovery-code", status=200, page=f"{heron_page}?step=recovery-code").text
    )


def test_a_code_is_no_way_to_become_an_administrator(site, house, as_person, heron_page):
    house.heron.is_administrator = True
    db.session.commit()
    as_person(house.lead)
    site.post(f"{heron_page}/recovery-code", status=409, page=house.url)


# ---- the second step of somebody whose phone is lost


def factor_of(person):
    return db.session.get(SecondFactor, person.id, populate_existing=True)


def take_away(site, house, membership, status=303):
    path = f"{house.url}/people/{membership.id}"
    fields = {"action": "reset-second-factor"}
    return site.post(f"{path}/recovery-code", fields, page=f"{path}?step=second-factor", status=status)


def test_a_lead_takes_a_lost_second_step_away(house, as_person, site):
    give_second_factor(house.heron)
    as_person(house.lead)
    page = site.get(f"{house.url}/people/{house.heron_membership.id}?step=second-factor").text
    assert "Do this only when the person is with you" in page
    take_away(site, house, house.heron_membership)
    assert factor_of(house.heron) is None
    take_away(site, house, house.heron_membership, status=409)


def test_a_lead_gives_the_password_once_more_first(house, as_person, site):
    give_second_factor(house.heron)
    as_person(house.lead).created_at = clock.now() - timedelta(hours=1)
    db.session.commit()
    assert take_away(site, house, house.heron_membership).location.startswith("/account/confirm?next=")
    assert factor_of(house.heron) is not None


def test_a_lead_does_not_open_accounts_that_do_more(house, as_person, site):
    give_second_factor(house.staff)
    make_membership(house.staff, house.far)
    as_person(house.lead)
    assert "Ask an administrator" in site.get(f"{house.url}/people/{house.staff_membership.id}?step=second-factor").text
    take_away(site, house, house.staff_membership, status=409)
    give_second_factor(house.lead)
    as_person(house.lead)
    take_away(site, house, house.lead_membership, status=409)
    assert factor_of(house.staff) is not None


def test_staff_and_strangers_take_nothing_away(house, as_person, site):
    give_second_factor(house.heron)
    for person, status in ((house.staff, 403), (house.stranger, 404), (house.coordinator, 403)):
        as_person(person)
        take_away(site, house, house.heron_membership, status=status)
    assert factor_of(house.heron) is not None


def test_who_becomes_a_lead_signs_in_anew(house, as_person, site, app):
    theirs = app.test_client()
    sign_in(theirs, house.staff)
    as_person(house.lead)
    path = f"{house.url}/people/{house.staff_membership.id}"
    site.post(path, chosen(role="lead"), status=303)
    assert theirs.get("/account").status_code == 303


def test_an_administrator_who_makes_themself_a_lead_gets_a_new_key(house, as_person, site, app):
    membership = make_membership(house.admin, house.harbor)
    as_person(house.admin)
    thief = app.test_client()
    thief.set_cookie("commons", site.client.get_cookie("commons").value)
    site.post(f"{house.url}/people/{membership.id}", chosen(role="lead"), status=303)
    assert site.client.get("/account").status_code == 200
    assert thief.get("/account").status_code == 303

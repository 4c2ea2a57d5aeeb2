from datetime import timedelta

import pytest

from lms import clock
from lms.accounts.models import PersonState
from lms.authz import MembershipRole
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.errors import NotFound
from lms.organizations.models import OrganizationState
from lms.organizations.queries import invitations, people, places
from lms.organizations.queries.invitations import InvitationFilter
from lms.organizations.queries.people import PeopleFilter
from lms.organizations.rules import InvitationState
from lms.organizations.services.invitations import Offer, invite_person, make_open_link, secret_of
from tests.factories.people import make_membership, make_person

KEY = "a site key"


@pytest.fixture
def link(house):
    made = make_open_link(
        house.harbor.id,
        max_uses=3,
        days=7,
        offer=Offer(location_id=house.location.id),
        by_id=house.lead.id,
        site_key=KEY,
    )
    db.session.commit()
    return made


def names(organization, **wanted):
    return [row.name for row in people.list_people(organization.id, PeopleFilter(**wanted), limit=50)]


@pytest.mark.parametrize("who", ["lead", "staff", "expert", "coordinator", "admin"])
def test_members_helpers_of_the_coalition_and_administrators_see_an_organization(house, who):
    assert places.get_organization_for(load_actor(getattr(house, who)), house.harbor.id).id == house.harbor.id


def test_others_learn_nothing_about_an_organization(house):
    for organization_id in (house.harbor.id, 987_654, 2**40):
        with pytest.raises(NotFound):
            places.get_organization_for(load_actor(house.stranger), organization_id)


def test_a_child_of_another_organization_does_not_exist_here(house, link):
    lead = load_actor(house.lead)
    with pytest.raises(NotFound):
        places.get_location_for(lead, house.harbor.id, house.far_location.id)
    with pytest.raises(NotFound):
        places.get_job_role_for(lead, house.harbor.id, house.far_job_role.id)
    admin = load_actor(house.admin)
    with pytest.raises(NotFound):
        people.get_membership_for(admin, house.far.id, house.staff_membership.id)
    with pytest.raises(NotFound):
        invitations.get_invitation_for(admin, house.far.id, link.id)


def test_people_are_listed_by_the_name_others_see(house):
    assert names(house.harbor) == ["Lea Lead", "night.heron", "Sam Staff"]
    assert names(house.river) == []


def test_people_are_found_by_words_role_place_and_work(house):
    house.staff_membership.location_id = house.location.id
    house.heron_membership.job_role_id = house.job_role.id
    db.session.commit()
    assert names(house.harbor, words="HERON") == ["night.heron"]
    assert names(house.harbor, words=house.staff.email[:8]) != []
    assert names(house.harbor, role=MembershipRole.LEAD) == ["Lea Lead"]
    assert names(house.harbor, location_id=house.location.id) == ["Sam Staff"]
    assert names(house.harbor, job_role_id=house.job_role.id) == ["night.heron"]
    assert names(house.harbor, words="heron", role=MembershipRole.LEAD) == []
    assert people.count_people(house.harbor.id, PeopleFilter(words="heron")) == 1


@pytest.mark.parametrize("words", ["álvarez", "ÁLVAREZ", "Álvarez"])
def test_names_with_accents_are_found_in_any_case(house, words):
    make_membership(make_person("Óscar Álvarez"), house.harbor)
    assert names(house.harbor, words=words) == ["Óscar Álvarez"]


@pytest.mark.parametrize("words", ["%", "_", "\\", "' OR 1=1 --", "😀" * 50])
def test_signs_of_the_database_language_are_only_signs(house, words):
    assert names(house.harbor, words=words) == []


def test_pages_of_a_list_do_not_overlap(house):
    for number in range(5):
        make_membership(make_person(f"Same Name {number % 2}"), house.harbor)
    first = people.list_people(house.harbor.id, limit=4)
    rest = people.list_people(house.harbor.id, limit=50, offset=4)
    ids = [row.membership_id for row in (*first, *rest)]
    assert len(ids) == len(set(ids)) == people.count_people(house.harbor.id)


def test_who_left_is_not_listed(house):
    house.staff_membership.ended_at = clock.now()
    db.session.commit()
    assert "Sam Staff" not in names(house.harbor)
    assert people.find_membership(house.staff.id, house.harbor.id) is None
    assert people.find_last_end(house.staff.id, house.harbor.id) is not None


def test_a_suspended_lead_is_no_other_lead(house):
    second = make_person("Second Lead")
    make_membership(second, house.harbor, MembershipRole.LEAD)
    assert not people.is_last_lead(house.lead_membership)
    second.state = PersonState.SUSPENDED
    db.session.commit()
    assert people.is_last_lead(house.lead_membership)


def test_a_person_supervises_others_not_themselves(house):
    ids = [person.id for person in people.list_possible_supervisors(house.staff_membership)]
    assert ids == [house.lead.id, house.heron.id]


def test_closed_places_come_last_or_not_at_all(house):
    places_before = places.list_locations(house.harbor.id)
    places_before[0].closed_at = clock.now()
    db.session.commit()
    assert places.list_locations(house.harbor.id, only_open=True) == []
    assert [place.name for place in places.list_locations(house.harbor.id)] == ["Main Street"]


def test_own_organizations_leave_out_closed_ones(house):
    make_membership(house.staff, house.far)
    assert [row.name for row in places.list_own_organizations(house.staff.id)] == ["Far Shelter", "Harbor House"]
    house.far.state, house.far.closed_at = OrganizationState.CLOSED, clock.now()
    db.session.commit()
    assert [row.name for row in places.list_own_organizations(house.staff.id)] == ["Harbor House"]


def test_invitations_are_filtered_by_what_became_of_them(house, link):
    def ids(state):
        wanted = InvitationFilter(state=state)
        rows = invitations.list_invitations(house.harbor.id, wanted, limit=50)
        assert len(rows) == invitations.count_invitations(house.harbor.id, wanted)
        assert {row.state for row in rows} <= {state}
        return [row.invitation_id for row in rows]

    personal = invite_person(
        house.harbor.id, email="new@example.org", name="New", offer=Offer(), by_id=house.lead.id, site_key=KEY
    )
    db.session.commit()
    assert ids(InvitationState.OPEN) == [personal.id, link.id]
    link.n_uses, personal.revoked_at = 3, clock.now()
    db.session.commit()
    assert (ids(InvitationState.USED), ids(InvitationState.REVOKED)) == ([link.id], [personal.id])
    link.n_uses, personal.revoked_at = 0, None
    db.session.commit()
    with clock.fixed(clock.now() + timedelta(days=8)):
        assert (ids(InvitationState.EXPIRED), ids(InvitationState.OPEN)) == ([link.id], [personal.id])


def test_invitations_are_found_by_name_and_address(house):
    invite_person(
        house.harbor.id, email="new@example.org", name="Nina Neu", offer=Offer(), by_id=house.lead.id, site_key=KEY
    )
    db.session.commit()
    for words, n_found in (("nina", 1), ("NEW@", 1), ("nobody", 0)):
        assert invitations.count_invitations(house.harbor.id, InvitationFilter(words=words)) == n_found


def test_a_link_leads_to_its_invitation_while_it_can_be_used(house, link):
    secret = secret_of(link, KEY)
    found = invitations.find_invitation_by_secret(secret)
    assert (found.organization_name, found.invited_by, found.role) == ("Harbor House", "Lea Lead", MembershipRole.STAFF)
    assert invitations.find_invitation_by_secret(secret + "x") is None
    with clock.fixed(link.expires_at):
        assert invitations.find_invitation_by_secret(secret) is None
    house.harbor.state, house.harbor.closed_at = OrganizationState.CLOSED, clock.now()
    db.session.commit()
    assert invitations.find_invitation_by_secret(secret) is None


def test_the_database_holds_no_secret_of_a_link(house, link):
    secret = secret_of(link, KEY)
    assert secret not in {link.nonce, link.secret_hash}
    assert secret_of(link, "another key") != secret

"""Ways in that must stay closed."""

import pytest
from sqlalchemy import select

from lms.accounts.rules import normal_email
from lms.accounts.services import people as accounts
from lms.accounts.services import recovery
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.services import appoint
from lms.db import db
from lms.organizations.models import Invitation
from lms.organizations.queries.invitations import find_invitation_by_secret
from lms.organizations.services.invitations import Offer, make_open_link, secret_of
from lms.organizations.services.joining import accept_invitation
from lms.organizations.services.memberships import Post, edit_membership, end_membership
from tests.factories.people import make_coalition, make_membership, make_person


@pytest.fixture
def second_lead(house):
    return make_membership(make_person("Second Lead"), house.harbor, MembershipRole.LEAD)


@pytest.fixture
def links(house, settings):
    """The secrets of two links that the lead made, one for staff and one for a lead."""
    made = [
        make_open_link(
            house.harbor.id,
            max_uses=1,
            days=30,
            offer=Offer(role=role),
            by_id=house.lead.id,
            site_key=settings.secret_key,
        )
        for role in MembershipRole
    ]
    db.session.commit()
    return {invitation.role: secret_of(invitation, settings.secret_key) for invitation in made}


def test_who_no_longer_leads_does_not_come_back_as_a_lead_by_a_link_made_before(house, second_lead, links):
    edit_membership(
        house.lead_membership, post=Post(role=MembershipRole.STAFF), row_version=1, by_id=second_lead.person_id
    )
    db.session.commit()
    assert find_invitation_by_secret(links[MembershipRole.LEAD]) is None
    assert find_invitation_by_secret(links[MembershipRole.STAFF]) is not None


def test_a_lead_who_goes_on_leading_keeps_the_links(house, second_lead, links):
    edit_membership(
        house.lead_membership, post=Post(role=MembershipRole.LEAD), row_version=1, by_id=second_lead.person_id
    )
    db.session.commit()
    assert find_invitation_by_secret(links[MembershipRole.LEAD]) is not None


def test_a_suspended_lead_does_not_come_back_as_a_lead_by_a_link_made_before(house, second_lead, links):
    accounts.suspend_person(house.lead.id, by_id=house.admin.id)
    db.session.commit()
    assert find_invitation_by_secret(links[MembershipRole.LEAD]) is None
    assert find_invitation_by_secret(links[MembershipRole.STAFF]) is not None


def test_suspending_staff_leaves_the_links_of_leads_alone(house, second_lead, links):
    accounts.suspend_person(house.staff.id, by_id=house.admin.id)
    db.session.commit()
    assert [each for each in db.session.scalars(select(Invitation)) if each.revoked_at is not None] == []


# ---- recovery codes that somebody else has seen


@pytest.fixture
def code(house):
    """The code that the lead made for the one without e-mail."""
    issued = recovery.issue_recovery_code(house.heron.id, by_id=house.lead.id)
    db.session.commit()
    return issued


def works(code):
    return recovery.recover_account("night.heron", code, password_hash="-") is not None


def test_a_code_made_by_a_lead_works_while_the_lead_leads(house, second_lead, code):
    edit_membership(second_lead, post=Post(role=MembershipRole.STAFF), row_version=1, by_id=house.lead.id)
    assert works(code)


def test_a_code_does_not_outlive_its_makers_lead(house, second_lead, code):
    end_membership(house.lead_membership, by_id=second_lead.person_id)
    assert not works(code)


def test_a_code_does_not_outlive_its_makers_becoming_staff(house, second_lead, code):
    edit_membership(
        house.lead_membership, post=Post(role=MembershipRole.STAFF), row_version=1, by_id=second_lead.person_id
    )
    assert not works(code)


def test_a_code_does_not_outlive_its_makers_account(house, second_lead, code):
    accounts.suspend_person(house.lead.id, by_id=house.admin.id)
    assert not works(code)


def test_a_code_made_by_a_lead_opens_no_account_that_came_to_hold_a_role_elsewhere(house, code):
    coalition = make_coalition("Elsewhere", house.far)
    appoint(coalition.id, "night.heron", CoalitionRoleKind.TA_EXPERT, by_id=house.admin.id)
    assert not works(code)


def test_a_code_made_by_a_lead_opens_no_account_that_joined_another_organization(house, settings, code):
    offer = Offer(role=MembershipRole.LEAD)
    link = make_open_link(
        house.far.id, max_uses=1, days=7, offer=offer, by_id=house.stranger.id, site_key=settings.secret_key
    )
    accept_invitation(link.id, house.heron.id)
    assert not works(code)


def test_a_code_of_ones_own_outlives_all_that(house, settings):
    own = recovery.issue_recovery_code(house.heron.id, by_id=house.heron.id)
    coalition = make_coalition("Elsewhere", house.far)
    appoint(coalition.id, "night.heron", CoalitionRoleKind.TA_EXPERT, by_id=house.admin.id)
    assert works(own)


def test_an_address_that_grows_in_lower_case_is_refused_before_the_database_does():
    assert normal_email("ΐ" * 60 + "@" + ".".join(["x" * 40] * 2) + ".example.org") is None
    assert normal_email("ana@example.org") == "ana@example.org"

"""Ways in that must stay closed."""

import pytest
from sqlalchemy import select

from lms.accounts.services import people as accounts
from lms.authz import MembershipRole
from lms.db import db
from lms.organizations.models import Invitation
from lms.organizations.queries.invitations import find_invitation_by_secret
from lms.organizations.services.invitations import Offer, make_open_link, secret_of
from lms.organizations.services.memberships import Post, edit_membership
from tests.factories.people import make_membership, make_person


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

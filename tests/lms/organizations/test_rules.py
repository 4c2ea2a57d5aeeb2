from datetime import UTC, datetime, timedelta

import pytest

from lms.authz import Actor, CoalitionRoleKind, HeldCoalitionRole, HeldMembership, MembershipRole
from lms.organizations import rules
from lms.organizations.rules import InvitationState, SetupStep

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def actor(person_id, *memberships, is_administrator=False, coalition_roles=()):
    held = tuple(
        HeldMembership(number, organization_id, "An organization", role)
        for number, (organization_id, role) in enumerate(memberships, start=1)
    )
    return Actor(person_id, "Somebody", is_administrator, held, tuple(coalition_roles))


LEAD_OF_1 = actor(1, (1, MembershipRole.LEAD))
EXPERT_ROLE = HeldCoalitionRole(1, "Tri-County", CoalitionRoleKind.TA_EXPERT)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, InvitationState.OPEN),
        ({"n_uses": 3}, InvitationState.USED),
        ({"expires_at": NOW}, InvitationState.EXPIRED),
        ({"expires_at": NOW - timedelta(days=1), "n_uses": 3}, InvitationState.USED),
        ({"revoked_at": NOW, "n_uses": 3}, InvitationState.REVOKED),
    ],
)
def test_an_invitation_says_what_became_of_it(changes, state):
    values = {"expires_at": NOW + timedelta(days=1), "revoked_at": None, "n_uses": 2, "max_uses": 3} | changes
    assert rules.invitation_state(NOW, **values) is state


def test_leads_and_administrators_may_invite_leads():
    both = (MembershipRole.STAFF, MembershipRole.LEAD)
    assert rules.invitable_roles(LEAD_OF_1, 1) == both
    assert rules.invitable_roles(actor(2, is_administrator=True), 1) == both


def test_nobody_gives_a_role_above_their_own():
    assert rules.invitable_roles(actor(2, (1, MembershipRole.STAFF)), 1) == (MembershipRole.STAFF,)
    assert rules.invitable_roles(LEAD_OF_1, 2) == ()


@pytest.mark.parametrize(
    ("holder", "may"),
    [
        (actor(2, (1, MembershipRole.STAFF)), True),
        (actor(2, (1, MembershipRole.LEAD)), True),
        (actor(2, (1, MembershipRole.STAFF), (2, MembershipRole.STAFF)), False),
        (actor(2, (1, MembershipRole.STAFF), is_administrator=True), False),
        (actor(2, (1, MembershipRole.STAFF), coalition_roles=[EXPERT_ROLE]), False),
        (LEAD_OF_1, False),
    ],
)
def test_a_lead_gives_codes_only_to_people_who_can_do_nothing_beyond_the_lead(holder, may):
    assert rules.may_issue_code(LEAD_OF_1, holder) is may


def test_an_administrator_gives_codes_to_everybody_else():
    admin = actor(9, is_administrator=True)
    assert rules.may_issue_code(admin, actor(2, (1, MembershipRole.STAFF), (2, MembershipRole.LEAD)))
    assert not rules.may_issue_code(admin, admin)


def test_what_is_missing_comes_in_the_order_of_its_use():
    steps = rules.list_setup_steps(n_people=1, n_open_invitations=0, n_locations=0, n_job_roles=0)
    assert steps == (SetupStep.INVITE_PEOPLE, SetupStep.ADD_LOCATION, SetupStep.ADD_JOB_ROLE)
    assert rules.list_setup_steps(n_people=1, n_open_invitations=1, n_locations=1, n_job_roles=1) == ()

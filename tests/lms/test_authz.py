import itertools

import pytest

from lms.authz import (
    GRANTS,
    Actor,
    CoalitionRoleKind,
    HeldCoalitionRole,
    HeldMembership,
    MembershipRole,
    Permission,
    Role,
    Scope,
    can,
    roles_in,
)

HOUSE, OTHER_HOUSE = 10, 11
COALITION, OTHER_COALITION = 20, 21


def member(role: MembershipRole = MembershipRole.STAFF, organization_id: int = HOUSE) -> HeldMembership:
    return HeldMembership(1, organization_id, "Harbor House", role, frozenset({COALITION}))


def actor(**values: object) -> Actor:
    return Actor(person_id=1, display_name="Ana", **values)  # type: ignore[arg-type]


def coalition_role(role: CoalitionRoleKind) -> HeldCoalitionRole:
    return HeldCoalitionRole(COALITION, "Tri-County", role, frozenset({HOUSE}))


OWN = Scope(person_id=1)
SOMEBODY = Scope(person_id=2)
HERE = Scope(organization_ids=frozenset({HOUSE}))
ELSEWHERE = Scope(organization_ids=frozenset({OTHER_HOUSE}))
IN_COALITION = Scope(coalition_ids=frozenset({COALITION}))
IN_ANOTHER = Scope(coalition_ids=frozenset({OTHER_COALITION}))


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("scope", [OWN, HERE, IN_COALITION, Scope()])
def test_nobody_may_do_nothing(permission: Permission, scope: Scope):
    assert not can(None, permission, scope)


@pytest.mark.parametrize("permission", Permission)
def test_a_stranger_may_do_nothing_to_others(permission: Permission):
    for scope in (SOMEBODY, HERE, IN_COALITION, Scope()):
        assert not can(actor(), permission, scope)


def test_a_person_owns_what_is_theirs():
    assert set(roles_in(actor(), OWN)) == {Role.OWNER}
    assert can(actor(), Permission.LEARNING_DO, OWN)
    assert not can(actor(), Permission.LEARNING_DO, SOMEBODY)


def test_a_lead_reaches_as_far_as_the_organization():
    lead = actor(memberships=(member(MembershipRole.LEAD),))
    assert can(lead, Permission.ORGANIZATION_MANAGE, HERE)
    assert not can(lead, Permission.ORGANIZATION_MANAGE, ELSEWHERE)
    assert not can(lead, Permission.COALITION_MANAGE, IN_COALITION)
    assert can(lead, Permission.COALITION_SEE, IN_COALITION)
    assert not can(lead, Permission.COALITION_SEE, IN_ANOTHER)


def test_staff_see_their_organization_and_change_nothing():
    staff = actor(memberships=(member(),))
    assert can(staff, Permission.ORGANIZATION_SEE, HERE)
    assert not can(staff, Permission.ORGANIZATION_MANAGE, HERE)
    assert not can(staff, Permission.LEARNING_READ, HERE)


def test_a_ta_expert_sees_and_does_not_manage():
    expert = actor(coalition_roles=(coalition_role(CoalitionRoleKind.TA_EXPERT),))
    assert can(expert, Permission.ORGANIZATION_SEE, HERE)
    assert not can(expert, Permission.ORGANIZATION_SEE, ELSEWHERE)
    assert not can(expert, Permission.COALITION_COUNT_LEARNING, IN_COALITION)
    assert not can(expert, Permission.LEARNING_READ, HERE)


def test_a_coordinator_counts_learning_and_reads_nobodys_record():
    coordinator = actor(coalition_roles=(coalition_role(CoalitionRoleKind.COORDINATOR),))
    assert can(coordinator, Permission.COALITION_COUNT_LEARNING, IN_COALITION)
    assert not can(coordinator, Permission.COALITION_COUNT_LEARNING, IN_ANOTHER)
    assert not can(coordinator, Permission.LEARNING_READ, HERE)
    assert not can(coordinator, Permission.COALITION_APPOINT_COORDINATOR, IN_COALITION)


def test_only_an_administrator_administers():
    assert [role for role in Role if Permission.SITE_ADMINISTER in GRANTS[role]] == [Role.ADMINISTRATOR]
    assert can(actor(is_administrator=True), Permission.SITE_ADMINISTER, Scope())


def test_every_role_has_its_grants_written_down():
    assert set(GRANTS) == set(Role)


def test_roles_of_memberships_and_coalitions_are_known_words():
    for each in itertools.chain(MembershipRole, CoalitionRoleKind):
        assert Role(each.value)


def test_somebody_with_two_roles_may_do_what_either_may():
    both = actor(
        memberships=(member(MembershipRole.LEAD), member(organization_id=OTHER_HOUSE)),
        coalition_roles=(coalition_role(CoalitionRoleKind.TA_EXPERT),),
        current_organization_id=OTHER_HOUSE,
    )
    assert set(roles_in(both, HERE)) == {Role.LEAD, Role.TA_EXPERT}
    assert both.led_organization_ids == {HOUSE}
    assert both.organization_ids == {HOUSE, OTHER_HOUSE}
    assert both.current_membership is not None
    assert both.current_membership.organization_id == OTHER_HOUSE


def test_an_ended_choice_of_organization_falls_back_to_the_first():
    somebody = actor(memberships=(member(),), current_organization_id=999)
    assert somebody.current_membership == somebody.memberships[0]
    assert actor().current_membership is None

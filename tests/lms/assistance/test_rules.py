from datetime import UTC, date, datetime

import pytest

from lms.assistance import rules
from lms.authz import Actor, CoalitionRoleKind, HeldCoalitionRole, HeldMembership, MembershipRole


def expert_of(*organization_ids, memberships=()):
    role = HeldCoalitionRole(1, "Own", CoalitionRoleKind.TA_EXPERT, frozenset(organization_ids))
    return Actor(person_id=1, display_name="Eve", coalition_roles=(role,), memberships=tuple(memberships))


def test_a_desk_holds_the_organizations_of_the_coalitions_where_one_is_an_expert():
    coordinator = HeldCoalitionRole(2, "Other", CoalitionRoleKind.COORDINATOR, frozenset({9}))
    actor = expert_of(3, 4)
    actor = Actor(1, "Eve", coalition_roles=(*actor.coalition_roles, coordinator))
    assert rules.desk_of(actor).organization_ids == {3, 4}
    assert rules.desk_of(Actor(1, "Nobody")).coalition_ids == frozenset()


def test_an_expert_may_not_review_their_own_organization():
    own = HeldMembership(5, 3, "River", MembershipRole.STAFF)
    actor = expert_of(3, 4, memberships=[own])
    assert rules.may_review(actor, 4)
    assert not rules.may_review(actor, 3)
    assert not rules.may_review(actor, 8)


def test_waiting_is_counted_in_days_of_the_place():
    evening, night = datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 3, 2, 3, tzinfo=UTC)
    assert rules.days_waited(evening, night, "UTC") == 1
    assert rules.days_waited(evening, night, "America/New_York") == 0
    assert rules.days_waited(night, evening, "UTC") == 0


@pytest.mark.parametrize(("last_on", "is_quiet"), [(date(2026, 3, 1), False), (date(2026, 2, 1), True), (None, True)])
def test_who_was_not_spoken_to_for_a_month_is_named(last_on, is_quiet):
    assert rules.is_quiet(last_on, date(2026, 1, 1), date(2026, 3, 15)) is is_quiet


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" a\r\nb ", "a\nb"), (None, ""), ("a\x00\x07b", "ab"), ("\u202eevil", "\u202eevil"), ("😀", "😀")],
)
def test_typed_text_keeps_its_lines_and_loses_what_cannot_be_seen(typed, kept):
    assert rules.clean_text(typed) == kept

from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from lms.authz import CoalitionRoleKind
from lms.coalitions import rules
from lms.coalitions.rules import SetupStep


def test_zones_of_the_united_states_come_first():
    zones = rules.list_zones()
    assert zones[: len(rules.US_ZONES)] == rules.US_ZONES
    assert len(zones) == len(set(zones)) > 300


def test_every_zone_can_be_used():
    assert all(ZoneInfo(zone) for zone in rules.list_zones())


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Tri-County", "tri-county"),
        ("Coalición del Río", "coalicion-del-rio"),
        ("🙂", "coalition"),
        ("x" * 500, "x" * 50),
    ],
)
def test_a_slug_is_short_and_plain(name, slug):
    assert next(rules.list_slugs(name)) == slug


def test_slugs_never_run_out():
    assert list(islice(rules.list_slugs("A"), 3)) == ["a", "a-2", "a-3"]


def test_nothing_is_left_to_do_in_a_coalition_that_is_set_up():
    assert rules.list_setup_steps(n_organizations=1, n_facts_missing=0, n_coordinators=1) == ()


def test_what_is_missing_is_named():
    steps = rules.list_setup_steps(n_organizations=0, n_facts_missing=2, n_coordinators=0)
    assert steps == (SetupStep.ADD_ORGANIZATION, SetupStep.FILL_FACTS, SetupStep.APPOINT_COORDINATOR)


@pytest.mark.parametrize(
    ("role", "is_own", "may_appoint", "verdict"),
    [
        (CoalitionRoleKind.TA_EXPERT, False, False, True),
        (CoalitionRoleKind.COORDINATOR, False, False, False),
        (CoalitionRoleKind.COORDINATOR, True, False, True),
        (CoalitionRoleKind.COORDINATOR, False, True, True),
    ],
)
def test_a_coordinator_ends_no_other_coordinator(role, is_own, may_appoint, verdict):
    assert rules.may_end_role(role, is_own=is_own, may_appoint_coordinators=may_appoint) is verdict

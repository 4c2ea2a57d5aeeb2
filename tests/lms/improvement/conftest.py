"""A team of Harbor House, its neighbors in a collaborative, and the people who come to their pages."""

from types import SimpleNamespace

import pytest

from lms import clock
from lms.authz import CoalitionRoleKind, MembershipRole
from tests.factories.improvement import NOON, make_measure, make_team
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)


@pytest.fixture
def june(app):
    """It is noon of a Monday in June."""
    with clock.fixed(NOON):
        yield NOON


@pytest.fixture
def shop(june):
    """Harbor House has a team with one member; River Clinic is in the same coalition, Far Shelter in none."""
    harbor, river, far = (make_organization(name) for name in ("Harbor House", "River Clinic", "Far Shelter"))
    coalition = make_coalition("Tri-County", harbor, river)
    names = ("Lea Lead", "Mo Member", "Sam Staff", "Rita River", "Eve Expert", "Cody Coordinator", "Stan Stranger")
    lead, member, staff, neighbor, expert, coordinator, stranger = (make_person(name) for name in names)
    make_coalition_role(expert, coalition, CoalitionRoleKind.TA_EXPERT)
    make_coalition_role(coordinator, coalition, CoalitionRoleKind.COORDINATOR)
    make_membership(stranger, far, MembershipRole.LEAD)
    make_membership(lead, harbor, MembershipRole.LEAD)
    member_membership = make_membership(member, harbor)
    make_membership(staff, harbor)
    make_membership(neighbor, river)
    team = make_team(harbor, member)
    return SimpleNamespace(
        harbor=harbor,
        river=river,
        far=far,
        coalition=coalition,
        lead=lead,
        member=member,
        staff=staff,
        neighbor=neighbor,
        expert=expert,
        coordinator=coordinator,
        stranger=stranger,
        admin=make_person("Ada Admin", is_administrator=True),
        member_membership=member_membership,
        team=team,
        measure=make_measure(team, member),
        url=f"/improve/teams/{team.id}",
    )


@pytest.fixture
def as_person(client):
    """Sign somebody in."""
    return lambda person: sign_in(client, person)

"""Two coalitions with three organizations, and the people who come to their pages."""

from types import SimpleNamespace

import pytest

from lms.authz import CoalitionRoleKind, MembershipRole
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)


@pytest.fixture
def house(app):
    """Harbor House and River Clinic belong to Tri-County, Far Shelter to Far Valley."""
    harbor, river, far = (make_organization(name) for name in ("Harbor House", "River Clinic", "Far Shelter"))
    own, other = make_coalition("Tri-County", harbor, river), make_coalition("Far Valley", far)
    people = {name: make_person(name.title()) for name in "staff lead expert coordinator outsider".split()}
    people["admin"] = make_person("Admin", is_administrator=True)
    make_membership(people["staff"], harbor)
    make_membership(people["lead"], harbor, MembershipRole.LEAD)
    make_membership(people["outsider"], far, MembershipRole.LEAD)
    expert_role = make_coalition_role(people["expert"], own, CoalitionRoleKind.TA_EXPERT)
    coordinator_role = make_coalition_role(people["coordinator"], own, CoalitionRoleKind.COORDINATOR)
    return SimpleNamespace(
        harbor=harbor,
        river=river,
        far=far,
        own=own,
        other=other,
        url=f"/coalitions/{own.id}",
        expert_role=expert_role,
        coordinator_role=coordinator_role,
        **people,
    )


@pytest.fixture
def as_person(client):
    """Sign somebody in."""
    return lambda person: sign_in(client, person)

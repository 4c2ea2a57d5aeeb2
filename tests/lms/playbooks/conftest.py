"""One coalition with two organizations, another with one, and the people who come to their playbooks."""

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
from tests.factories.playbooks import make_page, make_playbook


@pytest.fixture
def house(app):
    """Harbor House and River Clinic belong to Tri-County, Far Shelter to Far Valley."""
    harbor, river, far = (make_organization(name) for name in ("Harbor House", "River Clinic", "Far Shelter"))
    own, other = make_coalition("Tri-County", harbor, river), make_coalition("Far Valley", far)
    names = "staff writer lead neighbor expert coordinator outsider".split()
    people = {name: make_person(name.title()) for name in names}
    people["admin"] = make_person("Admin", is_administrator=True)
    memberships = {name: make_membership(people[name], harbor) for name in ("staff", "writer")}
    make_membership(people["lead"], harbor, MembershipRole.LEAD)
    make_membership(people["neighbor"], river)
    make_membership(people["outsider"], far, MembershipRole.LEAD)
    make_coalition_role(people["expert"], own, CoalitionRoleKind.TA_EXPERT)
    make_coalition_role(people["coordinator"], own, CoalitionRoleKind.COORDINATOR)
    return SimpleNamespace(
        harbor=harbor, river=river, own=own, other=other, people=people, memberships=memberships, **people
    )


@pytest.fixture
def book(house):
    """A playbook of Harbor House that nobody else may read."""
    return make_playbook(house.harbor)


@pytest.fixture
def stock(book):
    return make_page(book)


@pytest.fixture
def as_person(client):
    """Sign somebody in."""
    return lambda person: sign_in(client, person)

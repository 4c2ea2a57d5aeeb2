"""An administrator, somebody ordinary, and the place where the latter works."""

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
    """Ana leads Harbor House, which belongs to Tri-County; Cora coordinates Tri-County; Alba runs the site."""
    ana, cora = make_person("Ana Ruiz", email="ana@example.org"), make_person("Cora Lee", email="cora@example.org")
    harbor = make_organization("Harbor House")
    coalition = make_coalition("Tri-County", harbor)
    make_membership(ana, harbor, MembershipRole.LEAD)
    make_coalition_role(cora, coalition, CoalitionRoleKind.COORDINATOR)
    alba = make_person("Alba Site", email="alba@example.org", is_administrator=True)
    return SimpleNamespace(ana=ana, cora=cora, alba=alba, harbor=harbor, coalition=coalition)


@pytest.fixture
def as_person(client):
    """Sign somebody in."""
    return lambda person: sign_in(client, person)


@pytest.fixture
def as_admin(house, as_person):
    """Sign the administrator in."""
    return as_person(house.alba)

"""An organization with a lead and staff, its neighbor, and the people who come to their pages."""

from types import SimpleNamespace

import pytest

from lms.authz import CoalitionRoleKind, MembershipRole
from lms.db import db
from lms.organizations.models import JobRole, Location
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)


def kept(row):
    db.session.add(row)
    db.session.commit()
    return row


@pytest.fixture
def house(app):
    """Harbor House with one lead and two staff; River Clinic is in the same coalition, Far Shelter in none."""
    harbor, river, far = (make_organization(name) for name in ("Harbor House", "River Clinic", "Far Shelter"))
    coalition = make_coalition("Tri-County", harbor, river)
    lead, staff, heron = make_person("Lea Lead"), make_person("Sam Staff"), make_person("", alias="night.heron")
    expert, coordinator, stranger = (make_person(name) for name in ("Eve Expert", "Cody Coordinator", "Stan Stranger"))
    make_coalition_role(expert, coalition, CoalitionRoleKind.TA_EXPERT)
    make_coalition_role(coordinator, coalition, CoalitionRoleKind.COORDINATOR)
    make_membership(stranger, far, MembershipRole.LEAD)
    return SimpleNamespace(
        harbor=harbor,
        river=river,
        far=far,
        lead=lead,
        staff=staff,
        heron=heron,
        expert=expert,
        coordinator=coordinator,
        stranger=stranger,
        admin=make_person("Ada Admin", is_administrator=True),
        lead_membership=make_membership(lead, harbor, MembershipRole.LEAD),
        staff_membership=make_membership(staff, harbor),
        heron_membership=make_membership(heron, harbor),
        location=kept(Location(organization_id=harbor.id, name="Main Street")),
        job_role=kept(JobRole(organization_id=harbor.id, name="Outreach worker")),
        far_location=kept(Location(organization_id=far.id, name="Far Street")),
        far_job_role=kept(JobRole(organization_id=far.id, name="Far worker")),
        url=f"/organizations/{harbor.id}",
    )


@pytest.fixture
def as_person(client):
    """Sign somebody in."""
    return lambda person: sign_in(client, person)

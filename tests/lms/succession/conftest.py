"""A house with a lead and three people, in a coalition with a coordinator and an expert."""

from dataclasses import dataclass

import pytest

from lms.accounts.models import Person
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.models import Coalition
from lms.organizations.models import Organization
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)


@dataclass
class House:
    organization: Organization
    coalition: Coalition
    lead: Person
    ana: Person
    ben: Person
    cai: Person
    expert: Person
    coordinator: Person

    @property
    def url(self) -> str:
        return f"/organizations/{self.organization.id}/roles"

    @property
    def coalition_url(self) -> str:
        return f"/coalitions/{self.coalition.id}/critical-roles"


@pytest.fixture
def house(app):
    organization = make_organization("Harbor House")
    names = ("Lee Lead", "Ana Ruiz", "Ben Cole", "Cai Wong", "Eve Expert", "Cora Coordinator")
    people = [make_person(name) for name in names]
    make_membership(people[0], organization, MembershipRole.LEAD)
    for person in people[1:4]:
        make_membership(person, organization)
    coalition = make_coalition("Tri-County", organization)
    make_coalition_role(people[4], coalition, CoalitionRoleKind.TA_EXPERT)
    make_coalition_role(people[5], coalition, CoalitionRoleKind.COORDINATOR)
    return House(organization, coalition, *people)


@pytest.fixture
def as_person(client):
    return lambda person: sign_in(client, person)

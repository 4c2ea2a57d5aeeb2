"""A small coalition around one organization, and the people who meet its rounds."""

from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from lms.accounts.models import Person
from lms.authz import Actor, CoalitionRoleKind, MembershipRole
from lms.coalitions.models import Coalition
from lms.coalitions.queries import load_actor
from lms.organizations.models import Organization
from lms.publications import ContentVersion
from lms.web.site import Site
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)
from tests.factories.readiness import publish


@dataclass
class Place:
    """Who is where."""

    organization: Organization
    other: Organization
    coalition: Coalition
    lead: Person
    member: Person
    second: Person
    staff: Person
    outsider: Person
    expert: Person
    version: ContentVersion
    client: FlaskClient

    def be(self, person: Person) -> Person:
        sign_in(self.client, person)
        return person

    def actor(self, person: Person) -> Actor:
        return load_actor(person)


@pytest.fixture
def place(app: Site, client: FlaskClient) -> Place:
    organization, other = make_organization("Harbor House"), make_organization("Elm Street")
    people = {name: make_person(name.title()) for name in ("lead", "member", "second", "staff", "outsider", "expert")}
    make_membership(people["lead"], organization, MembershipRole.LEAD)
    for name in ("member", "second", "staff"):
        make_membership(people[name], organization)
    make_membership(people["outsider"], other, MembershipRole.LEAD)
    coalition = make_coalition("Tri-County", organization)
    make_coalition_role(people["expert"], coalition, CoalitionRoleKind.TA_EXPERT)
    version = publish()
    return Place(organization, other, coalition, version=version, client=client, **people)

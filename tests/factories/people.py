"""People, places and roles: the smallest valid row of each."""

import itertools
from datetime import timedelta

from argon2 import PasswordHasher
from flask.testing import FlaskClient

from lms import clock
from lms.accounts.models import Person, SignInSession
from lms.accounts.queries import hash_key
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.models import Coalition, CoalitionOrganization, CoalitionRole
from lms.db import db
from lms.organizations.models import Membership, Organization, OrganizationKind
from lms.web import access

PASSWORD = "correct horse battery staple"
# The least cost the library allows, so that tests do not wait for it.
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

_numbers = itertools.count(1)


def make_person(name: str = "Ana Ruiz", **values: object) -> Person:
    if "email" not in values and "alias" not in values:
        values["email"] = f"person{next(_numbers)}@example.org"
    person = Person(name=name, password_hash=PASSWORD_HASH, created_at=clock.now(), **values)
    return _kept(person)


def make_organization(name: str = "Harbor House", **values: object) -> Organization:
    values.setdefault("kind", OrganizationKind.SHELTER)
    return _kept(Organization(name=name, created_at=clock.now(), **values))


def make_membership(
    person: Person, organization: Organization, role: MembershipRole = MembershipRole.STAFF, **values: object
) -> Membership:
    membership = Membership(
        person_id=person.id, organization_id=organization.id, role=role, started_at=clock.now(), **values
    )
    return _kept(membership)


def make_coalition(name: str = "Tri-County Coalition", *organizations: Organization) -> Coalition:
    slug = f"coalition-{next(_numbers)}"
    coalition = _kept(
        Coalition(slug=slug, name=name, state_name="Ohio", time_zone="America/New_York", created_at=clock.now())
    )
    for organization in organizations:
        db.session.add(
            CoalitionOrganization(coalition_id=coalition.id, organization_id=organization.id, joined_at=clock.now())
        )
    db.session.commit()
    return coalition


def make_coalition_role(person: Person, coalition: Coalition, role: CoalitionRoleKind) -> CoalitionRole:
    return _kept(CoalitionRole(coalition_id=coalition.id, person_id=person.id, role=role, started_at=clock.now()))


def sign_in(client: FlaskClient, person: Person, **values: object) -> SignInSession:
    """Give the client a live session of this person, without the sign-in page."""
    key = f"test-session-{next(_numbers)}"
    session = SignInSession(
        person_id=person.id,
        key_hash=hash_key(key),
        csrf_nonce=key,
        device="test",
        created_at=clock.now(),
        last_seen_at=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
        **values,
    )
    client.set_cookie(access.cookie_name(client.application.config["SETTINGS"]), key)
    return _kept(session)


def _kept(row):
    db.session.add(row)
    db.session.commit()
    return row

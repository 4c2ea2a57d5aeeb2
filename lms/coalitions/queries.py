"""Reading coalitions, and the standing of a person: the one query that permissions rest on."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, String, and_, cast, literal, null, select, union_all

from lms.accounts.models import Person
from lms.authz import Actor, Capability, CoalitionRoleKind, HeldCoalitionRole, HeldMembership, MembershipRole
from lms.coalitions.models import Coalition, CoalitionOrganization, CoalitionRole
from lms.db import db
from lms.organizations.models import Membership, MembershipCapability, Organization, OrganizationState


def load_actor(person: Person, current_organization_id: int | None = None) -> Actor:
    """Return who a person is here now: open memberships, their capabilities, open coalition roles (one statement)."""
    rows = db.session.execute(_standing(person.id)).all()
    held = [row for row in rows if row.part == "role"]
    return Actor(
        person_id=person.id,
        display_name=person.display_name,
        is_administrator=person.is_administrator,
        memberships=_memberships([row for row in rows if row.part != "role"]),
        coalition_roles=_coalition_roles(held),
        current_organization_id=current_organization_id,
    )


def _standing(person_id: int) -> Any:
    """Rows of (part, id, word, organization, organization name, coalition, coalition name)."""
    nobody, nameless = cast(null(), Integer), cast(null(), String)
    in_coalition = and_(
        CoalitionOrganization.organization_id == Organization.id, CoalitionOrganization.left_at.is_(None)
    )
    is_open = and_(
        Membership.person_id == person_id,
        Membership.ended_at.is_(None),
        Organization.state == OrganizationState.ACTIVE,
    )
    memberships = (
        select(
            literal("membership").label("part"),
            Membership.id.label("id"),
            cast(Membership.role, String).label("word"),
            Organization.id.label("organization_id"),
            Organization.name.label("organization_name"),
            CoalitionOrganization.coalition_id.label("coalition_id"),
            nameless.label("coalition_name"),
        )
        .join(Organization, Organization.id == Membership.organization_id)
        .outerjoin(CoalitionOrganization, in_coalition)
        .where(is_open)
    )
    capabilities = (
        select(
            literal("capability"),
            Membership.id,
            cast(MembershipCapability.capability, String),
            nobody,
            nameless,
            nobody,
            nameless,
        )
        .join(MembershipCapability, MembershipCapability.membership_id == Membership.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(is_open)
    )
    roles = (
        select(
            literal("role"),
            CoalitionRole.id,
            cast(CoalitionRole.role, String),
            CoalitionOrganization.organization_id,
            nameless,
            Coalition.id,
            Coalition.name,
        )
        .join(Coalition, Coalition.id == CoalitionRole.coalition_id)
        .outerjoin(
            CoalitionOrganization,
            and_(CoalitionOrganization.coalition_id == Coalition.id, CoalitionOrganization.left_at.is_(None)),
        )
        .where(CoalitionRole.person_id == person_id, CoalitionRole.ended_at.is_(None))
    )
    return union_all(memberships, capabilities, roles).order_by("part", "id")


def _memberships(rows: Sequence[Any]) -> tuple[HeldMembership, ...]:
    coalitions: dict[int, set[int]] = defaultdict(set)
    capabilities: dict[int, set[Capability]] = defaultdict(set)
    named: dict[int, Any] = {}
    for row in rows:
        if row.part == "capability":
            capabilities[row.id].add(Capability(row.word))
            continue
        named[row.id] = row
        if row.coalition_id is not None:
            coalitions[row.id].add(row.coalition_id)
    return tuple(
        HeldMembership(
            membership_id=membership_id,
            organization_id=row.organization_id,
            organization_name=row.organization_name,
            role=MembershipRole(row.word),
            coalition_ids=frozenset(coalitions[membership_id]),
            capabilities=frozenset(capabilities[membership_id]),
        )
        for membership_id, row in sorted(named.items())
    )


def _coalition_roles(rows: Sequence[Any]) -> tuple[HeldCoalitionRole, ...]:
    organizations: dict[int, set[int]] = defaultdict(set)
    named: dict[int, Any] = {}
    for row in rows:
        named[row.id] = row
        if row.organization_id is not None:
            organizations[row.id].add(row.organization_id)
    return tuple(
        HeldCoalitionRole(
            coalition_id=row.coalition_id,
            coalition_name=row.coalition_name,
            role=CoalitionRoleKind(row.word),
            organization_ids=frozenset(organizations[role_id]),
        )
        for role_id, row in sorted(named.items())
    )

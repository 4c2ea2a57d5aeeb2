"""Reading coalitions, and the standing of a person: the one query that permissions rest on."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, String, and_, bindparam, cast, func, literal, null, select, union_all
from sqlalchemy.orm import aliased, contains_eager

from lms.accounts.models import Person, PersonState
from lms.accounts.queries import LivePerson
from lms.authz import Actor, Capability, CoalitionRoleKind, HeldCoalitionRole, HeldMembership, MembershipRole, Scope
from lms.coalitions.catalog import default_facts
from lms.coalitions.models import Coalition, CoalitionFact, CoalitionOrganization, CoalitionRole, FactKey
from lms.db import db, read_columns
from lms.errors import NotFound
from lms.organizations.models import Membership, MembershipCapability, Organization, OrganizationState


def load_actor(person: Person | LivePerson, current_organization_id: int | None = None) -> Actor:
    """Return who a person is here now: open memberships, their capabilities, open coalition roles (one statement)."""
    rows = read_columns(_standing(), {"person_id": person.id}).all()
    held = [row for row in rows if row.part == "role"]
    return Actor(
        person_id=person.id,
        display_name=person.display_name,
        is_administrator=person.is_administrator,
        memberships=_memberships([row for row in rows if row.part != "role"]),
        coalition_roles=_coalition_roles(held),
        current_organization_id=current_organization_id,
    )


MOST_CHOICES = 1_000  # more than this is no list to choose from


@dataclass(frozen=True)
class FactPlace:
    """One blank of one coalition, filled or not."""

    coalition: Coalition
    key: FactKey
    fact: CoalitionFact | None

    @property
    def scope(self) -> Scope:
        """A blank belongs to its coalition."""
        return self.coalition.scope


@dataclass(frozen=True)
class HeldRole:
    """A coalition role with the coalition it is held in."""

    coalition: Coalition
    role: CoalitionRole

    @property
    def scope(self) -> Scope:
        """A role is the coalition's to end."""
        return self.coalition.scope


def get_coalition_for(actor: Actor, coalition_id: int) -> Coalition:
    """Return a coalition that the actor may see (one statement)."""
    is_in_reach = actor.is_administrator or coalition_id in actor.coalition_ids
    coalition = db.session.get(Coalition, coalition_id) if is_in_reach else None
    if coalition is None:
        raise NotFound("coalition")
    return coalition


def get_coalition(coalition_id: int) -> Coalition:
    """Return one coalition as the database has it now; for those who already know that they may (one statement)."""
    coalition = db.session.get(Coalition, coalition_id, populate_existing=True)
    if coalition is None:
        raise NotFound("coalition")
    return coalition


def get_coalition_by_slug(slug: str) -> Coalition:
    """Return the coalition with this slug (one statement)."""
    coalition = db.session.scalars(select(Coalition).where(Coalition.slug == slug)).one_or_none()
    if coalition is None:
        raise NotFound("coalition")
    return coalition


def lock_coalition(coalition_id: int) -> None:
    """Wait until nobody else changes who runs this coalition, and keep others waiting (one statement)."""
    db.session.execute(select(Coalition.id).where(Coalition.id == coalition_id).with_for_update())


def exists_other_coordinator(role: CoalitionRole) -> bool:
    """Say whether somebody beside this role's holder coordinates, with an account that can be used (one statement)."""
    others = (
        select(CoalitionRole.id)
        .join(CoalitionRole.person)
        .where(
            CoalitionRole.coalition_id == role.coalition_id,
            CoalitionRole.role == CoalitionRoleKind.COORDINATOR,
            CoalitionRole.ended_at.is_(None),
            CoalitionRole.person_id != role.person_id,
            Person.state == PersonState.ACTIVE,
        )
    )
    return db.session.scalars(others.limit(1)).first() is not None


def get_fact_place_for(actor: Actor, coalition_id: int, fact_key: str) -> FactPlace:
    """Return one blank of a coalition that the actor may see (two statements)."""
    if fact_key not in set(FactKey):
        raise NotFound("fact")
    coalition = get_coalition_for(actor, coalition_id)
    return FactPlace(coalition, FactKey(fact_key), find_fact(coalition.id, FactKey(fact_key)))


def get_belonging_for(actor: Actor, coalition_id: int, organization_id: int) -> CoalitionOrganization:
    """Return an organization's newest belonging to a coalition that the actor may see (two statements)."""
    coalition = get_coalition_for(actor, coalition_id)
    belongings = (
        select(CoalitionOrganization)
        .join(CoalitionOrganization.organization)
        .join(CoalitionOrganization.coalition)
        .options(contains_eager(CoalitionOrganization.organization), contains_eager(CoalitionOrganization.coalition))
        .where(
            CoalitionOrganization.coalition_id == coalition.id,
            CoalitionOrganization.organization_id == organization_id,
        )
    )
    belonging = db.session.scalars(belongings.order_by(CoalitionOrganization.id.desc()).limit(1)).first()
    if belonging is None:
        raise NotFound("organization")
    return belonging


def get_current_belonging_for(actor: Actor, coalition_id: int, organization_id: int) -> CoalitionOrganization:
    """Return an organization that belongs to a coalition now, which the actor may see (two statements)."""
    belonging = get_belonging_for(actor, coalition_id, organization_id)
    if belonging.left_at is not None:
        raise NotFound("organization")
    return belonging


def get_role_for(actor: Actor, coalition_id: int, role_id: int) -> HeldRole:
    """Return a role of a coalition that the actor may see, ended ones included (two statements)."""
    coalition = get_coalition_for(actor, coalition_id)
    held = (
        select(CoalitionRole)
        .join(CoalitionRole.person)
        .options(contains_eager(CoalitionRole.person))
        .where(CoalitionRole.id == role_id, CoalitionRole.coalition_id == coalition.id)
    )
    role = db.session.scalars(held).one_or_none()
    if role is None:
        raise NotFound("role")
    return HeldRole(coalition, role)


def list_coalitions() -> list[Coalition]:
    """Return all coalitions by name, for choices and commands (one statement)."""
    return list(db.session.scalars(select(Coalition).order_by(Coalition.name, Coalition.id)))


def count_organizations(coalition_id: int) -> int:
    """Return how many organizations at work belong to a coalition (one statement)."""
    return db.session.scalar(select(func.count()).select_from(_belonging(coalition_id).subquery())) or 0


def list_organizations(coalition_id: int, *, limit: int, offset: int = 0) -> list[Organization]:
    """Return the organizations at work in a coalition, by name (one statement)."""
    ordered = _belonging(coalition_id).order_by(Organization.name, Organization.id)
    return list(db.session.scalars(ordered.limit(limit).offset(offset)))


def list_organizations_outside(coalition_id: int) -> list[Organization]:
    """Return the organizations at work outside a coalition, by name; at most a thousand (one statement)."""
    inside = select(CoalitionOrganization.organization_id).where(
        CoalitionOrganization.coalition_id == coalition_id, CoalitionOrganization.left_at.is_(None)
    )
    outside = select(Organization).where(Organization.state == OrganizationState.ACTIVE, Organization.id.not_in(inside))
    return list(db.session.scalars(outside.order_by(Organization.name, Organization.id).limit(MOST_CHOICES)))


def list_coalitions_of(actor: Actor) -> list[Coalition]:
    """Return the coalitions a person sees through an organization or a role, by name (one statement, or none)."""
    if not actor.coalition_ids:
        return []
    seen = select(Coalition).where(Coalition.id.in_(actor.coalition_ids))
    return list(db.session.scalars(seen.order_by(Coalition.name, Coalition.id)))


def list_coordinated_alone(person_id: int) -> list[Coalition]:
    """Return the coalitions that nobody but this person coordinates (one statement)."""
    other, holder = aliased(CoalitionRole), aliased(Person)
    others = (
        select(other.id)
        .join(holder, holder.id == other.person_id)
        .where(
            other.coalition_id == Coalition.id,
            other.person_id != person_id,
            other.role == CoalitionRoleKind.COORDINATOR,
            other.ended_at.is_(None),
            holder.state == PersonState.ACTIVE,
        )
    )
    held = (
        select(Coalition)
        .join(CoalitionRole, CoalitionRole.coalition_id == Coalition.id)
        .where(
            CoalitionRole.person_id == person_id,
            CoalitionRole.role == CoalitionRoleKind.COORDINATOR,
            CoalitionRole.ended_at.is_(None),
            ~others.exists(),
        )
    )
    return list(db.session.scalars(held.order_by(Coalition.id)))


def list_rows_of(person_id: int) -> list[dict[str, Any]]:
    """Return the roles somebody holds or held in coalitions, for their own copy (one statement)."""
    held = (
        select(Coalition.name.label("coalition"), CoalitionRole.role, CoalitionRole.started_at, CoalitionRole.ended_at)
        .join(Coalition, Coalition.id == CoalitionRole.coalition_id)
        .where(CoalitionRole.person_id == person_id)
        .order_by(CoalitionRole.id)
    )
    return [dict(row) for row in db.session.execute(held).mappings()]


def count_roles(coalition_id: int) -> int:
    """Return how many open roles a coalition has (one statement)."""
    held = select(func.count()).where(CoalitionRole.coalition_id == coalition_id, CoalitionRole.ended_at.is_(None))
    return db.session.scalar(held) or 0


def list_roles(coalition_id: int, *, limit: int, offset: int = 0) -> list[CoalitionRole]:
    """Return the open roles of a coalition with their people: coordinators first, then by name (one statement)."""
    held = (
        select(CoalitionRole)
        .join(CoalitionRole.person)
        .options(contains_eager(CoalitionRole.person))
        .where(CoalitionRole.coalition_id == coalition_id, CoalitionRole.ended_at.is_(None))
        .order_by(
            CoalitionRole.role, func.lower(func.coalesce(Person.name, Person.alias, Person.email)), CoalitionRole.id
        )
    )
    return list(db.session.scalars(held.limit(limit).offset(offset)))


def find_fact(coalition_id: int, key: FactKey) -> CoalitionFact | None:
    """Return one fact of a coalition, as the database has it now, or None (one statement)."""
    held = select(CoalitionFact).where(CoalitionFact.coalition_id == coalition_id, CoalitionFact.key == key)
    return db.session.scalars(held.execution_options(populate_existing=True)).one_or_none()


def list_facts(coalition_id: int) -> dict[FactKey, CoalitionFact]:
    """Return the facts a coalition has filled in (one statement)."""
    held = select(CoalitionFact).where(CoalitionFact.coalition_id == coalition_id)
    return {fact.key: fact for fact in db.session.scalars(held)}


def facts_for(actor: Actor | None, language: str) -> Mapping[str, str]:
    """Return what fills every blank of a page for this reader (one statement, none without a coalition).

    The coalitions of the membership the person acts in come first, else those of a coalition role. Where several fill
    the same blank the oldest coalition speaks; where none does, the phrase that is true everywhere.
    """
    facts = default_facts(language)
    coalition_ids = _coalitions_whose_facts_hold(actor)
    if coalition_ids:
        held = read_columns(_facts(language), {"coalition_ids": sorted(coalition_ids)})
        facts.update({key.value: text for key, text in held})
    return facts


@cache  # built once: putting it together takes longer than running it
def _facts(language: str) -> Select[FactKey, str]:
    """What coalitions say in one language, the oldest one last."""
    fact = CoalitionFact.__table__.c
    held = select(fact.key, fact.text_es if language == "es" else fact.text_en)
    held = held.where(fact.coalition_id.in_(bindparam("coalition_ids", expanding=True)))
    return held.order_by(fact.coalition_id.desc(), fact.id)


def list_time_zones(organization_ids: Collection[int]) -> dict[int, str]:
    """Return by which zone each organization in a coalition counts days: that of its oldest one (one statement)."""
    return dict(read_columns(_zones(), {"organization_ids": sorted(organization_ids)}).all())


@cache
def _zones() -> Select[int, str]:
    """Zones around organizations, that of the oldest coalition last."""
    around = (
        select(CoalitionOrganization.organization_id, Coalition.time_zone)
        .join(Coalition, Coalition.id == CoalitionOrganization.coalition_id)
        .where(
            CoalitionOrganization.organization_id.in_(bindparam("organization_ids", expanding=True)),
            CoalitionOrganization.left_at.is_(None),
        )
    )
    return around.order_by(Coalition.id.desc())


def _coalitions_whose_facts_hold(actor: Actor | None) -> frozenset[int]:
    if actor is None:
        return frozenset()
    here = actor.current_membership
    if here is not None and here.coalition_ids:
        return here.coalition_ids
    return frozenset(held.coalition_id for held in actor.coalition_roles)


def _belonging(coalition_id: int) -> Any:
    return (
        select(Organization)
        .join(CoalitionOrganization, CoalitionOrganization.organization_id == Organization.id)
        .where(
            CoalitionOrganization.coalition_id == coalition_id,
            CoalitionOrganization.left_at.is_(None),
            Organization.state == OrganizationState.ACTIVE,
        )
    )


@cache  # built once: putting it together takes longer than running it
def _standing() -> Any:
    """Rows of (part, id, word, organization, organization name, coalition, coalition name, time zone)."""
    nobody, nameless = cast(null(), Integer), cast(null(), String)
    in_coalition = and_(
        CoalitionOrganization.organization_id == Organization.id, CoalitionOrganization.left_at.is_(None)
    )
    is_open = and_(
        Membership.person_id == bindparam("person_id"),
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
            Coalition.time_zone.label("time_zone"),
        )
        .join(Organization, Organization.id == Membership.organization_id)
        .outerjoin(CoalitionOrganization, in_coalition)
        .outerjoin(Coalition, Coalition.id == CoalitionOrganization.coalition_id)
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
            Coalition.time_zone,
        )
        .join(Coalition, Coalition.id == CoalitionRole.coalition_id)
        .outerjoin(
            CoalitionOrganization,
            and_(CoalitionOrganization.coalition_id == Coalition.id, CoalitionOrganization.left_at.is_(None)),
        )
        .where(CoalitionRole.person_id == bindparam("person_id"), CoalitionRole.ended_at.is_(None))
    )
    return union_all(memberships, capabilities, roles).order_by("part", "id")


def _memberships(rows: Sequence[Any]) -> tuple[HeldMembership, ...]:
    zones: dict[int, dict[int, str]] = defaultdict(dict)  # membership → coalition → its zone
    capabilities: dict[int, set[Capability]] = defaultdict(set)
    named: dict[int, Any] = {}
    for row in rows:
        if row.part == "capability":
            capabilities[row.id].add(Capability(row.word))
            continue
        named[row.id] = row
        if row.coalition_id is not None:
            zones[row.id][row.coalition_id] = row.time_zone
    return tuple(
        HeldMembership(
            membership_id=membership_id,
            organization_id=row.organization_id,
            organization_name=row.organization_name,
            role=MembershipRole(row.word),
            coalition_ids=frozenset(zones[membership_id]),
            capabilities=frozenset(capabilities[membership_id]),
            time_zone=zones[membership_id][min(zones[membership_id])] if zones[membership_id] else None,
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
            time_zone=row.time_zone,
        )
        for role_id, row in sorted(named.items())
    )

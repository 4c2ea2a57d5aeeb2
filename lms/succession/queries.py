"""Reading critical roles: found through the actor's reach, with who stands to them and what shows it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.accounts.models import Person, PersonState
from lms.accounts.queries import by_shown_name
from lms.authz import Actor, CoalitionRoleKind, MembershipRole, Permission, Scope, can
from lms.coalitions.models import Coalition, CoalitionOrganization, CoalitionRole
from lms.coalitions.queries import get_coalition_for
from lms.db import db
from lms.errors import NotFound
from lms.organizations.models import Membership, Organization
from lms.organizations.queries import get_organization_for
from lms.succession import rules
from lms.succession.models import (
    Criticality,
    CriticalRole,
    EvidenceKind,
    PositionKind,
    RoleEvidence,
    RolePosition,
    SuccessionSharing,
)
from lms.succession.rules import Coverage, Level, StandIn

MOST_CHOICES = 1_000  # more than this is no list to choose from
MOST_PAST = 50


@dataclass(frozen=True)
class Owner:
    """An organization or a coalition as the place of its critical roles, seen by one actor."""

    organization: Organization | None
    coalition: Coalition | None
    is_shared: bool
    scope: Scope

    @property
    def id(self) -> int:
        """The id of the organization or coalition."""
        place = self.organization or self.coalition
        return 0 if place is None else place.id

    @property
    def name(self) -> str:
        """The name of the organization or coalition."""
        place = self.organization or self.coalition
        return "" if place is None else place.name


@dataclass(frozen=True)
class Position:
    """Somebody's standing to a role; no person: a former member."""

    position_id: int
    role_id: int
    person_id: int | None
    name: str | None
    kind: PositionKind
    started_at: datetime
    ended_at: datetime | None
    is_here: bool  # belongs to the owner now, with an account that can be used

    @property
    def counts(self) -> bool:
        """Whether this person covers the role today."""
        return self.ended_at is None and self.is_here and self.person_id is not None


@dataclass(frozen=True)
class Evidence:
    """One thing that somebody did to be able to step in."""

    evidence_id: int
    role_id: int
    person_id: int | None
    name: str | None
    kind: EvidenceKind
    happened_on: date
    how: str
    noted_by: str | None
    noted_at: datetime
    taken_back_at: datetime | None


@dataclass(frozen=True)
class RoleCard:
    """A role with its owner, its people and its evidence, as one actor may see it."""

    role: CriticalRole
    owner: Owner
    positions: Sequence[Position]
    evidence: Sequence[Evidence]
    scope: Scope

    @property
    def open_positions(self) -> Sequence[Position]:
        """Who stands to the role now, also those whose account cannot be used."""
        return [each for each in self.positions if each.ended_at is None]

    @property
    def holders(self) -> Sequence[Position]:
        """Who holds the role now."""
        return [each for each in self.open_positions if each.kind is PositionKind.HOLDER]

    @property
    def backups(self) -> Sequence[Position]:
        """Who stands behind the holder now."""
        return [each for each in self.open_positions if each.kind is PositionKind.BACKUP]

    @property
    def past_positions(self) -> Sequence[Position]:
        """Who stood to the role before, the newest first."""
        past = [each for each in self.positions if each.ended_at is not None]
        return sorted(past, key=lambda each: (each.ended_at, each.position_id), reverse=True)[:MOST_PAST]

    @cached_property
    def stand_ins(self) -> Mapping[int, StandIn]:
        """What each person has done, by person."""
        newest: dict[int, dict[str, date]] = defaultdict(dict)
        for each in self.evidence:
            if each.person_id is not None and each.taken_back_at is None:
                days = newest[each.person_id]
                day = f"{each.kind.value}_on"
                days[day] = max(each.happened_on, days.get(day, each.happened_on))
        return {person_id: StandIn(person_id, **days) for person_id, days in newest.items()}

    @property
    def covering_ids(self) -> frozenset[int]:
        """Who could do it today."""
        return frozenset(each.person_id for each in self.open_positions if each.counts and each.person_id is not None)

    def coverage_on(self, today: date) -> Coverage:
        """Return how sure the role is."""
        holders = [each.person_id for each in self.holders if each.counts and each.person_id is not None]
        backups = [each.person_id for each in self.backups if each.counts and each.person_id is not None]
        return rules.coverage_of(holders, backups, list(self.stand_ins.values()), today)


@dataclass(frozen=True)
class RoleMap:
    """The roles of one owner: the open ones, what has nobody first, and those that were closed."""

    rows: Sequence[tuple[RoleCard, Coverage]]
    closed: Sequence[CriticalRole]

    @property
    def n_vacant(self) -> int:
        """Roles that nobody holds."""
        return self._count(Level.VACANT)

    @property
    def n_on_one(self) -> int:
        """Roles that one person alone holds."""
        return self._count(Level.HELD)

    @property
    def n_sure(self) -> int:
        """Roles with somebody trained to step in."""
        return self._count(Level.BACKUP_TRAINED, Level.REHEARSED)

    @property
    def people_by_role(self) -> Mapping[int, Collection[int]]:
        """Who could do each role today."""
        return {card.role.id: card.covering_ids for card, _ in self.rows}

    @property
    def bus_factor(self) -> int | None:
        """The smallest number of departures that leaves some role with nobody."""
        return rules.bus_factor(self.people_by_role)

    @property
    def alone(self) -> Sequence[tuple[str, Sequence[RoleCard]]]:
        """People on whom roles rest alone, with these roles."""
        cards = {card.role.id: card for card, _ in self.rows}
        names = {each.person_id: each.name for card in cards.values() for each in card.open_positions}
        resting = rules.roles_resting_on_one(self.people_by_role)
        return [(names[who] or "", [cards[role_id] for role_id in ids]) for who, ids in resting.items()]

    def _count(self, *levels: Level) -> int:
        return sum(coverage.level in levels for _, coverage in self.rows)


def get_organization_owner_for(actor: Actor, organization_id: int) -> Owner:
    """Return an organization the actor may see, as the place of its roles (two statements)."""
    organization = get_organization_for(actor, organization_id)
    return _owner(actor, organization, None, is_shared=_is_shared(organization.id))


def get_owner_for_reading(actor: Actor, organization: Organization) -> Owner:
    """Return an organization as the place of its roles, to say who may read them.

    Whether they are shared is asked only for those to whom it matters: experts (one statement at most).
    """
    return _owner(actor, organization, None, is_shared=bool(actor.coalition_roles) and _is_shared(organization.id))


def _is_shared(organization_id: int) -> bool:
    sharing = db.session.get(SuccessionSharing, organization_id)
    return sharing is not None and sharing.is_shared


def get_coalition_owner_for(actor: Actor, coalition_id: int) -> Owner:
    """Return a coalition the actor may see, as the place of its roles (one statement)."""
    return _owner(actor, None, get_coalition_for(actor, coalition_id), is_shared=False)


def get_role_for(actor: Actor, role_id: int) -> RoleCard:
    """Return a role the actor may read, closed ones included, with people and evidence (three statements)."""
    found = db.session.execute(
        select(CriticalRole, Organization, Coalition, SuccessionSharing.is_shared)
        .outerjoin(Organization, Organization.id == CriticalRole.organization_id)
        .outerjoin(Coalition, Coalition.id == CriticalRole.coalition_id)
        .outerjoin(SuccessionSharing, SuccessionSharing.organization_id == CriticalRole.organization_id)
        .where(CriticalRole.id == role_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("role")
    role, organization, coalition, is_shared = found
    owner = _owner(actor, organization, coalition, is_shared=bool(is_shared))
    (card,) = _cards([role], owner)
    if not can(actor, Permission.SUCCESSION_READ, card.scope):
        raise NotFound("role")
    return card


def get_role_map(owner: Owner, today: date) -> RoleMap:
    """Return the roles of an owner, the open ones with their coverage (three statements).

    What has nobody comes first, then what does most harm; of the closed ones the newest.
    """
    listed = select(CriticalRole).where(_belongs_to(owner)).limit(rules.MOST_ROLES + MOST_PAST)
    roles = db.session.scalars(listed.order_by(CriticalRole.closed_at.is_not(None), CriticalRole.id.desc())).all()
    still_open = [role for role in roles if role.closed_at is None]
    rows = [(card, card.coverage_on(today)) for card in _cards(still_open, owner)]
    return RoleMap(
        rows=sorted(rows, key=lambda row: _most_pressing_first(*row)),
        closed=[role for role in roles if role.closed_at is not None],
    )


def count_open_roles(owner: Owner) -> int:
    """Return how many roles an owner has open (one statement)."""
    counted = select(func.count()).select_from(CriticalRole).where(_belongs_to(owner), CriticalRole.closed_at.is_(None))
    return db.session.scalar(counted) or 0


@dataclass(frozen=True)
class Choice:
    """Somebody who can be named."""

    person_id: int
    name: str


def list_choices(owner: Owner) -> list[Choice]:
    """Return who can be named, by name (one statement).

    In an organization all who belong to it; in a coalition those whom its coordinators know by name: who holds a
    coalition role, and who leads an organization of it.
    """
    people = _members(owner.id) if owner.organization is not None else _known_in_coalition(owner.id)
    listed = select(Person).where(Person.id.in_(people)).order_by(by_shown_name(), Person.id).limit(MOST_CHOICES)
    return [Choice(person.id, person.display_name) for person in db.session.scalars(listed)]


@dataclass(frozen=True)
class OwnRole:
    """A role that somebody holds or stands behind."""

    role_id: int
    name: str
    owner_name: str
    kind: PositionKind


def list_own_roles(person_id: int) -> list[OwnRole]:
    """Return the open roles that a person holds or stands behind, where they still belong (one statement)."""
    rows = db.session.execute(
        _standing_positions()
        .where(RolePosition.person_id == person_id, RolePosition.ended_at.is_(None), CriticalRole.closed_at.is_(None))
        .order_by(RolePosition.kind.desc(), CriticalRole.name, CriticalRole.id)
    )
    return [OwnRole(role.id, role.name, owner_name, position.kind) for position, role, owner_name, here in rows if here]


def count_backed_roles(organization_id: int) -> tuple[int, int]:
    """Return how many open critical roles an organization has somebody behind, and how many it has (one statement)."""
    backed = exists().where(
        RolePosition.role_id == CriticalRole.id,
        RolePosition.kind == PositionKind.BACKUP,
        RolePosition.ended_at.is_(None),
        RolePosition.person_id == Person.id,
        Person.state == PersonState.ACTIVE,
        Membership.person_id == Person.id,
        Membership.organization_id == CriticalRole.organization_id,
        Membership.ended_at.is_(None),
    )
    counted = select(func.coalesce(func.sum(case((backed, 1), else_=0)), 0), func.count()).where(
        CriticalRole.organization_id == organization_id, CriticalRole.closed_at.is_(None)
    )
    n_backed, n_roles = db.session.execute(counted).one()
    return n_backed, n_roles


def list_open_positions(person_id: int, organization_id: int) -> list[tuple[RolePosition, CriticalRole]]:
    """Return a person's open positions in an organization's own open roles (one statement)."""
    rows = db.session.execute(
        select(RolePosition, CriticalRole)
        .join(CriticalRole, CriticalRole.id == RolePosition.role_id)
        .where(
            RolePosition.person_id == person_id,
            RolePosition.ended_at.is_(None),
            CriticalRole.organization_id == organization_id,
            CriticalRole.closed_at.is_(None),
        )
        .order_by(RolePosition.id)
    )
    return [(position, role) for position, role in rows]


def list_baseless_positions(person_id: int) -> list[RolePosition]:
    """Return a person's open positions where they belong no longer (one statement)."""
    rows = db.session.execute(
        _standing_positions(by_account=False)
        .where(RolePosition.person_id == person_id, RolePosition.ended_at.is_(None))
        .order_by(RolePosition.id)
    )
    return [position for position, _, _, here in rows if not here]


def list_rows_of(person_id: int) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return what is kept about a person here, as plain rows (two statements)."""
    positions = db.session.execute(
        _standing_positions().where(RolePosition.person_id == person_id).order_by(RolePosition.id)
    )
    evidence = db.session.execute(
        select(RoleEvidence, CriticalRole.name)
        .join(CriticalRole, CriticalRole.id == RoleEvidence.role_id)
        .where(RoleEvidence.person_id == person_id)
        .order_by(RoleEvidence.id)
    )
    held: list[Mapping[str, Any]] = [
        {
            "role": role.name,
            "owner": owner_name,
            "kind": position.kind.value,
            "from": position.started_at.isoformat(),
            "to": position.ended_at.isoformat() if position.ended_at else None,
        }
        for position, role, owner_name, _here in positions
    ]
    shown: list[Mapping[str, Any]] = [
        {
            "role": name,
            "kind": each.kind.value,
            "day": each.happened_on.isoformat(),
            "how": each.how,
            "taken_back": each.taken_back_at is not None,
        }
        for each, name in evidence
    ]
    return [("critical_roles", held), ("role_evidence", shown)]


def _owner(actor: Actor, organization: Organization | None, coalition: Coalition | None, *, is_shared: bool) -> Owner:
    """Say what the owner's roles are to this actor. A coalition's are its coordinators': experts do not read them."""
    if organization is not None:
        ids = frozenset({organization.id})
        shared_ids = ids if is_shared else frozenset()
        return Owner(
            organization, None, is_shared, Scope(private_organization_ids=ids, served_organization_ids=shared_ids)
        )
    coordinates = any(
        held.role is CoalitionRoleKind.COORDINATOR and coalition is not None and held.coalition_id == coalition.id
        for held in actor.coalition_roles
    )
    scope = coalition.scope if coalition is not None and coordinates else Scope()
    return Owner(None, coalition, is_shared, scope)


def _cards(roles: Sequence[CriticalRole], owner: Owner) -> list[RoleCard]:
    ids = [role.id for role in roles]
    positions, evidence = _positions(ids), _evidence(ids)
    return [
        RoleCard(
            role=role,
            owner=owner,
            positions=positions[role.id],
            evidence=evidence[role.id],
            scope=_role_scope(owner, positions[role.id]),
        )
        for role in roles
    ]


def _most_pressing_first(card: RoleCard, coverage: Coverage) -> tuple[Level, int, str, int]:
    harm = list(Criticality).index(card.role.criticality)
    return coverage.level, harm, card.role.name.casefold(), card.role.id


def _role_scope(owner: Owner, positions: Sequence[Position]) -> Scope:
    return Scope(
        coalition_ids=owner.scope.coalition_ids,
        private_organization_ids=owner.scope.private_organization_ids,
        served_organization_ids=owner.scope.served_organization_ids,
        named_person_ids=frozenset(each.person_id for each in positions if each.counts and each.person_id is not None),
    )


def _positions(role_ids: Collection[int]) -> Mapping[int, list[Position]]:
    found: dict[int, list[Position]] = defaultdict(list)
    rows = db.session.execute(
        select(RolePosition, Person, _is_here())
        .join(CriticalRole, CriticalRole.id == RolePosition.role_id)
        .outerjoin(Person, Person.id == RolePosition.person_id)
        .where(RolePosition.role_id.in_(role_ids))
        .order_by(RolePosition.started_at, RolePosition.id)
        .execution_options(populate_existing=True)
    )
    for position, person, is_here in cast("Iterable[tuple[RolePosition, Person | None, bool]]", rows):
        found[position.role_id].append(
            Position(
                position_id=position.id,
                role_id=position.role_id,
                person_id=position.person_id,
                name=person.display_name if person is not None else None,
                kind=position.kind,
                started_at=position.started_at,
                ended_at=position.ended_at,
                is_here=bool(is_here),
            )
        )
    return found


def _evidence(role_ids: Collection[int]) -> Mapping[int, list[Evidence]]:
    found: dict[int, list[Evidence]] = defaultdict(list)
    noter = aliased(Person)
    rows = db.session.execute(
        select(RoleEvidence, Person, noter)
        .outerjoin(Person, Person.id == RoleEvidence.person_id)
        .outerjoin(noter, noter.id == RoleEvidence.noted_by_id)
        .where(RoleEvidence.role_id.in_(role_ids))
        .order_by(RoleEvidence.happened_on.desc(), RoleEvidence.id.desc())
        .execution_options(populate_existing=True)
    )
    for each, person, noted_by in cast("Iterable[tuple[RoleEvidence, Person | None, Person | None]]", rows):
        found[each.role_id].append(
            Evidence(
                evidence_id=each.id,
                role_id=each.role_id,
                person_id=each.person_id,
                name=person.display_name if person is not None else None,
                kind=each.kind,
                happened_on=each.happened_on,
                how=each.how,
                noted_by=noted_by.display_name if noted_by is not None else None,
                noted_at=each.noted_at,
                taken_back_at=each.taken_back_at,
            )
        )
    return found


def _standing_positions(*, by_account: bool = True) -> Any:
    """Rows of (position, role, name of its owner, whether the person still belongs there)."""
    return (
        select(
            RolePosition,
            CriticalRole,
            func.coalesce(Organization.name, Coalition.name),
            _is_here() if by_account else _belongs(),
        )
        .join(CriticalRole, CriticalRole.id == RolePosition.role_id)
        .outerjoin(Organization, Organization.id == CriticalRole.organization_id)
        .outerjoin(Coalition, Coalition.id == CriticalRole.coalition_id)
        .outerjoin(Person, Person.id == RolePosition.person_id)
    )


def _is_here() -> ColumnElement[bool]:
    """Belongs to the role's owner now, with an account that can be used."""
    return case((and_(Person.state == PersonState.ACTIVE, _belongs()), True), else_=False)


def _belongs() -> ColumnElement[bool]:
    is_member = exists().where(
        Membership.person_id == RolePosition.person_id,
        Membership.organization_id == CriticalRole.organization_id,
        Membership.ended_at.is_(None),
    )
    has_role = exists().where(
        CoalitionRole.person_id == RolePosition.person_id,
        CoalitionRole.coalition_id == CriticalRole.coalition_id,
        CoalitionRole.ended_at.is_(None),
    )
    is_neighbor = exists().where(
        CoalitionOrganization.coalition_id == CriticalRole.coalition_id,
        CoalitionOrganization.left_at.is_(None),
        Membership.organization_id == CoalitionOrganization.organization_id,
        Membership.person_id == RolePosition.person_id,
        Membership.ended_at.is_(None),
    )
    return case((or_(is_member, has_role, is_neighbor), True), else_=False)


def _belongs_to(owner: Owner) -> ColumnElement[bool]:
    if owner.organization is not None:
        return CriticalRole.organization_id == owner.id
    return CriticalRole.coalition_id == owner.id


def _members(organization_id: int) -> Select[Any]:
    return select(Membership.person_id).where(
        Membership.organization_id == organization_id, Membership.ended_at.is_(None)
    )


def _known_in_coalition(coalition_id: int) -> Any:
    helpers = select(CoalitionRole.person_id).where(
        CoalitionRole.coalition_id == coalition_id, CoalitionRole.ended_at.is_(None)
    )
    leads = (
        select(Membership.person_id)
        .join(CoalitionOrganization, CoalitionOrganization.organization_id == Membership.organization_id)
        .where(
            CoalitionOrganization.coalition_id == coalition_id,
            CoalitionOrganization.left_at.is_(None),
            Membership.role == MembershipRole.LEAD,
            Membership.ended_at.is_(None),
        )
    )
    return helpers.union(leads)

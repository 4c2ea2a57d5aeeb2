"""Who may do what: one literal table and one pure question, `can`.

A role reaches as far as the thing it is held in: a lead in one organization, a coordinator in one coalition, a person
in what is their own. Whether somebody may *know* of a thing is decided by the loader that looks it up through the
actor's reach; `can` decides what they may do with a thing they see. Whatever is not listed is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Permission(StrEnum):
    """What can be done, as `resource:action`."""

    SITE_USE = "site:use"
    ACCOUNT_MANAGE = "account:manage"
    LEARNING_DO = "learning:do"
    LEARNING_READ = "learning:read"
    CERTIFICATE_NAME = "certificate:name"
    ORGANIZATION_SEE = "organization:see"
    ORGANIZATION_BELONG = "organization:belong"
    ORGANIZATION_MANAGE = "organization:manage"
    COALITION_SEE = "coalition:see"
    COALITION_MANAGE = "coalition:manage"
    COALITION_COUNT_LEARNING = "coalition:count-learning"
    COALITION_APPOINT_COORDINATOR = "coalition:appoint-coordinator"
    SITE_ADMINISTER = "site:administer"
    TRAINING_ASSIGN = "training:assign"
    READINESS_READ = "readiness:read"
    READINESS_RATE = "readiness:rate"
    READINESS_MANAGE = "readiness:manage"
    READINESS_COMPARE = "readiness:compare"
    READINESS_CAMPAIGN = "readiness:campaign"
    COLLABORATIVE_READ = "collaborative:read"
    COLLABORATIVE_MANAGE = "collaborative:manage"
    IMPROVEMENT_READ = "improvement:read"
    IMPROVEMENT_WRITE = "improvement:write"
    IMPROVEMENT_COMMENT = "improvement:comment"
    TEAM_MANAGE = "team:manage"
    CYCLE_REVIEW = "cycle:review"
    PLAYBOOK_READ = "playbook:read"
    PLAYBOOK_EDIT = "playbook:edit"
    PLAYBOOK_MANAGE = "playbook:manage"
    SUCCESSION_READ = "succession:read"
    SUCCESSION_MANAGE = "succession:manage"
    ASSISTANCE_ASK = "assistance:ask"
    ASSISTANCE_READ = "assistance:read"
    ASSISTANCE_SERVE = "assistance:serve"


class Role(StrEnum):
    """In which quality a person meets a thing."""

    OWNER = "owner"  # the thing is the person's own
    STAFF = "staff"
    LEAD = "lead"
    NEIGHBOR = "neighbor"  # belongs to an organization of the coalition
    TA_EXPERT = "ta-expert"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"
    NAMED = "named"  # named on the thing itself: a team's member, a playbook's editor, a holder of the role
    READER = "reader"  # belongs where the thing is shared
    TRAINING_MANAGER = "training-manager"  # a capability, in its organization
    READINESS_FACILITATOR = "readiness-facilitator"
    CO_CHAIR = "co-chair"


class MembershipRole(StrEnum):
    """A person's standing in an organization."""

    STAFF = "staff"
    LEAD = "lead"


class CoalitionRoleKind(StrEnum):
    """A role held in a coalition."""

    COORDINATOR = "coordinator"
    TA_EXPERT = "ta-expert"


class Capability(StrEnum):
    """Given by name to a membership, beside its role."""

    TRAINING_MANAGER = "training-manager"
    AUTHOR = "author"
    CONTENT_REVIEWER = "content-reviewer"
    CLINICAL_SIGNER = "clinical-signer"
    FIELD_SUPERVISOR = "field-supervisor"
    READINESS_FACILITATOR = "readiness-facilitator"
    CO_CHAIR = "co-chair"
    TEAM_LEAD = "team-lead"
    MENTOR = "mentor"


GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(
        {
            Permission.SITE_USE,
            Permission.ACCOUNT_MANAGE,
            Permission.LEARNING_DO,
            Permission.LEARNING_READ,
            Permission.CERTIFICATE_NAME,
        }
    ),
    Role.STAFF: frozenset({Permission.ORGANIZATION_SEE, Permission.ORGANIZATION_BELONG}),
    Role.LEAD: frozenset(
        {
            Permission.ORGANIZATION_SEE,
            Permission.ORGANIZATION_BELONG,
            Permission.ORGANIZATION_MANAGE,
            Permission.LEARNING_READ,
            Permission.TRAINING_ASSIGN,
            Permission.READINESS_READ,
            Permission.READINESS_RATE,
            Permission.READINESS_MANAGE,
            Permission.COLLABORATIVE_READ,
            Permission.IMPROVEMENT_READ,
            Permission.IMPROVEMENT_WRITE,
            Permission.IMPROVEMENT_COMMENT,
            Permission.TEAM_MANAGE,
            Permission.PLAYBOOK_READ,
            Permission.PLAYBOOK_EDIT,
            Permission.PLAYBOOK_MANAGE,
            Permission.SUCCESSION_READ,
            Permission.SUCCESSION_MANAGE,
            Permission.ASSISTANCE_ASK,
            Permission.ASSISTANCE_READ,
        }
    ),
    Role.TRAINING_MANAGER: frozenset({Permission.TRAINING_ASSIGN}),
    Role.READINESS_FACILITATOR: frozenset(
        {Permission.READINESS_READ, Permission.READINESS_RATE, Permission.READINESS_MANAGE}
    ),
    Role.CO_CHAIR: frozenset({Permission.READINESS_READ}),
    Role.NAMED: frozenset(
        {
            Permission.READINESS_READ,
            Permission.READINESS_RATE,
            Permission.COLLABORATIVE_READ,
            Permission.IMPROVEMENT_READ,
            Permission.IMPROVEMENT_WRITE,
            Permission.IMPROVEMENT_COMMENT,
            Permission.PLAYBOOK_READ,
            Permission.PLAYBOOK_EDIT,
            Permission.SUCCESSION_READ,
        }
    ),
    Role.READER: frozenset(
        {
            Permission.READINESS_READ,
            Permission.COLLABORATIVE_READ,
            Permission.IMPROVEMENT_READ,
            Permission.PLAYBOOK_READ,
        }
    ),
    Role.NEIGHBOR: frozenset({Permission.COALITION_SEE}),
    Role.TA_EXPERT: frozenset(
        {
            Permission.COALITION_SEE,
            Permission.ORGANIZATION_SEE,
            Permission.READINESS_READ,
            Permission.READINESS_COMPARE,
            Permission.COLLABORATIVE_READ,
            Permission.IMPROVEMENT_READ,
            Permission.IMPROVEMENT_COMMENT,
            Permission.CYCLE_REVIEW,
            Permission.SUCCESSION_READ,
            Permission.ASSISTANCE_READ,
            Permission.ASSISTANCE_SERVE,
        }
    ),
    Role.COORDINATOR: frozenset(
        {
            Permission.COALITION_SEE,
            Permission.COALITION_MANAGE,
            Permission.COALITION_COUNT_LEARNING,
            Permission.ORGANIZATION_SEE,
            Permission.READINESS_READ,
            Permission.READINESS_COMPARE,
            Permission.READINESS_CAMPAIGN,
            Permission.COLLABORATIVE_READ,
            Permission.COLLABORATIVE_MANAGE,
            Permission.IMPROVEMENT_READ,
            Permission.IMPROVEMENT_COMMENT,
            Permission.PLAYBOOK_READ,
            Permission.PLAYBOOK_EDIT,
            Permission.PLAYBOOK_MANAGE,
            Permission.SUCCESSION_READ,
            Permission.SUCCESSION_MANAGE,
            Permission.ASSISTANCE_READ,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.LEARNING_READ,
            Permission.ORGANIZATION_SEE,
            Permission.ORGANIZATION_MANAGE,
            Permission.COALITION_SEE,
            Permission.COALITION_MANAGE,
            Permission.COALITION_COUNT_LEARNING,
            Permission.COALITION_APPOINT_COORDINATOR,
            Permission.SITE_ADMINISTER,
            Permission.TRAINING_ASSIGN,
            Permission.READINESS_READ,
            Permission.READINESS_RATE,
            Permission.READINESS_MANAGE,
            Permission.READINESS_COMPARE,
            Permission.READINESS_CAMPAIGN,
            Permission.COLLABORATIVE_READ,
            Permission.COLLABORATIVE_MANAGE,
            Permission.IMPROVEMENT_READ,
            Permission.IMPROVEMENT_WRITE,
            Permission.IMPROVEMENT_COMMENT,
            Permission.TEAM_MANAGE,
            Permission.PLAYBOOK_READ,
            Permission.PLAYBOOK_EDIT,
            Permission.PLAYBOOK_MANAGE,
            Permission.SUCCESSION_READ,
            Permission.SUCCESSION_MANAGE,
            Permission.ASSISTANCE_ASK,
            Permission.ASSISTANCE_READ,
        }
    ),
}


ROLE_OF_CAPABILITY: Mapping[Capability, Role] = {
    Capability.TRAINING_MANAGER: Role.TRAINING_MANAGER,
    Capability.READINESS_FACILITATOR: Role.READINESS_FACILITATOR,
    Capability.CO_CHAIR: Role.CO_CHAIR,
}


@dataclass(frozen=True)
class HeldMembership:
    """One open membership of an actor."""

    membership_id: int
    organization_id: int
    organization_name: str
    role: MembershipRole
    coalition_ids: frozenset[int] = frozenset()
    capabilities: frozenset[Capability] = frozenset()
    time_zone: str | None = None  # of the organization's oldest coalition


@dataclass(frozen=True)
class HeldCoalitionRole:
    """One open coalition role of an actor, with the organizations of that coalition now."""

    coalition_id: int
    coalition_name: str
    role: CoalitionRoleKind
    organization_ids: frozenset[int] = frozenset()
    time_zone: str | None = None


@dataclass(frozen=True)
class Actor:
    """The person who acts, and everything that permissions rest on, read anew for each request."""

    person_id: int
    display_name: str
    is_administrator: bool = False
    memberships: tuple[HeldMembership, ...] = ()
    coalition_roles: tuple[HeldCoalitionRole, ...] = ()
    current_organization_id: int | None = None

    @property
    def current_membership(self) -> HeldMembership | None:
        """The membership the person acts in: the chosen one, else the first."""
        chosen = (m for m in self.memberships if m.organization_id == self.current_organization_id)
        return next(chosen, self.memberships[0] if self.memberships else None)

    @property
    def organization_ids(self) -> frozenset[int]:
        """Organizations the person belongs to."""
        return frozenset(m.organization_id for m in self.memberships)

    @property
    def seen_organization_ids(self) -> frozenset[int]:
        """Organizations whose page the person may see (an administrator sees all)."""
        return self.organization_ids.union(*(r.organization_ids for r in self.coalition_roles))

    @property
    def led_organization_ids(self) -> frozenset[int]:
        """Organizations the person leads."""
        return frozenset(m.organization_id for m in self.memberships if m.role is MembershipRole.LEAD)

    @property
    def coalition_ids(self) -> frozenset[int]:
        """Coalitions the person sees, through an organization or a role."""
        through_organizations = frozenset().union(*(m.coalition_ids for m in self.memberships))
        return through_organizations | {r.coalition_id for r in self.coalition_roles}

    @property
    def time_zone(self) -> str:
        """By whose clock the person counts days: where they act, else their oldest coalition role, else anywhere."""
        here = (self.current_membership,) if self.memberships else ()
        roles = sorted(self.coalition_roles, key=lambda role: role.coalition_id)
        return next((held.time_zone for held in (*here, *roles, *self.memberships) if held and held.time_zone), "UTC")


@dataclass(frozen=True)
class Scope:
    """Where a thing belongs: to a person, organizations, coalitions; who is named on it; whom it is shared with."""

    person_id: int | None = None
    organization_ids: frozenset[int] = frozenset()
    coalition_ids: frozenset[int] = frozenset()
    private_organization_ids: frozenset[int] = frozenset()  # the coalition's roles do not reach in here
    served_organization_ids: frozenset[int] = frozenset()  # of the coalition's roles, only the TA experts' does
    named_person_ids: frozenset[int] = frozenset()
    reader_organization_ids: frozenset[int] = frozenset()
    reader_coalition_ids: frozenset[int] = frozenset()


class Scoped(Protocol):
    """Anything that knows where it belongs."""

    @property
    def scope(self) -> Scope: ...


def roles_in(actor: Actor, scope: Scope) -> Iterator[Role]:
    """Yield every quality in which the actor meets something in this scope."""
    if actor.is_administrator:
        yield Role.ADMINISTRATOR
    if scope.person_id == actor.person_id:
        yield Role.OWNER
    if actor.person_id in scope.named_person_ids:
        yield Role.NAMED
    if actor.organization_ids & scope.reader_organization_ids or actor.coalition_ids & scope.reader_coalition_ids:
        yield Role.READER
    for membership in actor.memberships:
        yield from _roles_of_member(membership, scope)
    for held in actor.coalition_roles:
        if held.coalition_id in scope.coalition_ids or held.organization_ids & scope.organization_ids:
            yield Role(held.role.value)
        elif held.role is CoalitionRoleKind.TA_EXPERT and held.organization_ids & scope.served_organization_ids:
            yield Role.TA_EXPERT


def _roles_of_member(membership: HeldMembership, scope: Scope) -> Iterator[Role]:
    if membership.organization_id in scope.organization_ids | scope.private_organization_ids:
        yield Role(membership.role.value)
        yield from (ROLE_OF_CAPABILITY[c] for c in membership.capabilities if c in ROLE_OF_CAPABILITY)
    if membership.coalition_ids & scope.coalition_ids:
        yield Role.NEIGHBOR


def can(actor: Actor | None, permission: Permission, scope: Scope) -> bool:
    """Say whether the actor may do this to something in this scope."""
    return actor is not None and any(permission in GRANTS[role] for role in roles_in(actor, scope))

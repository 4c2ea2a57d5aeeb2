"""Reading organizations and coalitions across the whole site."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.models import Coalition, CoalitionOrganization, CoalitionRole
from lms.db import db
from lms.organizations.models import Membership, Organization, OrganizationState
from lms.organizations.queries.places import MOST_CHOICES
from lms.organizations.queries.words import has_words


@dataclass(frozen=True)
class OrganizationFilter:
    """Which organizations to list. Empty means: any."""

    words: str = ""
    state: OrganizationState | None = None

    @property
    def is_set(self) -> bool:
        """Whether the filter leaves any out."""
        return self != OrganizationFilter()


@dataclass(frozen=True)
class OrganizationRow:
    """One line of the list of organizations."""

    organization: Organization
    n_people: int
    n_leads: int
    n_coalitions: int


@dataclass(frozen=True)
class CoalitionRow:
    """One line of the list of coalitions."""

    coalition: Coalition
    n_organizations: int
    n_coordinators: int


def count_organizations(wanted: OrganizationFilter) -> int:
    """Return how many organizations a filter leaves (one statement)."""
    return db.session.scalar(select(func.count()).select_from(Organization).where(*_conditions(wanted))) or 0


def list_organizations(wanted: OrganizationFilter, *, limit: int, offset: int = 0) -> list[OrganizationRow]:
    """Return organizations by name (one statement)."""
    is_member = (Membership.organization_id == Organization.id, Membership.ended_at.is_(None))
    is_inside = (CoalitionOrganization.organization_id == Organization.id, CoalitionOrganization.left_at.is_(None))
    listed = (
        select(
            Organization,
            select(func.count()).where(*is_member).scalar_subquery(),
            select(func.count()).where(*is_member, Membership.role == MembershipRole.LEAD).scalar_subquery(),
            select(func.count()).where(*is_inside).scalar_subquery(),
        )
        .where(*_conditions(wanted))
        .order_by(func.lower(Organization.name), Organization.id)
    )
    return [OrganizationRow(*row) for row in db.session.execute(listed.limit(limit).offset(offset))]


def list_open_organizations() -> list[Organization]:
    """Return the organizations at work by name, for choices; at most a thousand (one statement)."""
    at_work = select(Organization).where(Organization.state == OrganizationState.ACTIVE)
    return list(
        db.session.scalars(at_work.order_by(func.lower(Organization.name), Organization.id).limit(MOST_CHOICES))
    )


def count_coalitions() -> int:
    """Return how many coalitions there are (one statement)."""
    return db.session.scalar(select(func.count()).select_from(Coalition)) or 0


def list_coalitions(*, limit: int, offset: int = 0) -> list[CoalitionRow]:
    """Return coalitions by name (one statement)."""
    is_inside = (
        CoalitionOrganization.coalition_id == Coalition.id,
        CoalitionOrganization.left_at.is_(None),
        CoalitionOrganization.organization_id == Organization.id,
        Organization.state == OrganizationState.ACTIVE,
    )
    is_held = (
        CoalitionRole.coalition_id == Coalition.id,
        CoalitionRole.ended_at.is_(None),
        CoalitionRole.role == CoalitionRoleKind.COORDINATOR,
    )
    listed = select(
        Coalition,
        select(func.count()).where(*is_inside).scalar_subquery(),
        select(func.count()).where(*is_held).scalar_subquery(),
    ).order_by(func.lower(Coalition.name), Coalition.id)
    return [CoalitionRow(*row) for row in db.session.execute(listed.limit(limit).offset(offset))]


def _conditions(wanted: OrganizationFilter) -> list[ColumnElement[bool]]:
    conditions: list[Any] = []
    if wanted.words:
        conditions.append(has_words(wanted.words, Organization.name))
    if wanted.state is not None:
        conditions.append(Organization.state == wanted.state)
    return conditions

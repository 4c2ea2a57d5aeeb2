"""Reading invitations."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import joinedload

from lms import clock, links
from lms.accounts.models import Person
from lms.authz import Actor, MembershipRole
from lms.db import db
from lms.errors import NotFound
from lms.organizations import rules
from lms.organizations.models import Invitation, InvitationKind, Membership, Organization, OrganizationState
from lms.organizations.queries.places import get_organization_for
from lms.organizations.queries.words import has_words
from lms.organizations.rules import InvitationState


def get_invitation_for(actor: Actor, organization_id: int, invitation_id: int) -> Invitation:
    """Return an invitation of an organization the actor may see, with the organization (two statements)."""
    get_organization_for(actor, organization_id)
    asked = select(Invitation).where(Invitation.id == invitation_id, Invitation.organization_id == organization_id)
    invitation = db.session.scalars(asked.options(joinedload(Invitation.organization))).one_or_none()
    if invitation is None:
        raise NotFound("invitation")
    return invitation


@dataclass(frozen=True)
class InvitationRow:
    """One line of the list of invitations."""

    invitation_id: int
    kind: InvitationKind
    name: str | None
    email: str | None
    role: MembershipRole
    state: InvitationState
    n_uses: int
    max_uses: int
    expires_at: datetime
    made_by: str | None


@dataclass(frozen=True)
class InvitationFilter:
    """Which invitations of an organization to list. None means: any."""

    words: str = ""
    state: InvitationState | None = None

    @property
    def is_set(self) -> bool:
        """Whether the filter leaves any out."""
        return self != InvitationFilter()


def count_invitations(organization_id: int, wanted: InvitationFilter | None = None) -> int:
    """Return how many invitations there are, or how many of them a filter leaves (one statement)."""
    counted = select(func.count()).select_from(Invitation).where(*_of_invitations(organization_id, wanted))
    return db.session.scalar(counted) or 0


def list_invitations(
    organization_id: int, wanted: InvitationFilter | None = None, *, limit: int, offset: int = 0
) -> list[InvitationRow]:
    """Return one page of an organization's invitations, newest first (one statement)."""
    listed = (
        select(Invitation, Person)
        .outerjoin(Person, Person.id == Invitation.created_by_id)
        .where(*_of_invitations(organization_id, wanted))
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [
        InvitationRow(
            invitation_id=invitation.id,
            kind=invitation.kind,
            name=invitation.name,
            email=invitation.email,
            role=invitation.role,
            state=state_of(invitation),
            n_uses=invitation.n_uses,
            max_uses=invitation.max_uses,
            expires_at=invitation.expires_at,
            made_by=_name(person),
        )
        for invitation, person in db.session.execute(listed)
    ]


@dataclass(frozen=True)
class FoundInvitation:
    """A usable invitation as its receiver sees it: plain values, which outlive the transaction that read them."""

    invitation_id: int
    organization_id: int
    organization_name: str
    kind: InvitationKind
    email: str | None
    name: str | None
    role: MembershipRole
    language: str
    expires_at: datetime
    invited_by: str | None


def find_invitation_by_secret(secret: str) -> FoundInvitation | None:
    """Return the invitation behind a link, unless it cannot be used any more (one statement)."""
    asked = (
        select(Invitation, Organization.name, Person)
        .join(Organization, Organization.id == Invitation.organization_id)
        .outerjoin(Person, Person.id == Invitation.created_by_id)
        .where(
            Invitation.secret_hash == links.hash_secret(secret),
            is_usable(clock.now()),
            Organization.state == OrganizationState.ACTIVE,
        )
    )
    row = db.session.execute(asked).one_or_none()
    if row is None:
        return None
    invitation, organization_name, person = row
    return FoundInvitation(
        invitation_id=invitation.id,
        organization_id=invitation.organization_id,
        organization_name=organization_name,
        kind=invitation.kind,
        email=invitation.email,
        name=invitation.name,
        role=invitation.role,
        language=invitation.language.value,
        expires_at=invitation.expires_at,
        invited_by=_name(person),
    )


@dataclass(frozen=True)
class SendableInvitation:
    """An invitation whose mail may leave, and who made it."""

    invitation: Invitation
    invited_by: str | None


def find_invitation_to_send(invitation_id: int) -> SendableInvitation | None:
    """Return an invitation with its organization and who made it, if its mail may still leave (one statement)."""
    asked = (
        select(Invitation, Person)
        .join(Invitation.organization)
        .outerjoin(Person, Person.id == Invitation.created_by_id)
        .options(joinedload(Invitation.organization))
        .where(
            Invitation.id == invitation_id,
            Invitation.email.is_not(None),
            is_usable(clock.now()),
            Organization.state == OrganizationState.ACTIVE,
        )
    )
    row = db.session.execute(asked).one_or_none()
    return None if row is None else SendableInvitation(row[0], _name(row[1]))


def list_known_addresses(organization_id: int, emails: Collection[str]) -> dict[str, bool]:
    """Return which of these addresses belong to people here (True) or are already invited (False) (two statements)."""
    members = (
        select(Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
            Person.email.in_(emails),
        )
    )
    invited = select(Invitation.email).where(
        Invitation.organization_id == organization_id, Invitation.email.in_(emails), is_usable(clock.now())
    )
    known = {str(email): False for email in db.session.scalars(invited)}
    return known | {str(email): True for email in db.session.scalars(members)}


def state_of(invitation: Invitation) -> InvitationState:
    """Say what became of an invitation."""
    return rules.invitation_state(
        clock.now(),
        expires_at=invitation.expires_at,
        revoked_at=invitation.revoked_at,
        n_uses=invitation.n_uses,
        max_uses=invitation.max_uses,
    )


def is_usable(now: datetime) -> ColumnElement[bool]:
    """Return the condition under which an invitation still lets somebody in."""
    return and_(Invitation.revoked_at.is_(None), Invitation.n_uses < Invitation.max_uses, Invitation.expires_at > now)


def _name(person: Person | None) -> str | None:
    return person.display_name if person else None


def _of_invitations(organization_id: int, wanted: InvitationFilter | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Invitation.organization_id == organization_id]
    if wanted is None:
        return conditions
    if wanted.words:
        conditions.append(has_words(wanted.words, Invitation.name, Invitation.email))
    if wanted.state is not None:
        conditions.append(_in_state(wanted.state, clock.now()))
    return conditions


def _in_state(state: InvitationState, now: datetime) -> ColumnElement[bool]:
    """Say in SQL what `rules.invitation_state` says in Python."""
    is_revoked, is_used = Invitation.revoked_at.is_not(None), Invitation.n_uses >= Invitation.max_uses
    conditions: Mapping[InvitationState, ColumnElement[bool]] = {
        InvitationState.REVOKED: is_revoked,
        InvitationState.USED: and_(~is_revoked, is_used),
        InvitationState.EXPIRED: and_(~is_revoked, ~is_used, Invitation.expires_at <= now),
        InvitationState.OPEN: is_usable(now),
    }
    return conditions[state]

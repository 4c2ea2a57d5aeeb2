"""Joining and leaving organizations, and what a person does there."""

from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import Update, delete, insert, update

from lms import audit, clock, signals
from lms.accounts.models import SignInSession
from lms.accounts.services import recovery, sessions
from lms.authz import Capability, MembershipRole
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.organizations.models import (
    Invitation,
    Membership,
    MembershipCapability,
)
from lms.organizations.queries import people as people_queries
from lms.organizations.queries.invitations import is_usable
from lms.organizations.services.places import StaleEdit, lock_organization, refuse_foreign


class LastLead(Conflict):
    """Nobody would be left to lead the organization."""


@dataclass(frozen=True)
class Post:
    """What somebody does in an organization."""

    role: MembershipRole
    job_role_id: int | None = None
    location_id: int | None = None
    supervisor_id: int | None = None
    capabilities: frozenset[Capability] = frozenset()


def join_organization(
    person_id: int,
    organization_id: int,
    role: MembershipRole,
    *,
    job_role_id: int | None = None,
    location_id: int | None = None,
    by_id: int | None = None,
    invitation_id: int | None = None,
) -> Membership | None:
    """Open a membership and tell the other slices; None when the person already belongs to the organization."""
    is_new = insert_once(
        Membership,
        person_id=person_id,
        organization_id=organization_id,
        role=role,
        job_role_id=job_role_id,
        location_id=location_id,
        started_at=clock.now(),
    )
    membership = people_queries.find_membership(person_id, organization_id)
    if not is_new or membership is None:
        return None
    signals.person_joined.send(None, membership=membership)
    changes = {"organization_id": organization_id, "role": role.value, "invitation_id": invitation_id}
    audit.record(by_id or person_id, "joined an organization", _subject(membership.id), changes)
    return membership


def edit_membership(membership: Membership, *, post: Post, row_version: int, by_id: int) -> None:
    """Change what somebody does in an organization; StaleEdit when somebody changed it meanwhile.

    Invalid when a job role, location or supervisor is not the organization's own, or nobody would be left to lead it.
    When a lead becomes staff, what they have seen stops working, as when a lead goes. Who becomes a lead signs in anew.
    """
    lock_organization(membership.organization_id)
    was_lead = membership.role is MembershipRole.LEAD
    if post.role is not MembershipRole.LEAD:
        _refuse_last_lead_in_form(membership)
    refuse_foreign(membership.organization_id, job_role_id=post.job_role_id, location_id=post.location_id)
    _refuse_foreign_supervisor(membership, post.supervisor_id)
    edited = (
        update(Membership)
        .where(Membership.id == membership.id, Membership.row_version == row_version, Membership.ended_at.is_(None))
        .values(
            role=post.role,
            job_role_id=post.job_role_id,
            location_id=post.location_id,
            supervisor_id=post.supervisor_id,
            row_version=row_version + 1,
        )
        .returning(Membership.id)
    )
    if db.session.execute(edited).first() is None:
        raise StaleEdit(_("Somebody else changed this while you had the form open."))
    _set_capabilities(membership.id, post.capabilities)
    if was_lead and post.role is not MembershipRole.LEAD:
        close_ways_back(membership.person_id, [membership.organization_id])
    if not was_lead and post.role is MembershipRole.LEAD and membership.person_id != by_id:
        sessions.end_all(membership.person_id)  # whoever comes to do more begins with a new key
    changes = {
        "role": post.role.value,
        "job_role_id": post.job_role_id,
        "location_id": post.location_id,
        "supervisor_id": post.supervisor_id,
        "capabilities": sorted(capability.value for capability in post.capabilities),
    }
    audit.record(by_id, "changed a membership", _subject(membership.id), changes)


def end_membership(membership: Membership, *, by_id: int) -> bool:
    """End a membership at once; False when it had ended before, LastLead when nobody would be left to lead.

    People whom the leaver supervised have no supervisor then. When a lead goes, open invitations for leads and the
    recovery codes that this lead made for others stop working: the leaver has seen them.
    """
    lock_organization(membership.organization_id)
    db.session.refresh(membership, ["role", "ended_at"])
    if membership.ended_at is not None:
        return False
    is_lead = membership.role is MembershipRole.LEAD
    if people_queries.is_last_lead(membership):
        raise LastLead(_("An organization always has a lead. Make somebody else a lead first, then try again."))
    membership.ended_at = clock.now()
    db.session.execute(_of_supervised(membership).values(supervisor_id=None, row_version=Membership.row_version + 1))
    if is_lead:
        close_ways_back(membership.person_id, [membership.organization_id])
    signals.membership_ended.send(None, membership=membership)
    verb = "left an organization" if by_id == membership.person_id else "ended a membership"
    changes = {"organization_id": membership.organization_id, "person_id": membership.person_id}
    audit.record(by_id, verb, _subject(membership.id), changes)
    return True


def close_ways_back(person_id: int, organization_ids: Collection[int]) -> None:
    """Take from somebody who no longer leads what they have seen: links that make a lead, and codes of other people."""
    recovery.void_codes_made_by(person_id)
    now = clock.now()
    theirs = (Invitation.organization_id.in_(organization_ids), Invitation.role == MembershipRole.LEAD)
    db.session.execute(update(Invitation).where(*theirs, is_usable(now)).values(revoked_at=now))


def switch_organization(session_id: int, organization_id: int) -> None:
    """Act in another of one's organizations from now on. It gives no rights, so nothing is recorded."""
    chosen = update(SignInSession).where(SignInSession.id == session_id).values(organization_id=organization_id)
    db.session.execute(chosen)


def _subject(membership_id: int) -> audit.Subject:
    return audit.Subject("membership", membership_id)


def _refuse_last_lead_in_form(membership: Membership) -> None:
    if people_queries.is_last_lead(membership):
        raise Invalid(
            "Somebody has to lead.",
            {"role": _("An organization always has a lead. Make somebody else a lead first.")},
        )


def _refuse_foreign_supervisor(membership: Membership, supervisor_id: int | None) -> None:
    if supervisor_id is None:
        return
    supervisor = people_queries.find_membership(supervisor_id, membership.organization_id)
    if supervisor is None or supervisor.person_id == membership.person_id:
        raise Invalid("Not one of the people here.", {"supervisor": _("Choose one from the list.")})


def _set_capabilities(membership_id: int, capabilities: Collection[Capability]) -> None:
    db.session.execute(delete(MembershipCapability).where(MembershipCapability.membership_id == membership_id))
    if capabilities:
        rows = [{"membership_id": membership_id, "capability": capability} for capability in sorted(capabilities)]
        db.session.execute(insert(MembershipCapability), rows)


def _of_supervised(membership: Membership) -> Update:
    return update(Membership).where(
        Membership.organization_id == membership.organization_id,
        Membership.supervisor_id == membership.person_id,
        Membership.ended_at.is_(None),
    )

"""Decisions about organizations and invitations, on plain values."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from lms.authz import Actor, MembershipRole

PERSONAL_DAYS: Final = 14
LINK_DAYS: Final = (1, 7, 14, 30, 90)
MOST_LINK_USES: Final = 200


class InvitationState(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


def invitation_state(
    now: datetime, *, expires_at: datetime, revoked_at: datetime | None, n_uses: int, max_uses: int
) -> InvitationState:
    """Say what became of an invitation; a withdrawn one stays withdrawn whatever else happened to it."""
    if revoked_at is not None:
        return InvitationState.REVOKED
    if n_uses >= max_uses:
        return InvitationState.USED
    return InvitationState.EXPIRED if expires_at <= now else InvitationState.OPEN


def expires_at(now: datetime, days: int) -> datetime:
    """Return the moment an invitation made now stops working."""
    return now + timedelta(days=days)


def invitable_roles(actor: Actor, organization_id: int) -> tuple[MembershipRole, ...]:
    """Return the roles this person may give away: never one above their own."""
    if actor.is_administrator or organization_id in actor.led_organization_ids:
        return (MembershipRole.STAFF, MembershipRole.LEAD)
    return (MembershipRole.STAFF,) if organization_id in actor.organization_ids else ()


def may_issue_code(helper: Actor, holder: Actor) -> bool:
    """Say whether the helper may hand out a new recovery code for the holder's account.

    Whoever has the code can act as its holder. So a lead may give one only to people who can do nothing, anywhere,
    that the lead could not do as well.
    """
    if helper.person_id == holder.person_id:
        return False
    if helper.is_administrator:
        return True
    is_more = holder.is_administrator or bool(holder.coalition_roles)
    return not is_more and holder.organization_ids <= helper.led_organization_ids


def join_url(site_url: str, secret: str) -> str:
    """Return the address of an invitation, from the configured address of the site."""
    return f"{site_url}/join/{secret}"


class SetupStep(StrEnum):
    """What an organization still lacks before its people can work well."""

    INVITE_PEOPLE = "invite-people"
    ADD_LOCATION = "add-location"
    ADD_JOB_ROLE = "add-job-role"


def list_setup_steps(
    *, n_people: int, n_open_invitations: int, n_locations: int, n_job_roles: int
) -> tuple[SetupStep, ...]:
    """Return what is still to be done to set an organization up, the most useful first; empty when all is there."""
    asked = (
        (SetupStep.INVITE_PEOPLE, n_people < 2 and n_open_invitations == 0),
        (SetupStep.ADD_LOCATION, n_locations == 0),
        (SetupStep.ADD_JOB_ROLE, n_job_roles == 0),
    )
    return tuple(step for step, is_open in asked if is_open)

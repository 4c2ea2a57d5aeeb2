"""Accepting invitations: as somebody who has an account, or with a new one."""

from dataclasses import dataclass

from flask_babel import gettext as _

from lms import clock
from lms.accounts.models import Language
from lms.accounts.services import people as accounts
from lms.accounts.services import recovery, sessions
from lms.accounts.services.sessions import Checked, Opened
from lms.errors import Conflict
from lms.organizations.models import Invitation, Membership
from lms.organizations.queries import people
from lms.organizations.services.invitations import take_use
from lms.organizations.services.memberships import join_organization


class AlreadyBelongs(Conflict):
    """The person belongs to the organization already; the invitation stays as it was."""


class InvitationGone(Conflict):
    """The invitation can no longer be used: somebody else was first, or it was withdrawn."""


@dataclass(frozen=True)
class AccountNames:
    """What a new account is called: an address and a name, or an alias."""

    email: str | None = None
    alias: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Newcomer:
    """Somebody whose account was just made: their open session, and the recovery code of those without e-mail."""

    opened: Opened
    recovery_code: str | None


def accept_invitation(invitation_id: int, person_id: int) -> Membership:
    """Join with an account; AlreadyBelongs or InvitationGone when that cannot be, and then nothing may be kept.

    Who left after an invitation was made cannot come back by it: they have seen its link.
    """
    invitation = _taken(invitation_id)
    left_at = people.find_last_end(person_id, invitation.organization_id)
    if left_at is not None and left_at >= invitation.created_at:
        raise Conflict(_("You left this organization after this invitation was made. Ask a lead for a new one."))
    recovery.void_codes_from_others(person_id)
    return _joined(invitation, person_id)


def accept_with_new_account(
    invitation_id: int,
    names: AccountNames,
    *,
    password_hash: str,
    language: str,
    device: str,
    days: int,
) -> Newcomer:
    """Make an account, join with it and sign in; InvitationGone, or Invalid beside the name that is taken.

    The invitation is used first: whoever waits for it waits here.
    """
    invitation = _taken(invitation_id)
    person = accounts.create_person(
        email=names.email,
        alias=names.alias,
        name=names.name,
        password_hash=password_hash,
        language=Language(language),
    )
    _joined(invitation, person.id)
    code = recovery.issue_recovery_code(person.id, by_id=person.id) if person.email is None else None
    typed_name = person.email or person.alias or ""
    opened = sessions.sign_in(Checked(person.id, password_hash), typed_name=typed_name, device=device, days=days)
    if not isinstance(opened, Opened):
        raise AssertionError("an account that was made in this transaction can sign in")  # noqa: TRY004  # no wrong type: nobody else can know of it
    return Newcomer(opened, code)


def _taken(invitation_id: int) -> Invitation:
    invitation = take_use(invitation_id, clock.now())
    if invitation is None:
        raise InvitationGone(_("This invitation can no longer be used. Ask a lead for a new one."))
    return invitation


def _joined(invitation: Invitation, person_id: int) -> Membership:
    membership = join_organization(
        person_id,
        invitation.organization_id,
        invitation.role,
        job_role_id=invitation.job_role_id,
        location_id=invitation.location_id,
        invitation_id=invitation.id,
    )
    if membership is None:
        raise AlreadyBelongs(_("You already belong to this organization."))
    return membership

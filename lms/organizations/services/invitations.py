"""Inviting people, and withdrawing invitations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import exists, select, update

from lms import audit, clock, limits, links, outbox
from lms.accounts.models import Language
from lms.authz import MembershipRole
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.limits import Limit
from lms.organizations import rules
from lms.organizations.models import Invitation, InvitationKind, Organization, OrganizationState
from lms.organizations.people_csv import ListedPerson
from lms.organizations.queries.invitations import is_usable, list_known_addresses
from lms.organizations.services.places import lock_organization, refuse_foreign

LINK_PURPOSE = "invitation"
MAIL_TOPIC = "organizations/invitation"
INVITING = Limit("organizations/invite", n_tries=100, minutes=60)
IMPORTING = Limit("organizations/import", n_tries=10, minutes=60)


@dataclass(frozen=True)
class Offer:
    """What an invitation gives to whoever accepts it."""

    role: MembershipRole = MembershipRole.STAFF
    job_role_id: int | None = None
    location_id: int | None = None
    language: Language = Language.ENGLISH


def invite_person(
    organization_id: int,
    *,
    email: str,
    name: str | None,
    offer: Offer,
    by_id: int,
    site_key: str,
) -> Invitation:
    """Invite somebody by mail. An earlier open invitation to the same address is withdrawn: the new link counts."""
    _begin(organization_id, offer, INVITING, by_id)
    if list_known_addresses(organization_id, [email]).get(email):
        raise Invalid("Belongs here already.", {"email": _("This person already belongs to your organization.")})
    earlier = (Invitation.organization_id == organization_id, Invitation.email == email, is_usable(clock.now()))
    db.session.execute(update(Invitation).where(*earlier).values(revoked_at=clock.now()))
    invitation = _new_invitation(organization_id, offer, by_id=by_id, site_key=site_key)
    invitation.kind, invitation.email, invitation.name = InvitationKind.PERSONAL, email, name
    db.session.add(invitation)
    db.session.flush()  # for the id
    _put_mail(invitation)
    _record("invited a person", invitation, by_id=by_id)
    return invitation


def make_open_link(
    organization_id: int, *, max_uses: int, days: int, offer: Offer, by_id: int, site_key: str
) -> Invitation:
    """Make a link that several people may use. A link for leads works once, so that it is known who used it."""
    _begin(organization_id, offer, INVITING, by_id)
    if offer.role is MembershipRole.LEAD and max_uses != 1:
        raise Invalid("A lead's link works once.", {"max_uses": _("A link for leads works for one person. Enter 1.")})
    invitation = _new_invitation(organization_id, offer, by_id=by_id, site_key=site_key, days=days)
    invitation.kind, invitation.max_uses = InvitationKind.OPEN_LINK, max_uses
    db.session.add(invitation)
    db.session.flush()  # for the id
    _record("made an invitation link", invitation, by_id=by_id)
    return invitation


def invite_people(organization_id: int, people: Sequence[ListedPerson], *, by_id: int, site_key: str) -> int:
    """Invite everybody on a list who is neither here nor invited already; return how many were invited."""
    _begin(organization_id, Offer(), IMPORTING, by_id)
    known = list_known_addresses(organization_id, [person.email for person in people])
    invitations = []
    for person in people:
        if person.email in known:
            continue
        offer = Offer(person.role, person.job_role_id, person.location_id, Language(person.language))
        invitation = _new_invitation(organization_id, offer, by_id=by_id, site_key=site_key)
        invitation.kind, invitation.email, invitation.name = InvitationKind.PERSONAL, person.email, person.name
        invitations.append(invitation)
    db.session.add_all(invitations)
    db.session.flush()  # for the ids
    for invitation in invitations:
        _put_mail(invitation)
    changes = {"invitation_ids": [invitation.id for invitation in invitations]}
    audit.record(by_id, "invited people from a list", audit.Subject("organization", organization_id), changes)
    return len(invitations)


def revoke_invitation(invitation: Invitation, *, by_id: int) -> bool:
    """Withdraw an invitation; False when it could not be used any more."""
    now = clock.now()
    revoked = (
        update(Invitation)
        .where(Invitation.id == invitation.id, is_usable(now))
        .values(revoked_at=now)
        .returning(Invitation.id)
    )
    if db.session.execute(revoked).first() is None:
        return False
    _record("withdrew an invitation", invitation, by_id=by_id)
    return True


def take_use(invitation_id: int, now: datetime) -> Invitation | None:
    """Use an invitation once; None when it is used up, withdrawn, expired, or its organization closed."""
    is_at_work = select(Organization.id).where(
        Organization.id == Invitation.organization_id, Organization.state == OrganizationState.ACTIVE
    )
    taken = (
        update(Invitation)
        .where(Invitation.id == invitation_id, is_usable(now), exists(is_at_work))
        .values(n_uses=Invitation.n_uses + 1)
        .returning(Invitation)
    )
    return db.session.scalars(taken, execution_options={"populate_existing": True}).one_or_none()


def secret_of(invitation: Invitation, site_key: str) -> str:
    """Return the secret of an invitation's link, to show it again."""
    return links.derive_secret(site_key, LINK_PURPOSE, invitation.nonce)


def _new_invitation(
    organization_id: int, offer: Offer, *, by_id: int, site_key: str, days: int = rules.PERSONAL_DAYS
) -> Invitation:
    now, nonce = clock.now(), links.new_nonce()
    return Invitation(
        organization_id=organization_id,
        role=offer.role,
        job_role_id=offer.job_role_id,
        location_id=offer.location_id,
        language=offer.language,
        nonce=nonce,
        secret_hash=links.hash_secret(links.derive_secret(site_key, LINK_PURPOSE, nonce)),
        created_by_id=by_id,
        created_at=now,
        expires_at=rules.expires_at(now, days),
    )


def _put_mail(invitation: Invitation) -> None:
    payload = {"invitation_id": invitation.id}
    outbox.put(outbox.OutboxKind.MAIL, MAIL_TOPIC, payload, dedupe_key=f"{MAIL_TOPIC}:{invitation.id}")


def _record(verb: str, invitation: Invitation, *, by_id: int) -> None:
    changes = {
        "organization_id": invitation.organization_id,
        "role": invitation.role.value,
        "max_uses": invitation.max_uses,
    }
    audit.record(by_id, verb, audit.Subject("invitation", invitation.id), changes)


def _begin(organization_id: int, offer: Offer, limit: Limit, by_id: int) -> None:
    """Count the try, lock the organization, and refuse what it cannot offer."""
    limits.check(limit, str(by_id))
    limits.count(limit, str(by_id))
    if lock_organization(organization_id).state is OrganizationState.CLOSED:
        raise Conflict(_("This organization is closed. Nobody can join it."))
    refuse_foreign(organization_id, job_role_id=offer.job_role_id, location_id=offer.location_id)

"""Changing coalitions: one function per intent, each recorded in the coalition's own audit chain."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select, update

from lms import audit, clock, signals
from lms.accounts import queries as accounts
from lms.accounts.models import Language, Person, PersonState
from lms.accounts.rules import normal_email
from lms.accounts.services import recovery, sessions
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions import queries, rules
from lms.coalitions.models import Coalition, CoalitionFact, CoalitionOrganization, CoalitionRole, FactKey
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.organizations import services as organizations
from lms.organizations.models import Invitation, Organization, OrganizationKind
from lms.organizations.queries.life import exists_lead
from lms.organizations.services import life


def create_coalition(*, name: str, state_name: str, counties: str, time_zone: str, by_id: int | None) -> Coalition:
    """Create a coalition under the first slug that nobody else took meanwhile."""
    _refuse_unknown_zone(time_zone)
    values = {"name": name, "state_name": state_name, "counties": counties, "time_zone": time_zone}
    slug = next(
        slug for slug in rules.list_slugs(name) if insert_once(Coalition, slug=slug, created_at=clock.now(), **values)
    )
    coalition = queries.get_coalition_by_slug(slug)
    subject = audit.Subject("coalition", coalition.id)
    audit.record(by_id, "created a coalition", subject, {"slug": slug}, coalition_id=coalition.id)
    return coalition


def edit_coalition(
    coalition_id: int, *, row_version: int, name: str, state_name: str, counties: str, time_zone: str, by_id: int
) -> None:
    """Change what a coalition says about itself; Conflict when somebody changed it meanwhile."""
    _refuse_unknown_zone(time_zone)
    edited = (
        update(Coalition)
        .where(Coalition.id == coalition_id, Coalition.row_version == row_version)
        .values(name=name, state_name=state_name, counties=counties, time_zone=time_zone, row_version=row_version + 1)
        .returning(Coalition.id)
    )
    if db.session.execute(edited).first() is None:
        raise Conflict(_("Somebody else changed this coalition while you had the form open."))
    changes = {"row_version": row_version + 1}
    audit.record(
        by_id, "edited a coalition", audit.Subject("coalition", coalition_id), changes, coalition_id=coalition_id
    )


def set_fact(
    coalition_id: int,
    key: FactKey,
    *,
    row_version: int,
    text_en: str,
    text_es: str,
    source: str,
    checked_on: date,
    by_id: int | None,
) -> None:
    """Fill or change one local fact. `row_version` is that of the text the edit began from, 0 when there was none."""
    if checked_on > clock.today(queries.get_coalition(coalition_id).time_zone):
        raise Invalid(
            "A check lies in the past.", {"checked_on": _("This day has not come yet. Choose today or earlier.")}
        )
    said = {"text_en": text_en, "text_es": text_es, "source": source, "checked_on": checked_on}
    place = (CoalitionFact.coalition_id == coalition_id, CoalitionFact.key == key)
    if row_version == 0:
        is_set = insert_once(CoalitionFact, coalition_id=coalition_id, key=key, row_version=1, **said)
    else:
        edited = update(CoalitionFact).where(*place, CoalitionFact.row_version == row_version)
        returned = edited.values(row_version=row_version + 1, **said).returning(CoalitionFact.id)
        is_set = db.session.execute(returned).first() is not None
    if not is_set:
        raise Conflict(_("Somebody else changed this fact while you had the form open."))
    changes = {"row_version": row_version + 1, "checked_on": checked_on.isoformat()}
    audit.record(by_id, "set a local fact", audit.Subject("fact", key.value), changes, coalition_id=coalition_id)


def add_organization(
    coalition_id: int,
    *,
    name: str,
    kind: OrganizationKind,
    lead_email: str,
    lead_name: str | None,
    language: Language,
    by_id: int,
    site_key: str,
) -> Organization:
    """Create an organization inside a coalition and invite its first lead."""
    organization = organizations.create_organization(name=name, kind=kind, by_id=by_id)
    join_coalition(coalition_id, organization.id, by_id=by_id)
    offer = organizations.Offer(role=MembershipRole.LEAD, language=language)
    organizations.invite_person(
        organization.id, email=lead_email, name=lead_name, offer=offer, by_id=by_id, site_key=site_key
    )
    return organization


def join_coalition(coalition_id: int, organization_id: int, *, by_id: int | None) -> None:
    """Bring an organization into a coalition; Conflict when it belongs to it already."""
    is_new = insert_once(
        CoalitionOrganization, coalition_id=coalition_id, organization_id=organization_id, joined_at=clock.now()
    )
    if not is_new:
        raise Conflict(_("This organization already belongs to the coalition."))
    changes = {"organization_id": organization_id}
    audit.record(
        by_id, "added an organization", audit.Subject("coalition", coalition_id), changes, coalition_id=coalition_id
    )


def leave_coalition(coalition_id: int, organization_id: int, *, by_id: int | None) -> None:
    """Let an organization leave a coalition; Conflict when it has left already. What it did stays."""
    left = (
        update(CoalitionOrganization)
        .where(
            CoalitionOrganization.coalition_id == coalition_id,
            CoalitionOrganization.organization_id == organization_id,
            CoalitionOrganization.left_at.is_(None),
        )
        .values(left_at=clock.now())
        .returning(CoalitionOrganization.id)
    )
    if db.session.execute(left).first() is None:
        raise Conflict(_("This organization has already left the coalition."))
    changes = {"organization_id": organization_id}
    audit.record(
        by_id, "removed an organization", audit.Subject("coalition", coalition_id), changes, coalition_id=coalition_id
    )
    signals.organization_left_coalition.send(
        None, coalition_id=coalition_id, organization_id=organization_id, by_id=by_id
    )


def appoint(coalition_id: int, typed_name: str, role: CoalitionRoleKind, *, by_id: int | None) -> Person:
    """Give a role to the person with this e-mail address or alias; an unknown and a suspended account read the same."""
    person = accounts.find_person_by_name(typed_name)
    if person is None or person.state is not PersonState.ACTIVE:
        raise Invalid(
            "There is nobody to appoint.",
            {"person_name": _("We found nobody with this e-mail address or alias whose account can be used.")},
        )
    is_given = insert_once(
        CoalitionRole, coalition_id=coalition_id, person_id=person.id, role=role, started_at=clock.now()
    )
    if not is_given:
        raise Invalid("The role is held.", {"person_name": _("This person already holds this role.")})
    recovery.void_codes_from_others(person.id)
    if person.id != by_id:
        sessions.end_all(person.id)  # whoever comes to do more begins with a new key
    changes = {"role": role.value}
    audit.record(by_id, "appointed to a role", audit.Subject("person", person.id), changes, coalition_id=coalition_id)
    return person


def end_role(role: CoalitionRole, *, by_id: int, may_end_last_coordinator: bool) -> None:
    """End a coalition role; Conflict when it ended before, or when nobody would be left to coordinate."""
    if role.role is CoalitionRoleKind.COORDINATOR and not may_end_last_coordinator:
        _refuse_last_coordinator(role)
    ended = update(CoalitionRole).where(CoalitionRole.id == role.id, CoalitionRole.ended_at.is_(None))
    if db.session.execute(ended.values(ended_at=clock.now()).returning(CoalitionRole.id)).first() is None:
        raise Conflict(_("This role has already ended."))
    changes = {"role": role.role.value}
    audit.record(
        by_id, "ended a role", audit.Subject("person", role.person_id), changes, coalition_id=role.coalition_id
    )


def appoint_lead(
    coalition_id: int, organization_id: int, typed_name: str, *, by_id: int, site_key: str
) -> Person | Invitation:
    """Give an organization that nobody leads a lead: one of its people at once, anybody else by an invitation.

    Conflict when somebody leads it, Invalid when the name is neither one of its people nor an e-mail address.
    """
    person = accounts.find_person_by_name(typed_name)
    changes = {"organization_id": organization_id}
    subject = audit.Subject("organization", organization_id)
    if person is not None and life.appoint_lead(organization_id, person.id, by_id=by_id):
        audit.record(by_id, "appointed a lead", subject, changes, coalition_id=coalition_id)
        return person
    address = normal_email(typed_name)
    if address is None or (person is not None and person.state is not PersonState.ACTIVE):
        raise Invalid(
            "Nobody to appoint.", {"person_name": _("Nobody of this organization has this address or alias.")}
        )
    if person is None and exists_lead(organization_id):
        raise Conflict(_("Somebody leads this organization. They can make others leads."))
    offer = organizations.Offer(role=MembershipRole.LEAD)
    invitation = organizations.invite_person(
        organization_id, email=address, name=None, offer=offer, by_id=by_id, site_key=site_key
    )
    audit.record(by_id, "invited a lead", subject, changes, coalition_id=coalition_id)
    return invitation


def refuse_sole_coordinator(person_id: int) -> None:
    """Raise Conflict when a coalition would have nobody to coordinate it without this person.

    Coalitions stay locked, so that nobody else stops coordinating one of them before this transaction ends.
    """
    held = select(CoalitionRole.coalition_id).where(
        CoalitionRole.person_id == person_id,
        CoalitionRole.role == CoalitionRoleKind.COORDINATOR,
        CoalitionRole.ended_at.is_(None),
    )
    for coalition_id in sorted(db.session.scalars(held)):
        queries.lock_coalition(coalition_id)
    if queries.list_coordinated_alone(person_id):
        raise Conflict(_("A coalition needs a coordinator. Ask an administrator to appoint the next one first."))


def end_roles_of(person_id: int) -> None:
    """End all roles of somebody who is erased, as part of that."""
    ended = update(CoalitionRole).where(CoalitionRole.person_id == person_id, CoalitionRole.ended_at.is_(None))
    db.session.execute(ended.values(ended_at=clock.now()))


def merge_roles(kept_id: int, gone_id: int) -> None:
    """Let one account hold the roles of both; a role that both hold is held once."""
    held = select(CoalitionRole).where(CoalitionRole.person_id == kept_id, CoalitionRole.ended_at.is_(None))
    for own in db.session.scalars(held).all():
        twice = update(CoalitionRole).where(
            CoalitionRole.person_id == gone_id,
            CoalitionRole.coalition_id == own.coalition_id,
            CoalitionRole.role == own.role,
            CoalitionRole.ended_at.is_(None),
        )
        db.session.execute(twice.values(ended_at=clock.now()))
    db.session.execute(update(CoalitionRole).where(CoalitionRole.person_id == gone_id).values(person_id=kept_id))


def _refuse_last_coordinator(role: CoalitionRole) -> None:
    queries.lock_coalition(role.coalition_id)  # of two coordinators who leave in the same second, one is the last
    if not queries.exists_other_coordinator(role):
        raise Conflict(_("A coalition needs a coordinator. Ask an administrator to appoint the next one first."))


def _refuse_unknown_zone(time_zone: str) -> None:
    if time_zone not in rules.list_zones():
        raise Invalid("No such time zone.", {"time_zone": _("Choose a time zone from the list.")})

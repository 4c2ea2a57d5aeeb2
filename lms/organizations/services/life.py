"""What becomes of places in organizations when people go, move, turn out to be one, or are erased."""

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, select, update

from lms import audit, clock, signals
from lms.accounts.models import Person, PersonState
from lms.accounts.services import recovery, sessions
from lms.audit import AuditEntry
from lms.authz import Actor, MembershipRole
from lms.db import db, insert_new
from lms.errors import Conflict, Invalid
from lms.organizations.models import (
    Invitation,
    InvitationKind,
    Membership,
    MembershipCapability,
    OrganizationState,
)
from lms.organizations.queries import life as queries
from lms.organizations.queries import people as people_queries
from lms.organizations.services.memberships import LastLead, close_ways_back, end_membership, join_organization
from lms.organizations.services.places import lock_organization


def pass_on_work(membership: Membership, successor_id: int, *, actor: Actor) -> dict[str, int]:
    """Give everything that somebody looks after in an organization to somebody else of it; return what and how many."""
    organization_id, person_id = membership.organization_id, membership.person_id
    lock_organization(organization_id)
    if successor_id not in {person.id for person in queries.list_successors(organization_id, person_id)}:
        raise Invalid("Not one of the people here.", {"successor": _("Choose one from the list.")})
    answers = signals.person_left_work.send(
        None, person_id=person_id, successor_id=successor_id, organization_id=organization_id, actor=actor
    )
    passed: dict[str, int] = {}
    for _receiver, counted in answers:
        for word, number in (counted or {}).items():
            passed[str(word)] = passed.get(str(word), 0) + number
    changes = {"person_id": person_id, "successor_id": successor_id, "n_passed": sum(passed.values())}
    audit.record(actor.person_id, "passed on work", _subject(organization_id), changes)
    return {word: number for word, number in passed.items() if number}


def pass_on_supervision(person_id: int, successor_id: int, organization_id: int) -> int:
    """Let somebody else supervise whom a leaver supervised; return how many. Nobody supervises themself."""
    theirs = (
        Membership.organization_id == organization_id,
        Membership.supervisor_id == person_id,
        Membership.ended_at.is_(None),
    )
    own = update(Membership).where(*theirs, Membership.person_id == successor_id)
    db.session.execute(own.values(supervisor_id=None, row_version=Membership.row_version + 1))
    others = update(Membership).where(*theirs)
    passed = db.session.execute(others.values(supervisor_id=successor_id, row_version=Membership.row_version + 1))
    return int(passed.rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult


def appoint_lead(organization_id: int, person_id: int, *, by_id: int) -> bool:
    """Make somebody who belongs to an organization its lead, while nobody leads it; False when they do not belong.

    Conflict when somebody leads it: then it is theirs to say who else does.
    """
    if lock_organization(organization_id).state is OrganizationState.CLOSED:
        raise Conflict(_("This organization is closed."))
    if queries.exists_lead(organization_id):
        raise Conflict(_("Somebody leads this organization. They can make others leads."))
    if not _make_lead(organization_id, person_id, by_id=by_id):
        return False
    audit.record(by_id, "appointed a lead", _subject(organization_id), {"person_id": person_id})
    return True


def name_successor(organization_id: int, leaver_id: int, successor_id: int, *, by_id: int) -> None:
    """Make somebody a lead before the only one goes for good; Invalid when they cannot be one."""
    lock_organization(organization_id)
    could = {person.id for person in queries.list_successors(organization_id, leaver_id)}
    if successor_id not in could or not _make_lead(organization_id, successor_id, by_id=by_id):
        raise Invalid("Not one of the people here.", {f"successor_{organization_id}": _("Choose one from the list.")})
    changes = {"person_id": successor_id, "before_id": leaver_id}
    audit.record(by_id, "named the next lead", _subject(organization_id), changes)


def refuse_sole_lead(person_id: int) -> None:
    """Raise LastLead when an organization at work would have nobody to lead it without this person.

    The organizations stay locked, so that nobody else stops leading one of them before this transaction ends.
    """
    for organization_id in sorted(people_queries.list_led_organization_ids(person_id)):
        lock_organization(organization_id)
    if queries.list_led_alone(person_id):
        raise LastLead(_("An organization always has a lead. Name the next one first."))


def move_person(membership: Membership, organization_id: int, role: MembershipRole, *, by_id: int) -> None:
    """Let somebody belong to another organization instead. What they learned goes with them, for it is theirs.

    They join first, so that there is no moment in which they belong nowhere. LastLead when nobody would be left to
    lead the organization they leave.
    """
    # Locked in the same order always, so that two moves do not wait for each other.
    locked = {each: lock_organization(each) for each in sorted({membership.organization_id, organization_id})}
    if locked[organization_id].state is OrganizationState.CLOSED:
        raise Invalid("The organization is closed.", {"organization": _("This organization is closed.")})
    person_id = membership.person_id
    joined = join_organization(person_id, organization_id, role, by_id=by_id)
    if joined is None:
        raise Invalid("Belongs there.", {"organization": _("This person already belongs there.")})
    if not end_membership(membership, by_id=by_id):
        raise Conflict(_("This membership has already ended."))
    if role is MembershipRole.LEAD:
        recovery.void_codes_from_others(person_id)
        sessions.end_all(person_id)  # whoever comes to do more begins with a new key
    changes = {"from": membership.organization_id, "to": organization_id, "role": role.value}
    audit.record(by_id, "moved a person", audit.Subject("person", person_id), changes)


def merge_people(kept_id: int, gone_id: int) -> None:
    """Let one account hold what both held; where both belong, it keeps the greater role and all capabilities."""
    ids = select(Membership.organization_id).where(Membership.person_id.in_((kept_id, gone_id))).distinct()
    for organization_id in sorted(db.session.scalars(ids)):
        lock_organization(organization_id)
        _merge_membership(organization_id, kept_id, gone_id)
    of_both = (
        update(Membership).where(Membership.person_id == kept_id, Membership.supervisor_id == gone_id),
        update(Membership).where(Membership.person_id == gone_id, Membership.supervisor_id == kept_id),
    )
    for statement in of_both:
        db.session.execute(statement.values(supervisor_id=None))
    for column in (Membership.supervisor_id, Membership.person_id):
        db.session.execute(update(Membership).where(column == gone_id).values({column: kept_id}))
    made = update(Invitation).where(Invitation.created_by_id == gone_id)
    db.session.execute(made.values(created_by_id=kept_id))


def forget_person(person_id: int) -> None:
    """End all memberships and keep of them only that there was one.

    Whether organizations still have a lead is asked before (`refuse_sole_lead`): after a restore it must go through.
    """
    close_ways_back(person_id, people_queries.list_led_organization_ids(person_id))
    open_ones = select(Membership).where(Membership.person_id == person_id, Membership.ended_at.is_(None))
    for membership in db.session.scalars(open_ones.order_by(Membership.organization_id)).all():
        membership.ended_at = clock.now()
        signals.membership_ended.send(None, membership=membership)
    own_ids = select(Membership.id).where(Membership.person_id == person_id)
    db.session.execute(delete(MembershipCapability).where(MembershipCapability.membership_id.in_(own_ids)))
    supervised = update(Membership).where(Membership.supervisor_id == person_id)
    db.session.execute(supervised.values(supervisor_id=None))
    own = update(Membership).where(Membership.person_id == person_id)
    db.session.execute(own.values(job_role_id=None, location_id=None, supervisor_id=None))
    _forget_invitations(person_id)


def _forget_invitations(person_id: int) -> None:
    """Take name and address out of the invitations to somebody, those they came in by and those to their address."""
    address = select(Person.email).where(Person.id == person_id).scalar_subquery()
    joined = select(AuditEntry.changes["invitation_id"].as_integer()).where(
        AuditEntry.actor_id == person_id, AuditEntry.verb == "joined an organization"
    )
    used = [each for each in db.session.scalars(joined) if each is not None]
    theirs: ColumnElement[bool] = (Invitation.email == address) | Invitation.id.in_(used)
    now = clock.now()
    unused = update(Invitation).where(theirs, Invitation.revoked_at.is_(None), Invitation.n_uses < Invitation.max_uses)
    db.session.execute(unused.where(Invitation.kind == InvitationKind.PERSONAL).values(revoked_at=now))
    personal = update(Invitation).where(theirs, Invitation.kind == InvitationKind.PERSONAL)
    # A personal invitation has an address; this one nobody can have.
    db.session.execute(personal.values(name=None, email=f"erased-{person_id}@erased.invalid"))


def _merge_membership(organization_id: int, kept_id: int, gone_id: int) -> None:
    kept = people_queries.find_membership(kept_id, organization_id)
    gone = people_queries.find_membership(gone_id, organization_id)
    if kept is None or gone is None:
        return
    if gone.role is MembershipRole.LEAD:
        kept.role = MembershipRole.LEAD
    kept.row_version += 1
    gone.ended_at = clock.now()
    held = select(MembershipCapability.capability).where(MembershipCapability.membership_id == gone.id)
    rows = [{"membership_id": kept.id, "capability": each} for each in db.session.scalars(held)]
    if rows:
        insert_new(MembershipCapability, rows)
    db.session.flush()  # the open one ends before it becomes the same person's


def _make_lead(organization_id: int, person_id: int, *, by_id: int) -> bool:
    can_sign_in = select(Person.id).where(Person.id == person_id, Person.state == PersonState.ACTIVE)
    risen = (
        update(Membership)
        .where(
            Membership.organization_id == organization_id,
            Membership.person_id.in_(can_sign_in),
            Membership.ended_at.is_(None),
        )
        .values(role=MembershipRole.LEAD, row_version=Membership.row_version + 1)
        .returning(Membership.id)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(risen).first() is None:
        return False
    recovery.void_codes_from_others(person_id)
    if person_id != by_id:
        sessions.end_all(person_id)  # whoever comes to do more begins with a new key
    return True


def _subject(organization_id: int) -> audit.Subject:
    return audit.Subject("organization", organization_id)

"""What an administrator changes beyond the services of the slices themselves."""

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from lms import audit, clock, jobs, leases, limits, outbox, signals
from lms.accounts.models import Language, Person
from lms.accounts.services import erasure
from lms.admin.queries import merging
from lms.admin.queries.merging import MergeRefusal
from lms.admin.queries.setup import MAKE_BACKUP, TEST_MAIL
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions import services as coalitions
from lms.coalitions.models import Coalition
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.jobs import Job
from lms.leases import WorkState
from lms.limits import Limit
from lms.organizations import services as organizations
from lms.organizations.models import Organization, OrganizationKind
from lms.organizations.services import life
from lms.outbox import OutboxRow
from lms.publications import ContentSignOff

MERGE_REFUSALS = {
    MergeRefusal.SAME: _l("These are one account already."),
    MergeRefusal.OWN: _l("Your own account cannot be the one that goes. Begin at the other one's page."),
    MergeRefusal.ADMINISTRATOR: _l("An administrator's account cannot be the one that goes. Keep it instead."),
    MergeRefusal.NOT_ACTIVE: _l("The account that stays is suspended. End the suspension first."),
    MergeRefusal.GONE: _l("This account was emptied before."),
}
TESTING_MAIL = Limit("admin/test-mail", n_tries=6, minutes=60)
BACKING_UP = Limit("admin/backup", n_tries=6, minutes=60)
EARLIEST_ZONE = "Pacific/Kiritimati"  # where each day begins first: a signer's today is never refused


def create_organization(
    *,
    name: str,
    kind: OrganizationKind,
    coalition_id: int | None,
    lead_email: str | None,
    lead_name: str | None,
    language: Language,
    by_id: int,
    site_key: str,
) -> Organization:
    """Create an organization, bring it into a coalition and invite its first lead, as far as each is known."""
    organization = organizations.create_organization(name=name, kind=kind, by_id=by_id)
    if coalition_id is not None:
        coalitions.join_coalition(coalition_id, organization.id, by_id=by_id)
    if lead_email is not None:
        offer = organizations.Offer(role=MembershipRole.LEAD, language=language)
        organizations.invite_person(
            organization.id, email=lead_email, name=lead_name, offer=offer, by_id=by_id, site_key=site_key
        )
    return organization


def create_coalition(
    *, name: str, state_name: str, counties: str, time_zone: str, coordinator: str | None, by_id: int
) -> Coalition:
    """Create a coalition and appoint its first coordinator, when there is one already."""
    coalition = coalitions.create_coalition(
        name=name, state_name=state_name, counties=counties, time_zone=time_zone, by_id=by_id
    )
    if coordinator is None:
        return coalition
    try:
        coalitions.appoint(coalition.id, coordinator, CoalitionRoleKind.COORDINATOR, by_id=by_id)
    except Invalid as invalid:
        raise Invalid(str(invalid), {"coordinator": " ".join(invalid.fields.values())}) from invalid
    return coalition


def merge_people(kept_id: int, gone_id: int, *, by_id: int) -> None:
    """Make two accounts of one person one, in one transaction: every slice moves what it holds.

    The account that goes is emptied. Its number stays in the record of changes, which is never rewritten.
    """
    ids = sorted({kept_id, gone_id})
    locked = select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update()
    people = {each.id: each for each in db.session.scalars(locked.execution_options(populate_existing=True))}
    refusal = merging.refusal(people.get(kept_id), people.get(gone_id), by_id)
    if refusal is not None:
        raise Conflict(str(MERGE_REFUSALS[refusal]))
    signals.people_merged.send(None, kept_id=kept_id, gone_id=gone_id)
    audit.record(by_id, "merged two accounts", audit.Subject("person", kept_id), {"gone_id": gone_id})


def erase_person(
    person_id: int, successors: Mapping[int, int], *, by_id: int, may_end_last_coordinator: bool, site_key: str
) -> None:
    """Erase somebody for good, in one transaction: successors lead where the person led alone (organization → person).

    LastLead or Conflict when an organization or a coalition would have nobody; Invalid beside a successor who cannot be
    one.
    """
    for organization_id, successor_id in sorted(successors.items()):
        life.name_successor(organization_id, person_id, successor_id, by_id=by_id)
    life.refuse_sole_lead(person_id)
    if not may_end_last_coordinator:
        coalitions.refuse_sole_coordinator(person_id)
    erasure.erase_person(person_id, by_id=by_id, site_key=site_key)


def send_test_mail(person_id: int) -> str:
    """Send an administrator a mail through the outbox, as all mail goes; return the address."""
    address = db.session.scalar(select(Person.email).where(Person.id == person_id))
    if address is None:
        raise Conflict(_("Your account has no e-mail address. Ask an administrator who has one."))
    limits.check(TESTING_MAIL, str(person_id))
    limits.count(TESTING_MAIL, str(person_id))
    outbox.put(outbox.OutboxKind.MAIL, TEST_MAIL, {"person_id": person_id})
    audit.record(person_id, "sent a test mail", audit.Subject("person", person_id))
    return address


def ask_for_backup(person_id: int) -> bool:
    """Ask for a backup; False when one is being made already."""
    limits.check(BACKING_UP, str(person_id))
    under_way = select(Job.id).where(Job.kind == MAKE_BACKUP, Job.state.in_((WorkState.WAITING, WorkState.WORKING)))
    if db.session.scalars(under_way.limit(1)).first() is not None:
        return False
    limits.count(BACKING_UP, str(person_id))
    jobs.ask(MAKE_BACKUP, asked_by_id=person_id)
    audit.record(person_id, "asked for a backup", audit.Subject("backup", None))
    return True


def retry_work(row: Job | OutboxRow, *, by_id: int) -> None:
    """Give parked work a fresh set of tries; Conflict when it is not parked any more."""
    if not leases.retry(row, clock.now()):
        raise Conflict(_("This does not wait for another try."))
    audit.record(by_id, "asked for another try", audit.Subject(row.__tablename__, row.id))


def sign_off(
    text_hash: str, language: Language, *, signer_name: str, signer_credential: str, reviewed_on: date, by_id: int
) -> None:
    """Record that a clinician stands behind exactly this text; Conflict when one does already."""
    if reviewed_on > clock.today(EARLIEST_ZONE):
        raise Invalid(
            "A review lies in the past.", {"reviewed_on": _("This day has not come yet. Choose today or earlier.")}
        )
    is_signed = insert_once(
        ContentSignOff,
        text_hash=text_hash,
        language=language.value,
        signer_name=signer_name,
        signer_credential=signer_credential,
        reviewed_on=reviewed_on,
        recorded_by_id=by_id,
        recorded_at=clock.now(),
    )
    if not is_signed:
        raise Conflict(_("This text is signed already."))
    changes = {"language": language.value, "reviewed_on": reviewed_on.isoformat()}
    audit.record(by_id, "recorded a clinical sign-off", audit.Subject("text", text_hash), changes)

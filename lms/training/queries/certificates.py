"""Reading certificates: by who may see them, and by the serial that anyone may check."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, or_, select, true

from lms.accounts.models import Person
from lms.authz import Actor, Scope
from lms.db import db
from lms.errors import NotFound
from lms.organizations.models import Membership
from lms.publications import ContentVersion
from lms.training.certificate_document import CheckedCertificate, build_check
from lms.training.models import Certificate
from lms.training.queries import published as published_courses
from lms.training.queries.published import PublishedCourse


@dataclass(frozen=True)
class HeldCertificate:
    """A certificate with the course in the version it was earned in."""

    certificate: Certificate
    published: PublishedCourse

    @property
    def scope(self) -> Scope:
        """The holder's own, and seen by those who lead the holder."""
        return self.certificate.scope


def get_certificate_for(actor: Actor, certificate_id: int) -> HeldCertificate:
    """Return a certificate that is the actor's own or of somebody the actor leads; an administrator sees all.

    One statement, one more for a version not yet read. Sets the organizations through which the actor leads the holder.
    """
    rows = db.session.execute(_in_reach(actor).where(Certificate.id == certificate_id)).all()
    if not rows:
        raise NotFound("certificate")
    certificate: Certificate = rows[0].Certificate
    certificate.organization_ids = frozenset(row.led_id for row in rows if row.led_id is not None)
    return HeldCertificate(certificate, published_courses.read_version(rows[0].ContentVersion))


def find_checked(serial: str, language: str, today: date) -> CheckedCertificate | None:
    """Return what a stranger may know about a serial (one statement, one more for a version not yet read)."""
    held = (
        select(Certificate, ContentVersion, Person.alias)
        .join(ContentVersion, ContentVersion.id == Certificate.version_id)
        .join(Person, Person.id == Certificate.person_id)
        .where(Certificate.serial == serial)
    )
    row = db.session.execute(held).one_or_none()
    if row is None:
        return None
    course = published_courses.read_version(row.ContentVersion).course
    is_alias = row.alias is not None and row.Certificate.name_shown.casefold() == row.alias.casefold()
    return build_check(row.Certificate, course, language, today, is_alias=is_alias)


def get_issued(enrollment_id: int) -> Certificate:
    """Return the certificate of an enrollment that has one (one statement)."""
    return db.session.scalars(select(Certificate).where(Certificate.enrollment_id == enrollment_id)).one()


def _in_reach(actor: Actor) -> Select[Certificate, ContentVersion, int]:
    """Rows of (certificate, version, one organization through which the actor leads the holder)."""
    leads = and_(
        Membership.person_id == Certificate.person_id,
        Membership.ended_at.is_(None),
        Membership.organization_id.in_(sorted(actor.led_organization_ids)),
    )
    is_own_or_led = or_(Certificate.person_id == actor.person_id, Membership.id.is_not(None))
    return (
        select(Certificate, ContentVersion, Membership.organization_id.label("led_id"))
        .join(ContentVersion, ContentVersion.id == Certificate.version_id)
        .outerjoin(Membership, leads)
        .where(true() if actor.is_administrator else is_own_or_led)
    )

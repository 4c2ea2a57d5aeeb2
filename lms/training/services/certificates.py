"""Issuing certificates, and the name that stands on one."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import update

from lms import audit
from lms.accounts.models import Language
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.training import rules
from lms.training.certificate_document import clean_name
from lms.training.courses import Course
from lms.training.models import Attempt, Certificate, Enrollment
from lms.training.queries import certificates

LONGEST_NAME = 120


def issue_certificate(
    enrollment: Enrollment,
    attempt: Attempt,
    course: Course,
    *,
    name: str,
    language: Language,
    issued_on: date,
    random_bytes: bytes,
) -> Certificate:
    """Issue the certificate of a finished enrollment, once; later calls return the first one.

    `name` is the holder's name, or the alias of a person without one. `random_bytes` are SERIAL_BYTES from `secrets`.
    """
    is_new = insert_once(
        Certificate,
        enrollment_id=enrollment.id,
        person_id=enrollment.person_id,
        course_slug=enrollment.course_slug,
        version_id=enrollment.version_id,
        serial=rules.serial_from_bytes(random_bytes),
        name_shown=clean_name(name)[:LONGEST_NAME],
        language=language,
        n_correct=attempt.n_correct,
        n_questions=attempt.n_questions,
        issued_on=issued_on,
        expires_on=rules.expires_on(issued_on, course.certificate_months),
    )
    certificate = certificates.get_issued(enrollment.id)
    if is_new:
        changes = {"enrollment_id": enrollment.id, "attempt_id": attempt.id, "version_id": enrollment.version_id}
        audit.record(enrollment.person_id, "issued certificate", _subject(certificate), changes)
    return certificate


def change_name(certificate: Certificate, name: str) -> None:
    """Let the holder choose the name that the certificate bears: one line, any script."""
    chosen = clean_name(name)
    if not 0 < len(chosen) <= LONGEST_NAME:
        sentence = _("Write a name of 1 to %(most)s characters.", most=LONGEST_NAME)
        raise Invalid(sentence, {"name_shown": sentence})
    if chosen == certificate.name_shown:
        return
    renamed = (
        update(Certificate)
        .where(Certificate.id == certificate.id, Certificate.revoked_at.is_(None))
        .values(name_shown=chosen)
    )
    if not db.session.execute(renamed).rowcount:  # type: ignore[attr-defined]  # DML returns a CursorResult
        raise Conflict(_("This certificate was revoked, so its name can no longer change."))
    audit.record(certificate.person_id, "changed certificate name", _subject(certificate))


def _subject(certificate: Certificate) -> audit.Subject:
    return audit.Subject("certificate", certificate.id)

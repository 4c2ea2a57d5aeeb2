"""What stands on a certificate, and what a stranger who checks one is told: built once, shown as page and as PDF."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from lms.training import rules
from lms.training.courses import Course
from lms.training.rules import CertificateState

LAST_ZONE: Final = "Pacific/Pago_Pago"
"""Where a day ends last in the United States: a certificate holds through its last day wherever it is checked."""

_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Issued(Protocol):
    """What was written down when a certificate was issued."""

    @property
    def serial(self) -> str: ...
    @property
    def name_shown(self) -> str: ...
    @property
    def n_correct(self) -> int: ...
    @property
    def n_questions(self) -> int: ...
    @property
    def issued_on(self) -> date: ...
    @property
    def expires_on(self) -> date | None: ...
    @property
    def revoked_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDocument:
    """Everything a certificate says, in one language."""

    language: str
    name: str
    course_title: str
    certifies: str
    does_not_certify: str
    version: str
    serial: str
    check_url: str
    n_correct: int
    n_questions: int
    issued_on: date
    expires_on: date | None
    revoked_on: date | None
    state: CertificateState
    is_signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCertificate:
    """What anyone who holds the serial may know: initials and no name, no score, no place of work."""

    serial: str
    initials: str
    course_title: str
    certifies: str
    does_not_certify: str
    issued_on: date
    expires_on: date | None
    revoked_on: date | None
    state: CertificateState


def build_document(
    issued: Issued, course: Course, language: str, today: date, *, version: str, check_url: str, is_signed: bool
) -> CertificateDocument:
    """Say what a certificate says. `is_signed`: a clinician signed the text that the holder learned from."""
    return CertificateDocument(
        language=language,
        name=issued.name_shown,
        course_title=course.title[language],
        certifies=course.certifies[language],
        does_not_certify=course.does_not_certify[language],
        version=version,
        serial=issued.serial,
        check_url=check_url,
        n_correct=issued.n_correct,
        n_questions=issued.n_questions,
        issued_on=issued.issued_on,
        expires_on=issued.expires_on,
        revoked_on=_revoked_on(issued),
        state=state_of(issued, today),
        is_signed=is_signed or not course.is_clinical,
    )


def build_check(issued: Issued, course: Course, language: str, today: date, *, is_alias: bool) -> CheckedCertificate:
    """Say what the public page says."""
    return CheckedCertificate(
        serial=issued.serial,
        initials=rules.initials_of(issued.name_shown, is_alias=is_alias),
        course_title=course.title[language],
        certifies=course.certifies[language],
        does_not_certify=course.does_not_certify[language],
        issued_on=issued.issued_on,
        expires_on=issued.expires_on,
        revoked_on=_revoked_on(issued),
        state=state_of(issued, today),
    )


def state_of(issued: Issued, today: date) -> CertificateState:
    """Say what a certificate is worth today; one that was revoked is so at once, whatever the zone."""
    revoked_on = None if issued.revoked_at is None else today
    return rules.certificate_state(today, expires_on=issued.expires_on, revoked_on=revoked_on)


def clean_name(typed: str | None) -> str:
    """Return a name as one line in any script; empty when nothing of it can be seen.

    Marks that turn the direction of what stands around them are left out.

    >>> clean_name("  Ana\\n María\\u202e ")
    'Ana María'
    """
    line = " ".join(unicodedata.normalize("NFC", typed or "").split())
    kept = "".join(each for each in line if unicodedata.category(each) != "Cc" and each not in _TURNING)
    return kept.strip() if any(unicodedata.category(each)[0] in "LNSP" for each in kept) else ""


def _revoked_on(issued: Issued) -> date | None:
    return issued.revoked_at.date() if issued.revoked_at is not None else None

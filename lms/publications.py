"""Published content: immutable versions of courses, pages, instruments and change packages, and who signed them.

Publishing writes one row, whatever the origin; pages read versions, never files. A sign-off holds for one hash of one
language's text, so any change of wording asks for a new one.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import JSON, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from lms import clock, signals
from lms.db import Model, UtcDateTime, db, read_columns, word_column


class ContentKind(StrEnum):
    """What a published version is a version of."""

    COURSE = "course"
    PAGE = "page"
    INSTRUMENT = "instrument"
    CHANGE_PACKAGE = "change-package"


class ContentVersion(Model):
    """One published state of a course, page, instrument or change package. It never changes; records point at it."""

    __tablename__ = "content_version"
    __table_args__ = (UniqueConstraint("kind", "slug", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ContentKind] = mapped_column(word_column(ContentKind, "kind"))
    slug: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]
    source_version: Mapped[str] = mapped_column(String(40), comment="the author's own version, as in the source")
    document: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    language_hashes: Mapped[dict[str, str]] = mapped_column(JSON, comment="language → hash of its text")
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ContentSignOff(Model):
    """A clinician has read one language's text of this exact hash and stands behind it."""

    __tablename__ = "content_sign_off"
    __table_args__ = (UniqueConstraint("text_hash", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    text_hash: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    signer_name: Mapped[str] = mapped_column(String(120))
    signer_credential: Mapped[str] = mapped_column(String(120))
    reviewed_on: Mapped[date]
    recorded_by_id: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignOff(NamedTuple):
    """One signature as pages show it."""

    text_hash: str
    language: str
    signer_name: str
    signer_credential: str
    reviewed_on: date


def publish(
    kind: ContentKind,
    slug: str,
    *,
    source_version: str,
    document: dict[str, Any],
    content_hash: str,
    language_hashes: dict[str, str],
) -> ContentVersion | None:
    """Publish a version unless the newest one already says exactly this; None when nothing was new."""
    newest = find_newest(kind, slug)
    if newest is not None and newest.content_hash == content_hash:
        return None
    version = ContentVersion(
        kind=kind,
        slug=slug,
        number=1 if newest is None else newest.number + 1,
        source_version=source_version,
        document=document,
        content_hash=content_hash,
        language_hashes=language_hashes,
        published_at=clock.now(),
    )
    db.session.add(version)
    db.session.flush()  # receivers need the id
    signals.content_published.send(None, version=version)
    return version


def find_newest(kind: ContentKind, slug: str) -> ContentVersion | None:
    """Return the newest version, or None (one statement; the document is not loaded)."""
    return db.session.scalars(_NEWEST, {"kind": kind, "slug": slug}).first()


def list_newest(kind: ContentKind) -> list[ContentVersion]:
    """Return the newest version of each slug, by slug (one statement; documents are not loaded)."""
    return list({version.slug: version for version in db.session.scalars(_VERSIONS, {"kind": kind})}.values())


def load_document(version_id: int) -> dict[str, Any]:
    """Return the document of one version (one statement)."""
    document: dict[str, Any] = db.session.scalars(
        select(ContentVersion.document).where(ContentVersion.id == version_id)
    ).one()
    return document


def list_sign_offs(text_hashes: list[str]) -> list[SignOff]:
    """Return the sign-offs of these texts (one statement)."""
    return [SignOff(*row) for row in read_columns(_SIGN_OFFS, {"text_hashes": text_hashes})]


# Built once: putting them together takes longer than running them.
_VERSIONS = (
    select(ContentVersion)
    .where(ContentVersion.kind == bindparam("kind"))
    .order_by(ContentVersion.slug, ContentVersion.number)  # oldest first
)
_NEWEST = (
    select(ContentVersion)
    .where(ContentVersion.kind == bindparam("kind"), ContentVersion.slug == bindparam("slug"))
    .order_by(ContentVersion.number.desc())
    .limit(1)
)
_signed = ContentSignOff.__table__
_SIGN_OFFS = (
    select(*(_signed.c[name] for name in SignOff._fields))
    .where(_signed.c.text_hash.in_(bindparam("text_hashes", expanding=True)))
    .order_by(_signed.c.id)
)

"""Reading published instruments. A version never changes, so each is read and parsed once per process."""

from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from lms import publications
from lms.db import db
from lms.errors import NotFound
from lms.publications import ContentKind, ContentVersion
from lms.readiness.models.own_instruments import OwnInstrument
from lms.readiness.rules import OWN_PREFIX
from readiness.instruments import Instrument, Mode, instrument_from_document

CONSENSUS_ONLY = frozenset({Mode.CONSENSUS})
NOBODY = 0


def list_offered(
    organization_id: int | None = None, modes: Collection[Mode] = CONSENSUS_ONLY
) -> Sequence[tuple[ContentVersion, Instrument]]:
    """Return the newest version of each instrument to open a round with (one statement, more the first time).

    Those of the site, then the organization's own that it has published and not retired; never anybody else's.
    """
    found = db.session.scalars(_offered(), {"organization_id": organization_id or NOBODY}).all()
    listed = [(version, read_version(version)) for version in found]
    own_last = sorted(listed, key=lambda each: each[0].slug.startswith(OWN_PREFIX))
    return [(version, instrument) for version, instrument in own_last if instrument.mode in modes]


@cache  # built once: putting it together takes longer than running it
def _offered() -> Any:
    of_site = (
        select(func.max(ContentVersion.id))
        .where(
            ContentVersion.kind == ContentKind.INSTRUMENT,
            ContentVersion.slug.not_like(f"{OWN_PREFIX}%"),
        )
        .group_by(ContentVersion.slug)
    )
    own = select(OwnInstrument.published_id).where(
        OwnInstrument.organization_id == bindparam("organization_id"),
        OwnInstrument.published_id.is_not(None),
        OwnInstrument.is_retired.is_(False),
    )
    wanted = or_(ContentVersion.id.in_(of_site), ContentVersion.id.in_(own))
    return select(ContentVersion).where(wanted).order_by(ContentVersion.slug)


def get_newest(slug: str) -> ContentVersion:
    """Return the newest version of one instrument (one statement)."""
    version = publications.find_newest(ContentKind.INSTRUMENT, slug)
    if version is None:
        raise NotFound("instrument")
    return version


def get_instrument(version_id: int) -> Instrument:
    """Return the instrument of a version known only by its id (one statement)."""
    version = db.session.scalars(select(ContentVersion).where(ContentVersion.id == version_id)).one()
    return read_version(version)


def read_version(version: ContentVersion) -> Instrument:
    """Return what a version says (no statement once this process has read it)."""
    return _parsed(version.id, version.content_hash)


@lru_cache(maxsize=128)
def _parsed(version_id: int, _content_hash: str) -> Instrument:
    return instrument_from_document(publications.load_document(version_id)["instrument"])

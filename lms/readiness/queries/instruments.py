"""Reading published instruments. A version never changes, so each is read and parsed once per process."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import select

from lms import publications
from lms.db import db
from lms.errors import NotFound
from lms.publications import ContentKind, ContentVersion
from readiness.instruments import Instrument, Mode, instrument_from_document


def list_offered() -> Sequence[tuple[ContentVersion, Instrument]]:
    """Return the newest version of each instrument that a team rates together (one statement, more the first time)."""
    newest = [(version, read_version(version)) for version in publications.list_newest(ContentKind.INSTRUMENT)]
    return [(version, instrument) for version, instrument in newest if instrument.mode is Mode.CONSENSUS]


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


@lru_cache(maxsize=32)
def _parsed(version_id: int, _content_hash: str) -> Instrument:
    return instrument_from_document(publications.load_document(version_id)["instrument"])

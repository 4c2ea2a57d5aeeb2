"""Publishing instruments: read strictly, kept as a version that never changes."""

from collections.abc import Iterator
from pathlib import Path

from assessments.items import LANGUAGES
from lms import audit, documents, publications
from lms.front_matter import ContentError, read_text
from lms.publications import ContentKind
from readiness.errors import InvalidInstrument
from readiness.instruments import Instrument, instrument_as_document, parse_instrument


def publish_instruments(folder: Path) -> list[str]:
    """Publish every instrument below `instruments/` that is new or changed; return their slugs."""
    return [instrument.slug for instrument in map(read_instrument, _files(folder)) if _publish(instrument)]


def check_instruments(folder: Path) -> Iterator[ContentError]:
    """Look at every instrument below `instruments/` as publishing would, without writing; yield what is wrong."""
    for path in _files(folder):
        try:
            read_instrument(path)
        except ContentError as error:
            yield error


def read_instrument(path: Path) -> Instrument:
    """Read one file; raises ContentError with file, field and reason."""
    try:
        instrument = parse_instrument(read_text(path), file=path.name)
    except InvalidInstrument as error:
        raise ContentError(error.file, error.field, error.reason) from error
    if instrument.slug != path.stem:
        raise ContentError(path.name, "slug", f"the file is named {path.stem!r}")
    return instrument


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "instruments").glob("*.toml"))


def _publish(instrument: Instrument) -> bool:
    document: dict[str, object] = {"instrument": instrument_as_document(instrument)}
    version = publications.publish(
        ContentKind.INSTRUMENT,
        instrument.slug,
        source_version=instrument.version,
        document=document,
        content_hash=documents.document_hash(document),
        language_hashes={language: documents.language_hash(document, language) for language in LANGUAGES},
    )
    if version is None:
        return False
    audit.record(None, "published instrument", audit.Subject("content-version", version.id), {"number": version.number})
    return True

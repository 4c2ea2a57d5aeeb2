"""Publishing instruments: read strictly, kept as a version that never changes."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from assessments.items import LANGUAGES
from lms import audit, documents, publications
from lms.front_matter import ContentError, read_text
from lms.publications import ContentKind
from lms.readiness.rules import OWN_PREFIX
from readiness.combining import combine, is_combination, parse_combination
from readiness.errors import InvalidInstrument
from readiness.instruments import Instrument, instrument_as_document, parse_instrument


def publish_instruments(folder: Path) -> list[str]:
    """Publish every instrument below `instruments/` that is new or changed; return their slugs."""
    return [instrument.slug for instrument in read_instruments(folder) if _publish(instrument)]


def check_instruments(folder: Path) -> Iterator[ContentError]:
    """Look at every instrument below `instruments/` as publishing would, without writing; yield what is wrong."""
    whole: dict[str, Instrument] = {}
    for path in sorted(_files(folder), key=_is_combined):
        try:
            instrument = _read(path, whole)
        except ContentError as error:
            yield error
        else:
            whole[instrument.slug] = instrument


def read_instruments(folder: Path) -> list[Instrument]:
    """Read all files, those last that are put together from others; raises ContentError with file, field and reason."""
    whole: dict[str, Instrument] = {}
    for path in sorted(_files(folder), key=_is_combined):
        instrument = _read(path, whole)
        whole[instrument.slug] = instrument
    return list(whole.values())


def _is_combined(path: Path) -> bool:
    return is_combination(read_text(path))


def _read(path: Path, known: Mapping[str, Instrument]) -> Instrument:
    try:
        instrument = _parse(read_text(path), path.name, known)
    except InvalidInstrument as error:
        raise ContentError(error.file, error.field, error.reason) from error
    if instrument.slug != path.stem:
        raise ContentError(path.name, "slug", f"the file is named {path.stem!r}")
    if instrument.slug.startswith(OWN_PREFIX):
        raise ContentError(path.name, "slug", f"{OWN_PREFIX!r} begins what organizations write themselves")
    return instrument


def _parse(text: str, file: str, known: Mapping[str, Instrument]) -> Instrument:
    if is_combination(text):
        return combine(parse_combination(text, file=file), known)
    return parse_instrument(text, file=file)


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

"""A survey put together from whole or shortened instruments: staff answer once, and every scale keeps its keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from readiness.errors import FieldRefused, InvalidInstrument
from readiness.fields import Fields, Localized, Provenance, parse_toml
from readiness.instruments import MOST_STAFF_ITEMS, Area, Instrument, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One instrument in a combination; a short part asks only the items of its short form."""

    instrument_slug: str
    is_short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """A survey as its file describes it: its own words at the front, and what it is put together from."""

    slug: str
    provenance: Provenance
    title: Localized
    summary: Localized
    minutes: int
    parts: tuple[Part, ...]


def is_combination(text: str) -> bool:
    """Say whether a TOML file describes a combination rather than an instrument; broken TOML does not.

    >>> is_combination("[[parts]]")
    True
    """
    try:
        return "parts" in parse_toml(text)
    except FieldRefused:
        return False


def parse_combination(text: str, *, file: str = "combination.toml") -> Combination:
    """Read the combination that a TOML file describes.

    text: the file's content. file: its name, for the error only. Raises InvalidInstrument with file, field and reason.
    """
    try:
        return _read(Fields(parse_toml(text)))
    except FieldRefused as error:
        raise InvalidInstrument(file, error.field, error.reason) from error


def combine(combination: Combination, known: Mapping[str, Instrument]) -> Instrument:
    """Put the instrument together.

    known: instruments by slug; all parts are of staff mode, with equal labels and no key in common.
    Returns an instrument whose areas are those of the parts in order, without items that a short part leaves out;
    promise, labels and scale are the first part's, `method` joins theirs, sources and topics are united.
    Raises InvalidInstrument for an unknown part, another mode, other labels, a key used twice, no items or more than
    MOST_STAFF_ITEMS.
    """
    parts = [_part(combination, part, known) for part in combination.parts]
    first = parts[0]
    instrument = replace(
        first,
        slug=combination.slug,
        provenance=combination.provenance,
        title=combination.title,
        summary=combination.summary,
        minutes=combination.minutes,
        method={language: _joined(part.method[language] for part in parts) for language in first.method},
        sources=tuple(dict.fromkeys(source for part in parts for source in part.sources)),
        topics={slug: text for part in parts for slug, text in part.topics.items()},
        areas=tuple(area for part in parts for area in part.areas),
    )
    _check(combination, parts, instrument)
    return instrument


def _read(fields: Fields) -> Combination:
    combination = Combination(
        slug=fields.slug("slug"),
        provenance=fields.provenance(),
        title=fields.localized("title"),
        summary=fields.localized("summary"),
        minutes=fields.number("minutes", low=1, high=240),
        parts=tuple(_read_part(row) for row in fields.tables("parts")),
    )
    fields.finish()
    return combination


def _read_part(fields: Fields) -> Part:
    part = Part(instrument_slug=fields.slug("instrument"), is_short=fields.flag("short"))
    fields.finish()
    return part


def _part(combination: Combination, part: Part, known: Mapping[str, Instrument]) -> Instrument:
    instrument = known.get(part.instrument_slug)
    if instrument is None:
        raise InvalidInstrument(combination.slug, "parts", f"{part.instrument_slug!r} is not known")
    if instrument.mode is not Mode.STAFF:
        raise InvalidInstrument(combination.slug, "parts", f"{part.instrument_slug!r} is not for staff")
    return replace(instrument, areas=_shortened(instrument.areas)) if part.is_short else instrument


def _shortened(areas: tuple[Area, ...]) -> tuple[Area, ...]:
    short = (replace(area, items=tuple(item for item in area.items if item.in_short_form)) for area in areas)
    return tuple(area for area in short if area.items)


def _joined(texts: Iterable[str]) -> str:
    """Put texts one after the other; a paragraph that several share stands once."""
    return "\n\n".join(dict.fromkeys(paragraph for text in texts for paragraph in text.split("\n\n")))


def _check(combination: Combination, parts: list[Instrument], instrument: Instrument) -> None:
    if any(part.labels != parts[0].labels for part in parts):
        raise InvalidInstrument(combination.slug, "parts", "the parts have other labels")
    for kind, keys in (
        ("areas", [area.key for area in instrument.areas]),
        ("items", [i.key for i in instrument.items]),
    ):
        if len(set(keys)) < len(keys):
            raise InvalidInstrument(combination.slug, kind, "a key is used twice")
    if not 0 < instrument.n_items <= MOST_STAFF_ITEMS:
        raise InvalidInstrument(combination.slug, "items", f"there must be 1 to {MOST_STAFF_ITEMS}")

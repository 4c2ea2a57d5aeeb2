"""An instrument: areas of items without a right answer, read strictly from TOML, kept as a plain document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from readiness.errors import FieldRefused, InvalidInstrument, UnknownArea, UnknownItem
from readiness.fields import Fields, Localized, Provenance, parse_toml, provenance_as_document

ANCHORS: Final = (1, 3, 5)
"""The values that are described in words; 2 and 4 lie between them."""

MOST_WEIGHT: Final = 3

MOST_STAFF_ITEMS: Final = 20
"""So many items fit into six minutes of somebody who has a phone and no time."""


class Mode(StrEnum):
    """Who answers, and so what may be shown of the answers."""

    CONSENSUS = "consensus"
    STAFF = "staff"
    SITE_FACTS = "site-facts"
    LEADER = "leader"


class AnswerKind(StrEnum):
    """What is asked for: a rating of the scale, or a fact that is scored afterwards (`readiness.facts`)."""

    RATING = "rating"
    YES_PARTLY_NO = "yes-partly-no"
    DATE = "date"
    SHARE = "share"


class PlatformFact(StrEnum):
    """What this site itself knows about an item, shown beside it: how many, of how many."""

    OWNED_PLAYBOOKS = "owned-playbooks"
    REVIEWED_PAGES = "reviewed-pages"
    ROLES_WITH_DEPUTY = "roles-with-deputy"
    CYCLES_BY_SEVERAL = "cycles-by-several"


class ActionKind(StrEnum):
    """What an organization can do about a gap."""

    COURSE = "course"
    ASSISTANCE = "assistance"
    CYCLE = "cycle"
    PLAYBOOK = "playbook"
    CONVERSATION = "conversation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a team could count while it closes the gap: the people of the numerator among those of the denominator."""

    name: Localized
    numerator: Localized
    denominator: Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One practice to rate.

    `name` is its short title, `text` the statement that is rated, `aim` what a visitor would see when it works.
    `evidence` says what a team may write down as evidence; None where nobody is asked for any. `weight` (how much it
    matters), `reach` (how many people it touches) and `effort` go from 1 to 3. `action` is what helps first; only a
    course names a course, and `playbook_slug` names a starter playbook. `anchors` are empty where the scale has one
    set of labels for all items. `is_reversed`: agreeing speaks against readiness. `in_short_form`: it is also asked
    when the instrument is shortened. `answer` is a rating except in site facts; `filled_from` is what the site knows.
    """

    key: str
    construct: str
    name: Localized
    text: Localized
    anchors: Mapping[int, Localized]
    examples: Localized | None
    evidence: Localized | None
    is_critical: bool
    weight: int
    reach: int
    effort: int
    topic: str
    action: ActionKind
    course_slug: str | None
    measure: Measure | None
    playbook_slug: str | None = None
    is_reversed: bool = False
    in_short_form: bool = False
    answer: AnswerKind = AnswerKind.RATING
    filled_from: PlatformFact | None = None

    @property
    def aim(self) -> Localized:
        """What an honest visitor would see when the practice is usual: the highest anchor, else the item's own words.

        A reversed item says what should not be; its short title names what to reach.
        """
        return self.anchors.get(ANCHORS[-1], self.name if self.is_reversed else self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Items that belong together and make one score. `is_about_change`: about the change that the round names."""

    key: str
    name: Localized
    purpose: Localized
    weight: int
    items: tuple[Item, ...]
    is_about_change: bool = False

    def get_item(self, key: str) -> Item:
        """Return the item with that key; raises UnknownItem."""
        for item in self.items:
            if item.key == key:
                return item
        raise UnknownItem(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A whole questionnaire. `promise` says who will see the answers, `method` how they are scored and how well.

    `labels` name the five values where all items share one scale (staff mode); empty where items have anchors.
    """

    slug: str
    provenance: Provenance
    mode: Mode
    title: Localized
    summary: Localized
    promise: Localized
    method: Localized
    low: int
    high: int
    minutes: int
    sources: tuple[str, ...]
    topics: Mapping[str, Localized]
    areas: tuple[Area, ...]
    labels: Mapping[int, Localized] = field(default_factory=dict)

    @property
    def is_about_change(self) -> bool:
        """Whether a round must name the change that items ask about."""
        return any(area.is_about_change for area in self.areas)

    @property
    def version(self) -> str:
        """The author's version, as in the source."""
        return self.provenance.version

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of all areas, in order."""
        return tuple(item for area in self.areas for item in area.items)

    @property
    def n_items(self) -> int:
        """How many items there are to rate."""
        return sum(len(area.items) for area in self.areas)

    @property
    def critical_items(self) -> tuple[Item, ...]:
        """The items that hold their whole area down when they are rated low."""
        return tuple(item for item in self.items if item.is_critical)

    def get_area(self, key: str) -> Area:
        """Return the area with that key; raises UnknownArea."""
        for area in self.areas:
            if area.key == key:
                return area
        raise UnknownArea(key)

    def get_item(self, key: str) -> Item:
        """Return the item with that key; raises UnknownItem."""
        return self.area_of(key).get_item(key)

    def area_of(self, item_key: str) -> Area:
        """Return the area that holds the item; raises UnknownItem."""
        for area in self.areas:
            if any(item.key == item_key for item in area.items):
                return area
        raise UnknownItem(item_key)


def parse_instrument(text: str, *, file: str = "instrument.toml") -> Instrument:
    """Read the instrument that a TOML file describes.

    text: the file's content. file: its name, for the error only.
    Raises InvalidInstrument with file, field and reason: broken TOML, an unknown or missing key, a language or an
    anchor missing, a key used twice, a number out of range, a topic that is not explained, a course without its slug.

    >>> parse_instrument("slug = 'moud-readiness'")
    Traceback (most recent call last):
    readiness.errors.InvalidInstrument: instrument.toml, version: is missing.
    """
    return _refusing(lambda: _read_instrument(Fields(parse_toml(text))), file)


def instrument_from_document(document: Mapping[str, object], *, file: str = "instrument.toml") -> Instrument:
    """Read back an instrument from what `instrument_as_document` wrote; as strict as `parse_instrument`.

    document: the keys of the TOML file, in JSON-able values. Raises InvalidInstrument.

    >>> instrument_from_document({"slug": " "})
    Traceback (most recent call last):
    readiness.errors.InvalidInstrument: instrument.toml, slug: must not be blank.
    """
    return _refusing(lambda: _read_instrument(Fields(document)), file)


def instrument_as_document(instrument: Instrument) -> dict[str, object]:
    """Write an instrument as a JSON-able table with the keys of its TOML file, in the order of the instrument.

    `instrument_from_document(instrument_as_document(instrument)) == instrument`, also after a journey through JSON.

    >>> two = {"en": "Two", "es": "Dos"}
    >>> from datetime import date
    >>> origin = Provenance(version="1.0.0", licence="CC0", source="us", reviewed_on=date(2026, 1, 2), reviewed_by="B")
    >>> empty = Instrument(slug="two", provenance=origin, mode=Mode.CONSENSUS, title=two, summary=two, promise=two,
    ...     method=two, low=1, high=5, minutes=45, sources=(), topics={}, areas=())
    >>> instrument_as_document(empty)["mode"]
    'consensus'
    """
    document: dict[str, object] = {
        "slug": instrument.slug,
        **provenance_as_document(instrument.provenance),
        "mode": instrument.mode.value,
        "title": dict(instrument.title),
        "summary": dict(instrument.summary),
        "promise": dict(instrument.promise),
        "method": dict(instrument.method),
        "low": instrument.low,
        "high": instrument.high,
        "minutes": instrument.minutes,
        "sources": list(instrument.sources),
        "topics": {slug: dict(text) for slug, text in instrument.topics.items()},
        "areas": [_area_as_document(area) for area in instrument.areas],
    }
    if instrument.labels:
        document["labels"] = {str(value): dict(text) for value, text in instrument.labels.items()}
    return document


def _area_as_document(area: Area) -> dict[str, object]:
    document: dict[str, object] = {
        "key": area.key,
        "name": dict(area.name),
        "purpose": dict(area.purpose),
        "weight": area.weight,
        "items": [_item_as_document(item) for item in area.items],
    }
    return document | ({"about_change": True} if area.is_about_change else {})


def _item_as_document(item: Item) -> dict[str, object]:
    document: dict[str, object] = {
        "key": item.key,
        "construct": item.construct,
        "critical": item.is_critical,
        "weight": item.weight,
        "reach": item.reach,
        "effort": item.effort,
        "topic": item.topic,
        "action": item.action.value,
        "name": dict(item.name),
        "text": dict(item.text),
    }
    if item.anchors:
        document["anchors"] = {str(value): dict(text) for value, text in item.anchors.items()}
    if item.evidence is not None:
        document["evidence"] = dict(item.evidence)
    if item.course_slug is not None:
        document["course"] = item.course_slug
    if item.examples is not None:
        document["examples"] = dict(item.examples)
    if item.measure is not None:
        document["measure"] = _measure_as_document(item.measure)
    return document | _rare_keys(item)


def _rare_keys(item: Item) -> dict[str, object]:
    """Write what few items have: a document without it stays what it was before these keys existed."""
    rare: dict[str, object] = {}
    if item.playbook_slug is not None:
        rare["playbook"] = item.playbook_slug
    if item.is_reversed:
        rare["reversed"] = True
    if item.in_short_form:
        rare["short"] = True
    if item.answer is not AnswerKind.RATING:
        rare["answer"] = item.answer.value
    if item.filled_from is not None:
        rare["filled_from"] = item.filled_from.value
    return rare


def _measure_as_document(measure: Measure) -> dict[str, object]:
    return {
        "name": dict(measure.name),
        "numerator": dict(measure.numerator),
        "denominator": dict(measure.denominator),
    }


def _refusing(read: Callable[[], Instrument], file: str) -> Instrument:
    try:
        return read()
    except FieldRefused as error:
        raise InvalidInstrument(file, error.field, error.reason) from error


def _read_instrument(fields: Fields) -> Instrument:
    slug, provenance, mode = fields.slug("slug"), fields.provenance(), fields.one_of("mode", Mode)
    instrument = Instrument(
        slug=slug,
        provenance=provenance,
        mode=mode,
        title=fields.localized("title"),
        summary=fields.localized("summary"),
        promise=fields.localized("promise"),
        method=fields.localized("method"),
        low=fields.number("low", low=ANCHORS[0], high=ANCHORS[0]),
        high=fields.number("high", low=ANCHORS[-1], high=ANCHORS[-1]),
        minutes=fields.number("minutes", low=1, high=240),
        sources=fields.slugs("sources"),
        topics=_read_topics(fields.table("topics")),
        areas=tuple(_read_area(row, mode) for row in fields.tables("areas")),
        labels=_read_labels(fields.table("labels")) if mode is Mode.STAFF else {},
    )
    fields.finish()
    fields.refuse_twins("areas", (area.key for area in instrument.areas))
    fields.refuse_twins("items", (item.key for item in instrument.items))
    for item in instrument.items:
        if item.topic not in instrument.topics:
            raise fields.refused("topics", f"the topic {item.topic!r} of {item.key!r} is not explained")
    return instrument


def _read_labels(fields: Fields) -> dict[int, Localized]:
    labels = {value: fields.localized(str(value)) for value in range(ANCHORS[0], ANCHORS[-1] + 1)}
    fields.finish()
    return labels


def _read_topics(fields: Fields) -> dict[str, Localized]:
    return {slug: fields.localized(slug) for slug in fields.written_keys()}


def _read_area(fields: Fields, mode: Mode) -> Area:
    area = Area(
        key=fields.slug("key"),
        name=fields.localized("name"),
        purpose=fields.localized("purpose"),
        weight=fields.number("weight", low=1, high=MOST_WEIGHT),
        items=tuple(_read_item(row, mode) for row in fields.tables("items")),
        is_about_change=_optional_flag(fields, "about_change"),
    )
    fields.finish()
    return area


def _optional_flag(fields: Fields, key: str) -> bool:
    return fields.has(key) and fields.flag(key)


def _read_item(fields: Fields, mode: Mode) -> Item:
    has_anchors = mode in {Mode.CONSENSUS, Mode.LEADER}
    item = Item(
        key=fields.slug("key"),
        construct=fields.slug("construct"),
        name=fields.localized("name"),
        text=fields.localized("text"),
        anchors=_read_anchors(fields.table("anchors")) if has_anchors else {},
        examples=fields.localized("examples") if fields.has("examples") else None,
        evidence=fields.localized("evidence") if has_anchors or fields.has("evidence") else None,
        is_critical=fields.flag("critical"),
        weight=fields.number("weight", low=1, high=MOST_WEIGHT),
        reach=fields.number("reach", low=1, high=MOST_WEIGHT),
        effort=fields.number("effort", low=1, high=MOST_WEIGHT),
        topic=fields.slug("topic"),
        action=fields.one_of("action", ActionKind),
        course_slug=fields.slug("course") if fields.has("course") else None,
        measure=_read_measure(fields.table("measure")) if fields.has("measure") else None,
        playbook_slug=fields.slug("playbook") if fields.has("playbook") else None,
        is_reversed=mode is Mode.STAFF and _optional_flag(fields, "reversed"),
        in_short_form=mode is Mode.STAFF and _optional_flag(fields, "short"),
        answer=fields.one_of("answer", AnswerKind) if mode is Mode.SITE_FACTS else AnswerKind.RATING,
        filled_from=_read_filled_from(fields) if mode is Mode.LEADER else None,
    )
    fields.finish()
    if item.answer is AnswerKind.RATING and mode is Mode.SITE_FACTS:
        raise fields.refused("answer", "a fact is yes-partly-no, a date or a share")
    if item.action is ActionKind.COURSE and item.course_slug is None:
        raise fields.refused("course", "an item that a course helps first must name the course")
    return item


def _read_filled_from(fields: Fields) -> PlatformFact | None:
    return fields.one_of("filled_from", PlatformFact) if fields.has("filled_from") else None


def _read_anchors(fields: Fields) -> dict[int, Localized]:
    anchors = {value: fields.localized(str(value)) for value in ANCHORS}
    fields.finish()
    return anchors


def _read_measure(fields: Fields) -> Measure:
    measure = Measure(
        name=fields.localized("name"),
        numerator=fields.localized("numerator"),
        denominator=fields.localized("denominator"),
    )
    fields.finish()
    return measure

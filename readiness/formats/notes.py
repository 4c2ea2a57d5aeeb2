"""Our own notes on an instrument from elsewhere: taken as far as each is what it should be, else left out."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from readiness.errors import FieldRefused
from readiness.fields import Fields
from readiness.formats.drafts import filled
from readiness.instruments import MOST_WEIGHT, ActionKind, AnswerKind, Mode, PlatformFact

_V = TypeVar("_V")
_MEASURE: Final = ("name", "numerator", "denominator")


def notes_on_item(table: Mapping[str, object], mode: Mode) -> dict[str, Any]:
    """Return what can be kept of an item's notes: keys of its document that read well and fit the mode.

    table: an item as `instrument_as_document` writes it, or anything else.

    >>> notes_on_item({"critical": True, "weight": 9}, Mode.STAFF)
    {'critical': True}
    """
    fields = Fields(table)
    notes: dict[str, Any] = {}
    _take(notes, "key", lambda: fields.slug("key"))
    _take(notes, "construct", lambda: fields.slug("construct"))
    _take(notes, "topic", lambda: fields.slug("topic"))
    _take(notes, "critical", lambda: fields.flag("critical"))
    for name in ("weight", "reach", "effort"):
        _take(notes, name, lambda name=name: fields.number(name, low=1, high=MOST_WEIGHT))  # type: ignore[misc]
    _take(notes, "course", lambda: fields.slug("course"))
    _take(notes, "playbook", lambda: fields.slug("playbook"))
    _take(notes, "action", lambda: fields.one_of("action", ActionKind).value)
    if notes.get("action") == ActionKind.COURSE and "course" not in notes:
        del notes["action"]
    for name in ("name", "text", "evidence", "examples"):
        _take(notes, name, lambda name=name: words_in(fields, name))  # type: ignore[misc]
    _take(notes, "measure", lambda: {name: words_in(fields.table("measure"), name) for name in _MEASURE})
    if mode is Mode.STAFF:
        _take(notes, "reversed", lambda: fields.flag("reversed"))
        _take(notes, "short", lambda: fields.flag("short"))
    if mode is Mode.SITE_FACTS:
        _take(notes, "answer", lambda: fields.one_of("answer", AnswerKind).value)
    if mode is Mode.LEADER:
        _take(notes, "filled_from", lambda: fields.one_of("filled_from", PlatformFact).value)
    return notes


def notes_on_area(table: Mapping[str, object]) -> dict[str, Any]:
    """Return what can be kept of an area's notes."""
    fields = Fields(table)
    notes: dict[str, Any] = {}
    _take(notes, "key", lambda: fields.slug("key"))
    for name in ("name", "purpose"):
        _take(notes, name, lambda name=name: words_in(fields, name))  # type: ignore[misc]
    _take(notes, "weight", lambda: fields.number("weight", low=1, high=MOST_WEIGHT))
    _take(notes, "about_change", lambda: fields.flag("about_change"))
    return notes


def notes_on_front(table: Mapping[str, object]) -> dict[str, Any]:
    """Return what can be kept of the notes on a whole instrument."""
    fields = Fields(table)
    notes: dict[str, Any] = {}
    _take(notes, "mode", lambda: fields.one_of("mode", Mode).value)
    for name in ("title", "summary", "promise", "method"):
        _take(notes, name, lambda name=name: words_in(fields, name))  # type: ignore[misc]
    _take(notes, "minutes", lambda: fields.number("minutes", low=1, high=240))
    _take(notes, "sources", lambda: list(fields.slugs("sources")))
    _take(notes, "topics", lambda: _topics(fields.table("topics")))
    for name in ("licence", "source"):
        _take(notes, name, lambda name=name: fields.text(name))  # type: ignore[misc]
    if not notes.get("topics"):
        notes.pop("topics", None)
    return notes


def words_in(fields: Fields, name: str) -> dict[str, str]:
    """Read a text in both languages, either of which may be blank."""
    table = fields.table(name)
    return filled({language: table.optional_text(language) for language in table.written_keys()})


def steps_in(table: Mapping[str, object], name: str, code: str) -> dict[str, str]:
    """Return the words that notes have for one step of a scale, empty when there are none."""
    try:
        return words_in(Fields(table).table(name), code)
    except FieldRefused:
        return {}


def _topics(fields: Fields) -> dict[str, dict[str, str]]:
    topics: dict[str, dict[str, str]] = {}
    for slug in fields.written_keys():
        Fields({"slug": slug}).slug("slug")
        topics[slug] = words_in(fields, slug)
    return topics


def _take(notes: dict[str, Any], name: str, read: Callable[[], _V]) -> None:
    try:
        notes[name] = read()
    except FieldRefused:
        return

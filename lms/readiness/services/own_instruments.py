"""Adapting instruments and bringing them in: drafts that organizations edit, versions that never change."""

import hashlib
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from flask_babel import gettext as _

from lms import audit, clock, documents, publications
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.publications import ContentKind, ContentVersion
from lms.readiness.models.own_instruments import OwnInstrument, Rights
from lms.readiness.queries import own_instruments
from lms.readiness.rules import OWN_PREFIX
from readiness.fields import LANGUAGES
from readiness.formats.drafts import (
    FRONT,
    MOST_AREAS,
    MOST_ITEMS,
    MOST_TOPICS,
    TOPICS,
    Draft,
    Gap,
    as_instrument,
    draft_of,
    free_key,
    gaps_of,
    items_of,
    mode_of,
    new_area,
    new_item,
    slots_of,
)
from readiness.instruments import Instrument, Mode, instrument_as_document

_T = TypeVar("_T")

LONGEST_RIGHTS = 600
_LONGEST_NAME = 40
_SCALARS = ("minutes",)
_ITEM_SCALARS = ("critical", "reversed", "topic", "answer")


class StalePart(Conflict):
    """Somebody else changed the same part of the draft meanwhile; `theirs` is what it says now."""

    def __init__(self, theirs: Mapping[str, Any]) -> None:
        super().__init__(_("Somebody else changed this part while you had the form open."))
        self.theirs = theirs


class NotReady(Conflict):
    """A draft that lacks something cannot be published."""

    def __init__(self, gaps: tuple[Gap, ...]) -> None:
        super().__init__(_("Some things are missing before this can be published."))
        self.gaps = gaps


class NothingNew(Conflict):
    """The draft says what its newest version says."""


@dataclass(frozen=True)
class Rightful:
    """Why an organization may use an instrument. note: who owns it and what was agreed, or where it is from."""

    rights: Rights
    note: str = ""


def copy_instrument(
    organization_id: int, version: ContentVersion, instrument: Instrument, *, form_key: UUID, by_id: int
) -> OwnInstrument:
    """Make a draft of what an instrument says; the same form sent again makes no second one."""
    draft = draft_of(instrument_as_document(instrument))
    provenance = instrument.provenance
    note = f"{instrument.title['en']} {instrument.version} ({provenance.licence})"
    draft["source"] = f"Adapted from {note}. {provenance.source}"
    draft["reviewed_on"] = draft["reviewed_by"] = ""
    rightful = Rightful(Rights.ADAPTED, note[:LONGEST_RIGHTS])
    return _make(organization_id, draft, rightful, based_on_id=version.id, form_key=form_key, by_id=by_id)


def bring_in(organization_id: int, draft: Draft, rightful: Rightful, *, form_key: UUID, by_id: int) -> OwnInstrument:
    """Keep an instrument that was read from a file as a draft; Invalid without the right to use it."""
    refuse_without_rights(rightful)
    draft = deepcopy(draft)
    draft["licence"] = draft["licence"] or _licence(rightful)
    draft["source"] = draft["source"] or rightful.note or "Brought in by the organization that uses it."
    return _make(organization_id, draft, rightful, based_on_id=None, form_key=form_key, by_id=by_id)


def refuse_without_rights(rightful: Rightful) -> None:
    """Raise Invalid when a licence or a source has to be named and is not."""
    if rightful.rights is Rights.LICENSED and not rightful.note:
        raise Invalid("No licence.", {"rights_note": _("Write who owns it and what they allowed you to do.")})
    if rightful.rights is Rights.PUBLIC and not rightful.note:
        raise Invalid("No source.", {"rights_note": _("Write where it was published and under which licence.")})
    if len(rightful.note) > LONGEST_RIGHTS:
        sentence = _("Use %(number)s characters or fewer.", number=LONGEST_RIGHTS)
        raise Invalid("Too long.", {"rights_note": sentence})


def save_part(
    own_id: int, part: str, values: Mapping[str, Any], *, seen: str, by_id: int
) -> tuple[OwnInstrument, tuple[Gap, ...]]:
    """Write one part of the draft, complete or not; return what the part still lacks.

    values: texts by slot and language (`title-en`), and the part's other fields. seen: `part_print` of the part as the
    form showed it; StalePart when it says something else by now. Invalid when the part is gone.
    """
    own = own_instruments.lock_own(own_id)
    draft = deepcopy(own.draft)
    now = part_values(draft, part)
    if part_print(draft, part) != seen and now != values:
        raise StalePart(now)
    for slot in slots_of(draft):
        if slot.part == part:
            slot.table.update({lang: values.get(f"{slot.name}-{lang}", slot.table[lang]) for lang in LANGUAGES})
    _write_scalars(draft, part, values)
    _keep(own, draft, "edited an own instrument", {"part": part}, by_id)
    return own, tuple(gap for gap in gaps_of(draft) if gap.part == part)


def part_values(draft: Draft, part: str) -> dict[str, Any]:
    """Return one part of a draft as its form holds it; Invalid when there is none."""
    values: dict[str, Any] = {
        f"{slot.name}-{language}": slot.table[language]
        for slot in slots_of(draft)
        if slot.part == part
        for language in LANGUAGES
    }
    table = _table(draft, part)
    names = _SCALARS if part == FRONT else _ITEM_SCALARS if part.startswith("item:") else ()
    can_reverse = mode_of(draft) is Mode.STAFF
    shown = [name for name in names if name in table or (name == "reversed" and can_reverse)]
    return values | {name: table.get(name, False) for name in shown}


def part_print(draft: Draft, part: str) -> str:
    """Return a short print of one part: it changes when the part does."""
    text = json.dumps(part_values(draft, part), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def add_area(own_id: int, *, by_id: int) -> str:
    """Add an empty area at the end; return its key."""

    def add(draft: Draft) -> str:
        if len(draft["areas"]) >= MOST_AREAS:
            raise Invalid(_("There are %(number)s areas already. Remove one first.", number=MOST_AREAS))
        key = free_key(f"area-{len(draft['areas']) + 1}", {area["key"] for area in draft["areas"]})
        draft["areas"].append(new_area(key, {}))
        return key

    return _change(own_id, add, "added an area to an own instrument", by_id)


def add_item(own_id: int, area_key: str, *, by_id: int) -> str:
    """Add an empty item at the end of an area; return its key, which stays its own for good."""

    def add(draft: Draft) -> str:
        keys = {item["key"] for item in items_of(draft)}
        if len(keys) >= MOST_ITEMS:
            raise Invalid(_("There are %(number)s items already. Remove one first.", number=MOST_ITEMS))
        # A key that an earlier version used for something else would join two histories: each number is used once.
        draft["n_made"] = max(int(draft.get("n_made", 0)), len(keys)) + 1
        key = free_key(f"item-{draft['n_made']}", keys)
        topic = next(iter(draft["topics"]), "general")
        _area(draft, area_key)["items"].append(new_item(key, mode_of(draft), topic))
        return key

    return _change(own_id, add, "added an item to an own instrument", by_id)


def add_topic(own_id: int, *, by_id: int) -> str:
    """Add a topic without words; return its slug."""

    def add(draft: Draft) -> str:
        if len(draft["topics"]) >= MOST_TOPICS:
            raise Invalid(_("There are %(number)s topics already. Remove one first.", number=MOST_TOPICS))
        slug = free_key(f"topic-{len(draft['topics']) + 1}", set(draft["topics"]))
        draft["topics"][slug] = dict.fromkeys(LANGUAGES, "")
        return slug

    return _change(own_id, add, "added a topic to an own instrument", by_id)


def move(own_id: int, part: str, steps: int, *, by_id: int) -> None:
    """Move an area or an item up (-1) or down (1); an item at the edge of its area goes on into the next one."""

    def shift(draft: Draft) -> None:
        kind, _colon, key = part.partition(":")
        if kind == "area":
            _swap(draft["areas"], _place(draft["areas"], key), steps)
        elif kind == "item":
            _move_item(draft["areas"], key, steps)
        else:
            raise Invalid(_("This cannot be moved."))

    _change(own_id, shift, "moved a part of an own instrument", by_id)


def remove(own_id: int, part: str, *, by_id: int) -> None:
    """Take an area with its items, an item, or a topic that no item has out of the draft."""

    def take_out(draft: Draft) -> None:
        kind, _colon, key = part.partition(":")
        if kind == "area":
            draft["areas"].remove(_area(draft, key))
        elif kind == "item":
            for area in draft["areas"]:
                area["items"] = [item for item in area["items"] if item["key"] != key]
        elif any(item["topic"] == key for item in items_of(draft)):
            raise Invalid(_("Some items have this topic. Give them another one first."))
        else:
            draft["topics"].pop(key, None)

    _change(own_id, take_out, "removed a part of an own instrument", by_id)


def publish_instrument(own_id: int, *, by_id: int) -> ContentVersion:
    """Publish the draft as a version that never changes; rounds that are open keep the version they began with.

    NotReady when something is missing, NothingNew when the newest version says the same.
    """
    own = own_instruments.lock_own(own_id)
    gaps = gaps_of(own.draft)
    if gaps:
        raise NotReady(gaps)
    newest = publications.find_newest(ContentKind.INSTRUMENT, own.slug)
    number = 1 if newest is None else newest.number + 1
    draft = {key: value for key, value in own.draft.items() if key != "n_made"}
    licence = draft["licence"] or _licence(Rightful(own.rights, own.rights_note))
    written = {**draft, "slug": own.slug, "licence": licence}
    if newest is not None:
        same = as_instrument({**written, "version": newest.source_version})
        if {"instrument": instrument_as_document(same)} == publications.load_document(newest.id):
            raise NothingNew(_("Nothing has changed since version %(number)s.", number=newest.number))
    instrument = as_instrument({**written, "version": f"{number}.0.0"})
    document: dict[str, object] = {"instrument": instrument_as_document(instrument)}
    version = publications.publish(
        ContentKind.INSTRUMENT,
        own.slug,
        source_version=instrument.version,
        document=document,
        content_hash=documents.document_hash(document),
        language_hashes={language: documents.language_hash(document, language) for language in LANGUAGES},
    )
    if version is None:
        raise NothingNew(_("Nothing has changed since version %(number)s.", number=number - 1))
    own.published_id, own.is_retired, own.row_version = version.id, False, own.row_version + 1
    audit.record(by_id, "published an own instrument", _subject(own), {"version_id": version.id})
    return version


def retire_instrument(own_id: int, *, is_retired: bool, by_id: int) -> OwnInstrument:
    """Offer an own instrument no longer for new rounds, or again; what was rated with it stays."""
    own = own_instruments.lock_own(own_id)
    if own.is_retired is not is_retired:
        own.is_retired, own.row_version = is_retired, own.row_version + 1
        verb = "retired an own instrument" if is_retired else "offered an own instrument again"
        audit.record(by_id, verb, _subject(own))
    return own


def _make(
    organization_id: int, draft: Draft, rightful: Rightful, *, based_on_id: int | None, form_key: UUID, by_id: int
) -> OwnInstrument:
    if own_instruments.count_own(organization_id) >= own_instruments.MOST_OWN:
        raise Invalid(_("Your organization has %(number)s instruments already.", number=own_instruments.MOST_OWN))
    title = draft["title"]["en"] or draft["title"]["es"]
    prefix = f"{OWN_PREFIX}{organization_id}-"
    name = free_key(title, set(), fallback="instrument")[:_LONGEST_NAME].strip("-")
    slug = free_key(prefix + name, own_instruments.list_slugs(prefix))
    draft["slug"] = slug
    insert_once(
        OwnInstrument,
        event_uuid=str(form_key),
        slug=slug,
        organization_id=organization_id,
        based_on_id=based_on_id,
        rights=rightful.rights,
        rights_note=rightful.note,
        draft=draft,
        is_retired=False,
        made_by_id=by_id,
        made_at=clock.now(),
        row_version=1,
    )
    own = own_instruments.find_own_by_key(str(form_key))
    if own is None:
        raise Conflict(_("Somebody brought in an instrument of this name just now. Please send it again."))
    if own.organization_id != organization_id:
        raise Conflict(_("This form was sent for another organization."))
    audit.record(by_id, "made an own instrument", _subject(own), {"organization_id": organization_id})
    return own


def _change(own_id: int, change: Callable[[Draft], _T], verb: str, by_id: int) -> _T:
    own = own_instruments.lock_own(own_id)
    draft = deepcopy(own.draft)
    result = change(draft)
    _keep(own, draft, verb, {}, by_id)
    return result


def _keep(own: OwnInstrument, draft: Draft, verb: str, changes: Mapping[str, Any], by_id: int) -> None:
    own.draft, own.row_version = draft, own.row_version + 1
    db.session.flush()  # the next statement of this request reads the row anew
    audit.record(by_id, verb, _subject(own), dict(changes))


def _write_scalars(draft: Draft, part: str, values: Mapping[str, Any]) -> None:
    table = _table(draft, part)
    for name in _SCALARS if part == FRONT else _ITEM_SCALARS:
        if name not in values:
            continue
        if name == "reversed" and not values[name]:
            table.pop(name, None)  # as documents are written: only what is so is said
        else:
            table[name] = values[name]


def _table(draft: Draft, part: str) -> Draft:
    kind, _colon, key = part.partition(":")
    if kind == "area":
        return _area(draft, key)
    if kind == "item":
        for item in items_of(draft):
            if item["key"] == key:
                return item
        raise Invalid(_("This item is not there any more."))
    if part in {FRONT, TOPICS}:
        return draft
    raise Invalid(_("This part is not there any more."))


def _area(draft: Draft, key: str) -> Draft:
    for area in draft["areas"]:
        if area["key"] == key:
            found: Draft = area
            return found
    raise Invalid(_("This area is not there any more."))


def _place(rows: list[Draft], key: str) -> int:
    for place, row in enumerate(rows):
        if row["key"] == key:
            return place
    raise Invalid(_("This part is not there any more."))


def _swap(rows: list[Draft], place: int, steps: int) -> None:
    if 0 <= place + steps < len(rows):
        rows[place], rows[place + steps] = rows[place + steps], rows[place]


def _move_item(areas: list[Draft], key: str, steps: int) -> None:
    number = next((n for n, area in enumerate(areas) if any(item["key"] == key for item in area["items"])), None)
    if number is None:
        raise Invalid(_("This item is not there any more."))
    items = areas[number]["items"]
    place = _place(items, key)
    if 0 <= place + steps < len(items):
        _swap(items, place, steps)
    elif 0 <= number + steps < len(areas):
        item = items.pop(place)
        beside = areas[number + steps]["items"]
        beside.insert(len(beside) if steps < 0 else 0, item)


def _licence(rightful: Rightful) -> str:
    words = {
        Rights.OWN: "All rights with the organization that wrote it.",
        Rights.LICENSED: "Used under a licence: ",
        Rights.PUBLIC: "Public: ",
        Rights.ADAPTED: "Adapted: ",
    }[rightful.rights]
    return (words + ("" if rightful.rights is Rights.OWN else rightful.note)).strip() or "As stated by its owner."


def _subject(own: OwnInstrument) -> audit.Subject:
    return audit.Subject("own-instrument", own.id)

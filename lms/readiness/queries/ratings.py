"""Reading what a team says: the newest event of each item counts, and the one before shows what changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, union

from lms.accounts.models import Person, shown_name
from lms.db import db
from lms.readiness.models import RatingEvent, RatingPresence
from lms.readiness.rules import NOTHING_SAID, Said


@dataclass(frozen=True)
class Standing:
    """What stands for one item: by which event, said by whom and when, and what was said before."""

    event_id: int
    said: Said
    by_id: int | None
    by_name: str | None
    at: datetime
    before: Said | None


def list_standings(round_id: int, item_keys: Collection[str] | None = None) -> dict[str, Standing]:
    """Return what stands for each item that somebody touched, or for some of them (one statement)."""
    asked: dict[str, Any] = {"round_id": round_id}
    if item_keys is not None:
        asked["item_keys"] = sorted(item_keys)
    rows: dict[str, list[Any]] = {}
    for row in db.session.execute(_two_newest(is_whole=item_keys is None), asked):
        rows.setdefault(row.item_key, []).append(row)
    return {key: _standing(pair) for key, pair in rows.items()}


def list_said(round_id: int) -> dict[str, Said]:
    """Return what stands for each item, without who said it (one statement)."""
    newest = select(func.max(RatingEvent.id)).where(RatingEvent.round_id == round_id).group_by(RatingEvent.item_key)
    events = db.session.scalars(select(RatingEvent).where(RatingEvent.id.in_(newest)))
    return {event.item_key: said_by(event) for event in events}


def list_known_keys(event_uuids: Collection[UUID]) -> set[UUID]:
    """Return which of these events are stored already, wherever (one statement)."""
    return set(db.session.scalars(select(RatingEvent.event_uuid).where(RatingEvent.event_uuid.in_(event_uuids))))


def list_seen(round_id: int, event_ids: Collection[int]) -> Mapping[int, RatingEvent]:
    """Return the events of a round from which somebody began to edit (one statement)."""
    seen = select(RatingEvent).where(RatingEvent.round_id == round_id, RatingEvent.id.in_(event_ids))
    return {event.id: event for event in db.session.scalars(seen)}


def count_people(round_id: int) -> int:
    """Return how many people took part in a round: who was noted as present, or rated something (one statement)."""
    rated = select(RatingEvent.by_id).where(RatingEvent.round_id == round_id, RatingEvent.by_id.is_not(None))
    present = select(RatingPresence.person_id).where(RatingPresence.round_id == round_id)
    return db.session.scalar(select(func.count()).select_from(union(rated, present).subquery())) or 0


def said_by(event: RatingEvent) -> Said:
    """Return what one event says."""
    return Said(event.state, event.value, event.evidence, event.dissent)


@cache  # built once: putting it together takes longer than running it
def _two_newest(*, is_whole: bool) -> Select[Any]:
    """The two newest events of each item of a round, or of some of its items, each with who said it."""
    event, person = RatingEvent.__table__.c, Person.__table__.c
    place = func.row_number().over(partition_by=event.item_key, order_by=event.id.desc())
    numbered = select(event.id, place.label("place")).where(event.round_id == bindparam("round_id"))
    if not is_whole:
        numbered = numbered.where(event.item_key.in_(bindparam("item_keys", expanding=True)))
    two = numbered.subquery()
    listed = select(
        event.id,
        event.item_key,
        event.state,
        event.value,
        event.evidence,
        event.dissent,
        event.by_id,
        event.recorded_at,
        person.name,
        person.alias,
        person.email,
    ).select_from(
        RatingEvent.__table__.join(two, two.c.id == event.id).outerjoin(Person.__table__, person.id == event.by_id)
    )
    return listed.where(two.c.place <= 2).order_by(event.id)


def _standing(pair: list[Any]) -> Standing:
    newest = pair[-1]
    return Standing(
        event_id=newest.id,
        said=Said(newest.state, newest.value, newest.evidence, newest.dissent),
        by_id=newest.by_id,
        by_name=None if newest.by_id is None else shown_name(newest.name, newest.alias, newest.email),
        at=newest.recorded_at,
        before=Said(pair[0].state, pair[0].value, pair[0].evidence, pair[0].dissent) if len(pair) > 1 else None,
    )


def said_of(standings: Mapping[str, Standing], item_key: str) -> Said:
    """Return what stands for one item."""
    standing = standings.get(item_key)
    return standing.said if standing else NOTHING_SAID

"""Reading what a team says: the newest event of each item counts, and the one before shows what changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, union

from lms.accounts.models import Person
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
    place = func.row_number().over(partition_by=RatingEvent.item_key, order_by=RatingEvent.id.desc())
    numbered = select(RatingEvent.id, place.label("place")).where(RatingEvent.round_id == round_id)
    if item_keys is not None:
        numbered = numbered.where(RatingEvent.item_key.in_(item_keys))
    two = numbered.subquery()
    listed = (
        select(RatingEvent, Person)
        .join(two, two.c.id == RatingEvent.id)
        .outerjoin(Person, Person.id == RatingEvent.by_id)
        .where(two.c.place <= 2)
        .order_by(RatingEvent.id)
    )
    events: dict[str, list[tuple[RatingEvent, Person | None]]] = {}
    for event, person in db.session.execute(listed):
        events.setdefault(event.item_key, []).append((event, person))
    return {key: _standing(pair) for key, pair in events.items()}


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


def _standing(pair: list[tuple[RatingEvent, Person | None]]) -> Standing:
    event, person = pair[-1]
    return Standing(
        event_id=event.id,
        said=said_by(event),
        by_id=event.by_id,
        by_name=person.display_name if person else None,
        at=event.recorded_at,
        before=said_by(pair[0][0]) if len(pair) > 1 else None,
    )


def said_of(standings: Mapping[str, Standing], item_key: str) -> Said:
    """Return what stands for one item."""
    standing = standings.get(item_key)
    return standing.said if standing else NOTHING_SAID

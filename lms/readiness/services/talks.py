"""What a team notes beside its ratings: topics for another time, what was said about a gap, links to evidence."""

from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import update

from lms import audit, clock
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.readiness.models import EvidenceLink, ParkedTopic, TalkNote
from lms.readiness.queries import talks
from lms.readiness.queries.rounds import RatedRound
from lms.readiness.queries.seats import SeatedRound
from lms.readiness.queries.talks import LinkOf, TopicOf
from lms.readiness.services.rounds import lock_open_round


class TooManyNotes(Conflict):
    """A round holds only so many of them."""


def note_talk(seated: SeatedRound, item_key: str, text: str, *, event_uuid: UUID, by_id: int) -> None:
    """Note what was said about a gap, also after the round was closed; one sent twice counts once."""
    _refuse_unknown_item(seated, item_key)
    if talks.count_talks(seated.round.id) >= talks.MOST_TALKS:
        raise TooManyNotes(_("This round has %(n)d notes, and takes no more.", n=talks.MOST_TALKS))
    is_new = insert_once(
        TalkNote,
        event_uuid=event_uuid,
        round_id=seated.round.id,
        item_key=item_key,
        text=text,
        by_id=by_id,
        noted_at=clock.now(),
    )
    if is_new:
        _record(by_id, "noted a talk on readiness", seated.round.id, item_key)


def park_topic(rated: RatedRound, item_key: str | None, text: str, *, event_uuid: UUID, by_id: int) -> None:
    """Park something for another time; RoundClosed when the round is closed. One sent twice counts once."""
    if item_key is not None:
        _refuse_unknown_item(rated, item_key)
    open_round = lock_open_round(rated.round.id)
    if talks.count_topics(open_round.id) >= talks.MOST_PARKED:
        sentence = _("%(n)d topics are parked here, and no more fit. Settle some first.", n=talks.MOST_PARKED)
        raise TooManyNotes(sentence)
    is_new = insert_once(
        ParkedTopic,
        event_uuid=event_uuid,
        round_id=open_round.id,
        item_key=item_key,
        text=text,
        by_id=by_id,
        parked_at=clock.now(),
    )
    if is_new:
        _record(by_id, "parked a topic", open_round.id, item_key)


def settle_topic(parked: TopicOf, outcome: str, *, by_id: int) -> None:
    """Say what became of a parked topic, also after the round was closed; Conflict when somebody has said it."""
    settled = (
        update(ParkedTopic)
        .where(ParkedTopic.id == parked.topic_id, ParkedTopic.settled_at.is_(None))
        .values(outcome=outcome, settled_by_id=by_id, settled_at=clock.now())
        .returning(ParkedTopic.id)
    )
    if db.session.execute(settled).first() is None:
        raise Conflict(_("Somebody else has said meanwhile what became of it. Nothing was changed."))
    _record(by_id, "settled a parked topic", parked.round.id, None)


def add_link(rated: RatedRound, item_key: str, url: str, label: str, *, event_uuid: UUID, by_id: int) -> None:
    """Say where evidence can be seen; RoundClosed when the round is closed. One sent twice counts once."""
    _refuse_unknown_item(rated, item_key)
    open_round = lock_open_round(rated.round.id)
    if talks.count_links(open_round.id) >= talks.MOST_LINKS:
        raise TooManyNotes(_("This round has had %(n)d links, and takes no more.", n=talks.MOST_LINKS))
    is_new = insert_once(
        EvidenceLink,
        event_uuid=event_uuid,
        round_id=open_round.id,
        item_key=item_key,
        url=url,
        label=label,
        by_id=by_id,
        added_at=clock.now(),
    )
    if is_new:
        _record(by_id, "added an evidence link", open_round.id, item_key)


def remove_link(held: LinkOf, *, by_id: int) -> None:
    """Take a link off the page; RoundClosed when the round is closed. Doing it twice is as good as once."""
    open_round = lock_open_round(held.round.id)
    removed = (
        update(EvidenceLink)
        .where(EvidenceLink.id == held.link.id, EvidenceLink.removed_at.is_(None))
        .values(removed_at=clock.now())
        .returning(EvidenceLink.id)
    )
    if db.session.execute(removed).first() is not None:
        _record(by_id, "removed an evidence link", open_round.id, held.link.item_key)


def _refuse_unknown_item(rated: RatedRound | SeatedRound, item_key: str) -> None:
    if all(item.key != item_key for item in rated.instrument.items):
        raise Invalid("No such item.", {"item": _("Choose an item from the list.")})


def _record(by_id: int, verb: str, round_id: int, item_key: str | None) -> None:
    changes = {"item": item_key} if item_key else None
    audit.record(by_id, verb, audit.Subject("readiness-round", round_id), changes)

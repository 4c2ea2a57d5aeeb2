"""Tables of ratings by name: the seats of lead, co-chair and expert; facts; what a team talks over."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.db import Model, UtcDateTime, word_column
from lms.readiness.models.rounds import LONGEST_NOTE, LONGEST_REASON
from lms.readiness.seating import Seat
from readiness.scoring import AnswerState

LONGEST_URL = 500

__all__ = ["EvidenceLink", "FinishedSeat", "ParkedTopic", "Seat", "SeatRating", "TalkNote"]


class SeatRating(Model):
    """What one seat says to one item from now on, append-only by the key its device made; the newest counts."""

    __tablename__ = "readiness_seat_rating"
    __table_args__ = (
        UniqueConstraint("event_uuid"),
        Index("ix_readiness_seat_rating_round_id", "round_id", "seat", "item_key"),
        CheckConstraint("(state = 'value') = (value IS NOT NULL)", name="answered"),
        CheckConstraint("value IS NULL OR (value >= 1 AND value <= 5)", name="value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uuid: Mapped[UUID] = mapped_column(Uuid)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_round.id"))
    seat: Mapped[Seat] = mapped_column(word_column(Seat, "seat"))
    item_key: Mapped[str] = mapped_column(String(80))
    state: Mapped[AnswerState] = mapped_column(word_column(AnswerState, "state"))
    value: Mapped[int | None] = mapped_column(comment="on the scale from 1 to 5; of a fact, its points put there")
    fact: Mapped[str | None] = mapped_column(String(20), comment="the fact as given: yes, 2026-10-01 or 80")
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class FinishedSeat(Model):
    """A seat has said all it wants to say: from now on the other seats see it."""

    __tablename__ = "readiness_finished_seat"

    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_round.id"), primary_key=True)
    seat: Mapped[Seat] = mapped_column(word_column(Seat, "seat"), primary_key=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TalkNote(Model):
    """What was said about a gap between two seats, or between a team and its expert; append-only."""

    __tablename__ = "readiness_talk_note"
    __table_args__ = (UniqueConstraint("event_uuid"), Index("ix_readiness_talk_note_round_id", "round_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uuid: Mapped[UUID] = mapped_column(Uuid)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_round.id"))
    item_key: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(LONGEST_NOTE))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class ParkedTopic(Model):
    """Something that came up while a team rated, and waits for another time."""

    __tablename__ = "readiness_parked_topic"
    __table_args__ = (
        UniqueConstraint("event_uuid"),
        Index("ix_readiness_parked_topic_round_id", "round_id"),
        CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name="settled"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uuid: Mapped[UUID] = mapped_column(Uuid)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_round.id"))
    item_key: Mapped[str | None] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(LONGEST_REASON))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    parked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(LONGEST_REASON), comment="what became of it")
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    by: Mapped[Person | None] = relationship(foreign_keys=[by_id], lazy="raise_on_sql")


class EvidenceLink(Model):
    """Where the evidence for a rating can be seen."""

    __tablename__ = "readiness_evidence_link"
    __table_args__ = (UniqueConstraint("event_uuid"), Index("ix_readiness_evidence_link_round_id", "round_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uuid: Mapped[UUID] = mapped_column(Uuid)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_round.id"))
    item_key: Mapped[str] = mapped_column(String(80))
    url: Mapped[str] = mapped_column(String(LONGEST_URL))
    label: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

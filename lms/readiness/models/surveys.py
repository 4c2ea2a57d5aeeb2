"""Tables of staff mode. No row here ties an answer to a person: no shared key, no order, no fine time.

Rows whose order would tell who answered when lie in the order of their random keys (`sqlite_with_rowid`). Who has
answered and what was answered are told apart by design: an invite knows that it is done, never what was said.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Model, UtcDateTime, word_column

LONGEST_COMMENT = 1_000
LONGEST_CHANGE = 160
MOST_PEOPLE = 5_000
FEWEST_IN_GROUP = 5


class Cut(StrEnum):
    """By what one question a survey groups its answers; fixed before it opens."""

    NONE = "none"
    JOB_ROLE = "job-role"
    LOCATION = "location"
    TENURE = "tenure"


class Via(StrEnum):
    """How somebody came to a survey."""

    EMAIL = "email"
    MEMBER = "member"  # finds it on the home page
    POSTER = "poster"


class Delivery(StrEnum):
    """What became of the last message to an invited address."""

    NONE = "none"
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Entry(StrEnum):
    """How an answer came in."""

    SCREEN = "screen"
    PAPER = "paper"


class Survey(Model):
    """What a round in staff mode adds: whom it asks, how it may be grouped, what it promises."""

    __tablename__ = "readiness_survey"
    __table_args__ = (
        CheckConstraint("minimum >= 5", name="minimum"),
        CheckConstraint("headcount >= 1", name="headcount"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_round.id"), primary_key=True)
    change_name: Mapped[str | None] = mapped_column(String(LONGEST_CHANGE), comment="the change that items ask about")
    headcount: Mapped[int]
    cut: Mapped[Cut] = mapped_column(word_column(Cut, "cut"), default=Cut.NONE)
    minimum: Mapped[int] = mapped_column(default=FEWEST_IN_GROUP, comment="may be raised, never lowered")
    is_pooled: Mapped[bool] = mapped_column(default=False, comment="too small for a report of its own: pooled only")
    languages: Mapped[list[str]] = mapped_column(JSON)
    results_on: Mapped[date] = mapped_column(comment="when staff were promised the results")
    poster_salt: Mapped[str] = mapped_column(String(32), comment="a new one voids the poster links before it")
    n_by_poster: Mapped[int] = mapped_column(default=0)
    reopened_until: Mapped[date | None] = mapped_column(comment="late answers are taken up to this day")
    used_keys: Mapped[list[str]] = mapped_column(
        JSON, default=list, comment="spent marks at the close that were too few to be noted as done together"
    )


class SurveyGroup(Model):
    """One group of the cut, as staff choose it, with how many people it has."""

    __tablename__ = "readiness_survey_group"

    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_survey.round_id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    headcount: Mapped[int | None]

    def is_below(self, minimum: int) -> bool:
        """Whether it is known to have fewer people, so that it is never shown alone."""
        return self.headcount is not None and self.headcount < minimum


class Invite(Model):
    """Somebody may answer once. The secret of the link is derived from the id by a key that is not in here."""

    __tablename__ = "readiness_invite"
    __table_args__ = (
        UniqueConstraint("round_id", "email"),
        UniqueConstraint("round_id", "person_id"),
        Index("ix_readiness_invite_person_id", "person_id"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_survey.round_id"))
    via: Mapped[Via] = mapped_column(word_column(Via, "via"))
    email: Mapped[str | None] = mapped_column(String(254))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    language: Mapped[str] = mapped_column(String(2), default="en")
    created_on: Mapped[date]
    delivery: Mapped[Delivery] = mapped_column(word_column(Delivery, "delivery"), default=Delivery.NONE)
    failure: Mapped[str | None] = mapped_column(String(200), comment="why the last message did not arrive")
    sent_on: Mapped[date | None]
    reminded_on: Mapped[date | None]
    is_done: Mapped[bool] = mapped_column(default=False, comment="set for several at once, later: see survey_upkeep")


class Draft(Model):
    """Answers on their way, under a key derived from the link. Submitted, only the spent mark stays until the close."""

    __tablename__ = "readiness_draft"
    __table_args__ = (
        Index("ix_readiness_draft_round_id", "round_id"),
        CheckConstraint("NOT is_spent OR answers IS NULL", name="spent"),
        {"sqlite_with_rowid": False},
    )

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_survey.round_id"))
    answers: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    row_version: Mapped[int] = mapped_column(default=1)
    is_spent: Mapped[bool] = mapped_column(default=False)


class SurveyResponse(Model):
    """One person's answers under a random id, with the day and nothing finer."""

    __tablename__ = "readiness_response"
    __table_args__ = (Index("ix_readiness_response_round_id", "round_id"), {"sqlite_with_rowid": False})

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_survey.round_id"))
    group_key: Mapped[str | None] = mapped_column(String(40))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, comment="item → 1 to 5, or the word of its state")
    answered_on: Mapped[date]
    entry: Mapped[Entry] = mapped_column(word_column(Entry, "entry"), default=Entry.SCREEN)
    snapshot_number: Mapped[int | None] = mapped_column(comment="the first snapshot that holds it")


class SurveyComment(Model):
    """One comment, masked, apart from the answers it came with."""

    __tablename__ = "readiness_comment"
    __table_args__ = (Index("ix_readiness_comment_round_id", "round_id"), {"sqlite_with_rowid": False})

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_survey.round_id"))
    text: Mapped[str] = mapped_column(Text)


class SurveySnapshot(Model):
    """What a survey says, computed at its close and never again; late answers make a further one, in batches."""

    __tablename__ = "readiness_snapshot"

    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_survey.round_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    engine_version: Mapped[str] = mapped_column(String(40))
    document: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, comment="only what may be shown")
    computed_on: Mapped[date]


class SurveyReminder(Model):
    """A reminder that went out, and what became of it."""

    __tablename__ = "readiness_reminder"
    __table_args__ = (Index("ix_readiness_reminder_round_id", "round_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_survey.round_id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    n_asked: Mapped[int]
    n_sent: Mapped[int] = mapped_column(default=0)
    n_failed: Mapped[int] = mapped_column(default=0)


class PaperSheet(Model):
    """A paper answer that was typed once and waits for the second typing; gone when both agree."""

    __tablename__ = "readiness_paper_sheet"
    __table_args__ = (UniqueConstraint("round_id", "code"), {"sqlite_with_rowid": False})

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_survey.round_id"))
    code: Mapped[str] = mapped_column(String(8), comment="written on the sheet, to find it again")
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)

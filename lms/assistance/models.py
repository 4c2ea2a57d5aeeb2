"""Tables of technical assistance: requests, engagements, encounters, reviews and comments."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column
from lms.organizations.models import Organization


class RequestTopic(StrEnum):
    """What an organization wants help with."""

    MEDICATION = "medication"
    OVERDOSE_RESPONSE = "overdose-response"
    HARM_REDUCTION = "harm-reduction"
    STAFF_TRAINING = "staff-training"
    PROTOCOLS = "protocols"
    WORKING_TOGETHER = "working-together"
    DATA = "data"
    IMPROVEMENT = "improvement"
    STIGMA = "stigma"
    MONEY = "money"
    SUCCESSION = "succession"
    OTHER = "other"


class RequestState(StrEnum):
    """How far a request is. Not every state is used yet; the words are those of the field."""

    NEW = "new"
    TRIAGED = "triaged"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    CLOSING = "closing"
    CLOSED = "closed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REFERRED = "referred"
    ESCALATED = "escalated"


class RequestOutcome(StrEnum):
    """How a request ended, as the expert says."""

    DONE = "done"
    PARTLY = "partly"
    REFERRED = "referred"
    DECLINED = "declined"


class AssistanceRequest(Model):
    """An organization asks for help."""

    __tablename__ = "assistance_request"
    __table_args__ = (
        Index("ix_assistance_request_organization_id_closed_at", "organization_id", "closed_at"),
        Index("ix_assistance_request_expert_id_closed_at", "expert_id", "closed_at"),
        # One action of a report opens one request at a time; who withdrew it may ask again.
        Index(
            "uq_assistance_request_open_action",
            "opened_from_action_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        CheckConstraint("outcome IS NULL OR closed_at IS NOT NULL", name="outcome_of_closed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="none: a former member")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="whom the expert talks to")
    topic: Mapped[RequestTopic] = mapped_column(word_column(RequestTopic, "topic"))
    need: Mapped[str] = mapped_column(Text, comment="in the organization's own words")
    wished_by: Mapped[date | None]
    state: Mapped[RequestState] = mapped_column(word_column(RequestState, "state"), default=RequestState.NEW)
    opened_from_action_id: Mapped[int | None] = mapped_column(comment="the action of a readiness report behind it")
    expert_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[RequestOutcome | None] = mapped_column(word_column(RequestOutcome, "outcome"))
    outcome_text: Mapped[str] = mapped_column(Text, default="", comment="what came of it, or why not")
    row_version: Mapped[int] = mapped_column(default=1)

    organization: Mapped[Organization] = relationship(lazy="raise_on_sql")
    asked_by: Mapped[Person | None] = relationship(foreign_keys=[asked_by_id], lazy="raise_on_sql")
    contact: Mapped[Person | None] = relationship(foreign_keys=[contact_id], lazy="raise_on_sql")
    expert: Mapped[Person | None] = relationship(foreign_keys=[expert_id], lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self.closed_at is None

    @property
    def scope(self) -> Scope:
        """A request belongs to the organization that asks, and names who asked."""
        asker = frozenset() if self.asked_by_id is None else frozenset({self.asked_by_id})
        return Scope(organization_ids=frozenset({self.organization_id}), named_person_ids=asker)


class Engagement(Model):
    """An expert works with an organization, from a first to a last day."""

    __tablename__ = "assistance_engagement"
    __table_args__ = (
        Index("ix_assistance_engagement_expert_id_ended_on", "expert_id", "ended_on"),
        Index("ix_assistance_engagement_organization_id", "organization_id"),
        Index(
            "uq_assistance_engagement_open_request",
            "request_id",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="days"),
        CheckConstraint("planned_hours IS NULL OR planned_hours > 0", name="hours"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="none: a former member")
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("assistance_request.id"))
    goal: Mapped[str] = mapped_column(Text)
    planned_hours: Mapped[int | None]
    planned_until: Mapped[date | None]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]

    @property
    def scope(self) -> Scope:
        """An engagement belongs to the organization that is helped."""
        return Scope(organization_ids=frozenset({self.organization_id}))


class EncounterMode(StrEnum):
    """How people met."""

    VIDEO = "video"
    PHONE = "phone"
    IN_PERSON = "in-person"
    WRITING = "writing"


class EncounterKind(StrEnum):
    """What a contact was for."""

    CONSULTATION = "consultation"
    COORDINATION = "coordination"
    MONITORING = "monitoring"
    RESOURCE_DELIVERY = "resource-delivery"


class Encounter(Model):
    """One contact of an expert with an organization. The browser makes its key, so that sending it twice is once."""

    __tablename__ = "assistance_encounter"
    __table_args__ = (
        UniqueConstraint("uuid"),
        Index("ix_assistance_encounter_organization_id_occurred_on", "organization_id", "occurred_on"),
        Index("ix_assistance_encounter_expert_id_created_at", "expert_id", "created_at"),
        Index("ix_assistance_encounter_request_id", "request_id"),
        CheckConstraint("contact_minutes >= 0 AND contact_minutes <= 1440", name="contact_minutes"),
        CheckConstraint("preparation_minutes >= 0 AND preparation_minutes <= 1440", name="preparation_minutes"),
        CheckConstraint("n_people >= 1 AND n_people <= 1000", name="n_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(Uuid)
    expert_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="none: a former member")
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("assistance_request.id"))
    engagement_id: Mapped[int | None] = mapped_column(ForeignKey("assistance_engagement.id"))
    cycle_id: Mapped[int | None] = mapped_column(ForeignKey("cycle.id"))
    occurred_on: Mapped[date]
    mode: Mapped[EncounterMode] = mapped_column(word_column(EncounterMode, "mode"))
    kind: Mapped[EncounterKind] = mapped_column(word_column(EncounterKind, "kind"))
    contact_minutes: Mapped[int]
    preparation_minutes: Mapped[int] = mapped_column(default=0)
    n_people: Mapped[int] = mapped_column(default=1, comment="people of the organization who took part")
    decisions: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def scope(self) -> Scope:
        """A contact belongs to the organization that is helped."""
        return Scope(organization_ids=frozenset({self.organization_id}))


class ReviewState(StrEnum):
    """How far the review of a cycle is."""

    REQUESTED = "requested"
    IN_REVIEW = "in-review"
    RETURNED = "returned"
    RESUBMITTED = "resubmitted"
    ACCEPTED = "accepted"
    CLOSED = "closed"


class Review(Model):
    """One reading of a cycle by an expert. When a team sends the cycle again, the next reading is a row of its own.

    So what was decided once, and the scores behind it, stay as they were.
    """

    __tablename__ = "cycle_review"
    __table_args__ = (
        UniqueConstraint("cycle_id", "number"),
        Index(
            "uq_cycle_review_waiting",
            "cycle_id",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
        Index("ix_cycle_review_decided_at_requested_at", "decided_at", "requested_at"),
        Index("ix_cycle_review_organization_id", "organization_id"),
        CheckConstraint("(decided_at IS NULL) = (state IN ('requested', 'in-review', 'resubmitted'))", name="decided"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), comment="whose team ran the cycle")
    number: Mapped[int] = mapped_column(comment="1 for the first reading, 2 after the cycle came back once")
    state: Mapped[ReviewState] = mapped_column(word_column(ReviewState, "state"), default=ReviewState.REQUESTED)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewer_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"), comment="who reads it or decided; none: nobody yet, or a former member"
    )
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    summary: Mapped[str] = mapped_column(Text, default="")

    reviewer: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    scores: Mapped[list["ReviewScore"]] = relationship(lazy="raise_on_sql", order_by="ReviewScore.criterion")

    @property
    def scope(self) -> Scope:
        """A review belongs to the organization whose team ran the cycle."""
        return Scope(organization_ids=frozenset({self.organization_id}))


class RubricCriterion(StrEnum):
    """What a cycle is read for."""

    CLEAR_AIM = "clear-aim"
    TESTABLE_PREDICTION = "testable-prediction"
    SMALL_ENOUGH = "small-enough"
    DATA_FIT = "data-fit"
    HONEST_STUDY = "honest-study"
    SOUND_DECISION = "sound-decision"


class ReviewScore(Model):
    """How a cycle did by one criterion, 0 to 3."""

    __tablename__ = "cycle_review_score"
    __table_args__ = (CheckConstraint("score >= 0 AND score <= 3", name="score"),)

    review_id: Mapped[int] = mapped_column(ForeignKey("cycle_review.id", ondelete="CASCADE"), primary_key=True)
    criterion: Mapped[RubricCriterion] = mapped_column(word_column(RubricCriterion, "criterion"), primary_key=True)
    score: Mapped[int]


class CycleComment(Model):
    """What somebody wrote at a field of a cycle. It is never changed: a correction is a newer row that replaces it."""

    __tablename__ = "cycle_comment"
    __table_args__ = (
        Index("ix_cycle_comment_cycle_id_id", "cycle_id", "id"),
        Index("ix_cycle_comment_owner_id_settled_at", "owner_id", "settled_at"),
        UniqueConstraint("replaces_id"),
        CheckConstraint("is_ask OR (owner_id IS NULL AND due_on IS NULL AND settled_at IS NULL)", name="ask"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), comment="whose team ran the cycle")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="none: a former member")
    field: Mapped[str] = mapped_column(String(40), comment="name of the cycle's field; empty: the whole cycle")
    text: Mapped[str] = mapped_column(Text)
    is_ask: Mapped[bool] = mapped_column(default=False, comment="the team is asked to do something")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="who is asked; none: the whole team")
    due_on: Mapped[date | None]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("cycle_comment.id"), comment="the ask this answers")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("cycle_comment.id"), comment="the wording before")

    author: Mapped[Person | None] = relationship(foreign_keys=[author_id], lazy="raise_on_sql")
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id], lazy="raise_on_sql")
    settled_by: Mapped[Person | None] = relationship(foreign_keys=[settled_by_id], lazy="raise_on_sql")

    @property
    def scope(self) -> Scope:
        """A comment belongs to the organization whose team ran the cycle."""
        return Scope(organization_ids=frozenset({self.organization_id}))

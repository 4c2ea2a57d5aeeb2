"""Tables of learning: enrollments, their events, attempts, certificates and assignments."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Language, Person
from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column
from lms.publications import ContentVersion


class Enrollment(Model):
    """A person's way through one published version of a course; at most one open per course."""

    __tablename__ = "enrollment"
    __table_args__ = (
        Index(
            "uq_enrollment_open",
            "person_id",
            "course_slug",
            unique=True,
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("ix_enrollment_course_slug_finished_at", "course_slug", "finished_at"),
        Index("ix_enrollment_person_id_started_at", "person_id", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    course_slug: Mapped[str] = mapped_column(String(80))
    version_id: Mapped[int] = mapped_column(ForeignKey("content_version.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_event_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    version: Mapped[ContentVersion] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")
    progress: Mapped[list["LessonProgress"]] = relationship(lazy="raise_on_sql")

    @property
    def scope(self) -> Scope:
        """An enrollment belongs to its person."""
        return Scope(person_id=self.person_id)


class LessonProgress(Model):
    """How far a person is in one lesson: derived from the events, kept for reading."""

    __tablename__ = "lesson_progress"

    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), primary_key=True)
    lesson_slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    n_steps_done: Mapped[int] = mapped_column(default=0)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EventKind(StrEnum):
    """What a learner did."""

    STEP_DONE = "step-done"
    PRACTICE_ANSWERED = "practice-answered"
    SCENARIO_CHOSEN = "scenario-chosen"
    SCENARIO_RESTARTED = "scenario-restarted"
    QUESTION_ANSWERED = "question-answered"


class LearningEvent(Model):
    """One thing a learner did, append-only, by the key its device made: sent twice, it is recorded once."""

    __tablename__ = "learning_event"
    __table_args__ = (
        UniqueConstraint("event_uuid"),
        Index("ix_learning_event_enrollment_id_lesson_slug", "enrollment_id", "lesson_slug"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uuid: Mapped[UUID] = mapped_column(Uuid)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    lesson_slug: Mapped[str] = mapped_column(String(80))
    kind: Mapped[EventKind] = mapped_column(word_column(EventKind, "kind"))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    occurred_at: Mapped[datetime] = mapped_column(
        UtcDateTime, comment="by the learner's device, never after recorded_at"
    )
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Attempt(Model):
    """One try at a knowledge check: which questions, in which order, and how it ended."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "lesson_slug", "number"),
        Index(
            "uq_attempt_open",
            "enrollment_id",
            "lesson_slug",
            unique=True,
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        CheckConstraint("n_correct IS NULL OR (n_correct >= 0 AND n_correct <= n_questions)", name="score"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    lesson_slug: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, comment="[{question, options: [slug in order]}]")
    n_questions: Mapped[int]
    n_correct: Mapped[int | None]
    is_passed: Mapped[bool | None]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    enrollment: Mapped[Enrollment] = relationship(lazy="raise_on_sql")
    answers: Mapped[list["AttemptAnswer"]] = relationship(lazy="raise_on_sql", order_by="AttemptAnswer.id")

    @property
    def scope(self) -> Scope:
        """An attempt belongs to its person."""
        return Scope(person_id=self.person_id)


class AttemptAnswer(Model):
    """The first answer to each question of an attempt counts; it never changes."""

    __tablename__ = "attempt_answer"
    __table_args__ = (UniqueConstraint("attempt_id", "question_slug"), UniqueConstraint("event_uuid"))

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    event_uuid: Mapped[UUID] = mapped_column(Uuid)
    question_slug: Mapped[str] = mapped_column(String(80))
    option_slugs: Mapped[list[str]] = mapped_column(JSON)
    is_correct: Mapped[bool]
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Certificate(Model):
    """Proof of a finished course; its serial is a random secret that anyone who holds it may check."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("serial"),
        UniqueConstraint("enrollment_id"),
        Index("ix_certificate_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    course_slug: Mapped[str] = mapped_column(String(80))
    version_id: Mapped[int] = mapped_column(ForeignKey("content_version.id"))
    serial: Mapped[str] = mapped_column(String(24))
    name_shown: Mapped[str] = mapped_column(String(120))
    language: Mapped[Language] = mapped_column(word_column(Language, "language"))
    n_correct: Mapped[int]
    n_questions: Mapped[int]
    issued_on: Mapped[date]
    expires_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organization_ids: frozenset[int] = frozenset()  # where the holder belongs now; set by the query that loads the row

    @property
    def scope(self) -> Scope:
        """A certificate is its holder's, and is seen by the leads of the organizations the holder belongs to."""
        return Scope(person_id=self.person_id, organization_ids=self.organization_ids)


class Assignment(Model):
    """An organization asks one person to finish a course by a date."""

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("organization_id", "person_id", "course_slug", "due_on"),
        Index("ix_assignment_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    course_slug: Mapped[str] = mapped_column(String(80))
    due_on: Mapped[date]
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TrainingNudge(Model):
    """When an organization last reminded a person of courses: one row, so that nobody is reminded too often."""

    __tablename__ = "training_nudge"
    __table_args__ = (Index("ix_training_nudge_organization_id", "organization_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"), primary_key=True)
    course_slug: Mapped[str] = mapped_column(String(80), comment="what the last reminder was about")
    nudged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    nudged_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    n_nudges: Mapped[int] = mapped_column(default=1)

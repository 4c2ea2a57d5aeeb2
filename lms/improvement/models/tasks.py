"""Tables beside a cycle: who does what of its plan, and which cycles were noted quickly."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.db import Model, UtcDateTime


class QuickNote(Model):
    """A cycle that was noted in three fields: it may begin with them alone. Never changed."""

    __tablename__ = "quick_note"
    __table_args__ = (UniqueConstraint("cycle_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TaskRevision(Model):
    """The tasks of a plan as one save left them. Never changed: the newest one holds."""

    __tablename__ = "task_revision"
    __table_args__ = (UniqueConstraint("cycle_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    number: Mapped[int] = mapped_column(comment="counts the saves; forms send the one they began from")
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    saved_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    tasks: Mapped[list["Task"]] = relationship(lazy="raise_on_sql", order_by="Task.position", viewonly=True)


class Task(Model):
    """One line of a plan: who does what, when and where, and whether it is done."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("revision_id", "position"),
        Index("ix_task_person_id", "person_id"),
        Index("ix_task_done_by_id", "done_by_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("task_revision.id"))
    position: Mapped[int] = mapped_column(comment="from 1; the order of the list")
    what: Mapped[str] = mapped_column(String(300))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="somebody of the team")
    who_text: Mapped[str] = mapped_column(String(160), default="", comment="or a job role, in words")
    when_text: Mapped[str] = mapped_column(String(160), default="")
    where_text: Mapped[str] = mapped_column(String(160), default="")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="none: not done")
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="who ticked it")

    person: Mapped[Person | None] = relationship(foreign_keys=[person_id], lazy="raise_on_sql")
    done_by: Mapped[Person | None] = relationship(foreign_keys=[done_by_id], lazy="raise_on_sql")

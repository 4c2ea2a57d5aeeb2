"""Tables of driver diagrams: what moves a team's aim, what hangs on what, and how the diagram looked at each save."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.db import Model, UtcDateTime, word_column
from lms.improvement.drivers import DiagramEdit


class Driver(Model):
    """One box of a team's diagram: a driver with a name of its own, or a change idea with the idea's."""

    __tablename__ = "driver"
    __table_args__ = (
        Index("ix_driver_team_id", "team_id"),
        UniqueConstraint("change_idea_id"),
        CheckConstraint("(change_idea_id IS NULL) = (name IS NOT NULL)", name="name"),
        CheckConstraint("name IS NULL OR name <> ''", name="words"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    change_idea_id: Mapped[int | None] = mapped_column(ForeignKey("change_idea.id"), comment="none: it is a driver")
    name: Mapped[str | None] = mapped_column(String(160), comment="none: the change idea's title")
    position: Mapped[int] = mapped_column(comment="among its siblings, the smallest first")
    row_version: Mapped[int] = mapped_column(default=1, comment="counts edits; forms send the one they began from")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DriverLink(Model):
    """One driver serves another. Without any, a driver serves the aim itself. Ended, never deleted."""

    __tablename__ = "driver_link"
    __table_args__ = (
        Index(
            "uq_driver_link_open",
            "parent_id",
            "child_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_driver_link_child_id", "child_id"),
        CheckConstraint("parent_id <> child_id", name="itself"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("driver.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("driver.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DriverMeasure(Model):
    """A measure tells whether a driver moves. Ended, never deleted."""

    __tablename__ = "driver_measure"
    __table_args__ = (
        Index(
            "uq_driver_measure_open",
            "driver_id",
            "measure_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_driver_measure_measure_id", "measure_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    driver_id: Mapped[int] = mapped_column(ForeignKey("driver.id"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DriverRevision(Model):
    """The whole diagram as one save left it. Never changed, never deleted."""

    __tablename__ = "driver_revision"
    __table_args__ = (UniqueConstraint("team_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    number: Mapped[int]
    edit: Mapped[DiagramEdit] = mapped_column(word_column(DiagramEdit, "edit"))
    subject: Mapped[str] = mapped_column(String(160), comment="the name of what was changed, as it was then")
    document: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, comment="the aim and every box, whole")
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    saved_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")

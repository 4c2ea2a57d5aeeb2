"""Tables of notifications: what waits for whom."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column


class TodoKind(StrEnum):
    """Why something waits for a person."""

    FINISH_COURSE = "finish-course"


class Todo(Model):
    """One thing that waits for one person; open once per kind and subject."""

    __tablename__ = "todo"
    __table_args__ = (
        Index(
            "uq_todo_open",
            "person_id",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_todo_person_id_closed_at", "person_id", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[TodoKind] = mapped_column(word_column(TodoKind, "kind"))
    subject: Mapped[str] = mapped_column(String(80), comment="what it is about, for example a course slug")
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), comment="who asks for it")
    due_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def scope(self) -> Scope:
        """A todo belongs to its person."""
        return Scope(person_id=self.person_id)

"""Tables of notifications: what waits for whom, what people were told, and how they want to hear of it."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column
from lms.notifications.words import MailChoice, NoticeKind, TodoKind


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
    path: Mapped[str | None] = mapped_column(String(300), comment="where it is done; none: its kind and subject say it")
    title: Mapped[str | None] = mapped_column(String(200))
    due_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def scope(self) -> Scope:
        """A todo belongs to its person."""
        return Scope(person_id=self.person_id)


class Notice(Model):
    """One thing that one person was told."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_person_id_id", "person_id", "id"),
        Index(
            "ix_notice_waits_for_digest",
            "person_id",
            sqlite_where=text("waits_for_digest"),
            postgresql_where=text("waits_for_digest"),
        ),
        Index(
            "ix_notice_path_of_harm",
            "path",
            sqlite_where=text("kind = 'harm-noted'"),
            postgresql_where=text("kind = 'harm-noted'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[NoticeKind] = mapped_column(word_column(NoticeKind, "kind"))
    organization_id: Mapped[int | None] = mapped_column(
        ForeignKey("organization.id"), comment="whose matter it is; who no longer sees it is no longer told"
    )
    title: Mapped[str] = mapped_column(String(200))
    path: Mapped[str] = mapped_column(String(300))
    waits_for_digest: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def scope(self) -> Scope:
        """A notice belongs to its person."""
        return Scope(person_id=self.person_id)


class NoticePreference(Model):
    """How one person wants to hear of one kind; without a row the site's default holds."""

    __tablename__ = "notice_preference"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[NoticeKind] = mapped_column(word_column(NoticeKind, "kind"), primary_key=True)
    mail: Mapped[MailChoice] = mapped_column(word_column(MailChoice, "mail"))

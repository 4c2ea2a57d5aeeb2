"""Tables of the change library: one number for each idea, what was taken from whom, and what is shared."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Model, UtcDateTime


class LibraryIdea(Model):
    """The number of an idea in the library: one of a published package, or a team's own. Its words stand there."""

    __tablename__ = "library_idea"
    __table_args__ = (
        UniqueConstraint("package_slug"),
        UniqueConstraint("change_idea_id"),
        CheckConstraint("(package_slug IS NULL) = (change_idea_id IS NOT NULL)", name="one_origin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    package_slug: Mapped[str | None] = mapped_column(String(140), comment="package/idea; none: a team's idea")
    change_idea_id: Mapped[int | None] = mapped_column(ForeignKey("change_idea.id"))


class IdeaSource(Model):
    """From where a team took a change idea. Never changed."""

    __tablename__ = "idea_source"
    __table_args__ = (
        Index("ix_idea_source_library_idea_id", "library_idea_id"),
        Index("ix_idea_source_root_id", "root_id"),
    )

    change_idea_id: Mapped[int] = mapped_column(ForeignKey("change_idea.id"), primary_key=True)
    library_idea_id: Mapped[int] = mapped_column(ForeignKey("library_idea.id"))
    root_id: Mapped[int] = mapped_column(ForeignKey("library_idea.id"), comment="where the first of the row came from")
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)


class IdeaShare(Model):
    """A team lets the organizations of its coalitions read an idea and what became of it. Ended, never deleted."""

    __tablename__ = "idea_share"
    __table_args__ = (
        Index(
            "uq_idea_share_open",
            "change_idea_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    change_idea_id: Mapped[int] = mapped_column(ForeignKey("change_idea.id"))
    shared_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    shared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

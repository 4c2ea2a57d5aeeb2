"""Tables of playbooks: their pages, every revision of each, and who may write."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Language, Person
from lms.coalitions.models import Coalition
from lms.db import Model, UtcDateTime, word_column
from lms.improvement.models import Cycle
from lms.organizations.models import Organization
from lms.playbooks.rules import Place, RevisionKind, Shared

LONGEST_TITLE = 160
LONGEST_NOTE = 300
MOST_DAYS = 1_096  # a page that is read again more rarely than every three years is not looked after


class Playbook(Model):
    """One playbook of one organization or of one coalition."""

    __tablename__ = "playbook"
    __table_args__ = (
        CheckConstraint("(organization_id IS NULL) <> (coalition_id IS NULL)", name="owner"),
        CheckConstraint("shared <> 'organization' OR organization_id IS NOT NULL", name="shared_within"),
        CheckConstraint("(template_slug IS NULL) = (template_version IS NULL)", name="template"),
        Index("ix_playbook_organization_id", "organization_id"),
        Index("ix_playbook_coalition_id", "coalition_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    coalition_id: Mapped[int | None] = mapped_column(ForeignKey("coalition.id"))
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    language: Mapped[Language] = mapped_column(word_column(Language, "language"), default=Language.ENGLISH)
    shared: Mapped[Shared] = mapped_column(word_column(Shared, "shared"), default=Shared.NOBODY)
    template_slug: Mapped[str | None] = mapped_column(String(80))
    template_version: Mapped[str | None] = mapped_column(String(40))
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organization: Mapped[Organization | None] = relationship(lazy="raise_on_sql")
    coalition: Mapped[Coalition | None] = relationship(lazy="raise_on_sql")

    @property
    def place(self) -> Place:
        """To whom the playbook belongs."""
        return Place(self.organization_id, self.coalition_id)


class PlaybookEditor(Model):
    """Somebody named to write in a playbook; it counts while they belong to where the playbook belongs."""

    __tablename__ = "playbook_editor"
    __table_args__ = (Index("ix_playbook_editor_person_id", "person_id"),)

    playbook_id: Mapped[int] = mapped_column(ForeignKey("playbook.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class PlaybookPage(Model):
    """One page: its place, who looks after it and when it is read again. What it says stands in its revisions."""

    __tablename__ = "playbook_page"
    __table_args__ = (
        CheckConstraint("current_number >= 1", name="current_number"),
        CheckConstraint(f"review_every_days BETWEEN 1 AND {MOST_DAYS}", name="review_every_days"),
        CheckConstraint(
            "backup_owner_id IS NULL OR (owner_id IS NOT NULL AND owner_id <> backup_owner_id)", name="backup"
        ),
        Index("ix_playbook_page_playbook_id_position", "playbook_id", "position"),
        Index("ix_playbook_page_owner_id", "owner_id"),
        Index("ix_playbook_page_backup_owner_id", "backup_owner_id"),
        Index("ix_playbook_page_cycle_id", "cycle_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    playbook_id: Mapped[int] = mapped_column(ForeignKey("playbook.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE), comment="as the current revision has it, for lists")
    current_number: Mapped[int] = mapped_column(default=1, comment="number of the newest revision; edits compare it")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    backup_owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    review_every_days: Mapped[int | None]
    reviewed_on: Mapped[date | None] = mapped_column(comment="when somebody last said that all of it is correct")
    due_on: Mapped[date | None] = mapped_column(comment="the day by which it is read again; services keep it in step")
    cycle_id: Mapped[int | None] = mapped_column(ForeignKey(Cycle.id), comment="the PDSA cycle whose result it keeps")
    row_version: Mapped[int] = mapped_column(default=1, comment="counts changes of who looks after the page")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    playbook: Mapped[Playbook] = relationship(lazy="raise_on_sql")
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id], lazy="raise_on_sql")
    backup_owner: Mapped[Person | None] = relationship(foreign_keys=[backup_owner_id], lazy="raise_on_sql")


class PageRevision(Model):
    """What a page said from one moment on. It never changes, except that an erased author is no longer named."""

    __tablename__ = "page_revision"
    __table_args__ = (
        UniqueConstraint("page_id", "number"),
        CheckConstraint("number >= 1 AND (base_number IS NULL OR base_number < number)", name="number"),
        Index("ix_page_revision_author_id", "author_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("playbook_page.id"))
    number: Mapped[int]
    base_number: Mapped[int | None] = mapped_column(comment="the revision the author began from, or restored")
    kind: Mapped[RevisionKind] = mapped_column(word_column(RevisionKind, "kind"), default=RevisionKind.EDIT)
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    text: Mapped[str] = mapped_column(Text, comment="Markdown")
    html: Mapped[str] = mapped_column(Text, deferred=True, comment="the text, rendered and cleaned once")
    renderer: Mapped[int] = mapped_column(comment="version of the renderer that made the HTML")
    language: Mapped[Language] = mapped_column(word_column(Language, "language"))
    note: Mapped[str | None] = mapped_column(String(LONGEST_NOTE), comment="what the author says about the change")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), comment="none: a former member, or us")
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    page: Mapped[PlaybookPage] = relationship(lazy="raise_on_sql")
    author: Mapped[Person | None] = relationship(lazy="raise_on_sql")

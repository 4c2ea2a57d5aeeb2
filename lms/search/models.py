"""The table behind search."""

from enum import StrEnum

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.accounts.models import Language
from lms.db import Model, word_column


class DocumentKind(StrEnum):
    """What a hit leads to."""

    LESSON = "lesson"
    HELP = "help"
    PLAYBOOK_PAGE = "playbook-page"
    CYCLE = "cycle"
    CHANGE_IDEA = "change-idea"


PUBLIC_SCOPE = "public"
MEMBERS_SCOPE = "signed-in"


def team_scope(team_id: int) -> str:
    """Return the scope of what an improvement team writes: who may read it is asked when somebody searches."""
    return f"team:{team_id}"


def shared_scope(team_id: int) -> str:
    """Return the scope of the ideas that a team shares with its coalitions."""
    return f"shared:{team_id}"


def playbook_scope(playbook_id: int) -> str:
    """Return the scope of the pages of a playbook."""
    return f"playbook:{playbook_id}"


class SearchDocument(Model):
    """One findable text in one language. `scope` says who may find it."""

    __tablename__ = "search_doc"
    __table_args__ = (
        UniqueConstraint("kind", "subject", "language"),
        Index("ix_search_doc_scope", "scope"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[DocumentKind] = mapped_column(word_column(DocumentKind, "kind"))
    subject: Mapped[str] = mapped_column(String(160), comment="course/lesson slug, or page slug")
    language: Mapped[Language] = mapped_column(word_column(Language, "language"))
    scope: Mapped[str] = mapped_column(String(60))
    path: Mapped[str] = mapped_column(String(300))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)

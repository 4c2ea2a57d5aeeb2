"""Tables of the instruments that an organization adapted or brought in itself."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column
from lms.organizations.models import Organization


class Rights(StrEnum):
    """Why an organization may use an instrument."""

    ADAPTED = "adapted"  # a copy of one that this site offers
    OWN = "own"
    LICENSED = "licensed"
    PUBLIC = "public"


class OwnInstrument(Model):
    """An instrument of one organization: the draft that is edited, and the version published from it last."""

    __tablename__ = "readiness_own_instrument"
    __table_args__ = (
        UniqueConstraint("slug"),
        UniqueConstraint("event_uuid"),
        Index("ix_readiness_own_instrument_organization_id", "organization_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uuid: Mapped[str] = mapped_column(String(36), comment="of the form that made it: a second sending makes none")
    slug: Mapped[str] = mapped_column(String(80))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    based_on_id: Mapped[int | None] = mapped_column(ForeignKey("content_version.id"))
    rights: Mapped[Rights] = mapped_column(word_column(Rights, "rights"))
    rights_note: Mapped[str] = mapped_column(String(600), default="", comment="who owns it, and what was agreed")
    draft: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, comment="the document as it is edited")
    published_id: Mapped[int | None] = mapped_column(ForeignKey("content_version.id"))
    is_retired: Mapped[bool] = mapped_column(default=False, comment="no new round is opened with it")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    row_version: Mapped[int] = mapped_column(default=1)

    organization: Mapped[Organization] = relationship(lazy="raise_on_sql")

    @property
    def scope(self) -> Scope:
        """An own instrument belongs to its organization."""
        return Scope(organization_ids=frozenset({self.organization_id}))

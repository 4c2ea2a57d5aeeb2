"""Tables of coalitions, their organizations, facts and roles."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.authz import CoalitionRoleKind, Scope
from lms.db import Model, UtcDateTime, word_column
from lms.organizations.models import Organization


class Coalition(Model):
    """A network of organizations that answers together."""

    __tablename__ = "coalition"
    __table_args__ = (UniqueConstraint("slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(160))
    state_name: Mapped[str] = mapped_column(String(60), comment="the US state or territory, as people write it")
    counties: Mapped[str] = mapped_column(String(300), default="")
    time_zone: Mapped[str] = mapped_column(String(60), comment="an IANA zone name")
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def scope(self) -> Scope:
        """A coalition belongs to itself."""
        return Scope(coalition_ids=frozenset({self.id}))


class FactKey(StrEnum):
    """Blanks that a coalition fills for its clinical pages."""

    EMERGENCY_NUMBER = "emergency-number"
    CRISIS_LINE = "crisis-line"
    POISON_LINE = "poison-line"
    NEVER_USE_ALONE_LINE = "never-use-alone-line"
    NALOXONE_WHERE = "naloxone-where"
    PROTOCOL_LINK = "protocol-link"
    GOOD_SAMARITAN_LAW = "good-samaritan-law"


class CoalitionFact(Model):
    """One local fact in both languages, with the day it was checked and where it comes from."""

    __tablename__ = "coalition_fact"
    __table_args__ = (UniqueConstraint("coalition_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    coalition_id: Mapped[int] = mapped_column(ForeignKey("coalition.id"))
    key: Mapped[FactKey] = mapped_column(word_column(FactKey, "key"))
    text_en: Mapped[str] = mapped_column(String(600))
    text_es: Mapped[str] = mapped_column(String(600))
    source: Mapped[str] = mapped_column(String(300))
    checked_on: Mapped[date]
    row_version: Mapped[int] = mapped_column(default=1)

    @property
    def scope(self) -> Scope:
        """A fact belongs to its coalition."""
        return Scope(coalition_ids=frozenset({self.coalition_id}))

    def text_in(self, language: str) -> str:
        """The fact in one language."""
        return self.text_es if language == "es" else self.text_en


class CoalitionOrganization(Model):
    """An organization's belonging to a coalition; at most one open at a time."""

    __tablename__ = "coalition_organization"
    __table_args__ = (
        Index(
            "uq_coalition_organization_open",
            "coalition_id",
            "organization_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_coalition_organization_organization_id", "organization_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    coalition_id: Mapped[int] = mapped_column(ForeignKey("coalition.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organization: Mapped[Organization] = relationship(lazy="raise_on_sql")
    coalition: Mapped[Coalition] = relationship(lazy="raise_on_sql")

    @property
    def scope(self) -> Scope:
        """A belonging is the coalition's to end."""
        return Scope(coalition_ids=frozenset({self.coalition_id}))


class CoalitionRole(Model):
    """A role that a person holds in a coalition; at most one open of each kind."""

    __tablename__ = "coalition_role"
    __table_args__ = (
        Index(
            "uq_coalition_role_open",
            "coalition_id",
            "person_id",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_coalition_role_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    coalition_id: Mapped[int] = mapped_column(ForeignKey("coalition.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[CoalitionRoleKind] = mapped_column(word_column(CoalitionRoleKind, "role"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(lazy="raise_on_sql")

    @property
    def scope(self) -> Scope:
        """A coalition role belongs to its coalition."""
        return Scope(coalition_ids=frozenset({self.coalition_id}))

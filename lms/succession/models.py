"""Tables of succession: critical roles, who holds them or can step in, and the evidence of that."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column


class Criticality(StrEnum):
    """What happens when nobody does it."""

    LIFE_SAFETY = "life-safety"
    SERVICE = "service"
    SUPPORT = "support"


class CriticalRole(Model):
    """Something that must go on when a person goes: its card says what the next one needs to know."""

    __tablename__ = "critical_role"
    __table_args__ = (
        CheckConstraint("(organization_id IS NULL) <> (coalition_id IS NULL)", name="one_owner"),
        CheckConstraint("max_gap_days BETWEEN 0 AND 365", name="max_gap_days"),
        Index("ix_critical_role_organization_id_closed_at", "organization_id", "closed_at"),
        Index("ix_critical_role_coalition_id_closed_at", "coalition_id", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    coalition_id: Mapped[int | None] = mapped_column(ForeignKey("coalition.id"))
    name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(600))
    criticality: Mapped[Criticality] = mapped_column(word_column(Criticality, "criticality"))
    max_gap_days: Mapped[int] = mapped_column(comment="how many days it may stand still before harm is done")
    decision_rights: Mapped[str] = mapped_column(String(2000), default="")
    vault_name: Mapped[str] = mapped_column(String(160), default="", comment="where passwords are kept; never a secret")
    recurring_tasks: Mapped[str] = mapped_column(String(4000), default="")
    key_relationships: Mapped[str] = mapped_column(String(4000), default="")
    documents: Mapped[str] = mapped_column(String(4000), default="")
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PositionKind(StrEnum):
    """How somebody stands to a role."""

    HOLDER = "holder"
    BACKUP = "backup"


class RolePosition(Model):
    """Somebody holds a role or stands behind its holder, from a moment to a moment; one open position each."""

    __tablename__ = "role_position"
    __table_args__ = (
        Index(
            "uq_role_position_open",
            "role_id",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_role_position_person_id_ended_at", "person_id", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("critical_role.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), comment="none: a former member who was erased"
    )
    kind: Mapped[PositionKind] = mapped_column(word_column(PositionKind, "kind"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class EvidenceKind(StrEnum):
    """What shows that somebody can step in."""

    TRAINED = "trained"
    SHADOWED = "shadowed"
    REHEARSED = "rehearsed"


class RoleEvidence(Model):
    """One thing that somebody did to be able to step in; taken back when it was noted by mistake, never deleted."""

    __tablename__ = "role_evidence"
    __table_args__ = (
        Index("ix_role_evidence_role_id", "role_id"),
        Index("ix_role_evidence_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("critical_role.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    kind: Mapped[EvidenceKind] = mapped_column(word_column(EvidenceKind, "kind"))
    happened_on: Mapped[date]
    how: Mapped[str] = mapped_column(String(400))
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SuccessionSharing(Model):
    """Whether an organization shows its critical roles to the TA experts who serve it; no row: it does not."""

    __tablename__ = "succession_sharing"

    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organization.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    is_shared: Mapped[bool]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def scope(self) -> Scope:
        """Whether to share is the organization's own choice."""
        return Scope(private_organization_ids=frozenset({self.organization_id}))

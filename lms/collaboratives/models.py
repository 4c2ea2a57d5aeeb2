"""Tables of collaboratives, their sessions and who came. Which teams belong to one stands at the team."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.authz import Scope
from lms.coalitions.models import Coalition
from lms.collaboratives.rules import Phase, SessionKind
from lms.db import Model, UtcDateTime, word_column


class Collaborative(Model):
    """Teams of several organizations who work on one thing for a while and learn from each other."""

    __tablename__ = "collaborative"
    __table_args__ = (
        UniqueConstraint("coalition_id", "name"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="days_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    coalition_id: Mapped[int] = mapped_column(ForeignKey("coalition.id"))
    name: Mapped[str] = mapped_column(String(120))
    aim: Mapped[str] = mapped_column(Text, comment="what all teams together want to reach")
    charter: Mapped[str] = mapped_column(Text, default="", comment="how the teams work together, and what is expected")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    phase: Mapped[Phase] = mapped_column(word_column(Phase, "phase"), default=Phase.PREWORK)
    row_version: Mapped[int] = mapped_column(default=1, comment="counts edits; forms send the one they began from")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    coalition: Mapped[Coalition] = relationship(lazy="raise_on_sql")

    @property
    def scope(self) -> Scope:
        """It belongs to its coalition. Whose teams take part, and so read along, is known to a later slice."""
        return Scope(coalition_ids=frozenset({self.coalition_id}))


class CollaborativeSession(Model):
    """One meeting of a collaborative."""

    __tablename__ = "collaborative_session"
    __table_args__ = (Index("ix_collaborative_session_collaborative_id", "collaborative_id", "held_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    collaborative_id: Mapped[int] = mapped_column(ForeignKey("collaborative.id"))
    kind: Mapped[SessionKind] = mapped_column(word_column(SessionKind, "kind"))
    title: Mapped[str] = mapped_column(String(160))
    held_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(200), default="", comment="a room, or the address of a call")
    notes: Mapped[str] = mapped_column(Text, default="")
    row_version: Mapped[int] = mapped_column(default=1, comment="counts edits; forms send the one they began from")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    collaborative: Mapped[Collaborative] = relationship(lazy="raise_on_sql")


class SessionAttendance(Model):
    """A team that came to a session."""

    __tablename__ = "collaborative_session_attendance"
    __table_args__ = (Index("ix_collaborative_session_attendance_team_id", "team_id"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("collaborative_session.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)

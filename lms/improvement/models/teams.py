"""Tables of improvement teams: who is on them, what they aim at, and what they might change."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from lms.accounts.models import Person
from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column
from lms.improvement.rules import IdeaOrigin
from lms.organizations.models import Organization


class Team(Model):
    """The people of one organization who improve something together, alone or in a collaborative."""

    __tablename__ = "team"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        Index("ix_team_collaborative_id", "collaborative_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    collaborative_id: Mapped[int | None] = mapped_column(ForeignKey("collaborative.id"))
    name: Mapped[str] = mapped_column(String(120))
    row_version: Mapped[int] = mapped_column(default=1, comment="counts edits; forms send the one they began from")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organization: Mapped[Organization] = relationship(lazy="raise_on_sql")
    members: Mapped[list["TeamMember"]] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: (Team.id == TeamMember.team_id) & TeamMember.left_at.is_(None),
        order_by="TeamMember.id",
        viewonly=True,
    )
    companions: Mapped[list["Team"]] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: (
            (foreign(Team.collaborative_id) == remote(Team.collaborative_id)) & remote(Team.closed_at).is_(None)
        ),
        uselist=True,
        viewonly=True,
        doc="the open teams of the same collaborative, this one among them",
    )

    @property
    def scope(self) -> Scope:
        """A team belongs to its organization; organizations of the same collaborative read along to learn from it."""
        return Scope(
            organization_ids=frozenset({self.organization_id}),
            named_person_ids=frozenset(member.person_id for member in self.members),
            reader_organization_ids=frozenset({self.organization_id, *(t.organization_id for t in self.companions)}),
        )


class TeamMember(Model):
    """A person on a team; at most once at a time."""

    __tablename__ = "team_member"
    __table_args__ = (
        Index(
            "uq_team_member_open",
            "team_id",
            "person_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_team_member_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class Aim(Model):
    """What a team wants to reach; at most one open at a time. Its words are in the versions."""

    __tablename__ = "aim"
    __table_args__ = (
        Index(
            "uq_aim_open",
            "team_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    n_versions: Mapped[int] = mapped_column(default=0, comment="the number of the newest version; forms send it")
    opened_from_action_id: Mapped[int | None] = mapped_column(comment="the readiness action it grew from")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AimVersion(Model):
    """How the aim was worded at one time. Never changed."""

    __tablename__ = "aim_version"
    __table_args__ = (UniqueConstraint("aim_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    aim_id: Mapped[int] = mapped_column(ForeignKey("aim.id"))
    number: Mapped[int]
    what: Mapped[str] = mapped_column(Text)
    measure_text: Mapped[str] = mapped_column(String(300), comment="how people will know")
    how_much: Mapped[str] = mapped_column(String(160))
    by_when_on: Mapped[date | None]
    for_whom: Mapped[str] = mapped_column(String(300))
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    written_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class ChangeIdea(Model):
    """Something a team might do differently."""

    __tablename__ = "change_idea"
    __table_args__ = (Index("ix_change_idea_team_id", "team_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    title: Mapped[str] = mapped_column(String(160))
    description: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[IdeaOrigin] = mapped_column(word_column(IdeaOrigin, "origin"), default=IdeaOrigin.TEAM)
    row_version: Mapped[int] = mapped_column(default=1)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    team: Mapped[Team] = relationship(lazy="raise_on_sql")

    @property
    def scope(self) -> Scope:
        """An idea belongs where its team belongs."""
        return self.team.scope

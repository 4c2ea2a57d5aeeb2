"""Tables of improvement teams: aims, change ideas, measures with their observations, and PDSA cycles."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Double, ForeignKey, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from lms.accounts.models import Person
from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column
from lms.improvement.rules import (
    Cadence,
    ChartKind,
    CycleState,
    Decision,
    Direction,
    DoneAsPlanned,
    FlagKind,
    IdeaOrigin,
    MeasureKind,
    MissingReason,
    Shape,
    Unit,
)
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


class Measure(Model):
    """Something a team counts, period by period. What exactly is counted stands in the definitions."""

    __tablename__ = "measure"
    __table_args__ = (Index("ix_measure_team_id", "team_id"), Index("ix_measure_owner_id", "owner_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    kind: Mapped[MeasureKind] = mapped_column(word_column(MeasureKind, "kind"))
    chart_kind: Mapped[ChartKind] = mapped_column(word_column(ChartKind, "chart_kind"), default=ChartKind.RUN)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    backup_owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    n_definitions: Mapped[int] = mapped_column(default=0, comment="the number of the newest definition")
    row_version: Mapped[int] = mapped_column(default=1)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    team: Mapped[Team] = relationship(lazy="raise_on_sql")
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id], lazy="raise_on_sql")
    backup_owner: Mapped[Person | None] = relationship(foreign_keys=[backup_owner_id], lazy="raise_on_sql")
    definitions: Mapped[list["MeasureDefinition"]] = relationship(
        lazy="raise_on_sql", order_by="MeasureDefinition.number", viewonly=True
    )

    @property
    def scope(self) -> Scope:
        """A measure belongs where its team belongs."""
        return self.team.scope

    @property
    def definition(self) -> "MeasureDefinition":
        """What is counted now."""
        return self.definitions[-1]


class MeasureDefinition(Model):
    """What exactly was counted from one day on. Never changed: another wording is another version."""

    __tablename__ = "measure_definition"
    __table_args__ = (
        UniqueConstraint("measure_id", "number"),
        CheckConstraint("unit NOT IN ('percent', 'rate') OR denominator_text <> ''", name="denominator"),
        CheckConstraint("(unit = 'rate') = (rate_per IS NOT NULL)", name="rate"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(160))
    numerator_text: Mapped[str] = mapped_column(String(300))
    denominator_text: Mapped[str] = mapped_column(String(300), default="")
    excluded_text: Mapped[str] = mapped_column(String(300), default="", comment="who or what is left out")
    source_text: Mapped[str] = mapped_column(String(300), default="", comment="where the numbers are found")
    unit: Mapped[Unit] = mapped_column(word_column(Unit, "unit"))
    rate_per: Mapped[int | None] = mapped_column(comment="a rate is written per so many")
    cadence: Mapped[Cadence] = mapped_column(word_column(Cadence, "cadence"))
    direction: Mapped[Direction] = mapped_column(word_column(Direction, "direction"))
    target: Mapped[float | None] = mapped_column(Double, comment="in the unit people write; a percent from 0 to 100")
    holds_from_on: Mapped[date | None] = mapped_column(comment="the first period counted so; none: from the beginning")
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    written_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class Observation(Model):
    """The number of one period, or why there is none. Never changed: the newest entry for a period holds."""

    __tablename__ = "observation"
    __table_args__ = (
        UniqueConstraint("event_uuid"),
        Index("ix_observation_measure_id_period_on", "measure_id", "period_on"),
        CheckConstraint("(numerator IS NULL) = (missing_reason IS NOT NULL)", name="value"),
        CheckConstraint("denominator IS NULL OR denominator > 0", name="denominator"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uuid: Mapped[UUID] = mapped_column(Uuid, comment="made by the page, so that a second sending changes nothing")
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    definition_id: Mapped[int] = mapped_column(ForeignKey("measure_definition.id"))
    period_on: Mapped[date] = mapped_column(comment="the first day of the week or month")
    numerator: Mapped[float | None] = mapped_column(Double)
    denominator: Mapped[float | None] = mapped_column(Double)
    missing_reason: Mapped[MissingReason | None] = mapped_column(word_column(MissingReason, "missing_reason"))
    note: Mapped[str] = mapped_column(String(300), default="")
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)

    entered_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class Cycle(Model):
    """One PDSA cycle: plan, do, study, act."""

    __tablename__ = "cycle"
    __table_args__ = (
        UniqueConstraint("team_id", "number"),
        Index("ix_cycle_state_acted_at", "state", "acted_at"),
        Index("ix_cycle_predecessor_id", "predecessor_id"),
        CheckConstraint("ended_on IS NULL OR began_on IS NOT NULL", name="time"),
        CheckConstraint("ended_on IS NULL OR ended_on >= began_on", name="order"),
        CheckConstraint("scale_people IS NULL OR scale_people >= 0", name="people"),
        CheckConstraint("scale_sites IS NULL OR scale_sites >= 0", name="sites"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    number: Mapped[int] = mapped_column(comment="counts the team's cycles")
    predecessor_id: Mapped[int | None] = mapped_column(ForeignKey("cycle.id"), comment="the one before it in its ramp")
    change_idea_id: Mapped[int | None] = mapped_column(ForeignKey("change_idea.id"))
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), comment="whose chart shows the cycle")
    opened_from_action_id: Mapped[int | None] = mapped_column(comment="the readiness action it grew from")
    state: Mapped[CycleState] = mapped_column(word_column(CycleState, "state"), default=CycleState.DRAFT)
    is_explore: Mapped[bool] = mapped_column(default=False, comment="to learn something; nothing is predicted")
    title: Mapped[str] = mapped_column(String(160))

    objective: Mapped[str] = mapped_column(Text, default="")
    carried: Mapped[str] = mapped_column(Text, default="", comment="what the cycle before it taught for this plan")
    plan_what: Mapped[str] = mapped_column(Text, default="")
    plan_who: Mapped[str] = mapped_column(Text, default="")
    plan_when: Mapped[str] = mapped_column(Text, default="")
    plan_where: Mapped[str] = mapped_column(Text, default="")
    data_plan: Mapped[str] = mapped_column(Text, default="")
    starts_on: Mapped[date | None] = mapped_column(comment="as planned")
    ends_on: Mapped[date | None] = mapped_column(comment="as planned")
    scale_people: Mapped[int | None]
    scale_sites: Mapped[int | None]

    began_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    what_happened: Mapped[str] = mapped_column(Text, default="")
    surprises: Mapped[str] = mapped_column(Text, default="")
    has_harm: Mapped[bool] = mapped_column(default=False, comment="somebody was harmed or nearly harmed")

    done_as_planned: Mapped[DoneAsPlanned | None] = mapped_column(word_column(DoneAsPlanned, "done_as_planned"))
    study_findings: Mapped[str] = mapped_column(Text, default="")
    comparison: Mapped[str] = mapped_column(Text, default="", comment="with the prediction")
    learned: Mapped[str] = mapped_column(Text, default="")

    decision: Mapped[Decision | None] = mapped_column(word_column(Decision, "decision"))
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")
    stop_reason: Mapped[str] = mapped_column(Text, default="")
    not_run_reason: Mapped[str] = mapped_column(Text, default="")

    row_version: Mapped[int] = mapped_column(default=1, comment="counts edits; forms send the one they began from")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="when the prediction was locked")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    studied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="a review sent it back; none: it did not")
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    team: Mapped[Team] = relationship(lazy="raise_on_sql")
    created_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    change_idea: Mapped[ChangeIdea | None] = relationship(lazy="raise_on_sql")
    measure: Mapped[Measure | None] = relationship(lazy="raise_on_sql")
    predecessor: Mapped["Cycle | None"] = relationship(
        remote_side=lambda: [Cycle.id], lazy="raise_on_sql", viewonly=True
    )
    successors: Mapped[list["Cycle"]] = relationship(lazy="raise_on_sql", order_by="Cycle.number", viewonly=True)
    prediction: Mapped["Prediction | None"] = relationship(lazy="raise_on_sql", viewonly=True)
    flags: Mapped[list["CycleFlag"]] = relationship(lazy="raise_on_sql", order_by="CycleFlag.id", viewonly=True)

    @property
    def scope(self) -> Scope:
        """A cycle belongs where its team belongs."""
        return self.team.scope

    @property
    def is_returned(self) -> bool:
        """Whether a review sent it back and the team has not answered yet."""
        return self.state is CycleState.ACTED and self.returned_at is not None


class Prediction(Model):
    """What a team expects of a cycle, before it begins. Locked then."""

    __tablename__ = "prediction"
    __table_args__ = (
        UniqueConstraint("cycle_id"),
        CheckConstraint("confidence_percent IS NULL OR confidence_percent BETWEEN 1 AND 99", name="confidence"),
        CheckConstraint("low IS NULL OR high IS NULL OR low <= high", name="range"),
        CheckConstraint("(measure_id IS NULL) = (shape IS NULL)", name="shape_with_measure"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    words: Mapped[str] = mapped_column(Text, default="")
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"))
    shape: Mapped[Shape | None] = mapped_column(word_column(Shape, "shape"))
    low: Mapped[float | None] = mapped_column(Double, comment="in the unit people write, as a target")
    high: Mapped[float | None] = mapped_column(Double)
    by_on: Mapped[date | None]
    confidence_percent: Mapped[int | None]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CycleRevision(Model):
    """What one save changed in a cycle's texts. Never changed, never deleted."""

    __tablename__ = "cycle_revision"
    __table_args__ = (UniqueConstraint("cycle_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    number: Mapped[int] = mapped_column(comment="the cycle's row_version after it")
    state_before: Mapped[CycleState] = mapped_column(word_column(CycleState, "state_before"))
    state_after: Mapped[CycleState] = mapped_column(word_column(CycleState, "state_after"))
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON, comment="field, before, after")
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    saved_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class CycleFlag(Model):
    """Something about a cycle's honesty in time that is said for ever."""

    __tablename__ = "cycle_flag"
    __table_args__ = (UniqueConstraint("cycle_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    kind: Mapped[FlagKind] = mapped_column(word_column(FlagKind, "kind"))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)

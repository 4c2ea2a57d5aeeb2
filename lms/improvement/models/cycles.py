"""Tables of PDSA cycles: the plan with its prediction, what happened, and every revision."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Double, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column
from lms.improvement.models.measures import Measure
from lms.improvement.models.teams import ChangeIdea, Team
from lms.improvement.rules import CycleState, Decision, DoneAsPlanned, FlagKind, Shape


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

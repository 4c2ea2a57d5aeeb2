"""Tables of charts: how a measure is drawn, and charts that were kept as they were. Rows are only ever added."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Double, ForeignKey, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column
from lms.improvement.chart_spec import (
    ChartPlan,
    KeptReason,
    SettingState,
    Spec,
    exclusions_from_json,
    from_json,
    phases_from_json,
    verdict_from_json,
)
from lms.improvement.models.cycles import Cycle
from lms.improvement.models.measures import Measure
from lms.improvement.spc import Kind
from lms.improvement.verdicts import RuleSet, Verdict


class ChartSetting(Model):
    """How a measure is drawn. Never changed: the newest accepted one holds."""

    __tablename__ = "chart_setting"
    __table_args__ = (
        UniqueConstraint("measure_id", "number"),
        CheckConstraint("state <> 'proposed' OR proposal_id IS NULL", name="proposal"),
        CheckConstraint("state <> 'declined' OR proposal_id IS NOT NULL", name="answer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    number: Mapped[int] = mapped_column(comment="counts the measure's settings; forms send the newest")
    state: Mapped[SettingState] = mapped_column(word_column(SettingState, "state"))
    proposal_id: Mapped[int | None] = mapped_column(
        ForeignKey("chart_setting.id"), comment="the proposal that this one answers"
    )
    kind: Mapped[Kind] = mapped_column(word_column(Kind, "kind"))
    rules: Mapped[RuleSet] = mapped_column(word_column(RuleSet, "rules"))
    freeze_on: Mapped[date | None] = mapped_column(comment="the last period of the baseline")
    centre: Mapped[float | None] = mapped_column(Double, comment="in the unit people write; a percent from 0 to 100")
    is_screened: Mapped[bool] = mapped_column(default=False)
    phases: Mapped[list[dict[str, Any]]] = mapped_column(JSON, comment="first_on, reason, cycle_id, cycle_number")
    exclusions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, comment="period_on, reason")
    note: Mapped[str] = mapped_column(String(300), default="", comment="what a TA expert says to a proposal")
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    written_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")

    @property
    def plan(self) -> ChartPlan:
        """The setting as a plain value."""
        return ChartPlan(
            kind=self.kind,
            rules=self.rules,
            freeze_on=self.freeze_on,
            phases=phases_from_json(self.phases),
            exclusions=exclusions_from_json(self.exclusions),
            centre=self.centre,
            is_screened=self.is_screened,
        )


class KeptChart(Model):
    """A chart as it was on a day: everything it was made of, and what it said. Never changed."""

    __tablename__ = "kept_chart"
    __table_args__ = (UniqueConstraint("measure_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uuid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    number: Mapped[int] = mapped_column(comment="counts the measure's kept charts")
    why: Mapped[KeptReason] = mapped_column(word_column(KeptReason, "why"))
    cycle_id: Mapped[int | None] = mapped_column(ForeignKey("cycle.id"), comment="the cycle that was acted then")
    note: Mapped[str] = mapped_column(String(300), default="")
    spec: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    verdict: Mapped[dict[str, Any]] = mapped_column(JSON, comment="what it said on that day")
    kept_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)

    measure: Mapped[Measure] = relationship(lazy="raise_on_sql")
    cycle: Mapped[Cycle | None] = relationship(lazy="raise_on_sql")
    kept_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")

    @property
    def scope(self) -> Scope:
        """A kept chart belongs where its measure belongs."""
        return self.measure.scope

    @property
    def said(self) -> Verdict:
        """What it said on that day."""
        return verdict_from_json(self.verdict)

    @property
    def drawn_from(self) -> Spec:
        """What it is made of."""
        return from_json(self.spec)

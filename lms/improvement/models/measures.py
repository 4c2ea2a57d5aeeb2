"""Tables of measures: what is counted, how it was defined over time, and the numbers."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column
from lms.improvement.models.teams import Team
from lms.improvement.rules import Cadence, ChartKind, Direction, MeasureKind, MissingReason, Unit


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

"""Tables of readiness: rounds, who rates together, what they agreed on, the report and its actions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Person
from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column
from lms.organizations.models import Organization
from lms.publications import ContentVersion
from readiness.instruments import ActionKind
from readiness.scoring import AnswerState

__all__ = [
    "ActionKind",
    "ActionState",
    "AnswerState",
    "RatingEvent",
    "RatingPresence",
    "RatingTeamMember",
    "ReadinessReport",
    "RecommendedAction",
    "Round",
    "RoundState",
]

LONGEST_NOTE = 2_000
LONGEST_REASON = 600


class RoundState(StrEnum):
    """Whether a round can still be rated."""

    OPEN = "open"
    CLOSED = "closed"


class Round(Model):
    """One organization rates itself with one version of one instrument; at most one open of each."""

    __tablename__ = "readiness_round"
    __table_args__ = (
        Index(
            "uq_readiness_round_open",
            "organization_id",
            "instrument_slug",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_readiness_round_organization_id_opened_at", "organization_id", "opened_at"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("state = 'closed' OR NOT is_shared", name="shared"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    instrument_slug: Mapped[str] = mapped_column(String(80))
    version_id: Mapped[int] = mapped_column(ForeignKey("content_version.id"))
    state: Mapped[RoundState] = mapped_column(word_column(RoundState, "state"), default=RoundState.OPEN)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closes_on: Mapped[date] = mapped_column(
        comment="the day by which the team means to be done; a round closes by hand"
    )
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_shared: Mapped[bool] = mapped_column(default=False, comment="whether all staff may read the report")
    row_version: Mapped[int] = mapped_column(default=1)

    organization: Mapped[Organization] = relationship(lazy="raise_on_sql")
    version: Mapped[ContentVersion] = relationship(lazy="raise_on_sql")

    # Who rates, and who owns an action of its report, as long as they belong here; set by the query that loads the row.
    team_ids: frozenset[int] = frozenset()
    owner_ids: frozenset[int] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether it can be rated."""
        return self.state is RoundState.OPEN

    @property
    def scope(self) -> Scope:
        """A round belongs to its organization, names its people, and is shared with all staff when the lead says so."""
        here = frozenset({self.organization_id})
        return Scope(
            organization_ids=here,
            named_person_ids=self.team_ids | self.owner_ids,
            reader_organization_ids=here if self.is_shared else frozenset(),
        )

    @property
    def ratings_scope(self) -> Scope:
        """What was rated, item by item with evidence, is not shared with the report, nor with an action."""
        return Scope(organization_ids=frozenset({self.organization_id}), named_person_ids=self.team_ids)


class RatingTeamMember(Model):
    """Somebody who rates in a round; who has left the team keeps the row, for the record."""

    __tablename__ = "readiness_team_member"
    __table_args__ = (Index("ix_readiness_team_member_person_id", "person_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_round.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RatingPresence(Model):
    """Somebody was there when the team rated, on one day."""

    __tablename__ = "readiness_presence"
    __table_args__ = (Index("ix_readiness_presence_person_id", "person_id"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_round.id"), primary_key=True)
    present_on: Mapped[date] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RatingEvent(Model):
    """What a team says to one item from now on, append-only by the key its device made; the newest counts.

    Each row is the whole answer: the rating and both notes.
    """

    __tablename__ = "readiness_rating"
    __table_args__ = (
        UniqueConstraint("event_uuid"),
        Index("ix_readiness_rating_round_id_item_key", "round_id", "item_key"),
        CheckConstraint("(state = 'value') = (value IS NOT NULL)", name="answered"),
        CheckConstraint("value IS NULL OR (value >= 1 AND value <= 5)", name="value"),
    )

    id: Mapped[int] = mapped_column(
        primary_key=True, comment="grows within a round: a round is locked while it is rated"
    )
    event_uuid: Mapped[UUID] = mapped_column(Uuid)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_round.id"))
    item_key: Mapped[str] = mapped_column(String(80))
    state: Mapped[AnswerState] = mapped_column(word_column(AnswerState, "state"))
    value: Mapped[int | None]
    evidence: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    dissent: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="", comment="who sees it otherwise, and why")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class ReadinessReport(Model):
    """What a round said when it was closed: computed once, never again."""

    __tablename__ = "readiness_report"

    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_round.id"), primary_key=True)
    engine_version: Mapped[str] = mapped_column(String(40), comment="of the scoring that computed it")
    levels: Mapped[dict[str, str | None]] = mapped_column(JSON, comment="area → its level, for lists")
    document: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ActionState(StrEnum):
    """What became of a recommended action."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"
    DROPPED = "dropped"


class RecommendedAction(Model):
    """One action that a report recommends, and what became of it."""

    __tablename__ = "readiness_action"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        Index("ix_readiness_action_owner_id", "owner_id"),
        CheckConstraint("state <> 'accepted' OR (owner_id IS NOT NULL AND due_on IS NOT NULL)", name="owned"),
        CheckConstraint("state NOT IN ('declined', 'dropped') OR reason IS NOT NULL", name="reasoned"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("readiness_round.id"))
    number: Mapped[int] = mapped_column(comment="the place on the report, the most pressing first")
    area_key: Mapped[str] = mapped_column(String(80))
    item_key: Mapped[str | None] = mapped_column(String(80))
    kind: Mapped[ActionKind] = mapped_column(word_column(ActionKind, "kind"))
    title_en: Mapped[str] = mapped_column(String(300))
    title_es: Mapped[str] = mapped_column(String(300))
    triggers: Mapped[list[str]] = mapped_column(JSON, comment="what calls for it, as `readiness.priorities.Trigger`")
    rating: Mapped[int | None] = mapped_column(comment="of the item when the round was closed: where to start from")
    is_escalated: Mapped[bool] = mapped_column(default=False, comment="something was tried and the item did not rise")
    state: Mapped[ActionState] = mapped_column(word_column(ActionState, "state"), default=ActionState.PROPOSED)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(Text, comment="why it was declined or dropped")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_path: Mapped[str | None] = mapped_column(
        String(300), comment="what was opened from it, where it can be seen"
    )
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    row_version: Mapped[int] = mapped_column(default=1)

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id], lazy="raise_on_sql")

    @property
    def title(self) -> str:
        """The title in the language that is always there."""
        return self.title_en

    def title_in(self, language: str) -> str:
        """The title in one language."""
        return self.title_es if language == "es" else self.title_en

    @property
    def scope(self) -> Scope:
        """An action belongs where its round does; `round` must be loaded."""
        return self.round.scope

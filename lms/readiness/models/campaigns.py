"""Tables of rounds that a coalition asks all its organizations to run."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.authz import Scope
from lms.db import Model, UtcDateTime
from lms.organizations.models import Organization
from lms.publications import ContentVersion
from lms.readiness.models.surveys import LONGEST_CHANGE


class Campaign(Model):
    """A coalition asks its organizations to look at the same thing in the same weeks."""

    __tablename__ = "readiness_campaign"
    __table_args__ = (UniqueConstraint("event_uuid"), Index("ix_readiness_campaign_coalition_id", "coalition_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uuid: Mapped[str] = mapped_column(String(36), comment="of the form that made it: a second sending makes none")
    coalition_id: Mapped[int] = mapped_column(ForeignKey("coalition.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("content_version.id"))
    change_name: Mapped[str | None] = mapped_column(String(LONGEST_CHANGE))
    closes_on: Mapped[date]
    results_on: Mapped[date]
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pooled: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), deferred=True, comment="the report over small organizations, computed once"
    )

    version: Mapped[ContentVersion] = relationship(lazy="raise_on_sql")

    @property
    def scope(self) -> Scope:
        """A campaign belongs to its coalition."""
        return Scope(coalition_ids=frozenset({self.coalition_id}))


class CampaignOffer(Model):
    """One organization is asked, and what it answered: a round of its own, or why not."""

    __tablename__ = "readiness_campaign_offer"
    __table_args__ = (
        UniqueConstraint("round_id"),
        Index("ix_readiness_campaign_offer_organization_id", "organization_id"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("readiness_campaign.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("readiness_round.id"))
    declined_reason: Mapped[str | None] = mapped_column(String(600))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organization: Mapped[Organization] = relationship(lazy="raise_on_sql")

"""What must leave the database after a change: mail, index updates, webhooks.

A row is written in the transaction of the change and delivered by the worker afterwards, so nothing is sent that did
not happen. The payload holds ids, never secrets: links are derived when the message is sent, and permissions are
checked again then.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms import clock
from lms.db import Model, UtcDateTime, insert_new, insert_once, word_column
from lms.leases import Leased, WorkState


class OutboxKind(StrEnum):
    """Where a row goes."""

    MAIL = "mail"
    INDEX = "index"
    WEBHOOK = "webhook"


class OutboxRow(Leased, Model):
    """One delivery to make."""

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("dedupe_key"), *Leased.indexes("outbox"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OutboxKind] = mapped_column(word_column(OutboxKind, "kind"))
    topic: Mapped[str] = mapped_column(String(60), comment="which message, for example accounts/password-reset")
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, comment="ids only, never a secret")
    dedupe_key: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def put(kind: OutboxKind, topic: str, payload: Mapping[str, Any], *, dedupe_key: str | None = None) -> bool:
    """Add a delivery in the current transaction; False when its dedupe key was used before (one statement)."""
    return insert_once(OutboxRow, **_row(kind, topic, payload, dedupe_key))


def put_all(kind: OutboxKind, topic: str, payloads: Sequence[Mapping[str, Any]]) -> None:
    """Add several deliveries of one topic in the current transaction (one statement, or none)."""
    if payloads:
        insert_new(OutboxRow, [_row(kind, topic, payload, None) for payload in payloads])


def _row(kind: OutboxKind, topic: str, payload: Mapping[str, Any], dedupe_key: str | None) -> dict[str, Any]:
    now = clock.now()
    return {
        "kind": kind,
        "topic": topic,
        "payload": dict(payload),
        "dedupe_key": dedupe_key,
        "created_at": now,
        "available_at": now,
        "state": WorkState.WAITING,
        "attempts": 0,
    }

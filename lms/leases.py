"""Rows that a worker claims for a while: the one way jobs and the outbox are worked off.

A claim is one UPDATE that only one worker can win; it carries a lease, so that work of a killed worker is taken up
again. After `MAX_ATTEMPTS` failures a row is parked where an administrator sees it; the others go on.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, and_, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import UtcDateTime, db, word_column

MAX_ATTEMPTS = 5
LEASE = timedelta(minutes=5)
FIRST_DELAY_SECONDS = 15


class WorkState(StrEnum):
    """Where a claimed row stands."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    PARKED = "parked"


class Leased:
    """Columns of a row that a worker claims."""

    state: Mapped[WorkState] = mapped_column(word_column(WorkState, "state"), default=WorkState.WAITING)
    available_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(500))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @staticmethod
    def indexes(table: str) -> tuple[Index, ...]:
        """The index that makes claiming cheap; every leased table lists it."""
        return (Index(f"ix_{table}_state_available_at", "state", "available_at"),)


def claim_next(table: type[Leased], now: datetime) -> Any | None:
    """Claim the oldest due row, or one whose lease ran out; None when nothing is due (two statements)."""
    due = or_(
        and_(table.state == WorkState.WAITING, table.available_at <= now),
        and_(table.state == WorkState.WORKING, table.lease_until < now),
    )
    key: Any = table.id  # type: ignore[attr-defined]  # every leased table has an id
    oldest = select(key).where(due).order_by(table.available_at, key).limit(1).with_for_update(skip_locked=True)
    claimed = (
        update(table)
        .where(key == oldest.scalar_subquery(), due)
        .values(state=WorkState.WORKING, lease_until=now + LEASE, attempts=table.attempts + 1)
        .returning(key)
    )
    row_id = db.session.execute(claimed).scalar_one_or_none()
    return None if row_id is None else db.session.get(table, row_id, populate_existing=True)


def finish(row: Leased, now: datetime) -> None:
    """Mark claimed work as done, in the transaction of its effect."""
    row.state, row.lease_until, row.finished_at, row.last_error = WorkState.DONE, None, now, None


def fail(row: Leased, now: datetime, reason: str) -> None:
    """Put failed work back with a growing delay; park it after `MAX_ATTEMPTS` tries."""
    row.lease_until, row.last_error = None, reason[:500]
    row.state = WorkState.PARKED if row.attempts >= MAX_ATTEMPTS else WorkState.WAITING
    row.available_at = now + timedelta(seconds=FIRST_DELAY_SECONDS * 4 ** (row.attempts - 1))


def retry(row: Leased, now: datetime) -> None:
    """Give parked work a fresh set of tries."""
    row.state, row.attempts, row.available_at, row.lease_until = WorkState.WAITING, 0, now, None

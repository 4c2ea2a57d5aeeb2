"""Rows that a worker claims for a while: the one way jobs and the outbox are worked off.

A claim is one UPDATE that only one worker can win; it carries a lease, so that work of a killed worker is taken up
again, and a number, so that a worker that slept past its lease cannot finish what another has taken over. After
`MAX_ATTEMPTS` tries a row is parked where an administrator sees it; the others go on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Index, String, and_, func, or_, select, update
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


@dataclass(frozen=True)
class Claim:
    """One try at one row, as long as nobody else has taken the row over."""

    table: type[Leased]
    row_id: int
    attempt: int


class LeaseLost(Exception):  # not an error: another worker has the row now
    """The lease ran out and another worker took the row over: nothing of this try may stay."""


def exists_due(table: type[Leased], now: datetime) -> bool:
    """Say whether a row is due or was left behind by a worker that died (one statement, no lock)."""
    return db.session.scalars(select(_key(table)).where(_is_due(table, now)).limit(1)).first() is not None


def count_due(table: type[Leased], now: datetime) -> int:
    """Return how many rows are due or were left behind by a worker that died (one statement)."""
    return db.session.scalar(select(func.count()).select_from(table).where(_is_due(table, now))) or 0


def claim_next(table: type[Leased], now: datetime) -> Claim | None:
    """Claim the oldest due row, or one whose lease ran out; None when nothing is due (one statement)."""
    due = and_(_is_due(table, now), or_(table.state == WorkState.WAITING, table.attempts < MAX_ATTEMPTS))
    key = _key(table)
    oldest = select(key).where(due).order_by(table.available_at, key).limit(1).with_for_update(skip_locked=True)
    claimed = (
        update(table)
        .where(key == oldest.scalar_subquery(), due)
        .values(state=WorkState.WORKING, lease_until=now + LEASE, attempts=table.attempts + 1)
        .returning(key, table.attempts)
        .execution_options(synchronize_session=False)
    )
    row = db.session.execute(claimed).one_or_none()
    return None if row is None else Claim(table, *row)


def park_lost(table: type[Leased], now: datetime) -> int:
    """Park rows whose every try ended with the worker itself, so that they stop killing it (one statement)."""
    is_lost = and_(table.state == WorkState.WORKING, table.lease_until < now, table.attempts >= MAX_ATTEMPTS)
    parked = (
        update(table)
        .where(is_lost)
        .values(state=WorkState.PARKED, lease_until=None, last_error="The worker did not come back from it.")
    )
    return int(db.session.execute(parked.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def finish(claim: Claim, now: datetime) -> None:
    """Mark claimed work as done, in the transaction of its effect; raise LeaseLost when it is no longer ours."""
    _settle(claim, state=WorkState.DONE, lease_until=None, finished_at=now, last_error=None)


def fail(claim: Claim, now: datetime, reason: str) -> None:
    """Put failed work back with a growing delay; park it after `MAX_ATTEMPTS` tries."""
    _settle(
        claim,
        state=WorkState.PARKED if claim.attempt >= MAX_ATTEMPTS else WorkState.WAITING,
        lease_until=None,
        last_error=reason[:500],
        available_at=now + timedelta(seconds=FIRST_DELAY_SECONDS * 4 ** (claim.attempt - 1)),
    )


def retry(row: Leased, now: datetime) -> bool:
    """Give parked work a fresh set of tries; False when it is not parked any more."""
    table = type(row)
    key = _key(table)
    parked = update(table).where(key == row.id, table.state == WorkState.PARKED)  # type: ignore[attr-defined]
    again = parked.values(state=WorkState.WAITING, attempts=0, available_at=now, lease_until=None).returning(key)
    return db.session.execute(again).first() is not None


def _is_due(table: type[Leased], now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(table.state == WorkState.WAITING, table.available_at <= now),
        and_(table.state == WorkState.WORKING, table.lease_until < now),
    )


def _settle(claim: Claim, **values: Any) -> None:
    table = claim.table
    ours = and_(_key(table) == claim.row_id, table.state == WorkState.WORKING, table.attempts == claim.attempt)
    settled = update(table).where(ours).values(**values).execution_options(synchronize_session=False)
    if not db.session.execute(settled).rowcount:  # type: ignore[attr-defined]  # DML returns a CursorResult
        raise LeaseLost


def _key(table: type[Leased]) -> ColumnElement[int]:
    return table.id  # type: ignore[attr-defined,no-any-return]  # every leased table has an id

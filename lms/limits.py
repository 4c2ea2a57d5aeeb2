"""How often a door may be tried, counted in the database so that restarts and further processes change nothing."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lms import clock
from lms.db import Model, UtcDateTime, db, insert_once
from lms.errors import TooMany


class LimitCount(Model):
    """Tries at one door by one key within one window. The key is hashed: no address is kept in clear."""

    __tablename__ = "limit_count"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    n_tries: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True)
class Limit:
    """At most `n_tries` in each window of `minutes`."""

    door: str
    n_tries: int
    minutes: int


def check(limit: Limit, key: str) -> None:
    """Raise TooMany when the limit is used up (one statement)."""
    counted = select(LimitCount.n_tries).where(
        LimitCount.key_hash == _hashed(limit, key), LimitCount.window_start == _window(limit)
    )
    if (db.session.scalar(counted) or 0) >= limit.n_tries:
        left = _window(limit) + timedelta(minutes=limit.minutes) - clock.now()
        raise TooMany(max(1, int(left.total_seconds())))


def count(limit: Limit, key: str) -> None:
    """Count one try in the current transaction (two statements)."""
    place = {"key_hash": _hashed(limit, key), "window_start": _window(limit)}
    insert_once(LimitCount, **place, n_tries=0)
    db.session.execute(update(LimitCount).filter_by(**place).values(n_tries=LimitCount.n_tries + 1))


def clear(limit: Limit, key: str) -> None:
    """Forget the tries of a key, after the right secret was given."""
    db.session.execute(delete(LimitCount).where(LimitCount.key_hash == _hashed(limit, key)))


def forget_before(moment: datetime) -> int:
    """Delete windows that began before a moment; return how many."""
    gone = db.session.execute(delete(LimitCount).where(LimitCount.window_start < moment))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult


def _hashed(limit: Limit, key: str) -> str:
    return hashlib.sha256(f"{limit.door}\0{key.casefold()}".encode()).hexdigest()


def _window(limit: Limit) -> datetime:
    length = limit.minutes * 60
    return datetime.fromtimestamp(int(clock.now().timestamp()) // length * length, UTC)

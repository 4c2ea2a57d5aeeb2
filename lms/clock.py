"""The only caller of now. Everything else asks here, so that tests and seeds can set the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_fixed: ContextVar[datetime | None] = ContextVar("fixed_now", default=None)


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return _fixed.get() or datetime.now(UTC)


def today(zone: str = "UTC") -> date:
    """Return the current date in the named time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def fixed(moment: datetime) -> Iterator[None]:
    """Hold the clock at one moment, for tests and for seeding a year of history."""
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)

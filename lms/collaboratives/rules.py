"""The words of collaboratives, and what their days must be like."""

from datetime import date
from enum import StrEnum
from typing import Final

LONGEST_CHARTER: Final = 8_000


class Phase(StrEnum):
    """Where a collaborative is. The coordinator says so."""

    PREWORK = "prework"
    ACTION = "action"
    CLOSING = "closing"
    CLOSED = "closed"


class SessionKind(StrEnum):
    """What people meet for."""

    LEARNING = "learning"
    CALL = "call"
    CONGRESS = "congress"
    OTHER = "other"


def is_in_order(starts_on: date, ends_on: date | None) -> bool:
    """Say whether the end does not come before the beginning."""
    return ends_on is None or ends_on >= starts_on

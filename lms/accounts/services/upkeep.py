"""Forgetting what is no longer needed: retention of sessions, links, codes, counts and form keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Delete, delete, or_

from lms import limits, submissions
from lms.accounts.models import OneUseLink, RecoveryCode, SignInSession
from lms.db import db

KEPT_SESSIONS = timedelta(days=90)
KEPT_CODES = timedelta(days=90)
KEPT_LINKS = timedelta(days=7)
KEPT_SUBMISSIONS = timedelta(days=7)
KEPT_COUNTS = timedelta(days=1)  # the longest window is an hour


@dataclass(frozen=True)
class Forgotten:
    """How many rows of each kind were deleted."""

    sessions: int
    codes: int
    links: int
    submissions: int
    counts: int


def forget_old_rows(now: datetime) -> Forgotten:
    """Delete what has served its time; safe to run again (five statements)."""
    long_over = now - KEPT_SESSIONS
    is_over = or_(SignInSession.ended_at < long_over, SignInSession.expires_at < long_over)
    return Forgotten(
        sessions=_delete(delete(SignInSession).where(is_over)),
        codes=_delete(delete(RecoveryCode).where(RecoveryCode.voided_at < now - KEPT_CODES)),
        links=_delete(delete(OneUseLink).where(OneUseLink.expires_at < now - KEPT_LINKS)),
        submissions=submissions.forget_before(now - KEPT_SUBMISSIONS),
        counts=limits.forget_before(now - KEPT_COUNTS),
    )


def _delete(statement: Delete) -> int:
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult

"""Forgetting what is no longer needed: retention of sessions, links and codes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Delete, delete, or_

from lms.accounts.models import HalfSignIn, OneUseLink, RecoveryCode, SignInSession
from lms.db import db

KEPT_SESSIONS = timedelta(days=90)
KEPT_CODES = timedelta(days=90)
KEPT_LINKS = timedelta(days=7)


@dataclass(frozen=True)
class Forgotten:
    """How many rows of each kind were deleted."""

    sessions: int
    codes: int
    links: int
    halves: int


def forget_old_rows(now: datetime) -> Forgotten:
    """Delete what has served its time; safe to run again (four statements)."""
    long_over = now - KEPT_SESSIONS
    is_over = or_(SignInSession.ended_at < long_over, SignInSession.expires_at < long_over)
    return Forgotten(
        sessions=_delete(delete(SignInSession).where(is_over)),
        codes=_delete(delete(RecoveryCode).where(RecoveryCode.voided_at < now - KEPT_CODES)),
        links=_delete(delete(OneUseLink).where(OneUseLink.expires_at < now - KEPT_LINKS)),
        halves=_delete(delete(HalfSignIn).where(HalfSignIn.expires_at < now)),
    )


def _delete(statement: Delete) -> int:
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult

"""Reading jobs and the delivery of mail: how far each is, never what a message says."""

from typing import Any

from sqlalchemy import func, select

from lms.db import db
from lms.jobs import Job
from lms.leases import WorkState
from lms.outbox import OutboxKind, OutboxRow


def count_jobs(state: WorkState | None) -> int:
    """Return how many jobs are in a state, or in any (one statement)."""
    return _count(select(func.count()).select_from(Job), Job.state, state)


def list_jobs(state: WorkState | None, *, limit: int, offset: int = 0) -> list[Job]:
    """Return jobs, newest first (one statement)."""
    return _page(select(Job), Job, state, limit, offset)


def count_mail(state: WorkState | None) -> int:
    """Return how many mails are in a state, or in any (one statement)."""
    return _count(select(func.count()).where(OutboxRow.kind == OutboxKind.MAIL), OutboxRow.state, state)


def list_mail(state: WorkState | None, *, limit: int, offset: int = 0) -> list[OutboxRow]:
    """Return deliveries of mail, newest first (one statement)."""
    return _page(select(OutboxRow).where(OutboxRow.kind == OutboxKind.MAIL), OutboxRow, state, limit, offset)


def _count(counted: Any, column: Any, state: WorkState | None) -> int:
    return db.session.scalar(counted if state is None else counted.where(column == state)) or 0


def _page(rows: Any, table: Any, state: WorkState | None, limit: int, offset: int) -> list[Any]:
    wanted = rows if state is None else rows.where(table.state == state)
    return list(
        db.session.scalars(wanted.order_by(table.created_at.desc(), table.id.desc()).limit(limit).offset(offset))
    )

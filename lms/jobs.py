"""Long or later work: rows that the worker claims, with visible progress, and tasks that come round again.

A slice's `jobs.py` offers `HANDLERS` (job kind → function) and `ROUNDS` (work that repeats); the roof collects them in
one `Workshop`. A handler's effect and the mark that it is done are one transaction.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, String, UniqueConstraint, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from lms import clock, leases
from lms.db import Model, UtcDateTime, db, insert_once
from lms.leases import Leased, WorkState
from lms.outbox import OutboxKind, OutboxRow

log = logging.getLogger(__name__)


class Job(Leased, Model):
    """One piece of work asked for, and how far it is."""

    __tablename__ = "job"
    __table_args__ = (*Leased.indexes("job"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    asked_by_id: Mapped[int | None]
    n_done: Mapped[int] = mapped_column(default=0)
    n_total: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class JobRound(Model):
    """When a repeating task is next due; claiming it moves the date on."""

    __tablename__ = "job_round"
    __table_args__ = (UniqueConstraint("kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)


JobHandler = Callable[[Job, datetime], str]
Delivery = Callable[[OutboxRow, datetime], None]


@dataclass(frozen=True)
class Round:
    """Work that repeats: asked for as a job each time it falls due."""

    kind: str
    every: timedelta


@dataclass(frozen=True)
class Workshop:
    """Everything the worker knows how to do."""

    handlers: Mapping[str, JobHandler] = field(default_factory=dict)
    deliveries: Mapping[OutboxKind, Delivery] = field(default_factory=dict)
    rounds: Sequence[Round] = ()


def ask(kind: str, payload: Mapping[str, Any] | None = None, *, asked_by_id: int | None = None) -> Job:
    """Add a job in the current transaction."""
    now = clock.now()
    job = Job(kind=kind, payload=dict(payload or {}), asked_by_id=asked_by_id, created_at=now, available_at=now)
    db.session.add(job)
    return job


def show_progress(job: Job, n_done: int, n_total: int | None = None) -> None:
    """Commit how far a job is, so that people see it while it runs; only between pieces that stand alone."""
    job.n_done, job.n_total = n_done, n_total if n_total is not None else job.n_total
    job.lease_until = clock.now() + leases.LEASE
    db.session.commit()


def work_once(workshop: Workshop) -> int:
    """Do everything that is due now, one row a transaction; return how many rows were worked on."""
    _ask_for_due_rounds(workshop)
    n_worked = 0
    while _deliver_next(workshop) or _run_next(workshop):
        n_worked += 1
    return n_worked


def _ask_for_due_rounds(workshop: Workshop) -> None:
    now = clock.now()
    for each in workshop.rounds:
        insert_once(JobRound, kind=each.kind, due_at=now)
        due = (
            update(JobRound)
            .where(JobRound.kind == each.kind, JobRound.due_at <= now)
            .values(due_at=now + each.every)
            .returning(JobRound.id)
        )
        if db.session.execute(due).scalar_one_or_none() is not None and not _is_waiting(each.kind):
            ask(each.kind)
    db.session.commit()


def _is_waiting(kind: str) -> bool:
    waiting = select(Job.id).where(Job.kind == kind, Job.state.in_((WorkState.WAITING, WorkState.WORKING)))
    return db.session.scalars(waiting.limit(1)).first() is not None


def _run_next(workshop: Workshop) -> bool:
    job = _claim(Job)
    if job is None:
        return False

    def run(row: Job, now: datetime) -> None:
        row.outcome = workshop.handlers[row.kind](row, now)[:200]

    _work_on(Job, job.id, run)
    return True


def _deliver_next(workshop: Workshop) -> bool:
    row = _claim(OutboxRow)
    if row is None:
        return False
    _work_on(OutboxRow, row.id, lambda row, now: workshop.deliveries[row.kind](row, now))
    return True


def _claim(table: type[Leased]) -> Any | None:
    row = leases.claim_next(table, clock.now())
    db.session.commit()
    return row


def _work_on(table: type[Any], row_id: int, work: Callable[[Any, datetime], None]) -> None:
    row = db.session.get_one(table, row_id)
    try:
        work(row, clock.now())
        leases.finish(row, clock.now())
        db.session.commit()
    except OperationalError:
        db.session.rollback()  # the database is away or busy: the lease brings the row back
        raise
    except Exception as error:
        db.session.rollback()
        log.exception("work failed table=%s id=%s", table.__tablename__, row_id)
        row = db.session.get_one(table, row_id)
        leases.fail(row, clock.now(), f"{type(error).__name__}")
        db.session.commit()

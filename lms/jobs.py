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

from lms import clock, leases, signals
from lms.db import Model, UtcDateTime, db, insert_once, reading
from lms.leases import Claim, Leased, LeaseLost, WorkState
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
Delivery = Callable[[OutboxRow, datetime], bool | None]
"""Delivers one row; False when there was nothing to deliver any more."""


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


def ask_once(kind: str) -> None:
    """Add a job unless one of its kind waits or runs already (two statements)."""
    if not _is_waiting(kind):
        ask(kind)


def show_progress(job: Job, n_done: int, n_total: int | None = None) -> None:
    """Commit how far a job is, so that people see it while it runs; only between pieces that stand alone."""
    job.n_done, job.n_total = n_done, n_total if n_total is not None else job.n_total
    job.lease_until = clock.now() + leases.LEASE
    db.session.commit()


def work_once(workshop: Workshop, *, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Do everything that is due now, one row a transaction; return how many rows were worked on.

    A look that finds nothing due takes no lock.
    """
    _ask_for_due_rounds(workshop)
    n_worked = 0
    while not should_stop() and (_deliver_next(workshop) or _run_next(workshop)):
        n_worked += 1
    return n_worked


def count_due() -> int:
    """Return how many rows a worker would take up now (two statements)."""
    return sum(leases.count_due(table, clock.now()) for table in (OutboxRow, Job))


def _ask_for_due_rounds(workshop: Workshop) -> None:
    now = clock.now()
    with reading():
        due_at = dict(db.session.execute(select(JobRound.kind, JobRound.due_at)).all())
        db.session.rollback()
    for each in workshop.rounds:
        if due_at.get(each.kind, now) <= now:
            _ask_for_round(each, now)
            db.session.commit()


def _ask_for_round(each: Round, now: datetime) -> None:
    insert_once(JobRound, kind=each.kind, due_at=now)
    due = (
        update(JobRound)
        .where(JobRound.kind == each.kind, JobRound.due_at <= now)
        .values(due_at=now + each.every)
        .returning(JobRound.id)
    )
    if db.session.execute(due).scalar_one_or_none() is not None:
        ask_once(each.kind)


def _is_waiting(kind: str) -> bool:
    waiting = select(Job.id).where(Job.kind == kind, Job.state.in_((WorkState.WAITING, WorkState.WORKING)))
    return db.session.scalars(waiting.limit(1)).first() is not None


def _run_next(workshop: Workshop) -> bool:
    """Run one job: its effect and the mark that it is done are one transaction."""
    claim = _claim(Job)
    if claim is None:
        return False

    def run() -> None:
        row = db.session.get_one(Job, claim.row_id)
        row.outcome = workshop.handlers[row.kind](row, clock.now())[:200]

    _work_on(claim, run)
    return True


def _deliver_next(workshop: Workshop) -> bool:
    """Deliver one outbox row. A delivery only reads: nobody waits for the database while a mail server thinks."""
    claim = _claim(OutboxRow)
    if claim is None:
        return False

    attempt = _Attempt()

    def deliver() -> None:
        with reading():
            row = db.session.get_one(OutboxRow, claim.row_id)
            attempt.topic, attempt.payload = row.topic, dict(row.payload)
            attempt.was_delivered = workshop.deliveries[row.kind](row, clock.now()) is not False
        db.session.rollback()

    _work_on(claim, deliver, attempt)
    return True


@dataclass
class _Attempt:
    """One try to deliver, as the slice that asked for it hears of it."""

    topic: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    was_delivered: bool = False

    def tell(self, *, error: str | None = None, is_last: bool = True) -> None:
        """Tell in the transaction that settles the try. What goes wrong here never delivers anything twice."""
        try:
            with db.session.begin_nested():
                signals.delivery_tried.send(
                    None,
                    topic=self.topic,
                    payload=self.payload,
                    was_delivered=self.was_delivered and error is None,
                    error=error,
                    is_last=is_last,
                )
        except OperationalError:
            raise
        except Exception:
            log.exception("telling of a delivery failed topic=%s", self.topic)


def _claim(table: type[Leased]) -> Claim | None:
    with reading():
        is_due = leases.exists_due(table, clock.now())
        db.session.rollback()
    if not is_due:
        return None
    leases.park_lost(table, clock.now())
    claim = leases.claim_next(table, clock.now())
    db.session.commit()
    return claim


def _work_on(claim: Claim, work: Callable[[], None], attempt: "_Attempt | None" = None) -> None:
    try:
        work()
        leases.finish(claim, clock.now())
        if attempt is not None:
            attempt.tell()
        db.session.commit()
    except OperationalError:
        db.session.rollback()  # the database is away or busy: the lease brings the row back
        raise
    except LeaseLost:
        db.session.rollback()
        log.warning("work taken over table=%s id=%s", _name_of(claim), claim.row_id)
    except Exception as error:
        db.session.rollback()
        log.exception("work failed table=%s id=%s attempt=%s", _name_of(claim), claim.row_id, claim.attempt)
        _put_back(claim, type(error).__name__, attempt)


def _put_back(claim: Claim, reason: str, attempt: "_Attempt | None") -> None:
    try:
        leases.fail(claim, clock.now(), reason)
        if attempt is not None:
            attempt.tell(error=reason, is_last=claim.attempt >= leases.MAX_ATTEMPTS)
        db.session.commit()
    except LeaseLost:
        db.session.rollback()


def _name_of(claim: Claim) -> str:
    return str(claim.table.__tablename__)  # type: ignore[attr-defined]  # every leased class is a table

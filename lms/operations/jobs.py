"""Jobs of operations: the ends of the audit chains published, old traces forgotten, a look at the site's own health."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete

from lms import audit, limits, submissions
from lms.db import db, reading
from lms.jobs import Job, JobHandler, Round
from lms.leases import WorkState
from lms.operations import doctor, heads
from lms.outbox import OutboxRow
from lms.settings import Settings

log = logging.getLogger(__name__)

PUBLISH_HEADS = "operations/publish-audit-heads"
TIDY_UP = "operations/tidy-up"
LOOK_AFTER = "operations/look-after"

DAYS_KEPT = 30  # finished mail and jobs; docs/operations.md tells how long each kind is kept
FORM_DAYS_KEPT = 7
LIMIT_DAYS_KEPT = 2

ROUNDS = (
    Round(PUBLISH_HEADS, every=timedelta(days=1)),
    Round(TIDY_UP, every=timedelta(days=1)),
    Round(LOOK_AFTER, every=timedelta(hours=1)),
)


def handlers(settings: Settings) -> Mapping[str, JobHandler]:
    """Return what the worker does for operations."""
    return {PUBLISH_HEADS: _publisher(settings), TIDY_UP: tidy_up, LOOK_AFTER: _looker(settings)}


def tidy_up(_job: Job, now: datetime) -> str:
    """Delete what only mattered for a while. Parked work stays until somebody has looked at it."""
    n_gone = submissions.forget_before(now - timedelta(days=FORM_DAYS_KEPT))
    n_gone += limits.forget_before(now - timedelta(days=LIMIT_DAYS_KEPT))
    for table in (OutboxRow, Job):
        old = delete(table).where(table.state == WorkState.DONE, table.finished_at < now - timedelta(days=DAYS_KEPT))
        n_gone += int(db.session.execute(old.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]
    return f"{n_gone} rows deleted"


def _publisher(settings: Settings) -> JobHandler:
    def publish_heads(_job: Job, now: datetime) -> str:
        if settings.audit_head_file is None:
            return "AUDIT_HEAD_FILE is not set"
        return f"{heads.publish(settings.audit_head_file, now, audit.list_heads())} lines written"

    return publish_heads


def _looker(settings: Settings) -> JobHandler:
    def look_after(_job: Job, _now: datetime) -> str:
        db.session.rollback()  # the checks read much: nobody shall wait for them
        with reading():
            findings = [each for each in doctor.look(settings) if each.kind is not doctor.Kind.WELL]
            db.session.rollback()
        for each in findings:
            tell: Callable[..., None] = log.error if each.kind is doctor.Kind.ILL else log.warning
            tell("check failed name=%s said=%s", each.name, each.sentence)
        return f"{len(findings)} findings"

    return look_after

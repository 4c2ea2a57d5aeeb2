"""What people and the worker did along the way: old notices are read, old mail is gone, due numbers are asked for.

The organizations of the coalition are compared, as the worker does after a round was closed.
"""

from sqlalchemy import select, update

from lms import clock
from lms.db import db
from lms.jobs import Job
from lms.leases import WorkState
from lms.notifications.jobs import ask_for_numbers
from lms.notifications.models import Notice
from lms.notifications.services import read_all
from lms.outbox import OutboxKind, OutboxRow
from lms.readiness.services import comparing
from lms.seeds.maker import Maker

READ_UNTIL = 9  # days ago: what came since then waits to be read
MAILED_UNTIL = 1


def plan(maker: Maker) -> None:
    """Let everybody read their notices from time to time, and the worker ask for numbers on the last day."""
    maker.later(READ_UNTIL, _read_notices, hour=23)
    maker.later(1, _ask_for_numbers, hour=23)
    maker.later(1, _compare, hour=23)


def finish(maker: Maker) -> None:
    """Let the mail of the year have gone out when it was written: nobody gets a year of mail today."""
    gone = update(OutboxRow).where(OutboxRow.kind == OutboxKind.MAIL, OutboxRow.created_at < maker.at(MAILED_UNTIL))
    db.session.execute(gone.values(state=WorkState.DONE))


def _read_notices() -> None:
    for person_id in db.session.scalars(select(Notice.person_id).where(Notice.read_at.is_(None)).distinct()).all():
        read_all(person_id)


def _ask_for_numbers() -> None:
    ask_for_numbers(Job(), clock.now())


def _compare() -> None:
    """Do once what was asked for after each close."""
    asked = select(Job).where(Job.kind == comparing.COMPARE, Job.state == WorkState.WAITING).order_by(Job.id)
    outcomes: dict[tuple[int, str], str] = {}
    for job in db.session.scalars(asked).all():
        compared = job.payload["coalition_id"], job.payload["slug"]
        if compared not in outcomes:
            outcomes[compared] = comparing.run(job, clock.now())
        job.state, job.outcome, job.finished_at = WorkState.DONE, outcomes[compared], clock.now()

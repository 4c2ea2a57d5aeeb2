import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from lms import audit, clock, jobs, limits, outbox, submissions
from lms.audit import Subject
from lms.db import db
from lms.jobs import Job, Workshop
from lms.leases import WorkState
from lms.limits import Limit, LimitCount
from lms.operations import heads
from lms.operations import jobs as operations
from lms.outbox import OutboxKind, OutboxRow
from lms.settings import Settings
from lms.submissions import FormSubmission
from lms.web.site import Site


def work(settings: Settings, kind: str) -> str | None:
    job = jobs.ask(kind)
    db.session.commit()
    jobs.work_once(Workshop(handlers=operations.handlers(settings)))
    db.session.expire_all()
    done = db.session.get_one(Job, job.id)
    assert done.state is WorkState.DONE, done.last_error
    return done.outcome


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_heads_go_to_their_second_place(app: Site, settings: Settings, tmp_path: Path):
    audit.record(None, "tried something", Subject("trial", 1))
    db.session.commit()
    file = tmp_path / "heads.log"
    assert work(replace(settings, audit_head_file=file), operations.PUBLISH_HEADS) == "1 lines written"
    assert heads.list_breaks(file) == []
    assert work(settings, operations.PUBLISH_HEADS) == "AUDIT_HEAD_FILE is not set"


def test_tidying_up_forgets_what_only_mattered_for_a_while(app: Site, settings: Settings):
    with clock.fixed(clock.now() - timedelta(days=60)):
        submissions.begin(uuid4(), None, "/trial")
        limits.count(Limit("trial", 3, 15), "ana")
        for state in (WorkState.DONE, WorkState.PARKED):
            outbox.put(OutboxKind.WEBHOOK, f"trial/{state}", {})
            row = db.session.scalars(select(OutboxRow).where(OutboxRow.topic == f"trial/{state}")).one()
            row.state, row.finished_at = state, clock.now()
    submissions.begin(uuid4(), None, "/trial")
    limits.count(Limit("trial", 3, 15), "ana")
    db.session.commit()
    assert work(settings, operations.TIDY_UP) == "3 rows deleted"
    assert (count(FormSubmission), count(LimitCount), count(OutboxRow)) == (1, 1, 1)


def test_the_site_tells_the_log_what_is_not_well(app: Site, settings: Settings, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        work(replace(settings, secret_key="short"), operations.LOOK_AFTER)
    assert "check failed name=secret said=The secret key is too short" in caplog.text


def test_every_round_has_a_handler(settings: Settings):
    assert {each.kind for each in operations.ROUNDS} <= set(operations.handlers(settings))

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from lms import audit, clock, jobs, leases, outbox
from lms.audit import AuditEntry, Subject
from lms.db import db
from lms.jobs import Job, Round, Workshop
from lms.leases import LEASE, WorkState
from lms.outbox import OutboxKind, OutboxRow
from lms.web.site import Site

A_DAY = timedelta(days=1)


def leave_a_mark(job: Job, _now: datetime) -> str:
    audit.record(None, "worked", Subject("job", job.id))
    return f"did {job.payload['what']}"


def shop(handler: Callable[[Job, datetime], str] = leave_a_mark, **values) -> Workshop:
    return Workshop(handlers={"trial": handler}, **values)


def ask() -> None:
    jobs.ask("trial", {"what": "it"})
    db.session.commit()


def all_jobs() -> list[Job]:
    db.session.expire_all()
    return list(db.session.scalars(select(Job).order_by(Job.id)))


def n_marks() -> int:
    return len(db.session.scalars(select(AuditEntry.id).where(AuditEntry.verb == "worked")).all())


def test_work_is_done_once_and_its_outcome_is_kept(app: Site):
    ask()
    assert jobs.count_due() == 1
    assert jobs.work_once(shop()) == 1
    assert jobs.work_once(shop()) == 0
    (job,) = all_jobs()
    assert (job.state, job.outcome) == (WorkState.DONE, "did it")
    assert n_marks() == 1


def test_the_effect_of_failed_work_is_undone_and_the_rest_goes_on(app: Site, caplog: pytest.LogCaptureFixture):
    def fail_first(job: Job, now: datetime) -> str:
        leave_a_mark(job, now)
        if job.id == 1:
            raise ValueError("a sentence that may name somebody")
        return "done"

    ask()
    ask()
    with caplog.at_level(logging.ERROR):
        assert jobs.work_once(shop(fail_first)) == 2
    first, second = all_jobs()
    assert (first.state, first.last_error, first.attempts) == (WorkState.WAITING, "ValueError", 1)
    assert second.state is WorkState.DONE
    assert n_marks() == 1


def test_work_that_another_worker_took_over_leaves_nothing(app: Site):
    def sleep_past_the_lease(job: Job, now: datetime) -> str:
        leave_a_mark(job, now)
        db.session.rollback()
        taken = leases.claim_next(Job, clock.now() + LEASE + timedelta(seconds=1))
        db.session.commit()
        assert taken is not None
        return leave_a_mark(job, now)

    ask()
    jobs.work_once(shop(sleep_past_the_lease))
    (job,) = all_jobs()
    assert (job.state, job.attempts) == (WorkState.WORKING, 2)
    assert n_marks() == 0


def test_work_stays_claimed_when_the_database_goes_away(app: Site):
    def lose_the_database(_job: Job, _now: datetime) -> str:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    ask()
    with pytest.raises(OperationalError):
        jobs.work_once(shop(lose_the_database))
    (job,) = all_jobs()
    assert job.state is WorkState.WORKING
    with clock.fixed(clock.now() + LEASE + timedelta(seconds=1)):
        assert jobs.work_once(shop()) == 1
    assert all_jobs()[0].state is WorkState.DONE


def test_unknown_work_is_put_back_and_named(app: Site):
    jobs.ask("no-such-kind")
    db.session.commit()
    jobs.work_once(shop())
    assert all_jobs()[0].last_error == "KeyError"


def test_asked_to_stop_the_worker_takes_up_nothing_new(app: Site):
    ask()
    assert jobs.work_once(shop(), should_stop=lambda: True) == 0
    assert all_jobs()[0].state is WorkState.WAITING


def test_a_round_is_asked_for_each_time_it_falls_due(app: Site):
    daily = shop(lambda _job, _now: "round done", rounds=[Round("trial", A_DAY)])
    start = clock.now()
    for days, n_jobs in ((0, 1), (0.5, 1), (1.1, 2), (1.2, 2), (9, 3)):
        with clock.fixed(start + days * A_DAY):
            jobs.work_once(daily)
        assert len(all_jobs()) == n_jobs


def test_a_round_that_still_waits_is_not_asked_for_again(app: Site):
    daily = shop(rounds=[Round("trial", A_DAY)])
    ask()
    jobs.work_once(daily, should_stop=lambda: True)
    assert len(all_jobs()) == 1


def test_progress_is_seen_while_the_work_goes_on(app: Site):
    def work_in_pieces(job: Job, _now: datetime) -> str:
        jobs.show_progress(job, 1, 3)
        raise ValueError

    ask()
    jobs.work_once(shop(work_in_pieces))
    (job,) = all_jobs()
    assert (job.n_done, job.n_total) == (1, 3)


def test_an_outbox_row_is_delivered_while_others_may_write(app: Site):
    delivered = []

    def deliver(row: OutboxRow, _now: datetime) -> None:
        with app.app_context():  # another request, in the middle of a slow delivery
            audit.record(None, "wrote meanwhile", Subject("trial", 1))
            db.session.commit()
        delivered.append(row.topic)

    outbox.put(OutboxKind.MAIL, "trial/topic", {"id": 1})
    db.session.commit()
    assert jobs.work_once(Workshop(deliveries={OutboxKind.MAIL: deliver})) == 1
    assert delivered == ["trial/topic"]
    assert db.session.scalars(select(OutboxRow.state)).all() == [WorkState.DONE]


def test_a_failed_delivery_is_tried_again_later(app: Site):
    def refuse(_row: OutboxRow, _now: datetime) -> None:
        raise ConnectionRefusedError

    outbox.put(OutboxKind.MAIL, "trial/topic", {"id": 1})
    db.session.commit()
    jobs.work_once(Workshop(deliveries={OutboxKind.MAIL: refuse}))
    row = db.session.scalars(select(OutboxRow)).one()
    assert (row.state, row.last_error) == (WorkState.WAITING, "ConnectionRefusedError")

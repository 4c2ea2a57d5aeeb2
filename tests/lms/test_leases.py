from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from lms import clock, jobs, leases
from lms.db import db
from lms.jobs import Job
from lms.leases import LEASE, MAX_ATTEMPTS, Claim, LeaseLost, WorkState
from lms.web.site import Site


def ask(n_jobs: int = 1) -> None:
    for number in range(n_jobs):
        jobs.ask("trial", {"number": number})
    db.session.commit()


def claim(later: timedelta = timedelta()) -> Claim | None:
    found = leases.claim_next(Job, clock.now() + later)
    db.session.commit()
    return found


def only_job() -> Job:
    db.session.expire_all()
    return db.session.scalars(db.select(Job)).one()


def test_the_oldest_row_is_claimed_first_and_only_once(app: Site):
    ask(2)
    first, second = claim(), claim()
    assert first is not None
    assert second is not None
    assert (first.row_id, second.row_id) == (1, 2)
    assert claim() is None


def test_work_that_is_not_due_waits(app: Site):
    ask()
    only_job().available_at = clock.now() + timedelta(hours=1)
    db.session.commit()
    assert not leases.exists_due(Job, clock.now())
    assert claim() is None
    assert claim(timedelta(hours=2)) is not None


def test_four_workers_never_claim_the_same_row(app: Site):
    ask(40)

    def claim_all(_number: int) -> list[int]:
        with app.app_context():
            claimed = []
            while found := claim():
                claimed.append(found.row_id)
            return claimed

    with ThreadPoolExecutor(4) as pool:
        claimed = [row_id for some in pool.map(claim_all, range(4)) for row_id in some]
    assert sorted(claimed) == list(range(1, 41))


def test_work_of_a_dead_worker_is_taken_up_when_its_lease_has_run_out(app: Site):
    ask()
    assert claim() is not None
    assert claim(LEASE - timedelta(seconds=1)) is None
    again = claim(LEASE + timedelta(seconds=1))
    assert again is not None
    assert again.attempt == 2


def test_a_worker_that_slept_past_its_lease_can_finish_nothing(app: Site):
    ask()
    slow = claim()
    quick = claim(LEASE + timedelta(seconds=1))
    assert slow is not None
    assert quick is not None
    for settle in (lambda: leases.finish(slow, clock.now()), lambda: leases.fail(slow, clock.now(), "late")):
        with pytest.raises(LeaseLost):
            settle()
        db.session.rollback()
    leases.finish(quick, clock.now())
    db.session.commit()
    assert only_job().state is WorkState.DONE
    with pytest.raises(LeaseLost):
        leases.finish(quick, clock.now())


def test_failed_work_waits_longer_each_time_and_is_parked_after_the_last_try(app: Site):
    ask()
    delays = []
    for _ in range(MAX_ATTEMPTS):
        now = clock.now()
        found = claim(timedelta(days=1))
        assert found is not None
        leases.fail(found, now, "it rained")
        db.session.commit()
        delays.append((only_job().available_at - now).total_seconds())
    assert delays == [15, 60, 240, 960, 3840]
    job = only_job()
    assert (job.state, job.last_error) == (WorkState.PARKED, "it rained")
    assert claim(timedelta(days=9)) is None


def test_work_that_kills_each_worker_is_parked(app: Site):
    ask()
    for round_number in range(MAX_ATTEMPTS):
        assert claim(round_number * (LEASE + timedelta(seconds=1))) is not None
    later = clock.now() + MAX_ATTEMPTS * (LEASE + timedelta(seconds=1))
    assert leases.exists_due(Job, later)
    assert leases.claim_next(Job, later) is None
    assert leases.park_lost(Job, later) == 1
    db.session.commit()
    assert only_job().state is WorkState.PARKED
    assert not leases.exists_due(Job, later)


def test_parked_work_gets_a_fresh_set_of_tries(app: Site):
    ask()
    job = only_job()
    job.state, job.attempts = WorkState.PARKED, MAX_ATTEMPTS
    leases.retry(job, clock.now())
    db.session.commit()
    found = claim()
    assert found is not None
    assert found.attempt == 1

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from lms import clock, limits
from lms.db import db
from lms.errors import TooMany
from lms.limits import Limit, LimitCount
from lms.web.site import Site

DOOR = Limit("trial", 3, 15)
QUARTER_PAST = datetime(2026, 3, 1, 12, 15, tzinfo=UTC)


def test_the_limit_closes_the_door_until_the_window_ends(app: Site):
    with clock.fixed(QUARTER_PAST + timedelta(minutes=5)):
        for _ in range(3):
            limits.check(DOOR, "Ana")
            limits.count(DOOR, "ana")
        with pytest.raises(TooMany) as refused:
            limits.check(DOOR, "ANA")
        assert refused.value.retry_after == 600
        limits.check(DOOR, "somebody else")
        limits.check(Limit("another door", 3, 15), "ana")
    with clock.fixed(QUARTER_PAST + timedelta(minutes=15)):
        limits.check(DOOR, "ana")


def test_the_right_secret_forgets_the_tries(app: Site):
    for _ in range(3):
        limits.count(DOOR, "ana")
    limits.clear(DOOR, "ana")
    limits.check(DOOR, "ana")


def test_tries_of_many_processes_are_all_counted(app: Site):
    def count_one(_number: int) -> None:
        with app.app_context():
            limits.count(DOOR, "ana")
            db.session.commit()

    with clock.fixed(QUARTER_PAST):
        moment = clock.now()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_one, range(24)))
    assert sum(db.session.scalars(select(LimitCount.n_tries))) == 24
    assert limits.forget_before(moment) == 0


def test_no_key_is_kept_in_clear(app: Site):
    limits.count(DOOR, "ana@example.org")
    assert "ana" not in db.session.scalars(select(LimitCount.key_hash)).one()


def test_old_windows_are_forgotten(app: Site):
    with clock.fixed(QUARTER_PAST):
        limits.count(DOOR, "ana")
    assert limits.forget_before(QUARTER_PAST) == 0
    assert limits.forget_before(QUARTER_PAST + timedelta(seconds=1)) == 1

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from lms.accounts.models import Person
from lms.db import db, insert_once, reading
from lms.limits import LimitCount
from lms.web.site import Site
from tests.factories.people import make_person

MOMENT = datetime(2026, 3, 1, 12, 30, 15, 123_456, tzinfo=UTC)


def test_a_moment_comes_back_as_it_was_in_utc(app: Site):
    there = MOMENT.astimezone(timezone(timedelta(hours=-5)))
    db.session.add(LimitCount(key_hash="x", window_start=there, n_tries=1))
    db.session.commit()
    db.session.expire_all()
    kept = db.session.scalars(select(LimitCount.window_start)).one()
    assert kept == MOMENT
    assert kept.utcoffset() == timedelta()


def test_a_moment_without_its_zone_is_refused(app: Site):
    db.session.add(LimitCount(key_hash="x", window_start=MOMENT.replace(tzinfo=None)))
    with pytest.raises(StatementError, match="time zone"):
        db.session.flush()


def test_a_word_that_is_not_in_the_list_is_refused(app: Site):
    make_person()
    with pytest.raises(Exception, match=r"(?i)constraint"):
        db.session.execute(text("UPDATE person SET state = 'dancing'"))


def test_a_row_is_inserted_once(app: Site):
    values = {"key_hash": "x", "window_start": MOMENT, "n_tries": 1}
    assert insert_once(LimitCount, **values)
    assert not insert_once(LimitCount, **{**values, "n_tries": 9})
    assert db.session.scalars(select(LimitCount.n_tries)).all() == [1]


def test_no_update_is_lost_between_a_read_and_a_write(app: Site):
    person_id = make_person(name="0").id
    db.session.rollback()

    def count_up(_number: int) -> None:
        with app.app_context():
            row = db.session.scalars(select(Person).where(Person.id == person_id).with_for_update()).one()
            row.name = str(int(row.name or 0) + 1)
            db.session.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(60)))
    db.session.expire_all()
    assert db.session.get_one(Person, person_id).name == "60"


def test_reading_waits_for_no_writer(app: Site):
    make_person(name="before")
    writer = db.session()
    writer.execute(text("UPDATE person SET name = 'after'"))
    with app.app_context(), reading():
        assert db.session.scalars(select(Person.name)).all() == ["before"]
        db.session.rollback()
    writer.rollback()


def test_a_writer_that_waits_too_long_is_told(app: Site, engine: str):
    if engine == "postgresql":  # its rows are locked one by one
        db.session.execute(text("SET lock_timeout = '1s'"))
        db.session.commit()
    make_person()
    writer = db.session()
    writer.execute(text("UPDATE person SET name = 'first'"))
    with app.app_context():
        if engine == "postgresql":
            db.session.execute(text("SET LOCAL lock_timeout = '1s'"))
        with pytest.raises(OperationalError):
            db.session.execute(text("UPDATE person SET name = 'second'"))
        db.session.rollback()
    writer.rollback()


def test_values_stay_out_of_errors(app: Site):
    with pytest.raises(IntegrityError) as refused:
        db.session.execute(
            text("INSERT INTO recovery_code (person_id, code_hash) VALUES (NULL, :code)"), {"code": "the-secret-code"}
        )
    assert "hide_parameters" in str(refused.value)
    assert "the-secret-code" not in str(refused.value).replace(str(refused.value.orig), "")

from datetime import UTC, date, datetime, timedelta, timezone

from lms import clock

NEW_YEAR = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)


def test_now_is_aware_and_in_utc():
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_clock_can_be_held_and_let_go():
    with clock.fixed(NEW_YEAR):
        assert clock.now() == NEW_YEAR
        with clock.fixed(NEW_YEAR + timedelta(days=1)):
            assert clock.now() == NEW_YEAR + timedelta(days=1)
        assert clock.now() == NEW_YEAR
    assert clock.now() > NEW_YEAR


def test_a_held_moment_is_turned_into_utc():
    with clock.fixed(datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-5)))):
        assert clock.now().tzinfo is UTC
        assert clock.now().hour == 5


def test_today_depends_on_where_people_are():
    with clock.fixed(NEW_YEAR):
        assert clock.today() == date(2026, 1, 1)
        assert clock.today("America/New_York") == date(2025, 12, 31)

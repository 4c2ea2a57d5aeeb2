"""Weeks and months, and which of them have a number."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from lms.improvement.rules.words import Cadence

FURTHEST_BACK: Final = timedelta(days=5 * 366)  # older numbers are typing errors more often than not
MOST_PERIODS: Final = 400


def period_start(day: date, cadence: Cadence) -> date:
    """Return the first day of the week (a Monday) or month that holds a day."""
    return day - timedelta(days=day.weekday()) if cadence is Cadence.WEEK else day.replace(day=1)


def next_period(period_on: date, cadence: Cadence) -> date:
    """Return the first day of the period after this one."""
    return period_start(period_on + timedelta(days=7 if cadence is Cadence.WEEK else 31), cadence)


def period_before(period_on: date, cadence: Cadence) -> date:
    """Return the first day of the period before this one."""
    return period_start(period_on - timedelta(days=1), cadence)


def last_day(period_on: date, cadence: Cadence) -> date:
    """Return the last day of a period."""
    return next_period(period_on, cadence) - timedelta(days=1)


def list_periods(first: date, last: date, cadence: Cadence) -> list[date]:
    """Return every period from the first to the last, at most the newest four hundred."""
    periods: list[date] = []
    period = period_start(last, cadence)
    while period >= first and len(periods) < MOST_PERIODS:
        periods.append(period)
        period = period_before(period, cadence)
    return periods[::-1]


def last_finished_period(today: date, cadence: Cadence) -> date:
    """Return the newest period that is over."""
    return period_before(period_start(today, cadence), cadence)


def missing_periods(entered: Collection[date], cadence: Cadence, today: date) -> list[date]:
    """Return the finished periods without an entry since the first entry, oldest first."""
    if not entered:
        return [last_finished_period(today, cadence)]
    asked, there = list_periods(min(entered), last_finished_period(today, cadence), cadence), set(entered)
    return [period for period in asked if period not in there]


def proposed_period(entered: Collection[date], cadence: Cadence, today: date) -> date:
    """Return the period to enter next: the oldest that is missing, else the one that runs now."""
    missing = missing_periods(entered, cadence, today)
    return missing[0] if missing else period_start(today, cadence)


def is_enterable(period_on: date, cadence: Cadence, today: date) -> bool:
    """Say whether a number can belong to this period: it has begun and is not from another age."""
    return period_on == period_start(period_on, cadence) and today - FURTHEST_BACK <= period_on <= today

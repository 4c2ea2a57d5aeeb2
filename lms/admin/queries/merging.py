"""Two accounts of one person: whether they can become one, and what would move."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Table, func, literal, or_, select, union_all

from lms.accounts.models import Person, PersonState
from lms.db import Base, db

# What ends with the account, instead of moving.
OWN_TO_THE_ACCOUNT = frozenset(
    {
        "account_export",
        "erasure",
        "half_sign_in",
        "one_use_link",
        "recovery_code",
        "second_factor",
        "second_factor_recovery_code",
        "sign_in_session",
    }
)


class MergeRefusal(StrEnum):
    """Why two accounts cannot become one."""

    SAME = "same"
    OWN = "own"
    ADMINISTRATOR = "administrator"
    NOT_ACTIVE = "not-active"
    GONE = "gone"


def refusal(kept: Person | None, gone: Person | None, by_id: int) -> MergeRefusal | None:
    """Say why these two cannot become one, or None when they can."""
    if kept is None or gone is None or kept.is_former or gone.is_former:
        return MergeRefusal.GONE
    if kept.id == gone.id:
        return MergeRefusal.SAME
    if gone.id == by_id:
        return MergeRefusal.OWN
    if gone.is_administrator:
        return MergeRefusal.ADMINISTRATOR
    return None if kept.state is PersonState.ACTIVE else MergeRefusal.NOT_ACTIVE


def count_rows_of(person_id: int) -> dict[str, int]:
    """Return how many rows of each table belong to somebody or name them, without those that end with the account.

    One statement, whatever slices there are: every reference to a person is found in the tables themselves.
    """
    counted = []
    for table in Base.metadata.sorted_tables:
        columns = _references(table)
        if columns and table.name not in OWN_TO_THE_ACCOUNT:
            named = or_(*(column == person_id for column in columns))
            counted.append(select(literal(table.name), func.count()).select_from(table).where(named))
    return {name: number for name, number in db.session.execute(union_all(*counted)) if number}


def _references(table: Table) -> list[Column[Any]]:
    to_people = Person.__table__
    return [column for column in table.columns for key in column.foreign_keys if key.column.table is to_people]

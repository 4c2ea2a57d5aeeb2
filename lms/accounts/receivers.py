"""What is asked about people, and what accounts answer and do."""

from typing import Any

from lms import signals
from lms.accounts import queries
from lms.accounts.services import merging


def connect() -> None:
    """Listen to what becomes of people; connecting twice changes nothing.

    Who is erased is emptied by the erasure itself, after every slice was told.
    """
    signals.person_data_asked.connect(_list_rows)
    signals.people_merged.connect(_merge)


def _list_rows(_sender: None, *, person_id: int) -> list[tuple[str, list[dict[str, Any]]]]:
    return queries.list_rows_of(person_id)


def _merge(_sender: None, *, kept_id: int, gone_id: int) -> None:
    merging.merge_accounts(kept_id, gone_id)

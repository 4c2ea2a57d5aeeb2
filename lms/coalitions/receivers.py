"""What other slices tell and ask, and what coalitions do and answer."""

from typing import Any

from lms import signals
from lms.coalitions import queries, services


def connect() -> None:
    """Listen to what becomes of people; connecting twice changes nothing."""
    signals.person_data_asked.connect(_list_rows)
    signals.person_erased.connect(_forget)
    signals.people_merged.connect(_merge)


def _list_rows(_sender: None, *, person_id: int) -> list[tuple[str, list[dict[str, Any]]]]:
    return [("roles in coalitions", queries.list_rows_of(person_id))]


def _forget(_sender: None, *, person_id: int) -> None:
    services.end_roles_of(person_id)


def _merge(_sender: None, *, kept_id: int, gone_id: int) -> None:
    services.merge_roles(kept_id, gone_id)

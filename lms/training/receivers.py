"""What other slices tell about people, and what then becomes of their learning."""

from lms import signals
from lms.training.queries import people as queries
from lms.training.services import people


def connect() -> None:
    """Listen to what becomes of people; connecting twice changes nothing."""
    signals.person_data_asked.connect(_list_rows)
    signals.person_erased.connect(_forget)
    signals.people_merged.connect(_merge)


def _list_rows(_sender: None, *, person_id: int) -> list[tuple[str, queries.Rows]]:
    return queries.list_rows_of(person_id)


def _forget(_sender: None, *, person_id: int) -> None:
    people.forget_person(person_id)


def _merge(_sender: None, *, kept_id: int, gone_id: int) -> None:
    people.merge_people(kept_id, gone_id)

"""What other slices tell, and what then happens in technical assistance."""

from typing import Any

from lms import signals
from lms.assistance.queries import people as queries
from lms.assistance.services import people, reviews
from lms.improvement.models import Cycle


def connect() -> None:
    """Listen to the signals that make reviews and move people; connecting twice changes nothing."""
    signals.cycle_acted.connect(_let_it_be_reviewed)
    signals.person_left_work.connect(_pass_on)
    signals.work_owned_asked.connect(_say_what_is_owned)
    signals.person_erased.connect(_forget)
    signals.people_merged.connect(_merge)
    signals.person_data_asked.connect(_give_data)


def _let_it_be_reviewed(_sender: None, *, cycle: Cycle) -> None:
    reviews.request_review(cycle)


def _pass_on(
    _sender: None, *, person_id: int, successor_id: int, organization_id: int, **_others: Any
) -> dict[str, int]:
    return people.pass_on(person_id, successor_id, organization_id)


def _say_what_is_owned(_sender: None, *, person_id: int, organization_id: int) -> list[queries.Owned]:
    return queries.list_owned_work(person_id, organization_id)


def _forget(_sender: None, *, person_id: int, **_others: Any) -> None:
    people.forget_person(person_id)


def _merge(_sender: None, *, kept_id: int, gone_id: int, **_others: Any) -> None:
    people.merge_people(kept_id, gone_id)


def _give_data(_sender: None, *, person_id: int) -> list[queries.Section]:
    return queries.collect_data(person_id)

"""What other slices tell and ask, and what coalitions do and answer."""

from typing import Any

from lms import signals
from lms.accounts.models import Person
from lms.coalitions import queries, services
from lms.db import db


def connect() -> None:
    """Listen to what becomes of people; connecting twice changes nothing."""
    signals.time_zone_asked.connect(_say_zone)
    signals.person_data_asked.connect(_list_rows)
    signals.person_erased.connect(_forget)
    signals.people_merged.connect(_merge)


def _say_zone(_sender: None, *, person_id: int | None, organization_id: int | None) -> str | None:
    if organization_id is not None:
        return queries.list_time_zones([organization_id]).get(organization_id)
    person = db.session.get(Person, person_id)
    return queries.load_actor(person).time_zone if person is not None else None


def _list_rows(_sender: None, *, person_id: int) -> list[tuple[str, list[dict[str, Any]]]]:
    return [("roles in coalitions", queries.list_rows_of(person_id))]


def _forget(_sender: None, *, person_id: int) -> None:
    services.end_roles_of(person_id)


def _merge(_sender: None, *, kept_id: int, gone_id: int) -> None:
    services.merge_roles(kept_id, gone_id)

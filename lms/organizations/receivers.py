"""What other slices tell and ask, and what organizations do and answer."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from lms import signals
from lms.organizations.queries import life as queries
from lms.organizations.queries.people import list_led_organization_ids
from lms.organizations.services import life
from lms.organizations.services.memberships import close_ways_back


def connect() -> None:
    """Listen to what becomes of people; connecting twice changes nothing."""
    signals.person_suspended.connect(_close_ways_back)
    signals.person_left_work.connect(_pass_on_supervision)
    signals.work_owned_asked.connect(_list_supervised)
    signals.person_data_asked.connect(_list_rows)
    signals.person_erased.connect(_forget)
    signals.people_merged.connect(_merge)


def _close_ways_back(_sender: None, *, person_id: int) -> None:
    """Close what a suspended lead could use with another account, or with somebody else's."""
    close_ways_back(person_id, list_led_organization_ids(person_id))


def _pass_on_supervision(
    _sender: None, *, person_id: int, successor_id: int, organization_id: int, **_others: Any
) -> dict[str, int]:
    return {_("people to supervise"): life.pass_on_supervision(person_id, successor_id, organization_id)}


def _list_supervised(_sender: None, *, person_id: int, organization_id: int) -> list[tuple[str, str, str]]:
    word = _("Supervises")
    return [
        (word, person.display_name, f"/organizations/{organization_id}/people/{membership_id}")
        for membership_id, person in queries.list_supervised(person_id, organization_id)
    ]


def _list_rows(_sender: None, *, person_id: int) -> Sequence[tuple[str, list[dict[str, Any]]]]:
    return queries.list_rows_of(person_id)


def _forget(_sender: None, *, person_id: int) -> None:
    life.forget_person(person_id)


def _merge(_sender: None, *, kept_id: int, gone_id: int) -> None:
    life.merge_people(kept_id, gone_id)

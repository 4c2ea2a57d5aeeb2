"""What other slices tell about people, and what then changes in critical roles."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from lms import signals
from lms.authz import Actor
from lms.organizations.models import Membership
from lms.succession import queries
from lms.succession.services import people


def connect() -> None:
    """Listen to the signals about people; connecting twice changes nothing."""
    signals.membership_ended.connect(_end_positions)
    signals.person_left_work.connect(_pass_on)
    signals.work_owned_asked.connect(_list_owned)
    signals.person_data_asked.connect(_list_rows)
    signals.person_erased.connect(_forget)
    signals.people_merged.connect(_merge)


def _end_positions(_sender: None, *, membership: Membership) -> None:
    """A leaver holds nothing any more: the role is vacant, and everybody who may see it sees that."""
    people.end_baseless_positions(membership.person_id)


def _pass_on(
    _sender: None,
    *,
    person_id: int,
    successor_id: int | None,
    organization_id: int,
    actor: Actor | None = None,  # noqa: ARG001
) -> Mapping[str, int]:
    n_passed = people.pass_on_positions(person_id, successor_id, organization_id)
    return {str(_("critical roles")): n_passed} if n_passed else {}


def _list_owned(_sender: None, *, person_id: int, organization_id: int) -> Sequence[tuple[str, str, str]]:
    word = str(_("Critical role"))
    held = queries.list_open_positions(person_id, organization_id)
    return [(word, role.name, f"/succession/roles/{role.id}") for _position, role in held]


def _list_rows(_sender: None, *, person_id: int) -> list[tuple[str, list[Mapping[str, Any]]]]:
    return queries.list_rows_of(person_id)


def _forget(_sender: None, *, person_id: int) -> None:
    people.forget_person(person_id)


def _merge(_sender: None, *, kept_id: int, gone_id: int) -> None:
    people.merge_people(kept_id, gone_id)

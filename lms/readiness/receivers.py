"""What other slices tell, and what then changes in readiness."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from lms import signals
from lms.authz import Actor
from lms.organizations.models import Membership
from lms.readiness.models import ActionKind, Round
from lms.readiness.queries import people as queries
from lms.readiness.queries import surveys
from lms.readiness.services import actions, campaigns, comparing, inviting, people


def connect() -> None:
    """Listen to later slices that open work, and to what becomes of people; connecting twice changes nothing."""
    signals.work_opened.connect(_note_opened)
    signals.round_closed.connect(_compare_anew)
    signals.membership_ended.connect(_leave_teams)
    signals.person_left_work.connect(_pass_on)
    signals.work_owned_asked.connect(_list_owned)
    signals.person_data_asked.connect(_list_rows)
    signals.person_erased.connect(_forget)
    signals.people_merged.connect(_merge)
    signals.delivery_tried.connect(_note_delivery)


def _note_opened(_sender: None, *, action_id: int, kind: ActionKind, path: str, actor: Actor) -> None:  # noqa: ARG001
    actions.note_opened(action_id, path)


def _compare_anew(_sender: None, *, round: Round) -> None:  # noqa: A002  # the signal's keyword
    comparing.ask_anew(round.organization_id, round.instrument_slug)


def _leave_teams(_sender: None, *, membership: Membership) -> None:
    people.leave_teams(membership.person_id, membership.organization_id)


def _pass_on(
    _sender: None,
    *,
    person_id: int,
    successor_id: int,
    organization_id: int,
    actor: Actor,  # noqa: ARG001
) -> Mapping[str, int]:
    n_passed = people.pass_on_actions(person_id, successor_id, organization_id)
    return {_("actions of readiness reports"): n_passed} if n_passed else {}


def _list_owned(_sender: None, *, person_id: int, organization_id: int) -> Sequence[tuple[str, str, str]]:
    word = _("Action of a readiness report")
    return [
        (word, action.title, f"/readiness/rounds/{action.round_id}/report#action-{action.id}")
        for action in queries.list_owned(person_id, organization_id)
    ]


def _list_rows(_sender: None, *, person_id: int) -> Sequence[tuple[str, list[Mapping[str, Any]]]]:
    return [*queries.list_rows_of(person_id), ("readiness surveys", surveys.list_rows_of(person_id))]


def _forget(_sender: None, *, person_id: int) -> None:
    people.forget_person(person_id)
    inviting.forget_person(person_id)
    campaigns.forget_person(person_id)


def _merge(_sender: None, *, kept_id: int, gone_id: int) -> None:
    people.merge_people(kept_id, gone_id)
    inviting.merge_people(kept_id, gone_id)
    campaigns.merge_people(kept_id, gone_id)


def _note_delivery(
    _sender: None, *, topic: str, payload: Mapping[str, Any], was_delivered: bool, error: str | None, is_last: bool
) -> None:
    inviting.note_delivery(topic, payload, was_delivered=was_delivered, error=error, is_last=is_last)

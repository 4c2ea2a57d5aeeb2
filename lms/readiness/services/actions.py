"""What becomes of the actions that a report recommends."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from lms import audit, clock, signals
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.readiness.models import ActionState, RecommendedAction
from lms.readiness.queries import rounds
from lms.readiness.rules import MOST_DAYS_OPEN

UNDECIDED = (ActionState.PROPOSED, ActionState.DECLINED)  # whoever declined may think again


def accept_action(action: RecommendedAction, *, owner_id: int, due_on: date, today: date, by_id: int) -> None:
    """Give an action its owner and its date; Conflict when it was accepted before."""
    if owner_id not in {each.person_id for each in rounds.list_people(action.round.organization_id)}:
        raise Invalid("Not one of them.", {"owner": _("Choose somebody from the list.")})
    if not today <= due_on <= today + timedelta(days=MOST_DAYS_OPEN):
        raise Invalid("The day is out of reach.", {"due_on": _("Choose a day from today to one year from now.")})
    accepted = {"owner_id": owner_id, "due_on": due_on, "reason": None}
    _move(action, UNDECIDED, ActionState.ACCEPTED, **accepted, **_decided(by_id))
    _note(by_id, "accepted an action", action, {"owner_id": owner_id, "due_on": str(due_on)})
    signals.action_accepted.send(None, action=action)


def decline_action(action: RecommendedAction, *, reason: str, by_id: int) -> None:
    """Decline an action, with the reason; Conflict when it was decided before."""
    _move(action, (ActionState.PROPOSED,), ActionState.DECLINED, reason=reason, **_decided(by_id))
    _note(by_id, "declined an action", action)
    signals.action_settled.send(None, action=action)


def finish_action(action: RecommendedAction, *, by_id: int) -> None:
    """Say that an accepted action is done; Conflict when it is no longer waiting."""
    _move(action, (ActionState.ACCEPTED,), ActionState.DONE, settled_at=clock.now())
    _note(by_id, "finished an action", action)
    signals.action_settled.send(None, action=action)


def drop_action(action: RecommendedAction, *, reason: str, by_id: int) -> None:
    """Drop an accepted action, with the reason; Conflict when it is no longer waiting."""
    _move(action, (ActionState.ACCEPTED,), ActionState.DROPPED, reason=reason, settled_at=clock.now())
    _note(by_id, "dropped an action", action)
    signals.action_settled.send(None, action=action)


def note_opened(action_id: int, path: str) -> None:
    """Remember what was opened from an action; the newest counts."""
    opened = update(RecommendedAction).where(RecommendedAction.id == action_id)
    db.session.execute(opened.values(opened_path=path, opened_at=clock.now()))


def _move(action: RecommendedAction, states: tuple[ActionState, ...], state: ActionState, **values: Any) -> None:
    moved = (
        update(RecommendedAction)
        .where(RecommendedAction.id == action.id, RecommendedAction.state.in_(states))
        .values(state=state, row_version=RecommendedAction.row_version + 1, **values)
        .returning(RecommendedAction.id)
    )
    if db.session.execute(moved).first() is None:
        raise Conflict(_("Somebody else has decided about this action meanwhile. Nothing was changed."))
    a_round = action.round
    db.session.refresh(action)
    set_committed_value(action, "round", a_round)  # refreshing forgets it, and who is told of this asks for it


def _decided(by_id: int) -> Mapping[str, Any]:
    return {"decided_by_id": by_id, "decided_at": clock.now()}


def _note(by_id: int, verb: str, action: RecommendedAction, changes: Mapping[str, Any] | None = None) -> None:
    audit.record(by_id, verb, audit.Subject("readiness-action", action.id), changes)

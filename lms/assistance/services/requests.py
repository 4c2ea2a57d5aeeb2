"""Asking for help, taking a request and bringing it to an end."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, update

from lms import audit, clock, signals
from lms.assistance import queries, rules
from lms.assistance.models import AssistanceRequest, Engagement, RequestOutcome, RequestState, RequestTopic
from lms.authz import Actor
from lms.db import db, insert_new
from lms.errors import Conflict, Invalid
from lms.readiness.models import ActionKind

# What an expert says at the end, and the state that follows from it.
STATE_AFTER = {
    RequestOutcome.DONE: RequestState.CLOSED,
    RequestOutcome.PARTLY: RequestState.CLOSED,
    RequestOutcome.REFERRED: RequestState.REFERRED,
    RequestOutcome.DECLINED: RequestState.DECLINED,
}
# Nobody has worked on a request that nobody has taken.
OUTCOMES_OF_NEW = (RequestOutcome.REFERRED, RequestOutcome.DECLINED)


def path_of(request_id: int) -> str:
    """Return where a request is shown."""
    return f"/assistance/requests/{request_id}"


def ask_for_help(
    organization_id: int,
    *,
    topic: RequestTopic,
    need: str,
    wished_by: date | None,
    actor: Actor,
    action_id: int | None = None,
) -> AssistanceRequest:
    """Ask the coalition's experts for help; Conflict when the same action of a report has asked already."""
    row = {
        "organization_id": organization_id,
        "asked_by_id": actor.person_id,
        "contact_id": actor.person_id,
        "topic": topic,
        "need": need,
        "wished_by": wished_by,
        "state": RequestState.NEW,
        "opened_from_action_id": action_id,
        "asked_at": clock.now(),
        "outcome_text": "",
        "row_version": 1,
    }
    keys = insert_new(AssistanceRequest, [row])
    if not keys:
        raise Conflict(_("You have already asked for help with this action. You find it among your requests."))
    request = queries.get_request(keys[0])
    signals.help_asked.send(None, request=request)
    if action_id is not None:
        signals.work_opened.send(
            None, action_id=action_id, kind=ActionKind.ASSISTANCE, path=path_of(request.id), actor=actor
        )
    changes = {"organization_id": organization_id, "topic": topic.value, "action_id": action_id}
    audit.record(actor.person_id, "asked for help", _subject(request.id), changes)
    return request


def take_request(
    request: AssistanceRequest,
    *,
    actor: Actor,
    goal: str,
    planned_hours: int | None,
    planned_until: date | None,
    today: date,
    from_expert_id: int | None = None,
) -> None:
    """Take a request, or take it over from the expert who has it; Conflict when somebody else was first.

    from_expert_id: who has it, as the page said; none: nobody.
    """
    refuse_own(actor, request.organization_id, _("You belong to this organization. Another expert has to take this."))
    if planned_until is not None and planned_until < today:
        raise Invalid("Too early.", {"planned_until": _("Choose a day that is still to come.")})
    if from_expert_id == actor.person_id:
        raise Conflict(_("You have this request already."))
    stays = request.state if from_expert_id is not None else RequestState.ACCEPTED
    taken = _change(
        request,
        AssistanceRequest.expert_id.is_(None) if from_expert_id is None else _has(from_expert_id),
        expert_id=actor.person_id,
        state=stays,
        taken_at=clock.now(),
    )
    if not taken:
        raise Conflict(_who_was_first(queries.get_request(request.id), actor))
    _end_engagement(request.id, today)
    db.session.add(
        Engagement(
            expert_id=actor.person_id,
            organization_id=request.organization_id,
            request_id=request.id,
            goal=goal or request.need,
            planned_hours=planned_hours,
            planned_until=planned_until,
            started_on=today,
        )
    )
    _tell(request.id)
    changes = {"organization_id": request.organization_id, "from_expert_id": from_expert_id}
    audit.record(actor.person_id, "took a request for help", _subject(request.id), changes)


def close_request(
    request: AssistanceRequest,
    *,
    actor: Actor,
    row_version: int,
    outcome: RequestOutcome,
    outcome_text: str,
    today: date,
) -> None:
    """Say what came of a request; Conflict when it is another expert's, or changed while the form was open.

    An expert who belongs to the organization closes only what was theirs before they came to it.
    """
    if request.expert_id != actor.person_id:
        refuse_own(
            actor, request.organization_id, _("You belong to this organization. Another expert has to take this.")
        )
    if request.expert_id is not None and request.expert_id != actor.person_id:
        raise Conflict(_("Another expert has this request. Take it over first, then you can close it."))
    if request.expert_id is None and outcome not in OUTCOMES_OF_NEW:
        raise Invalid("Nobody has it.", {"outcome": _("Nobody has taken this request yet. Take it first.")})
    closed = _change(
        request,
        AssistanceRequest.row_version == row_version,
        state=STATE_AFTER[outcome],
        outcome=outcome,
        outcome_text=outcome_text,
        closed_at=clock.now(),
    )
    if not closed:
        raise Conflict(_("This request changed while you had the form open. Look at it again."))
    _end_engagement(request.id, today)
    _tell(request.id)
    changes = {"organization_id": request.organization_id, "outcome": outcome.value}
    audit.record(actor.person_id, "closed a request for help", _subject(request.id), changes)


def withdraw_request(request: AssistanceRequest, *, actor: Actor, today: date) -> bool:
    """Say that the help is no longer needed; False when the request had ended before."""
    if not _change(request, state=RequestState.WITHDRAWN, closed_at=clock.now()):
        return False
    _end_engagement(request.id, today)
    _tell(request.id)
    changes = {"organization_id": request.organization_id}
    audit.record(actor.person_id, "withdrew a request for help", _subject(request.id), changes)
    return True


def begin_work(request_id: int) -> None:
    """Note that work on a taken request has begun (one statement, three when this is the first contact)."""
    begun = (
        update(AssistanceRequest)
        .where(AssistanceRequest.id == request_id, AssistanceRequest.state == RequestState.ACCEPTED)
        .values(state=RequestState.ACTIVE, row_version=AssistanceRequest.row_version + 1)
        .returning(AssistanceRequest.id)
    )
    if db.session.execute(begun).first() is not None:
        _tell(request_id)


def refuse_own(actor: Actor, organization_id: int, sentence: str) -> None:
    """Refuse an expert who belongs to the organization: there is a conflict of interest."""
    if rules.belongs_to(actor, organization_id):
        raise Conflict(sentence)


def _change(request: AssistanceRequest, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Change an open request if the conditions still hold (one statement)."""
    changed = (
        update(AssistanceRequest)
        .where(AssistanceRequest.id == request.id, AssistanceRequest.closed_at.is_(None), *conditions)
        .values(**values, row_version=AssistanceRequest.row_version + 1)
        .returning(AssistanceRequest.id)
    )
    return db.session.execute(changed).first() is not None


def _has(expert_id: int) -> ColumnElement[bool]:
    return AssistanceRequest.expert_id == expert_id


def _who_was_first(now: AssistanceRequest, actor: Actor) -> str:
    if now.closed_at is not None:
        return str(_("This request has ended meanwhile."))
    if now.expert_id == actor.person_id:
        return str(_("You have this request already."))
    name = now.expert.display_name if now.expert else _("a former member")
    return str(_("%(name)s was quicker and has taken this request. Nothing was changed.", name=name))


def _end_engagement(request_id: int, today: date) -> None:
    running = update(Engagement).where(Engagement.request_id == request_id, Engagement.ended_on.is_(None))
    # By the clock of another place it may have begun tomorrow.
    db.session.execute(running.where(Engagement.started_on > today).values(ended_on=Engagement.started_on))
    db.session.execute(running.values(ended_on=today))


def _tell(request_id: int) -> None:
    signals.help_changed.send(None, request=queries.get_request(request_id))


def _subject(request_id: int) -> audit.Subject:
    return audit.Subject("assistance-request", request_id)

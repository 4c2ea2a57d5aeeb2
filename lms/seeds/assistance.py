"""Requests for help and encounters."""

from lms import clock
from lms.assistance import queries
from lms.assistance.services import (
    Contact,
    ask_for_help,
    close_request,
    log_encounter,
    take_request,
    withdraw_request,
)
from lms.seeds.maker import Maker
from lms.seeds.story import ClosedText, EncounterPlan, RequestPlan, TakenText


def plan(maker: Maker) -> None:
    """Put requests and encounters on the calendar."""
    for told in maker.story.help.requests:
        maker.later(told.on, _ask, maker, told)
        if told.taken is not None:
            maker.later(told.taken.on, _take, maker, told, told.taken, hour=18)
        if told.closed is not None:
            maker.later(told.closed.on, _close, maker, told, told.closed, hour=21)
        if told.withdrawn is not None:
            maker.later(told.withdrawn, _withdraw, maker, told, hour=21)
    for contact in maker.story.help.encounters:
        maker.later(contact.on, _log, maker, contact, hour=20)


def _ask(maker: Maker, told: RequestPlan) -> None:
    request = ask_for_help(
        maker.organizations[told.organization].id,
        topic=told.topic,
        need=told.need,
        wished_by=None if told.wished is None else maker.day(told.wished),
        actor=maker.actor(told.by),
        action_id=maker.actions[told.from_action] if told.from_action else None,
    )
    maker.requests[told.key] = request.id


def _take(maker: Maker, told: RequestPlan, taken: TakenText) -> None:
    take_request(
        queries.get_request(maker.requests[told.key]),
        actor=maker.actor(maker.story.help.expert),
        goal=taken.goal,
        planned_hours=taken.hours,
        planned_until=None if taken.until is None else maker.day(taken.until),
        today=clock.today(maker.zone),
    )


def _close(maker: Maker, told: RequestPlan, closed: ClosedText) -> None:
    request = queries.get_request(maker.requests[told.key])
    close_request(
        request,
        actor=maker.actor(maker.story.help.expert),
        row_version=request.row_version,
        outcome=closed.outcome,
        outcome_text=closed.text,
        today=clock.today(maker.zone),
    )


def _withdraw(maker: Maker, told: RequestPlan) -> None:
    request = queries.get_request(maker.requests[told.key])
    withdraw_request(request, actor=maker.actor(told.by), today=clock.today(maker.zone))


def _log(maker: Maker, told: EncounterPlan) -> None:
    contact = Contact(
        organization_id=maker.organizations[told.organization].id,
        occurred_on=maker.day(told.on),
        mode=told.mode,
        contact_minutes=told.minutes,
        request_id=maker.requests[told.request] if told.request else None,
        cycle_id=maker.cycles[told.cycle] if told.cycle else None,
        kind=told.kind,
        preparation_minutes=told.preparation,
        n_people=told.people,
        decisions=told.decisions,
        next_step=told.next,
    )
    actor = maker.actor(maker.story.help.expert)
    log_encounter(contact, uuid=maker.uuid(), actor=actor, today=clock.today(maker.zone))

"""Readiness rounds: who rated what, on which evidence, and what became of the actions."""

from collections.abc import Sequence
from dataclasses import dataclass

from lms import clock
from lms.readiness.models import RecommendedAction
from lms.readiness.queries import instruments, reports, rounds
from lms.readiness.rules import Said
from lms.readiness.services import actions, ratings
from lms.readiness.services import rounds as services
from lms.readiness.services.ratings import Rating
from lms.seeds.maker import Maker
from lms.seeds.story import ActionChoice, RatingRound, Sitting
from readiness.instruments import Instrument
from readiness.scoring import AnswerState

INSTRUMENT = "moud-readiness"
STATES = {"-": AnswerState.NOT_APPLICABLE, "?": AnswerState.DONT_KNOW}


@dataclass(frozen=True)
class _Running:
    """A round of the story; its id is among those of the maker once it was opened."""

    name: str  # "clinic/1"
    plan: RatingRound


def plan(maker: Maker) -> None:
    """Put every round on the calendar."""
    for benchmark in maker.story.benchmarks.benchmarks:
        for number, each in enumerate(benchmark.rounds, start=1):
            _plan_round(maker, benchmark.organization, _Running(f"{benchmark.organization}/{number}", each))


def _plan_round(maker: Maker, organization: str, running: _Running) -> None:
    told = running.plan
    maker.later(told.opened, _open, maker, maker.organizations[organization].id, running)
    areas = list(told.marks)
    share = -(-len(areas) // len(told.sittings))
    for number, sitting in enumerate(told.sittings):
        part = areas[number * share : (number + 1) * share]
        maker.later(sitting.on, _rate, maker, running, sitting, part)
    if told.closed is None:
        return
    maker.later(told.closed, _close, maker, running)
    plan_choices(maker, running.name, told.actions)


def plan_choices(maker: Maker, name: str, choices: Sequence[ActionChoice]) -> None:
    """Put what became of the actions of a report on the calendar."""
    for each in choices:
        maker.later(each.on, _decide, maker, name, each)
        settled = each.done or each.dropped
        if settled is not None:
            maker.later(settled, _settle, maker, name, each)


def keep_actions(maker: Maker, name: str) -> None:
    """Remember the actions that a report proposes, by their area."""
    for action in reports.list_actions(maker.rounds[name]):
        maker.actions[f"{name}/{action.area_key}"] = action.id


def _open(maker: Maker, organization_id: int, running: _Running) -> None:
    told = running.plan
    opened = services.start_round(
        organization_id,
        instruments.get_newest(INSTRUMENT),
        services.Plan(frozenset(maker.people[key] for key in told.team), maker.day(told.closes)),
        today=clock.today(),
        by_id=maker.people[told.by],
    )
    maker.rounds[running.name] = opened.id


def _rate(maker: Maker, running: _Running, sitting: Sitting, areas: list[str]) -> None:
    told, by_id = running.plan, maker.people[sitting.present[0]]
    rated = rounds.get_rated_for(maker.actor(sitting.present[0]), maker.rounds[running.name])
    said = [each for area in areas for each in _said(rated.instrument, told, area)]
    ratings.record_ratings(rated, [Rating(maker.uuid(), key, each) for key, each in said], by_id=by_id)
    present = [maker.people[key] for key in sitting.present]
    services.record_presence(rated.round, clock.today(), present, today=clock.today(), by_id=by_id)


def _said(instrument: Instrument, told: RatingRound, area: str) -> list[tuple[str, Said]]:
    """Pair the marks of an area with its items; in an open round the last ones may still be missing."""
    marks, dissent = told.marks[area].split(), told.dissent or {}
    return [
        (
            item.key,
            Said(
                STATES.get(mark, AnswerState.VALUE),
                None if mark in STATES else int(mark),
                told.notes.get(item.key, ""),
                dissent.get(item.key, ""),
            ),
        )
        for item, mark in zip(instrument.get_area(area).items, marks, strict=told.closed is not None)
    ]


def _close(maker: Maker, running: _Running) -> None:
    told, by_id = running.plan, maker.people[running.plan.by]
    a_round = rounds.get_round_for(maker.actor(told.by), maker.rounds[running.name])
    services.close_round(a_round, today=clock.today(), by_id=by_id)
    if told.shared:
        services.share_report(a_round, is_shared=True, by_id=by_id)
    keep_actions(maker, running.name)


def _action(maker: Maker, name: str, choice: ActionChoice) -> RecommendedAction:
    action_id = maker.actions[f"{name}/{choice.area}"]
    return reports.get_action_of(maker.actor(choice.by), maker.rounds[name], action_id)


def _decide(maker: Maker, name: str, choice: ActionChoice) -> None:
    action, by_id = _action(maker, name, choice), maker.people[choice.by]
    if choice.owner is None:
        actions.decline_action(action, reason=choice.declined, by_id=by_id)
        return
    owner_id = maker.people[choice.owner]
    actions.accept_action(action, owner_id=owner_id, due_on=maker.day(choice.due), today=clock.today(), by_id=by_id)


def _settle(maker: Maker, name: str, choice: ActionChoice) -> None:
    action, by_id = _action(maker, name, choice), maker.people[choice.owner or choice.by]
    if choice.done is not None:
        actions.finish_action(action, by_id=by_id)
    else:
        actions.drop_action(action, reason=choice.reason, by_id=by_id)

"""Teams, aims, change ideas, and measures with their numbers."""

from datetime import date

from lms import clock
from lms.errors import CommonsError
from lms.improvement.queries import get_idea_for
from lms.improvement.queries.library import get_change_for, package_numbers
from lms.improvement.queries.measures import get_measure_whole
from lms.improvement.rules import (
    MissingReason,
    last_day,
    last_finished_period,
    period_before,
)
from lms.improvement.services import create_team, ideas, library, measures, teams
from lms.improvement.services.measures import Definition, Entry, Upkeep
from lms.improvement.services.teams import AimWords
from lms.seeds.maker import Maker
from lms.seeds.story import AimPlan, IdeaPlan, MeasurePlan, TeamPlan

DAYS_TO_COUNT = 2


def plan(maker: Maker) -> None:
    """Put every team and its numbers on the calendar."""
    for team in maker.story.teams.teams:
        maker.later(team.started, _make_team, maker, team)
        for number, aim in enumerate(team.aims):
            maker.later(aim.on, _write_aim, maker, team.key, aim, number)
        for idea in team.ideas:
            maker.later(idea.on, _write_idea, maker, team.key, idea)
            if idea.shared is not None:
                maker.later(idea.shared, _share_idea, maker, team.key, idea, hour=23)
        for measure in team.measures:
            maker.later(measure.on, _add_measure, maker, team, measure)
            _plan_numbers(maker, measure)


def _make_team(maker: Maker, team: TeamPlan) -> None:
    made = create_team(
        organization_id=maker.organizations[team.organization].id,
        name=team.name,
        member_ids=[maker.people[key] for key in team.members],
        by_id=maker.people[team.by],
    )
    maker.teams[team.key] = made.id


def _write_aim(maker: Maker, team: str, aim: AimPlan, n_versions: int) -> None:
    words = AimWords(
        what=aim.what,
        measure_text=aim.measure_text,
        how_much=aim.how_much,
        by_when_on=maker.day(aim.by_when),
        for_whom=aim.for_whom,
    )
    teams.write_aim(maker.teams[team], words, n_versions=n_versions, by_id=maker.people[aim.by])


def _write_idea(maker: Maker, team: str, idea: IdeaPlan) -> None:
    words = {"title": idea.title, "description": idea.description}
    number = package_numbers().get(idea.taken_from or "")
    if number is None:
        made = ideas.add_change_idea(maker.teams[team], origin=idea.origin, by_id=maker.people[idea.by], **words)
    else:
        change = get_change_for(maker.actor(idea.by), number)
        made = library.take_change(change, maker.teams[team], by_id=maker.people[idea.by], **words)
    maker.ideas[f"{team}/{idea.key}"] = made.id


def _share_idea(maker: Maker, team: str, idea: IdeaPlan) -> None:
    actor = maker.actor(idea.by)
    library.share_idea(get_idea_for(actor, maker.ideas[f"{team}/{idea.key}"]), by_id=actor.person_id)


def _add_measure(maker: Maker, team: TeamPlan, told: MeasurePlan) -> None:
    definition = Definition(
        name=told.name,
        numerator_text=told.numerator,
        unit=told.unit,
        cadence=told.cadence,
        direction=told.direction,
        denominator_text=told.denominator,
        excluded_text=told.excluded,
        source_text=told.found_in,
        target=told.target,
    )
    upkeep = Upkeep(
        told.kind,
        owner_id=maker.people[told.owner],
        backup_owner_id=maker.people[told.backup] if told.backup else None,
        chart_kind=told.chart,
    )
    organization_id = maker.organizations[team.organization].id
    made = measures.add_measure(maker.teams[team.key], organization_id, definition, upkeep, by_id=maker.people[told.by])
    maker.measures[told.key] = made.id


def _plan_numbers(maker: Maker, told: MeasurePlan) -> None:
    """Each number comes two days after its period, those from before the measure on the day it was defined."""
    notes = told.notes or {}
    for ago, (period_on, count) in enumerate(_periods(maker, told)):
        entry = entry_of(period_on, count, note=notes.get(str(ago), ""))
        ended_ago = (maker.today - last_day(period_on, told.cadence)).days
        entered = max(min(told.on, ended_ago - DAYS_TO_COUNT), 1)
        maker.later(entered, _enter, maker, told, entry, hour=18 if entered == told.on else 13)
        for each in told.corrections:
            if each.ago == ago:
                maker.later(each.on, _enter, maker, told, entry_of(period_on, each.count, note=each.note), hour=19)


def _periods(maker: Maker, told: MeasurePlan) -> list[tuple[date, str]]:
    """Pair the numbers with their periods, the newest first."""
    period_on, pairs = last_finished_period(maker.today, told.cadence), []
    for _ in range(told.open_periods):
        period_on = period_before(period_on, told.cadence)
    for count in reversed(told.counts.split()):
        pairs.append((period_on, count))
        period_on = period_before(period_on, told.cadence)
    return pairs


def entry_of(period_on: date, count: str, *, note: str = "") -> Entry:
    """Read one number: "4/9", "36.5", or the reason why there is none."""
    if count in set(MissingReason):
        return Entry(period_on, missing_reason=MissingReason(count), note=note)
    numerator, _slash, denominator = count.partition("/")
    try:
        return Entry(period_on, float(numerator), float(denominator) if denominator else None, note=note)
    except ValueError as error:
        raise CommonsError(f"teams.toml: {count!r} is neither a number nor a reason why there is none.") from error


def _enter(maker: Maker, told: MeasurePlan, entry: Entry) -> None:
    measure = get_measure_whole(maker.measures[told.key])
    measures.enter_observation(
        measure, entry, event_uuid=maker.uuid(), by_id=maker.people[told.owner], today=clock.today()
    )

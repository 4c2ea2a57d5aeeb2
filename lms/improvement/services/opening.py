"""Opening work from an action of a readiness report: an aim, a measure with its start value and a cycle to plan."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from lms import audit, signals
from lms.authz import Actor
from lms.improvement import rules
from lms.improvement.models import Cycle, Team
from lms.improvement.queries.measures import get_measure_whole
from lms.improvement.queries.teams import find_aim
from lms.improvement.services import cycles, ideas, measures, teams
from lms.improvement.services.cycles import Beginning
from lms.improvement.services.measures import Definition, Entry, Upkeep
from lms.improvement.services.teams import AimWords

ACTION_KIND = "cycle"  # readiness.models.ActionKind.CYCLE
_ENTRIES = UUID("6f3f4f0e-5a53-4f3f-9a55-2f7c6f1f5a11")


@dataclass(frozen=True)
class Opening:
    """What the lead confirmed: everything was filled in and could be changed."""

    aim: AimWords
    measure: Definition
    upkeep: Upkeep
    cycle_title: str
    objective: str
    idea: str
    start: Entry | None = None


def open_from_action(action_id: int, team: Team, opening: Opening, *, actor: Actor, today: date) -> Cycle:
    """Write the aim if the team has none, add the measure with its start value, and start the cycle."""
    by_id = actor.person_id
    if find_aim(team.id) is None:
        teams.write_aim(team.id, opening.aim, n_versions=0, by_id=by_id, opened_from_action_id=action_id)
    measure = measures.add_measure(team.id, team.organization_id, opening.measure, opening.upkeep, by_id=by_id)
    if opening.start is not None:
        whole = get_measure_whole(measure.id)
        event_uuid = uuid5(_ENTRIES, f"start {measure.id}")
        measures.enter_observation(whole, opening.start, event_uuid=event_uuid, by_id=by_id, today=today)
    idea = ideas.add_change_idea(team.id, title=opening.idea, by_id=by_id) if opening.idea else None
    beginning = Beginning(
        title=opening.cycle_title,
        objective=opening.objective,
        change_idea_id=idea.id if idea else None,
        measure_id=measure.id,
        plan_what=opening.idea,
        opened_from_action_id=action_id,
    )
    cycle = cycles.start_cycle(team.id, beginning, by_id=by_id)
    signals.work_opened.send(None, action_id=action_id, kind=ACTION_KIND, path=path_of(cycle), actor=actor)
    audit.record(by_id, "opened a cycle from an action", audit.Subject("cycle", cycle.id), {"action_id": action_id})
    return cycle


def path_of(cycle: Cycle) -> str:
    """Return where a cycle can be seen."""
    return f"/improve/cycles/{cycle.id}"


def start_period(today: date, cadence: rules.Cadence) -> date:
    """Return the period to which a start value belongs."""
    return rules.last_finished_period(today, cadence)

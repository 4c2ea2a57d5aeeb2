"""Teams, measures and cycles: the smallest valid row of each, made through the services."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from lms import clock
from lms.accounts.models import Person
from lms.db import db
from lms.improvement import rules
from lms.improvement.models import Cycle, Measure, Team
from lms.improvement.queries.cycles import get_cycle
from lms.improvement.queries.measures import get_measure_whole
from lms.improvement.queries.teams import get_team
from lms.improvement.rules import Cadence, Decision, Direction, DoneAsPlanned, MeasureKind, Shape, Unit
from lms.improvement.services import cycles, measures, teams
from lms.improvement.services.cycles import Act, Beginning, Done, Plan, Predicted, Study
from lms.improvement.services.measures import Definition, Entry, Upkeep
from lms.organizations.models import Organization

NOON = datetime(2026, 6, 1, 16, tzinfo=UTC)  # a Monday
TODAY = date(2026, 6, 1)


def make_team(organization: Organization, *members: Person, name: str = "Same-day start", **values: object) -> Team:
    team = teams.create_team(
        organization_id=organization.id, name=name, member_ids=[m.id for m in members], by_id=None, **values
    )
    db.session.commit()
    return get_team(team.id)


def make_measure(team: Team, by: Person, **values: object) -> Measure:
    given = {
        "name": "First dose within 24 hours",
        "numerator_text": "people who got it",
        "denominator_text": "people who asked",
        "unit": Unit.PERCENT,
        "cadence": Cadence.WEEK,
        "direction": Direction.UP,
    }
    kind = values.pop("kind", MeasureKind.PROCESS)
    definition = Definition(**{**given, **values})
    measure = measures.add_measure(
        team.id, team.organization_id, definition, Upkeep(kind=kind, owner_id=by.id), by_id=by.id
    )
    db.session.commit()
    return get_measure_whole(measure.id)


def make_entries(measure: Measure, by: Person, *numbers: float, until: date = TODAY, out_of: float | None = 20) -> None:
    """Enter numbers for the finished periods before a day, the newest last."""
    cadence = measure.definition.cadence
    period = rules.period_start(until, cadence)
    for number in reversed(numbers):
        period = rules.period_before(period, cadence)
        entry = Entry(period_on=period, numerator=number, denominator=out_of)
        measures.enter_observation(measure, entry, event_uuid=uuid4(), by_id=by.id, today=until)
    db.session.commit()


PLAN = Plan(
    title="Call the day before",
    objective="Do more people come when we call?",
    plan_what="Call each person the day before the visit",
    plan_who="The front desk",
    plan_when="Tuesday and Thursday",
    scale_people=6,
)


def make_cycle(team: Team, by: Person, upto: str = "draft", **values: object) -> Cycle:
    """Make a cycle and lead it as far as asked: draft, planned, doing, studying, studied or acted."""
    measure_id = values.pop("measure_id", None)
    before = values.pop("predecessor_id", None)
    began_on = values.pop("began_on", TODAY - timedelta(days=20))
    plan = Plan(
        **{**{name: getattr(PLAN, name) for name in PLAN.__dataclass_fields__}, "measure_id": measure_id, **values}
    )
    with clock.fixed(datetime.combine(began_on, datetime.min.time(), UTC) - timedelta(days=1)):
        cycle = cycles.start_cycle(team.id, Beginning(title=plan.title, predecessor_id=before), by_id=by.id)
    steps = ["draft", "planned", "doing", "studying", "studied", "acted"]
    for step in steps[1 : steps.index(upto) + 1]:
        cycle = get_cycle(cycle.id)
        _take(step, cycle, plan, by.id, began_on)
    db.session.commit()
    return get_cycle(cycle.id)


def predicted(measure_id: int | None) -> Predicted:
    if measure_id is None:
        return Predicted(words="Eight of ten people will come")
    return Predicted(
        words="Eight of ten people will come",
        measure_id=measure_id,
        shape=Shape.AT_LEAST,
        low=60,
        by_on=TODAY - timedelta(days=3),
        confidence_percent=70,
    )


def _take(step: str, cycle: Cycle, plan: Plan, by_id: int, began_on: date) -> None:
    version, ended_on = cycle.row_version, began_on + timedelta(days=7)
    days = {"planned": began_on - timedelta(days=1), "doing": began_on, "studying": ended_on}
    day = days.get(step, ended_on + timedelta(days=1))
    with clock.fixed(datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=15)):
        if step == "planned":
            cycles.save_plan(cycle, plan, predicted(plan.measure_id), row_version=version, by_id=by_id)
        elif step == "doing":
            cycles.begin_cycle(cycle, began_on=began_on, today=began_on, row_version=version, by_id=by_id, zone="UTC")
        elif step == "studying":
            done = Done(began_on=began_on, ended_on=ended_on, what_happened="We called six people, five came")
            cycles.save_do(cycle, done, today=ended_on, row_version=version, by_id=by_id, zone="UTC")
        elif step == "studied":
            study = Study(DoneAsPlanned.YES, "Five of six people came", "A little more than predicted", "Calls help")
            cycles.save_study(cycle, study, row_version=version, by_id=by_id)
        else:
            act = Act(Decision.ADAPT, "It works for most people", "Call ten people next week")
            cycles.save_act(cycle, act, row_version=version, by_id=by_id)

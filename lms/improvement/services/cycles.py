"""Running PDSA cycles: plan, begin, do, study, act. Every save is a guarded update and leaves a revision."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import delete, exists, func, select, update

from lms import audit, clock, signals
from lms.db import db, insert_once
from lms.errors import Invalid
from lms.improvement import plans, rules
from lms.improvement.models import ChangeIdea, Cycle, Measure, Prediction
from lms.improvement.queries.cycles import get_cycle
from lms.improvement.queries.tasks import is_quick_cycle
from lms.improvement.rules import CycleState, Decision, DoneAsPlanned, FlagKind, Shape, Stage
from lms.improvement.services.cycle_saving import OutOfOrder, keep_revision, refuse_out_of_order, save_stage, subject_of
from lms.improvement.services.teams import lock_team


@dataclass(frozen=True)
class Beginning:
    """With what a cycle starts: three fields on a phone."""

    title: str
    objective: str = ""
    change_idea_id: int | None = None
    is_explore: bool = False
    predecessor_id: int | None = None
    measure_id: int | None = None
    plan_what: str = ""
    carried: str = ""
    opened_from_action_id: int | None = None


@dataclass(frozen=True)
class Plan:
    """What a team means to do."""

    title: str
    objective: str = ""
    is_explore: bool = False
    change_idea_id: int | None = None
    carried: str = ""
    plan_what: str = ""
    plan_who: str = ""
    plan_when: str = ""
    plan_where: str = ""
    data_plan: str = ""
    measure_id: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    scale_people: int | None = None
    scale_sites: int | None = None


@dataclass(frozen=True)
class Predicted:
    """What a team expects; `measure_id` and a number only when a chart can judge it."""

    words: str = ""
    measure_id: int | None = None
    shape: Shape | None = None
    low: float | None = None
    high: float | None = None
    by_on: date | None = None
    confidence_percent: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was predicted."""
        return not self.words and self.shape is None


def start_cycle(team_id: int, beginning: Beginning, *, by_id: int | None) -> Cycle:
    """Start a cycle as a draft, with the next number of the team; Invalid for another team's idea, measure or cycle."""
    lock_team(team_id)
    _refuse_foreign(team_id, beginning)
    number = (db.session.scalar(select(func.max(Cycle.number)).where(Cycle.team_id == team_id)) or 0) + 1
    cycle = Cycle(
        team_id=team_id,
        number=number,
        state=CycleState.DRAFT,
        row_version=1,
        created_by_id=by_id,
        created_at=clock.now(),
        **asdict(beginning),
    )
    db.session.add(cycle)
    db.session.flush()  # for the id
    begun = {name: value for name, value in asdict(beginning).items() if value and name in rules.PLAN_FIELDS}
    changes = rules.changes_between({}, begun)
    keep_revision(cycle.id, 1, changes, states=(CycleState.DRAFT, CycleState.DRAFT), by_id=by_id)
    cycle = get_cycle(cycle.id)  # with all that a cycle shows
    signals.cycle_changed.send(None, cycle=cycle)
    audit.record(by_id, "started a cycle", subject_of(cycle.id), {"team_id": team_id, "number": number})
    return cycle


def save_plan(cycle: Cycle, plan: Plan, predicted: Predicted | None, *, row_version: int, by_id: int) -> None:
    """Save a plan. Before the test begins a whole plan makes the cycle ready, and a plan with gaps a draft again.

    Afterwards the prediction is locked, and that the plan was changed is said for ever.
    """
    _refuse_foreign(cycle.team_id, plan)
    refuse_out_of_order(cycle, Stage.PLAN)
    values, is_open = asdict(plan), cycle.state in rules.BEFORE_BEGIN
    state = cycle.state
    changes: list[dict[str, Any]] = []
    if is_open:
        predicted = predicted or Predicted()
        is_quick = is_quick_cycle(cycle.id)
        missing = plans.missing_in_plan(values, has_prediction=not predicted.is_empty, is_quick=is_quick)
        state = CycleState.DRAFT if missing else CycleState.PLANNED
        before = cycle.prediction
        said = {name: getattr(before, name) for name in rules.PREDICTION_FIELDS} if before else asdict(Predicted())
        changes = [
            {**change, "field": f"prediction_{change['field']}"}
            for change in rules.changes_between(said, asdict(predicted))
        ]
    stamps = (
        {"planned_at": clock.now()}
        if is_open and state is CycleState.PLANNED and _is_new(cycle, values, changes)
        else {}
    )
    save_stage(
        cycle, Stage.PLAN, values, row_version=row_version, by_id=by_id, state=state, stamps=stamps, more=changes
    )
    if is_open and changes and predicted is not None:
        _write_prediction(cycle.id, predicted)
        signals.cycle_changed.send(None, cycle=get_cycle(cycle.id))


def _is_new(cycle: Cycle, values: Mapping[str, Any], changes: Collection[dict[str, Any]]) -> bool:
    """Whether the plan says something that it did not say before: a plan is as old as its last change."""
    before = {name: getattr(cycle, name) for name in values}
    return cycle.state is CycleState.DRAFT or bool(changes) or bool(rules.changes_between(before, values))


def begin_cycle(
    cycle: Cycle,
    *,
    began_on: date,
    today: date,
    row_version: int,
    by_id: int,
    zone: str,
    is_noted_after: bool = False,
) -> None:
    """Begin the test and lock the prediction. A day before the plan was written is taken, and said for ever.

    is_noted_after: the team says that the test had begun when it wrote the plan, perhaps earlier on the same day.
    """
    if cycle.state is not CycleState.PLANNED:
        raise OutOfOrder(_("This test cannot begin now: its plan is not whole, or it has begun already."))
    if began_on > today:
        raise Invalid("Not yet.", {"began_on": _("This day has not come yet. Choose today or a day before.")})
    now = clock.now()
    flags = _begin_flags(cycle, began_on, zone)
    if is_noted_after:
        flags |= {FlagKind.BEGIN_BACKDATED}
    stamps = {"begun_at": now}
    values = {"began_on": began_on}
    save_stage(
        cycle,
        Stage.DO,
        values,
        row_version=row_version,
        by_id=by_id,
        state=CycleState.DOING,
        stamps=stamps,
        flags=flags,
        verb="began a cycle",
    )
    locked = update(Prediction).where(Prediction.cycle_id == cycle.id, Prediction.locked_at.is_(None))
    db.session.execute(locked.values(locked_at=now).execution_options(synchronize_session="fetch"))


@dataclass(frozen=True)
class Done:
    """What happened in the test."""

    began_on: date
    ended_on: date | None = None
    what_happened: str = ""
    surprises: str = ""
    has_harm: bool = False


def save_do(cycle: Cycle, done: Done, *, today: date, row_version: int, by_id: int, zone: str) -> None:
    """Save what happened. With its last day the test is over and can be studied; harm is told the same day."""
    refuse_out_of_order(cycle, Stage.DO)
    _refuse_days(cycle, done, today)
    state, stamps = cycle.state, {}
    if done.ended_on is not None and cycle.state is CycleState.DOING:
        state, stamps = CycleState.STUDYING, {"done_at": clock.now()}
    flags = frozenset[FlagKind]()
    if done.began_on != cycle.began_on:
        flags = _begin_flags(cycle, done.began_on, zone)
    is_new_harm = done.has_harm and not cycle.has_harm
    save_stage(
        cycle,
        Stage.DO,
        asdict(done),
        row_version=row_version,
        by_id=by_id,
        state=state,
        stamps=stamps,
        flags=flags,
    )
    if is_new_harm:
        signals.harm_noted.send(None, cycle=cycle, by_id=by_id, zone=zone)


@dataclass(frozen=True)
class Study:
    """What the team reads out of the test."""

    done_as_planned: DoneAsPlanned
    study_findings: str
    comparison: str
    learned: str


def save_study(cycle: Cycle, study: Study, *, row_version: int, by_id: int) -> None:
    """Save what was learned; only after the test has ended."""
    refuse_out_of_order(cycle, Stage.STUDY)
    stamps = {} if cycle.studied_at else {"studied_at": clock.now()}
    save_stage(cycle, Stage.STUDY, asdict(study), row_version=row_version, by_id=by_id, stamps=stamps)


@dataclass(frozen=True)
class Act:
    """What follows from the test."""

    decision: Decision
    decision_reason: str = ""
    next_step: str = ""
    stop_reason: str = ""


def save_act(cycle: Cycle, act: Act, *, row_version: int, by_id: int) -> None:
    """Decide, and hand the cycle in for review the first time; only after Study."""
    refuse_out_of_order(cycle, Stage.ACT)
    is_first = cycle.state is CycleState.STUDYING
    state, stamps = (CycleState.ACTED, {"acted_at": clock.now()}) if is_first else (cycle.state, {})
    save_stage(cycle, Stage.ACT, asdict(act), row_version=row_version, by_id=by_id, state=state, stamps=stamps)
    if is_first:
        signals.cycle_acted.send(None, cycle=cycle)


def drop_cycle(cycle: Cycle, *, reason: str, row_version: int, by_id: int) -> None:
    """Say that a cycle was not run, and why. It stays in the list: what did not happen teaches, too."""
    if cycle.state not in rules.DROPPABLE:
        raise OutOfOrder(_("This cycle has been run. Write what you learned instead."))
    values = {"not_run_reason": reason}
    stamps = {"not_run_at": clock.now()}
    state = CycleState.NOT_RUN
    save_stage(
        cycle,
        Stage.DO,
        values,
        row_version=row_version,
        by_id=by_id,
        state=state,
        stamps=stamps,
        verb="dropped a cycle",
    )


def resubmit_cycle(cycle: Cycle, *, by_id: int) -> bool:
    """Send a cycle that came back to its reviewer again; False when it was sent before."""
    if not _set_returned(cycle, None, was_returned=True, state=CycleState.ACTED):
        return False
    signals.cycle_acted.send(None, cycle=cycle)
    audit.record(by_id, "resubmitted a cycle", subject_of(cycle.id))
    return True


def mark_reviewed(cycle: Cycle, *, by_id: int | None) -> bool:
    """Note that a review accepted a cycle; False when it was not waiting for one."""
    moved = (
        update(Cycle)
        .where(Cycle.id == cycle.id, Cycle.state == CycleState.ACTED)
        .values(
            state=CycleState.REVIEWED,
            reviewed_at=clock.now(),
            returned_at=None,
            row_version=Cycle.row_version + 1,
        )
        .returning(Cycle.row_version)
        .execution_options(synchronize_session="fetch")
    )
    number = db.session.scalar(moved)
    if number is None:
        return False
    keep_revision(cycle.id, number, [], states=(CycleState.ACTED, CycleState.REVIEWED), by_id=by_id)
    signals.cycle_changed.send(None, cycle=cycle)
    return True


def mark_returned(cycle: Cycle, *, by_id: int | None) -> bool:  # noqa: ARG001  # the same shape as mark_reviewed
    """Note that a review sent a cycle back to its team; False when it was not waiting for one."""
    return _set_returned(cycle, clock.now(), was_returned=False, state=CycleState.ACTED)


def _set_returned(cycle: Cycle, moment: datetime | None, *, was_returned: bool, state: CycleState) -> bool:
    was = Cycle.returned_at.is_not(None) if was_returned else Cycle.returned_at.is_(None)
    moved = (
        update(Cycle)
        .where(Cycle.id == cycle.id, Cycle.state == state, was)
        .values(returned_at=moment)
        .returning(Cycle.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.scalar(moved) is None:
        return False
    signals.cycle_changed.send(None, cycle=cycle)
    return True


def _write_prediction(cycle_id: int, predicted: Predicted) -> None:
    """Replace what was predicted, as long as it is not locked."""
    unlocked = delete(Prediction).where(Prediction.cycle_id == cycle_id, Prediction.locked_at.is_(None))
    db.session.execute(unlocked.execution_options(synchronize_session="fetch"))
    if not predicted.is_empty:
        insert_once(Prediction, cycle_id=cycle_id, written_at=clock.now(), **asdict(predicted))


def _begin_flags(cycle: Cycle, began_on: date, zone: str) -> frozenset[FlagKind]:
    """Return what is said for ever when the test began before the plan, or the prediction, was written as it stands."""
    written = [cycle.planned_at, cycle.prediction.written_at if cycle.prediction else None]
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in written if moment is not None]
    return rules.flags_of_begin(planned_on=max(days, default=began_on), began_on=began_on)


def _refuse_days(cycle: Cycle, done: Done, today: date) -> None:
    fields: dict[str, str] = {}
    if done.began_on > today:
        fields["began_on"] = _("This day has not come yet. Choose today or a day before.")
    if done.ended_on is not None and done.ended_on > today:
        fields["ended_on"] = _("This day has not come yet. Leave it empty while the test goes on.")
    elif done.ended_on is not None and done.ended_on < done.began_on:
        fields["ended_on"] = _("A test ends on the day it began, or later.")
    elif done.ended_on is None and cycle.state is not CycleState.DOING:
        fields["ended_on"] = _("The test is over. Write its last day.")
    if fields:
        raise Invalid("These days do not fit.", fields)


def _refuse_foreign(team_id: int, chosen: Beginning | Plan) -> None:
    """Refuse an idea, a measure or a cycle of another team (three statements at most)."""
    asked = (
        ("change_idea_id", ChangeIdea, chosen.change_idea_id),
        ("measure_id", Measure, chosen.measure_id),
        ("predecessor_id", Cycle, getattr(chosen, "predecessor_id", None)),
    )
    for name, table, chosen_id in asked:
        if chosen_id is None:
            continue
        is_own = select(exists().where(table.id == chosen_id, table.team_id == team_id))
        if not db.session.scalar(is_own):
            raise Invalid("Not this team's own.", {name: _("Choose one from the list.")})

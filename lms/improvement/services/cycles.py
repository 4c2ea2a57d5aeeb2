"""Running PDSA cycles: plan, begin, do, study, act. Every save is a guarded update and leaves a revision."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import delete, exists, func, insert, select, update

from lms import audit, clock, signals
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.improvement import rules
from lms.improvement.models import ChangeIdea, Cycle, CycleFlag, CycleRevision, Measure, Prediction
from lms.improvement.queries.cycles import get_cycle
from lms.improvement.rules import CycleState, Decision, DoneAsPlanned, FlagKind, Shape, Stage
from lms.improvement.services.stale import StaleEdit
from lms.improvement.services.teams import lock_team


class OutOfOrder(Conflict):
    """A stage was written before its time."""


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
    _keep_revision(cycle.id, 1, changes, states=(CycleState.DRAFT, CycleState.DRAFT), by_id=by_id)
    cycle = get_cycle(cycle.id)  # with all that a cycle shows
    signals.cycle_changed.send(None, cycle=cycle)
    audit.record(by_id, "started a cycle", _subject(cycle.id), {"team_id": team_id, "number": number})
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
        missing = rules.missing_in_plan(values, has_prediction=not predicted.is_empty)
        state = CycleState.DRAFT if missing else CycleState.PLANNED
        before = cycle.prediction
        said = {name: getattr(before, name) for name in rules.PREDICTION_FIELDS} if before else asdict(Predicted())
        changes = [
            {**change, "field": f"prediction_{change['field']}"}
            for change in rules.changes_between(said, asdict(predicted))
        ]
    stamps = {"planned_at": clock.now()} if state is CycleState.PLANNED and cycle.state is CycleState.DRAFT else {}
    _save(cycle, Stage.PLAN, values, row_version=row_version, by_id=by_id, state=state, stamps=stamps, more=changes)
    if is_open and changes and predicted is not None:
        _write_prediction(cycle.id, predicted)
        signals.cycle_changed.send(None, cycle=get_cycle(cycle.id))


def begin_cycle(cycle: Cycle, *, began_on: date, today: date, row_version: int, by_id: int, zone: str) -> None:
    """Begin the test and lock the prediction. A day before the plan was written is taken, and said for ever."""
    if cycle.state is not CycleState.PLANNED:
        raise OutOfOrder(_("This test cannot begin now: its plan is not whole, or it has begun already."))
    if began_on > today:
        raise Invalid("Not yet.", {"began_on": _("This day has not come yet. Choose today or a day before.")})
    now = clock.now()
    flags = _begin_flags(cycle.planned_at, began_on, zone)
    stamps = {"begun_at": now}
    values = {"began_on": began_on}
    _save(
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
        flags = _begin_flags(cycle.planned_at, done.began_on, zone)
    is_new_harm = done.has_harm and not cycle.has_harm
    _save(
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
    _save(cycle, Stage.STUDY, asdict(study), row_version=row_version, by_id=by_id, stamps=stamps)


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
    _save(cycle, Stage.ACT, asdict(act), row_version=row_version, by_id=by_id, state=state, stamps=stamps)
    if is_first:
        signals.cycle_acted.send(None, cycle=cycle)


def drop_cycle(cycle: Cycle, *, reason: str, row_version: int, by_id: int) -> None:
    """Say that a cycle was not run, and why. It stays in the list: what did not happen teaches, too."""
    if cycle.state not in rules.DROPPABLE:
        raise OutOfOrder(_("This cycle has been run. Write what you learned instead."))
    values = {"not_run_reason": reason}
    stamps = {"not_run_at": clock.now()}
    state = CycleState.NOT_RUN
    _save(
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
    audit.record(by_id, "resubmitted a cycle", _subject(cycle.id))
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
    _keep_revision(cycle.id, number, [], states=(CycleState.ACTED, CycleState.REVIEWED), by_id=by_id)
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


def _save(
    cycle: Cycle,
    stage: Stage,
    values: Mapping[str, Any],
    *,
    row_version: int,
    by_id: int,
    state: CycleState | None = None,
    stamps: Mapping[str, Any] | None = None,
    flags: Collection[FlagKind] = (),
    more: Collection[dict[str, Any]] = (),
    verb: str = "wrote in a cycle",
) -> None:
    """Save a stage if nobody else saved the cycle meanwhile, keep what stood there before, and tell."""
    before = {name: getattr(cycle, name) for name in values}
    changes, state_before, state_after = (
        [*rules.changes_between(before, values), *more],
        cycle.state,
        state or cycle.state,
    )
    saved = (
        update(Cycle)
        .where(Cycle.id == cycle.id, Cycle.row_version == row_version, Cycle.state == state_before)
        .values(**values, **(stamps or {}), state=state_after, row_version=row_version + 1)
        .returning(Cycle.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.scalar(saved) is None:
        raise StaleEdit(_("Somebody else changed this cycle while you had the form open."))
    _keep_revision(cycle.id, row_version + 1, changes, states=(state_before, state_after), by_id=by_id)
    said_for_ever = set(flags) | (rules.flags_of_edit(stage, state_before) if changes else set())
    for kind in sorted(said_for_ever):
        insert_once(CycleFlag, cycle_id=cycle.id, kind=kind, noted_at=clock.now())
    signals.cycle_changed.send(None, cycle=cycle)
    fields = sorted(change["field"] for change in changes)
    audit.record(by_id, verb, _subject(cycle.id), {"stage": stage.value, "state": state_after.value, "fields": fields})


def _keep_revision(
    cycle_id: int,
    number: int,
    changes: list[dict[str, Any]],
    *,
    states: tuple[CycleState, CycleState],
    by_id: int | None,
) -> None:
    kept = {
        "cycle_id": cycle_id,
        "number": number,
        "changes": changes,
        "state_before": states[0],
        "state_after": states[1],
        "saved_by_id": by_id,
        "saved_at": clock.now(),
    }
    db.session.execute(insert(CycleRevision).values(kept))


def _write_prediction(cycle_id: int, predicted: Predicted) -> None:
    """Replace what was predicted, as long as it is not locked."""
    unlocked = delete(Prediction).where(Prediction.cycle_id == cycle_id, Prediction.locked_at.is_(None))
    db.session.execute(unlocked.execution_options(synchronize_session="fetch"))
    if not predicted.is_empty:
        insert_once(Prediction, cycle_id=cycle_id, written_at=clock.now(), **asdict(predicted))


def _begin_flags(planned_at: datetime | None, began_on: date, zone: str) -> frozenset[FlagKind]:
    planned_on = planned_at.astimezone(ZoneInfo(zone)).date() if planned_at else began_on
    return rules.flags_of_begin(planned_on=planned_on, began_on=began_on)


def refuse_out_of_order(cycle: Cycle, stage: Stage) -> None:
    """Raise OutOfOrder when a stage cannot be written yet; time goes forward only."""
    if rules.may_write(stage, cycle.state, is_studied=cycle.studied_at is not None):
        return
    raise OutOfOrder(
        {
            Stage.PLAN: _("This cycle was not run, so its plan can no longer be changed."),
            Stage.DO: _("The test has not begun yet. Begin it first, so that the prediction is locked before."),
            Stage.STUDY: _("The test has not ended yet. Write its last day under Do first."),
            Stage.ACT: _("What you learned is not written yet. Write Study first."),
        }[stage]
    )


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


def _subject(cycle_id: int) -> audit.Subject:
    return audit.Subject("cycle", cycle_id)

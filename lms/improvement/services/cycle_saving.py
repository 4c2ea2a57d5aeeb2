"""How every stage of a cycle is saved: a guarded update, a revision of what stood there, and what is said for ever."""

from collections.abc import Collection, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, update

from lms import audit, clock, signals
from lms.db import db, insert_once
from lms.errors import Conflict
from lms.improvement import rules
from lms.improvement.models import Cycle, CycleFlag, CycleRevision
from lms.improvement.rules import CycleState, FlagKind, Stage
from lms.improvement.services.stale import StaleEdit


class OutOfOrder(Conflict):
    """A stage was written before its time."""


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


def save_stage(
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
    keep_revision(cycle.id, row_version + 1, changes, states=(state_before, state_after), by_id=by_id)
    said_for_ever = set(flags) | (rules.flags_of_edit(stage, state_before) if changes else set())
    for kind in sorted(said_for_ever):
        insert_once(CycleFlag, cycle_id=cycle.id, kind=kind, noted_at=clock.now())
    signals.cycle_changed.send(None, cycle=cycle)
    fields = sorted(change["field"] for change in changes)
    audit.record(
        by_id, verb, subject_of(cycle.id), {"stage": stage.value, "state": state_after.value, "fields": fields}
    )


def keep_revision(
    cycle_id: int,
    number: int,
    changes: list[dict[str, Any]],
    *,
    states: tuple[CycleState, CycleState],
    by_id: int | None,
) -> None:
    """Keep what one save changed."""
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


def subject_of(cycle_id: int) -> audit.Subject:
    """Return what the audit calls a cycle."""
    return audit.Subject("cycle", cycle_id)

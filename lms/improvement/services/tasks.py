"""Writing who does what of a plan, and ticking what is done. Every save is kept whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask_babel import gettext as _
from sqlalchemy import select

from lms import audit, clock, signals
from lms.db import db, insert_new, insert_once
from lms.errors import Invalid
from lms.improvement.models import Cycle, CycleFlag, Task, TaskRevision
from lms.improvement.queries.cycles import get_cycle
from lms.improvement.queries.tasks import find_tasks, list_cycles_with_tasks_of
from lms.improvement.rules import WITH_OPEN_TASKS, CycleState, FlagKind
from lms.improvement.services.cycle_saving import OutOfOrder, subject_of
from lms.improvement.services.stale import StaleEdit

MOST_TASKS: Final = 20


@dataclass(frozen=True)
class TaskLine:
    """A task as somebody wrote it. `position` names the task it was before; none: it is new."""

    what: str
    person_id: int | None = None
    who_text: str = ""
    when_text: str = ""
    where_text: str = ""
    is_done: bool = False
    position: int | None = None

    @property
    def words(self) -> tuple[str, int | None, str, str, str]:
        """What is planned, without whether it is done."""
        return self.what, self.person_id, self.who_text, self.when_text, self.where_text


def words_of(task: Task) -> tuple[str, int | None, str, str, str]:
    """Return what is planned in a task, without whether it is done."""
    return task.what, task.person_id, task.who_text, task.when_text, task.where_text


def refuse_late_tasks(cycle: Cycle) -> None:
    """Raise OutOfOrder when the test is over, or was not run."""
    if cycle.state not in WITH_OPEN_TASKS:
        raise OutOfOrder(_("The test is over, so its tasks stay as they are. What came next belongs under Act."))


def save_tasks(cycle: Cycle, lines: Sequence[TaskLine], *, number: int, by_id: int) -> bool:
    """Save the tasks of a plan in their order; False when nothing is new.

    number: the save that the form began from, 0 for none; StaleEdit when somebody saved meanwhile. Words that change
    after the begin change the plan, and that is said for ever; a tick does not.
    """
    refuse_late_tasks(cycle)
    state = db.session.scalar(select(Cycle.state).where(Cycle.id == cycle.id).with_for_update())
    before = find_tasks(cycle.id)
    if (before.number if before else 0) != number or state is not cycle.state:
        raise StaleEdit(_("Somebody else changed these tasks while you had the form open."))
    held = {task.position: task for task in before.tasks} if before else {}
    _refuse_outsiders(cycle, lines, held.values())
    is_planned_anew = [words_of(task) for task in held.values()] != [line.words for line in lines]
    ticks = [held[line.position].done_at is not None if line.position in held else False for line in lines]
    if not is_planned_anew and ticks == [line.is_done for line in lines]:
        return False
    _write(cycle.id, number + 1, lines, held, by_id=by_id)
    if is_planned_anew and cycle.state is CycleState.DOING:
        insert_once(CycleFlag, cycle_id=cycle.id, kind=FlagKind.PLAN_AFTER_BEGIN, noted_at=clock.now())
    signals.cycle_changed.send(None, cycle=get_cycle(cycle.id))
    told = {"number": number + 1, "n_tasks": len(lines), "n_done": sum(line.is_done for line in lines)}
    audit.record(by_id, "wrote the tasks of a cycle", subject_of(cycle.id), told)
    return True


def pass_on_tasks(person_id: int, successor_id: int, organization_id: int, *, by_id: int) -> int:
    """Give what somebody still has to do to somebody else; return how many. What they did stays theirs.

    The plan says the same as before, so nothing is flagged; who had it until then stays in the save before.
    """
    n_passed = 0
    for cycle_id in list_cycles_with_tasks_of(person_id, organization_id):
        db.session.scalar(select(Cycle.id).where(Cycle.id == cycle_id).with_for_update())
        before = find_tasks(cycle_id)
        if before is None:
            continue
        held = {task.position: task for task in before.tasks}
        lines = [_as_line(task, {person_id: successor_id}) for task in before.tasks]
        n_passed += sum(line.person_id != task.person_id for line, task in zip(lines, before.tasks, strict=True))
        _write(cycle_id, before.number + 1, lines, held, by_id=by_id)
        signals.cycle_changed.send(None, cycle=get_cycle(cycle_id))
        audit.record(by_id, "passed tasks on", subject_of(cycle_id), {"number": before.number + 1})
    return n_passed


def _as_line(task: Task, successors: Mapping[int, int]) -> TaskLine:
    is_done = task.done_at is not None
    person_id = task.person_id if is_done else successors.get(task.person_id or 0, task.person_id)
    return TaskLine(task.what, person_id, task.who_text, task.when_text, task.where_text, is_done, task.position)


def _write(cycle_id: int, number: int, lines: Sequence[TaskLine], held: dict[int, Task], *, by_id: int) -> None:
    now = clock.now()
    made = {"cycle_id": cycle_id, "number": number, "saved_by_id": by_id, "saved_at": now}
    (revision_id,) = insert_new(TaskRevision, [made])
    rows = []
    for position, line in enumerate(lines, 1):
        done_at, done_by_id = _tick(held.get(line.position or 0), line, now, by_id)
        rows.append(
            {
                "revision_id": revision_id,
                "position": position,
                "what": line.what,
                "person_id": line.person_id,
                "who_text": line.who_text,
                "when_text": line.when_text,
                "where_text": line.where_text,
                "done_at": done_at,
                "done_by_id": done_by_id,
            }
        )
    if rows:
        insert_new(Task, rows)


def _tick(held: Task | None, line: TaskLine, now: datetime, by_id: int) -> tuple[datetime | None, int | None]:
    """Return when a task was ticked and by whom: as before, just now, or not at all."""
    if not line.is_done:
        return None, None
    return (held.done_at, held.done_by_id) if held is not None and held.done_at is not None else (now, by_id)


def _refuse_outsiders(cycle: Cycle, lines: Sequence[TaskLine], held: Iterable[Task]) -> None:
    """Only people of the team are named, and those whom the tasks name already."""
    own = {*(member.person_id for member in cycle.team.members), *(task.person_id for task in held)}
    if any(line.person_id is not None and line.person_id not in own for line in lines):
        raise Invalid("Not of this team.", {"rows": _("Choose people from the list.")})
    if len(lines) > MOST_TASKS:
        raise Invalid("Too many.", {"rows": _("A small test has %(number)s tasks or fewer.", number=MOST_TASKS)})

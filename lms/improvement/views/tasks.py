"""The page on which a team writes who does what, and ticks what is done."""

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Invalid
from lms.improvement import queries
from lms.improvement.forms.tasks import TasksForm, rows_of
from lms.improvement.models import Cycle, Task, TaskRevision
from lms.improvement.queries.tasks import find_tasks
from lms.improvement.services.stale import StaleEdit
from lms.improvement.services.tasks import refuse_late_tasks, save_tasks
from lms.improvement.views.blueprint import Answer, bp, draw_form
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see

TEMPLATE = "improvement/edit_tasks.html"


@bp.get("/improve/cycles/<int:cycle_id>/tasks")
@bp.post("/improve/cycles/<int:cycle_id>/tasks")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_cycle_for)
def edit_tasks(cycle: Cycle) -> Answer:
    """Write the tasks of a plan and tick what is done."""
    refuse_late_tasks(cycle)
    saved = find_tasks(cycle.id)
    form = _form(cycle, saved)
    if request.method == "GET" or not form.validate():
        return draw_form(TEMPLATE, form=form, cycle=cycle, saved=saved)
    try:
        by_id = access.signed_in_actor().person_id
        is_new = save_tasks(cycle, form.lines(), number=form.version, by_id=by_id)
    except Invalid as invalid:
        form.form_errors = [*form.form_errors, *invalid.fields.values()]
        return draw_form(TEMPLATE, form=form, cycle=cycle, saved=saved)
    except StaleEdit as stale:
        return _draw_stale(form, cycle, stale)
    flash(_("The tasks are saved.") if is_new else _("Nothing changed: the tasks say this already."), "success")
    return see(url_for("improvement.show_cycle", cycle_id=cycle.id, _anchor="tasks"))


def _form(cycle: Cycle, saved: TaskRevision | None) -> TasksForm:
    tasks = saved.tasks if saved else []
    data = {"rows": rows_of(tasks), "row_version": saved.number if saved else 0}
    form = TasksForm(forms.form_data(), data=data)
    if request.method == "GET":
        form.add_empty_rows()
    form.offer_people(_people(cycle, tasks))
    return form


def _people(cycle: Cycle, tasks: list[Task]) -> list[tuple[int, str]]:
    """Return who can be named: the team, and whom the tasks name already."""
    named = {task.person.id: task.person.display_name for task in tasks if task.person}
    named |= {member.person_id: member.person.display_name for member in cycle.team.members}
    return sorted(named.items(), key=lambda each: (each[1].casefold(), each[0]))


def _draw_stale(form: TasksForm, cycle: Cycle, stale: StaleEdit) -> Answer:
    """Show the tasks as they are now beside what was typed."""
    now = find_tasks(cycle.id)
    tasks = now.tasks if now else []
    form.begin_from(now.number if now else 0)
    form.place_among(tasks)
    theirs = [{"label": str(task.position), "value": in_words(task)} for task in tasks]
    return pages.render(TEMPLATE, form=form, cycle=cycle, saved=now, stale=stale, theirs=theirs), 409


def in_words(task: Task) -> str:
    """Return a task as one line: what, who, when, where, and whether it is done."""
    said: list[Any] = [task.what, who_of(task), task.when_text, task.where_text, _("done") if task.done_at else ""]
    return " · ".join(str(part) for part in said if part)


def who_of(task: Task) -> str:
    """Return who does a task: a person, a job role, or both."""
    return ", ".join(part for part in (task.person.display_name if task.person else "", task.who_text) if part)

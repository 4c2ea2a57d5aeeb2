"""The tasks of a plan: one row each, some empty ones, and no script needed."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, FieldList, FormField, HiddenField
from wtforms import Form as PlainForm

from lms.improvement.forms.fields import ChoiceField, EditForm, line_field, read_version
from lms.improvement.models import Task
from lms.improvement.services.tasks import MOST_TASKS, TaskLine, words_of

_ = lazy_gettext

N_EMPTY = 3


class TaskRow(PlainForm):
    """One task."""

    position = HiddenField()
    what = line_field(_("What?"), most=300)
    person = ChoiceField(_("Who of the team?"))
    who_text = line_field(_("Or who, in words?"), most=160)
    when_text = line_field(_("When?"), most=160)
    where_text = line_field(_("Where?"), most=160)
    is_done = BooleanField(_("Done"))
    is_gone = BooleanField(_("Take this task out"))

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written in this row."""
        written = (self.what, self.person, self.who_text, self.when_text, self.where_text)
        return not any(field.data for field in written)

    @property
    def held_position(self) -> int | None:
        """Which task of the list this row was, or None for a new one."""
        number = read_version(self.position.data)
        return number if number > 0 else None

    def line(self) -> TaskLine:
        """Return what was typed, clean."""
        return TaskLine(
            what=self.what.data or "",
            person_id=self.person.chosen_id,
            who_text=self.who_text.data or "",
            when_text=self.when_text.data or "",
            where_text=self.where_text.data or "",
            is_done=bool(self.is_done.data),
            position=self.held_position,
        )


class TasksForm(EditForm):
    """All tasks of a plan in their order."""

    rows = FieldList(FormField(TaskRow), max_entries=MOST_TASKS)

    def offer_people(self, people: Iterable[tuple[int, str]]) -> None:
        """Fill in who can be named in each row."""
        named = list(people)
        for row in self.rows:
            row.form.person.offer(named, gettext("Nobody named here"))

    def add_empty_rows(self) -> None:
        """Let there be room for more."""
        for _number in range(min(N_EMPTY, MOST_TASKS - len(self.rows))):
            self.rows.append_entry()

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Ask for what is to be done in each row that says something else."""
        is_valid = super().validate(*args, **kwargs)
        for row in self.rows:
            if not row.form.is_gone.data and not row.form.is_blank and not row.form.what.data:
                row.form.what.errors = [gettext("Write what is to be done, or take the task out.")]
                is_valid = False
        return is_valid

    @property
    def problems(self) -> list[dict[str, Any]]:
        """What needs another look, with the field it stands in."""
        return [
            {"text": message, "href": f"#{field.id}"}
            for row in self.rows
            for field in row.form
            for message in field.errors
        ]

    def lines(self) -> list[TaskLine]:
        """Return the tasks that stay, clean."""
        return [row.form.line() for row in self.rows if not row.form.is_gone.data and not row.form.is_blank]

    def place_among(self, tasks: Sequence[Task]) -> None:
        """Let each row stand for the task that says the same now; the others are new."""
        places = {words_of(task): task.position for task in tasks}
        for row in self.rows:
            row.form.position.data = str(places.get(row.form.line().words, ""))


def rows_of(tasks: Iterable[Task]) -> list[dict[str, Any]]:
    """Return tasks as their form shows them."""
    return [
        {
            "position": str(task.position),
            "what": task.what,
            "person": str(task.person_id or ""),
            "who_text": task.who_text,
            "when_text": task.when_text,
            "where_text": task.where_text,
            "is_done": task.done_at is not None,
        }
        for task in tasks
    ]

"""The page of all that was ever written in a cycle, and what changed between any two times."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext as _

from lms.authz import Permission
from lms.improvement import queries
from lms.improvement.forms.words import CHOICE_LABELS, FIELD_LABELS
from lms.improvement.models import Cycle, CycleRevision
from lms.improvement.queries.cycles import list_ideas
from lms.improvement.queries.tasks import list_task_revisions
from lms.improvement.versions import Saved, changes_from_to
from lms.improvement.views.blueprint import bp, plain_figure, work_of
from lms.playbooks.merge import Piece, word_diff
from lms.web import pages
from lms.web.access import requires

Names = Mapping[str, Mapping[int, str]]


@dataclass(frozen=True)
class Change:
    """What a field said before and after, as a reader understands it, and the difference word by word."""

    label: str
    before: str
    after: str
    pieces: tuple[Piece, ...]


@bp.get("/improve/cycles/<int:cycle_id>/history")
@requires(Permission.IMPROVEMENT_READ, on=queries.get_cycle_for)
def show_cycle_history(cycle: Cycle) -> str:
    """Show everything that was ever written in a cycle, newest first; `?from=` and `?to=` compare two versions."""
    revisions, work = queries.list_revisions(cycle.id), work_of(cycle.team_id)
    named = {
        "change_idea_id": {idea.id: idea.title for idea in list_ideas(cycle.team_id)},
        "measure_id": {measure.id: measure.definition.name for measure in work.measures.values()},
    }
    compared = _compared(revisions)
    saved = [Saved(revision.number, revision.changes) for revision in revisions]
    return pages.render(
        "improvement/show_cycle_history.html",
        cycle=cycle,
        revisions=revisions,
        compared=compared,
        difference=changes_in_words(changes_from_to(*compared, saved), named) if compared else [],
        changes_of=lambda revision: changes_in_words(revision.changes, named),
        task_revisions=list_task_revisions(cycle.id),
    )


def _compared(revisions: list[CycleRevision]) -> tuple[int, int] | None:
    """Return the two versions that the address names, the older one first, or None."""
    asked = [request.args.get(name, "") for name in ("from", "to")]
    numbers = [int(text) for text in asked if text.isascii() and text.isdigit() and len(text) < 9]
    known = {revision.number for revision in revisions}
    return (min(numbers), max(numbers)) if len(numbers) == len(asked) and known.issuperset(numbers) else None


def changes_in_words(changes: Iterable[Mapping[str, Any]], named: Names) -> list[Change]:
    """Return changes as a reader understands them: names for ids, words for choices, days for dates."""
    told = []
    for change in changes:
        name = change["field"]
        before, after = (_value_in_words(name, change[side], named) for side in ("before", "after"))
        told.append(Change(str(FIELD_LABELS.get(name, name)), before, after, word_diff(before, after)))
    return told


def _value_in_words(name: str, value: Any, named: Names) -> str:
    if value in {None, ""}:
        return ""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    plain = name.removeprefix("prediction_")
    if plain in named:
        return named[plain].get(value, str(value))
    if plain in CHOICE_LABELS:
        return str(CHOICE_LABELS[plain].get(value, value))
    if plain.endswith("_on"):
        return pages.day(date.fromisoformat(value))
    return plain_figure(value) if isinstance(value, int | float) else str(value)

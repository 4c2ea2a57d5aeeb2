"""A cycle noted in three fields during a shift: planned at once, with its prediction saved before the test."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from lms import clock
from lms.db import insert_once
from lms.errors import Invalid
from lms.improvement import plans
from lms.improvement.models import Cycle, QuickNote
from lms.improvement.queries.cycles import get_cycle
from lms.improvement.services import cycles
from lms.improvement.services.cycles import Beginning, Plan, Predicted


@dataclass(frozen=True)
class Quick:
    """What somebody noted. `began_on`: the test had begun already, and the note comes late."""

    what: str
    expected: str
    by_on: date | None = None
    scale_people: int | None = None
    began_on: date | None = None


def note_quick_cycle(team_id: int, quick: Quick, *, by_id: int, today: date, zone: str) -> Cycle:
    """Make a planned cycle with its prediction; one that had begun is begun, and that the plan came late stays said."""
    _refuse_days(quick, today)
    title = plans.short_title(quick.what)
    started = cycles.start_cycle(team_id, Beginning(title=title, plan_what=quick.what), by_id=by_id)
    insert_once(QuickNote, cycle_id=started.id, noted_by_id=by_id, noted_at=clock.now())
    plan = Plan(title=title, plan_what=quick.what, ends_on=quick.by_on, scale_people=quick.scale_people)
    predicted = Predicted(words=quick.expected, by_on=quick.by_on)
    cycles.save_plan(started, plan, predicted, row_version=started.row_version, by_id=by_id)
    cycle = get_cycle(started.id)
    if quick.began_on is None:
        return cycle
    cycles.begin_cycle(
        cycle,
        began_on=quick.began_on,
        today=today,
        row_version=cycle.row_version,
        by_id=by_id,
        zone=zone,
        is_noted_after=True,
    )
    return get_cycle(cycle.id)


def _refuse_days(quick: Quick, today: date) -> None:
    fields = {}
    if quick.began_on is not None and quick.began_on > today:
        fields["began_on"] = _("This day has not come yet. Choose today or a day before.")
    if quick.by_on is not None and quick.by_on < (quick.began_on or today):
        began = quick.began_on is not None
        fields["by_on"] = _("This is before the first day.") if began else _("Choose today or a day still to come.")
    if fields:
        raise Invalid("These days do not fit.", fields)

"""What other slices tell and ask, and what improvement answers."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select, update

from lms import clock, signals
from lms.authz import Actor
from lms.collaboratives.models import Collaborative
from lms.db import db, insert_new
from lms.improvement.models import (
    AimVersion,
    ChangeIdea,
    ChartSetting,
    Cycle,
    CycleRevision,
    Driver,
    DriverRevision,
    IdeaShare,
    IdeaSource,
    KeptChart,
    Measure,
    MeasureDefinition,
    Observation,
    QuickNote,
    Task,
    TaskRevision,
    Team,
    TeamMember,
)
from lms.improvement.queries.person_data import collect_data
from lms.improvement.queries.tasks import list_open_tasks
from lms.improvement.queries.teams import get_team
from lms.improvement.services.charts import keep_charts_of
from lms.improvement.services.tasks import pass_on_tasks
from lms.improvement.services.teams import leave_collaborative
from lms.organizations.models import Membership

# Columns that say who wrote, entered or looks after something.
_AUTHORS = (
    Team.created_by_id,
    AimVersion.written_by_id,
    ChangeIdea.created_by_id,
    Measure.created_by_id,
    MeasureDefinition.written_by_id,
    Observation.entered_by_id,
    Cycle.created_by_id,
    CycleRevision.saved_by_id,
    Driver.created_by_id,
    DriverRevision.saved_by_id,
    IdeaShare.shared_by_id,
    IdeaShare.ended_by_id,
    IdeaSource.taken_by_id,
    ChartSetting.written_by_id,
    KeptChart.kept_by_id,
    QuickNote.noted_by_id,
    TaskRevision.saved_by_id,
    Task.person_id,
    Task.done_by_id,
)
_OWNERS = (Measure.owner_id, Measure.backup_owner_id)


def connect() -> None:
    """Listen to what happens to people; connecting twice changes nothing."""
    signals.membership_ended.connect(_leave_teams)
    signals.organization_left_coalition.connect(_leave_collaboratives)
    signals.person_left_work.connect(_pass_on)
    signals.work_owned_asked.connect(_list_owned)
    signals.person_data_asked.connect(_list_data)
    signals.person_erased.connect(_unlink)
    signals.people_merged.connect(_merge)
    signals.cycle_acted.connect(_keep_charts)


def _keep_charts(_sender: None, *, cycle: Cycle) -> None:
    """What the charts said when a cycle was finished stays on record."""
    keep_charts_of(cycle, by_id=None)


def _leave_teams(_sender: None, *, membership: Membership) -> None:
    """Whoever leaves an organization leaves its teams at once."""
    here = select(Team.id).where(Team.organization_id == membership.organization_id)
    on_it = (TeamMember.person_id == membership.person_id, TeamMember.left_at.is_(None), TeamMember.team_id.in_(here))
    left = update(TeamMember).where(*on_it).values(left_at=clock.now()).returning(TeamMember.team_id)
    for team_id in sorted(db.session.scalars(left.execution_options(synchronize_session=False))):
        signals.team_changed.send(None, team=get_team(team_id))


def _leave_collaboratives(_sender: None, *, coalition_id: int, organization_id: int, by_id: int | None) -> None:
    """Teams of an organization that leaves a coalition work beside its other teams no longer, and keep their work."""
    of_coalition = select(Collaborative.id).where(Collaborative.coalition_id == coalition_id)
    theirs = select(Team.id).where(Team.organization_id == organization_id, Team.collaborative_id.in_(of_coalition))
    for team_id in db.session.scalars(theirs.order_by(Team.id)).all():
        leave_collaborative(team_id, by_id=by_id)


def _pass_on(
    _sender: None, *, person_id: int, successor_id: int, organization_id: int, actor: Actor, **_more: Any
) -> dict[str, int]:
    """Give a leaver's measures, places on teams and open tasks to somebody else of the organization."""
    here = select(Team.id).where(Team.organization_id == organization_id)
    owns = or_(*(column == person_id for column in _OWNERS))
    counted = select(Measure.team_id).where(owns, Measure.team_id.in_(here)).distinct()
    joined = select(TeamMember.team_id).where(
        TeamMember.person_id == person_id, TeamMember.left_at.is_(None), TeamMember.team_id.in_(here)
    )
    team_ids = list(db.session.scalars(joined.order_by(TeamMember.team_id)))
    entered_ids = db.session.scalars(counted).all()  # who enters the numbers of a team writes for it
    n_measures = 0
    for column in _OWNERS:
        passed = update(Measure).where(column == person_id, Measure.team_id.in_(here)).values({column: successor_id})
        n_measures += _count(passed)
    now = clock.now()
    rows = [
        {"team_id": team_id, "person_id": successor_id, "joined_at": now}
        for team_id in sorted({*team_ids, *entered_ids})
    ]
    if rows:
        insert_new(TeamMember, rows)
    n_tasks = pass_on_tasks(person_id, successor_id, organization_id, by_id=actor.person_id)
    return {_("measures"): n_measures, _("places on teams"): len(team_ids), _("tasks"): n_tasks}


def _list_owned(_sender: None, *, person_id: int, organization_id: int) -> list[tuple[str, str, str]]:
    """Name what somebody looks after in an organization (three statements)."""
    named = (
        select(Measure.id, MeasureDefinition.name)
        .join(Team, Team.id == Measure.team_id)
        .join(
            MeasureDefinition,
            (MeasureDefinition.measure_id == Measure.id) & (MeasureDefinition.number == Measure.n_definitions),
        )
        .where(
            Team.organization_id == organization_id,
            Measure.closed_at.is_(None),
            or_(*(column == person_id for column in _OWNERS)),
        )
        .order_by(Measure.id)
    )
    teams = (
        select(Team.id, Team.name)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(Team.organization_id == organization_id, TeamMember.person_id == person_id, TeamMember.left_at.is_(None))
        .order_by(Team.id)
    )
    measure_word, team_word, task_word = _("Measure"), _("Team"), _("Task")
    return [
        *((measure_word, name, f"/improve/measures/{key}") for key, name in db.session.execute(named)),
        *((team_word, name, f"/improve/teams/{key}") for key, name in db.session.execute(teams)),
        *(
            (task_word, what, f"/improve/cycles/{key}/tasks")
            for key, what in list_open_tasks(person_id, organization_id)
        ),
    ]


def _list_data(_sender: None, *, person_id: int) -> list[tuple[str, list[dict[str, Any]]]]:
    return collect_data(person_id)


def _unlink(_sender: None, *, person_id: int) -> None:
    """What somebody wrote stays with its team, and no longer names them."""
    for column in (*_AUTHORS, *_OWNERS):
        _count(update(column.class_).where(column == person_id).values({column: None}))
    db.session.execute(delete(TeamMember).where(TeamMember.person_id == person_id))


def _merge(_sender: None, *, kept_id: int, gone_id: int) -> None:
    """Let everything of one account belong to the other; nobody is on a team twice."""
    for column in (*_AUTHORS, *_OWNERS):
        _count(update(column.class_).where(column == gone_id).values({column: kept_id}))
    kept_on = select(TeamMember.team_id).where(TeamMember.person_id == kept_id, TeamMember.left_at.is_(None))
    twice = (TeamMember.person_id == gone_id, TeamMember.left_at.is_(None), TeamMember.team_id.in_(kept_on))
    _count(update(TeamMember).where(*twice).values(left_at=clock.now()))
    _count(update(TeamMember).where(TeamMember.person_id == gone_id).values(person_id=kept_id))


def _count(statement: Any) -> int:
    done = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult

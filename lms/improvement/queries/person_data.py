"""What improvement keeps about one person: for their own copy."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_, select

from lms.db import db
from lms.improvement.models import (
    AimVersion,
    ChangeIdea,
    ChartSetting,
    CycleRevision,
    DriverRevision,
    IdeaShare,
    KeptChart,
    Observation,
    Task,
    TaskRevision,
    Team,
    TeamMember,
)


def collect_data(person_id: int) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return their teams, what they entered and what they saved, section by section (ten statements)."""
    sections = (*_of_charts(person_id), *_of_ideas(person_id), *_of_work(person_id))
    return [(name, [dict(row) for row in db.session.execute(asked).mappings()]) for name, asked in sections]


def _of_charts(person_id: int) -> Iterator[tuple[str, Any]]:
    setting, kept = ChartSetting, KeptChart
    yield (
        "chart-settings",
        (
            select(setting.measure_id, setting.number, setting.state, setting.note, setting.phases, setting.exclusions)
            .add_columns(setting.written_at)
            .where(setting.written_by_id == person_id)
            .order_by(setting.id)
        ),
    )
    yield (
        "kept-charts",
        (
            select(kept.measure_id, kept.number, kept.note, kept.kept_at)
            .where(kept.kept_by_id == person_id)
            .order_by(kept.id)
        ),
    )


def _of_ideas(person_id: int) -> Iterator[tuple[str, Any]]:
    drawn, share, idea = DriverRevision, IdeaShare, ChangeIdea
    yield (
        "driver-diagrams",
        (
            select(drawn.team_id, drawn.number, drawn.edit, drawn.subject, drawn.saved_at)
            .where(drawn.saved_by_id == person_id)
            .order_by(drawn.id)
        ),
    )
    yield (
        "shared-ideas",
        (
            select(share.change_idea_id, share.shared_at, share.ended_at)
            .where(or_(share.shared_by_id == person_id, share.ended_by_id == person_id))
            .order_by(share.id)
        ),
    )
    yield (
        "change-ideas",
        (
            select(idea.id, idea.title, idea.description, idea.created_at)
            .where(idea.created_by_id == person_id)
            .order_by(idea.id)
        ),
    )


def _of_work(person_id: int) -> Iterator[tuple[str, Any]]:
    revision, entered, aim = CycleRevision, Observation, AimVersion
    yield (
        "tasks",
        (
            select(TaskRevision.cycle_id, TaskRevision.number, Task.what, Task.when_text, Task.where_text, Task.done_at)
            .join(Task, Task.revision_id == TaskRevision.id)
            .where(
                or_(Task.person_id == person_id, Task.done_by_id == person_id, TaskRevision.saved_by_id == person_id)
            )
            .order_by(Task.id)
        ),
    )
    yield (
        "improvement-teams",
        (
            select(Team.name, TeamMember.joined_at, TeamMember.left_at)
            .join(TeamMember, TeamMember.team_id == Team.id)
            .where(TeamMember.person_id == person_id)
            .order_by(TeamMember.id)
        ),
    )
    yield (
        "observations",
        (
            select(entered.measure_id, entered.period_on, entered.entered_at, entered.note)
            .where(entered.entered_by_id == person_id)
            .order_by(entered.id)
        ),
    )
    yield (
        "cycle-revisions",
        (
            select(revision.cycle_id, revision.number, revision.saved_at, revision.changes)
            .where(revision.saved_by_id == person_id)
            .order_by(revision.id)
        ),
    )
    yield (
        "aims",
        (
            select(aim.aim_id, aim.number, aim.what, aim.written_at)
            .where(aim.written_by_id == person_id)
            .order_by(aim.id)
        ),
    )

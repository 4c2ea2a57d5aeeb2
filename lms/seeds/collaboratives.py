"""The collaborative of the coalition and its sessions."""

from dataclasses import dataclass

from lms.collaboratives import queries, services
from lms.collaboratives.services import Charter, Meeting
from lms.improvement.services import join_collaborative
from lms.seeds.maker import Maker
from lms.seeds.story import SessionPlan


@dataclass
class _Held:
    """The collaborative and, once added, its sessions."""

    id: int = 0


def plan(maker: Maker) -> None:
    """Put the beginning, the joining of teams and every session on the calendar."""
    told, held = maker.story.collaborative, _Held()
    maker.later(told.started, _start, maker, held, hour=10)
    for team in maker.story.teams.teams:
        maker.later(team.started, _join, maker, held, team.key, team.by, hour=17)
    for each in told.sessions:
        maker.later(max(min(each.on + 21, told.started), 1), _announce, maker, held, each, hour=16)


def _start(maker: Maker, held: _Held) -> None:
    told = maker.story.collaborative
    charter = Charter(
        name=told.name,
        aim=told.aim,
        charter=told.charter,
        starts_on=maker.day(told.begins),
        ends_on=maker.day(told.ends),
        phase=told.phase,
    )
    held.id = services.start_collaborative(maker.coalition_id, charter, by_id=maker.people[told.by]).id


def _join(maker: Maker, held: _Held, team: str, by: str) -> None:
    join_collaborative(maker.teams[team], held.id, by_id=maker.people[by])


def _announce(maker: Maker, held: _Held, session: SessionPlan) -> None:
    """Add a session some weeks ahead; its notes and who came are written on the day after it."""
    by_id = maker.people[maker.story.collaborative.by]
    made = services.add_session(queries.get_collaborative(held.id), _meeting(maker, session, notes=""), by_id=by_id)
    if session.on > 1:
        maker.later(session.on - 1, _note, maker, held, session, made.id)


def _note(maker: Maker, held: _Held, session: SessionPlan, session_id: int) -> None:
    services.edit_session(
        queries.get_session(held.id, session_id),
        _meeting(maker, session, notes=session.notes),
        team_ids=[maker.teams[key] for key in session.teams],
        row_version=1,
        by_id=maker.people[maker.story.collaborative.by],
    )


def _meeting(maker: Maker, session: SessionPlan, *, notes: str) -> Meeting:
    held_on = maker.day(session.on)
    return Meeting(kind=session.kind, title=session.title, held_on=held_on, place=session.place, notes=notes)

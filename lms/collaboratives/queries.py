"""Reading collaboratives and their sessions. Who reads along through a team is asked by the pages."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from lms.collaboratives.models import Collaborative, CollaborativeSession, SessionAttendance
from lms.collaboratives.rules import Phase
from lms.db import db
from lms.errors import NotFound


def get_collaborative(collaborative_id: int) -> Collaborative:
    """Return one collaborative with its coalition, as the database has it now (one statement)."""
    found = (
        select(Collaborative).options(joinedload(Collaborative.coalition)).where(Collaborative.id == collaborative_id)
    )
    collaborative = db.session.scalars(found.execution_options(populate_existing=True)).one_or_none()
    if collaborative is None:
        raise NotFound("collaborative")
    return collaborative


def get_session(collaborative_id: int, session_id: int) -> CollaborativeSession:
    """Return a session of this collaborative, as the database has it now (one statement)."""
    found = (
        select(CollaborativeSession)
        .join(CollaborativeSession.collaborative)
        .options(contains_eager(CollaborativeSession.collaborative).joinedload(Collaborative.coalition))
        .where(CollaborativeSession.id == session_id, CollaborativeSession.collaborative_id == collaborative_id)
    )
    session = db.session.scalars(found.execution_options(populate_existing=True)).one_or_none()
    if session is None:
        raise NotFound("session")
    return session


def count_collaboratives(coalition_id: int) -> int:
    """Return how many collaboratives a coalition has had (one statement)."""
    return db.session.scalar(select(func.count()).where(Collaborative.coalition_id == coalition_id)) or 0


def list_collaboratives(coalition_id: int, *, limit: int, offset: int = 0) -> list[Collaborative]:
    """Return the collaboratives of a coalition, those at work first, then the newest (one statement)."""
    listed = (
        select(Collaborative)
        .where(Collaborative.coalition_id == coalition_id)
        .order_by(Collaborative.phase == Phase.CLOSED, Collaborative.starts_on.desc(), Collaborative.id.desc())
    )
    return list(db.session.scalars(listed.limit(limit).offset(offset)))


def exists_name(coalition_id: int, name: str, *, but_id: int | None = None) -> bool:
    """Say whether a coalition has a collaborative of this name (one statement)."""
    taken = select(Collaborative.id).where(
        Collaborative.coalition_id == coalition_id, func.lower(Collaborative.name) == name.lower()
    )
    return any(found != but_id for found in db.session.scalars(taken))


@dataclass(frozen=True)
class SessionRow:
    """A session and the teams that came."""

    session: CollaborativeSession
    team_ids: frozenset[int]


def list_sessions(collaborative_id: int) -> list[SessionRow]:
    """Return the sessions of a collaborative by day, with who came; at most two hundred (two statements)."""
    listed = (
        select(CollaborativeSession)
        .where(CollaborativeSession.collaborative_id == collaborative_id)
        .order_by(CollaborativeSession.held_on, CollaborativeSession.id)
        .limit(200)
    )
    sessions = list(db.session.scalars(listed))
    came = select(SessionAttendance).where(SessionAttendance.session_id.in_([each.id for each in sessions]))
    teams: dict[int, set[int]] = defaultdict(set)
    for attendance in db.session.scalars(came):
        teams[attendance.session_id].add(attendance.team_id)
    return [SessionRow(each, frozenset(teams[each.id])) for each in sessions]


def list_attending_ids(session_id: int) -> frozenset[int]:
    """Return the teams that came to a session (one statement)."""
    came = select(SessionAttendance.team_id).where(SessionAttendance.session_id == session_id)
    return frozenset(db.session.scalars(came))

"""Starting and running collaboratives: one function per intent."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from lms import audit, clock
from lms.collaboratives import queries, rules
from lms.collaboratives.models import Collaborative, CollaborativeSession, SessionAttendance
from lms.collaboratives.rules import Phase, SessionKind
from lms.db import db, insert_new, insert_once
from lms.errors import Conflict, Invalid


class StaleEdit(Conflict):
    """Somebody changed the thing while this form was open."""


@dataclass(frozen=True, kw_only=True)
class Charter:
    """What a collaborative says about itself."""

    name: str
    aim: str
    charter: str
    starts_on: date
    ends_on: date | None
    phase: Phase


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """What is said about a session."""

    kind: SessionKind
    title: str
    held_on: date
    place: str
    notes: str


def start_collaborative(coalition_id: int, charter: Charter, *, by_id: int | None) -> Collaborative:
    """Start a collaborative; Invalid when its days are out of order or the coalition has one of this name."""
    _refuse_days(charter)
    values = asdict(charter) | {"created_by_id": by_id, "created_at": clock.now()}
    taken = queries.exists_name(coalition_id, charter.name)
    if taken or not insert_once(Collaborative, coalition_id=coalition_id, **values):
        raise _name_taken()
    made = select(Collaborative).where(Collaborative.coalition_id == coalition_id, Collaborative.name == charter.name)
    collaborative = db.session.scalars(made).one()
    _record(by_id, "started a collaborative", collaborative.id, coalition_id, phase=charter.phase.value)
    return collaborative


def edit_collaborative(collaborative: Collaborative, charter: Charter, *, row_version: int, by_id: int) -> None:
    """Change what a collaborative says about itself; StaleEdit when somebody changed it meanwhile."""
    _refuse_days(charter)
    if queries.exists_name(collaborative.coalition_id, charter.name, but_id=collaborative.id):
        raise _name_taken()
    edited = (
        update(Collaborative)
        .where(Collaborative.id == collaborative.id, Collaborative.row_version == row_version)
        .values(row_version=row_version + 1, **asdict(charter))
        .returning(Collaborative.id)
    )
    if db.session.execute(edited).first() is None:
        raise StaleEdit(_("Somebody else changed this collaborative while you had the form open."))
    changes = {"phase": charter.phase.value, "row_version": row_version + 1}
    _record(by_id, "edited a collaborative", collaborative.id, collaborative.coalition_id, **changes)


def add_session(collaborative: Collaborative, meeting: Meeting, *, by_id: int | None) -> CollaborativeSession:
    """Add a session."""
    session = CollaborativeSession(
        collaborative_id=collaborative.id, created_by_id=by_id, created_at=clock.now(), **asdict(meeting)
    )
    db.session.add(session)
    db.session.flush()  # for the id
    _record(by_id, "added a session", collaborative.id, collaborative.coalition_id, session_id=session.id)
    return session


def edit_session(
    session: CollaborativeSession, meeting: Meeting, *, team_ids: Collection[int], row_version: int, by_id: int | None
) -> None:
    """Change a session and who came; StaleEdit when somebody changed it meanwhile."""
    edited = (
        update(CollaborativeSession)
        .where(CollaborativeSession.id == session.id, CollaborativeSession.row_version == row_version)
        .values(row_version=row_version + 1, **asdict(meeting))
        .returning(CollaborativeSession.id)
    )
    if db.session.execute(edited).first() is None:
        raise StaleEdit(_("Somebody else changed this session while you had the form open."))
    _set_attendance(session.id, set(team_ids))
    collaborative = session.collaborative
    changes = {"session_id": session.id, "teams": sorted(team_ids)}
    _record(by_id, "edited a session", collaborative.id, collaborative.coalition_id, **changes)


def _set_attendance(session_id: int, team_ids: set[int]) -> None:
    before = queries.list_attending_ids(session_id)
    gone = before - team_ids
    if gone:
        here = (SessionAttendance.session_id == session_id, SessionAttendance.team_id.in_(gone))
        db.session.execute(delete(SessionAttendance).where(*here))
    new = [{"session_id": session_id, "team_id": team_id} for team_id in sorted(team_ids - before)]
    if new:
        insert_new(SessionAttendance, new)


def _refuse_days(charter: Charter) -> None:
    if not rules.is_in_order(charter.starts_on, charter.ends_on):
        raise Invalid("The end comes before the beginning.", {"ends_on": _("Choose a day after the first day.")})


def _name_taken() -> Invalid:
    return Invalid(
        "The name is taken.", {"name": _("This coalition already has a collaborative with this name. Choose another.")}
    )


def _record(by_id: int | None, verb: str, collaborative_id: int, coalition_id: int, **changes: object) -> None:
    subject = audit.Subject("collaborative", collaborative_id)
    audit.record(by_id, verb, subject, changes, coalition_id=coalition_id)

"""Writing change ideas."""

from flask_babel import gettext as _
from sqlalchemy import update

from lms import audit, clock, signals
from lms.db import db, insert_once
from lms.improvement.models import ChangeIdea, LibraryIdea
from lms.improvement.rules import IdeaOrigin
from lms.improvement.services.stale import StaleEdit


def add_change_idea(
    team_id: int, *, title: str, description: str = "", origin: IdeaOrigin = IdeaOrigin.TEAM, by_id: int | None
) -> ChangeIdea:
    """Write down something the team might do differently."""
    idea = ChangeIdea(
        team_id=team_id,
        title=title,
        description=description,
        origin=origin,
        created_by_id=by_id,
        created_at=clock.now(),
    )
    db.session.add(idea)
    db.session.flush()  # for the id
    db.session.refresh(idea, ["team"])
    insert_once(LibraryIdea, change_idea_id=idea.id)  # its number in the library
    signals.change_idea_saved.send(None, idea=idea)
    audit.record(by_id, "wrote a change idea", _subject(idea.id), {"team_id": team_id})
    return idea


def edit_change_idea(idea: ChangeIdea, *, title: str, description: str, row_version: int, by_id: int) -> None:
    """Change an idea's words; StaleEdit when somebody changed them meanwhile."""
    edited = (
        update(ChangeIdea)
        .where(ChangeIdea.id == idea.id, ChangeIdea.row_version == row_version)
        .values(title=title, description=description, row_version=row_version + 1)
        .returning(ChangeIdea.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.execute(edited).first() is None:
        raise StaleEdit(_("Somebody else changed this change idea while you had the form open."))
    signals.change_idea_saved.send(None, idea=idea)
    audit.record(by_id, "edited a change idea", _subject(idea.id), {"row_version": row_version + 1})


def set_idea_closed(idea: ChangeIdea, *, is_closed: bool, by_id: int) -> None:
    """Put an idea aside, or take it up again."""
    values = {"closed_at": clock.now() if is_closed else None, "row_version": ChangeIdea.row_version + 1}
    closed = update(ChangeIdea).where(ChangeIdea.id == idea.id).values(values)
    db.session.execute(closed.execution_options(synchronize_session="fetch"))
    signals.change_idea_saved.send(None, idea=idea)
    audit.record(by_id, "put a change idea aside" if is_closed else "took up a change idea", _subject(idea.id))


def _subject(idea_id: int) -> audit.Subject:
    return audit.Subject("change-idea", idea_id)

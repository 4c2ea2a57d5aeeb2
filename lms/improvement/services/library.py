"""Taking an idea from the library, and sharing one with it."""

from flask_babel import gettext as _
from sqlalchemy import update

from lms import audit, clock, signals
from lms.db import db, insert_once
from lms.errors import Conflict
from lms.improvement.models import ChangeIdea, IdeaShare, IdeaSource
from lms.improvement.queries.library import Change, find_taken
from lms.improvement.rules import IdeaOrigin
from lms.improvement.services.ideas import add_change_idea, set_idea_closed
from lms.improvement.services.teams import lock_team


def take_change(change: Change, team_id: int, *, title: str, description: str, by_id: int) -> ChangeIdea:
    """Let a team try an idea of the library, and keep from where it came. Taken before, it is the same idea again."""
    lock_team(team_id)
    if change.idea is not None and change.idea.team_id == team_id:
        raise Conflict(_("This idea is the team's own already."))
    taken = find_taken(team_id, change.id)
    if taken is not None:
        if taken.closed_at is not None:
            set_idea_closed(taken, is_closed=False, by_id=by_id)
        return taken
    origin = IdeaOrigin.PACKAGE if change.idea is None else IdeaOrigin.LIBRARY
    idea = add_change_idea(team_id, title=title, description=description, origin=origin, by_id=by_id)
    source = IdeaSource(
        change_idea_id=idea.id,
        library_idea_id=change.id,
        root_id=change.root_id or change.id,
        taken_by_id=by_id,
        taken_at=clock.now(),
    )
    db.session.add(source)
    changes = {"library_idea_id": change.id, "team_id": team_id}
    audit.record(by_id, "took an idea from the library", _subject(idea.id), changes)
    return idea


def share_idea(idea: ChangeIdea, *, by_id: int) -> bool:
    """Let the organizations of the coalition read an idea and what became of it; False when it is shared already."""
    if not insert_once(IdeaShare, change_idea_id=idea.id, shared_by_id=by_id, shared_at=clock.now()):
        return False
    signals.change_idea_saved.send(None, idea=idea)
    audit.record(by_id, "shared a change idea", _subject(idea.id), {"team_id": idea.team_id})
    return True


def take_back_idea(idea: ChangeIdea, *, by_id: int) -> bool:
    """Share an idea no longer; what other teams took stays theirs. False when it was not shared."""
    ended = (
        update(IdeaShare)
        .where(IdeaShare.change_idea_id == idea.id, IdeaShare.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_by_id=by_id)
        .returning(IdeaShare.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.scalar(ended) is None:
        return False
    signals.change_idea_saved.send(None, idea=idea)
    audit.record(by_id, "took a change idea back", _subject(idea.id), {"team_id": idea.team_id})
    return True


def _subject(idea_id: int) -> audit.Subject:
    return audit.Subject("change-idea", idea_id)

"""What all pages of collaboratives share, and how one is found within somebody's reach."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, request

from lms.authz import Actor, Permission, Scope, can
from lms.collaboratives import queries
from lms.collaboratives.forms import KIND_LABELS, PHASE_CHIPS, PHASE_LABELS
from lms.collaboratives.models import Collaborative, CollaborativeSession
from lms.errors import NotFound
from lms.improvement.models import Team
from lms.improvement.queries import collaboratives as teams_in
from lms.web import pages

bp = Blueprint("collaboratives", __name__)

Answer = Response | str | tuple[str, int]


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    """These pages name other people's work."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.context_processor
def name_words() -> dict[str, Any]:
    """Let templates name phases and kinds of sessions."""
    return {"phase_labels": PHASE_LABELS, "phase_chips": PHASE_CHIPS, "session_kind_labels": KIND_LABELS}


@dataclass(frozen=True)
class Found:
    """A collaborative in somebody's reach, with the organizations whose teams take part."""

    collaborative: Collaborative
    organization_ids: frozenset[int]

    @property
    def scope(self) -> Scope:
        """Whoever belongs to an organization that takes part reads along."""
        return replace(self.collaborative.scope, reader_organization_ids=self.organization_ids)


@dataclass(frozen=True)
class FoundSession(Found):
    """A session of a collaborative in somebody's reach."""

    session: CollaborativeSession


@dataclass(frozen=True)
class FoundTeam(Found):
    """A team of a collaborative in somebody's reach."""

    team: Team


def get_collaborative_for(actor: Actor, collaborative_id: int) -> Found:
    """Return a collaborative that the actor may read (two statements)."""
    collaborative = queries.get_collaborative(collaborative_id)
    organization_ids = teams_in.organization_ids_of([collaborative_id])[collaborative_id]
    found = Found(collaborative, frozenset(organization_ids))
    if not can(actor, Permission.COLLABORATIVE_READ, found.scope):
        raise NotFound("collaborative")
    return found


def get_session_for(actor: Actor, collaborative_id: int, session_id: int) -> FoundSession:
    """Return a session of a collaborative that the actor may read (three statements)."""
    found = get_collaborative_for(actor, collaborative_id)
    session = queries.get_session(collaborative_id, session_id)
    return FoundSession(found.collaborative, found.organization_ids, session)


def get_team_for(actor: Actor, collaborative_id: int, team_id: int) -> FoundTeam:
    """Return a team of a collaborative that the actor may read (three statements)."""
    found = get_collaborative_for(actor, collaborative_id)
    return FoundTeam(found.collaborative, found.organization_ids, teams_in.get_team_in(collaborative_id, team_id))


def draw_form(template: str, **context: Any) -> Answer:
    """Draw the page of a form: as it is first shown, or again with its messages."""
    return pages.invalid(template, **context) if request.method == "POST" else pages.render(template, **context)

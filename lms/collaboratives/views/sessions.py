"""Pages of a collaborative's sessions."""

from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.collaboratives import queries, services
from lms.collaboratives.forms import HeldSessionForm, SessionForm
from lms.collaboratives.models import CollaborativeSession
from lms.collaboratives.services import StaleEdit
from lms.collaboratives.views.blueprint import (
    Answer,
    Found,
    FoundSession,
    bp,
    draw_form,
    get_collaborative_for,
    get_session_for,
)
from lms.improvement import queries as improvement
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see


@bp.get("/collaboratives/<int:collaborative_id>/sessions/new")
@bp.post("/collaboratives/<int:collaborative_id>/sessions/new")
@requires(Permission.COLLABORATIVE_MANAGE, on=get_collaborative_for)
def add_session(found: Found) -> Answer:
    """Add a session."""
    begun = _begun() if request.method == "GET" else {}
    form, template = SessionForm(forms.form_data(), data=begun), "collaboratives/add_session.html"
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, collaborative=found.collaborative)
    services.add_session(found.collaborative, form.values(), by_id=access.signed_in_actor().person_id)
    flash(_("The session is added. Mark which teams came when it is over."), "success")
    return _to_collaborative(found)


def _begun() -> dict[str, Any]:
    """What a link to the form fills in: what it is about, and a day to begin from."""
    begun: dict[str, Any] = {"title": request.args.get("title", "")[:160]}
    with suppress(ValueError):
        begun["held_on"] = date.fromisoformat(request.args.get("day", ""))
    return begun


@bp.get("/collaboratives/<int:collaborative_id>/sessions/<int:session_id>")
@bp.post("/collaboratives/<int:collaborative_id>/sessions/<int:session_id>")
@requires(Permission.COLLABORATIVE_MANAGE, on=get_session_for)
def edit_session(found: FoundSession) -> Answer:
    """Change a session, and mark which teams came."""
    session, template = found.session, "collaboratives/edit_session.html"
    came = queries.list_attending_ids(session.id)
    teams = improvement.list_teams_of_collaborative(found.collaborative.id)
    form = HeldSessionForm(forms.form_data(), data=_said(session) | {"teams": [str(team_id) for team_id in came]})
    form.offer([(team.team_id, f"{team.organization_name}: {team.name}") for team in teams])
    draw = partial(draw_form, template, form=form, collaborative=found.collaborative, session=session, teams=teams)
    if request.method == "GET" or not form.validate():
        return draw()
    # A team that left keeps its mark: it cannot be chosen any more, but it was there.
    team_ids = {*form.team_ids, *(came - {team.team_id for team in teams})}
    by_id = access.signed_in_actor().person_id
    try:
        services.edit_session(session, form.values(), team_ids=team_ids, row_version=form.version, by_id=by_id)
    except StaleEdit as stale:
        theirs = queries.get_session(found.collaborative.id, session.id)
        form.begin_from(theirs.row_version)
        page = {"form": form, "collaborative": found.collaborative, "session": theirs, "teams": teams, "stale": stale}
        return pages.render(template, **page), 409
    flash(_("The session is saved."), "success")
    return _to_collaborative(found)


def _said(session: CollaborativeSession) -> dict[str, object]:
    names = ("title", "held_on", "place", "notes", "row_version")
    return {name: getattr(session, name) for name in names} | {"kind": session.kind.value}


def _to_collaborative(found: Found) -> Answer:
    return see(url_for("collaboratives.show_collaborative", collaborative_id=found.collaborative.id))

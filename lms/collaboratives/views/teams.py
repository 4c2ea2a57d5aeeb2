"""Bringing teams into a collaborative, and letting them leave."""

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.coalitions.queries import MOST_CHOICES, list_organizations
from lms.collaboratives.forms import AddTeamForm
from lms.collaboratives.views.blueprint import (
    Answer,
    Found,
    FoundTeam,
    bp,
    draw_form,
    get_collaborative_for,
    get_team_for,
)
from lms.errors import Invalid
from lms.improvement.queries import collaboratives as teams_in
from lms.improvement.services import teams as improvement
from lms.web import access, forms
from lms.web.access import requires
from lms.web.site import see


@bp.get("/collaboratives/<int:collaborative_id>/teams/new")
@bp.post("/collaboratives/<int:collaborative_id>/teams/new")
@requires(Permission.COLLABORATIVE_MANAGE, on=get_collaborative_for)
def add_team(found: Found) -> Answer:
    """Bring an organization of the coalition in, with a new team or one that works already."""
    collaborative, by_id = found.collaborative, access.signed_in_actor().person_id
    form, template = AddTeamForm(forms.form_data()), "collaboratives/add_team.html"
    n_choices = _offer(form, found)
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, collaborative=collaborative, n_choices=n_choices)
    if form.organization_id is not None:
        try:
            improvement.bring_in(collaborative.id, form.organization_id, name=collaborative.name, by_id=by_id)
        except Invalid as invalid:
            forms.add_errors(form, invalid.fields)
            return draw_form(template, form=form, collaborative=collaborative, n_choices=n_choices)
        flash(_("The team is there. The organization's lead names its people."), "success")
    elif form.team_id is not None:
        improvement.join_collaborative(form.team_id, collaborative.id, by_id=by_id)
        flash(_("The team takes part now."), "success")
    return _to_collaborative(found)


def _offer(form: AddTeamForm, found: Found) -> int:
    """Fill in the organizations that take no part yet, and the teams that take part in nothing (two statements)."""
    coalition_id = found.collaborative.coalition_id
    here = list_organizations(coalition_id, limit=MOST_CHOICES)
    absent = [(each.id, each.name) for each in here if each.id not in found.organization_ids]
    free = teams_in.list_free_teams([key for key, _name in absent])
    form.offer(absent, [(team.id, f"{team.organization.name}: {team.name}") for team in free])
    return len(absent)


@bp.post("/collaboratives/<int:collaborative_id>/teams/<int:team_id>/remove")
@requires(Permission.COLLABORATIVE_MANAGE, on=get_team_for)
def remove_team(found: FoundTeam) -> Answer:
    """Let a team leave. It keeps all its work; “Add a team” brings it back."""
    improvement.leave_collaborative(found.team.id, by_id=access.signed_in_actor().person_id)
    left = _(
        "%(organization)s takes no part any more. Its team keeps all its work.",
        organization=found.team.organization.name,
    )
    flash(left, "success")
    return _to_collaborative(found)


def _to_collaborative(found: Found) -> Answer:
    return see(url_for("collaboratives.show_collaborative", collaborative_id=found.collaborative.id))

"""Pages of teams, their aims and change ideas."""

from functools import partial
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Invalid
from lms.improvement import queries, rules
from lms.improvement.forms.teams import AimForm, IdeaForm, TeamForm
from lms.improvement.models import ChangeIdea, Team
from lms.improvement.queries import CycleLine
from lms.improvement.queries import teams as team_queries
from lms.improvement.queries.cells import cells_of
from lms.improvement.queries.cycles import list_idea_lines
from lms.improvement.queries.due import list_due as find_due
from lms.improvement.queries.library import number_of
from lms.improvement.queries.work import list_lines
from lms.improvement.rules import CycleState, TeamStep
from lms.improvement.services import ideas, teams
from lms.improvement.services.stale import StaleEdit
from lms.improvement.views.blueprint import Answer, bp, draw_form, here, theirs_of
from lms.organizations.models import Organization
from lms.organizations.queries import places
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see


@bp.get("/improve")
@requires(Permission.SITE_USE)
def show_improvement() -> str:
    """List the teams a person is on, and those they read along with or serve."""
    actor = access.signed_in_actor()
    n_others = team_queries.count_teams(actor, is_own=False)
    own = team_queries.list_teams(actor, is_own=True, limit=team_queries.MOST_CHOICES)
    others = pages.page_of(n_others, partial(team_queries.list_teams, actor, is_own=False))
    led = [m for m in actor.memberships if m.organization_id in actor.led_organization_ids]
    n_waiting = sum(len(due.periods_on) for due in find_due(actor, here().today))
    return pages.render("improvement/show_improvement.html", own=own, others=others, led=led, n_waiting=n_waiting)


@bp.get("/organizations/<int:organization_id>/teams/new")
@bp.post("/organizations/<int:organization_id>/teams/new")
@requires(Permission.TEAM_MANAGE, on=places.get_organization_for)
def start_team(organization: Organization) -> Answer:
    """Make a team of people of an organization."""
    actor, template = access.signed_in_actor(), "improvement/start_team.html"
    people = team_queries.list_people_of(organization.id)
    form = TeamForm(forms.form_data(), data={"members": [str(actor.person_id)]})
    form.offer_people(people)
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, organization=organization)
    try:
        team = teams.create_team(organization_id=organization.id, by_id=actor.person_id, **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw_form(template, form=form, organization=organization)
    flash(_("The team is there. Write its aim next."), "success")
    return see(url_for("improvement.show_team", team_id=team.id))


@bp.get("/improve/teams/<int:team_id>")
@requires(Permission.IMPROVEMENT_READ, on=queries.get_team_for)
def show_team(team: Team) -> str:
    """Show what a team wants, what its charts say and what it tests (eight statements, three more to draw charts)."""
    now, aim, cycles = here(), team_queries.find_aim_line(team.id), list_lines(team.id)
    cells = cells_of(team.id, cycles, zone=now.zone, today=now.today)
    late = next((cell.version for cell in cells if cell.missing_on), None)
    step = rules.team_step(
        has_aim=aim is not None,
        has_measure=bool(cells),
        is_number_missing=late is not None,
        has_open_cycle=any(cycle.state in rules.UNDER_WAY for cycle in cycles),
        has_returned_cycle=any(cycle.is_returned for cycle in cycles),
    )
    ideas = list_idea_lines(team.id)
    return pages.render(
        "improvement/show_team.html",
        team=team,
        aim=aim,
        cells=cells,
        cycles=cycles,
        cycles_key=tuple(cycles),
        ideas=ideas,
        aside_key=(team.id, tuple(member.person.display_name for member in team.members), tuple(ideas)),
        step=step,
        step_cycle=_cycle_of(step, cycles),
        late=late,
    )


def _cycle_of(step: TeamStep, cycles: list[CycleLine]) -> CycleLine | None:
    """Return the cycle that a team's next step is about, the newest of several."""
    if step is TeamStep.ANSWER_REVIEW:
        return next((cycle for cycle in cycles if cycle.is_returned), None)
    order = (CycleState.STUDYING, CycleState.DOING, CycleState.PLANNED, CycleState.DRAFT)
    return next((cycle for state in order for cycle in cycles if cycle.state is state), None)


@bp.get("/improve/teams/<int:team_id>/edit")
@bp.post("/improve/teams/<int:team_id>/edit")
@requires(Permission.TEAM_MANAGE, on=queries.get_team_for)
def edit_team(team: Team) -> Answer:
    """Change a team's name and people, close it or open it again."""
    by_id, action = access.signed_in_actor().person_id, request.form.get("action", "")
    if action in {"close", "open"}:
        teams.set_team_closed(team, is_closed=action == "close", by_id=by_id)
        flash(_("The team is closed.") if action == "close" else _("The team is open again."), "success")
        return _to_team(team.id)
    template, saved = "improvement/edit_team.html", _team_defaults(team)
    form = TeamForm(forms.form_data(), data=saved)
    form.offer_people(_people_for(team))
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, team=team)
    try:
        teams.edit_team(team, row_version=form.version, by_id=by_id, **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw_form(template, form=form, team=team)
    except StaleEdit as stale:
        now = queries.get_team(team.id)
        form.begin_from(now.row_version)
        theirs = theirs_of(form, _team_defaults(now))
        return pages.render(template, form=form, team=now, stale=stale, theirs=theirs), 409
    flash(_("The team is saved."), "success")
    return _to_team(team.id)


def _people_for(team: Team) -> list[team_queries.PersonChoice]:
    """Return who can be on a team, those who are on it and went elsewhere among them."""
    here = team_queries.list_people_of(team.organization_id)
    known = {choice.person_id for choice in here}
    away = [m for m in team.members if m.person_id not in known]
    return [*here, *(team_queries.PersonChoice(m.person_id, m.person.display_name) for m in away)]


def _team_defaults(team: Team) -> dict[str, object]:
    members = [str(member.person_id) for member in team.members]
    return {"name": team.name, "members": members, "row_version": team.row_version}


@bp.get("/improve/teams/<int:team_id>/aim")
@bp.post("/improve/teams/<int:team_id>/aim")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_team_for)
def write_aim(team: Team) -> Answer:
    """Word the team's aim, or word it anew."""
    template, draw = "improvement/write_aim.html", partial(pages.render, "improvement/write_aim.html", team=team)
    form = AimForm(forms.form_data(), data=_aim_defaults(team.id))
    versions = queries.list_aim_versions(team.id)
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, team=team, versions=versions)
    try:
        by_id = access.signed_in_actor().person_id
        teams.write_aim(team.id, form.words(), n_versions=form.version, by_id=by_id)
    except StaleEdit as stale:
        saved = _aim_defaults(team.id)
        versions = queries.list_aim_versions(team.id)  # read anew, with who wrote them
        form.begin_from(saved["row_version"])
        return draw(form=form, stale=stale, theirs=theirs_of(form, saved), versions=versions), 409
    flash(_("The aim is saved."), "success")
    return _to_team(team.id)


def _aim_defaults(team_id: int) -> dict[str, Any]:
    current = queries.find_aim(team_id)
    if current is None:
        return {"row_version": 0}
    names = ("what", "measure_text", "how_much", "by_when_on", "for_whom")
    return {**{name: getattr(current.version, name) for name in names}, "row_version": current.aim.n_versions}


@bp.get("/improve/teams/<int:team_id>/ideas/new")
@bp.post("/improve/teams/<int:team_id>/ideas/new")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_team_for)
def add_change_idea(team: Team) -> Answer:
    """Write down something the team might do differently."""
    form = IdeaForm(forms.form_data())
    if request.method == "GET" or not form.validate():
        return draw_form("improvement/add_change_idea.html", form=form, team=team)
    by_id = access.signed_in_actor().person_id
    ideas.add_change_idea(team.id, title=form.title.data or "", description=form.description.data or "", by_id=by_id)
    flash(_("The change idea is saved."), "success")
    return _to_team(team.id)


@bp.get("/improve/ideas/<int:idea_id>")
@bp.post("/improve/ideas/<int:idea_id>")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_idea_for)
def edit_change_idea(idea: ChangeIdea) -> Answer:
    """Change an idea's words, put it aside or take it up again."""
    by_id, action = access.signed_in_actor().person_id, request.form.get("action", "")
    if action in {"close", "open"}:
        ideas.set_idea_closed(idea, is_closed=action == "close", by_id=by_id)
        flash(_("The idea is put aside.") if action == "close" else _("The idea is back."), "success")
        return _to_team(idea.team_id)
    template = "improvement/edit_change_idea.html"
    form = IdeaForm(forms.form_data(), obj=idea)
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, idea=idea, change_id=number_of(idea.id))
    texts = {"title": form.title.data or "", "description": form.description.data or ""}
    try:
        ideas.edit_change_idea(idea, row_version=form.version, by_id=by_id, **texts)
    except StaleEdit as stale:
        now = queries.get_idea_for(access.signed_in_actor(), idea.id)
        form.begin_from(now.row_version)
        theirs = theirs_of(form, {"title": now.title, "description": now.description})
        return pages.render(template, form=form, idea=now, stale=stale, theirs=theirs), 409
    flash(_("The change idea is saved."), "success")
    return _to_team(idea.team_id)


def _to_team(team_id: int) -> Answer:
    return see(url_for("improvement.show_team", team_id=team_id))

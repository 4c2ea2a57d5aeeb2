"""Pages of collaboratives: the list of a coalition, and one with its teams side by side."""

from dataclasses import dataclass
from functools import partial
from math import floor

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms import clock
from lms.authz import Permission, can
from lms.coalitions.models import Coalition
from lms.coalitions.queries import get_coalition_for
from lms.collaboratives import queries, services
from lms.collaboratives.forms import CHECK_LABELS, PHASE_HINTS, CollaborativeForm
from lms.collaboratives.models import Collaborative, CollaborativeSession
from lms.collaboratives.services import StaleEdit
from lms.collaboratives.views.blueprint import Answer, Found, bp, draw_form, get_collaborative_for
from lms.errors import Invalid
from lms.improvement import fidelity
from lms.improvement import queries as improvement
from lms.improvement.models import Cycle
from lms.improvement.queries import MeasureChart, Work
from lms.improvement.queries import collaboratives as teams_in
from lms.improvement.queries.teams import TeamRow
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see

CHARTS_OF_A_TEAM = 2  # more would push the next team off the screen; the team's own page has them all


@bp.get("/coalitions/<int:coalition_id>/collaboratives")
@requires(Permission.COALITION_SEE, on=get_coalition_for)
def list_collaboratives(coalition: Coalition) -> str:
    """List the collaboratives of a coalition; who takes part may open them."""
    listed = pages.page_of(
        queries.count_collaboratives(coalition.id), partial(queries.list_collaboratives, coalition.id)
    )
    taking_part = teams_in.organization_ids_of([each.id for each in listed.rows])
    found = {each.id: Found(each, frozenset(taking_part[each.id])) for each in listed.rows}
    actor = access.signed_in_actor()
    return pages.render(
        "collaboratives/list_collaboratives.html",
        coalition=coalition,
        collaboratives=listed,
        n_teams={each.id: len(taking_part[each.id]) for each in listed.rows},
        readable_ids={key for key, each in found.items() if can(actor, Permission.COLLABORATIVE_READ, each.scope)},
    )


@bp.get("/coalitions/<int:coalition_id>/collaboratives/new")
@bp.post("/coalitions/<int:coalition_id>/collaboratives/new")
@requires(Permission.COLLABORATIVE_MANAGE, on=get_coalition_for)
def start_collaborative(coalition: Coalition) -> Answer:
    """Start a collaborative."""
    form, template = CollaborativeForm(forms.form_data()), "collaboratives/start_collaborative.html"
    draw = partial(draw_form, template, form=form, coalition=coalition, phase_hints=PHASE_HINTS)
    if request.method == "GET" or not form.validate():
        return draw()
    try:
        made = services.start_collaborative(coalition.id, form.values(), by_id=access.signed_in_actor().person_id)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw()
    flash(_("The collaborative is there. Add its first team next."), "success")
    return see(url_for("collaboratives.show_collaborative", collaborative_id=made.id))


@dataclass(frozen=True)
class TeamTile:
    """A team as it stands beside the others."""

    team: TeamRow
    charts: list[MeasureChart]
    n_more_charts: int
    last_cycle: Cycle | None


@dataclass(frozen=True)
class CheckRow:
    """How often a check passes here, beside how often it did in published cycles."""

    label: str
    n_passed: int
    n_judged: int
    published_per_100: int


@dataclass(frozen=True)
class MeetingRow:
    """A session, and how many of the teams came; one that left since counts where it was."""

    session: CollaborativeSession
    n_came: int
    n_teams: int


@bp.get("/collaboratives/<int:collaborative_id>")
@requires(Permission.COLLABORATIVE_READ, on=get_collaborative_for)
def show_collaborative(found: Found) -> str:
    """Show a collaborative: its charter, its teams side by side, how they run cycles, its sessions."""
    collaborative = found.collaborative
    teams = improvement.list_teams_of_collaborative(collaborative.id)
    zone = collaborative.coalition.time_zone
    work = improvement.load_work([team.team_id for team in teams], zone=zone, today=clock.today(zone))
    return pages.render(
        "collaboratives/show_collaborative.html",
        found=found,
        collaborative=collaborative,
        tiles=[_tile(team, work) for team in teams],
        checks=_checks(teams, work),
        sessions=_meetings(collaborative.id, {team.team_id for team in teams}),
        n_cycles=sum(team.n_cycles for team in teams),
    )


def _tile(team: TeamRow, work: Work) -> TeamTile:
    charts = work.charts_of(team.team_id)
    last_cycle = next(iter(work.cycles_of(team.team_id)), None)
    return TeamTile(team, charts[:CHARTS_OF_A_TEAM], len(charts[CHARTS_OF_A_TEAM:]), last_cycle)


def _meetings(collaborative_id: int, team_ids: set[int]) -> list[MeetingRow]:
    rows = queries.list_sessions(collaborative_id)
    return [MeetingRow(row.session, len(row.team_ids), len(row.team_ids | team_ids)) for row in rows]


def _checks(teams: list[TeamRow], work: Work) -> list[CheckRow]:
    """Count the checks that have a published share, over all cycles of all teams."""
    profiles = [profile for team in teams for profile in work.profiles_of(team.team_id)]
    counted = [share for share in fidelity.shares(profiles) if share.check in CHECK_LABELS and share.n_judged]
    return [
        CheckRow(str(CHECK_LABELS[share.check]), share.n_passed, share.n_judged, floor(share.published_percent + 0.5))
        for share in counted
        if share.published_percent is not None
    ]


@bp.get("/collaboratives/<int:collaborative_id>/edit")
@bp.post("/collaboratives/<int:collaborative_id>/edit")
@requires(Permission.COLLABORATIVE_MANAGE, on=get_collaborative_for)
def edit_collaborative(found: Found) -> Answer:
    """Change what a collaborative says about itself."""
    collaborative, template = found.collaborative, "collaboratives/edit_collaborative.html"
    form = CollaborativeForm(forms.form_data(), data=_said(collaborative))
    draw = partial(draw_form, template, form=form, collaborative=collaborative, phase_hints=PHASE_HINTS)
    if request.method == "GET" or not form.validate():
        return draw()
    by_id = access.signed_in_actor().person_id
    try:
        services.edit_collaborative(collaborative, form.values(), row_version=form.version, by_id=by_id)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw()
    except StaleEdit as stale:
        theirs = queries.get_collaborative(collaborative.id)
        form.begin_from(theirs.row_version)
        page = {"form": form, "collaborative": theirs, "stale": stale, "phase_hints": PHASE_HINTS}
        return pages.render(template, **page), 409
    flash(_("The collaborative is saved."), "success")
    return see(url_for("collaboratives.show_collaborative", collaborative_id=collaborative.id))


def _said(collaborative: Collaborative) -> dict[str, object]:
    names = ("name", "aim", "charter", "starts_on", "ends_on", "row_version")
    return {name: getattr(collaborative, name) for name in names} | {"phase": collaborative.phase.value}

"""Pages of the change library: what others tried, what happened, and how a team makes it its own."""

from typing import Any

from flask import flash, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from lms import errors
from lms.authz import Permission, can
from lms.improvement import queries
from lms.improvement.drivers import STATUS_OF
from lms.improvement.forms import library as forms_of
from lms.improvement.forms.drivers import STATUS_CHIPS, STATUS_LABELS
from lms.improvement.library import Origin, first_sentence, search_words
from lms.improvement.models import ChangeIdea
from lms.improvement.queries import library as library_queries
from lms.improvement.queries.library import Asked, Change, Shelf
from lms.improvement.services import library
from lms.improvement.views.blueprint import Answer, bp
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see


@bp.get("/improve/changes")
@requires(Permission.SITE_USE)
def list_changes() -> str:
    """List ideas to test, with what became of them where they were tried (eight statements)."""
    origins = {each.value: each for each in Origin}
    asked = Asked(
        words=search_words(request.args.get("q", "")),
        topic=request.args.get("topic", "")[:64],
        origin=origins.get(request.args.get("origin", "")),
        language=_language(),
    )
    shelf = Shelf(access.signed_in_actor(), asked)
    return pages.render(
        "improvement/list_changes.html",
        typed=request.args.get("q", "")[:200],
        asked=asked,
        topics=shelf.topics,
        found=pages.page_of(shelf.count(), shelf.rows),
        origin_labels=forms_of.ORIGIN_LABELS,
        first_sentence=first_sentence,
    )


@bp.get("/improve/changes/<int:idea_id>")
@requires(Permission.IMPROVEMENT_READ, on=library_queries.get_change_for)
def show_change(change: Change) -> str:
    """Show an idea, who tried it and what happened (nine statements)."""
    return _draw(change)


def _draw(change: Change, *, take: Any = None, share: Any = None) -> str:
    actor, language = access.signed_in_actor(), _language()
    tests, outcomes = library_queries.list_tests(change, actor)
    may_write = change.idea is not None and can(actor, Permission.IMPROVEMENT_WRITE, change.idea.scope)
    return pages.render(
        "improvement/show_change.html",
        change=change,
        title=change.title_in(language),
        tests=tests,
        outcomes=outcomes,
        take=take or _take_form(change, is_sent=False),
        share=share or forms_of.ShareForm(),
        may_write=may_write,
        may_read_team=change.idea is not None and can(actor, Permission.IMPROVEMENT_READ, change.idea.scope),
        origin_labels=forms_of.ORIGIN_LABELS,
        organization_kind_labels=forms_of.ORGANIZATION_KIND_LABELS,
        status_labels=STATUS_LABELS,
        decision_statuses=STATUS_OF,
        decision_chips={decision: STATUS_CHIPS[status] for decision, status in STATUS_OF.items()},
        first_sentence=first_sentence,
    )


def _take_form(change: Change, *, is_sent: bool) -> forms_of.TakeForm:
    """Offer the actor's teams, without the one whose idea it is; `has_teams` tells whether there are any at all."""
    form = forms_of.TakeForm(forms.form_data() if is_sent else None)
    teams = library_queries.list_writable_teams(access.signed_in_actor())
    own_id = change.idea.team_id if change.idea else None
    form.has_teams = bool(teams)
    form.offer([team for team in teams if team.team_id != own_id])
    return form


@bp.post("/improve/changes/<int:idea_id>/take")
@requires(Permission.IMPROVEMENT_READ, on=library_queries.get_change_for)
def take_change(change: Change) -> Answer:
    """Let a team of mine try an idea: it becomes a change idea of the team, and a cycle is planned next."""
    actor, form = access.signed_in_actor(), _take_form(change, is_sent=True)
    if not form.has_teams:
        raise errors.Forbidden(_("You can see this, but you are on no team that could try it."))
    if not form.validate():
        return _draw(change, take=form), 422
    team = queries.get_team_for(actor, int(form.team.data))
    if not can(actor, Permission.IMPROVEMENT_WRITE, team.scope):
        raise errors.Forbidden(_("You can see this, but you may not do that here."))
    language = _language()
    idea = library.take_change(
        change,
        team.id,
        title=change.title_in(language),
        description=_description(change, language),
        by_id=actor.person_id,
    )
    flash(_("The idea is with your team. Now plan a first small test."), "success")
    return see(url_for("improvement.start_cycle", team_id=team.id, idea=idea.id))


def _description(change: Change, language: str) -> str:
    """Return what a team takes along with the title."""
    if change.package_idea is None:
        return change.idea.description if change.idea else ""
    told = change.package_idea
    first = _("A first small test: %(test)s", test=told.first_test[language])
    return "\n\n".join((told.what[language], told.why[language], first))


@bp.post("/improve/ideas/<int:idea_id>/share")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_idea_for)
def share_change(idea: ChangeIdea) -> Answer:
    """Share a team's idea with the coalition, once the team has agreed, or take it back."""
    actor = access.signed_in_actor()
    number = library_queries.number_of(idea.id)
    if request.form.get("action") == "take-back":
        library.take_back_idea(idea, by_id=actor.person_id)
        flash(_("The idea is no longer shared. Copies that other teams took stay with them."), "success")
        return see(url_for("improvement.show_change", idea_id=number))
    form = forms_of.ShareForm(forms.form_data())
    if not form.validate():
        return _draw(library_queries.get_change_for(actor, number), share=form), 422
    library.share_idea(idea, by_id=actor.person_id)
    flash(_("The idea is in the library. Thank you: others learn from it."), "success")
    return see(url_for("improvement.show_change", idea_id=number))


def _language() -> str:
    return "es" if str(get_locale()) == "es" else "en"

"""Pages of whole playbooks: the list, starting one, its contents, print and download."""

import re
import unicodedata
from functools import partial

from flask import Response, flash, make_response, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from lms import clock
from lms.authz import Actor, Permission, Scope
from lms.coalitions.queries import list_coalitions
from lms.errors import Invalid
from lms.playbooks import queries, rules, services
from lms.playbooks.catalog import shipped_templates
from lms.playbooks.forms import PlaybookForm, StartForm
from lms.playbooks.queries import OpenPlaybook, OwnPlace
from lms.playbooks.views.blueprint import Answer, bp, filled, today_of, url_of_playbook
from lms.readiness.queries import get_action_for
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see


class AskedPlaces:
    """The places a new playbook may belong to: the one the address names, else all that the actor runs."""

    def __init__(self, places: list[OwnPlace]) -> None:
        self.places = places

    @property
    def scope(self) -> Scope:
        """Starting a playbook needs a place that one runs; the first will do, the form offers no other kind."""
        return self.places[0].scope if self.places else Scope()


def asked_places(actor: Actor) -> AskedPlaces:
    """Return where a new playbook may belong; NotFound for a place that the actor may not see."""
    own, key = queries.list_run_places(actor), request.args.get("owner", "")
    if not key and actor.is_administrator and not own:
        return AskedPlaces([OwnPlace(rules.Place(coalition_id=each.id), each.name) for each in list_coalitions()])
    if not key:
        return AskedPlaces(own)
    asked = queries.get_place_for(actor, key)
    return AskedPlaces([asked, *(each for each in own if each != asked)])


@bp.get("/playbooks")
@requires(Permission.SITE_USE)
def list_playbooks() -> str:
    """List the playbooks a person may read."""
    actor = access.signed_in_actor()
    today = clock.today(actor.time_zone)
    listed = pages.page_of(queries.count_playbooks(actor), partial(queries.list_playbooks, actor, today))
    may_start = actor.is_administrator or bool(queries.list_run_places(actor))
    return pages.render("playbooks/list_playbooks.html", playbooks=listed, may_start=may_start)


@bp.get("/playbooks/new")
@bp.post("/playbooks/new")
@requires(Permission.PLAYBOOK_MANAGE, on=asked_places)
def start_playbook(asked: AskedPlaces) -> Answer:
    """Start a playbook, empty or from a template."""
    actor, action_id = access.signed_in_actor(), _asked_action()
    if action_id is not None:
        get_action_for(actor, action_id)  # NotFound for an action the actor may not open work from
    templates, language = shipped_templates(), str(get_locale())
    form = StartForm(forms.form_data(), places=asked.places, templates=templates, language=language)
    draw = partial(pages.render, "playbooks/start_playbook.html", form=form, templates=templates, action_id=action_id)
    if request.method == "GET":
        return draw()
    if not form.validate():
        return draw(), 422
    playbook = services.start_playbook(**form.values(), by_id=actor.person_id)
    if action_id is not None:
        services.tell_opened(playbook, action_id, actor)
    flash(_("The playbook is ready. Begin with the page you would miss most tomorrow."), "success")
    return see(url_for("playbooks.show_playbook", playbook_id=playbook.id))


@bp.get("/playbooks/<int:playbook_id>")
@requires(Permission.PLAYBOOK_READ, on=queries.get_playbook_for)
def show_playbook(opened: OpenPlaybook) -> str:
    """Show the pages of a playbook, which of them are due, and who writes in it."""
    today, listed = today_of(opened), queries.list_pages(opened.id)
    open_pages = [page for page in listed if page.closed_at is None]
    cares = {page.id: queries.care_of(page, today) for page in open_pages}
    return pages.render(
        "playbooks/show_playbook.html",
        opened=opened,
        playbook=opened.playbook,
        open_pages=open_pages,
        closed_pages=[page for page in listed if page.closed_at is not None],
        cares=cares,
        due_pages=[page for page in open_pages if cares[page.id] is rules.CareState.DUE],
        n_without_owner=sum(page.owner_id is None for page in open_pages),
        editors=queries.list_editors(opened.id),
    )


@bp.get("/playbooks/<int:playbook_id>/edit")
@bp.post("/playbooks/<int:playbook_id>/edit")
@requires(Permission.PLAYBOOK_MANAGE, on=queries.get_playbook_for)
def edit_playbook(opened: OpenPlaybook) -> Answer:
    """Change a playbook's title, readers and editors; close it or open it again."""
    by_id, action = access.signed_in_actor().person_id, request.form.get("action", "")
    if action in {"close", "open"}:
        services.set_playbook_closed(opened.playbook, is_closed=action == "close", by_id=by_id)
        flash(_("The playbook is closed.") if action == "close" else _("The playbook is open again."), "success")
        return see(url_of_playbook(opened))
    form = _playbook_form(opened, forms.form_data())
    draw = partial(pages.render, "playbooks/edit_playbook.html", form=form, opened=opened, playbook=opened.playbook)
    if request.method == "GET":
        return draw()
    if not form.validate():
        return draw(), 422
    try:
        services.edit_playbook(opened.playbook, by_id=by_id, **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw(), 422
    except services.StaleEdit as stale:
        form.begin_from(opened.playbook.row_version)
        return draw(stale=stale, their_editors=queries.list_editors(opened.id)), 409
    flash(_("The playbook is saved."), "success")
    return see(url_of_playbook(opened))


@bp.get("/playbooks/<int:playbook_id>/print")
@requires(Permission.PLAYBOOK_READ, on=queries.get_playbook_for)
def print_playbook(opened: OpenPlaybook) -> str:
    """Show the whole playbook on one page, for the binder."""
    texts = queries.list_texts(opened.id)
    return pages.render(
        "playbooks/print_playbook.html",
        opened=opened,
        playbook=opened.playbook,
        texts=[(text, filled(rules.html_below(queries.html_of(text)))) for text in texts],
        today=today_of(opened),
    )


@bp.get("/playbooks/<int:playbook_id>.md")
@requires(Permission.PLAYBOOK_READ, on=queries.get_playbook_for)
def download_playbook(opened: OpenPlaybook) -> Response:
    """Give the whole playbook as one Markdown file."""
    parts = [f"# {opened.playbook.title}\n", f"{opened.place_name} · {today_of(opened).isoformat()}\n"]
    texts = queries.list_texts(opened.id)
    parts += [f"## {text.title}\n\n{rules.markdown_below(text.text)}" for text in texts]
    response = make_response("\n".join(parts))
    response.mimetype = "text/markdown"
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(opened)}.md"'
    return response


def _playbook_form(opened: OpenPlaybook, sent: MultiDict[str, str] | None) -> PlaybookForm:
    editors, candidates = queries.list_editors(opened.id), queries.list_candidates(opened.playbook.place)
    return PlaybookForm(sent, playbook=opened.playbook, editors=editors, candidates=candidates)


def _asked_action() -> int | None:
    """Return the readiness action in the address, or None when there is none or it is broken."""
    asked = request.args.get("action", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None


def _file_name(opened: OpenPlaybook) -> str:
    plain = unicodedata.normalize("NFKD", opened.playbook.title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or f"playbook-{opened.id}"

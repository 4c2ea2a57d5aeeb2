"""Pages of one page of a playbook: reading, writing, and who looks after it."""

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any

from flask import flash, request
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from lms import prose
from lms.authz import Permission
from lms.errors import Invalid, NotFound
from lms.improvement.models import Cycle
from lms.improvement.queries import get_cycle_for
from lms.playbooks import queries, rules, services
from lms.playbooks.forms import DECISION_LABELS, CareForm, PageForm
from lms.playbooks.queries import OpenPage, OpenPlaybook, PageTitle, Reading, ReadPage
from lms.playbooks.views.blueprint import (
    Answer,
    bp,
    facts_in,
    fill,
    filled,
    prose_of,
    today_of,
    url_of,
    url_of_playbook,
)
from lms.web import access, forms, pages
from lms.web.access import repeatable, requires
from lms.web.site import begin_submission, see

PREVIEW = "preview"


@bp.get("/playbooks/<int:playbook_id>/pages/<int:page_id>")
@requires(Permission.PLAYBOOK_READ, on=queries.get_reading_for)
def show_page(at: Reading) -> str:
    """Show a page: what it says now, how sure that is, and where it came from."""
    page, care = at.page, at.page.care_on(today_of(at))
    facts = facts_in(page.html)
    contents = queries.list_titles(page.playbook_id)
    cycle = _find_cycle(page.cycle_id)
    return pages.render(
        "playbooks/show_page.html",
        at=at,
        page=page,
        html=lambda: fill(page.html, facts),
        care=care,
        contents=contents,
        cycle=cycle,
        page_key=(page, care, tuple(facts.items()), _key_of(cycle)),
        **_neighbors(contents, page),
    )


def _key_of(cycle: Cycle | None) -> Hashable:
    """Everything that a page says of the cycle it came from."""
    return cycle and (cycle.id, cycle.title, cycle.state, cycle.decision, cycle.learned)


@bp.get("/playbooks/<int:playbook_id>/pages/new")
@bp.post("/playbooks/<int:playbook_id>/pages/new")
@repeatable
@requires(Permission.PLAYBOOK_EDIT, on=queries.get_playbook_for)
def add_page(opened: OpenPlaybook) -> Answer:
    """Write a new page, perhaps from what a PDSA cycle has shown; a preview may be asked for as often as one likes."""
    cycle, form = _asked_cycle(), PageForm(forms.form_data())
    if request.method == "GET" and cycle is not None:
        form.begin_from(0, cycle.title[:160], _text_from(cycle, opened))
    draw = partial(
        pages.render, "playbooks/add_page.html", form=form, opened=opened, playbook=opened.playbook, cycle=cycle
    )
    if request.method == "GET":
        return draw()
    if not form.validate():
        return draw(), 422
    if _wants_preview():
        return draw(preview=_previewed(form, opened))
    begin_submission()
    page = services.add_page(
        opened.id,
        language=opened.playbook.language,
        by_id=access.signed_in_actor().person_id,
        cycle_id=cycle.id if cycle else None,
        **form.values(),
    )
    flash(_("The page is saved. Say next who looks after it."), "success")
    return see(url_of(page))


@bp.get("/playbooks/<int:playbook_id>/pages/<int:page_id>/edit")
@bp.post("/playbooks/<int:playbook_id>/pages/<int:page_id>/edit")
@repeatable
@requires(Permission.PLAYBOOK_EDIT, on=queries.get_page_for)
def edit_page(at: OpenPage) -> Answer:
    """Change what a page says, with a preview as often as one likes; or who looks after it."""
    if request.values.get("part") == "care":
        return _edit_care(at)
    form = PageForm(forms.form_data())
    draw = partial(pages.render, "playbooks/edit_page.html", form=form, at=at, page=at.page, playbook=at.playbook)
    if request.method == "GET":
        now = queries.get_revision(at.page.id, at.page.current_number)
        form.begin_from(now.number, now.title, now.text)
        return draw()
    if not form.validate():
        return draw(), 422
    if _wants_preview():
        return draw(preview=_previewed(form, at.opened))
    begin_submission()
    try:
        saved = services.save_page(
            at.page.id,
            base_number=form.base_number,
            by_id=access.signed_in_actor().person_id,
            confirmed_on=today_of(at.opened) if form.is_confirmed.data else None,
            **form.values(),
        )
    except services.EditsMeet as meeting:
        form.begin_from(meeting.theirs.number, text=meeting.text)
        return draw(meeting=meeting, their_html=prose_of(meeting.theirs)), 409
    _tell(saved)
    return see(url_of(at.page))


def _edit_care(at: OpenPage) -> Answer:
    form = CareForm(
        forms.form_data(),
        people=_choosable(at),
        interval=at.page.review_every_days,
        data={
            "row_version": at.page.row_version,
            "owner": str(at.page.owner_id or ""),
            "backup_owner": str(at.page.backup_owner_id or ""),
            "review_every_days": str(at.page.review_every_days or 0),
        },
    )
    draw = partial(pages.render, "playbooks/edit_care.html", form=form, at=at, page=at.page, playbook=at.playbook)
    if request.method == "GET":
        return draw()
    if not form.validate():
        return draw(), 422
    begin_submission()
    try:
        services.set_care(at.page, by_id=access.signed_in_actor().person_id, **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw(), 422
    except services.StaleEdit as stale:
        now = queries.get_page_for(access.signed_in_actor(), at.playbook.id, at.page.id)
        form.begin_from(now.page.row_version)
        return draw(stale=stale, page=now.page), 409
    flash(_("Who looks after the page is saved."), "success")
    return see(url_of(at.page))


@bp.post("/playbooks/<int:playbook_id>/pages/<int:page_id>/confirm")
@requires(Permission.PLAYBOOK_EDIT, on=queries.get_page_for)
def confirm_page(at: OpenPage) -> Answer:
    """Say that all of a page is still correct."""
    sent = request.form.get("number", "")
    seen = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else 0
    by_id = access.signed_in_actor().person_id
    services.confirm_page(at.page.id, seen_number=seen, today=today_of(at.opened), by_id=by_id)
    flash(_("Thank you. The page is marked as correct today."), "success")
    return see(url_of(at.page))


@bp.post("/playbooks/<int:playbook_id>/pages/<int:page_id>/move")
@requires(Permission.PLAYBOOK_EDIT, on=queries.get_page_for)
def move_page(at: OpenPage) -> Answer:
    """Move a page up or down."""
    is_up = request.form.get("way") == "up"
    if services.move_page(at.page, is_up=is_up, by_id=access.signed_in_actor().person_id):
        flash(_("“%(title)s” is moved.", title=at.page.title), "success")
    return see(url_of_playbook(at.opened) + "#pages")


@bp.post("/playbooks/<int:playbook_id>/pages/<int:page_id>/close")
@requires(Permission.PLAYBOOK_EDIT, on=queries.get_page_for)
def close_page(at: OpenPage) -> Answer:
    """Take a page out of its playbook, or put it back."""
    is_closed = request.form.get("way") != "open"
    services.set_page_closed(at.page, is_closed=is_closed, by_id=access.signed_in_actor().person_id)
    if not is_closed:
        flash(_("The page is back, at the end of the playbook."), "success")
        return see(url_of(at.page))
    flash(_("“%(title)s” is closed. You find it at the end and can put it back.", title=at.page.title), "success")
    return see(url_of_playbook(at.opened))


def _tell(saved: services.Saved) -> None:
    if saved.is_merged:
        merged = _(
            "Somebody else saved this page while you were writing. Both changes are kept: read the page once more."
        )
        flash(merged, "info")
    elif saved.is_new:
        flash(_("The page is saved."), "success")
    else:
        flash(_("Nothing changed: the page says this already."), "info")


def _wants_preview() -> bool:
    return request.form.get("way") == PREVIEW


def _previewed(form: PageForm, opened: OpenPlaybook) -> Markup:
    text = rules.markdown_of(str(form.text.data))
    return filled(prose.render_prose(text, language=opened.playbook.language.value))


def _choosable(at: OpenPage) -> list[Any]:
    """Who may be named, and who is named already even after they left."""
    people = queries.list_candidates(at.playbook.place)
    known = {each.id for each in people}
    return people + [each for each in (at.page.owner, at.page.backup_owner) if each and each.id not in known]


def _neighbors(listed: Sequence[PageTitle], page: ReadPage) -> dict[str, PageTitle | None]:
    at = next((number for number, each in enumerate(listed) if each.id == page.id), None)
    if at is None:
        return {"page_before": None, "page_after": None}
    after = listed[at + 1] if at + 1 < len(listed) else None
    return {"page_before": listed[at - 1] if at else None, "page_after": after}


def _asked_cycle() -> Cycle | None:
    """Return the cycle that the address names, or None without one; NotFound for one the actor may not read."""
    asked = request.args.get("cycle", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise NotFound("cycle")
    return get_cycle_for(access.signed_in_actor(), int(asked))


def _find_cycle(cycle_id: int | None) -> Cycle | None:
    """Return the cycle a page came from, if the reader may read it too (two statements, none without a cycle)."""
    if cycle_id is None:
        return None
    try:
        return get_cycle_for(access.signed_in_actor(), cycle_id)
    except NotFound:
        return None


def _text_from(cycle: Cycle, opened: OpenPlaybook) -> str:
    """Begin a page from what a cycle has shown, in the language of the playbook; a person finishes it."""
    with force_locale(opened.playbook.language.value):
        decided = str(DECISION_LABELS[cycle.decision]) if cycle.decision else ""
        expected = cycle.prediction.words if cycle.prediction else ""
        parts = [
            (_("How we do it"), _("Write here, step by step, what somebody new has to do.")),
            (_("What we tried"), cycle.plan_what or cycle.objective),
            (_("What we expected"), expected),
            (_("What happened"), cycle.what_happened or cycle.study_findings),
            (_("What we learned"), cycle.learned or cycle.comparison),
            (_("What we decided"), " ".join(part for part in (decided, cycle.decision_reason) if part)),
        ]
    text = "\n".join(f"## {title}\n\n{said.strip()}\n" for title, said in parts if said.strip())
    return rules.clean_text(text)[: rules.LONGEST_TEXT]

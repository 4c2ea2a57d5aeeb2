"""Pages of what a page said before: the list, the difference in words, and bringing it back."""

from functools import partial

from flask import flash, request
from flask_babel import gettext as _

from lms.authz import Permission
from lms.playbooks import queries, services
from lms.playbooks.merge import PieceKind, word_diff
from lms.playbooks.queries import OpenPage, OpenRevision
from lms.playbooks.views.blueprint import Answer, bp, prose_of, url_of
from lms.web import access, pages
from lms.web.access import requires
from lms.web.site import see


@bp.get("/playbooks/<int:playbook_id>/pages/<int:page_id>/revisions")
@requires(Permission.PLAYBOOK_READ, on=queries.get_page_for)
def list_revisions(at: OpenPage) -> str:
    """List everything a page ever said, newest first."""
    n_revisions = queries.count_revisions(at.page.id)
    listed = pages.page_of(n_revisions, partial(queries.list_revisions, at.page.id))
    return pages.render("playbooks/list_revisions.html", at=at, page=at.page, playbook=at.playbook, revisions=listed)


@bp.get("/playbooks/<int:playbook_id>/pages/<int:page_id>/revisions/<int:number>")
@requires(Permission.PLAYBOOK_READ, on=queries.get_revision_for)
def show_revision(then: OpenRevision) -> str:
    """Show one revision: what changed since the one before it, or since another one that the address names."""
    revision, at = then.revision, then.at
    before = queries.find_revision(at.page.id, _asked_number(revision.number - 1))
    pieces = word_diff(before.text, revision.text) if before is not None else ()
    return pages.render(
        "playbooks/show_revision.html",
        at=at,
        page=at.page,
        playbook=at.playbook,
        revision=revision,
        before=before,
        pieces=pieces,
        title_pieces=word_diff(before.title, revision.title) if before is not None else (),
        is_changed=any(piece.kind is not PieceKind.EQUAL for piece in pieces),
        html=prose_of(revision),
    )


@bp.post("/playbooks/<int:playbook_id>/pages/<int:page_id>/revisions/<int:number>/restore")
@requires(Permission.PLAYBOOK_EDIT, on=queries.get_revision_for)
def restore_revision(then: OpenRevision) -> Answer:
    """Let a page say again what it said before."""
    page, number = then.at.page, then.revision.number
    saved = services.restore_revision(page.id, number, by_id=access.signed_in_actor().person_id)
    if saved.is_new:
        flash(_("The page says again what it said in revision %(number)s.", number=number), "success")
    else:
        flash(_("Nothing changed: the page says this already."), "info")
    return see(url_of(page))


def _asked_number(default: int) -> int:
    asked = request.args.get("from", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else default

"""The search page."""

from flask import Blueprint, Response, current_app, request
from flask_babel import get_locale

from lms import jobs
from lms.authz import Permission
from lms.search import queries
from lms.search.engines import IndexMissing
from lms.search.jobs import REBUILD
from lms.search.queries import Hits
from lms.search.rules import MOST_CHARACTERS
from lms.web import access, pages
from lms.web.access import requires
from lms.web.site import afterwards

bp = Blueprint("search", __name__)

PAGE_SIZE = 10


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    """Hits show what others wrote, and who may find it changes."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/search")
@requires(Permission.SITE_USE)
def search_everything() -> str:
    """Show what was found for the words in the address."""
    typed = request.args.get("q", "")[:MOST_CHARACTERS].strip()
    language, other = ("es", "en") if str(get_locale()) == "es" else ("en", "es")
    hits = _look(typed, language)
    elsewhere = _look(typed, other) if hits is not None and not hits.n_found else None
    page = pages.ListPage(hits.rows, pages.asked_page(), hits.n_found, PAGE_SIZE) if hits else None
    return pages.render("search/search_everything.html", typed=typed, hits=hits, page=page, elsewhere=elsewhere)


def _look(typed: str, language: str) -> Hits | None:
    """Return the hits; None while the index is being built, which this then asks for."""
    try:
        return queries.search(
            current_app.extensions["commons.search"],
            typed,
            actor=access.current_actor(),
            language=language,
            limit=PAGE_SIZE,
            offset=(pages.asked_page() - 1) * PAGE_SIZE,
        )
    except IndexMissing:
        afterwards(lambda: jobs.ask_once(REBUILD))
        return None

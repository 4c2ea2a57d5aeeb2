"""What all pages of administrators share."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from lms.web import pages

bp = Blueprint("admin", __name__, url_prefix="/admin")

PERSON_PAGES = ("admin.show_person", "admin.move_person", "admin.merge_people", "admin.erase_person")

Answer = Response | str | tuple[str, int]


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    """These pages name everybody."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.context_processor
def name_places() -> dict[str, Any]:
    """Let each page lead to all others."""
    places = (
        (_("Overview"), "admin.show_overview", ("admin.show_setup",)),
        (_("People"), "admin.list_people", PERSON_PAGES),
        (_("Organizations"), "admin.list_organizations", ("admin.create_organization",)),
        (_("Coalitions"), "admin.list_coalitions", ("admin.create_coalition",)),
        (_("Content"), "admin.list_content", ("admin.sign_off_content",)),
        (_("Record"), "admin.list_audit", ()),
        (_("Jobs"), "admin.list_jobs", ()),
        (_("Mail"), "admin.list_mail", ()),
        (_("Settings"), "admin.show_settings", ()),
    )
    here = request.endpoint
    return {
        "admin_places": [
            {"label": label, "url": url_for(endpoint), "is_current": here == endpoint or here in below}
            for label, endpoint, below in places
        ]
    }


def draw_form(template: str, **context: Any) -> str | tuple[str, int]:
    """Draw the page of a form: as it is first shown, or again with its messages."""
    return pages.invalid(template, **context) if request.method == "POST" else pages.render(template, **context)


def asked_id(name: str) -> int | None:
    """Return an id from the address, None when there is none or it is broken."""
    asked = request.args.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None

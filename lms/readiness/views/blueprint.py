"""What all pages of readiness share."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, request, url_for
from flask_babel import get_locale

from lms import clock
from lms.authz import Permission, Scoped, can
from lms.readiness import forms as labels
from lms.web import access, pages

bp = Blueprint("readiness", __name__)

Answer = Response | str | tuple[str, int]


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    """These pages name people, and what an organization says about itself."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.context_processor
def name_words() -> dict[str, Any]:
    """Let templates name levels, states and kinds."""
    return {
        "level_labels": labels.LEVEL_LABELS,
        "state_labels": labels.STATE_LABELS,
        "action_state_labels": labels.ACTION_STATE_LABELS,
        "kind_labels": labels.KIND_LABELS,
        "local_day": local_day,
    }


def may(permission: Permission, thing: Scoped) -> bool:
    """Say whether the signed-in person may do this."""
    return can(access.signed_in_actor(), permission, thing.scope)


def draw_form(template: str, **context: Any) -> str | tuple[str, int]:
    """Draw the page of a form: as it is first shown, or again with its messages."""
    return pages.invalid(template, **context) if request.method == "POST" else pages.render(template, **context)


def page_language() -> str:
    """Return the language this page speaks."""
    return str(get_locale() or "en")


def own_zone() -> str:
    """Return the zone by which the signed-in person counts days (no statement of its own)."""
    return access.signed_in_actor().time_zone


def local_day(at: datetime) -> date:
    """Return the day on which something happened, where the signed-in person is."""
    return at.astimezone(ZoneInfo(own_zone())).date()


def own_today() -> date:
    """Return today where the signed-in person is (one statement at most)."""
    return clock.today(own_zone())


def link_if_there(endpoint: str, **values: Any) -> str | None:
    """Return the address of a page of a later slice, None while this site does not have it."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None

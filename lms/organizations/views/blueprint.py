"""What all pages of organizations share."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Blueprint, Response, request

from lms.authz import Permission, Scoped, can
from lms.organizations import forms as labels
from lms.web import access, pages

bp = Blueprint("organizations", __name__)

Row = TypeVar("Row")
Answer = Response | str | tuple[str, int]


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    """These pages name other people, or show secrets."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.context_processor
def name_words() -> dict[str, Any]:
    """Let templates name roles, kinds and states."""
    return {
        "kind_labels": labels.KIND_LABELS,
        "role_labels": labels.ROLE_LABELS,
        "role_hints": labels.ROLE_HINTS,
        "capability_labels": labels.CAPABILITY_LABELS,
        "language_labels": labels.LANGUAGE_LABELS,
        "state_labels": labels.STATE_LABELS,
        "invitation_kind_labels": labels.INVITATION_KIND_LABELS,
    }


def may(permission: Permission, thing: Scoped) -> bool:
    """Say whether the signed-in person may do this."""
    return can(access.signed_in_actor(), permission, thing.scope)


def draw_form(template: str, **context: Any) -> str | tuple[str, int]:
    """Draw the page of a form: as it is first shown, or again with its messages."""
    return pages.invalid(template, **context) if request.method == "POST" else pages.render(template, **context)


def page_of(n_items: int, fetch: Callable[..., Sequence[Row]]) -> pages.ListPage[Row]:
    """Return the asked-for page of a list, the last one when the address asks for more."""
    number = min(pages.asked_page(), max(1, -(-n_items // pages.PAGE_SIZE)))
    return pages.ListPage(fetch(limit=pages.PAGE_SIZE, offset=(number - 1) * pages.PAGE_SIZE), number, n_items)


def asked_words() -> str:
    """Return the words a list is searched for, without what no name holds."""
    return " ".join(request.args.get("q", "")[:200].replace("\0", " ").split())

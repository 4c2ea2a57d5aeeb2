"""What all pages of playbooks share."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from lms import clock
from lms.coalitions.queries import facts_for
from lms.playbooks import forms as labels
from lms.playbooks import rules
from lms.playbooks.models import PageRevision, PlaybookPage
from lms.playbooks.queries import OpenPlaybook, Reading, html_of
from lms.web import access, markdown

bp = Blueprint("playbooks", __name__)

Answer = Response | str | tuple[str, int]
FACT_MARK = "{{fact:"


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    """These pages name other people, and who may read them changes."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.context_processor
def name_words() -> dict[str, Any]:
    """Let templates name states and kinds."""
    return {
        "shared_labels": labels.SHARED_LABELS,
        "kind_labels": labels.KIND_LABELS,
        "care_labels": labels.CARE_LABELS,
        "cycle_state_labels": labels.CYCLE_STATE_LABELS,
        "decision_labels": labels.DECISION_LABELS,
    }


def today_of(opened: OpenPlaybook | Reading) -> date:
    """Return the day it is where the playbook belongs."""
    return clock.today(opened.time_zone)


def prose_of(revision: PageRevision) -> Markup:
    """Return what a revision says, ready for the page."""
    return filled(html_of(revision))


def filled(html: str) -> Markup:
    """Fill local blanks, where there are any, with what holds for the reader."""
    return fill(html, facts_in(html))


def facts_in(html: str) -> Mapping[str, str]:
    """Return what holds for the reader, where a text has blanks for it (one statement at most)."""
    return facts_for(access.current_actor(), str(get_locale())) if FACT_MARK in html else {}


def fill(html: str, facts: Mapping[str, str]) -> Markup:
    """Fill local blanks; wide tables scroll within themselves."""
    return markdown.fill_facts(rules.html_with_scrolling_tables(html, str(escape(_("Table")))), facts)


def url_of(page: PlaybookPage) -> str:
    """Return the address of a page."""
    return url_for("playbooks.show_page", playbook_id=page.playbook_id, page_id=page.id)


def url_of_playbook(opened: OpenPlaybook) -> str:
    """Return the address of a playbook."""
    return url_for("playbooks.show_playbook", playbook_id=opened.id)

"""What all pages of technical assistance share."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, request

from lms import clock
from lms.assistance import forms as words
from lms.assistance import rules
from lms.web import access, pages

bp = Blueprint("assistance", __name__)

Answer = Response | str | tuple[str, int]


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    """These pages name other people."""
    response.headers["Cache-Control"] = "no-store"
    return response


def name_words() -> dict[str, Any]:
    """Let templates name topics, states and scores."""
    return {
        "topic_labels": words.TOPIC_LABELS,
        "request_state_labels": words.STATE_LABELS,
        "request_state_chips": words.STATE_CHIPS,
        "outcome_labels": words.OUTCOME_LABELS,
        "mode_labels": words.MODE_LABELS,
        "encounter_kind_labels": words.KIND_LABELS,
        "criterion_labels": words.CRITERION_LABELS,
        "criterion_anchors": words.CRITERION_ANCHORS,
        "days_since": days_since,
        "day_of": day_of,
    }


bp.context_processor(name_words)


def zone() -> str:
    """Return the zone by which the signed-in person counts days."""
    return access.signed_in_actor().time_zone


def today() -> date:
    """Return the day it is where the signed-in person works."""
    return clock.today(zone())


def days_since(moment: datetime) -> int:
    """Count the days something has waited."""
    return rules.days_waited(moment, clock.now(), zone())


def day_of(moment: datetime | None) -> date | None:
    """Return the day of a moment where the signed-in person works."""
    return rules.day_in(moment, zone()) if moment else None


def draw_form(template: str, **context: Any) -> str | tuple[str, int]:
    """Draw the page of a form: as it is first shown, or again with its messages."""
    return pages.invalid(template, **context) if request.method == "POST" else pages.render(template, **context)


def asked_id(name: str) -> int | None:
    """Return a number in the address, or None when there is none or it is broken."""
    asked = request.args.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None

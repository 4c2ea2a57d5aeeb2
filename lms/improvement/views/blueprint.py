"""What all pages of improvement share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.numbers import format_decimal
from flask import Blueprint, Response, request
from flask_babel import gettext as _

from lms import clock
from lms.authz import Permission, Scoped, can
from lms.improvement import queries
from lms.improvement.forms import words
from lms.web import access, pages

bp = Blueprint("improvement", __name__)

Answer = Response | str | tuple[str, int]


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    """These pages name other people."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.context_processor
def name_words() -> dict[str, Any]:
    """Let templates name states, kinds and fields."""
    return {
        "measure_kind_labels": words.MEASURE_KIND_LABELS,
        "measure_kind_hints": words.MEASURE_KIND_HINTS,
        "unit_words": words.UNIT_WORDS,
        "cadence_labels": words.CADENCE_LABELS,
        "direction_labels": words.DIRECTION_LABELS,
        "missing_labels": words.MISSING_LABELS,
        "state_labels": words.STATE_LABELS,
        "state_chips": words.STATE_CHIPS,
        "stage_labels": words.STAGE_LABELS,
        "done_labels": words.DONE_LABELS,
        "decision_labels": words.DECISION_LABELS,
        "decision_hints": words.DECISION_HINTS,
        "shape_labels": words.SHAPE_LABELS,
        "field_labels": words.FIELD_LABELS,
        "chart_kind_labels": words.CHART_KIND_LABELS,
    }


@bp.app_template_filter("plain_figure")
def plain_figure(number: float) -> str:
    """Write a number as people in the United States do in either language, with two decimals at most: as charts do."""
    return str(format_decimal(number, "#,##0.##", locale="en_US"))


@dataclass(frozen=True)
class Here:
    """Where and when the actor counts days."""

    zone: str
    today: date


def here() -> Here:
    """Return the actor's calendar."""
    zone = access.signed_in_actor().time_zone
    return Here(zone, clock.today(zone))


def work_of(team_id: int) -> queries.Work:
    """Return all of one team's work by the actor's calendar (four statements)."""
    now = here()
    return queries.load_work([team_id], zone=now.zone, today=now.today)


def may(permission: Permission, thing: Scoped) -> bool:
    """Say whether the signed-in person may do this."""
    return can(access.signed_in_actor(), permission, thing.scope)


def draw_form(template: str, **context: Any) -> str | tuple[str, int]:
    """Draw the page of a form: as it is first shown, or again with its messages."""
    return pages.invalid(template, **context) if request.method == "POST" else pages.render(template, **context)


def theirs_of(form: Any, saved: Mapping[str, Any], names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return what is saved now, field by field, where it is not what was typed."""
    rows = []
    for field in form:
        if field.short_name not in saved or field.type == "HiddenField" or (names and field.short_name not in names):
            continue
        value = saved[field.short_name]
        typed, now = _as_typed(field.data), _as_typed(value)
        if typed != now:
            rows.append({"label": field.label.text, "value": _in_words(field, value) or _("Nothing")})
    return rows


def _as_typed(value: Any) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ",".join(sorted(str(each) for each in value))
    return "" if value is None or value is False else str(value).replace("\r\n", "\n").strip()


def _in_words(field: Any, value: Any) -> str:
    choices = {str(key): str(text) for key, text, *_more in field.iter_choices()} if hasattr(field, "choices") else {}
    if isinstance(value, list):
        return ", ".join(choices.get(str(each), str(each)) for each in value)
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, date):
        return pages.day(value)
    return choices.get(str(value), "" if value is None else str(value))

"""The report of a closed round to take along: as PDF and tables, as slides, and as a guide for talking about it."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from flask import make_response, url_for
from flask_babel import gettext as _
from werkzeug import Response

from lms import pdf
from lms.authz import Permission
from lms.errors import Invalid
from lms.readiness.models import Round
from lms.readiness.queries import reports, rounds, survey_reports
from lms.readiness.queries.instruments import read_version
from lms.readiness.queries.rounds import RatedRound
from lms.readiness.queries.survey_reports import ReportFile, Snapshot
from lms.readiness.report import Report
from lms.readiness.views.blueprint import Answer, bp, may, page_language
from lms.readiness.views.report_prints import Printed, print_ratings, print_survey
from lms.readiness.views.reports import ReportView
from lms.readiness.views.survey_views import SurveyView
from lms.sheets import safe_cell
from lms.web import pages
from lms.web.access import requires
from lms.web.site import see
from readiness.instruments import Instrument, Mode

COLUMNS = ("area_key", "area", "item_key", "item", "group", "figure", "value", "bound")
AREA_FIGURES = (
    *("mean", "lower", "upper", "level", "agreement", "rwg", "ad", "share_dont_know"),
    *("earlier_mean", "step", "certainty"),
)
_BEYOND_FONTS = frozenset({"So", "Sk", "Cs", "Co", "Cn", "Mn", "Me", "Cf"})  # pictographs and what joins them

Line = tuple[object, ...]


@bp.get("/readiness/rounds/<int:round_id>/report.<any(pdf, csv, json):kind>")
@requires(Permission.READINESS_READ, on=survey_reports.get_report_file_for)
def download_report(wanted: ReportFile) -> Answer | Response:
    """Give the report as a PDF to print, or its figures as a table or for programs."""
    a_round, kind = wanted.round, wanted.kind
    if a_round.is_open:
        return _to_round(a_round)
    if kind == "pdf":
        told = asdict(_printed(a_round)) | {"language": page_language(), "steps": _("Next steps")}
        return _file(_draw(told), a_round, kind, "application/pdf")
    instrument = read_version(a_round.version)
    if kind == "json":
        return _file(_as_json(a_round, instrument), a_round, kind, "application/json")
    return _file(_as_csv(_lines(a_round, instrument)), a_round, kind, "text/csv; charset=utf-8")


@bp.get("/readiness/rounds/<int:round_id>/guide")
@requires(Permission.READINESS_READ, on=rounds.get_round_for)
def show_guide(a_round: Round) -> Answer:
    """Guide a team through thirty minutes with its report."""
    if a_round.is_open:
        return _to_round(a_round)
    instrument = read_version(a_round.version)
    is_survey = instrument.mode is Mode.STAFF
    return pages.render("readiness/show_guide.html", round=a_round, report=_printed(a_round), is_survey=is_survey)


@bp.get("/readiness/rounds/<int:round_id>/slides")
@requires(Permission.READINESS_READ, on=rounds.get_round_for)
def show_slides(a_round: Round) -> Answer:
    """Show the report as slides: one section each, to scroll through or to print."""
    if a_round.is_open:
        return _to_round(a_round)
    return pages.render("readiness/show_slides.html", round=a_round, report=_printed(a_round))


def _to_round(a_round: Round) -> Answer:
    return see(url_for("readiness.show_report", round_id=a_round.id))


def _printed(a_round: Round) -> Printed:
    instrument, language = read_version(a_round.version), page_language()
    actions = reports.list_actions(a_round.id)
    if instrument.mode is Mode.STAFF:
        view = SurveyView(survey_reports.get_snapshot(a_round.id), instrument, language)
        return print_survey(view, a_round, actions)
    may_see_items = may(Permission.READINESS_READ, RatedRound(a_round, instrument))
    return print_ratings(ReportView(a_round, instrument, language), a_round, actions, may_see_items=may_see_items)


def _as_json(a_round: Round, instrument: Instrument) -> bytes:
    about = {
        "organization": a_round.organization.name,
        "instrument": instrument.slug,
        "version": instrument.version,
        "mode": instrument.mode.value,
    }
    if instrument.mode is Mode.STAFF:
        snapshot = survey_reports.get_snapshot(a_round.id)
        told: Mapping[str, Any] = {"snapshot": snapshot.number, "document": snapshot.document}
    else:
        told = _scores(reports.get_report(a_round.id))
    return json.dumps({**about, **told}, ensure_ascii=False, indent=2).encode()


def _scores(report: Report) -> dict[str, Any]:
    """Return the scores of a named round: what was said item by item has its own download."""
    return {
        "closed_on": report.closed_on.isoformat(),
        "score": report.score,
        "level": report.level,
        "areas": [asdict(area) for area in report.areas],
    }


def _lines(a_round: Round, instrument: Instrument) -> Iterator[Line]:
    if instrument.mode is Mode.STAFF:
        return _survey_lines(survey_reports.get_snapshot(a_round.id), instrument)
    return _rated_lines(reports.get_report(a_round.id), instrument)


def _survey_lines(snapshot: Snapshot, instrument: Instrument) -> Iterator[Line]:
    document, language = snapshot.document, page_language()
    names = {area.key: area.name[language] for area in instrument.areas}
    for name in ("closed_on", "n", "headcount", "minimum", "score"):
        yield ("", "", "", "", "", name, document[name], "")
    for area in document["areas"]:
        for figure in AREA_FIGURES:
            bounds = {"mean": area["bound"], "earlier_mean": area["earlier_bound"]}
            yield (area["key"], names[area["key"]], "", "", "", figure, area[figure], bounds.get(figure))
    for item in document["items"]:
        about = (
            item["area_key"],
            names[item["area_key"]],
            item["key"],
            instrument.get_item(item["key"]).name[language],
        )
        yield (*about, "", "mean", item["mean"], "widened" if item["is_widened"] else "")
        yield (*about, "", "top_two", item["top_two"], item["top_two_bound"])
        yield (*about, "", "share_dont_know", item["share_dont_know"], "")
        for value, count in enumerate(item["distribution"] or (), start=1):
            yield (*about, "", f"n_{value}", count, "")
    for group in document["groups"]:
        yield ("", "", "", "", group["name"], "n", group["n"], "")
        for key, cell in group["areas"].items():
            for figure in ("mean", "lower", "upper", "agreement") if cell else ():
                yield (key, names[key], "", "", group["name"], figure, cell[figure], "")


def _rated_lines(report: Report, instrument: Instrument) -> Iterator[Line]:
    language = page_language()
    for area in report.areas:
        for figure in ("score", "level", "n_values", "n_items", "earlier_score", "earlier_level"):
            name = instrument.get_area(area.key).name[language]
            yield (area.key, name, "", "", "", figure, getattr(area, figure), "")


def _as_csv(lines: Iterator[Line]) -> bytes:
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow(["" if cell is None else safe_cell(cell) if isinstance(cell, str) else cell for cell in line])
    return made.getvalue().encode("utf-8-sig")  # spreadsheets know the letters by this mark


def _file(data: bytes, a_round: Round, kind: str, mimetype: str) -> Response:
    response = make_response(data)
    response.headers["Content-Type"] = mimetype
    place = "inline" if kind == "pdf" else "attachment"
    response.headers["Content-Disposition"] = f'{place}; filename="readiness-report-{a_round.id}.{kind}"'
    return response


def _draw(data: dict[str, Any]) -> bytes:
    """Draw the PDF; what our fonts lack of pictographs is left out, other scripts are sent to the page."""
    for each in (data, _plain(data)):
        try:
            return pdf.build("readiness_report", each)
        except pdf.CannotSet:
            continue
    raise Invalid(_("This report cannot be drawn as a PDF. Open its page and print that instead."))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(
            letter for letter in value if letter == "\n" or unicodedata.category(letter) not in _BEYOND_FONTS
        )
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value

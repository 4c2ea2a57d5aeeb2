"""Instruments and answers in open formats: what can be fetched, and ratings from a file."""

import json

from flask import Response, current_app, flash, request, url_for
from flask_babel import ngettext

from lms import audit, sheets, workbooks
from lms.authz import Actor, Permission
from lms.db import db
from lms.readiness.forms.exchange import RatingsFileForm, say_problem
from lms.readiness.queries import own_instruments, responses, rounds
from lms.readiness.queries.own_instruments import ReadableVersion
from lms.readiness.queries.rounds import RatedRound
from lms.readiness.services import importing
from lms.readiness.services.importing import ChangedMeanwhile
from lms.readiness.services.rounds import RoundClosed
from lms.readiness.views.blueprint import Answer, bp, page_language
from lms.readiness.views.uploads import FileRefused, has_file, is_json, say_why, take_file
from lms.readiness.views.words import say_answer
from lms.sheets import BadQuotes
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import afterwards, see
from readiness.formats import fhir, instrument_fhir, instrument_redcap, redcap, response_fhir, tables
from readiness.formats.errors import FormatRefused
from readiness.formats.fhir_types import Status
from readiness.formats.json_text import parse_json
from readiness.formats.tables import Record, Sheet
from readiness.instruments import Instrument

FHIR_JSON = "application/fhir+json"
SHAPES = ("wide", "long", "codebook")


def _get_version(actor: Actor, version_id: int, **_kind: str) -> ReadableVersion:
    return own_instruments.get_version_for(actor, version_id)


def _get_named(actor: Actor, round_id: int, **_kind: str) -> RatedRound:
    return responses.get_named_for(actor, round_id)


@bp.get("/readiness/instruments/<int:version_id>.<any(csv, json):kind>")
@requires(Permission.SITE_USE, on=_get_version)
def download_instrument(readable: ReadableVersion) -> Response:
    """Give an instrument as a REDCap data dictionary or as a FHIR Questionnaire."""
    instrument, version = readable.instrument, readable.version
    name = f"{version.slug}-{version.number}"
    if _kind() == "csv":
        fields = instrument_redcap.fields_from(instrument, page_language())
        return _file(sheets.csv_of(redcap.write_dictionary(fields)), "text/csv", f"{name}.csv")
    questionnaire = instrument_fhir.questionnaire_from(
        instrument, url=_url_of(instrument), status=Status.ACTIVE, published_on=version.published_at.date()
    )
    return _file(_json(fhir.write_questionnaire(questionnaire)), FHIR_JSON, f"{name}.json")


@bp.get("/readiness/rounds/<int:round_id>/responses.<any(csv, xlsx, json):kind>")
@requires(Permission.READINESS_READ, on=_get_named)
def download_responses(rated: RatedRound) -> Response:
    """Give what was answered by name: as tables, as a workbook of three sheets, or as FHIR."""
    records, instrument = responses.list_records(rated), rated.instrument
    round_id, reader_id = rated.round.id, access.signed_in_actor().person_id
    name, subject = f"readiness-{round_id}", audit.Subject("readiness-round", round_id)
    afterwards(lambda: audit.record(reader_id, "exported ratings", subject))
    if _kind() == "json":
        return _file(_json(_resource(rated, records)), FHIR_JSON, f"{name}.json")
    rows = {
        "wide": tables.wide_rows(instrument, records),
        "long": tables.long_rows(instrument, records, page_language()),
        "codebook": tables.codebook_rows(instrument),
    }
    if _kind() == "xlsx":
        book = workbooks.write_sheets([workbooks.Sheet(shape, rows[shape]) for shape in SHAPES])
        return _file(book, workbooks.MIMETYPE, f"{name}.xlsx")
    shape = request.args.get("shape", "")
    shape = shape if shape in rows else "long"
    return _file(sheets.csv_of(rows[shape]), "text/csv", f"{name}-{shape}.csv")


@bp.get("/readiness/rounds/<int:round_id>/import")
@bp.post("/readiness/rounds/<int:round_id>/import")
@requires(Permission.READINESS_RATE, on=rounds.get_consensus_for)
def import_ratings(rated: RatedRound) -> Answer:
    """Read ratings from a file, show what would change, and take all of it or nothing."""
    form, actor = RatingsFileForm(forms.form_data()), access.signed_in_actor()
    if request.method == "GET" or not rated.round.is_open:
        page = pages.render("readiness/import_ratings.html", form=form, rated=rated, round=rated.round)
        return page if request.method == "GET" else (page, 409)
    round_id = rated.round.id
    try:
        take_file(form)
        rated = rounds.get_consensus_for(access.signed_in_actor(), round_id)
        sheet = _read_sheet(form.text.data or "", rated)
    except (FileRefused, FormatRefused, BadQuotes) as error:
        sentence = error.sentence if isinstance(error, FileRefused) else say_why(error)
        return _refuse_file(form, round_id, sentence)
    plan = importing.plan_import(rated, sheet.answers)
    is_saving = request.form.get("action") == "save" and not has_file()
    if sheet.problems or not is_saving or form.seen.data != plan.seen:
        return _preview(form, rated, sheet, plan, is_stale=is_saving and not sheet.problems)
    try:
        n_taken = importing.import_ratings(rated, plan, form_key=form.key(), by_id=actor.person_id)
    except (RoundClosed, ChangedMeanwhile) as error:
        return _refuse_file(form, round_id, str(error), 409)
    flash(ngettext("One rating is taken.", "%(num)d ratings are taken.", n_taken), "success")
    return see(url_for("readiness.show_round", round_id=round_id))


def _read_sheet(text: str, rated: RatedRound) -> Sheet:
    if is_json(text):
        read = fhir.read_response(parse_json(text))
        return response_fhir.answers_from(read, rated.instrument, url=_url_of(rated.instrument))
    return tables.read_wide(sheets.rows_of(text), rated.instrument)


def _refuse_file(form: RatingsFileForm, round_id: int, sentence: str, status: int = 422) -> Answer:
    forms.add_errors(form, {"file": sentence})
    form.text.data = ""
    rated = rounds.get_consensus_for(access.signed_in_actor(), round_id)
    return pages.render("readiness/import_ratings.html", form=form, rated=rated, round=rated.round), status


def _preview(
    form: RatingsFileForm, rated: RatedRound, sheet: Sheet, plan: importing.RatingPlan, *, is_stale: bool
) -> Answer:
    """Show every rating and what would happen with it; nothing is kept between the two steps."""
    form.seen.data = plan.seen
    form.begin_again()
    language = page_language()
    page = pages.render(
        "readiness/preview_ratings.html",
        form=form,
        rated=rated,
        round=rated.round,
        problems=[{"where": each.where, "sentence": say_problem(each)} for each in sheet.problems],
        changes=[
            {
                "name": rated.instrument.get_item(each.item_key).name[language],
                "now": say_answer(each.stands),
                "then": say_answer(each.said),
                "evidence": each.said.evidence if each.said.evidence != each.stands.evidence else "",
                "is_new": each.is_new,
            }
            for each in plan.changes
        ],
        n_same=len(plan.ratings) - len(plan.changes),
        unread=sheet.unread,
        is_stale=is_stale,
    )
    db.session.rollback()  # a look is no submission: the same form may be sent again
    return (page, 422) if sheet.problems else (page, 409) if is_stale else page


def _resource(rated: RatedRound, records: list[Record]) -> dict[str, object]:
    """Return one response, or a collection of them where several rated each alone."""
    made = [
        fhir.write_response(
            response_fhir.response_from(
                rated.instrument,
                record,
                url=_url_of(rated.instrument),
                subject=rated.round.organization.name,
                is_done=not rated.round.is_open,
            )
        )
        for record in records
    ]
    if len(made) == 1:
        return made[0]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in made]}


def _url_of(instrument: Instrument) -> str:
    """Return the address by which an instrument is known, whatever its version; nothing has to be found there."""
    return f"{current_app.config['SETTINGS'].site_url}/readiness/instruments/{instrument.slug}"


def _kind() -> str:
    return str((request.view_args or {})["kind"])


def _json(resource: object) -> str:
    return json.dumps(resource, ensure_ascii=False, indent=1)


def _file(content: str | bytes, mimetype: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(content, mimetype=mimetype, headers={"Content-Disposition": disposition})

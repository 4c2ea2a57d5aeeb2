"""Pages where many numbers come in at once."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from lms import sheets, workbooks
from lms.authz import Permission
from lms.db import db
from lms.improvement import measure_csv, queries, rules
from lms.improvement.forms.importing import (
    COLUMN_LABELS,
    TABLE_LIMITS,
    TABLE_SENTENCES,
    WORKBOOK_SENTENCES,
    ImportForm,
    own_headings,
    reason_words,
    sentence_of,
)
from lms.improvement.models import Measure
from lms.improvement.queries import SignedEntry
from lms.improvement.queries.measures import get_measure_whole
from lms.improvement.rules import Cadence
from lms.improvement.services import importing
from lms.improvement.services.importing import Change, Plan
from lms.improvement.services.measures import counted_so_from
from lms.improvement.table_columns import Column, TableFlaw, UnreadableTable
from lms.improvement.table_input import MOST_BYTES, Table, Wanted, read_table
from lms.improvement.views.blueprint import Answer, bp, here
from lms.improvement.views.measures import period_in_words
from lms.sheets import NotText, safe_cell
from lms.web import access, forms, pages, site
from lms.web.access import requires
from lms.web.site import see
from lms.workbooks import UnreadableWorkbook

TEMPLATE_PERIODS = 12


@dataclass(frozen=True)
class Looked:
    """A table that was read, held against what is there."""

    table: Table
    plan: Plan
    is_reason_needed: bool

    @property
    def is_good(self) -> bool:
        """Whether all of it can be taken."""
        return not self.table.bad_rows and not self.is_reason_needed


@bp.get("/improve/measures/<int:measure_id>/import")
@bp.post("/improve/measures/<int:measure_id>/import")
@requires(Permission.IMPROVEMENT_WRITE, on=queries.get_measure_for)
def import_observations(measure: Measure) -> Answer:
    """Read a table of numbers, show what would happen with each row, and take them all or none."""
    if request.method == "GET" and request.args.get("view") == "template":
        return _template(measure)
    form = ImportForm(forms.form_data())
    if request.method == "GET":
        return pages.render("improvement/import_observations.html", form=form, measure=measure)
    try:
        measure = _take_file(form, measure)
        is_saving = request.form.get("action") == "save" and not _has_file()
        if is_saving:
            importing.lock_measure(measure.id)
        looked = _look(form, measure)
    except UnreadableTable as unreadable:
        sentence = str(TABLE_SENTENCES[unreadable.flaw]) % {**TABLE_LIMITS, "detail": unreadable.detail}
        return _refused(form, measure, "text", sentence)
    except UnreadableWorkbook as unreadable:
        return _refused(form, measure, "file", str(WORKBOOK_SENTENCES[unreadable.flaw]))
    is_as_shown = form.told.data == looked.plan.told
    if not is_saving or not looked.is_good or not is_as_shown or form.seen.data != looked.plan.seen:
        return _preview(form, measure, looked, was_shown=is_saving and is_as_shown)
    n_written = importing.import_observations(
        measure, looked.plan, form_key=form.key(), by_id=access.signed_in_actor().person_id
    )
    flash(ngettext("One number is saved.", "%(num)d numbers are saved.", n_written), "success")
    return see(url_for("improvement.show_measure", measure_id=measure.id))


@bp.get("/improve/measures/<int:measure_id>.xlsx")
@requires(Permission.IMPROVEMENT_READ, on=queries.get_measure_for)
def download_workbook(measure: Measure) -> Response:
    """Give a measure's numbers as a workbook."""
    rows = measure_csv.list_rows(measure.definitions, queries.list_entries(measure.id))
    disposition = f'attachment; filename="measure-{measure.id}.xlsx"'
    book = workbooks.write(measure_csv.COLUMNS, rows)
    return Response(book, mimetype=workbooks.MIMETYPE, headers={"Content-Disposition": disposition})


def _has_file() -> bool:
    upload = request.files.get("file")
    return upload is not None and bool(upload.filename)


def _take_file(form: ImportForm, measure: Measure) -> Measure:
    """Put what an uploaded file says into the field; nobody waits for the database meanwhile."""
    if not _has_file():
        return measure
    measure_id, data = measure.id, request.files["file"].stream.read(workbooks.MOST_BYTES + 1)
    form.text.data = site.outside_transaction(lambda: _text_of(data))
    return get_measure_whole(measure_id)


def _text_of(data: bytes) -> str:
    if workbooks.is_workbook(data):
        return workbooks.read_as_text(data)
    if len(data) > MOST_BYTES:
        raise UnreadableTable(TableFlaw.TOO_BIG)
    try:
        return sheets.decode(data).text
    except NotText:
        raise UnreadableTable(TableFlaw.NOT_TEXT) from None


def _look(form: ImportForm, measure: Measure) -> Looked:
    """Read the table and hold it against what is there (two statements)."""
    definition = measure.definition
    table = read_table(
        form.text.data or "",
        Wanted(
            unit=definition.unit,
            cadence=definition.cadence,
            today=here().today,
            headings=own_headings(definition),
            reasons=reason_words(),
            first_on=counted_so_from(measure),
            order=form.order,
            mark=form.mark,
        ),
    )
    newest: Mapping[date, SignedEntry] = {entry.period_on: entry for entry in queries.list_entries(measure.id)}
    plan = importing.plan_import(measure, table.rows, newest, form.reason)
    needs_reason = any(planned.row.is_missing and planned.missing_reason is None for planned in plan.rows)
    return Looked(table, plan, needs_reason)


def _refused(form: ImportForm, measure: Measure, field: str, sentence: str) -> Answer:
    """Show the page again with what was pasted. A file's own text is not kept: the file is still there."""
    forms.add_errors(form, {field: sentence})
    return pages.invalid("improvement/import_observations.html", form=form, measure=get_measure_whole(measure.id))


def _preview(form: ImportForm, measure: Measure, looked: Looked, *, was_shown: bool) -> Answer:
    """Show every row and what would happen with it. Nothing is kept between the two steps."""
    changed = looked.plan.changed_since(form.seen.data or "") if was_shown else []
    is_stale = was_shown and form.seen.data != looked.plan.seen
    if looked.table.asks_order and form.order is None:
        forms.add_errors(form, {"date_order": _("Some dates can be read in two ways. Choose one.")})
    if looked.table.asks_mark and form.mark is None:
        forms.add_errors(form, {"decimal_mark": _("Some numbers can be read in two ways. Choose one.")})
    if looked.is_reason_needed:
        forms.add_errors(form, {"missing_reason": _("Choose why there is no number. An empty cell is never a zero.")})
    form.begin_from(looked.plan.seen, looked.plan.told)
    page = pages.render(
        "improvement/preview_observations.html",
        form=form,
        measure=measure,
        definition=measure.definition,
        is_share=measure.definition.unit in rules.SHARES,
        table=looked.table,
        plan=looked.plan,
        planned={planned.row.line: planned for planned in looked.plan.rows},
        problems={
            row.line: [sentence_of(problem, pages.day) for problem in row.problems] for row in looked.table.bad_rows
        },
        needs_reason=any(planned.row.is_missing and planned.row.reason is None for planned in looked.plan.rows),
        changed={planned.row.line for planned in changed},
        is_stale=is_stale,
        n_new=looked.plan.count(Change.NEW),
        n_replaces=looked.plan.count(Change.REPLACES),
        n_same=looked.plan.count(Change.SAME),
        is_good=looked.is_good,
        period_in_words=period_in_words,
    )
    db.session.rollback()  # a look is no submission: the same form may be sent again
    return (page, 409) if is_stale else page if looked.is_good else (page, 422)


def _template(measure: Measure) -> Response:
    """Give an empty table with the periods that wait; of a new measure, with the newest ones."""
    definition, today = measure.definition, here().today
    entered = {entry.period_on for entry in queries.list_entries(measure.id)}
    columns = [Column.PERIOD, Column.NUMERATOR, Column.DENOMINATOR, Column.NOTE]
    if definition.unit not in rules.SHARES:
        columns.remove(Column.DENOMINATOR)
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerow(safe_cell(str(COLUMN_LABELS[column])) for column in columns)
    for period_on in _periods_to_fill_in(entered, definition.cadence, today):
        sheet.writerow([period_on.isoformat(), *[""] * (len(columns) - 1)])
    disposition = f'attachment; filename="measure-{measure.id}-to-fill-in.csv"'
    return Response("\ufeff" + out.getvalue(), mimetype="text/csv", headers={"Content-Disposition": disposition})


def _periods_to_fill_in(entered: set[date], cadence: Cadence, today: date) -> list[date]:
    if entered:
        return rules.missing_periods(entered, cadence, today) or [rules.period_start(today, cadence)]
    periods = [rules.last_finished_period(today, cadence)]
    while len(periods) < TEMPLATE_PERIODS:
        periods.append(rules.period_before(periods[-1], cadence))
    return periods[::-1]

"""Many numbers at once: pasted or from a file, looked at, and taken whole or not at all."""

import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from lms import clock, workbooks
from lms.audit import AuditEntry
from lms.db import db
from lms.improvement.models import MeasureDefinition, Observation
from lms.improvement.queries.measures import get_measure_whole
from lms.improvement.rules import Cadence, Direction, Unit
from lms.improvement.services import measures
from lms.improvement.services.measures import Definition, Entry, Upkeep
from lms.web import access
from lms.workbooks import UnreadableWorkbook, WorkbookFlaw
from tests.factories.improvement import NOON, TODAY, make_entries, make_measure
from tests.statements import counted_statements

MONDAY = datetime.fromisoformat("2026-05-11T00:00")  # as workbooks say days: a moment without a zone
TWO_WEEKS = "2026-05-11\t7\t20\n2026-05-18\t12\t40"


def import_url(measure):
    return f"/improve/measures/{measure.id}/import"


def observations():
    db.session.rollback()
    return db.session.scalars(select(Observation).order_by(Observation.id)).all()


def hidden(page, name):
    """Return what a hidden field of the page's own form holds."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page[page.index("<main") :])[0]
    return re.search(r'value="([^"]*)"', tag)[1]


def shown(page):
    return {name: hidden(page, name) for name in ("seen", "told", "form_key")}


def look(site, measure, text, status=200, **fields):
    return site.post(import_url(measure), {"text": text, **fields}, status=status).text


def save(site, measure, text, page, status=303, **fields):
    sent = {"text": text, "action": "save", **shown(page), **fields}
    return site.post(import_url(measure), sent, status=status)


def test_a_pasted_table_is_looked_at_and_then_saved(site, shop, as_person):
    as_person(shop.member)
    assert "Paste many numbers from a spreadsheet" in site.get(f"/improve/measures/{shop.measure.id}").text
    site.get(import_url(shop.measure))
    page = look(site, shop.measure, TWO_WEEKS)
    assert "Save 2 numbers" in page
    assert page.count(">New<") + page.count("New</") >= 2
    assert not observations()
    answer = save(site, shop.measure, TWO_WEEKS, page)
    assert answer.location.endswith(f"/improve/measures/{shop.measure.id}")
    assert [(each.period_on.isoformat(), each.numerator, each.denominator) for each in observations()] == [
        ("2026-05-11", 7, 20),
        ("2026-05-18", 12, 40),
    ]
    assert "2 numbers are saved." in site.get(answer.location).text
    written = select(func.count()).select_from(AuditEntry).where(AuditEntry.verb == "imported observations")
    assert db.session.scalar(written) == 1


def test_a_second_click_and_a_second_sending_write_once(site, shop, as_person):
    as_person(shop.member)
    page = look(site, shop.measure, TWO_WEEKS)
    first = save(site, shop.measure, TWO_WEEKS, page)
    assert save(site, shop.measure, TWO_WEEKS, page).location == first.location
    assert len(observations()) == 2


def test_what_is_there_is_named_and_a_replaced_number_is_kept(site, shop, as_person):
    make_entries(shop.measure, shop.member, 7, 12)  # the weeks of May 18 and 25, out of 20
    as_person(shop.member)
    text = "2026-05-11;9;20\n2026-05-18;7;20\n2026-05-25;15;30"
    page = look(site, shop.measure, text)
    assert "Save 2 numbers" in page
    assert "Same as now" in page
    assert "Replaces 12 of 20" in page
    save(site, shop.measure, text, page)
    assert len(observations()) == 4
    assert "Replaced" in site.get(f"/improve/measures/{shop.measure.id}").text


def test_one_bad_row_keeps_all_out_and_the_text_stays(site, shop, as_person):
    as_person(shop.member)
    text = "2026-05-11;7;20\n2026-05-18;25;20\n2026-06-08;1;20\n<script>alert(1)</script>;=cmd();\n2026-05-11;7;20"
    page = look(site, shop.measure, text, status=422)
    assert "4 rows need another look" in page
    for sentence in ("more than all of them", "has not begun yet", "is no date or period", "stands in row 1 already"):
        assert sentence in page
    assert "Row 2" in page
    assert "<script>alert" not in page
    assert "2026-05-18;25;20" in page
    assert save(site, shop.measure, text, page, status=422)
    assert not observations()


@pytest.mark.parametrize(("text", "sentence"), [
    ("", "no numbers here yet"), ("week;counted;out of", "no numbers here yet"),
    ("\n".join(["2026-05-11;7;20"] * 10_000), "10000 rows, and a table can have at most 1,000"),
    ("x" * 300_000, "too much at once"), ('"2026', "has no partner"), ("week;week;a", "Two columns"),
    ("\u202eweek;counted\n2026-05-11;7", "out of how many"),
])  # fmt: skip
def test_what_is_no_table_is_said_at_the_field_and_kept(site, shop, as_person, text, sentence):
    as_person(shop.member)
    page = look(site, shop.measure, text, status=422)
    assert sentence in page
    assert text[:12].replace('"', "&#34;") in page


def test_day_and_month_are_asked_for_and_taken_as_said(site, shop, as_person):
    as_person(shop.member)
    text = "4/5/2026;7;20\n11/5/2026;8;20"
    page = look(site, shop.measure, text, status=422)
    assert "What comes first in your dates?" in page
    assert "could be Mon, May 4, 2026 or Sun, Apr 5, 2026" in page
    page = look(site, shop.measure, text, date_order="day-first")
    save(site, shop.measure, text, page, date_order="day-first")
    assert [each.period_on for each in observations()] == [date(2026, 5, 4), date(2026, 5, 11)]


def test_thousands_are_asked_for(site, shop, as_person):
    measure = make_measure(shop.team, shop.member, name="Kits", unit=Unit.COUNT, denominator_text="")
    as_person(shop.member)
    page = look(site, measure, "2026-05-11\t1,234", status=422)
    assert "How are your numbers written?" in page
    page = look(site, measure, "2026-05-11\t1,234", decimal_mark="point")
    save(site, measure, "2026-05-11\t1,234", page, decimal_mark="point")
    assert observations()[0].numerator == 1234


def test_an_empty_cell_asks_why_and_is_no_zero(site, shop, as_person):
    as_person(shop.member)
    text = "2026-05-11;7;20\n2026-05-18;;\n2026-05-25;n/a;-\n2026-06-01;;\n2026-06-08;;"
    page = look(site, shop.measure, text, status=422)
    assert "Why is there no number for these periods?" in page
    assert "2 rows without a number are left out" in page
    save(site, shop.measure, text, page, status=422)
    page = look(site, shop.measure, text, missing_reason="closed")
    save(site, shop.measure, text, page, missing_reason="closed")
    assert [each.missing_reason for each in observations()] == [None, "closed", "closed"]


def test_a_number_that_came_meanwhile_is_shown_before_it_is_replaced(site, shop, as_person):
    as_person(shop.member)
    page = look(site, shop.measure, TWO_WEEKS)
    entry = Entry(period_on=date(2026, 5, 18), numerator=3, denominator=9)
    measures.enter_observation(shop.measure, entry, event_uuid=uuid4(), by_id=shop.lead.id, today=TODAY)
    db.session.commit()
    again = save(site, shop.measure, TWO_WEEKS, page, status=409).text
    assert "Something changed while you looked" in again
    assert "Replaces 3 of 9" in again
    assert "Changed while you looked" in again
    assert len(observations()) == 1
    save(site, shop.measure, TWO_WEEKS, again)
    assert len(observations()) == 3


def test_a_measure_that_changed_meanwhile_is_looked_at_again(site, shop, as_person):
    as_person(shop.member)
    page = look(site, shop.measure, TWO_WEEKS)
    measure = get_measure_whole(shop.measure.id)
    measures.set_measure_closed(measure, is_closed=False, by_id=shop.lead.id)
    db.session.commit()
    assert "Somebody changed the measure" in save(site, shop.measure, TWO_WEEKS, page, status=409).text
    assert not observations()


def test_a_table_that_was_changed_after_the_look_is_looked_at_first(site, shop, as_person):
    as_person(shop.member)
    page = look(site, shop.measure, TWO_WEEKS)
    again = save(site, shop.measure, TWO_WEEKS.replace("\t7\t", "\t9\t"), page, status=200).text
    assert "Save 2 numbers" in again
    assert not observations()


def test_the_same_table_again_changes_nothing(site, shop, as_person):
    as_person(shop.member)
    save(site, shop.measure, TWO_WEEKS, look(site, shop.measure, TWO_WEEKS))
    assert "nothing new in this table" in look(site, shop.measure, TWO_WEEKS)
    save(site, shop.measure, TWO_WEEKS, look(site, shop.measure, TWO_WEEKS))
    assert len(observations()) == 2


def test_our_own_download_changes_nothing(site, shop, as_person):
    make_entries(shop.measure, shop.member, 7, 12, 9)
    make_entries(shop.measure, shop.member, 8)
    as_person(shop.member)
    for number, reason in (("", "lost"), ("3", "")):
        fields = {
            "period_on": "2026-04-27",
            "numerator": number,
            "denominator": number and "20",
            "missing_reason": reason,
        }
        site.post(f"/improve/measures/{shop.measure.id}/observations", {**fields, "note": '=snow; "ice"'}, status=303)
    download = site.get(f"/improve/measures/{shop.measure.id}.csv").text
    page = look(site, shop.measure, download)
    assert "nothing new in this table" in page
    assert "2 rows are left out" in page


def test_a_percentage_beside_its_denominator_is_counted_back(site, shop, as_person):
    as_person(shop.member)
    page = look(site, shop.measure, "2026-05-11;35%;20")
    save(site, shop.measure, "2026-05-11;35%;20", page)
    assert observations()[0].numerator == 7


def test_a_file_to_fill_in_comes_back(site, shop, as_person):
    as_person(shop.member)
    template = site.get(f"{import_url(shop.measure)}?view=template")
    assert template.mimetype == "text/csv"
    lines = template.text.removeprefix("\ufeff").split("\r\n")
    assert lines[0] == "Period,Counted,Out of,Note"
    assert lines[12] == "2026-05-25,,,"
    filled = template.text.replace(",,,", ",7,20,snow")
    sent = {"file": (io.BytesIO(filled.encode()), "numbers.csv"), "text": ""}
    page = site.post(import_url(shop.measure), sent, status=200).text
    assert "Save 12 numbers" in page
    assert "2026-05-25,7,20,snow" in page


def workbook(*rows, formats=None, **parts):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for place, number_format in (formats or {}).items():
        book.active[place].number_format = number_format
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_with_its_dates_and_percentages(site, shop, as_person):
    as_person(shop.member)
    data = workbook(
        ("Week", "Percent", "Total"), (MONDAY, 0.35, 20), (date(2026, 5, 18), 0.3, 40),
        formats={"B2": "0%", "B3": "0.00%"},
    )  # fmt: skip
    sent = {"file": (io.BytesIO(data), "numbers.xlsx"), "text": "what stood here before"}
    page = site.post(import_url(shop.measure), sent, status=200).text
    text = "Week\tPercent\tTotal\n2026-05-11\t35%\t20\n2026-05-18\t30%\t40\n"
    assert text.strip() in page
    save(site, shop.measure, text, page)
    assert [each.numerator for each in observations()] == [7, 12]


def test_a_formula_that_nobody_worked_out_is_no_empty_cell():
    text = workbooks.read_as_text(workbook(("2026-05-11", "=1+1", 1.234, True, None, 5), ()))
    assert text == "2026-05-11\t=1+1\t1.2340\tTRUE\t\t5\n"


def bomb(size):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * size)
    return out.getvalue()


def with_part(name, content):
    out, data = io.BytesIO(), workbook(("2026-05-11", 7))
    with zipfile.ZipFile(io.BytesIO(data)) as whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in whole.namelist():
            packed.writestr(part, content if part == name else whole.read(part))
    return out.getvalue()


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(("data", "flaw"), [
    (bomb(50_000_000), WorkbookFlaw.TOO_BIG), (b"PK\x03\x04" + b"x" * 900_000, WorkbookFlaw.TOO_BIG),
    (b"PK\x03\x04 no zip", WorkbookFlaw.UNREADABLE), (b"\xd0\xcf\x11\xe0 old", WorkbookFlaw.OLD_OR_LOCKED),
    (bomb(10), WorkbookFlaw.UNREADABLE), (workbook(()), WorkbookFlaw.EMPTY),
    (with_part("xl/worksheets/sheet1.xml", LAUGHS), WorkbookFlaw.UNREADABLE),
    (with_part("xl/worksheets/sheet1.xml", b"<worksheet>"), WorkbookFlaw.UNREADABLE),
    (with_part("xl/styles.xml", "<x/>".encode("utf-16")), WorkbookFlaw.UNREADABLE),
    (workbook(("2026-05-11", 7))[:-200], WorkbookFlaw.UNREADABLE),
])  # fmt: skip
def test_a_file_that_is_no_good_workbook_is_refused(data, flaw):
    with pytest.raises(UnreadableWorkbook) as caught:
        workbooks.read_as_text(data)
    assert caught.value.flaw is flaw


@pytest.mark.parametrize(("data", "sentence"), [
    (b"PK\x03\x04 no zip", "could not be read"), (b"\xd0\xcf\x11\xe0 old", "old format"),
    (b"\x00\x81\x8d", "This is no text"), (b"a" * 300_000, "too much at once"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_said_in_words(site, shop, as_person, data, sentence):
    as_person(shop.member)
    page = site.post(import_url(shop.measure), {"file": (io.BytesIO(data), "x.xlsx"), "text": "kept"}, status=422).text
    assert sentence in page
    assert "kept" in page


def test_weeks_of_another_kind_of_number_are_refused(site, shop, as_person):
    counted = Definition("Kits", "kits given out", Unit.COUNT, Cadence.WEEK, Direction.UP)
    measures.edit_measure(
        get_measure_whole(shop.measure.id), counted, Upkeep(kind=shop.measure.kind), holds_from_on=date(2026, 5, 18),
        row_version=1, by_id=shop.member.id,
    )  # fmt: skip
    db.session.commit()
    as_person(shop.member)
    page = look(site, shop.measure, "2026-05-11;7\n2026-05-18;8", status=422)
    assert "Before Mon, May 18, 2026 another kind of number was counted" in page
    fields = {"period_on": "2026-05-11", "numerator": "7"}
    page = site.post(f"/improve/measures/{shop.measure.id}/observations", fields, status=422).text
    assert "another kind of number was counted" in page


def test_weeks_before_another_definition_are_kept_as_counted_then(site, shop, as_person):
    now = shop.measure.definition
    other = Definition(
        now.name, "people who got it at once", now.unit, now.cadence, now.direction, now.denominator_text
    )
    measures.edit_measure(
        get_measure_whole(shop.measure.id), other, Upkeep(kind=shop.measure.kind), holds_from_on=date(2026, 5, 18),
        row_version=1, by_id=shop.member.id,
    )  # fmt: skip
    db.session.commit()
    as_person(shop.member)
    page = look(site, shop.measure, TWO_WEEKS)
    assert "One row is from a time when something else was counted" in page
    save(site, shop.measure, TWO_WEEKS, page)
    numbers = dict(db.session.execute(select(MeasureDefinition.id, MeasureDefinition.number)).all())
    assert [numbers[each.definition_id] for each in observations()] == [1, 2]


@pytest.mark.parametrize(("who", "status"), [
    ("lead", 200), ("staff", 403), ("expert", 403), ("coordinator", 403), ("neighbor", 404), ("stranger", 404),
])  # fmt: skip
def test_who_imports_numbers(site, shop, as_person, who, status):
    as_person(getattr(shop, who))
    site.get(import_url(shop.measure), status=status)
    assert site.client.post(import_url(shop.measure), data={"text": TWO_WEEKS}).status_code != 303
    assert not observations()


def test_five_years_of_weeks_cost_the_same_as_one(site, shop, as_person):
    as_person(shop.member)
    one = "2026-05-25;7;20"
    all_weeks = "\n".join(f"{TODAY - timedelta(days=7 * n)};7;20" for n in range(1, 260))

    def cost(text):
        with clock.fixed(NOON), counted_statements() as seen:
            look(site, shop.measure, text)
        return len(seen)

    cost(one)
    assert cost(one) == cost(all_weeks) <= 2 * 12  # the page of the form, and the look
    page = look(site, shop.measure, all_weeks)
    save(site, shop.measure, all_weeks, page)
    assert len(observations()) == 259


def test_a_workbook_of_the_numbers_comes_back_as_it_was(site, shop, as_person):
    as_person(shop.member)
    fields = {"period_on": "2026-05-18", "numerator": "7", "denominator": "20", "note": "=cmd()|'/C calc'!A0"}
    site.post(f"/improve/measures/{shop.measure.id}/observations", fields, status=303)
    book = site.get(f"/improve/measures/{shop.measure.id}.xlsx")
    assert book.mimetype == workbooks.MIMETYPE
    (sheet,) = load_workbook(io.BytesIO(book.data)).worksheets
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n", "d"}
    assert [cell.value for cell in sheet[2]][1:4] == [7, 20, 35]
    sent = {"file": (io.BytesIO(book.data), "numbers.xlsx")}
    assert "nothing new in this table" in site.post(import_url(shop.measure), sent, status=200).text
    as_person(shop.stranger)
    site.get(f"/improve/measures/{shop.measure.id}.xlsx", status=404)


def test_of_tables_for_the_same_weeks_sent_at_once_one_is_taken(app, site, shop, as_person):
    as_person(shop.member)
    path, n = import_url(shop.measure), 4
    fields = []
    for number in range(n):
        text = f"2026-05-11\t{number}\t20\n2026-05-18\t{number}\t40"
        page = look(site, shop.measure, text)
        fields.append({"text": text, "action": "save", **site.hidden_fields(path), **shown(page)})
    name, start = access.cookie_name(app.config["SETTINGS"]), Barrier(n)
    key = site.client.get_cookie(name).value
    db.session.remove()

    def send(said):
        client = app.test_client()
        client.set_cookie(name, key)
        start.wait()
        with clock.fixed(NOON):  # each thread has a clock of its own
            return client.post(path, data=said).status_code

    with ThreadPoolExecutor(n) as threads:
        assert sorted(threads.map(send, fields)) == [303] + [409] * (n - 1)
    assert len(observations()) == 2


def test_a_look_costs_few_statements(site, shop, as_person):
    as_person(shop.member)
    fields = {**site.hidden_fields(import_url(shop.measure)), "text": TWO_WEEKS}
    with counted_statements() as seen:
        assert site.client.post(import_url(shop.measure), data=fields).status_code == 200
    assert len(seen) <= 12

"""What people paste from spreadsheets, and what is read of it."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.improvement import measure_csv, rules
from lms.improvement.rules import BadNumber, Cadence, MissingReason, NumberFlaw, Unit
from lms.improvement.table_cells import (
    DateOrder,
    DecimalMark,
    NoPeriod,
    NoSuchDay,
    clean_cell,
    is_nothing,
    read_cell_number,
    read_program_number,
    read_written_period,
)
from lms.improvement.table_columns import Column, TableFlaw, UnreadableTable
from lms.improvement.table_input import MOST_ROWS, RowFlaw, Wanted, read_table

TODAY = date(2026, 6, 1)  # a Monday
WEEKLY = Wanted(Unit.PERCENT, Cadence.WEEK, TODAY)
MONTHLY = Wanted(Unit.DAYS, Cadence.MONTH, TODAY)


def read(text, wanted=WEEKLY, **changes):
    return read_table(text, wanted if not changes else Wanted(wanted.unit, wanted.cadence, wanted.today, **changes))


def numbers(table):
    assert not table.bad_rows
    return [(row.period_on.isoformat(), row.numerator, row.denominator) for row in table.rows]


def flaws(table):
    return [(row.line, problem.flaw.value) for row in table.rows for problem in row.problems]


@pytest.mark.parametrize(("cell", "first_on"), [
    ("2026-03-02", "2026-03-02"), ("2026/3/2", "2026-03-02"), ("2026-03-02 00:00:00", "2026-03-02"),
    ("2026-03-02T10:15:00Z", "2026-03-02"), ("13/2/2026", "2026-02-13"), ("2/13/2026", "2026-02-13"),
    ("13.02.26", "2026-02-13"), ("5/5/2026", "2026-05-05"), ("2-Mar-26", "2026-03-02"), ("2 mar 2026", "2026-03-02"),
    ("Mar 2, 2026", "2026-03-02"), ("Monday, March 2nd, 2026", "2026-03-02"), ("2 de marzo de 2026", "2026-03-02"),
    ("martes 3 de marzo del 2026", "2026-03-03"), ("mar 3 mar 2026", "2026-03-03"),
    ("Week of Mon, Mar 2, 2026", "2026-03-02"),
    ("semana del lun, 2 mar 2026", "2026-03-02"), ("Mar 2026", "2026-03-01"), ("marzo 2026", "2026-03-01"),
    ("Marzo de 2026", "2026-03-01"), ("sept. 2025", "2025-09-01"), ("setiembre 2025", "2025-09-01"),
    ("2026-03", "2026-03-01"),
    ("03/2026", "2026-03-01"), ("Mar-26", "2026-03-01"), ("ene-26", "2026-01-01"), ("2026-W10", "2026-03-02"),
    ("2026W10", "2026-03-02"), ("2026-W10-3", "2026-03-04"), ("Week 10, 2026", "2026-03-02"),
    ("W10 2026", "2026-03-02"),
    ("semana 10 de 2026", "2026-03-02"), ("20260302", "2026-03-02"),
])  # fmt: skip
def test_periods_are_read_as_people_write_them(cell, first_on):
    written = read_written_period(clean_cell(cell))
    assert written.first_on.isoformat() == first_on
    assert written.other is None


@pytest.mark.parametrize("cell", ["3/2/2026", "02.03.2026", "2-3-26"])
def test_day_and_month_that_could_change_places_are_not_guessed(cell):
    written = read_written_period(cell)
    assert written.other is not None
    assert {written.first_on.month, written.other.month} == {2, 3}


@pytest.mark.parametrize(
    "cell", ["", "x", "Q1 2026", "2026", "46083", "Mar 26", "march", "2026-13", "٣/٢/٢٠٢٦", "a" * 999, "🙂"]
)
def test_what_names_no_time_is_no_period(cell):
    with pytest.raises(NoPeriod):
        read_written_period(cell)


@pytest.mark.parametrize("cell", ["2026-02-30", "31/4/2026", "2026-W54", "0001-01-01", "Feb 30, 2026", "9999-12-31"])
def test_a_day_that_does_not_exist_is_named_so(cell):
    with pytest.raises(NoSuchDay):
        read_written_period(cell)


@pytest.mark.parametrize(("cell", "value"), [
    ("7", 7), ("12.5", 12.5), ("12,5", 12.5), ("1 234", 1234), ("1\u202f234", 1234), ("1\u2009234,5", 1234.5),
    ("1'234", 1234),
    ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("1,234,567", 1234567), ("1.234.567", 1234567), ("1234,567", 1234.567),
    ("0,125", 0.125), (".5", 0.5), ("-3", -3), ("\u22123", -3), ("35 %", 35), ("1 234,567", 1234.567),
])  # fmt: skip
def test_numbers_are_read_as_people_write_them(cell, value):
    assert read_cell_number(clean_cell(cell)).value == value


@pytest.mark.parametrize(("cell", "flaw"), [
    ("1,234", NumberFlaw.UNCLEAR), ("12.500", NumberFlaw.UNCLEAR), ("12.", NumberFlaw.NOT_A_NUMBER),
    ("1,23,456", NumberFlaw.NOT_A_NUMBER), ("1.2.3", NumberFlaw.NOT_A_NUMBER), ("1 2", NumberFlaw.NOT_A_NUMBER),
    ("1e5", NumberFlaw.NOT_A_NUMBER), ("٣", NumberFlaw.NOT_A_NUMBER), ("NaN", NumberFlaw.NOT_A_NUMBER),
    ("9" * 12, NumberFlaw.TOO_LARGE), ("9" * 99, NumberFlaw.NOT_A_NUMBER), ("$5", NumberFlaw.NOT_A_NUMBER),
])  # fmt: skip
def test_what_is_no_number_or_two_is_refused(cell, flaw):
    with pytest.raises(BadNumber) as caught:
        read_cell_number(cell)
    assert caught.value.flaw is flaw


def test_a_mark_that_was_said_makes_a_number_clear():
    assert read_cell_number("1,234", DecimalMark.COMMA).value == 1.234
    assert read_cell_number("1,234", DecimalMark.POINT).value == 1234
    assert read_cell_number("12,5", DecimalMark.POINT).value == 12.5  # this one was clear


@pytest.mark.parametrize("text", [
    "2026-03-02\t7\t20\n2026-03-09\t8\t20", "2026-03-02;7;20\r\n2026-03-09;8;20\r\n",
    "2026-03-02,7,20\n\n2026-03-09,8,20",
    "Week\tCounted\tOut of\n2026-W10\t7\t20\n2026-W11\t8\t20",
    "\ufeffsemana;contados;de\n2/3/2026;7;20\n13/3/2026;8;20",
    "What\tPeople seen\tPeople asked\n2026-03-02\t7\t20\n2026-03-09\t8\t20",
    'Out of,Note,Week,Counted\n20,"snow; ice",2026-03-02,7\n20,,2026-03-09,8',
    "2026-03-02\t7\t20\t35%\n2026-03-09\t8\t20\t0.4",
    "week,percent,total\n2026-03-02,35%,20\n2026-03-09,40,20",
    "week\tname of it\tcounted\tall\n2026-03-02\tx\t7\t20\n2026-03-09\ty\t8\t20",
])  # fmt: skip
def test_tables_are_read_in_any_of_the_usual_layouts(text):
    assert numbers(read(text)) == [("2026-03-02", 7, 20), ("2026-03-09", 8, 20)]


def test_the_order_that_other_dates_show_is_said():
    table = read("2/3/2026;7;20\n16/3/2026;8;20")
    assert (table.order, table.order_line) == (DateOrder.DAY_FIRST, 2)
    assert [row.period_on.month for row in table.rows] == [3, 3]


def test_without_a_clear_date_the_order_is_asked_and_taken_as_said():
    asked = read("2/3/2026;7;20\n9/3/2026;8;20")
    assert flaws(asked) == [(1, "unclear-date"), (2, "unclear-date")]
    assert asked.asks_order
    assert {day.isoformat() for day in asked.rows[0].problems[0].days} == {"2026-03-02", "2026-02-03"}
    said = read("2/3/2026;7;20\n9/3/2026;8;20", order=DateOrder.DAY_FIRST)
    assert [row.period_on.isoformat() for row in said.rows] == ["2026-03-02", "2026-03-09"]
    assert said.asks_order


def test_dates_that_show_both_orders_settle_nothing():
    table = read("16/3/2026;7;20\n3/23/2026;7;20\n2/3/2026;8;20")
    assert flaws(table) == [(3, "unclear-date")]


@pytest.mark.parametrize(("line", "flaw"), [
    (";7;20", "no-period"), ("soon;7;20", "not-a-period"), ("2026-02-30;7;20", "no-such-day"),
    ("Mar 2026;7;20", "needs-week"),
    ("2026-06-08;7;20", "future"), ("2019-01-07;7;20", "too-old"), ("2026-03-02;7;", "half"),
    ("2026-03-02;;20", "half"),
    ("2026-03-02;7;0", "zero-denominator"), ("2026-03-02;21;20", "more-than-all"), ("2026-03-02;-1;20", "negative"),
    ("2026-03-02;2,5;20", "not-whole"), ("2026-03-02;five;20", "not-a-number"), ("2026-03-02;=B2;20", "formula"),
    ("2026-03-02;1.234;2000", "unclear"), ("2026-03-02;35%;2000", "share-unclear"),
    ("2026-03-02;7;20%", "percent-sign"),
    ("2026-03-02;7;20;9", "extra-cells"), ("2026-03-02;🙂;20", "not-a-number"), ("=cmd();7;20", "formula"),
    ("2026-03-02;35%;0", "zero-denominator"), ("<script>;7;20", "not-a-period"),
])  # fmt: skip
def test_a_bad_row_is_named_by_its_line(line, flaw):
    table = read(
        f"Week;Counted;Out of\n2026-03-09;8;20\n{line}" if flaw != "extra-cells" else f"2026-03-09;8;20\n\n{line}"
    )
    assert flaws(table) == [(3, flaw)]


def test_a_period_that_stands_twice_is_named_with_the_other_line():
    (_first, second) = read("2026-03-02;7;20\n2026-03-04;8;20").rows
    (problem,) = second.problems
    assert (problem.flaw, problem.line) == (RowFlaw.TWICE, 1)


def test_a_day_within_a_week_is_said():
    (row,) = read("2026-03-04;7;20").moved
    assert (row.period_on.isoformat(), row.named_on.isoformat()) == ("2026-03-02", "2026-03-04")


def test_weeks_cannot_become_months():
    assert flaws(read("2026-W10;7", MONTHLY)) == [(1, "needs-month")]


def test_numbers_from_before_another_kind_of_number_are_refused():
    table = read("2026-03-02;7;20\n2026-03-09;7;20", first_on=date(2026, 3, 9))
    assert flaws(table) == [(1, "before-definition")]


def test_missing_numbers_are_kept_apart_from_zeros_and_reasons_are_read():
    text = "period,numerator,denominator,missing reason\n2026-03-02,,,closed\n2026-03-09,-,n/a,\n2026-03-16,0,20,"
    rows = read(text).rows
    assert [row.is_missing for row in rows] == [True, True, False]
    assert [row.reason for row in rows] == [MissingReason.CLOSED, None, None]
    assert rows[2].numerator == 0
    named = read(text.replace("closed", "We were closed"), reasons={"We were closed": MissingReason.CLOSED}).rows
    assert named[0].reason is MissingReason.CLOSED
    assert flaws(read(text.replace("closed", "gone fishing"))) == [(2, "unknown-reason")]
    assert flaws(read(text.replace(",,,closed", ",7,20,closed"))) == [(2, "reason-and-number")]


def test_empty_rows_of_periods_that_are_not_over_only_keep_the_place():
    table = read("2026-05-25;7;20\n2026-06-01;;\n2026-06-08;;\n2026-06-15;-;")
    assert numbers(table) == [("2026-05-25", 7, 20)]
    assert table.not_over == (2, 3, 4)


@pytest.mark.parametrize(("text", "flaw"), [
    ("", TableFlaw.EMPTY), (" \n\t\n", TableFlaw.EMPTY), ("week;counted;out of", TableFlaw.EMPTY),
    ("a\0b", TableFlaw.NOT_TEXT), ('"2026-03-02;7;20', TableFlaw.BAD_QUOTES), ("x" * 300_000, TableFlaw.TOO_BIG),
    ("week;date;counted;of", TableFlaw.COLUMN_TWICE), ("counted;out of\n7;20", TableFlaw.NO_PERIOD_COLUMN),
    ("week;out of\n2026-03-02;20", TableFlaw.NO_NUMBER_COLUMN),
    ("week;counted\n2026-03-02;7", TableFlaw.NO_DENOMINATOR_COLUMN),
    ("\n".join(["2026-03-02;7;20"] * 10_000), TableFlaw.TOO_MANY_ROWS),
])  # fmt: skip
def test_what_is_no_table_is_refused_whole(text, flaw):
    with pytest.raises(UnreadableTable) as caught:
        read(text)
    assert caught.value.flaw is flaw


def test_the_measures_own_words_name_its_columns():
    words = {"people who got it": Column.NUMERATOR, "people who asked": Column.DENOMINATOR}
    text = "Semana;People who asked;People who got it;Staff\n2026-03-02;20;7;3"
    table = read(text, headings=words)
    assert numbers(table) == [("2026-03-02", 7, 20)]
    assert table.unread == ("Staff",)


def test_a_month_of_days_reads_its_one_number_under_any_name():
    for heading in ("Month;Days", "Mes;Total", "Month;Median wait", "fecha;valor"):
        assert numbers(read(f"{heading}\nMar 2026;12,5", MONTHLY)) == [("2026-03-01", 12.5, None)]
    assert flaws(read("2026-03,12,5", MONTHLY)) == [(1, "extra-cells")]


UNITS = st.sampled_from(list(Unit))
CADENCES = st.sampled_from(list(Cadence))
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["2026-03-02", "3/2/2026", "Mar 2026", "7", "12,5", "1.234", "35%", "-", "", "n/a", '"', "week", "counted"]
    ),
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.lists(CELLS, max_size=5), max_size=6).map(lambda rows: "\n".join("\t".join(row) for row in rows)),
    st.lists(st.lists(CELLS, max_size=5), max_size=6).map(lambda rows: "\r\n".join(",".join(row) for row in rows)),
)


@given(TEXTS, UNITS, CADENCES, st.sampled_from([None, *DateOrder]), st.sampled_from([None, *DecimalMark]))
def test_any_text_gets_an_answer(text, unit, cadence, order, mark):
    try:
        table = read_table(text, Wanted(unit, cadence, TODAY, order=order, mark=mark))
    except UnreadableTable:
        return
    assert len(table.rows) <= MOST_ROWS
    good = [row for row in table.rows if not row.problems]
    assert len({row.period_on for row in good}) == len(good)
    for row in good:
        assert rules.is_enterable(row.period_on, cadence, TODAY)
        assert row.is_missing or not rules.flaws_of(unit, row.numerator, row.denominator)


@given(st.text(max_size=80))
def test_any_cell_gets_an_answer(text):
    cell = clean_cell(text)
    assert clean_cell(cell) == cell
    is_nothing(cell)
    for read_cell in (read_written_period, read_cell_number, read_program_number):
        try:
            read_cell(cell)
        except (NoPeriod, BadNumber):
            continue


PERIODS = st.integers(1, 200).map(lambda n: date.fromordinal(TODAY.toordinal() - 7 * n))
NOTES = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="'"), max_size=20)


@given(
    st.dictionaries(PERIODS, st.tuples(st.integers(0, 10**6), st.integers(1, 10**6), NOTES), min_size=1, max_size=20),
    UNITS,
)
def test_our_own_download_comes_back_as_it_was(found, unit):
    definition = SimpleNamespace(id=1, unit=unit, rate_per=1000, name="=A1")
    is_whole, is_share = unit in rules.COUNTED, unit in rules.SHARES
    entries = [
        SimpleNamespace(
            id=n, definition_id=1, period_on=period, note=clean_cell(note), entered_at=datetime(2026, 5, 1, tzinfo=UTC),
            numerator=float(min(a, b)) if is_whole else a / 1000, denominator=float(b) if is_share else None,
            missing_reason=None,
        )
        for n, (period, (a, b, note)) in enumerate(found.items())
    ]  # fmt: skip
    table = read_table(measure_csv.write([definition], entries), Wanted(unit, Cadence.WEEK, TODAY))
    assert not table.bad_rows
    assert not table.unread
    read_back = {row.period_on: (row.numerator, row.denominator, row.note) for row in table.rows}
    assert read_back == {each.period_on: (each.numerator, each.denominator, each.note) for each in entries}

"""The form of a pasted table of numbers, and the words for what is wrong with one."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask_babel import force_locale, lazy_gettext
from wtforms import FileField, HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import Optional

from lms.improvement.forms import words
from lms.improvement.forms.fields import NO_CLIENTS, choices_of
from lms.improvement.models import MeasureDefinition
from lms.improvement.rules import MissingReason, NumberFlaw
from lms.improvement.table_cells import DateOrder, DecimalMark
from lms.improvement.table_columns import Column, TableFlaw
from lms.improvement.table_input import MOST_BYTES, MOST_ROWS, Problem, RowFlaw
from lms.web.forms import Form
from lms.workbooks import MIMETYPE, WorkbookFlaw
from lms.workbooks import MOST_BYTES as MOST_WORKBOOK_BYTES

_ = lazy_gettext

ORDER_LABELS = {
    DateOrder.DAY_FIRST: _("The day first: 3/2/2026 is February 3"),
    DateOrder.MONTH_FIRST: _("The month first: 3/2/2026 is March 2"),
}
MARK_LABELS = {
    DecimalMark.POINT: _("1,234 is one thousand two hundred thirty-four; 1.234 has decimals"),
    DecimalMark.COMMA: _("1.234 is one thousand two hundred thirty-four; 1,234 has decimals"),
}


class ImportForm(Form):
    """A table of numbers, as text or as a file, and what only whoever pasted it can know."""

    text = TextAreaField(
        _("Paste from your spreadsheet"),
        [Optional()],
        description=_(
            "Copy the cells and paste them here: one row for each period. At most %(number)s rows. %(rule)s",
            number=f"{MOST_ROWS:,}",
            rule=NO_CLIENTS,
        ),
    )
    file = FileField(
        _("Or take a file"),
        [Optional()],
        description=_("CSV or Excel (XLSX), at most %(number)s KB.", number=MOST_WORKBOOK_BYTES // 1024),
        render_kw={
            "accept": f".csv,.tsv,.txt,.xlsx,text/csv,text/plain,{MIMETYPE}",
        },
    )
    date_order = RadioField(
        _("What comes first in your dates?"), [Optional()], choices=choices_of(ORDER_LABELS), validate_choice=False
    )
    decimal_mark = RadioField(
        _("How are your numbers written?"), [Optional()], choices=choices_of(MARK_LABELS), validate_choice=False
    )
    missing_reason = SelectField(
        _("Why is there no number for these periods?"),
        [Optional()],
        choices=lambda: [("", _("Choose a reason")), *choices_of(words.MISSING_LABELS)()],
        default="",
        validate_choice=False,
    )
    seen = HiddenField()
    told = HiddenField()

    @property
    def order(self) -> DateOrder | None:
        """What comes first in dates, as it was said."""
        return DateOrder(self.date_order.data) if self.date_order.data in set(DateOrder) else None

    @property
    def mark(self) -> DecimalMark | None:
        """What stands before decimals, as it was said."""
        return DecimalMark(self.decimal_mark.data) if self.decimal_mark.data in set(DecimalMark) else None

    @property
    def reason(self) -> MissingReason | None:
        """Why numbers are missing, as it was said."""
        return MissingReason(self.missing_reason.data) if self.missing_reason.data in set(MissingReason) else None

    def key(self) -> UUID:
        """Return the key the page made; a broken one becomes a new one."""
        try:
            return UUID(self.form_key.data or "")
        except ValueError:
            return uuid4()

    def begin_from(self, seen: str, told: str) -> None:
        """Let the next sending be about what the page shows now."""
        self.seen.data, self.told.data, self.form_key.data = seen, told, str(uuid4())


COLUMN_LABELS = {
    Column.PERIOD: _("Period"),
    Column.NUMERATOR: _("Counted"),
    Column.DENOMINATOR: _("Out of"),
    Column.REASON: _("Why is there no number?"),
    Column.NOTE: _("Note"),
}


def own_headings(definition: MeasureDefinition) -> Mapping[str, Column]:
    """Return the measure's own words for its columns, and ours in both languages."""
    found: dict[str, Column] = {}
    for language in ("en", "es"):
        with force_locale(language):
            found |= {str(label): column for column, label in COLUMN_LABELS.items()}
    if definition.denominator_text:
        found[definition.denominator_text] = Column.DENOMINATOR
    else:
        found[definition.name] = Column.NUMERATOR
    return found | {definition.numerator_text: Column.NUMERATOR}


def reason_words() -> dict[str, MissingReason]:
    """Return how reasons may be written, in both languages."""
    found: dict[str, MissingReason] = {}
    for language in ("en", "es"):
        with force_locale(language):
            found |= {str(label): reason for reason, label in words.MISSING_LABELS.items()}
    return found


TABLE_SENTENCES: Mapping[TableFlaw, Any] = {
    TableFlaw.EMPTY: _("There are no numbers here yet. Paste at least one row with a period and its number."),
    TableFlaw.TOO_BIG: _("This is too much at once: a table can have at most %(most)s rows. Paste it in parts."),
    TableFlaw.NOT_TEXT: _("This is no text. Save the file as CSV or XLSX, or copy the cells and paste them."),
    TableFlaw.BAD_QUOTES: _("A quotation mark in row %(detail)s has no partner. Take it out or close it."),
    TableFlaw.TOO_MANY_ROWS: _(
        "These are %(detail)s rows, and a table can have at most %(most)s. Paste it in parts. Nothing was saved."
    ),
    TableFlaw.COLUMN_TWICE: _("Two columns hold the same thing, one of them “%(detail)s”. Keep one of the two."),
    TableFlaw.NO_PERIOD_COLUMN: _("No column says which period it is. Name it “period”, “week” or “month”."),
    TableFlaw.NO_NUMBER_COLUMN: _("No column holds what was counted. Name it “counted”, or leave the heading out."),
    TableFlaw.NO_DENOMINATOR_COLUMN: _(
        "This measure needs two numbers for each period: how many, and out of how many. Name the columns “counted” "
        "and “out of”."
    ),
}
TABLE_LIMITS = {"most": f"{MOST_ROWS:,}", "bytes": MOST_BYTES // 1024}
WORKBOOK_SENTENCES: Mapping[WorkbookFlaw, Any] = {
    WorkbookFlaw.TOO_BIG: _(
        "This file is too large to be read here. Copy the cells you need and paste them into the field instead."
    ),
    WorkbookFlaw.OLD_OR_LOCKED: _(
        "This workbook is in an old format or has a password. Save it as XLSX without a password, or paste the cells."
    ),
    WorkbookFlaw.UNREADABLE: _(
        "This file could not be read. Save it as XLSX or CSV and try again, or paste the cells into the field."
    ),
    WorkbookFlaw.EMPTY: _("This workbook has no cells with anything in them."),
}
PROBLEM_SENTENCES: Mapping[RowFlaw | NumberFlaw, Any] = {
    RowFlaw.NO_PERIOD: _("This row names no period."),
    RowFlaw.NOT_A_PERIOD: _("“%(text)s” is no date or period. Write it like 2026-03-02, Mar 2026 or 2026-W10."),
    RowFlaw.NO_SUCH_DAY: _("“%(text)s” is a day that does not exist."),
    RowFlaw.UNCLEAR_DATE: _("“%(text)s” could be %(first)s or %(second)s. Say below what comes first in your dates."),
    RowFlaw.NEEDS_WEEK: _("“%(text)s” is a month, and this measure has a number each week. Write a day of the week."),
    RowFlaw.NEEDS_MONTH: _("“%(text)s” is a week, and this measure has a number each month. Write the month."),
    RowFlaw.FUTURE: _("“%(text)s” has not begun yet."),
    RowFlaw.TOO_OLD: _("“%(text)s” is more than five years ago."),
    RowFlaw.BEFORE_DEFINITION: _("Before %(first)s another kind of number was counted. It does not fit on this chart."),
    RowFlaw.TWICE: _("This period stands in row %(line)s already. Keep one of the two."),
    RowFlaw.HALF: _("One of the two numbers is missing. Fill in both, or leave both empty."),
    RowFlaw.FORMULA: _("“%(text)s” is a formula. Paste the number it gives."),
    RowFlaw.PERCENT_SIGN: _("“%(text)s” has a percent sign, and a plain number belongs here."),
    RowFlaw.SHARE_UNCLEAR: _("“%(text)s” does not say exactly how many it was. Write how many were counted instead."),
    RowFlaw.EXTRA_CELLS: _(
        "There are more numbers here than this measure has, the first of them “%(text)s”. If commas part your cells, "
        "write decimals with a point."
    ),
    RowFlaw.UNKNOWN_REASON: _("“%(text)s” is none of the reasons for a missing number."),
    RowFlaw.REASON_AND_NUMBER: _("There is a number and a reason why there is none. Take one of them out."),
    RowFlaw.NOTE_TOO_LONG: _("The note is too long. Use 300 characters or fewer."),
    NumberFlaw.NOT_A_NUMBER: _("“%(text)s” is not a number."),
    NumberFlaw.UNCLEAR: _("“%(text)s” could be thousands or decimals. Say below how your numbers are written."),
    NumberFlaw.TOO_LARGE: _("“%(text)s” is too large."),
    NumberFlaw.NEGATIVE: _("“%(text)s” is less than zero. That cannot be counted."),
    NumberFlaw.NOT_WHOLE: _("“%(text)s” is not whole. You count people or things here."),
    NumberFlaw.MISSING: _("The number is missing."),
    NumberFlaw.ZERO_DENOMINATOR: _(
        "Out of zero there is no share. Leave both cells empty; then you are asked why there is no number."
    ),
    NumberFlaw.MORE_THAN_ALL: _("“%(text)s” is more than all of them. Look at both numbers again."),
}


def sentence_of(problem: Problem, write_day: Any) -> str:
    """Say what is wrong with a row. write_day: how a date is written."""
    days: list[date | None] = [*problem.days, None, None]
    filled = {"text": problem.text, "line": problem.line, "first": write_day(days[0]), "second": write_day(days[1])}
    return str(PROBLEM_SENTENCES[problem.flaw]) % filled

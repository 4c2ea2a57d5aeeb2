"""Files with instruments and answers: the form that takes ratings, and what is wrong with a file, in words."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask_babel import lazy_gettext
from wtforms import FileField, HiddenField
from wtforms.validators import Optional

from lms.web.forms import Form
from lms.workbooks import MIMETYPE, WorkbookFlaw
from readiness.formats.drafts import MOST_ITEMS
from readiness.formats.errors import Flaw, FormatRefused
from readiness.formats.tables import Problem, Wrong

_ = lazy_gettext

MOST_BYTES = 400 * 1024
ACCEPTED = f".csv,.tsv,.txt,.json,.xlsx,text/csv,application/json,application/fhir+json,{MIMETYPE}"


class FileForm(Form):
    """A file that is looked at first. Its text travels in the form, so that nothing is kept between the two steps."""

    file = FileField(
        _("File"),
        [Optional()],
        description=_("At most %(number)s KB.", number=MOST_BYTES // 1024),
        render_kw={"accept": ACCEPTED},
    )
    text = HiddenField()

    def key(self) -> UUID:
        """Return the key the page made; a broken one becomes a new one."""
        try:
            return UUID(self.form_key.data or "")
        except ValueError:
            return uuid4()

    def begin_again(self) -> None:
        """Let the next sending be another one."""
        self.form_key.data = str(uuid4())


class RatingsFileForm(FileForm):
    """Ratings from a file. seen: a print of what they were held against."""

    file = FileField(
        _("File with the ratings"),
        [Optional()],
        description=_(
            "The wide table (CSV or XLSX) or the FHIR response (JSON) as this site gives them. At most %(number)s KB.",
            number=MOST_BYTES // 1024,
        ),
        render_kw={"accept": ACCEPTED},
    )
    seen = HiddenField()


NO_FILE = _("Choose a file.")
TOO_BIG = _("This file is too large. It can have at most %(number)s KB.", number=MOST_BYTES // 1024)
NOT_TEXT = _("This is no text that can be read. Save the file as CSV (UTF-8), as XLSX or as JSON.")
BAD_QUOTES = _("A quotation mark in line %(line)s has no partner. Take it out or close it.")

FLAW_SENTENCES: Mapping[Flaw, Any] = {
    Flaw.EMPTY: _("There is nothing in this file but perhaps a heading."),
    Flaw.NOT_A_DICTIONARY: _(
        "This is no REDCap data dictionary: it needs columns for the field’s name, its type and its label. "
        "Its first row says: %(detail)s"
    ),
    Flaw.COLUMN_TWICE: _("Two columns have the same name, “%(detail)s”. Keep one of the two."),
    Flaw.NO_NAME: _("A field has no name. Its label is “%(detail)s”."),
    Flaw.BAD_NAME: _("“%(detail)s” is no name for a field. Use small letters, digits and underscores."),
    Flaw.NAME_TWICE: _("“%(detail)s” is there twice. Each needs a name of its own."),
    Flaw.TOO_MANY_ITEMS: _(
        "There are %(detail)s entries in this file. An instrument here has at most %(most)s items. Take a part of it."
    ),
    Flaw.TOO_LONG: _("One text is too long: “%(detail)s”"),
    Flaw.NO_ITEMS: _(
        "Nothing in this file can be asked here in the way you chose. The first that does not fit is “%(detail)s”. "
        "A rating needs five steps; facts are yes or no, a date or a percent."
    ),
    Flaw.CYCLE: _("These fields wait for each other, so none of them would ever be asked: %(detail)s"),
    Flaw.BAD_BRANCHING: _("This branching logic cannot be read: %(detail)s"),
    Flaw.NOT_JSON: _("This is no JSON that can be read. %(detail)s"),
    Flaw.TOO_DEEP: _("This file is nested too deeply to be read."),
    Flaw.KEY_TWICE: _("“%(detail)s” stands twice in the same place of the JSON. Keep one of the two."),
    Flaw.WRONG_RESOURCE: _("This JSON is not what is read here. Its resourceType is “%(detail)s”."),
    Flaw.WRONG_SHAPE: _("One part of the JSON is missing or is not what FHIR says: %(detail)s"),
    Flaw.OTHER_QUESTIONNAIRE: _("These answers are to another questionnaire: %(detail)s"),
    Flaw.UNKNOWN_COLUMN: _("No column is named for an item of this round. The first row says: %(detail)s"),
    Flaw.NOT_ONE_ROW: _(
        "There are %(detail)s rows, and it is not clear which one is the team’s. Write “team” in the column “rater”."
    ),
}
WORKBOOK_SENTENCES: Mapping[WorkbookFlaw, Any] = {
    WorkbookFlaw.TOO_BIG: TOO_BIG,
    WorkbookFlaw.OLD_OR_LOCKED: _(
        "This workbook is in an old format or has a password. Save it as XLSX without a password, or as CSV."
    ),
    WorkbookFlaw.UNREADABLE: _("This workbook could not be read. Save it as XLSX or CSV and try again."),
    WorkbookFlaw.EMPTY: _("This workbook has no cells with anything in them."),
}
PROBLEM_SENTENCES: Mapping[Wrong, Any] = {
    Wrong.NOT_AN_ANSWER: _("“%(text)s” is no answer. Write 1 to 5, not-applicable or dont-know."),
    Wrong.UNKNOWN_ITEM: _("This round asks no such item."),
    Wrong.UNKNOWN_STATE: _("“%(text)s” is no state. Write value, skipped, not-applicable or dont-know."),
    Wrong.VALUE_AND_STATE: _("There is a rating, and the state “%(text)s” says there is none. Take one of them out."),
    Wrong.NOTE_TOO_LONG: _("This note is too long. Use 2,000 characters or fewer."),
    Wrong.SEVERAL_ANSWERS: _("There are several answers here. An item takes one."),
}


def say_refusal(refused: FormatRefused) -> str:
    """Say why a file cannot be read."""
    return str(FLAW_SENTENCES[refused.flaw]) % {"detail": refused.detail, "most": MOST_ITEMS}


def say_problem(problem: Problem) -> str:
    """Say what is wrong with one answer."""
    return str(PROBLEM_SENTENCES[problem.wrong]) % {"text": problem.text}

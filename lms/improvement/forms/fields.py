"""What the forms of this slice share: how text, numbers and choices come in."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from lms.improvement.forms.words import NUMBER_SENTENCES
from lms.improvement.rules import BadNumber, read_number
from lms.web.forms import Form

_ = lazy_gettext

LONGEST_TEXT = 4_000
NO_CLIENTS = _("Never write names or details of clients or patients.")


def choices_of(labels: Mapping[Any, Any]) -> Callable[[], list[tuple[str, Any]]]:
    """Return the choices of an enum, asked for anew by each form."""
    return lambda: [(word.value, label) for word, label in labels.items()]


def one_line(text: str | None) -> str:
    """Return text without line breaks and doubled blanks."""
    return " ".join((text or "").split())


def many_lines(text: str | None) -> str:
    """Return text with plain line ends and nothing around it."""
    return (text or "").replace("\r\n", "\n").strip()


def at_most(number: int) -> Length:
    """Return the check that a text is not too long."""
    return Length(max=number, message=_("Use %(number)s characters or fewer.", number=number))


def line_field(label: Any, *, most: int, needed: Any = None, hint: Any = "") -> StringField:
    """Return a field for one line of text."""
    checks = [DataRequired(needed) if needed else Optional(), at_most(most)]
    return StringField(label, checks, filters=[one_line], description=hint)


def text_field(label: Any, *, needed: Any = None, hint: Any = "", most: int = LONGEST_TEXT) -> TextAreaField:
    """Return a field for some sentences."""
    checks = [DataRequired(needed) if needed else Optional(), at_most(most)]
    return TextAreaField(label, checks, filters=[many_lines], description=hint)


class NumberField(StringField):
    """A number as people write it, with a point or a comma; `number` is what was read."""

    number: float | None = None

    def pre_validate(self, _form: Any) -> None:
        """Read the number, or say what is unclear."""
        written = (self.data or "").strip()
        self.number = None
        if not written:
            return
        try:
            self.number = read_number(written)
        except BadNumber as bad:
            raise ValidationError(str(NUMBER_SENTENCES[bad.flaw])) from bad


class WholeField(NumberField):
    """A whole number, zero or more."""

    def pre_validate(self, form: Any) -> None:
        """Read the number and refuse parts and what is less than zero."""
        super().pre_validate(form)
        if self.number is not None and (self.number < 0 or self.number != int(self.number) or self.number > 1_000_000):
            raise ValidationError(gettext("Write a whole number, zero or more."))

    @property
    def whole(self) -> int | None:
        """What was read, or None."""
        return None if self.number is None else int(self.number)


def plain_number(number: float | None) -> str:
    """Write a number into a field as it can be read back."""
    if number is None:
        return ""
    return str(int(number)) if number == int(number) else repr(round(number, 6))


class ChoiceField(SelectField):
    """A list of rows to choose from, filled in later; nothing chosen is None."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, [Optional()], default="", choices=lambda: [("", "")], **kwargs)

    def offer(self, rows: Iterable[tuple[int, str]], nothing: str) -> None:
        """Fill in what can be chosen."""
        self.choices = [("", nothing), *((str(key), name) for key, name in rows)]

    @property
    def chosen_id(self) -> int | None:
        """The id of what was chosen, or None."""
        return int(self.data) if self.data else None


def read_version(text: str | int | None) -> int:
    """Read the row version a form began from; anything broken counts as an edit of something older."""
    sent = str(text or 0)
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else -1


class EditForm(Form):
    """A form that says which version of its row it began from."""

    row_version = HiddenField(filters=[read_version])

    @property
    def version(self) -> int:
        """The version it began from."""
        return read_version(self.row_version.data)

    def begin_from(self, row_version: int) -> None:
        """Let the next try begin from the version that the page shows beside it."""
        self.row_version.data = str(row_version)

"""What learners and leads send: choices, answers, steps that a device kept, and whom to ask. Plain values come out."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms import Form as PlainForm
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from lms.errors import Invalid
from lms.training.assigning import LATEST_DUE, Audience, AudienceKind
from lms.training.certificate_document import clean_name
from lms.training.services.learning import StepDone
from lms.web.forms import Form

MOST_EVENTS = 50
LONGEST_SLUG = 80
MOST_CHOSEN = 200
AUDIENCE_LABELS = {
    AudienceKind.EVERYBODY: _("Everybody here"),
    AudienceKind.JOB_ROLES: _("People with certain job roles"),
    AudienceKind.LOCATIONS: _("People at certain locations"),
    AudienceKind.PEOPLE: _("People I choose by name"),
}


class EventForm(Form):
    """Something done once, under a key of its own; a key that cannot be read is replaced."""

    event_uuid = HiddenField()

    @property
    def event_key(self) -> UUID:
        """The key of the event."""
        return _uuid(self.event_uuid.data) or uuid4()


class StepForm(EventForm):
    """A screen that was read."""

    step = IntegerField(widget=HiddenInput(), validators=[Optional()])


class AnswerForm(EventForm):
    """An answer to one question."""

    question = HiddenField(validators=[Length(max=LONGEST_SLUG)])
    option = SelectMultipleField(validate_choice=False, choices=[])

    @property
    def chosen(self) -> Collection[str]:
        """The options chosen."""
        return frozenset(self.option.data or ())


class ChoiceForm(EventForm):
    """A choice in a scene; `number` says which choice of the story it is, so that a stale click changes nothing."""

    choice = HiddenField(validators=[Length(max=LONGEST_SLUG)])
    number = IntegerField(widget=HiddenInput(), validators=[Optional()])


class CertificateNameForm(Form):
    """The name that a certificate bears."""

    name_shown = StringField(
        _("Name on the certificate"),
        [
            DataRequired(_("Write the name that the certificate should bear.")),
            Length(max=120, message=_("Use at most 120 characters.")),
        ],
        filters=[clean_name],
        description=_("As you want others to read it. You can change it again later."),
    )


class AskForm(PlainForm):
    """Which course, by which day, and who. It travels in the address, so that every step can be gone back to."""

    course = SelectField(_("Course"), [InputRequired(_("Choose a course."))])
    due = DateField(
        _("Finished by"), [DataRequired(_("Choose a day."))], description=_("People see this day on their home page.")
    )
    to = RadioField(_("Who is asked?"), [InputRequired(_("Choose who is asked."))])
    chosen = SelectMultipleField(coerce=int, validate_choice=False, choices=[])
    includes_certified = BooleanField(_("Ask them too"))
    today: date

    def offer(self, courses: Iterable[tuple[str, str]], kinds: Iterable[AudienceKind], today: date) -> None:
        """Fill in what can be chosen, and which day it is where the organization is."""
        self.course.choices = list(courses)
        self.to.choices = [(kind.value, AUDIENCE_LABELS[kind]) for kind in kinds]
        self.today = today

    def validate_due(self, field: DateField) -> None:
        """Nobody can finish in the past, and nobody plans years ahead."""
        if field.data is None:
            return
        if field.data < self.today:
            raise ValidationError(gettext("This day is over. Choose today or a later day."))
        if field.data > self.today + LATEST_DUE:
            raise ValidationError(gettext("This day is more than three years away. Look at the year again."))

    @property
    def audience(self) -> Audience:
        """Who is meant."""
        return Audience(AudienceKind(self.to.data), frozenset(self.chosen.data or ()))


def read_ids(sent: Iterable[str]) -> frozenset[int]:
    """Read the ids of a list of checkboxes; what is no id is left out, and so is what is too much."""
    ids = [int(each) for each in sent if each.isascii() and each.isdigit() and len(each) < 10]
    return frozenset(ids[:MOST_CHOSEN])


def read_steps(sent: Any) -> list[StepDone]:
    """Read the steps that a lesson page sends as JSON; raises Invalid for any other shape."""
    events = sent.get("events") if isinstance(sent, dict) and set(sent) == {"events"} else None
    if not isinstance(events, list) or not 1 <= len(events) <= MOST_EVENTS:
        raise Invalid(f"Send 1 to {MOST_EVENTS} events.")
    return [_read_step(each) for each in events]


def _read_step(sent: Any) -> StepDone:
    if not isinstance(sent, dict) or not {"event_uuid", "step"} <= set(sent) <= {"event_uuid", "step", "occurred_at"}:
        raise Invalid("An event has event_uuid, step and occurred_at.")
    key, step = _uuid(sent["event_uuid"]), sent["step"]
    if key is None or not isinstance(step, int) or isinstance(step, bool):
        raise Invalid("event_uuid is a UUID and step a number.")
    return StepDone(key, step, _moment(sent.get("occurred_at")))


def _moment(sent: Any) -> datetime | None:
    """Read a device's time; one that cannot be read counts as unknown, so that nothing done is lost over it."""
    try:
        moment = datetime.fromisoformat(sent)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _uuid(sent: Any) -> UUID | None:
    try:
        return UUID(sent)
    except (AttributeError, TypeError, ValueError):
        return None

"""What a team sends beside its ratings: parked topics, notes of talks, links to evidence."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from lms.readiness.forms.rounds import clean_note
from lms.readiness.models import LONGEST_NOTE, LONGEST_REASON
from lms.readiness.models.seats import LONGEST_URL
from lms.web.forms import Form, sent_form_key
from readiness.instruments import Item

_ = lazy_gettext

LONGEST_LABEL = 120
_UNSAFE = re.compile(r"[\s\\<>\"'`{}|^\x00-\x20\x7f]")


def _at_most(number: int) -> Length:
    return Length(max=number, message=_("Use %(number)s characters or fewer.", number=number))


class KeyedForm(Form):
    """A form that records one thing; sent twice it records it once."""

    @property
    def event_uuid(self) -> UUID:
        """The key of what is recorded."""
        return sent_form_key() or uuid4()


class ParkForm(KeyedForm):
    """Something that waits for another time."""

    text = TextAreaField(
        _("What waits for another time?"),
        [DataRequired(_("Write what is to be parked.")), _at_most(LONGEST_REASON)],
        filters=[clean_note],
        description=_("In a few words, without a client’s name."),
    )
    item = HiddenField()
    place = HiddenField()


class OutcomeForm(KeyedForm):
    """What became of it."""

    outcome = TextAreaField(
        _("What became of it?"),
        [DataRequired(_("Write what became of it.")), _at_most(LONGEST_REASON)],
        filters=[clean_note],
    )

    def tell_apart(self, topic_id: int) -> None:
        """Tell this form from the others on the page."""
        self.outcome.id = f"outcome-{topic_id}"


class TalkForm(KeyedForm):
    """What was said about a gap."""

    text = TextAreaField(
        _("What did you say about it?"),
        [DataRequired(_("Write what was said.")), _at_most(LONGEST_NOTE)],
        filters=[clean_note],
        description=_("What each of you sees, and what you agreed on. Never a client’s name."),
    )
    item = HiddenField()

    def tell_apart(self, item_key: str) -> None:
        """Tell this form from the others on the page."""
        self.text.id = f"talk-{item_key}"


class LinkForm(KeyedForm):
    """Where evidence can be seen."""

    item = SelectField(_("For which item?"), [DataRequired(_("Choose an item from the list."))], default="")
    url = StringField(
        _("Address"),
        [DataRequired(_("Paste the address of the page.")), _at_most(LONGEST_URL)],
        filters=[lambda text: (text or "").strip()],
        description=_("It begins with https://. Never link to anything with a client’s name on it."),
    )
    label = StringField(
        _("What is to be seen there?"),
        [DataRequired(_("Say in a few words what is to be seen there.")), _at_most(LONGEST_LABEL)],
        filters=[lambda text: " ".join(clean_note(text).split())],
    )

    def offer_items(self, items: Iterable[Item], language: str) -> None:
        """Fill in for what a link can be."""
        self.item.choices = [("", gettext("Choose an item")), *((item.key, item.name[language]) for item in items)]

    def validate_url(self, field: StringField) -> None:
        """Keep to addresses of pages that are served safely, and that show where they lead."""
        if flaw := flaw_of(field.data or ""):
            raise ValidationError(flaw)


def flaw_of(url: str) -> str | None:
    """Say what speaks against an address, None when nothing does."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return str(gettext("This is no address of a page. Copy it from the top of your browser."))
    if parts.scheme.lower() != "https":
        return str(gettext("The address must begin with https://."))
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return str(gettext("Take out what stands before the @: an address must show where it leads."))
    if not host or "." not in host or port == 0 or _UNSAFE.search(url):
        return str(gettext("This is no address of a page. Copy it from the top of your browser."))
    return None

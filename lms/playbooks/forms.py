"""Forms of playbooks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from lms.accounts.models import Language, Person
from lms.accounts.rules import clean_line
from lms.improvement.rules import CycleState, Decision
from lms.playbooks.catalog import Template
from lms.playbooks.models import LONGEST_NOTE, LONGEST_TITLE, Playbook
from lms.playbooks.queries import OwnPlace
from lms.playbooks.rules import (
    LONGEST_TEXT,
    MOST_BRACKETS,
    CareState,
    Place,
    RevisionKind,
    Shared,
    TextFlaw,
    clean_text,
    flaw_of,
)
from lms.web.forms import Form

_ = lazy_gettext

Sent = MultiDict[str, str] | None

SHARED_LABELS = {
    Shared.NOBODY: _("Only the people who run and write it"),
    Shared.ORGANIZATION: _("Everyone in the organization"),
    Shared.COALITION: _("Everyone in the coalition"),
    Shared.PUBLIC: _("Everyone who works on this site"),
}
KIND_LABELS = {
    RevisionKind.EDIT: _("Written"),
    RevisionKind.MERGE: _("Written and joined with another change"),
    RevisionKind.RESTORE: _("Earlier text brought back"),
    RevisionKind.CONFIRM: _("Confirmed as still correct"),
}
CARE_LABELS = {
    CareState.NOBODY: _("Nobody looks after it"),
    CareState.DUE: _("To be read again"),
    CareState.UNCONFIRMED: _("Not confirmed yet"),
    CareState.CONFIRMED: _("Confirmed"),
}
CYCLE_STATE_LABELS = {
    CycleState.DRAFT: _("Being drafted"),
    CycleState.PLANNED: _("Planned"),
    CycleState.DOING: _("Under way"),
    CycleState.STUDYING: _("Being studied"),
    CycleState.ACTED: _("Finished"),
    CycleState.REVIEWED: _("Finished and reviewed"),
    CycleState.NOT_RUN: _("Not run"),
}
DECISION_LABELS = {
    Decision.ADOPT: _("The team keeps the change."),
    Decision.ADAPT: _("The team changes it and tests again."),
    Decision.ABANDON: _("The team gave the change up."),
}
INTERVAL_LABELS = {
    0: _("No fixed time"),
    30: _("Every month"),
    90: _("Every 3 months"),
    180: _("Every 6 months"),
    365: _("Every year"),
}
LANGUAGE_CHOICES = ((Language.ENGLISH.value, "English"), (Language.SPANISH.value, "Español"))
FLAW_SENTENCES = {
    TextFlaw.EMPTY: _("Write the text of the page."),
    TextFlaw.TOO_LONG: _("This text is too long. A page may have %(most)s characters. Split it into two pages."),
    TextFlaw.TOO_MANY_BRACKETS: _(
        "This text has too many brackets like [ or <. A page may have %(brackets)s of each. Split it into two pages."
    ),
}
NO_TEMPLATE = "none"


def _line(text: str | None) -> str:
    return clean_line(text or "")


def _number(text: str | int | None) -> int:
    """Read the version a form began from; anything broken counts as an edit of something older."""
    sent = str(text or 0)
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else -1


def _id_or_none(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _at_most(number: int) -> Length:
    return Length(max=number, message=_("Use %(number)s characters or fewer.", number=number))


def _choices(pairs: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in pairs]


def _shared_choices(place: Place | None) -> list[tuple[str, str]]:
    of_coalition = place is not None and place.organization_id is None
    words = [word for word in Shared if not (of_coalition and word is Shared.ORGANIZATION)]
    return _choices([(word.value, SHARED_LABELS[word]) for word in words])


class StartForm(Form):
    """A new playbook."""

    owner = SelectField(_("Whose playbook is it?"), [InputRequired(_("Choose one from the list."))])
    template = RadioField(_("What do you want to begin with?"), [InputRequired(_("Choose one."))])
    title = StringField(
        _("Title"),
        [_at_most(LONGEST_TITLE)],
        filters=[_line],
        description=_("Leave it empty to take the title of the template."),
    )
    language = RadioField(_("Language of the pages"), [InputRequired(_("Choose a language."))])
    shared = RadioField(
        _("Who may read it?"),
        [InputRequired(_("Choose who may read it."))],
        default=Shared.NOBODY.value,
        description=_("You can change this at any time."),
    )

    def __init__(
        self, sent: Sent, *, places: Sequence[OwnPlace], templates: Mapping[str, Template], language: str
    ) -> None:
        super().__init__(sent, data={"language": language, "template": next(iter(templates), NO_TEMPLATE)})
        self._places = {own.key: own for own in places}
        self._templates = templates
        self.owner.choices = _choices([(own.key, own.name) for own in places])
        begun = [(slug, each.title[language]) for slug, each in templates.items()]
        self.template.choices = _choices([*begun, (NO_TEMPLATE, gettext("An empty playbook"))])
        self.language.choices = _choices(LANGUAGE_CHOICES)
        self.shared.choices = _shared_choices(None)

    @property
    def chosen(self) -> Template | None:
        """The template to begin with, or None for an empty playbook."""
        return self._templates.get(self.template.data)

    def validate_title(self, field: StringField) -> None:
        """An empty playbook has no title to borrow."""
        if not field.data and self.chosen is None:
            raise ValidationError(gettext("Write a title."))

    def validate_shared(self, field: RadioField) -> None:
        """A coalition is no organization to share a playbook with."""
        own = self._places.get(self.owner.data)
        if own is not None and own.place.organization_id is None and field.data == Shared.ORGANIZATION.value:
            raise ValidationError(gettext("This playbook belongs to a coalition. Choose another answer."))

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        language, template = Language(self.language.data), self.chosen
        return {
            "place": self._places[self.owner.data].place,
            "title": self.title.data or (template.title[language.value] if template else ""),
            "language": language,
            "shared": Shared(self.shared.data),
            "template": template,
        }


class PlaybookForm(Form):
    """What a playbook is called, who reads it and who writes in it."""

    row_version = HiddenField(filters=[_number])
    title = StringField(_("Title"), [DataRequired(_("Write a title.")), _at_most(LONGEST_TITLE)], filters=[_line])
    shared = RadioField(_("Who may read it?"), [InputRequired(_("Choose who may read it."))])
    editors = SelectMultipleField(
        _("Who writes in it"),
        [Optional()],
        validate_choice=False,  # somebody may have changed them meanwhile: that is told as what it is
        description=_("Take the mark away from whoever is no longer to write. They may still be allowed to read."),
    )
    new_editor = SelectField(
        _("Let one more person write in it"),
        [Optional()],
        validate_choice=False,
        description=_("They can change every page."),
    )

    def __init__(
        self,
        sent: Sent,
        *,
        playbook: Playbook,
        editors: Sequence[Person],
        candidates: Sequence[Person],
    ) -> None:
        super().__init__(sent, obj=playbook)
        held = {each.id for each in editors}
        others = [(str(each.id), each.display_name) for each in candidates if each.id not in held]
        self.shared.choices = _shared_choices(playbook.place)
        self.editors.choices = _choices([(str(each.id), each.display_name) for each in editors])
        self.new_editor.choices = _choices([("", gettext("Nobody")), *others])
        if sent is None:
            self.editors.data = [str(each.id) for each in editors]

    def begin_from(self, row_version: int) -> None:
        """Let the next try begin from the version that the page shows beside it."""
        self.row_version.data = str(row_version)

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        sent = [*(self.editors.data or []), self.new_editor.data]
        return {
            "row_version": self.row_version.data,
            "title": self.title.data,
            "shared": Shared(self.shared.data),
            "editor_ids": [each for each in map(_id_or_none, sent) if each is not None],
        }


class PageForm(Form):
    """What a page says. `base_version` is the number of the revision the writer began from."""

    # Not hidden to the script that keeps drafts: a draft found again must still begin from where it began.
    base_version = StringField()
    title = StringField(
        _("Title of the page"), [DataRequired(_("Write a title.")), _at_most(LONGEST_TITLE)], filters=[_line]
    )
    text = TextAreaField(_("Text"), filters=[lambda text: clean_text(text or "")])
    note = StringField(
        _("What did you change?"),
        [Optional(), _at_most(LONGEST_NOTE)],
        filters=[_line],
        description=_("One line for those who look back, for example “New phone number of the county nurse”."),
    )
    is_confirmed = BooleanField(_("I read the whole page. It is correct today."))

    def validate_text(self, field: TextAreaField) -> None:
        """Refuse what cannot be a page, and say why."""
        flaw = flaw_of(field.data or "")
        if flaw is not None:
            raise ValidationError(str(FLAW_SENTENCES[flaw]) % {"most": LONGEST_TEXT, "brackets": MOST_BRACKETS})

    def begin_from(self, number: int, title: str | None = None, text: str | None = None) -> None:
        """Let the next try begin from a revision, and from this text where one is given."""
        self.base_version.data = str(number)
        self.title.data = title or self.title.data
        self.text.data = text or self.text.data

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {"title": self.title.data, "text": self.text.data, "note": self.note.data or None}

    @property
    def base_number(self) -> int:
        """The revision the writer began from; -1 for something broken, which nobody began from."""
        return _number(self.base_version.data)


class CareForm(Form):
    """Who looks after a page, and how often it is read again."""

    row_version = HiddenField(filters=[_number])
    owner = SelectField(
        _("Who looks after this page?"),
        [Optional()],
        description=_("They read it again when it is due, and can change every page of this playbook."),
    )
    backup_owner = SelectField(
        _("Who does it when they are away?"), [Optional()], description=_("A second person, so that nothing waits.")
    )
    review_every_days = SelectField(_("How often is it read again?"), [InputRequired(_("Choose one from the list."))])

    def __init__(self, *args: Any, people: Sequence[Person], interval: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = _choices([("", gettext("Nobody")), *((str(each.id), each.display_name) for each in people)])
        self.owner.choices = self.backup_owner.choices = named
        days = sorted({*INTERVAL_LABELS, interval or 0})
        labels = [(str(each), INTERVAL_LABELS.get(each) or _every_days(each)) for each in days]
        self.review_every_days.choices = _choices(labels)

    def begin_from(self, row_version: int) -> None:
        """Let the next try begin from the version that the page shows beside it."""
        self.row_version.data = str(row_version)

    def values(self) -> dict[str, Any]:
        """Return what was chosen, clean."""
        return {
            "row_version": self.row_version.data,
            "owner_id": _id_or_none(self.owner.data),
            "backup_owner_id": _id_or_none(self.backup_owner.data),
            "review_every_days": _id_or_none(self.review_every_days.data) or None,
        }


def _every_days(days: int) -> str:
    return str(gettext("Every %(days)s days", days=days))

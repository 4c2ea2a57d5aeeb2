"""Forms of critical roles."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DateField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields import TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from lms.accounts.rules import clean_line
from lms.succession.models import Criticality, EvidenceKind, PositionKind
from lms.succession.queries import Choice
from lms.succession.rules import MOST_PEOPLE_OF_KIND, Level
from lms.succession.services.roles import RolePeople, RoleText
from lms.web.forms import Form, WholeNumberField

LEVEL_LABELS = {
    Level.VACANT: _("Nobody"),
    Level.HELD: _("One person only"),
    Level.BACKUP_NAMED: _("Backup named"),
    Level.BACKUP_TRAINED: _("Backup trained"),
    Level.REHEARSED: _("Rehearsed"),
}
LEVEL_SENTENCES = {
    Level.VACANT: _("Nobody holds this role now."),
    Level.HELD: _("One person holds this role. Nobody is named to step in."),
    Level.BACKUP_NAMED: _("Somebody is named to step in, but no one backup has both a training and shadowing noted."),
    Level.BACKUP_TRAINED: _("Somebody was trained and has shadowed. The last 12 months saw no rehearsal."),
    Level.REHEARSED: _("Somebody was trained, has shadowed, and stepped in or rehearsed within the last 12 months."),
}
LEVEL_NEXT = {
    Level.VACANT: _("Name who holds it, even for the time being."),
    Level.HELD: _("Name a backup. Two are better than one."),
    Level.BACKUP_NAMED: _("Let a backup take a course or module and shadow the holder. Then note both below."),
    Level.BACKUP_TRAINED: _("Let a backup step in for a day, or rehearse “gone tomorrow at 8”. Then note it below."),
    Level.REHEARSED: _("Rehearse again within a year, and keep this card true."),
}
CRITICALITY_LABELS = {
    Criticality.LIFE_SAFETY: _("Life and safety"),
    Criticality.SERVICE: _("A service"),
    Criticality.SUPPORT: _("Support"),
}
CRITICALITY_HINTS = {
    Criticality.LIFE_SAFETY.value: _("People can be harmed when nobody does it."),
    Criticality.SERVICE.value: _("A service stops when nobody does it."),
    Criticality.SUPPORT.value: _("Work gets harder when nobody does it, but goes on."),
}
KIND_LABELS = {PositionKind.HOLDER: _("Holder"), PositionKind.BACKUP: _("Backup")}
EVIDENCE_LABELS = {
    EvidenceKind.TRAINED: _("Trained"),
    EvidenceKind.SHADOWED: _("Shadowed"),
    EvidenceKind.REHEARSED: _("Rehearsed"),
}
EVIDENCE_HINTS = {
    EvidenceKind.TRAINED.value: _("Took the course or module that the role needs."),
    EvidenceKind.SHADOWED.value: _("Was there while the holder did the work."),
    EvidenceKind.REHEARSED.value: _("Stepped in for real, or in an exercise."),
}


def _choices(labels: Mapping[Any, Any]) -> Callable[[], list[tuple[str, Any]]]:
    return lambda: [(word.value, label) for word, label in labels.items()]


def _line(text: str | None) -> str:
    return clean_line(text or "")


def _text(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _version(text: str | int | None) -> int:
    """Read the row version a form began from; anything broken counts as an edit of something older."""
    sent = str(text or 0)
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else -1


def _at_most(number: int) -> Length:
    return Length(max=number, message=_("Use %(number)s characters or fewer.", number=number))


class RoleForm(Form):
    """A role card."""

    row_version = HiddenField(filters=[_version])
    name = StringField(
        _("Name of the role"),
        [DataRequired(_("Write the name of the role.")), _at_most(120)],
        filters=[_line],
        description=_("Name what must go on, for example: naloxone stock, grant reports, on-call rota."),
    )
    purpose = TextAreaField(
        _("What is it for?"),
        [DataRequired(_("Write in a sentence what the role is for.")), _at_most(600)],
        filters=[_text],
    )
    criticality = RadioField(
        _("What is at stake?"), [InputRequired(_("Choose what is at stake."))], choices=_choices(CRITICALITY_LABELS)
    )
    max_gap_days = WholeNumberField(
        _("How long may it stand still?"),
        [
            InputRequired(_("Write a number of days.")),
            NumberRange(0, 365, _("Write a number of days from 0 to 365.")),
        ],
        description=_("Days until harm is done. 0 means: it may not stop for a day."),
    )
    holders = SelectMultipleField(_("Who holds it"))
    backups = SelectMultipleField(
        _("Backups"),
        filters=[],
        description=_("Two are the aim. Ask them first: a backup who was not told is none."),
    )
    decision_rights = TextAreaField(
        _("What may the person decide alone?"),
        [Optional(), _at_most(2000)],
        filters=[_text],
        description=_("Powers and limits, for example: may buy up to $500, may not change the mission."),
    )
    vault_name = StringField(
        _("Where are the passwords kept?"),
        [Optional(), _at_most(160)],
        filters=[_line],
        description=_("Only the name of the vault, never a password. For example: Bitwarden, collection “Coalition”."),
    )
    recurring_tasks = TextAreaField(
        _("What comes up again and again?"),
        [Optional(), _at_most(4000)],
        filters=[_text],
        description=_("One task a line with its time, for example: first Monday, count the naloxone stock."),
    )
    key_relationships = TextAreaField(
        _("Who has to know this person?"),
        [Optional(), _at_most(4000)],
        filters=[_text],
        description=_("People and offices, and who can introduce the next person. Nothing about clients or patients."),
    )
    documents = TextAreaField(
        _("Where are the documents?"),
        [Optional(), _at_most(4000)],
        filters=[_text],
        description=_("Folders, binders, shared drives. One a line."),
    )

    def offer(self, people: Iterable[Choice]) -> None:
        """Fill in who can be named."""
        offered = [("", ""), *((str(each.person_id), each.name) for each in people)]
        self.holders.choices = self.backups.choices = offered

    def begin_from(self, row_version: int) -> None:
        """Let the next try begin from the version that the page shows beside it."""
        self.row_version.data = str(row_version)

    @property
    def version(self) -> int:
        """The version of the card that the edit began from."""
        return _version(self.row_version.data)

    def text(self) -> RoleText:
        """Return what was written, clean."""
        return RoleText(
            name=self.name.data or "",
            purpose=self.purpose.data or "",
            criticality=Criticality(self.criticality.data),
            max_gap_days=self.max_gap_days.data or 0,
            decision_rights=self.decision_rights.data or "",
            vault_name=self.vault_name.data or "",
            recurring_tasks=self.recurring_tasks.data or "",
            key_relationships=self.key_relationships.data or "",
            documents=self.documents.data or "",
        )

    def people(self) -> RolePeople:
        """Return who was named, each once."""
        return RolePeople(_named(self.holders.data), _named(self.backups.data))


class EvidenceForm(Form):
    """What somebody did to be able to step in."""

    person = SelectField(_("Who?"), [InputRequired(_("Choose a person."))], coerce=int)
    kind = RadioField(
        _("What did they do?"), [InputRequired(_("Choose what they did."))], choices=_choices(EVIDENCE_LABELS)
    )
    happened_on = DateField(_("On which day?"), [DataRequired(_("Choose a day."))])
    how = StringField(
        _("How, and with whom?"),
        [DataRequired(_("Write in a few words how.")), _at_most(400)],
        filters=[_line],
        description=_("For example: shadowed the October count with Rosa."),
    )

    def offer(self, people: Iterable[tuple[int, str]], today: date) -> None:
        """Fill in of whom it can be noted."""
        self.person.choices = list(people)
        if self.happened_on.data is None and not self.happened_on.raw_data:
            self.happened_on.data = today

    def values(self) -> dict[str, Any]:
        """Return what was written, clean."""
        return {
            "person_id": self.person.data,
            "kind": EvidenceKind(self.kind.data),
            "happened_on": self.happened_on.data,
            "how": self.how.data,
        }


def _named(sent: Sequence[str] | None) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(each) for each in sent or () if each))[:MOST_PEOPLE_OF_KIND]

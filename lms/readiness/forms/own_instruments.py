"""What leads send about their own instruments: texts in both languages, where a file is from and who owns it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import InputRequired, Length, NumberRange

from lms.readiness.forms.exchange import FileForm
from lms.readiness.forms.rounds import clean_note
from lms.readiness.models.own_instruments import Rights
from lms.readiness.services.own_instruments import LONGEST_RIGHTS, Rightful
from lms.web.forms import Form, WholeNumberField
from readiness.fields import LANGUAGES
from readiness.formats.drafts import FRONT, Draft, GapKind, Slot, slots_of
from readiness.formats.fitting import Reason
from readiness.instruments import AnswerKind, Mode

_ = lazy_gettext

LONGEST_LINE = 300
LONGEST_TEXT = 4_000

MODE_LABELS = {
    Mode.CONSENSUS: _("A team rates together"),
    Mode.STAFF: _("Every staff member answers alone"),
    Mode.SITE_FACTS: _("The lead of the site gives facts"),
    Mode.LEADER: _("Lead and co-chair rate, each alone"),
}
ANSWER_LABELS = {
    AnswerKind.YES_PARTLY_NO: _("Yes, partly or no"),
    AnswerKind.DATE: _("A date: when it last happened"),
    AnswerKind.SHARE: _("A share in percent"),
}
RIGHTS_LABELS = {
    Rights.OWN: _("We wrote it ourselves"),
    Rights.LICENSED: _("We have a licence from its owner"),
    Rights.PUBLIC: _("It is public, and free to use and change"),
}
RIGHTS_SHOWN = {**RIGHTS_LABELS, Rights.ADAPTED: _("Adapted from one of this site")}
SLOT_LABELS: Mapping[str, Any] = {
    "title": _("Title"),
    "summary": _("What it is about"),
    "promise": _("Who will see the answers"),
    "method": _("How it is scored"),
    "name": _("Short title"),
    "purpose": _("What this area is for"),
    "text": _("Statement to answer"),
    "evidence": _("What a team may note as evidence"),
    "examples": _("Examples"),
    "measure-name": _("A measure for closing the gap: its name"),
    "measure-numerator": _("The measure counts"),
    "measure-denominator": _("Among"),
    "anchor-1": _("What you would see at 1"),
    "anchor-3": _("What you would see at 3"),
    "anchor-5": _("What you would see at 5"),
    "label-1": _("Words for 1"),
    "label-2": _("Words for 2"),
    "label-3": _("Words for 3"),
    "label-4": _("Words for 4"),
    "label-5": _("Words for 5"),
}
LANGUAGE_LABELS = {"en": _("English"), "es": _("Spanish")}
GAP_SENTENCES = {
    GapKind.NO_ENGLISH: _("The English is missing."),
    GapKind.NO_SPANISH: _("The Spanish is missing."),
    GapKind.NO_AREAS: _("There is no area yet."),
    GapKind.NO_ITEMS: _("This area has no items. Add one, or remove the area."),
    GapKind.TOO_MANY_ITEMS: _("There are too many items."),
    GapKind.TOO_MANY_AREAS: _("There are too many areas."),
    GapKind.NO_TOPIC: _("Choose a topic."),
    GapKind.NO_COURSE: _("No course is named that would help."),
}
REASON_SENTENCES = {
    Reason.NOT_A_RATING: _("Left out: it takes no rating."),
    Reason.NOT_A_FACT: _("Left out: it is not yes or no, a date or a percent."),
    Reason.NOT_FIVE_STEPS: _("Left out: a rating here has five steps."),
    Reason.OTHER_LABELS: _("Left out: its answers have other words than those of most items."),
    Reason.NO_TEXT: _("Left out: it has no words."),
    Reason.UNKNOWN_KIND: _("Left out: its type is not known here."),
    Reason.TOO_MANY_AREAS: _("Left out: there are too many areas."),
    Reason.BRANCHING: _("Its condition is left out: it is always asked. “Does not apply here” can be chosen instead."),
    Reason.UNREAD_BRANCHING: _("Its branching logic cannot be read and is left out: it is always asked."),
    Reason.REQUIRED: _("It is not required here: nobody is made to answer."),
    Reason.MIDDLE_LABELS: _("The words of steps 2 and 4 are left out: a team sees words at 1, 3 and 5."),
    Reason.OTHER_ANSWERS: _("These answers are replaced by “does not apply here” and “do not know”."),
    Reason.NOTE: _("The note under the field is left out."),
    Reason.LAYOUT: _("How it is laid out is left out."),
    Reason.COLUMN: _("This column is not read."),
    Reason.ELEMENT: _("This part of the file is not read."),
    Reason.EXTENSION: _("This extension is not read."),
    Reason.LANGUAGE: _("Texts in this language are left out."),
    Reason.MARKUP: _("Bold letters, links and the like are left out; the words stay."),
    Reason.RECODED: _("Its answers count from 1 to 5 here."),
    Reason.PARTLY_ADDED: _("“Partly” is added between yes and no."),
    Reason.NAME_MADE: _("Its short title is made from its words. Write a better one."),
}


class ImportInstrumentForm(FileForm):
    """A file with an instrument, who answers it, and why it may be used."""

    mode = RadioField(
        _("Who will answer?"),
        [InputRequired(_("Choose one."))],
        choices=[SelectChoice(mode.value, label) for mode, label in MODE_LABELS.items()],
    )
    source_language = RadioField(
        _("In which language is it written?"),
        [InputRequired(_("Choose one."))],
        choices=[SelectChoice(code, label) for code, label in LANGUAGE_LABELS.items()],
        description=_("A REDCap data dictionary has one language. A FHIR Questionnaire says so itself."),
        default="en",
    )
    rights = RadioField(
        _("Why may you use it?"),
        [InputRequired(_("Say why you may use it. Without that it cannot be brought in."))],
        choices=[SelectChoice(rights.value, label) for rights, label in RIGHTS_LABELS.items()],
        description=_("Many questionnaires belong to somebody, even when they can be found on the web."),
    )
    rights_note = TextAreaField(
        _("Who owns it, and under which licence?"),
        [Length(max=LONGEST_RIGHTS, message=_("Use %(number)s characters or fewer.", number=LONGEST_RIGHTS))],
        filters=[clean_note],
        description=_("Needed unless you wrote it yourselves. It stands beside the instrument."),
    )

    def rightful(self) -> Rightful:
        """Return why it may be used."""
        return Rightful(Rights(self.rights.data), self.rights_note.data or "")


class _PartForm(Form):
    seen = HiddenField()


def part_form(draft: Draft, part: str, sent: Any = None, values: Mapping[str, Any] | None = None) -> _PartForm:
    """Return the form of one part of a draft: a field for each of its texts in each language, then what else it has."""
    fields: dict[str, Any] = {}
    for slot in slots_of(draft):
        if slot.part == part:
            fields |= {f"{slot.name}-{language}": _text_field(slot, language) for language in LANGUAGES}
    fields |= _other_fields(draft, part)
    made: type[_PartForm] = type("PartForm", (_PartForm,), fields)
    return made(sent, data=dict(values or {}))


def part_of_form(form: _PartForm) -> dict[str, Any]:
    """Return what a part's form holds, as `part_values` would."""
    return {
        name: field.data if field.data is not None else ""
        for name, field in form._fields.items()  # iterating gives fields, not their names
        if name not in {"csrf_token", "form_key", "seen"}
    }


def label_of(slot_name: str) -> Any:
    """Return the label of one text."""
    return _("Words") if slot_name.startswith("topic-") else SLOT_LABELS[slot_name]


def slot_names(draft: Draft, part: str) -> Sequence[str]:
    """Return the texts of a part, in their order."""
    return [slot.name for slot in slots_of(draft) if slot.part == part]


def _text_field(slot: Slot, language: str) -> Any:
    kind, most = (TextAreaField, LONGEST_TEXT) if slot.is_long else (StringField, LONGEST_LINE)
    too_long = Length(max=most, message=_("Use %(number)s characters or fewer.", number=f"{most:,}"))
    return kind(LANGUAGE_LABELS[language], [too_long], filters=[clean_note], render_kw={"lang": language})


def _other_fields(draft: Draft, part: str) -> dict[str, Any]:
    if part == FRONT:
        outside = _("Choose 1 to 240 minutes.")
        bounds = [InputRequired(outside), NumberRange(1, 240, outside)]
        return {"minutes": WholeNumberField(_("Minutes it takes"), bounds)}
    if not part.startswith("item:"):
        return {}
    fields: dict[str, Any] = {
        "critical": BooleanField(_("Critical"), description=_("Rated low, it holds its whole area at “starting”.")),
        "topic": SelectField(
            _("Topic"),
            choices=[SelectChoice(slug, text["en"] or text["es"] or slug) for slug, text in draft["topics"].items()],
            validate_choice=True,
            description=_("It says which kind of help fits."),
        ),
    }
    if draft["mode"] == Mode.STAFF:
        hint = _("Agreeing speaks against it: the answers are turned around before they count.")
        fields["reversed"] = BooleanField(_("Reversed"), description=hint)
    if draft["mode"] == Mode.SITE_FACTS:
        choices = [SelectChoice(kind.value, label) for kind, label in ANSWER_LABELS.items()]
        fields["answer"] = RadioField(_("What is asked for"), [InputRequired(_("Choose one."))], choices=choices)
    return fields

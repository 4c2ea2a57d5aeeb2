"""What is sent to open a staff survey, to change it, to invite and to remind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import RadioField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from lms.accounts.rules import clean_line
from lms.readiness.forms.addresses import read_addresses
from lms.readiness.models import Cut, Delivery, SurveyGroup, Via
from lms.readiness.models.surveys import FEWEST_IN_GROUP, LONGEST_CHANGE, MOST_PEOPLE
from lms.readiness.queries.surveys import Suggestion
from lms.readiness.services.inviting import OTHER, REFUSED, TRIED_AGAIN, UNREACHABLE
from lms.readiness.services.launching import (
    LANGUAGES,
    LONGEST_GROUP,
    MOST_GROUPS,
    MOST_IN_GROUP_MINIMUM,
    PlannedGroup,
    SurveyEdit,
    SurveyPlan,
)
from lms.web.forms import Form, WholeNumberField, add_errors
from readiness.instruments import Instrument, Mode

_ = lazy_gettext

EMPTY_ROWS = 3
LONGEST_PASTE = 300_000

CUT_LABELS = {
    Cut.NONE: _("No groups"),
    Cut.JOB_ROLE: _("By job role"),
    Cut.LOCATION: _("By location"),
    Cut.TENURE: _("By how long people have worked here"),
}
CUT_HINTS = {
    Cut.NONE: _("Best below 20 people: everybody is shown together."),
    Cut.JOB_ROLE: _("For example nurses, peers, front desk."),
    Cut.LOCATION: _("For example two clinics and a van."),
    Cut.TENURE: _("For example less than a year, one to five years, longer."),
}
LANGUAGE_LABELS = {"en": "English", "es": "Español"}
MODE_LABELS = {
    Mode.STAFF: _("Confidential, each person alone"),
    Mode.CONSENSUS: _("By name, the team together"),
    Mode.SITE_FACTS: _("By name, one person notes facts"),
    Mode.LEADER: _("By name, lead and co-chair apart"),
}
VIA_LABELS = {Via.EMAIL: _("By e-mail"), Via.MEMBER: _("Member"), Via.POSTER: _("By poster")}
DELIVERY_LABELS = {
    Delivery.NONE: _("No message"),
    Delivery.WAITING: _("On its way"),
    Delivery.SENT: _("Sent"),
    Delivery.FAILED: _("Not sent"),
}
FAILURE_LABELS = {
    REFUSED: _("The address was refused. Check how it is spelled."),
    UNREACHABLE: _("The mail server could not be reached. Tell your site administrator."),
    OTHER: _("The message could not be sent. Tell your site administrator."),
}
TRIED_AGAIN_LABEL = _("It did not go out yet, and is tried again by itself.")


def failure_label(failure: str | None) -> str:
    """Word why a message did not go out."""
    if not failure:
        return ""
    if failure.endswith(TRIED_AGAIN):
        return str(TRIED_AGAIN_LABEL)
    return str(FAILURE_LABELS.get(failure, FAILURE_LABELS[OTHER]))


def tenure_groups(languages: Sequence[str] = LANGUAGES) -> list[str]:
    """Return how long people have worked here, in all languages of the survey: people choose from it themselves."""
    words = (
        {"en": "Less than 1 year", "es": "Menos de 1 año"},
        {"en": "1 to 5 years", "es": "De 1 a 5 años"},
        {"en": "More than 5 years", "es": "Más de 5 años"},
    )
    return [" / ".join(each[language] for language in languages) for each in words]


@dataclass(frozen=True)
class GroupRow:
    """One line for a group: what was typed, and what is wrong with it."""

    name: str
    headcount: str = ""
    key: str = ""
    error: str | None = None


class ChooseForm(Form):
    """The first step: what to ask, about which change, grouped by what. It is sent by GET and writes nothing."""

    class Meta(Form.Meta):
        """A form that only leads on needs no token."""

        csrf = False

    instrument = RadioField(_("What do you want to ask?"), [InputRequired(_("Choose one."))], choices=[])
    change_name = StringField(
        _("Which change is it about?"),
        [
            Optional(),
            Length(max=LONGEST_CHANGE, message=_("Use %(number)s characters or fewer.", number=LONGEST_CHANGE)),
        ],
        description=_("One change that everybody knows, in a few words: “Start treatment on the first day”."),
        filters=[lambda typed: clean_line(typed or "")],
    )
    cut = RadioField(
        _("How may the report group people?"),
        choices=lambda: [(each.value, label) for each, label in CUT_LABELS.items()],
        default=Cut.NONE.value,
        description=_("One way, fixed before the survey opens. Groups under 5 answers are never shown."),
    )

    def offer(self, instruments: Iterable[Instrument], language: str) -> None:
        """Fill in what can be asked."""
        self.instrument.choices = [(each.slug, each.title[language]) for each in instruments]

    def needs_change(self, instrument: Instrument) -> bool:
        """Say whether the chosen questions ask about a change that nobody named, and note it at the field."""
        if instrument.is_about_change and not self.change_name.data:
            self.change_name.errors = [gettext("Name the change that the questions ask about.")]
            return True
        return False

    @property
    def chosen_cut(self) -> Cut:
        """By what the report may group."""
        return Cut(self.cut.data or Cut.NONE)


class DaysForm(Form):
    """How many, in which languages, until when."""

    headcount = WholeNumberField(
        _("How many people work here?"),
        [
            InputRequired(_("Enter a number.")),
            NumberRange(1, MOST_PEOPLE, _("Enter a number from 1 to %(most)d.", most=MOST_PEOPLE)),
        ],
        description=_("All who may answer: full time, part time, volunteers, you too."),
    )
    languages = SelectMultipleField(
        _("In which languages?"),
        [DataRequired(_("Choose at least one language."))],
        choices=lambda: list(LANGUAGE_LABELS.items()),
        default=list(LANGUAGES),
        description=_("People can switch at any moment."),
    )
    closes_on = DateField(
        _("Last day to answer"),
        [InputRequired(_("Choose a day."))],
        description=_("Ten working days are usual. The survey closes by itself at the end of that day."),
    )
    results_on = DateField(
        _("Day by which staff see the results"),
        [InputRequired(_("Choose a day."))],
        description=_("Staff read this date before they answer. Choose one that you can keep."),
    )

    group_rows: Sequence[GroupRow] = ()
    group_problem: str | None = None

    @property
    def closing(self) -> tuple[date, date]:
        """The last day, and the day of the results."""
        return self.closes_on.data, self.results_on.data  # type: ignore[return-value]  # both were required

    def read_rows(self, sent: MultiDict[str, str] | None) -> None:
        """Take the lines of groups as they were sent; at most so many as a survey can have, and some empty ones."""
        if sent is None:
            return
        names, counts = sent.getlist("group_name"), sent.getlist("group_headcount")
        keys = sent.getlist("group_key") or [""] * len(names)
        most = MOST_GROUPS + EMPTY_ROWS + 5
        typed = [
            GroupRow(clean_line(name), count.strip(), key[:40])
            for name, count, key in zip(names[:most], counts[:most], keys[:most], strict=False)
        ]
        self.group_rows = [_checked_row(row) for row in typed]

    def validate(self, *arguments: Any, **more: Any) -> bool:
        """Validate the fields, then the lines of groups."""
        is_valid = super().validate(*arguments, **more)
        return is_valid and not any(row.error for row in self.group_rows)

    @property
    def groups(self) -> tuple[PlannedGroup, ...]:
        """The groups that have a name."""
        return tuple(
            PlannedGroup(row.name, int(row.headcount) if row.headcount else None, row.key)
            for row in self.group_rows
            if row.name
        )

    @property
    def problems(self) -> list[dict[str, str]]:
        """Everything that is wrong, for the summary above the form."""
        fields = [
            {"text": sentence, "href": f"#{each.id}" + ("-0" if isinstance(each, SelectMultipleField) else "")}
            for each in self
            for sentence in each.errors
        ]
        rows = [
            {"text": row.error, "href": f"#group-name-{number}"}
            for number, row in enumerate(self.group_rows, start=1)
            if row.error
        ]
        together = [{"text": self.group_problem, "href": "#groups"}] if self.group_problem else []
        return [*fields, *rows, *together]

    def refuse(self, fields: Mapping[str, str]) -> None:
        """Put a service's refusals beside their fields; that of all groups together above their lines."""
        self.group_problem = fields.get("groups")
        add_errors(self, {name: sentence for name, sentence in fields.items() if name != "groups"})


class LaunchForm(DaysForm):
    """The second step: who, how many, until when."""

    instrument = HiddenField()
    change_name = HiddenField()
    cut = HiddenField(default=Cut.NONE.value)
    minimum = WholeNumberField(
        _("Smallest group that may be shown"),
        [
            InputRequired(_("Enter a number.")),
            NumberRange(
                FEWEST_IN_GROUP,
                MOST_IN_GROUP_MINIMUM,
                _("Enter a number from %(low)d to %(high)d.", low=FEWEST_IN_GROUP, high=MOST_IN_GROUP_MINIMUM),
            ),
        ],
        default=FEWEST_IN_GROUP,
        description=_("5 is the least. A higher number protects more and shows less. It cannot be lowered later."),
    )
    is_pooled = BooleanField(_("Show our answers only together with those of other organizations"))

    def suggest(self, cut: Cut, suggestions: Sequence[Suggestion]) -> None:
        """Offer the groups that the organization has, and some empty lines."""
        if cut is Cut.NONE:
            return
        if cut is Cut.TENURE:
            known = [GroupRow(name) for name in tenure_groups()]
        else:
            known = [GroupRow(each.name, str(each.n_people) if each.n_people else "") for each in suggestions]
        self.group_rows = [*known[:MOST_GROUPS], *([GroupRow("")] * (EMPTY_ROWS if len(known) < MOST_GROUPS else 0))]

    @property
    def chosen_cut(self) -> Cut:
        """By what the report may group; anything broken is no group at all."""
        return Cut(self.cut.data) if self.cut.data in set(Cut) else Cut.NONE

    def plan(self) -> SurveyPlan:
        """Return what was chosen."""
        closes_on, results_on = self.closing
        cut = self.chosen_cut
        return SurveyPlan(
            headcount=self.headcount.data or 0,
            languages=tuple(each for each in LANGUAGES if each in (self.languages.data or ())),
            closes_on=closes_on,
            results_on=results_on,
            cut=cut,
            groups=self.groups if cut is not Cut.NONE else (),
            change_name=clean_line(self.change_name.data or "") or None,
            minimum=self.minimum.data or FEWEST_IN_GROUP,
            is_pooled=bool(self.is_pooled.data),
        )


class EditForm(DaysForm):
    """What may still change while a survey is open."""

    row_version = HiddenField()

    def show(self, groups: Sequence[SurveyGroup]) -> None:
        """Show the groups with their people; their names stay."""
        self.group_rows = [
            GroupRow(each.name, "" if each.headcount is None else str(each.headcount), each.key) for each in groups
        ]

    def edit(self) -> SurveyEdit:
        """Return what was chosen."""
        closes_on, results_on = self.closing
        return SurveyEdit(
            headcount=self.headcount.data or 0,
            group_headcounts={each.key: each.headcount for each in self.groups if each.key},
            languages=tuple(each for each in LANGUAGES if each in (self.languages.data or ())),
            closes_on=closes_on,
            results_on=results_on,
        )


class InviteForm(Form):
    """Addresses, one a line."""

    emails = TextAreaField(
        _("E-mail addresses"),
        [DataRequired(_("Paste at least one address.")), Length(max=LONGEST_PASTE, message=_("This is too long."))],
        description=_("One a line. Each person gets a link of their own."),
    )
    language = RadioField(_("Language of the message"), choices=[], default="en")

    addresses: tuple[str, ...] = ()

    def offer_languages(self, languages: Sequence[str]) -> None:
        """Fill in in which language the message can be."""
        self.language.choices = [(each, LANGUAGE_LABELS[each]) for each in languages]
        if self.language.data not in languages:
            self.language.data = languages[0]

    def validate(self, *arguments: Any, **more: Any) -> bool:
        """Validate, and name each line that is no address."""
        if not super().validate(*arguments, **more):
            return False
        pasted = read_addresses(self.emails.data or "")
        if pasted.problems:
            self.emails.errors = [*self.emails.errors, *pasted.problems]
            return False
        self.addresses = pasted.addresses
        return True


class ReopenForm(Form):
    """Until when late answers are taken."""

    until = DateField(
        _("Take late answers up to and including"),
        [InputRequired(_("Choose a day."))],
        description=_("A few days are enough. The survey closes again by itself."),
    )


def _checked_row(row: GroupRow) -> GroupRow:
    if not row.name:
        return replace(row, error=gettext("Name the group, or clear the number beside it.")) if row.headcount else row
    if len(row.name) > LONGEST_GROUP:
        return replace(row, error=gettext("Use %(number)s characters or fewer.", number=LONGEST_GROUP))
    count = row.headcount
    if count and not (count.isascii() and count.isdigit() and len(count) < 6 and int(count) <= MOST_PEOPLE):
        return replace(row, error=gettext("Enter a number from 0 to %(most)d, or leave it empty.", most=MOST_PEOPLE))
    return row


def cut_hints() -> Mapping[str, Any]:
    """Return a line under each way to group, by its value."""
    return {each.value: hint for each, hint in CUT_HINTS.items()}

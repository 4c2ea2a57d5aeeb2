"""What is typed about collaboratives, their sessions and teams."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from lms.collaboratives import rules
from lms.collaboratives.rules import Phase, SessionKind
from lms.collaboratives.services import Charter, Meeting
from lms.improvement.fidelity import Check
from lms.web.forms import Form

_ = lazy_gettext

LONGEST_TEXT = 2_000

PHASE_LABELS = {
    Phase.PREWORK: _("Getting ready"),
    Phase.ACTION: _("At work"),
    Phase.CLOSING: _("Closing"),
    Phase.CLOSED: _("Closed"),
}
PHASE_HINTS = {
    Phase.PREWORK.value: _("Teams form, write their aims and choose measures."),
    Phase.ACTION.value: _("Sessions and action periods take turns; teams test changes."),
    Phase.CLOSING.value: _("What worked goes into the playbook; teams show it to others."),
    Phase.CLOSED.value: _("Everything stays readable."),
}
PHASE_CHIPS = {Phase.PREWORK: "waiting", Phase.ACTION: "progress", Phase.CLOSING: "progress", Phase.CLOSED: "neutral"}
KIND_LABELS = {
    SessionKind.LEARNING: _("Learning session"),
    SessionKind.CALL: _("Call between sessions"),
    SessionKind.CONGRESS: _("Closing meeting"),
    SessionKind.OTHER: _("Something else"),
}
CHECK_LABELS = {
    Check.F1: _("All four stages are written"),
    Check.F2: _("Studied after the test had ended"),
    Check.F3: _("Prediction written before the test"),
    Check.F7: _("Part of a series of cycles"),
    Check.F9: _("Regular numbers before and after"),
}


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _many_lines(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").strip()


def _version(text: str | int | None) -> int:
    """Read the row version a form began from; anything broken counts as an edit of something older."""
    sent = str(text or 0)
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else -1


def _choices(labels: Mapping[Any, Any]) -> Callable[[], list[tuple[str, str]]]:
    return lambda: [(word.value, str(label)) for word, label in labels.items()]


def _at_most(number: int) -> Length:
    return Length(max=number, message=_("Use %(number)s characters or fewer.", number=number))


class EditForm(Form):
    """A form that knows which version of the row it began from."""

    row_version = HiddenField(filters=[_version])

    @property
    def version(self) -> int:
        """The version it began from."""
        return _version(self.row_version.data)

    def begin_from(self, row_version: int) -> None:
        """Let the next try begin from the version that the page shows beside it."""
        self.row_version.data = str(row_version)


class CollaborativeForm(EditForm):
    """What a collaborative says about itself."""

    name = StringField(
        _("Name of the collaborative"),
        [DataRequired(_("Write a name.")), _at_most(120)],
        filters=[_one_line],
        description=_("What it is about, in a few words: “Same-day start of medication”."),
    )
    aim = TextAreaField(
        _("Aim"),
        [DataRequired(_("Write what you want to reach together.")), _at_most(LONGEST_TEXT)],
        filters=[_many_lines],
        description=_("What all teams together want to reach: what, how much, by when, for whom."),
    )
    charter = TextAreaField(
        _("Charter"),
        [Optional(), _at_most(rules.LONGEST_CHARTER)],
        filters=[_many_lines],
        description=_(
            "How you will work together: who takes part, what each organization gives and gets, how you decide, "
            "how often you meet."
        ),
    )
    starts_on = DateField(_("First day"), [InputRequired(_("Choose the first day."))])
    ends_on = DateField(_("Last day"), [Optional()], description=_("Most collaboratives run for 6 to 15 months."))
    phase = RadioField(
        _("Where it is now"),
        [InputRequired(_("Choose where it is."))],
        choices=_choices(PHASE_LABELS),
        default=Phase.PREWORK.value,
    )

    def validate_ends_on(self, field: DateField) -> None:
        """Refuse an end before the beginning."""
        if self.starts_on.data and not rules.is_in_order(self.starts_on.data, field.data):
            raise ValidationError(gettext("Choose a day after the first day."))

    def values(self) -> Charter:
        """Return what was typed, clean."""
        assert self.starts_on.data is not None  # noqa: S101  # the field is required
        return Charter(
            name=self.name.data or "",
            aim=self.aim.data or "",
            charter=self.charter.data or "",
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            phase=Phase(self.phase.data),
        )


class SessionForm(EditForm):
    """A meeting of a collaborative."""

    title = StringField(
        _("What is it about?"),
        [DataRequired(_("Write what it is about.")), _at_most(160)],
        filters=[_one_line],
        description=_("For example “Learning session 2: sharing first results”."),
    )
    kind = RadioField(
        _("Kind of session"),
        [InputRequired(_("Choose a kind."))],
        choices=_choices(KIND_LABELS),
        default=SessionKind.LEARNING.value,
    )
    held_on = DateField(_("Day"), [InputRequired(_("Choose the day."))])
    place = StringField(
        _("Where"), [Optional(), _at_most(200)], filters=[_one_line], description=_("A room, or the address of a call.")
    )
    notes = TextAreaField(
        _("Notes"),
        [Optional(), _at_most(4_000)],
        filters=[_many_lines],
        description=_("What was decided and learned. Never write names or details of clients or patients."),
    )

    def values(self) -> Meeting:
        """Return what was typed, clean."""
        assert self.held_on.data is not None  # noqa: S101  # the field is required
        return Meeting(
            kind=SessionKind(self.kind.data),
            title=self.title.data or "",
            held_on=self.held_on.data,
            place=self.place.data or "",
            notes=self.notes.data or "",
        )


class HeldSessionForm(SessionForm):
    """A meeting, with the teams that came."""

    teams = SelectMultipleField(_("Which teams came?"), choices=list)

    def offer(self, teams: list[tuple[int, str]]) -> None:
        """Fill in which teams can have come."""
        self.teams.choices = [(str(team_id), name) for team_id, name in teams]

    @property
    def team_ids(self) -> list[int]:
        """The teams that were marked."""
        return [int(each) for each in self.teams.data or []]


class AddTeamForm(Form):
    """Which organization takes part, with a new team or one that works already."""

    team = SelectField(
        _("Organization"),
        [InputRequired(_("Choose an organization."))],
        choices=list,
        description=_("It gets a team here. Its lead names the people; a team that works already can be chosen too."),
    )

    def offer(self, organizations: list[tuple[int, str]], teams: list[tuple[int, str]]) -> None:
        """Fill in what can be chosen."""
        new = [(f"organization-{key}", name) for key, name in organizations]
        known = [(f"team-{key}", name) for key, name in teams]
        named = {gettext("With a new team"): new, gettext("With a team that works already"): known}
        self.team.choices = {"": [("", gettext("Choose one"))], **{name: rows for name, rows in named.items() if rows}}

    @property
    def organization_id(self) -> int | None:
        """The organization that gets a new team."""
        return self._id_behind("organization-")

    @property
    def team_id(self) -> int | None:
        """The team that is there already."""
        return self._id_behind("team-")

    def _id_behind(self, word: str) -> int | None:
        chosen = self.team.data or ""
        return int(chosen.removeprefix(word)) if chosen.startswith(word) else None

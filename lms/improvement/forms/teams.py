"""Forms of teams, aims and change ideas."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectMultipleField
from wtforms.validators import InputRequired

from lms.improvement.forms.fields import NO_CLIENTS, EditForm, line_field, text_field
from lms.improvement.queries.teams import PersonChoice
from lms.improvement.services.teams import LONGEST_NAME, AimWords


class TeamForm(EditForm):
    """A team and who is on it."""

    name = line_field(
        _("Name of the team"),
        most=LONGEST_NAME,
        needed=_("Write a name for the team."),
        hint=_("Short, as you would say it in a meeting. For example: Same-day start."),
    )
    members = SelectMultipleField(
        _("Who is on the team?"),
        choices=[],
        description=_("They plan cycles and enter numbers. Three to six people work well."),
    )

    def offer_people(self, people: Iterable[PersonChoice]) -> None:
        """Fill in who can be chosen."""
        self.members.choices = [(str(person.person_id), person.name) for person in people]

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {"name": self.name.data, "member_ids": [int(each) for each in self.members.data or ()]}


class AimForm(EditForm):
    """What a team wants to reach, in five answers."""

    what = text_field(
        _("What do you want to be better?"),
        needed=_("Write what you want to be better."),
        hint=_("One sentence. For example: people who ask for medication start it the same day."),
        most=600,
    )
    measure_text = line_field(
        _("How will you know?"),
        most=300,
        needed=_("Write how you will know."),
        hint=_("What you will count. For example: share of people who got their first dose within 24 hours."),
    )
    how_much = line_field(
        _("How much?"),
        most=160,
        needed=_("Write how much."),
        hint=_("From what to what. For example: from 40 to 75 percent."),
    )
    by_when_on = DateField(_("By when?"), [InputRequired(_("Choose a day."))])
    for_whom = line_field(
        _("For whom?"),
        most=300,
        needed=_("Write for whom."),
        hint=_("A group of people, never a person. For example: adults who come to the walk-in clinic."),
    )

    def words(self) -> AimWords:
        """Return what was typed, clean."""
        return AimWords(
            what=self.what.data or "",
            measure_text=self.measure_text.data or "",
            how_much=self.how_much.data or "",
            by_when_on=self.by_when_on.data,
            for_whom=self.for_whom.data or "",
        )


class IdeaForm(EditForm):
    """A change idea."""

    title = line_field(
        _("What could you do differently?"),
        most=160,
        needed=_("Write what you could do differently."),
        hint=_("One thing. For example: a nurse keeps two walk-in times free each day."),
    )
    description = text_field(_("Why could it help, and where does the idea come from?"), hint=NO_CLIENTS)

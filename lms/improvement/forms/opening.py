"""The form that opens a cycle from an action of a readiness report. Everything is filled in and can be changed."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from lms.improvement import rules
from lms.improvement.forms import words
from lms.improvement.forms.fields import ChoiceField, NumberField, choices_of, line_field, text_field
from lms.improvement.rules import SHARES, Cadence, Direction, MeasureKind, Unit
from lms.improvement.services.measures import Definition, Entry, Upkeep
from lms.improvement.services.opening import Opening
from lms.improvement.services.teams import LONGEST_NAME, AimWords
from lms.web.forms import Form

_ = lazy_gettext


class OpenForm(Form):
    """An aim, a measure with its start value and a first cycle."""

    team = ChoiceField(_("Which team takes it on?"))
    team_name = line_field(_("Name of the new team"), most=LONGEST_NAME)
    what = text_field(_("What do you want to be better?"), needed=_("Write what you want to be better."), most=600)
    how_much = line_field(
        _("How much?"),
        most=160,
        needed=_("Write how much."),
        hint=_("From what to what. For example: from 40 to 75 percent."),
    )
    by_when_on = DateField(_("By when?"), [InputRequired(_("Choose a day."))])
    for_whom = line_field(_("For whom?"), most=300, needed=_("Write for whom."))
    name = line_field(_("Name of the measure"), most=160, needed=_("Write a name."))
    numerator_text = line_field(_("What exactly do you count?"), most=300, needed=_("Write what exactly you count."))
    denominator_text = line_field(_("Out of what?"), most=300)
    unit = SelectField(
        _("What kind of number is it?"),
        [InputRequired(_("Choose a kind of number."))],
        choices=lambda: [each for each in choices_of(words.UNIT_LABELS)() if each[0] != Unit.RATE],
        default=Unit.PERCENT.value,
    )
    cadence = RadioField(
        _("How often do you enter it?"),
        [InputRequired(_("Choose how often."))],
        choices=choices_of(words.CADENCE_LABELS),
        default=Cadence.MONTH.value,
    )
    direction = RadioField(
        _("Which way is better?"),
        [InputRequired(_("Choose which way is better."))],
        choices=choices_of(words.DIRECTION_LABELS),
        default=Direction.UP.value,
    )
    numerator = NumberField(_("Where you start: number"), [Optional()])
    denominator = NumberField(_("out of"), [Optional()])
    cycle_title = line_field(
        _("What will you try first?"), most=160, needed=_("Write what you will try."), hint=_("One small change.")
    )
    objective = text_field(_("What do you want to find out?"))

    def offer_teams(self, teams: Iterable[tuple[int, str]]) -> None:
        """Fill in the teams of the organization."""
        self.team.offer(teams, gettext("A new team"))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Ask for a team, and for a start value that can be right."""
        is_valid = super().validate(*args, **kwargs)
        if not self.team.data and not self.team_name.data:
            self.team_name.errors = [gettext("Write a name for the team.")]
            is_valid = False
        if self.unit.data in SHARES and not self.denominator_text.data:
            self.denominator_text.errors = [gettext("Write out of what, so that everybody counts the same.")]
            is_valid = False
        return self._is_start_right() and is_valid

    def _is_start_right(self) -> bool:
        if self.numerator.errors or self.denominator.errors or not self.unit.data or self.unit.errors:
            return False
        if not self.numerator.data and not self.denominator.data:
            return True
        flaws = rules.flaws_of(Unit(self.unit.data), self.numerator.number, self.denominator.number)
        for name, flaw in flaws.items():
            self[name].errors = [str(words.NUMBER_SENTENCES[flaw])]
        return not flaws

    def opening(self, *, owner_id: int, today: date) -> Opening:
        """Return what was typed, clean."""
        unit, cadence = Unit(self.unit.data), Cadence(self.cadence.data)
        is_share = unit in SHARES
        start = None
        if self.numerator.number is not None:
            start = Entry(
                period_on=rules.last_finished_period(today, cadence),
                numerator=self.numerator.number,
                denominator=self.denominator.number if is_share else None,
                note=gettext("Start value"),
            )
        return Opening(
            aim=AimWords(
                what=self.what.data or "",
                measure_text=self.name.data or "",
                how_much=self.how_much.data or "",
                by_when_on=self.by_when_on.data,
                for_whom=self.for_whom.data or "",
            ),
            measure=Definition(
                name=self.name.data or "",
                numerator_text=self.numerator_text.data or "",
                denominator_text=(self.denominator_text.data or "") if is_share else "",
                unit=unit,
                cadence=cadence,
                direction=Direction(self.direction.data),
            ),
            upkeep=Upkeep(kind=MeasureKind.PROCESS, owner_id=owner_id),
            cycle_title=self.cycle_title.data or "",
            objective=self.objective.data or "",
            idea=self.cycle_title.data or "",
            start=start,
        )

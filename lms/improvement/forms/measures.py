"""Forms of measures and their numbers."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from lms.improvement.forms import words
from lms.improvement.forms.fields import (
    NO_CLIENTS,
    ChoiceField,
    EditForm,
    NumberField,
    choices_of,
    line_field,
    plain_number,
)
from lms.improvement.models import Measure
from lms.improvement.queries.teams import PersonChoice
from lms.improvement.rules import (
    SHARES,
    Cadence,
    ChartKind,
    Direction,
    MeasureKind,
    MissingReason,
    Unit,
)
from lms.improvement.services.measures import Definition, Entry, Upkeep
from lms.web.forms import Form

_ = lazy_gettext

RATES = ("100", "1000", "10000")


class MeasureForm(EditForm):
    """What a team counts."""

    name = line_field(
        _("Name of the measure"),
        most=160,
        needed=_("Write a name."),
        hint=_("As it should stand above the chart. For example: First dose within 24 hours."),
    )
    kind = RadioField(
        _("What does it tell?"),
        [InputRequired(_("Choose what it tells."))],
        choices=choices_of(words.MEASURE_KIND_LABELS),
        default=MeasureKind.PROCESS.value,
    )
    unit = SelectField(
        _("What kind of number is it?"),
        [InputRequired(_("Choose a kind of number."))],
        choices=choices_of(words.UNIT_LABELS),
        default=Unit.PERCENT.value,
    )
    numerator_text = line_field(
        _("What exactly do you count?"),
        most=300,
        needed=_("Write what exactly you count."),
        hint=_("For example: people who got their first dose within 24 hours of asking."),
    )
    denominator_text = line_field(
        _("Out of what?"),
        most=300,
        hint=_("For a share or a rate. For example: all people who asked for medication in that week."),
    )
    rate_per = SelectField(
        _("Per how many? (for a rate)"), [Optional()], choices=lambda: [("", ""), *((n, f"{int(n):,}") for n in RATES)]
    )
    cadence = RadioField(
        _("How often do you enter it?"),
        [InputRequired(_("Choose how often."))],
        choices=choices_of(words.CADENCE_LABELS),
        default=Cadence.WEEK.value,
    )
    direction = RadioField(
        _("Which way is better?"),
        [InputRequired(_("Choose which way is better."))],
        choices=choices_of(words.DIRECTION_LABELS),
        default=Direction.UP.value,
    )
    target = NumberField(
        _("Target"), [Optional()], description=_("In the same unit, for a share from 0 to 100. It may stay empty.")
    )
    owner = ChoiceField(_("Who enters it?"))
    backup_owner = ChoiceField(_("Who enters it when that person is away?"))
    excluded_text = line_field(_("Who or what is left out?"), most=300)
    source_text = line_field(
        _("Where do you find the numbers?"), most=300, hint=_("For example: the appointment book.")
    )
    chart_kind = SelectField(
        _("Chart"),
        [Optional()],
        choices=choices_of(words.CHART_KIND_LABELS),
        default=ChartKind.RUN.value,
        description=_("A run chart fits every measure. Choose another only if you know why."),
    )
    holds_from_on = SelectField(
        _("Counted like this from"),
        [Optional()],
        choices=lambda: [("", "")],
        default="",
        description=_("Only when something else is counted from now on: the chart begins a new phase there."),
    )

    def offer_people(self, people: Sequence[PersonChoice]) -> None:
        """Fill in who can look after the measure."""
        rows = [(person.person_id, person.name) for person in people]
        self.owner.offer(rows, gettext("Nobody yet"))
        self.backup_owner.offer(rows, gettext("Nobody yet"))

    def offer_periods(self, periods: Iterable[tuple[date, str]]) -> None:
        """Fill in from when something else can be counted."""
        nothing = ("", gettext("Nothing else is counted"))
        self.holds_from_on.choices = [nothing, *((day.isoformat(), text) for day, text in periods)]

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Ask for what this kind of number needs."""
        is_valid = super().validate(*args, **kwargs)
        unit = self.unit.data
        if unit in SHARES and not self.denominator_text.data:
            self.denominator_text.errors = [gettext("Write out of what, so that everybody counts the same.")]
            is_valid = False
        if unit == Unit.RATE and not self.rate_per.data:
            self.rate_per.errors = [gettext("Choose per how many.")]
            is_valid = False
        if self.owner.data and self.owner.data == self.backup_owner.data:
            self.backup_owner.errors = [gettext("Choose somebody else than the first person.")]
            is_valid = False
        if unit == Unit.PERCENT and self.target.number is not None and not 0 <= self.target.number <= 100:
            self.target.errors = [gettext("A share lies between 0 and 100.")]
            is_valid = False
        chart = self.chart_kind.data if "chart_kind" in self else ""  # it is changed on a page of its own
        if chart in {"p", "pp"} and unit != Unit.PERCENT:
            self.chart_kind.errors = [gettext("This chart is for shares.")]
            is_valid = False
        if chart in {"u", "up"} and unit != Unit.RATE:
            self.chart_kind.errors = [gettext("This chart is for rates.")]
            is_valid = False
        return is_valid

    def definition(self) -> Definition:
        """Return what is counted."""
        unit = Unit(self.unit.data)
        return Definition(
            name=self.name.data or "",
            numerator_text=self.numerator_text.data or "",
            denominator_text=(self.denominator_text.data or "") if unit in SHARES else "",
            excluded_text=self.excluded_text.data or "",
            source_text=self.source_text.data or "",
            unit=unit,
            rate_per=int(self.rate_per.data) if unit is Unit.RATE else None,
            cadence=Cadence(self.cadence.data),
            direction=Direction(self.direction.data),
            target=self.target.number,
        )

    def upkeep(self, chart_kind: ChartKind = ChartKind.RUN) -> Upkeep:
        """Return how it is looked after. chart_kind: when the form does not ask for it."""
        return Upkeep(
            kind=MeasureKind(self.kind.data),
            owner_id=self.owner.chosen_id,
            backup_owner_id=self.backup_owner.chosen_id,
            chart_kind=ChartKind(self.chart_kind.data or ChartKind.RUN.value) if "chart_kind" in self else chart_kind,
        )

    def holds_from(self) -> date | None:
        """Return from when something else is counted, or None."""
        return date.fromisoformat(self.holds_from_on.data) if self.holds_from_on.data else None


def measure_defaults(measure: Measure) -> dict[str, Any]:
    """Return a measure as its form shows it."""
    now = measure.definition
    return {
        "name": now.name,
        "kind": measure.kind.value,
        "unit": now.unit.value,
        "numerator_text": now.numerator_text,
        "denominator_text": now.denominator_text,
        "excluded_text": now.excluded_text,
        "source_text": now.source_text,
        "rate_per": str(now.rate_per or ""),
        "cadence": now.cadence.value,
        "direction": now.direction.value,
        "target": plain_number(now.target),
        "owner": str(measure.owner_id or ""),
        "backup_owner": str(measure.backup_owner_id or ""),
        "chart_kind": measure.chart_kind.value,
        "row_version": measure.row_version,
    }


class ObservationForm(Form):
    """The number of one period."""

    event_uuid = HiddenField(default=lambda: str(uuid4()))
    seen = HiddenField()
    numerator = NumberField(_("Number"), [Optional()])
    denominator = NumberField(_("Out of"), [Optional()])
    period_on = SelectField(_("Period"), [InputRequired(_("Choose a period."))])
    missing_reason = SelectField(
        _("Why is there no number?"),
        [Optional()],
        choices=lambda: [("", _("There is a number")), *choices_of(words.MISSING_LABELS)()],
        default="",
    )
    note = line_field(
        _("Note"),
        most=300,
        hint=_("What explains the number, for example a snow week. %(rule)s", rule=NO_CLIENTS),
    )

    def offer_periods(self, periods: Iterable[tuple[date, str]]) -> None:
        """Fill in the periods that can be chosen."""
        self.period_on.choices = [(day.isoformat(), text) for day, text in periods]

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Refuse a number together with a reason why there is none, and a percentage where people are counted."""
        is_valid = super().validate(*args, **kwargs)
        for field in (self.numerator, self.denominator):
            if "%" in (field.data or ""):
                field.errors = [gettext("Write how many were counted, without a percent sign.")]
                is_valid = False
        if self.missing_reason.data and (self.numerator.data or self.denominator.data):
            self.missing_reason.errors = [gettext("You wrote a number too. Take it out, or choose no reason.")]
            return False
        return is_valid

    def key(self) -> UUID:
        """Return the key the page made; a broken one becomes a new one."""
        try:
            return UUID(self.event_uuid.data or "")
        except ValueError:
            return uuid4()

    def show(self, period_on: date, entry_id: int | None) -> None:
        """Note which entry the page shows for a period."""
        self.seen.data = f"{period_on.isoformat()}:{entry_id or 0}"

    def saw_another(self, period_on: date, entry_id: int | None) -> bool:
        """Say whether the page showed another entry for this period than there is now."""
        shown_on, _mark, shown_id = (self.seen.data or "").partition(":")
        return shown_on == period_on.isoformat() and shown_id != str(entry_id or 0)

    def entry(self) -> Entry:
        """Return what was typed, clean."""
        reason = self.missing_reason.data
        return Entry(
            period_on=date.fromisoformat(self.period_on.data),
            numerator=self.numerator.number,
            denominator=self.denominator.number,
            missing_reason=MissingReason(reason) if reason else None,
            note=self.note.data or "",
        )

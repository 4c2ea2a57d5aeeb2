"""The form of how a measure is drawn, and the words for what fits and what cannot be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.validators import Optional

from lms.improvement.chart_rules import AdviceReason, Flaw, fitting_kinds
from lms.improvement.chart_spec import ChartPlan, Exclusion, KeptReason, PhaseStart
from lms.improvement.forms.fields import EditForm, NumberField, line_field, plain_number
from lms.improvement.queries.kept_charts import AdoptedCycle
from lms.improvement.rules import Unit
from lms.improvement.spc import Kind
from lms.improvement.verdicts import RuleSet, usual_rules
from lms.web.forms import Form

_ = lazy_gettext

MOST_ROWS: Final = 30
USUAL: Final = "usual"
NO_PERIOD: Final = date.min  # what was sent as a period and is none

KIND_LABELS: Final[Mapping[Kind, Any]] = {
    Kind.RUN: _("Run chart"),
    Kind.P: _("Control chart for shares (P)"),
    Kind.P_PRIME: _("Control chart for shares with large numbers (P′)"),
    Kind.U: _("Control chart for rates (U)"),
    Kind.U_PRIME: _("Control chart for rates with large numbers (U′)"),
    Kind.C: _("Control chart for counts (C)"),
    Kind.I: _("Control chart for values (I)"),
    Kind.MR: _("Chart of the differences between neighbors (MR)"),
    Kind.G: _("Chart of cases between rare events (G)"),
    Kind.T: _("Chart of times between rare events (T)"),
    Kind.I_PRIME: _("Control chart for values with unequal groups (I′)"),
}
KIND_HINTS: Final[Mapping[Kind, Any]] = {
    Kind.RUN: _("The numbers about their median, without limits. It fits every measure, from the first number on."),
    Kind.P: _("For so many of so many. The limits are wider in periods with fewer people."),
    Kind.P_PRIME: _("For shares of hundreds of people, where limits of the plain chart are too narrow."),
    Kind.U: _("For events in an amount of time or people that differs from period to period."),
    Kind.U_PRIME: _("For rates over large amounts, where limits of the plain chart are too narrow."),
    Kind.C: _("For counts that could happen equally often in every period."),
    Kind.I: _("For times, amounts and other values. The limits come from the differences between neighbors."),
    Kind.MR: _("Shows whether the numbers jump more than they used to. A second look, never the first."),
    Kind.G: _("When each number is how many cases went well before the next event."),
    Kind.T: _("When each number is how long it took until the next event."),
    Kind.I_PRIME: _("For shares and rates that vary more than chance alone would let them."),
}
RULE_LABELS: Final[Mapping[str, Any]] = {
    USUAL: _("The usual ones of this chart"),
    RuleSet.ANHOEJ.value: _("Long runs and too few crossings (Anhøj)"),
    RuleSet.ANHOEJ_AND_LIMITS.value: _("Long runs, too few crossings, and numbers outside the limits (3 sigma)"),
    RuleSet.DOTS.value: _("Plot the dots (NHS)"),
}
RULE_HINTS: Final[Mapping[str, Any]] = {
    USUAL: _("They give the fewest false alarms. Choose others only if you know why."),
    RuleSet.ANHOEJ_AND_LIMITS.value: _("For control charts."),
    RuleSet.DOTS.value: _(
        "For control charts of values. It sees more, and gives more false alarms: about 18 of 100 charts of 24 numbers "
        "show a signal by chance alone when differences are screened, and 15 when they are not."
    ),
}
RULE_SET_LABELS: Final[Mapping[RuleSet, Any]] = {
    RuleSet.ANHOEJ: RULE_LABELS[RuleSet.ANHOEJ.value],
    RuleSet.ANHOEJ_AND_LIMITS: RULE_LABELS[RuleSet.ANHOEJ_AND_LIMITS.value],
    RuleSet.LIMITS: _("Numbers outside the limits (3 sigma)"),
    RuleSet.DOTS: RULE_LABELS[RuleSet.DOTS.value],
}
ADVICE_SENTENCES: Final[Mapping[AdviceReason, Any]] = {
    AdviceReason.SHARES: _("You enter so many of so many. A chart for shares (P) makes room for small periods."),
    AdviceReason.WIDE_SHARES: _(
        "You enter so many of so many, the numbers are large, and many lie outside the limits of the plain chart. A "
        "chart for shares with large numbers (P′) asks how much they vary from period to period."
    ),
    AdviceReason.RATES: _("You enter events over an amount that differs. A chart for rates (U) makes room for that."),
    AdviceReason.WIDE_RATES: _(
        "You enter events over large amounts, and many numbers lie outside the limits of the plain chart. A chart for "
        "rates with large numbers (U′) asks how much they vary from period to period."
    ),
    AdviceReason.COUNTS: _("You enter one whole number a period. A chart for counts (C) fits when every period gives "
                           "the same chance for it to happen."),
    AdviceReason.RARE: _(
        "More than half of these numbers are zero: the event is rare, and a chart of counts sees little. Add a measure "
        "of the days between two events, drawn as a chart of times between rare events (T)."
    ),
    AdviceReason.VALUES: _("You enter one value a period. A chart for values (I) takes its limits from the "
                           "differences between neighbors."),
}  # fmt: skip
FLAW_SENTENCES: Final[Mapping[Flaw, Any]] = {
    Flaw.NEEDS_TWO_NUMBERS: _("This chart needs two numbers a period, so many of so many. This measure has one."),
    Flaw.FOR_SHARES: _("This chart is for shares."),
    Flaw.FOR_RATES: _("This chart is for rates."),
    Flaw.FOR_COUNTS: _("This chart is for counts."),
    Flaw.FOR_TIMES: _("This chart is for times between events."),
    Flaw.NOT_ABOVE_ZERO: _("This chart is for times above zero, and one of the numbers is zero."),
    Flaw.NO_LIMITS: _("A run chart has no limits. Choose the usual rules, or a control chart."),
    Flaw.DOTS_NEED_VALUES: _("Plot the dots reads the control chart for values (I). Choose that chart, or "
                             "other rules."),
    Flaw.DOTS_LEAVE_NOTHING_OUT: _("Plot the dots leaves no number out. Take the numbers left out back in, or choose "
                                   "other rules."),
    Flaw.DOTS_MAKE_THEIR_CENTRE: _("Plot the dots makes its own middle line. Leave the given one empty, or choose "
                                   "other rules."),
    Flaw.RANGES_HAVE_NO_RUNS: _("Differences between neighbors have no runs. Choose the usual rules."),
    Flaw.BEYOND_DATA: _("There is no number that late or that early. Choose one of the periods with numbers."),
    Flaw.TOO_SHORT: _("A baseline needs at least 12 numbers, better 20."),
    Flaw.WITH_PHASES: _("A baseline and phases do not go together: each phase has its own middle line. Choose one of "
                        "them."),
    Flaw.NOT_A_SHARE: _("A share lies between 0 and 100."),
    Flaw.NEGATIVE: _("A number here cannot be less than zero."),
    Flaw.NO_RANGES: _("This chart does not make its limits from differences, so there is nothing to screen."),
    Flaw.SCREENS_ALL: _("Screening would leave no difference at all, and every number would be a signal."),
    Flaw.PERIOD_NEEDED: _("Choose the period."),
    Flaw.REASON_NEEDED: _("Say why, so that others can follow it later."),
    Flaw.FIRST_PERIOD: _("The first phase begins with the first number by itself. Choose a later period."),
    Flaw.OVERLAPS: _("This overlaps with another phase: between two beginnings at least 8 numbers are needed. When "
                     "something else is counted, a phase begins by itself."),
    Flaw.TOO_FEW_AFTER: _("Wait until at least 8 numbers stand behind the beginning of a phase."),
    Flaw.NO_LASTING_CHANGE: _("The numbers show no change here that lasts. A new middle line would only hide that."),
    Flaw.NO_NUMBER: _("This period has no number, so there is nothing to leave out."),
    Flaw.TWICE: _("This period stands here twice."),
    Flaw.ALL_LEFT_OUT: _("At least one number has to stay."),
}  # fmt: skip
KEPT_LABELS: Final[Mapping[KeptReason, Any]] = {
    KeptReason.BY_HAND: _("Kept by hand"),
    KeptReason.CYCLE_ACTED: _("Kept when a cycle was finished"),
    KeptReason.REPHASED: _("Kept before new phases began"),
}


class ChartForm(EditForm):
    """How a measure is drawn. Rows of phases and of what is left out are added by `chart_form`."""

    n_phases: int
    n_exclusions: int

    kind = RadioField(_("Kind of chart"), validate_choice=False)
    rules = RadioField(
        _("Rules"), choices=lambda: list(RULE_LABELS.items()), default=USUAL,
        description=_("What counts as more than chance."),
    )  # fmt: skip
    freeze_on = SelectField(
        _("Baseline up to"),
        [Optional()],
        validate_choice=False,
        description=_(
            "The middle line and the limits are made from the numbers up to here, and later numbers are held against "
            "them. Propose it at 12 numbers, better at 20."
        ),
    )
    centre = NumberField(
        _("Given middle line"),
        [Optional()],
        description=_("Only when it is known from elsewhere. In the unit of the measure, for a share from 0 to 100."),
    )
    is_screened = BooleanField(
        _("Screen the differences"),
        description=_("Leaves very large differences between neighbors out of the limits, once."),
    )

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Refuse words that name no chart, and rows without a period."""
        is_valid = super().validate(*args, **kwargs)
        if self.kind.data not in {kind.value for kind in KIND_LABELS}:
            self.kind.errors = [gettext("Choose a kind of chart.")]
            is_valid = False
        for row in self._rows("phase", self.n_phases):
            if (row["reason"].data or row["cycle_id"].data) and not row["first_on"].data:
                row["first_on"].errors = [str(FLAW_SENTENCES[Flaw.PERIOD_NEEDED])]
                is_valid = False
        for row in self._rows("exclusion", self.n_exclusions):
            if row["reason"].data and not row["period_on"].data:
                row["period_on"].errors = [str(FLAW_SENTENCES[Flaw.PERIOD_NEEDED])]
                is_valid = False
        return is_valid

    def offer(
        self, periods: Iterable[tuple[date, str]], numbered: Iterable[tuple[date, str]], cycles: Sequence[AdoptedCycle]
    ) -> None:
        """Fill in what can be chosen. periods: all, numbered: those with a number; newest first, in words."""
        nothing = ("", gettext("Choose a period"))
        starts = [nothing, *((day.isoformat(), text) for day, text in periods)]
        left_out = [nothing, *((day.isoformat(), text) for day, text in numbered)]
        adopted = [
            ("", gettext("No adopted cycle")),
            *((str(each.id), gettext("Cycle %(number)s: %(title)s", number=each.number, title=each.title))
              for each in cycles),
        ]  # fmt: skip
        self.freeze_on.choices = [("", gettext("No baseline: all numbers make the line")), *starts[1:]]
        for row in self._rows("phase", self.n_phases):
            row["first_on"].choices, row["cycle_id"].choices = starts, adopted
        for row in self._rows("exclusion", self.n_exclusions):
            row["period_on"].choices = left_out

    def offer_kinds(self, unit: Unit) -> None:
        """Fill in the kinds that fit, and the one that is chosen."""
        fitting = fitting_kinds(unit)
        self.kind.choices = [
            (kind.value, label)
            for kind, label in KIND_LABELS.items()
            if kind in fitting or kind.value == self.kind.data
        ]

    @property
    def phase_rows(self) -> list[dict[str, Any]]:
        """The fields of each phase."""
        return self._rows("phase", self.n_phases)

    @property
    def exclusion_rows(self) -> list[dict[str, Any]]:
        """The fields of each period left out."""
        return self._rows("exclusion", self.n_exclusions)

    def plan(self, phases: Sequence[PhaseStart], cycles: Sequence[AdoptedCycle]) -> ChartPlan:
        """Return what was chosen. phases: those that hold, for who may not propose others."""
        kind = Kind(self.kind.data)
        return ChartPlan(
            kind=kind,
            rules=usual_rules(kind) if self.rules.data == USUAL else RuleSet(self.rules.data),
            freeze_on=_read_day(self.freeze_on.data),
            phases=tuple(each for _row, each in self._phases(cycles)) if self.n_phases else tuple(phases),
            exclusions=tuple(each for _row, each in self._exclusions()),
            centre=self.centre.number,
            is_screened=bool(self.is_screened.data),
        )

    def add_flaws(self, flaws: Mapping[str, Flaw], cycles: Sequence[AdoptedCycle]) -> None:
        """Say at each field what cannot be. Rows of the plan are found again among those of the form."""
        phase_rows = [row for row, _each in self._phases(cycles)]
        exclusion_rows = [row for row, _each in self._exclusions()]
        for name, flaw in flaws.items():
            part, _dash, rest = name.partition("-")
            if part in {"phase", "exclusion"} and rest:
                row, _dash, column = rest.partition("-")
                rows = phase_rows if part == "phase" else exclusion_rows
                if not rows:  # phases that hold are not this person's to change
                    continue
                name = f"{part}_{rows[int(row) - 1]}_{column}"  # noqa: PLW2901  # as the form calls it
            self[name].errors = [*self[name].errors, str(FLAW_SENTENCES[flaw])]

    def _rows(self, part: str, n_rows: int) -> list[dict[str, Any]]:
        columns = _COLUMNS[part]
        return [{name: self[f"{part}_{row}_{name}"] for name in columns} for row in range(1, n_rows + 1)]

    def _phases(self, cycles: Sequence[AdoptedCycle]) -> list[tuple[int, PhaseStart]]:
        """The rows that hold a phase, in order of time."""
        numbers = {each.id: each.number for each in cycles}
        found = []
        for number, row in enumerate(self._rows("phase", self.n_phases), 1):
            first_on = _read_day(row["first_on"].data)
            if first_on is None:
                continue
            sent = row["cycle_id"].data or ""
            cycle_id = int(sent) if sent.isascii() and sent.isdigit() and int(sent[:9]) in numbers else None
            reason = row["reason"].data or ""
            found.append((number, PhaseStart(first_on, reason, cycle_id, numbers.get(cycle_id or 0))))
        return sorted(found, key=lambda pair: pair[1].first_on)

    def _exclusions(self) -> Iterator[tuple[int, Exclusion]]:
        rows = enumerate(self._rows("exclusion", self.n_exclusions), 1)
        found = ((number, _read_day(row["period_on"].data), row["reason"].data or "") for number, row in rows)
        kept = ((number, Exclusion(day, reason)) for number, day, reason in found if day is not None)
        return iter(sorted(kept, key=lambda pair: pair[1].period_on))


_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "phase": ("first_on", "reason", "cycle_id"),
    "exclusion": ("period_on", "reason"),
}


@cache
def _form_class(n_phases: int, n_exclusions: int) -> type[ChartForm]:
    made: dict[str, Any] = {"n_phases": n_phases, "n_exclusions": n_exclusions}
    for row in range(1, n_phases + 1):
        made[f"phase_{row}_first_on"] = SelectField(_("A new phase begins with"), [Optional()], validate_choice=False)
        made[f"phase_{row}_reason"] = line_field(_("Why does it begin there?"), most=300)
        made[f"phase_{row}_cycle_id"] = SelectField(_("Which adopted change?"), [Optional()], validate_choice=False)
    for row in range(1, n_exclusions + 1):
        made[f"exclusion_{row}_period_on"] = SelectField(_("Leave out"), [Optional()], validate_choice=False)
        made[f"exclusion_{row}_reason"] = line_field(_("Why is it left out?"), most=300)
    return type("ChartFormWithRows", (ChartForm,), made)


def chart_form(data: Any, plan: ChartPlan, *, version: int, may_propose: bool, proposed: ChartPlan | None) -> ChartForm:
    """Make the form with a row for each phase and each period left out, and empty ones to go on.

    data: what was sent, None when the form is first shown. proposed: what waits for a TA expert; its phases are shown.
    """
    phases = (proposed or plan).phases
    n_phases = _n_rows(data, "phase", len(phases) + 1) if may_propose else 0
    n_exclusions = _n_rows(data, "exclusion", len(plan.exclusions) + 2)
    made = _form_class(n_phases, n_exclusions)
    return made(data, data=_defaults(plan, phases if may_propose else (), version))


def _n_rows(data: Any, part: str, least: int) -> int:
    sent = [name.split("_")[1] for name in data or () if name.startswith(f"{part}_")]
    return min(max([least, *(int(row) for row in sent if row.isascii() and row.isdigit() and len(row) < 3)]), MOST_ROWS)


def _defaults(plan: ChartPlan, phases: Sequence[PhaseStart], version: int) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "kind": plan.kind.value,
        "rules": USUAL if plan.rules is usual_rules(plan.kind) else plan.rules.value,
        "freeze_on": plan.freeze_on.isoformat() if plan.freeze_on else "",
        "centre": plain_number(plan.centre),
        "is_screened": plan.is_screened,
        "row_version": version,
    }
    for row, phase in enumerate(phases, 1):
        defaults[f"phase_{row}_first_on"] = phase.first_on.isoformat()
        defaults[f"phase_{row}_reason"] = phase.reason
        defaults[f"phase_{row}_cycle_id"] = str(phase.cycle_id or "")
    for row, exclusion in enumerate(plan.exclusions, 1):
        defaults[f"exclusion_{row}_period_on"] = exclusion.period_on.isoformat()
        defaults[f"exclusion_{row}_reason"] = exclusion.reason
    return defaults


def _read_day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return NO_PERIOD


class KeepForm(Form):
    """A note to a chart that is kept."""

    event_uuid = HiddenField(default=lambda: str(uuid4()))
    note = line_field(_("Note"), most=300, hint=_("What was it shown for? It may stay empty."))

    def key(self) -> UUID:
        """Return the key the page made; a broken one becomes a new one."""
        try:
            return UUID(self.event_uuid.data or "")
        except ValueError:
            return uuid4()


class PhasesForm(EditForm):
    """What a TA expert says to proposed phases."""

    note = line_field(_("What do you say to it?"), most=300, hint=_("Needed when the phases stay as they are."))

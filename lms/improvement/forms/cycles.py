"""Forms of the stages of a cycle."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from lms.improvement.forms import words
from lms.improvement.forms.fields import (
    NO_CLIENTS,
    ChoiceField,
    EditForm,
    NumberField,
    WholeField,
    choices_of,
    line_field,
    plain_number,
    read_version,
    text_field,
)
from lms.improvement.models import Cycle, Prediction
from lms.improvement.rules import Decision, DoneAsPlanned, Shape
from lms.improvement.services.cycles import Act, Beginning, Done, Plan, Predicted, Study
from lms.web.forms import Form

_ = lazy_gettext
LABELS = words.FIELD_LABELS


class StartForm(Form):
    """A new cycle, in three fields."""

    title = line_field(
        LABELS["title"],
        most=160,
        needed=_("Write what you will try."),
        hint=_("One small thing. For example: call each person the day before the visit."),
    )
    objective = text_field(
        LABELS["objective"], hint=_("A question the test can answer. For example: do more people come?")
    )
    change_idea = ChoiceField(LABELS["change_idea_id"])
    carried = text_field(LABELS["carried"])
    predecessor = HiddenField(filters=[read_version])

    def offer_ideas(self, ideas: Iterable[tuple[int, str]]) -> None:
        """Fill in the change ideas of the team."""
        self.change_idea.offer(ideas, gettext("None of these"))

    def beginning(self, predecessor: Cycle | None) -> Beginning:
        """Return what was typed, clean."""
        return Beginning(
            title=self.title.data or "",
            objective=self.objective.data or "",
            change_idea_id=self.change_idea.chosen_id,
            carried=(self.carried.data or "") if "carried" in self else "",
            predecessor_id=predecessor.id if predecessor else None,
            measure_id=predecessor.measure_id if predecessor else None,
        )


class PlanForm(EditForm):
    """The plan of a cycle with its prediction."""

    title = line_field(LABELS["title"], most=160, needed=_("Write what you will try."))
    objective = text_field(LABELS["objective"], hint=_("A question the test can answer."))
    change_idea = ChoiceField(LABELS["change_idea_id"], description=_("Test one change at a time."))
    carried = text_field(LABELS["carried"])
    is_explore = BooleanField(
        _("We only want to learn something, we predict nothing"),
        description=_("For example: watch how long people wait."),
    )
    words = text_field(
        LABELS["prediction_words"],
        hint=_("Before you begin. For example: 8 of 10 people will come, because a call reminds them."),
    )
    measure = ChoiceField(LABELS["measure_id"], description=_("Its chart shows this cycle and judges the prediction."))
    shape = SelectField(
        LABELS["prediction_shape"],
        [Optional()],
        choices=lambda: [("", _("no number")), *choices_of(words.SHAPE_LABELS)()],
        default="",
    )
    low = NumberField(LABELS["prediction_low"], [Optional()])
    high = NumberField(LABELS["prediction_high"], [Optional()], description=_("Only for “between”."))
    by_on = DateField(LABELS["prediction_by_on"], [Optional()])
    confidence = WholeField(LABELS["prediction_confidence_percent"], [Optional()])
    plan_what = text_field(LABELS["plan_what"], hint=NO_CLIENTS)
    plan_who = line_field(LABELS["plan_who"], most=300, hint=_("People of your team, by first name or job role."))
    plan_when = line_field(LABELS["plan_when"], most=300, hint=_("For example: on Tuesday and Thursday of next week."))
    plan_where = line_field(LABELS["plan_where"], most=300)
    starts_on = DateField(LABELS["starts_on"], [Optional()])
    ends_on = DateField(LABELS["ends_on"], [Optional()])
    scale_people = WholeField(
        LABELS["scale_people"], [Optional()], description=_("Begin small: ten people or fewer, or one location.")
    )
    scale_sites = WholeField(LABELS["scale_sites"], [Optional()])
    data_plan = text_field(
        LABELS["data_plan"], hint=_("For example: the front desk makes a mark on paper for each call.")
    )

    today: date | None = None  # what is over by then cannot be predicted any more

    def offer(self, ideas: Iterable[tuple[int, str]], measures: Iterable[tuple[int, str]]) -> None:
        """Fill in the change ideas and measures of the team."""
        self.change_idea.offer(ideas, gettext("None of these"))
        self.measure.offer(measures, gettext("None of these"))

    def lock_prediction(self) -> None:
        """Take the prediction out: it was locked when the test began."""
        for name in ("words", "shape", "low", "high", "by_on", "confidence"):
            del self[name]

    @property
    def has_prediction(self) -> bool:
        """Whether the prediction can still be written."""
        return "words" in self

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Ask for what belongs together."""
        is_valid = super().validate(*args, **kwargs)
        if self.starts_on.data and self.ends_on.data and self.ends_on.data < self.starts_on.data:
            self.ends_on.errors = [gettext("The last day is before the first.")]
            is_valid = False
        return (not self.has_prediction or self._is_prediction_whole()) and is_valid

    def _is_prediction_whole(self) -> bool:
        problems: dict[str, str] = {}
        shape = self.shape.data
        if self.confidence.whole is not None and not 1 <= self.confidence.whole <= 99:
            problems["confidence"] = gettext("Write a percent from 1 to 99.")
        if shape and not self.measure.data:
            problems["measure"] = gettext("Choose the measure whose number you predict.")
        if shape and self.low.number is None and not self.low.errors:
            problems["low"] = gettext("Write the number you predict.")
        if shape and not self.by_on.data and not self.by_on.errors:
            problems["by_on"] = gettext("Choose the day by which it should be so.")
        if self.today and self.by_on.data and self.by_on.data < self.today:
            problems["by_on"] = gettext("This day is over. Choose today or a day still to come.")
        if shape == Shape.BETWEEN and self.high.number is None:
            problems["high"] = gettext("Write the second number.")
        if shape == Shape.BETWEEN and (self.low.number or 0) > (self.high.number or 0):
            problems.setdefault("high", gettext("The second number has to be the larger one."))
        if not shape and (self.low.number is not None or self.high.number is not None):
            problems["shape"] = gettext("Say whether the number is at least, at most or between.")
        for name, sentence in problems.items():
            self[name].errors = [sentence]
        return not problems

    def plan(self) -> Plan:
        """Return the plan, clean."""
        return Plan(
            title=self.title.data or "",
            objective=self.objective.data or "",
            is_explore=bool(self.is_explore.data),
            change_idea_id=self.change_idea.chosen_id,
            carried=self.carried.data or "" if "carried" in self else "",
            plan_what=self.plan_what.data or "",
            plan_who=self.plan_who.data or "",
            plan_when=self.plan_when.data or "",
            plan_where=self.plan_where.data or "",
            data_plan=self.data_plan.data or "",
            measure_id=self.measure.chosen_id,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            scale_people=self.scale_people.whole,
            scale_sites=self.scale_sites.whole,
        )

    def predicted(self) -> Predicted | None:
        """Return the prediction, or None when it is locked."""
        if not self.has_prediction:
            return None
        shape = Shape(self.shape.data) if self.shape.data else None
        number = self.low.number
        return Predicted(
            words=self.words.data or "",
            measure_id=self.measure.chosen_id if shape else None,
            shape=shape,
            low=None if shape in {None, Shape.AT_MOST} else number,
            high=number if shape is Shape.AT_MOST else self.high.number if shape is Shape.BETWEEN else None,
            by_on=self.by_on.data,
            confidence_percent=self.confidence.whole,
        )


def plan_defaults(cycle: Cycle) -> dict[str, Any]:
    """Return a plan as its form shows it."""
    names = (
        "title", "objective", "carried", "is_explore", "plan_what", "plan_who", "plan_when", "plan_where", "data_plan",
        "starts_on", "ends_on", "row_version",
    )  # fmt: skip
    return {
        **{name: getattr(cycle, name) for name in names},
        "change_idea": str(cycle.change_idea_id or ""),
        "measure": str(cycle.measure_id or ""),
        "scale_people": plain_number(cycle.scale_people),
        "scale_sites": plain_number(cycle.scale_sites),
        **_prediction_defaults(cycle.prediction),
    }


def _prediction_defaults(prediction: Prediction | None) -> dict[str, Any]:
    if prediction is None:
        return {}
    first = prediction.high if prediction.shape is Shape.AT_MOST else prediction.low
    second = prediction.high if prediction.shape is Shape.BETWEEN else None
    return {
        "words": prediction.words,
        "shape": prediction.shape.value if prediction.shape else "",
        "low": plain_number(first),
        "high": plain_number(second),
        "by_on": prediction.by_on,
        "confidence": plain_number(prediction.confidence_percent),
    }


class BeginForm(EditForm):
    """The day a test began."""

    began_on = DateField(LABELS["began_on"], [InputRequired(_("Choose a day."))])


class DoForm(EditForm):
    """What happened in the test."""

    what_happened = text_field(
        LABELS["what_happened"],
        hint=_("What you did and saw, also what went wrong. %(rule)s", rule=NO_CLIENTS),
    )
    surprises = text_field(LABELS["surprises"])
    has_harm = BooleanField(
        LABELS["has_harm"],
        description=_(
            "When you save, your leads, your team, your TA experts and your coordinators are told at once. "
            "Their mail says in which cycle, not what happened. Tell your organization in the usual way, too."
        ),
    )
    began_on = DateField(LABELS["began_on"], [InputRequired(_("Choose a day."))])
    ended_on = DateField(LABELS["ended_on"], [Optional()], description=_("Leave it empty while the test goes on."))

    def done(self) -> Done:
        """Return what was typed, clean."""
        return Done(
            began_on=self.began_on.data,  # type: ignore[arg-type]  # the form asks for it
            ended_on=self.ended_on.data,
            what_happened=self.what_happened.data or "",
            surprises=self.surprises.data or "",
            has_harm=bool(self.has_harm.data),
        )


class StudyForm(EditForm):
    """What the team reads out of the test."""

    done_as_planned = RadioField(
        LABELS["done_as_planned"],
        [InputRequired(_("Choose an answer."))],
        choices=choices_of(words.DONE_LABELS),
    )
    study_findings = text_field(LABELS["study_findings"], needed=_("Write what they say."), hint=NO_CLIENTS)
    comparison = text_field(LABELS["comparison"], needed=_("Compare it with what you predicted, or with before."))
    learned = text_field(LABELS["learned"], needed=_("Write what you learned."))

    def study(self) -> Study:
        """Return what was typed, clean."""
        return Study(
            done_as_planned=DoneAsPlanned(self.done_as_planned.data),
            study_findings=self.study_findings.data or "",
            comparison=self.comparison.data or "",
            learned=self.learned.data or "",
        )


class ActForm(EditForm):
    """What follows from the test."""

    decision = RadioField(
        LABELS["decision"], [InputRequired(_("Choose one."))], choices=choices_of(words.DECISION_LABELS)
    )
    decision_reason = text_field(LABELS["decision_reason"], needed=_("Write why."))
    next_step = text_field(LABELS["next_step"], hint=_("For adopt and adapt: what comes next, with whom, by when."))
    stop_reason = text_field(LABELS["stop_reason"], hint=_("For abandon, or when no other test follows."))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Ask for the next step, or for the reason to stop."""
        is_valid = super().validate(*args, **kwargs)
        if self.decision.data == Decision.ABANDON and not self.stop_reason.data:
            self.stop_reason.errors = [gettext("Write why you stop, so that others can learn from it.")]
            return False
        if self.decision.data in {Decision.ADOPT, Decision.ADAPT} and not (
            self.next_step.data or self.stop_reason.data
        ):
            self.next_step.errors = [gettext("Write what comes next, or below why no other test follows.")]
            return False
        return is_valid

    def act(self) -> Act:
        """Return what was typed, clean."""
        return Act(
            decision=Decision(self.decision.data),
            decision_reason=self.decision_reason.data or "",
            next_step=self.next_step.data or "",
            stop_reason=self.stop_reason.data or "",
        )


class DropForm(EditForm):
    """Why a cycle was not run."""

    reason = text_field(
        LABELS["not_run_reason"],
        needed=_("Write why it was not run."),
        hint=_("A sentence is enough. It helps the next team."),
        most=1000,
    )

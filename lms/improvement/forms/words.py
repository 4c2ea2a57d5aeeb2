"""The words for what a team can choose, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from lms.improvement.rules import (
    Cadence,
    ChartKind,
    CycleState,
    Decision,
    Direction,
    DoneAsPlanned,
    MeasureKind,
    MissingReason,
    NumberFlaw,
    Shape,
    Stage,
    Unit,
)

MEASURE_KIND_LABELS = {
    MeasureKind.OUTCOME: _("Outcome"),
    MeasureKind.PROCESS: _("Process"),
    MeasureKind.BALANCING: _("Balancing"),
}
MEASURE_KIND_HINTS = {
    MeasureKind.OUTCOME: _("The result you want, for example people still in treatment after 30 days."),
    MeasureKind.PROCESS: _("The work that leads to it, for example people started on the same day."),
    MeasureKind.BALANCING: _("What must not get worse meanwhile, for example waiting times of others."),
}
UNIT_LABELS = {
    Unit.PERCENT: _("A share: so many of so many, shown as percent"),
    Unit.COUNT: _("A count: one whole number"),
    Unit.RATE: _("A rate: so many per 100 or per 1,000"),
    Unit.DAYS: _("Days"),
    Unit.HOURS: _("Hours"),
    Unit.MINUTES: _("Minutes"),
}
UNIT_WORDS = {
    Unit.PERCENT: _("percent"),
    Unit.COUNT: _("count"),
    Unit.RATE: _("rate"),
    Unit.DAYS: _("days"),
    Unit.HOURS: _("hours"),
    Unit.MINUTES: _("minutes"),
}
CADENCE_LABELS = {Cadence.WEEK: _("Every week"), Cadence.MONTH: _("Every month")}
DIRECTION_LABELS = {
    Direction.UP: _("Higher is better"),
    Direction.DOWN: _("Lower is better"),
    Direction.NEITHER: _("It should stay as it is"),
}
CHART_KIND_LABELS = {
    ChartKind.RUN: _("Run chart"),
    ChartKind.P: _("Control chart for shares (P)"),
    ChartKind.P_PRIME: _("Control chart for shares with large numbers (P′)"),
    ChartKind.U: _("Control chart for rates (U)"),
    ChartKind.U_PRIME: _("Control chart for rates with large numbers (U′)"),
    ChartKind.C: _("Control chart for counts (C)"),
    ChartKind.I: _("Control chart for values (I)"),
}
MISSING_LABELS = {
    MissingReason.NOT_COUNTED: _("Nobody counted"),
    MissingReason.NO_CASES: _("There was nobody to count"),
    MissingReason.CLOSED: _("We were closed"),
    MissingReason.LOST: _("The records were lost"),
    MissingReason.OTHER: _("Another reason"),
}
STATE_LABELS = {
    CycleState.DRAFT: _("Draft"),
    CycleState.PLANNED: _("Planned"),
    CycleState.DOING: _("Doing"),
    CycleState.STUDYING: _("Studying"),
    CycleState.ACTED: _("Waits for review"),
    CycleState.REVIEWED: _("Reviewed"),
    CycleState.NOT_RUN: _("Not run"),
}
STATE_CHIPS = {
    CycleState.DRAFT: "neutral",
    CycleState.PLANNED: "info",
    CycleState.DOING: "progress",
    CycleState.STUDYING: "progress",
    CycleState.ACTED: "waiting",
    CycleState.REVIEWED: "success",
    CycleState.NOT_RUN: "neutral",
}
STAGE_LABELS = {Stage.PLAN: _("Plan"), Stage.DO: _("Do"), Stage.STUDY: _("Study"), Stage.ACT: _("Act")}
DONE_LABELS = {DoneAsPlanned.YES: _("Yes"), DoneAsPlanned.PARTLY: _("Partly"), DoneAsPlanned.NO: _("No")}
DECISION_LABELS = {Decision.ADOPT: _("Adopt"), Decision.ADAPT: _("Adapt"), Decision.ABANDON: _("Abandon")}
DECISION_HINTS = {
    Decision.ADOPT: _("It works. We keep it, or test it with more people."),
    Decision.ADAPT: _("It works in part. We change it and test again."),
    Decision.ABANDON: _("It does not work here. We stop, and say why."),
}
SHAPE_LABELS = {Shape.AT_LEAST: _("at least"), Shape.AT_MOST: _("at most"), Shape.BETWEEN: _("between")}
CHOICE_LABELS: Mapping[str, Mapping[str, Any]] = {
    "shape": {word.value: label for word, label in SHAPE_LABELS.items()},
    "decision": {word.value: label for word, label in DECISION_LABELS.items()},
    "done_as_planned": {word.value: label for word, label in DONE_LABELS.items()},
}
FIELD_LABELS = {
    "title": _("What will you try?"),
    "is_explore": _("This cycle is to learn something"),
    "change_idea_id": _("Change idea"),
    "objective": _("What do you want to find out?"),
    "carried": _("What did the cycle before teach you for this plan?"),
    "plan_what": _("What exactly will you do?"),
    "plan_who": _("Who does it?"),
    "plan_when": _("When?"),
    "plan_where": _("Where?"),
    "data_plan": _("Who counts what, and how?"),
    "measure_id": _("Which measure should move?"),
    "starts_on": _("First day, as planned"),
    "ends_on": _("Last day, as planned"),
    "scale_people": _("With how many people?"),
    "scale_sites": _("At how many locations?"),
    "prediction_words": _("What do you predict?"),
    "prediction_measure_id": _("Measure of the prediction"),
    "prediction_shape": _("The number will be"),
    "prediction_low": _("Number"),
    "prediction_high": _("and"),
    "prediction_by_on": _("By which day?"),
    "prediction_confidence_percent": _("How sure are you?"),
    "began_on": _("First day of the test"),
    "ended_on": _("Last day of the test"),
    "what_happened": _("What happened?"),
    "surprises": _("What surprised you?"),
    "has_harm": _("Somebody was harmed, or nearly"),
    "done_as_planned": _("Was it done as planned?"),
    "study_findings": _("What do the numbers and your notes say?"),
    "comparison": _("How does that compare with what you predicted?"),
    "learned": _("What did you learn?"),
    "decision": _("What do you do with the change?"),
    "decision_reason": _("Why?"),
    "next_step": _("What is the next test or step?"),
    "stop_reason": _("Why do you stop?"),
    "not_run_reason": _("Why was it not run?"),
}
NUMBER_SENTENCES = {
    NumberFlaw.NOT_A_NUMBER: _("This is not a number. Write digits only, for example 12 or 12.5."),
    NumberFlaw.UNCLEAR: _(
        "This could be thousands or decimals. Write 1234 without a mark in it, or round it to two decimals, like 1.23."
    ),
    NumberFlaw.TOO_LARGE: _("This number is too large."),
    NumberFlaw.NEGATIVE: _("A number here cannot be less than zero."),
    NumberFlaw.NOT_WHOLE: _("You count people or things here, so this has to be a whole number."),
    NumberFlaw.MISSING: _("Write a number, or say why there is none."),
    NumberFlaw.ZERO_DENOMINATOR: _(
        "With nobody to count there is no share. Leave both numbers empty and choose “There was nobody to count”."
    ),
    NumberFlaw.MORE_THAN_ALL: _("This is more than all of them. Look at both numbers again."),
}

"""Decisions about cycles, predictions and observations on plain values."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

LARGEST_NUMBER: Final = 1_000_000_000
FURTHEST_BACK: Final = timedelta(days=5 * 366)  # older numbers are typing errors more often than not
MOST_PERIODS: Final = 400


class MeasureKind(StrEnum):
    """What a measure tells: the result, the work that leads to it, or what must not get worse."""

    OUTCOME = "outcome"
    PROCESS = "process"
    BALANCING = "balancing"


class Unit(StrEnum):
    """What kind of number a measure is. Percent and rate are entered as two numbers."""

    PERCENT = "percent"
    COUNT = "count"
    RATE = "rate"
    DAYS = "days"
    HOURS = "hours"
    MINUTES = "minutes"


class Cadence(StrEnum):
    """How often a number is entered."""

    WEEK = "week"
    MONTH = "month"


class Direction(StrEnum):
    """Which way is better. What must only not get worse is wanted neither way."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


class ChartKind(StrEnum):
    """How a measure is drawn, by the names of the pure room. A run chart needs no assumption about the numbers."""

    RUN = "run"
    P = "p"
    P_PRIME = "pp"
    U = "u"
    U_PRIME = "up"
    C = "c"
    I = "i"  # noqa: E741  # the chart's name


class MissingReason(StrEnum):
    """Why a period has no number."""

    NOT_COUNTED = "not-counted"
    NO_CASES = "no-cases"
    CLOSED = "closed"
    LOST = "lost"
    OTHER = "other"


class IdeaOrigin(StrEnum):
    """Where a change idea comes from."""

    TEAM = "team"
    PACKAGE = "package"
    LIBRARY = "library"


class CycleState(StrEnum):
    """Where a cycle is. It goes forward only; what happens before that is a revision."""

    DRAFT = "draft"
    PLANNED = "planned"
    DOING = "doing"
    STUDYING = "studying"
    ACTED = "acted"
    REVIEWED = "reviewed"
    NOT_RUN = "not-run"


class DoneAsPlanned(StrEnum):
    """Whether the test went as planned."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Decision(StrEnum):
    """What the team does with the change now."""

    ADOPT = "adopt"
    ADAPT = "adapt"
    ABANDON = "abandon"


class Shape(StrEnum):
    """What a prediction says about the number."""

    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    BETWEEN = "between"


class FlagKind(StrEnum):
    """What is said for ever about the order in which a cycle was written."""

    PLAN_AFTER_BEGIN = "plan-after-begin"
    BEGIN_BACKDATED = "begin-backdated"
    STUDY_AFTER_REVIEW = "study-after-review"


# ---------------------------------------------------------------- periods


def period_start(day: date, cadence: Cadence) -> date:
    """Return the first day of the week (a Monday) or month that holds a day."""
    return day - timedelta(days=day.weekday()) if cadence is Cadence.WEEK else day.replace(day=1)


def next_period(period_on: date, cadence: Cadence) -> date:
    """Return the first day of the period after this one."""
    return period_start(period_on + timedelta(days=7 if cadence is Cadence.WEEK else 31), cadence)


def period_before(period_on: date, cadence: Cadence) -> date:
    """Return the first day of the period before this one."""
    return period_start(period_on - timedelta(days=1), cadence)


def last_day(period_on: date, cadence: Cadence) -> date:
    """Return the last day of a period."""
    return next_period(period_on, cadence) - timedelta(days=1)


def list_periods(first: date, last: date, cadence: Cadence) -> list[date]:
    """Return every period from the first to the last, at most the newest four hundred."""
    periods: list[date] = []
    period = period_start(last, cadence)
    while period >= first and len(periods) < MOST_PERIODS:
        periods.append(period)
        period = period_before(period, cadence)
    return periods[::-1]


def last_finished_period(today: date, cadence: Cadence) -> date:
    """Return the newest period that is over."""
    return period_before(period_start(today, cadence), cadence)


def missing_periods(entered: Collection[date], cadence: Cadence, today: date) -> list[date]:
    """Return the finished periods without an entry since the first entry, oldest first."""
    if not entered:
        return [last_finished_period(today, cadence)]
    asked, there = list_periods(min(entered), last_finished_period(today, cadence), cadence), set(entered)
    return [period for period in asked if period not in there]


def proposed_period(entered: Collection[date], cadence: Cadence, today: date) -> date:
    """Return the period to enter next: the oldest that is missing, else the one that runs now."""
    missing = missing_periods(entered, cadence, today)
    return missing[0] if missing else period_start(today, cadence)


def is_enterable(period_on: date, cadence: Cadence, today: date) -> bool:
    """Say whether a number can belong to this period: it has begun and is not from another age."""
    return period_on == period_start(period_on, cadence) and today - FURTHEST_BACK <= period_on <= today


# ---------------------------------------------------------------- numbers


class NumberFlaw(StrEnum):
    """Why a number cannot be taken."""

    NOT_A_NUMBER = "not-a-number"
    UNCLEAR = "unclear"
    TOO_LARGE = "too-large"
    NEGATIVE = "negative"
    NOT_WHOLE = "not-whole"
    MISSING = "missing"
    ZERO_DENOMINATOR = "zero-denominator"
    MORE_THAN_ALL = "more-than-all"


class BadNumber(ValueError):
    """Text that cannot be read as one number."""

    def __init__(self, flaw: NumberFlaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


_NUMBER: Final = re.compile(r"(?P<sign>[-\u2212]?)(?P<whole>[0-9]*)(?:[.,](?P<part>[0-9]{1,9}))?", re.ASCII)
_THOUSANDS_LOOK: Final = 3


def read_number(text: str) -> float:
    """Read a number as people write it, with a point or a comma before the decimals.

    Three digits after the mark could be thousands or decimals: nobody can know, so that is refused as unclear.

    >>> read_number("12,5")
    12.5
    """
    written = text.strip().removesuffix("%").strip()
    found = _NUMBER.fullmatch(written)
    if not found or not (found["whole"] or found["part"]):
        raise BadNumber(NumberFlaw.NOT_A_NUMBER)
    if len(found["part"] or "") == _THOUSANDS_LOOK and found["whole"].strip("0"):
        raise BadNumber(NumberFlaw.UNCLEAR)
    if len(found["whole"]) > len(str(LARGEST_NUMBER)):
        raise BadNumber(NumberFlaw.TOO_LARGE)
    number = float(f"{found['whole'] or 0}.{found['part'] or 0}")
    return -number if found["sign"] else number


def flaws_of(unit: Unit, numerator: float | None, denominator: float | None) -> Mapping[str, NumberFlaw]:
    """Return what is wrong with the number of a period, by field."""
    flaws: dict[str, NumberFlaw] = {}
    for name, number in (("numerator", numerator), ("denominator", denominator)):
        flaw = _flaw_of(number, is_counted=unit in COUNTED and not (unit is Unit.RATE and name == "denominator"))
        if flaw and (number is not None or name == "numerator" or unit in SHARES):
            flaws[name] = flaw
    if "denominator" not in flaws and unit in SHARES and denominator == 0:
        flaws["denominator"] = NumberFlaw.ZERO_DENOMINATOR
    if not flaws and unit is Unit.PERCENT and numerator is not None and numerator > (denominator or 0):
        flaws["numerator"] = NumberFlaw.MORE_THAN_ALL
    return flaws


SHARES: Final = frozenset({Unit.PERCENT, Unit.RATE})  # written as two numbers
COUNTED: Final = frozenset({Unit.PERCENT, Unit.RATE, Unit.COUNT})


def _flaw_of(number: float | None, *, is_counted: bool) -> NumberFlaw | None:
    if number is None:
        return NumberFlaw.MISSING
    if number < 0:
        return NumberFlaw.NEGATIVE
    if number > LARGEST_NUMBER:
        return NumberFlaw.TOO_LARGE
    return NumberFlaw.NOT_WHOLE if is_counted and number != int(number) else None


def scale_of(unit: Unit, rate_per: int | None) -> float:
    """Return what a share is multiplied by to be written: 100 for percent, so many for a rate."""
    return 100.0 if unit is Unit.PERCENT else float(rate_per or 1) if unit is Unit.RATE else 1.0


def value_of(unit: Unit, rate_per: int | None, numerator: float | None, denominator: float | None) -> float | None:
    """Return the number of a period as people write it, or None when it is missing."""
    if numerator is None:
        return None
    if unit not in SHARES:
        return numerator
    return scale_of(unit, rate_per) * numerator / denominator if denominator else None


# ---------------------------------------------------------------- the way of a cycle


class Stage(StrEnum):
    """The four stages of a cycle."""

    PLAN = "plan"
    DO = "do"
    STUDY = "study"
    ACT = "act"


class NextAction(StrEnum):
    """The one thing to do next with a cycle."""

    PLAN = "plan"
    BEGIN = "begin"
    DO = "do"
    STUDY = "study"
    ACT = "act"
    ANSWER = "answer"
    GO_ON = "go-on"
    NONE = "none"


PLAN_FIELDS: Final = (
    "title", "is_explore", "change_idea_id", "objective", "carried", "plan_what", "plan_who", "plan_when", "plan_where",
    "data_plan", "measure_id", "starts_on", "ends_on", "scale_people", "scale_sites",
)  # fmt: skip
PREDICTION_FIELDS: Final = ("words", "measure_id", "shape", "low", "high", "by_on", "confidence_percent")
STAGE_FIELDS: Final[Mapping[Stage, tuple[str, ...]]] = {
    Stage.PLAN: PLAN_FIELDS,
    Stage.DO: ("began_on", "ended_on", "what_happened", "surprises", "has_harm"),
    Stage.STUDY: ("done_as_planned", "study_findings", "comparison", "learned"),
    Stage.ACT: ("decision", "decision_reason", "next_step", "stop_reason"),
}
BEFORE_BEGIN: Final = frozenset({CycleState.DRAFT, CycleState.PLANNED})
UNDER_WAY: Final = frozenset({CycleState.DRAFT, CycleState.PLANNED, CycleState.DOING, CycleState.STUDYING})
WRITABLE: Final[Mapping[Stage, frozenset[CycleState]]] = {
    Stage.PLAN: frozenset(CycleState) - {CycleState.NOT_RUN},
    Stage.DO: frozenset({CycleState.DOING, CycleState.STUDYING, CycleState.ACTED, CycleState.REVIEWED}),
    Stage.STUDY: frozenset({CycleState.STUDYING, CycleState.ACTED, CycleState.REVIEWED}),
    Stage.ACT: frozenset({CycleState.STUDYING, CycleState.ACTED, CycleState.REVIEWED}),
}
DROPPABLE: Final = frozenset({CycleState.DRAFT, CycleState.PLANNED, CycleState.DOING})
WITH_OPEN_TASKS: Final = frozenset({CycleState.DRAFT, CycleState.PLANNED, CycleState.DOING})


def may_write(stage: Stage, state: CycleState, *, is_studied: bool) -> bool:
    """Say whether a stage can be written: no Do before the begin, no Study before the end, no Act before Study."""
    return state in WRITABLE[stage] and (stage is not Stage.ACT or is_studied)


def next_action(state: CycleState, *, is_studied: bool, is_returned: bool, has_successor: bool) -> NextAction:
    """Return the one thing to do next."""
    if state is CycleState.STUDYING:
        return NextAction.ACT if is_studied else NextAction.STUDY
    if state is CycleState.ACTED and is_returned:
        return NextAction.ANSWER
    if state in {CycleState.ACTED, CycleState.REVIEWED}:
        return NextAction.NONE if has_successor else NextAction.GO_ON
    return {
        CycleState.DRAFT: NextAction.PLAN,
        CycleState.PLANNED: NextAction.BEGIN,
        CycleState.DOING: NextAction.DO,
    }.get(state, NextAction.NONE)


def flags_of_begin(*, planned_on: date, began_on: date) -> frozenset[FlagKind]:
    """Return what has to be said for ever about a test that began before its plan was written."""
    return frozenset({FlagKind.BEGIN_BACKDATED}) if began_on < planned_on else frozenset()


def flags_of_edit(stage: Stage, state: CycleState) -> frozenset[FlagKind]:
    """Return what has to be said for ever about a change to a stage in this state."""
    if stage is Stage.PLAN and state not in BEFORE_BEGIN:
        return frozenset({FlagKind.PLAN_AFTER_BEGIN})
    if stage is not Stage.PLAN and state is CycleState.REVIEWED:
        return frozenset({FlagKind.STUDY_AFTER_REVIEW})
    return frozenset()


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a save changes, field by field, as plain text for the history."""
    return [
        {"field": name, "before": _plain(before.get(name)), "after": _plain(value)}
        for name, value in after.items()
        if _plain(before.get(name)) != _plain(value)
    ]


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


# ---------------------------------------------------------------- predictions


class PredictionOutcome(StrEnum):
    """What became of a prediction."""

    MET = "met"
    NOT_MET = "not-met"
    NOT_YET = "not-yet"
    NO_DATA = "no-data"
    NO_MEASURE = "no-measure"


@dataclass(frozen=True, slots=True)
class Claim:
    """What was predicted: a number by a day. `low` and `high` are in the measure's own unit."""

    shape: Shape
    low: float | None
    high: float | None
    by_on: date

    def holds_for(self, value: float) -> bool:
        """Say whether a value is as predicted; the ends belong to it."""
        is_high_enough = self.low is None or value >= self.low
        return is_high_enough and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A prediction held against the data: which period decided it, and its value."""

    outcome: PredictionOutcome
    value: float | None = None
    period_on: date | None = None


def judge_prediction(
    claim: Claim | None,
    points: Sequence[tuple[date, float | None]],
    *,
    cadence: Cadence,
    began_on: date | None,
    today: date,
) -> Judgement:
    """Hold a prediction against the newest number between the test's begin and the day it named.

    points: (first day of the period, value or None when missing), in any order.
    """
    if claim is None:
        return Judgement(PredictionOutcome.NO_MEASURE)
    if began_on is None:
        return Judgement(PredictionOutcome.NOT_YET)
    first, last = period_start(began_on, cadence), period_start(claim.by_on, cadence)
    known = sorted((day, value) for day, value in points if value is not None and first <= day <= last)
    is_final = bool(known) and known[-1][0] == last
    if today <= claim.by_on and not is_final:
        return Judgement(PredictionOutcome.NOT_YET)
    if not known:
        return Judgement(PredictionOutcome.NO_DATA)
    period_on, value = known[-1]
    outcome = PredictionOutcome.MET if claim.holds_for(value) else PredictionOutcome.NOT_MET
    return Judgement(outcome, value, period_on)


# ---------------------------------------------------------------- what a team does next


class TeamStep(StrEnum):
    """The one thing a team does next."""

    ANSWER_REVIEW = "answer-review"
    WRITE_AIM = "write-aim"
    ADD_MEASURE = "add-measure"
    ENTER_NUMBER = "enter-number"
    GO_ON_WITH_CYCLE = "go-on-with-cycle"
    START_CYCLE = "start-cycle"


def team_step(
    *, has_aim: bool, has_measure: bool, is_number_missing: bool, has_open_cycle: bool, has_returned_cycle: bool
) -> TeamStep:
    """Return what the team does next, the first of these that is true."""
    if has_returned_cycle:
        return TeamStep.ANSWER_REVIEW
    if not has_aim:
        return TeamStep.WRITE_AIM
    if not has_measure:
        return TeamStep.ADD_MEASURE
    if is_number_missing:
        return TeamStep.ENTER_NUMBER
    return TeamStep.GO_ON_WITH_CYCLE if has_open_cycle else TeamStep.START_CYCLE

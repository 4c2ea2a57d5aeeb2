"""The way of a cycle through its stages, and what a team does next."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

from lms.improvement.rules.words import CycleState, FlagKind


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

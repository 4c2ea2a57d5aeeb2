"""The words of improvement: kinds, states and reasons."""

from enum import StrEnum


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

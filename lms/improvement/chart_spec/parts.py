"""What a chart is made of: how it is drawn, what was defined, the numbers, the cycles."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from lms.improvement import rules, spc
from lms.improvement.rules import Cadence, Direction, Unit
from lms.improvement.spc import Kind
from lms.improvement.verdicts import RuleSet, usual_rules

KINDS: Final = (
    Kind.RUN, Kind.P, Kind.P_PRIME, Kind.U, Kind.U_PRIME, Kind.C, Kind.I, Kind.MR, Kind.G, Kind.T, Kind.I_PRIME,
)  # fmt: skip
"""The kinds for measures with one number a period; Xbar and S need several."""

WITH_DENOMINATORS: Final = frozenset({Kind.P, Kind.P_PRIME, Kind.U, Kind.U_PRIME, Kind.I_PRIME})
WITH_RANGES: Final = frozenset({Kind.I, Kind.U_PRIME, Kind.P_PRIME, Kind.T, Kind.I_PRIME})
"""Kinds whose limits come from moving ranges, which can be screened."""


class SettingState(StrEnum):
    """Whether a setting holds. New phases wait for a TA expert; one that was turned down never held."""

    ACCEPTED = "accepted"
    PROPOSED = "proposed"
    DECLINED = "declined"


class KeptReason(StrEnum):
    """Why a chart was kept as it was."""

    BY_HAND = "by-hand"
    CYCLE_ACTED = "cycle-acted"
    REPHASED = "rephased"


class PhaseStart(NamedTuple):
    """Where a phase begins, and why: a reason in words, an adopted cycle, or both."""

    first_on: date
    reason: str = ""
    cycle_id: int | None = None
    cycle_number: int | None = None


class Exclusion(NamedTuple):
    """A period that centre and limits are made without, and why."""

    period_on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPlan:
    """How a measure is drawn and judged. Periods are named by their first day."""

    kind: Kind = Kind.RUN
    rules: RuleSet = RuleSet.ANHOEJ
    freeze_on: date | None = None  # The last period of the baseline.
    phases: tuple[PhaseStart, ...] = ()  # Without the first, which begins with the numbers.
    exclusions: tuple[Exclusion, ...] = ()
    centre: float | None = None  # As people write it: a percent from 0 to 100.
    is_screened: bool = False


def plain_plan(kind: Kind) -> ChartPlan:
    """Return how a chart of this kind is drawn when nobody set anything else."""
    return ChartPlan(kind=kind, rules=usual_rules(kind))


class DefinitionLine(NamedTuple):
    """What a chart depends on in a definition."""

    id: int
    unit: Unit
    rate_per: int | None
    cadence: Cadence
    direction: Direction
    target: float | None
    holds_from_on: date | None


class NumberLine(NamedTuple):
    """What a chart depends on in an entry."""

    period_on: date
    definition_id: int
    numerator: float | None
    denominator: float | None
    note: str


class BegunLine(NamedTuple):
    """What a chart depends on in a cycle."""

    id: int
    number: int
    title: str
    began_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Everything one chart is made of. definitions: oldest first; numbers: the newest entry of each period."""

    name: str
    numerator_text: str = ""
    denominator_text: str = ""
    plan: ChartPlan
    definitions: tuple[DefinitionLine, ...]
    numbers: tuple[NumberLine, ...] = ()
    cycles: tuple[BegunLine, ...] = ()
    engine: int = spc.ENGINE_VERSION

    @property
    def now(self) -> DefinitionLine:
        """What is counted now."""
        return self.definitions[-1]

    @property
    def scale(self) -> float:
        """What a share is multiplied by to be written."""
        return rules.scale_of(self.now.unit, self.now.rate_per)

    @property
    def is_of_this_engine(self) -> bool:
        """Whether it would be computed today as it was then."""
        return self.engine == spc.ENGINE_VERSION

"""Holding predictions against the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lms.improvement.rules.periods import period_start
from lms.improvement.rules.words import Cadence, Shape


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

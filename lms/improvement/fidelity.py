"""How faithfully a PDSA cycle was run: fifteen checks, each with an outcome of its own and never one opaque grade.

The shares beside the checks are those of 421 real cycles. Source: McNicholas 2019.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

from lms.improvement.rules import (
    Cadence,
    CycleState,
    Decision,
    FlagKind,
    PredictionOutcome,
    next_period,
    period_start,
)

SMALL_PEOPLE: Final = 10
SMALL_SITES: Final = 1
LONG_DAYS: Final = 30
TOO_LONG_DAYS: Final = 90
MOST_OVERLAP: Final = 0.9
ENOUGH_POINTS: Final = 3
FEWEST_WORDS: Final = 2


class Check(StrEnum):
    """The checks, by what they ask."""

    F1 = "all-stages-written"
    F2 = "study-after-do"
    F3 = "prediction-before"
    F4 = "prediction-compared"
    F5 = "starts-small"
    F6 = "scale-grows"
    F7 = "part-of-a-series"
    F8 = "learning-carried"
    F9 = "regular-data"
    F10 = "one-change"
    F11 = "adopt-with-evidence"
    F12 = "short-test"
    F13 = "honest-dates"
    F14 = "not-a-repeat"
    F15 = "nobody-harmed"


class Outcome(StrEnum):
    """How a check came out."""

    PASS = "pass"  # not a password
    WARN = "warn"
    FAIL = "fail"
    NOT_YET = "not-yet"


PUBLISHED_PERCENT: Final[Mapping[Check, float]] = {  # McNicholas 2019, 421 cycles
    Check.F1: 71.0,
    Check.F2: 84.6,
    Check.F3: 12.2,
    Check.F6: 29.7,
    Check.F7: 54.5,
    Check.F9: 45.3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleFacts:
    """What the checks look at. Texts are as written; dates by the calendar of the team."""

    number: int
    state: CycleState
    is_explore: bool = False
    plan_texts: tuple[str, ...] = ()  # objective, what, who, when
    do_texts: tuple[str, ...] = ()  # what happened
    study_texts: tuple[str, ...] = ()  # findings, learned
    act_texts: tuple[str, ...] = ()  # reason, next step or stop reason: one of them is enough
    began_on: date | None = None
    ended_on: date | None = None
    studied_on: date | None = None
    has_prediction: bool = False
    is_prediction_measured: bool = False  # a number by a day, not only words
    predicted_on: date | None = None
    prediction_outcome: PredictionOutcome = PredictionOutcome.NO_MEASURE
    comparison: str = ""
    scale_people: int | None = None
    scale_sites: int | None = None
    carried: str = ""
    has_change_idea: bool = False
    decision: Decision | None = None
    decision_reason: str = ""
    next_step: str = ""
    stop_reason: str = ""
    has_measure: bool = False
    cadence: Cadence | None = None
    periods_on: tuple[date, ...] = ()  # those with a number, of the linked measure
    has_balancing_measure: bool = False
    flags: frozenset[FlagKind] = frozenset()
    has_harm: bool = False
    predecessor: "CycleFacts | None" = None
    has_successor: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one cycle. `variant` says which of the sentences for this outcome is meant."""

    check: Check
    outcome: Outcome
    variant: str = ""
    values: Mapping[str, int] = field(default_factory=dict)


def profile(cycle: CycleFacts, *, today: date, earlier: Sequence[CycleFacts] = ()) -> tuple[Finding, ...]:
    """Return the checks that apply to a cycle, in their order.

    earlier: the cycles of the same team that came before, for finding a copy. A cycle that was not run has no profile;
    one that is meant to learn something skips the prediction and the scale.
    """
    if cycle.state is CycleState.NOT_RUN:
        return ()
    found: list[Finding | None] = [
        _all_stages(cycle),
        _study_after_do(cycle),
        None if cycle.is_explore else _prediction(cycle),
        _compared(cycle),
        None if cycle.is_explore else _starts_small(cycle),
        None if cycle.is_explore else _scale_grows(cycle),
        _series(cycle),
        _carried(cycle),
        _regular_data(cycle),
        _one_change(cycle),
        _adoption(cycle),
        _length(cycle, today),
        _honest(cycle),
        _repeat(cycle, earlier),
        _harm(cycle),
    ]
    return tuple(finding for finding in found if finding is not None)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the judged cycles passed a check, and what was published."""

    check: Check
    n_passed: int
    n_judged: int
    published_percent: float | None


def shares(profiles: Iterable[Sequence[Finding]]) -> tuple[Share, ...]:
    """Count, check by check, how many cycles passed among those where it could be judged."""
    passed, judged = dict.fromkeys(Check, 0), dict.fromkeys(Check, 0)
    for findings in profiles:
        for finding in findings:
            judged[finding.check] += finding.outcome is not Outcome.NOT_YET
            passed[finding.check] += finding.outcome is Outcome.PASS
    return tuple(Share(check, passed[check], judged[check], PUBLISHED_PERCENT.get(check)) for check in Check)


def overlap(one: str, other: str) -> float:
    """Return the share of words that two texts have in common, 0 to 1; texts without words have none.

    >>> overlap("call each patient", "Call each client")
    0.5
    """
    words, others = _words(one), _words(other)
    return len(words & others) / len(words | others) if words and others else 0.0


_ACTED: Final = frozenset({CycleState.ACTED, CycleState.REVIEWED})


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _says_something(text: str) -> bool:
    return len(re.findall(r"\w+", text)) >= FEWEST_WORDS


def _all_stages(cycle: CycleFacts) -> Finding:
    if cycle.state not in _ACTED:
        return Finding(Check.F1, Outcome.NOT_YET)
    stages = (*cycle.plan_texts, *cycle.do_texts, *cycle.study_texts)
    is_whole = all(map(_says_something, stages)) and any(map(_says_something, cycle.act_texts))
    is_dated = cycle.began_on is not None and cycle.ended_on is not None
    return Finding(Check.F1, Outcome.PASS if is_whole and is_dated else Outcome.FAIL)


def _study_after_do(cycle: CycleFacts) -> Finding:
    if cycle.studied_on is None:
        return Finding(Check.F2, Outcome.NOT_YET)
    is_after = cycle.ended_on is not None and cycle.studied_on >= cycle.ended_on
    return Finding(Check.F2, Outcome.PASS if is_after else Outcome.FAIL)


def _prediction(cycle: CycleFacts) -> Finding:
    if cycle.has_prediction and cycle.began_on and cycle.predicted_on and cycle.predicted_on > cycle.began_on:
        return Finding(Check.F3, Outcome.FAIL, "late")
    if cycle.has_prediction and not cycle.is_prediction_measured:
        return Finding(Check.F3, Outcome.WARN)
    if cycle.has_prediction:
        return Finding(Check.F3, Outcome.PASS if cycle.began_on else Outcome.NOT_YET)
    return Finding(Check.F3, Outcome.FAIL if cycle.began_on else Outcome.NOT_YET)


def _compared(cycle: CycleFacts) -> Finding:
    if cycle.studied_on is None:
        return Finding(Check.F4, Outcome.NOT_YET)
    return Finding(Check.F4, Outcome.PASS if _says_something(cycle.comparison) else Outcome.FAIL)


def _starts_small(cycle: CycleFacts) -> Finding | None:
    if cycle.predecessor is not None:
        return None
    sizes = ((cycle.scale_people, SMALL_PEOPLE), (cycle.scale_sites, SMALL_SITES))
    known = [(size, most) for size, most in sizes if size is not None]
    if not known:
        return Finding(Check.F5, Outcome.NOT_YET if cycle.began_on is None else Outcome.WARN, "unknown")
    is_small = any(size <= most for size, most in known)
    return Finding(Check.F5, Outcome.PASS if is_small else Outcome.FAIL)


def _scale_grows(cycle: CycleFacts) -> Finding | None:
    before = cycle.predecessor
    if before is None:
        return None
    if before.decision in {Decision.ADAPT, Decision.ABANDON}:
        return Finding(Check.F6, Outcome.PASS, "adapted")
    if cycle.scale_people is None or before.scale_people is None:
        return Finding(Check.F6, Outcome.NOT_YET if cycle.began_on is None else Outcome.WARN, "unknown")
    return Finding(Check.F6, Outcome.PASS if cycle.scale_people >= before.scale_people else Outcome.FAIL)


def _series(cycle: CycleFacts) -> Finding:
    if cycle.state not in _ACTED:
        return Finding(Check.F7, Outcome.NOT_YET)
    if cycle.has_successor or _says_something(cycle.stop_reason):
        return Finding(Check.F7, Outcome.PASS)
    if _says_something(cycle.next_step):
        return Finding(Check.F7, Outcome.PASS if cycle.predecessor else Outcome.WARN, "named")
    return Finding(Check.F7, Outcome.FAIL)


def _carried(cycle: CycleFacts) -> Finding | None:
    if cycle.predecessor is None:
        return None
    if _says_something(cycle.carried):
        return Finding(Check.F8, Outcome.PASS)
    return Finding(Check.F8, Outcome.NOT_YET if cycle.began_on is None else Outcome.FAIL)


def _regular_data(cycle: CycleFacts) -> Finding:
    if not cycle.has_measure or cycle.cadence is None:
        return Finding(Check.F9, Outcome.FAIL if cycle.began_on else Outcome.NOT_YET, "no-measure")
    longest = longest_streak(cycle.periods_on, cycle.cadence)
    if longest < ENOUGH_POINTS:
        outcome = Outcome.FAIL if cycle.state in _ACTED else Outcome.NOT_YET
        return Finding(Check.F9, outcome, "few", {"n": longest})
    if cycle.began_on is None:
        return Finding(Check.F9, Outcome.NOT_YET, "before")
    first = period_start(cycle.began_on, cycle.cadence)
    has_baseline = any(period < first for period in cycle.periods_on)
    return Finding(Check.F9, Outcome.PASS if has_baseline else Outcome.FAIL, "" if has_baseline else "baseline")


def longest_streak(periods_on: Iterable[date], cadence: Cadence) -> int:
    """Return how many periods in a row have a number, at most."""
    ordered = sorted(set(periods_on))
    longest = length = 1 if ordered else 0
    for before, after in pairwise(ordered):
        length = length + 1 if next_period(before, cadence) == after else 1
        longest = max(longest, length)
    return longest


def _one_change(cycle: CycleFacts) -> Finding:
    if cycle.has_change_idea:
        return Finding(Check.F10, Outcome.PASS)
    return Finding(Check.F10, Outcome.NOT_YET if cycle.began_on is None else Outcome.FAIL)


def _adoption(cycle: CycleFacts) -> Finding | None:
    if cycle.state not in _ACTED:
        return Finding(Check.F11, Outcome.NOT_YET)
    if cycle.decision is not Decision.ADOPT:
        return None
    is_met = cycle.prediction_outcome is PredictionOutcome.MET
    if is_met and cycle.predecessor is not None and cycle.has_balancing_measure:
        return Finding(Check.F11, Outcome.PASS)
    if not _says_something(cycle.decision_reason):
        return Finding(Check.F11, Outcome.FAIL)
    return Finding(Check.F11, Outcome.PASS if cycle.state is CycleState.REVIEWED else Outcome.WARN, "reasoned")


def _length(cycle: CycleFacts, today: date) -> Finding:
    if cycle.began_on is None:
        return Finding(Check.F12, Outcome.NOT_YET)
    days = ((cycle.ended_on or today) - cycle.began_on).days
    outcome = Outcome.PASS if days <= LONG_DAYS else Outcome.WARN if days <= TOO_LONG_DAYS else Outcome.FAIL
    if outcome is Outcome.PASS and cycle.ended_on is None:
        outcome = Outcome.NOT_YET
    return Finding(Check.F12, outcome, values={"n": days})


def _honest(cycle: CycleFacts) -> Finding:
    for kind in FlagKind:
        if kind in cycle.flags:
            return Finding(Check.F13, Outcome.FAIL, kind.value)
    return Finding(Check.F13, Outcome.NOT_YET if cycle.began_on is None else Outcome.PASS)


def _repeat(cycle: CycleFacts, earlier: Sequence[CycleFacts]) -> Finding:
    own = " ".join(cycle.plan_texts[:2])
    if not _says_something(own):
        return Finding(Check.F14, Outcome.NOT_YET)
    for other in earlier:
        if other.number < cycle.number and overlap(own, " ".join(other.plan_texts[:2])) > MOST_OVERLAP:
            outcome = Outcome.PASS if _says_something(cycle.carried) else Outcome.WARN
            return Finding(Check.F14, outcome, "like", {"n": other.number})
    return Finding(Check.F14, Outcome.PASS)


def _harm(cycle: CycleFacts) -> Finding:
    if cycle.has_harm:
        return Finding(Check.F15, Outcome.FAIL)
    return Finding(Check.F15, Outcome.PASS if cycle.ended_on else Outcome.NOT_YET)

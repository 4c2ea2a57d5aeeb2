"""How faithfully a PDSA cycle was run: fifteen checks, each with an outcome of its own and never one opaque grade.

The shares beside the checks are those of 421 real cycles. Source: McNicholas 2019.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

from lms.improvement.own_words import Weight, heaviest, overlap, points_back, tells_of_harm, weight
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


_ACTED: Final = frozenset({CycleState.ACTED, CycleState.REVIEWED})


_OUTCOMES: Final = {Weight.NOTHING: Outcome.FAIL, Weight.THIN: Outcome.WARN, Weight.OWN: Outcome.PASS}


def _all_stages(cycle: CycleFacts) -> Finding:
    is_acted = cycle.state in _ACTED
    is_under_way = is_acted or cycle.state in {CycleState.DOING, CycleState.STUDYING}
    due = [cycle.plan_texts] if is_under_way else []
    due += [cycle.do_texts] if is_acted or cycle.state is CycleState.STUDYING else []
    due += [cycle.study_texts, cycle.act_texts] if is_acted else []
    thinnest = min(map(heaviest, due), default=Weight.OWN)
    if is_acted and None in {cycle.began_on, cycle.ended_on, cycle.studied_on}:
        return Finding(Check.F1, Outcome.FAIL, "no-day")
    if thinnest is Weight.NOTHING:
        return Finding(Check.F1, Outcome.FAIL)
    return Finding(Check.F1, _OUTCOMES[thinnest] if is_acted else Outcome.NOT_YET)


def _study_after_do(cycle: CycleFacts) -> Finding:
    if cycle.studied_on is None:
        return Finding(Check.F2, Outcome.NOT_YET)
    if cycle.ended_on is None:
        return Finding(Check.F2, Outcome.WARN if cycle.state in _ACTED else Outcome.FAIL, "no-day")
    return Finding(Check.F2, Outcome.PASS if cycle.studied_on >= cycle.ended_on else Outcome.FAIL)


def _prediction(cycle: CycleFacts) -> Finding:
    if not cycle.has_prediction:
        return Finding(Check.F3, Outcome.FAIL if cycle.began_on else Outcome.NOT_YET)
    if _is_predicted_late(cycle):
        return Finding(Check.F3, Outcome.FAIL, "late")
    return Finding(Check.F3, Outcome.PASS if cycle.is_prediction_measured else Outcome.WARN)


def _is_predicted_late(cycle: CycleFacts) -> bool:
    """On the day itself only the flag tells which came first."""
    if cycle.began_on is None or cycle.predicted_on is None:
        return False
    is_flagged = bool(cycle.flags & {FlagKind.PLAN_AFTER_BEGIN, FlagKind.BEGIN_BACKDATED})
    return cycle.predicted_on > cycle.began_on or (is_flagged and cycle.predicted_on == cycle.began_on)


def _compared(cycle: CycleFacts) -> Finding | None:
    if cycle.is_explore and not cycle.has_prediction:
        return None
    said = weight(cycle.comparison)
    if said is Weight.OWN:
        return Finding(Check.F4, Outcome.PASS)
    if cycle.state not in _ACTED:
        return Finding(Check.F4, Outcome.NOT_YET)
    is_judged = cycle.has_prediction and cycle.prediction_outcome in {PredictionOutcome.MET, PredictionOutcome.NOT_MET}
    if said is Weight.THIN or is_judged:
        return Finding(Check.F4, Outcome.WARN, "thin")
    return Finding(Check.F4, Outcome.FAIL)


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
    if cycle.state is CycleState.DRAFT:
        return Finding(Check.F6, Outcome.NOT_YET)
    if cycle.scale_people is None or before.scale_people is None:
        return Finding(Check.F6, Outcome.NOT_YET if cycle.began_on is None else Outcome.WARN, "unknown")
    if before.decision in {Decision.ADAPT, Decision.ABANDON}:
        return Finding(Check.F6, Outcome.PASS, "adapted")
    is_wider = (cycle.scale_sites or 0) > (before.scale_sites or 1)
    is_as_large = cycle.scale_people >= before.scale_people or is_wider
    return Finding(Check.F6, Outcome.PASS if is_as_large else Outcome.FAIL)


def _series(cycle: CycleFacts) -> Finding:
    if cycle.state not in _ACTED:
        return Finding(Check.F7, Outcome.NOT_YET)
    is_ended, is_continued = weight(cycle.stop_reason), weight(cycle.next_step)
    is_in_series = cycle.has_successor or cycle.predecessor is not None
    if is_ended or (is_in_series and is_continued):
        return Finding(Check.F7, Outcome.PASS)
    if is_in_series:
        return Finding(Check.F7, Outcome.WARN, "unnamed")
    return Finding(Check.F7, Outcome.WARN, "named") if is_continued else Finding(Check.F7, Outcome.FAIL)


def _carried(cycle: CycleFacts) -> Finding | None:
    if cycle.predecessor is None:
        return None
    if cycle.state is CycleState.DRAFT:
        return Finding(Check.F8, Outcome.NOT_YET)
    if points_back(cycle.carried):
        return Finding(Check.F8, Outcome.WARN, "points-back")
    return Finding(Check.F8, Outcome.PASS if weight(cycle.carried) else Outcome.FAIL)


def _regular_data(cycle: CycleFacts) -> Finding:
    if not cycle.has_measure or cycle.cadence is None:
        return Finding(Check.F9, Outcome.FAIL if cycle.began_on else Outcome.NOT_YET, "no-measure")
    longest = longest_streak(cycle.periods_on, cycle.cadence)
    if longest < ENOUGH_POINTS:
        return Finding(Check.F9, Outcome.FAIL if cycle.began_on else Outcome.NOT_YET, "few", {"n": longest})
    if cycle.began_on is None:
        return Finding(Check.F9, Outcome.PASS)
    first = period_start(cycle.began_on, cycle.cadence)  # what the test is in already says nothing about before
    n_before = sum(period < first for period in set(cycle.periods_on))
    if n_before >= ENOUGH_POINTS:
        return Finding(Check.F9, Outcome.PASS)
    return Finding(Check.F9, Outcome.WARN if n_before else Outcome.FAIL, "baseline", {"n": n_before})


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
    return Finding(Check.F10, Outcome.NOT_YET if cycle.state is CycleState.DRAFT else Outcome.FAIL)


def _adoption(cycle: CycleFacts) -> Finding | None:
    if cycle.state not in _ACTED:
        return Finding(Check.F11, Outcome.NOT_YET)
    if cycle.decision is not Decision.ADOPT:
        return None
    is_met = cycle.prediction_outcome is PredictionOutcome.MET
    if is_met and cycle.predecessor is not None and cycle.has_balancing_measure:
        return Finding(Check.F11, Outcome.PASS)
    reason = weight(cycle.decision_reason)
    if reason is Weight.NOTHING:
        return Finding(Check.F11, Outcome.FAIL)
    is_read = cycle.state is CycleState.REVIEWED and reason is Weight.OWN
    return Finding(Check.F11, Outcome.PASS if is_read else Outcome.WARN, "reasoned")


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
    if cycle.state is CycleState.DRAFT:
        return Finding(Check.F14, Outcome.NOT_YET)
    own = " ".join(cycle.plan_texts)
    before = [cycle.predecessor] if cycle.predecessor is not None else []
    for other in (*before, *earlier):
        if overlap(own, " ".join(other.plan_texts)) > MOST_OVERLAP:
            return Finding(Check.F14, Outcome.WARN, "like", {"n": other.number})
    return Finding(Check.F14, Outcome.PASS)


def _harm(cycle: CycleFacts) -> Finding:
    if cycle.has_harm:
        return Finding(Check.F15, Outcome.WARN)
    if tells_of_harm((*cycle.do_texts, *cycle.study_texts)):
        return Finding(Check.F15, Outcome.WARN, "told")
    return Finding(Check.F15, Outcome.PASS if cycle.began_on else Outcome.NOT_YET)

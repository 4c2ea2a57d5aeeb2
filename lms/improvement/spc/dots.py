"""Plot the dots: the NHS's way of reading a chart of individual values, with its rules and its assurance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from lms.improvement.spc.errors import InvalidChart
from lms.improvement.spc.numbers import average, mean, moving_ranges, shown

MULTIPLIER: Final = 2.66  # Process limits in units of the average moving range [nhsrplotthedots].
NEAR_MULTIPLIER: Final = 2 * (MULTIPLIER / 3)  # Near limits at two thirds of the way [nhsrplotthedots].
LENGTH: Final = 7  # Points of a trend and of a shift [nhsrplotthedots].
WINDOW: Final = 3  # Two of three [nhsrplotthedots].
FIX_AT_LEAST: Final = 12  # Fewer points fix no limits [nhsrplotthedots].
SHORT_GROUP: Final = 13  # Fewer points in a phase make trial limits [nhsrplotthedots].


class Wanted(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"

    @property
    def sign(self) -> int:
        """1, -1 or 0."""
        return {"up": 1, "down": -1, "neither": 0}[self.value]


class Reason(StrEnum):
    """The first rule that a point meets, in order of precedence."""

    ABOVE = "above-limit"
    BELOW = "below-limit"
    RISING = "seven-rising"
    FALLING = "seven-falling"
    TWO_OF_THREE_ABOVE = "two-of-three-above"
    TWO_OF_THREE_BELOW = "two-of-three-below"
    SHIFT_ABOVE = "seven-above"
    SHIFT_BELOW = "seven-below"
    COMMON = "common"


class Meaning(StrEnum):
    """What a point says of the process."""

    COMMON = "common"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    HIGH = "high"
    LOW = "low"


class Assurance(StrEnum):
    """Whether the process as it is now can be trusted to meet its target."""

    PASSES = "consistently-passes"
    FAILS = "consistently-fails"
    UNSURE = "passes-or-fails"


@dataclass(frozen=True, slots=True)
class Dot:
    """One point; limits and what rests on them are None where there are none."""

    position: int
    value: float | None
    mean: float | None
    lower: float | None
    upper: float | None
    phase: int
    is_near: bool | None
    is_outside: bool | None
    reason: Reason
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class DotsChart:
    """All points, what the last limits say of the target, and whether a phase is short."""

    dots: tuple[Dot, ...]
    assurance: Assurance | None
    has_short_phase: bool


@dataclass(frozen=True, slots=True)
class _Limits:
    centre: float
    average_range: float

    @property
    def reach(self) -> float:
        return MULTIPLIER * self.average_range

    @property
    def near(self) -> float:
        return NEAR_MULTIPLIER * self.average_range

    @property
    def lower(self) -> float:
        return self.centre - self.reach

    @property
    def upper(self) -> float:
        return self.centre + self.reach


def plot_the_dots(
    values: Sequence[float | None],
    *,
    phases: Sequence[int] = (),
    fix_after: int | None = None,
    wanted: Wanted = Wanted.UP,
    target: float | None = None,
    screened: bool = False,
) -> DotsChart:
    """Read individual values as the NHS's Making Data Count programme does.

    values: one per period; None = missing. phases: first point of each new phase, counted from 1. fix_after: points of
    a phase that make its limits, at least 12; None = all. wanted: which way is better. target: for the assurance, None
    = there is none. screened: leaves out ranges at or above 3.267 times their average, once (the R package does, the
    NHS's own spreadsheets do not).
    Rules by precedence: strictly outside a limit; seven strictly rising or falling; two of three, all on one side of
    the mean, beyond two thirds of the limit and not outside; seven strictly on one side. They never cross a phase.
    Returns every point with its reason and meaning. Raises InvalidChart for fewer than 12 points to fix.
    Formula: mean +/- 2.66 AMR. Source: nhsrplotthedots.

    >>> found = plot_the_dots([5, 6, 5, 4, 5, 6, 5, 4, 5, 6, 5, 20], wanted=Wanted.DOWN)
    >>> found.dots[-1].reason, found.dots[-1].meaning, found.has_short_phase
    (<Reason.ABOVE: 'above-limit'>, <Meaning.CONCERN: 'concern'>, True)
    """
    if fix_after is not None and fix_after < FIX_AT_LEAST:
        raise InvalidChart(f"limits are fixed after {FIX_AT_LEAST} points or more")
    plain = [math.nan if value is None else float(value) for value in values]
    starts = [0, *sorted({first - 1 for first in phases if 1 < first <= len(plain)})] if plain else []
    parts = [plain[start:stop] for start, stop in zip(starts, [*starts[1:], len(plain)], strict=False)]
    limits = [_limits(part[:fix_after], screened=screened) for part in parts]
    dots = [
        dot
        for number, (start, part, found) in enumerate(zip(starts, parts, limits, strict=True), 1)
        for dot in _dots(part, found, wanted, number, start + 1)
    ]
    return DotsChart(
        dots=tuple(dots),
        assurance=_assurance(limits[-1], wanted, target) if limits else None,
        has_short_phase=any(len(part) < SHORT_GROUP for part in parts),
    )


def _limits(values: list[float], *, screened: bool) -> _Limits:
    return _Limits(mean(values), average(moving_ranges(values), screened=screened))


def _dots(values: list[float], limits: _Limits, wanted: Wanted, number: int, first: int) -> list[Dot]:
    sides = [_sign(value - limits.centre) for value in values]
    is_outside = [_is_beyond(value, limits, limits.reach) for value in values]
    is_near = [
        None if outside is None else not outside and bool(_is_beyond(value, limits, limits.near))
        for value, outside in zip(values, is_outside, strict=True)
    ]
    reasons = _reasons(values, sides, is_near, is_outside)
    return [
        Dot(
            position=first + i,
            value=shown(value),
            mean=shown(limits.centre),
            lower=shown(limits.lower),
            upper=shown(limits.upper),
            phase=number,
            is_near=is_near[i],
            is_outside=is_outside[i],
            reason=reasons[i],
            meaning=_meaning(reasons[i], wanted),
        )
        for i, value in enumerate(values)
    ]


def _is_beyond(value: float, limits: _Limits, reach: float) -> bool | None:
    if math.isnan(value) or math.isnan(reach):
        return None
    return value > limits.centre + reach or value < limits.centre - reach


def _reasons(
    values: list[float], sides: list[int], is_near: list[bool | None], is_outside: list[bool | None]
) -> list[Reason]:
    steps = [_sign(later - earlier) for earlier, later in pairwise(values)]
    in_trend = _marked(len(values), [_is_one_way(steps[i : i + LENGTH - 1]) for i in range(len(values) - LENGTH + 1)])
    in_shift = _marked(len(values), [_is_one_way(sides[i : i + LENGTH]) for i in range(len(values) - LENGTH + 1)])
    in_three = _two_of_three(sides, is_near)
    reasons = []
    for i, side in enumerate(sides):
        if is_outside[i]:
            reasons.append(Reason.ABOVE if side > 0 else Reason.BELOW)
        elif in_trend[i]:
            reasons.append(Reason.RISING if _travel(steps, in_trend, i) > 0 else Reason.FALLING)
        elif in_three[i]:
            reasons.append(Reason.TWO_OF_THREE_ABOVE if side > 0 else Reason.TWO_OF_THREE_BELOW)
        elif in_shift[i]:
            reasons.append(Reason.SHIFT_ABOVE if side > 0 else Reason.SHIFT_BELOW)
        else:
            reasons.append(Reason.COMMON)
    return reasons


def _marked(length: int, windows: list[bool]) -> list[bool]:
    """Mark every point of each window of seven that meets a rule."""
    marked = [False] * length
    for start, is_met in enumerate(windows):
        if is_met:
            marked[start : start + LENGTH] = [True] * LENGTH
    return marked


def _is_one_way(signs: Sequence[int]) -> bool:
    return set(signs) in ({1}, {-1})


def _travel(steps: list[int], in_trend: list[bool], i: int) -> int:
    """Which way a point of a trend goes: to its right as long as the trend goes on, else as it came."""
    goes_on = i + 1 < len(in_trend) and in_trend[i + 1]
    return steps[i] if goes_on or i == 0 else steps[i - 1]


def _two_of_three(sides: list[int], is_near: list[bool | None]) -> list[bool]:
    marked = [False] * len(sides)
    for start in range(len(sides) - WINDOW + 1):
        window = range(start, start + WINDOW)
        if _is_one_way([sides[i] for i in window]) and sum(bool(is_near[i]) for i in window) >= WINDOW - 1:
            for i in window:
                marked[i] = marked[i] or bool(is_near[i])
    return marked


_DIRECTIONS: Final = {
    Reason.ABOVE: 1,
    Reason.RISING: 1,
    Reason.TWO_OF_THREE_ABOVE: 1,
    Reason.SHIFT_ABOVE: 1,
    Reason.BELOW: -1,
    Reason.FALLING: -1,
    Reason.TWO_OF_THREE_BELOW: -1,
    Reason.SHIFT_BELOW: -1,
    Reason.COMMON: 0,
}


def _meaning(reason: Reason, wanted: Wanted) -> Meaning:
    direction = _DIRECTIONS[reason]
    if not direction:
        return Meaning.COMMON
    if wanted is Wanted.NEITHER:
        return Meaning.HIGH if direction > 0 else Meaning.LOW
    return Meaning.IMPROVEMENT if direction == wanted.sign else Meaning.CONCERN


def _assurance(limits: _Limits, wanted: Wanted, target: float | None) -> Assurance | None:
    if target is None or wanted is Wanted.NEITHER:
        return None
    if target > limits.upper:
        return Assurance.FAILS if wanted is Wanted.UP else Assurance.PASSES
    if target < limits.lower:
        return Assurance.PASSES if wanted is Wanted.UP else Assurance.FAILS
    return Assurance.UNSURE


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)

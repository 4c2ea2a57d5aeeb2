"""From answers to scores: means with their missing answers, the words for a level, and a whole round.

Thresholds are compared in whole numbers and fractions, so that a score on the line always falls on the same side.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from statistics import stdev
from typing import Final, Literal, TypeAlias

from readiness.errors import AnswerOutOfRange, InvalidScores, UnknownArea, UnknownItem
from readiness.instruments import Area, Instrument, Item

MIN_ANSWERED_PERCENT: Final = 80
MIN_WEIGHT_PERCENT: Final = 75
LOW_CRITICAL: Final = 2
"""A critical item rated this or lower holds its area down."""

STRONG: Final = 4
"""From here on a practice is usual."""


class AnswerState(StrEnum):
    """What kind of answer was given."""

    VALUE = "value"
    SKIPPED = "skipped"
    NOT_APPLICABLE = "not-applicable"
    DONT_KNOW = "dont-know"


SKIPPED: Final = AnswerState.SKIPPED
NOT_APPLICABLE: Final = AnswerState.NOT_APPLICABLE
DONT_KNOW: Final = AnswerState.DONT_KNOW

NoValue: TypeAlias = Literal[AnswerState.SKIPPED, AnswerState.NOT_APPLICABLE, AnswerState.DONT_KNOW]
Answer: TypeAlias = int | NoValue
"""A value of the scale, or why there is none."""

Ratings: TypeAlias = Mapping[str, Answer]
"""The answer to each item by its key; an item that is not among them was skipped."""


class Level(StrEnum):
    """The four words for a score, in rising order."""

    NOT_YET = "not-yet"
    STARTING = "starting"
    SOME = "some"
    USUAL = "usual"

    @property
    def rank(self) -> int:
        """The place in the order, from 0."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCounts:
    """How many answers of each kind there are."""

    n_values: int
    n_skipped: int
    n_not_applicable: int
    n_dont_know: int

    @property
    def n_items(self) -> int:
        """All of them."""
        return self.n_applicable + self.n_not_applicable

    @property
    def n_applicable(self) -> int:
        """The denominator: skipped and don't know stay in it, not applicable leaves it."""
        return self.n_values + self.n_skipped + self.n_dont_know

    @property
    def n_settled(self) -> int:
        """Those that somebody has dealt with."""
        return self.n_items - self.n_skipped

    @property
    def share_dont_know(self) -> float | None:
        """Don't know among the applicable, 0..1; None when nothing applies."""
        return self.n_dont_know / self.n_applicable if self.n_applicable else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaScore:
    """The score of one area. `score` is None below the share of items answered; then so are `pomp` and `level`.

    `pomp` is the percent of the most possible. `is_capped`: the score alone would earn a higher word, but a critical
    item (`low_critical_keys`) holds it at starting.
    """

    area_key: str
    counts: AnswerCounts
    score: float | None
    pomp: float | None
    level: Level | None
    low_critical_keys: tuple[str, ...]
    is_capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundScore:
    """The scores of one round. The whole is the weighted mean of the areas and has a word only if they have scores."""

    areas: tuple[AreaScore, ...]
    score: float | None
    pomp: float | None
    level: Level | None
    counts: AnswerCounts
    low_critical_keys: tuple[str, ...]
    strong_item_keys: tuple[str, ...]
    unknown_item_keys: tuple[str, ...]
    skipped_item_keys: tuple[str, ...]

    def get_area(self, key: str) -> AreaScore:
        """Return the score of the area with that key; raises UnknownArea."""
        for area in self.areas:
            if area.area_key == key:
                return area
        raise UnknownArea(key)


def answer_from(state: AnswerState, value: int | None) -> Answer:
    """Join a stored state and value to one answer.

    state: VALUE needs a value; the others have none. Raises InvalidScores when the two do not fit.

    >>> answer_from(AnswerState.VALUE, 4)
    4
    >>> answer_from(AnswerState.DONT_KNOW, None)
    <AnswerState.DONT_KNOW: 'dont-know'>
    """
    if state is AnswerState.VALUE and value is not None:
        return value
    if state is AnswerState.VALUE or value is not None:
        raise InvalidScores(f"the state {state.value!r} and the value {value} do not fit")
    return state


def state_of(answer: Answer) -> AnswerState:
    """Say what kind of answer it is.

    >>> state_of(3)
    <AnswerState.VALUE: 'value'>
    """
    return AnswerState.VALUE if isinstance(answer, int) else answer


def value_of(answer: Answer) -> int | None:
    """Return the value of an answer that has one, else None.

    >>> value_of(3), value_of(SKIPPED)
    (3, None)
    """
    return answer if isinstance(answer, int) else None


def count_answers(answers: Sequence[Answer]) -> AnswerCounts:
    """Count the answers of each kind.

    answers: shape (n_items,).

    >>> count_answers([4, 5, DONT_KNOW, NOT_APPLICABLE]).share_dont_know
    0.3333333333333333
    """
    states = [state_of(answer) for answer in answers]
    return AnswerCounts(
        n_values=states.count(AnswerState.VALUE),
        n_skipped=states.count(SKIPPED),
        n_not_applicable=states.count(NOT_APPLICABLE),
        n_dont_know=states.count(DONT_KNOW),
    )


def reverse_value(value: int, *, low: int, high: int) -> int:
    """Turn the answer to a reversed item round: lo + hi - x.

    value: in [low, high]. Raises AnswerOutOfRange.

    >>> reverse_value(2, low=1, high=5)
    4
    """
    _check_value(value, low, high)
    return low + high - value


def scale_score(
    answers: Sequence[Answer], *, low: int, high: int, min_answered_pct: int = MIN_ANSWERED_PERCENT
) -> float | None:
    """Mean of the items answered, on the items' own scale.

    answers: shape (n_items,); a value in [low, high], or SKIPPED, DONT_KNOW (stay in the denominator), NOT_APPLICABLE
    (leaves it); reversed items are already turned. min_answered_pct: percent of the applicable items needed, compared
    in integers; below it the score is None, never a guess; without applicable items too.
    Raises AnswerOutOfRange. Formula: sum / answered if answered * 100 >= min_answered_pct * applicable.

    >>> scale_score([4, 5, SKIPPED, 4], low=1, high=5, min_answered_pct=75)
    4.333333333333333
    >>> scale_score([4, 5, SKIPPED, 4], low=1, high=5) is None
    True
    """
    values = _enough_values(answers, low, high, min_answered_pct)
    return sum(values) / len(values) if values else None


def prorated_sum(
    answers: Sequence[Answer], *, low: int, high: int, min_answered_pct: int = MIN_ANSWERED_PERCENT
) -> float | None:
    """Sum over all applicable items, had the missing ones the mean of the answered ones.

    Arguments, None and errors as `scale_score`. Formula: mean * applicable.

    >>> prorated_sum([4, 5, SKIPPED, 4, 4], low=1, high=5)
    21.25
    """
    mean = _mean(answers, low, high, min_answered_pct)
    return None if mean is None else float(mean * count_answers(answers).n_applicable)


def pomp(score: float, *, low: int, high: int) -> float:
    """Percent of the most possible: where the score lies between the ends of its scale.

    score: in [low, high]. Returns 0..100. Raises AnswerOutOfRange. Formula: (mean - lo) / (hi - lo) * 100.

    >>> pomp(4, low=1, high=5)
    75.0
    """
    _check_value(score, low, high)
    return (score - low) / (high - low) * 100


def composite(
    scores: Sequence[float | None], weights: Sequence[float], *, min_weight_pct: int = MIN_WEIGHT_PERCENT
) -> float | None:
    """Weighted mean of the scores that exist; their weights are scaled up to make the whole.

    scores: shape (n_areas,); None where there is none. weights: shape (n_areas,), at least 0, in any unit.
    min_weight_pct: percent of all weight that the scores must hold, compared exactly; below it None.
    Raises InvalidScores for lists of unequal length or a weight below 0.
    Formula: sum(w * x) / sum(w) over the scores that exist.

    >>> composite([3.2, None, 2.5, 3.9], [2, 1, 1, 3])
    3.4333333333333336
    >>> composite([None, None, None, 3], [2, 1, 1, 3]) is None
    True
    """
    mean = _weighted_mean([None if score is None else Fraction(score) for score in scores], weights, min_weight_pct)
    return None if mean is None else float(mean)


def longest_run(answers: Sequence[Answer]) -> int:
    """Return the length of the longest run of equal answers, those without a value left out.

    answers: shape (n_items,), as they were given (not turned round). A sign to look, never a reason to delete.

    >>> longest_run([3, 3, SKIPPED, 3, 4])
    3
    """
    longest = length = 0
    last: int | None = None
    for value in _values(answers):
        length = length + 1 if value == last else 1
        last = value
        longest = max(longest, length)
    return longest


def answer_spread(answers: Sequence[Answer]) -> float | None:
    """Return the standard deviation (n - 1 below) of one person's answers; None for fewer than two values.

    answers: shape (n_items,), as they were given. 0 means the same answer everywhere.

    >>> answer_spread([2, 4, SKIPPED, 3])
    1.0
    """
    values = _values(answers)
    return stdev(values) if len(values) > 1 else None


def level_of(score: float | Fraction, *, has_low_critical: bool = False) -> Level:
    """Put a score on a scale from 1 to 5 into one of four words.

    has_low_critical: a critical item is rated LOW_CRITICAL or lower, which holds the word at starting.
    Below 2 not yet, below 3 starting, below 4 in place for some, else usual practice.

    >>> level_of(3.8), level_of(3.8, has_low_critical=True)
    (<Level.SOME: 'some'>, <Level.STARTING: 'starting'>)
    """
    earned = list(Level)[sum(score >= bound for bound in (2, 3, 4))]
    return Level.STARTING if has_low_critical and earned.rank > Level.STARTING.rank else earned


def score_area(instrument: Instrument, area_key: str, ratings: Ratings) -> AreaScore:
    """Score one area of a round.

    ratings: answers by item key; other areas' are left alone. Raises UnknownArea, AnswerOutOfRange.

    The score needs MIN_ANSWERED_PERCENT of the applicable items; a low critical item is named even without a score.
    """
    return _area_score(instrument, instrument.get_area(area_key), ratings)


def score_round(instrument: Instrument, ratings: Ratings) -> RoundScore:
    """Score all areas of a round and the whole.

    ratings: answers by item key. Raises UnknownItem for a key the instrument does not have, AnswerOutOfRange.

    The whole needs MIN_WEIGHT_PERCENT of the areas' weight. Critical items cap their area, not the whole.
    """
    known = {item.key for item in instrument.items}
    for key in ratings:
        if key not in known:
            raise UnknownItem(key)
    areas = instrument.areas
    means = [_area_mean(instrument, area, ratings) for area in areas]
    mean = _weighted_mean(means, [area.weight for area in areas], MIN_WEIGHT_PERCENT)
    scores = tuple(_area_score(instrument, area, ratings) for area in areas)
    answers = {item.key: ratings.get(item.key, SKIPPED) for item in instrument.items}
    return RoundScore(
        areas=scores,
        score=None if mean is None else float(mean),
        pomp=None if mean is None else pomp(float(mean), low=instrument.low, high=instrument.high),
        level=None if mean is None else level_of(mean),
        counts=count_answers(list(answers.values())),
        low_critical_keys=tuple(key for area in scores for key in area.low_critical_keys),
        strong_item_keys=tuple(key for key, answer in answers.items() if (value_of(answer) or 0) >= STRONG),
        unknown_item_keys=tuple(key for key, answer in answers.items() if answer is DONT_KNOW),
        skipped_item_keys=tuple(key for key, answer in answers.items() if answer is SKIPPED),
    )


def is_low_critical(item: Item, ratings: Ratings) -> bool:
    """Say whether the item is critical and rated LOW_CRITICAL or lower; an item without a value is not.

    ratings: answers by item key.
    """
    value = value_of(ratings.get(item.key, SKIPPED))
    return item.is_critical and value is not None and value <= LOW_CRITICAL


def _area_score(instrument: Instrument, area: Area, ratings: Ratings) -> AreaScore:
    mean = _area_mean(instrument, area, ratings)
    low_critical_keys = tuple(item.key for item in area.items if is_low_critical(item, ratings))
    level = None if mean is None else level_of(mean, has_low_critical=bool(low_critical_keys))
    return AreaScore(
        area_key=area.key,
        counts=count_answers(_answers(area, ratings)),
        score=None if mean is None else float(mean),
        pomp=None if mean is None else pomp(float(mean), low=instrument.low, high=instrument.high),
        level=level,
        low_critical_keys=low_critical_keys,
        is_capped=mean is not None and level is not level_of(mean),
    )


def _area_mean(instrument: Instrument, area: Area, ratings: Ratings) -> Fraction | None:
    return _mean(_answers(area, ratings), instrument.low, instrument.high, MIN_ANSWERED_PERCENT)


def _answers(area: Area, ratings: Ratings) -> list[Answer]:
    return [ratings.get(item.key, SKIPPED) for item in area.items]


def _mean(answers: Sequence[Answer], low: int, high: int, min_answered_pct: int) -> Fraction | None:
    values = _enough_values(answers, low, high, min_answered_pct)
    return Fraction(sum(values), len(values)) if values else None


def _enough_values(answers: Sequence[Answer], low: int, high: int, min_answered_pct: int) -> list[int]:
    """Return the values of one person in one area, none where they are too few of those that apply."""
    values = _values(answers)
    if values and not low <= min(values) <= max(values) <= high:
        raise AnswerOutOfRange(next(value for value in values if not low <= value <= high), low, high)
    n_applicable = len(values) if len(values) == len(answers) else len(answers) - answers.count(NOT_APPLICABLE)
    return values if len(values) * 100 >= min_answered_pct * n_applicable else []


def _weighted_mean(scores: Sequence[Fraction | None], weights: Sequence[float], min_weight_pct: int) -> Fraction | None:
    if len(scores) != len(weights):
        raise InvalidScores(f"{len(scores)} scores and {len(weights)} weights")
    if any(weight < 0 for weight in weights):
        raise InvalidScores("a weight is below 0")
    exact = [Fraction(weight) for weight in weights]
    present = [(score, weight) for score, weight in zip(scores, exact, strict=True) if score is not None]
    weight_present = sum(weight for _, weight in present)
    if not weight_present or weight_present * 100 < min_weight_pct * sum(exact):
        return None
    return sum((score * weight for score, weight in present), Fraction()) / weight_present


def _values(answers: Sequence[Answer]) -> list[int]:
    return [answer for answer in answers if isinstance(answer, int)]


def _check_value(value: float, low: int, high: int) -> None:
    if math.isnan(value) or not low <= value <= high:
        raise AnswerOutOfRange(value, low, high)

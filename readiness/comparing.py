"""Organizations side by side: who can be told apart from the others, who cannot, and what changed. Never a rank."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from statistics import fmean, quantiles
from typing import Final

from readiness.agreement import mean_squares
from readiness.benchmarks import MINIMUM_PEERS, MINIMUM_RESPONDENTS, shrunken_means
from readiness.change import (
    FEWEST_ORGANIZATIONS,
    Certainty,
    MeanChange,
    benjamini_hochberg,
    pooled_change,
    unlinked_change,
)
from readiness.distributions import t_two_sided_p
from readiness.errors import InvalidScores
from readiness.release import EDGE, Bound, ReleasedMean, released_mean, rounded

MOST_SHARE: Final = 0.5
"""No organization may be more than this share of the people from whom a benchmark is made."""

SHARED_GAP_SHARE: Final = 0.5
LOW_SCORE: Final = 3

_Z: Final = 1.959963984540054  # of the normal distribution, for an interval of 95 percent


class Place(StrEnum):
    """Where an organization lies beside all others together, when chance alone would seldom put it there."""

    LOWER = "lower"
    ALIKE = "alike"
    HIGHER = "higher"


class Band(StrEnum):
    """Where an organization lies among its peers."""

    LOWER_QUARTER = "lower-quarter"
    MIDDLE_HALF = "middle-half"
    UPPER_QUARTER = "upper-quarter"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupScores:
    """What the people of one organization scored in one area: each one's scale mean, None without one.

    `before` are those of the round before, None when there was none or when it may not be compared. `minimum`: so many
    were promised, or MINIMUM_RESPONDENTS where that is more.
    """

    scores: Sequence[float | None]
    before: Sequence[float | None] | None = None
    minimum: int = MINIMUM_RESPONDENTS

    @property
    def n(self) -> int:
        """How many have a score."""
        return sum(score is not None for score in self.scores)

    @property
    def is_enough(self) -> bool:
        """Whether so many have a score that it may be shown."""
        return self.n >= max(self.minimum, MINIMUM_RESPONDENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One organization in one area. All is None where too few answered: `GroupScores.is_enough`.

    `mean` is as `release.released_mean` lets it go, to one decimal, with its `bound`. `adjusted` with `lower` and
    `upper` (to one decimal, the interval outwards, never nearer to an end of the scale than `release.EDGE`) is the
    released mean drawn towards the common one;
    `place` says whether the others differ clearly; `brackets` name the groups within which nobody can be told apart;
    `change` tells what became of the mean since the round before, `is_up` which way.
    """

    n: int | None
    mean: float | None = None
    bound: Bound | None = None
    adjusted: float | None = None
    lower: float | None = None
    upper: float | None = None
    place: Place | None = None
    brackets: tuple[int, ...] = ()
    change: Certainty | None = None
    is_up: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One area over all organizations, in the order they came in. `n_shown` have enough answers.

    `quartiles` (to one decimal) are those of the shown means, None with fewer than MINIMUM_PEERS of them or when one is
    more than MOST_SHARE of the people. `is_shared_gap`: half of the shown organizations or more lie below LOW_SCORE.
    """

    cells: tuple[Cell, ...]
    n_shown: int
    quartiles: tuple[float, float, float] | None
    is_shared_gap: bool


def compare(areas: Mapping[str, Sequence[GroupScores]], *, low: int, high: int) -> dict[str, Column]:
    """Set organizations side by side in all areas of one screen.

    areas: for each area the organizations, the same in the same order everywhere. Raises InvalidScores otherwise.
    low, high: ends of the scale of the scores.
    With fewer than MINIMUM_PEERS organizations of MINIMUM_RESPONDENTS answers in an area nothing is adjusted there.
    Formulas: adjusted mean and its variance tau2 * (s2/n) / (tau2 + s2/n) as `shrunken_means`; difference from all
    others together and between two organizations by t with the spread pooled within organizations; change as
    `pooled_change`, with fewer than FEWEST_ORGANIZATIONS as `unlinked_change`. Each of the three families is tested
    over the whole screen by Benjamini and Hochberg.
    Source: harville-1977, benjamini-hochberg-1995.

    >>> columns = compare({"start": [GroupScores(scores=[3, 4, 5])]}, low=1, high=5)
    >>> columns["start"].cells[0].n is None
    True
    """
    if len({len(groups) for groups in areas.values()}) > 1:
        raise InvalidScores("areas with unlike organizations")
    desks = {key: _Desk(groups, low, high) for key, groups in areas.items()}
    _mark_places(list(desks.values()))
    _mark_brackets(list(desks.values()))
    _mark_changes(list(desks.values()))
    return {key: desk.column() for key, desk in desks.items()}


def band_of(mean: float, quartiles: tuple[float, float, float] | None) -> Band | None:
    """Say where a mean lies among the peers; None when there are no quartiles to show.

    >>> band_of(2.4, (2.5, 3.0, 3.6))
    <Band.LOWER_QUARTER: 'lower-quarter'>
    """
    if quartiles is None:
        return None
    if mean < quartiles[0]:
        return Band.LOWER_QUARTER
    return Band.UPPER_QUARTER if mean > quartiles[2] else Band.MIDDLE_HALF


class _Desk:
    """One area while the screen is worked out; positions are those of the organizations."""

    def __init__(self, groups: Sequence[GroupScores], low: int, high: int) -> None:
        self.groups, self.low, self.high = groups, low, high
        self.shown = tuple(place for place, group in enumerate(groups) if group.is_enough)
        self.scores = {place: [s for s in groups[place].scores if s is not None] for place in self.shown}
        self.means = {place: fmean(scores) for place, scores in self.scores.items()}
        parts = mean_squares(list(self.scores.values()))
        self.within = float(parts.within) if parts.within is not None else None
        self.df = parts.df_within
        self.places: dict[int, Place] = {}
        self.brackets: tuple[tuple[int, ...], ...] = ()
        self.changes: dict[int, tuple[Certainty, float]] = {}

    @property
    def is_comparable(self) -> bool:
        """Whether there are enough organizations, and some spread within them."""
        return len(self.shown) >= MINIMUM_PEERS and bool(self.within)

    def against_others(self) -> Iterator[tuple[int, float, float]]:
        """Yield each organization with its difference from all others together, and its p value."""
        total, n_all = sum(sum(scores) for scores in self.scores.values()), sum(map(len, self.scores.values()))
        for place, scores in self.scores.items():
            n_others = n_all - len(scores)
            step = self.means[place] - (total - sum(scores)) / n_others
            yield place, step, self._p_value(step, len(scores), n_others)

    def pairs(self) -> Iterator[tuple[int, int, float]]:
        """Yield each two organizations with the p value of their difference."""
        for left, right in combinations(self.shown, 2):
            step = self.means[left] - self.means[right]
            yield left, right, self._p_value(step, len(self.scores[left]), len(self.scores[right]))

    def changes_since(self) -> Iterator[tuple[int, float, Certainty, float]]:
        """Yield each organization that has a round before: its change, the word alone would earn, and its p value."""
        for place in self.shown:
            before = [score for score in self.groups[place].before or () if score is not None]
            if len(before) < MINIMUM_RESPONDENTS:
                continue
            found = self._change(before, self.scores[place])
            if found.change is not None and found.certainty is not None and found.p is not None:
                yield place, found.change, found.certainty, found.p

    def _change(self, before: list[float], after: list[float]) -> MeanChange:
        if len(self.shown) < FEWEST_ORGANIZATIONS:
            return unlinked_change(before, after)
        return pooled_change(fmean(before), len(before), fmean(after), len(after), ms_within=self.within, df=self.df)

    def column(self) -> Column:
        """Return what was worked out."""
        adjusted = self._adjusted()
        cells = tuple(
            self._cell(place, adjusted.get(place)) if place in self.means else Cell(n=None)
            for place in range(len(self.groups))
        )
        n_low = sum(mean < LOW_SCORE for mean in self.means.values())
        return Column(
            cells=cells,
            n_shown=len(self.shown),
            quartiles=self._quartiles(),
            is_shared_gap=bool(self.shown) and n_low >= SHARED_GAP_SHARE * len(self.shown),
        )

    def _cell(self, place: int, adjusted: tuple[float, float] | None) -> Cell:
        change = self.changes.get(place)
        centre, margin = adjusted if adjusted is not None else (None, 0.0)
        released = self._released(place)
        return Cell(
            n=len(self.scores[place]),
            mean=rounded(released.value, 1),
            bound=released.bound,
            adjusted=None if centre is None else self._inside(rounded(centre, 1)),
            lower=None if centre is None else self._inside(math.floor((centre - margin) * 10) / 10),
            upper=None if centre is None else self._inside(math.ceil((centre + margin) * 10) / 10),
            place=self.places.get(place),
            brackets=tuple(number for number, held in enumerate(self.brackets, start=1) if place in held),
            change=change[0] if change else None,
            is_up=change[1] > 0 if change else None,
        )

    def _released(self, place: int) -> ReleasedMean:
        return released_mean(self.means[place], len(self.scores[place]), low=self.low, high=self.high)

    def _inside(self, value: float) -> float:
        """Keep a number away from the ends of the scale, where it would tell what nearly everybody answered."""
        return min(self.high - EDGE, max(self.low + EDGE, value))

    def _adjusted(self) -> dict[int, tuple[float, float]]:
        """Each organization's adjusted mean with half the width of its interval."""
        if not self.is_comparable:
            return {}
        found = shrunken_means([self.scores[place] for place in self.shown])
        assert found.between is not None and found.within is not None  # noqa: S101, PT018  # there is spread within
        assert found.grand_mean is not None  # noqa: S101  # as above
        return {
            place: (
                found.grand_mean + share * (self._released(place).value - found.grand_mean),
                _Z * math.sqrt(share * found.within / len(self.scores[place])),
            )
            for place, share in zip(self.shown, found.reliabilities, strict=True)
            if share is not None
        }

    def _quartiles(self) -> tuple[float, float, float] | None:
        n_people = [len(scores) for scores in self.scores.values()]
        if len(n_people) < MINIMUM_PEERS or max(n_people) > MOST_SHARE * sum(n_people):
            return None
        low, middle, high = quantiles((self._released(place).value for place in self.shown), n=4, method="inclusive")
        return rounded(low, 1), rounded(middle, 1), rounded(high, 1)

    def _p_value(self, step: float, n_left: int, n_right: int) -> float:
        assert self.within is not None  # noqa: S101  # only comparable areas are tested
        return t_two_sided_p(step / math.sqrt(self.within * (1 / n_left + 1 / n_right)), self.df)


def _mark_places(desks: Sequence[_Desk]) -> None:
    tests = [(desk, *found) for desk in desks if desk.is_comparable for found in desk.against_others()]
    for (desk, place, step, _), is_clear in zip(tests, benjamini_hochberg([p for *_, p in tests]), strict=True):
        desk.places[place] = Place.ALIKE if not is_clear else Place.HIGHER if step > 0 else Place.LOWER


def _mark_brackets(desks: Sequence[_Desk]) -> None:
    tests = [(desk, *found) for desk in desks if desk.is_comparable for found in desk.pairs()]
    apart: dict[int, set[frozenset[int]]] = {id(desk): set() for desk in desks}
    for (desk, left, right, _), is_clear in zip(tests, benjamini_hochberg([p for *_, p in tests]), strict=True):
        if is_clear:
            apart[id(desk)].add(frozenset({left, right}))
    for desk in desks:
        if desk.is_comparable:
            desk.brackets = _runs(sorted(desk.shown, key=lambda place: desk.means[place]), apart[id(desk)])


def _runs(ordered: Sequence[int], apart: set[frozenset[int]]) -> tuple[tuple[int, ...], ...]:
    """Return the longest stretches of neighbours of which no two can be told apart."""
    runs: list[tuple[int, ...]] = []
    last_end = 0
    for start in range(len(ordered)):
        end = max(last_end, start + 1)
        while end < len(ordered) and not any(frozenset({ordered[end], held}) in apart for held in ordered[start:end]):
            end += 1
        if end > last_end:
            runs.append(tuple(ordered[start:end]))
            last_end = end
    return tuple(runs)


def _mark_changes(desks: Sequence[_Desk]) -> None:
    tests = [(desk, *found) for desk in desks for found in desk.changes_since()]
    for (desk, place, step, word, _), is_clear in zip(tests, benjamini_hochberg([p for *_, p in tests]), strict=True):
        is_doubtful = word is Certainty.CLEAR and not is_clear
        desk.changes[place] = (Certainty.POSSIBLE if is_doubtful else word, step)

"""The figures of one staff survey, area by area and item by item, in the form in which they may be shown.

Everything is computed from the answers by the pure room and passes `readiness.release` before it leaves here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from lms.readiness.survey_inputs import Response, read_answers
from readiness.agreement import agreement_word, scale_agreement
from readiness.benchmarks import mean_interval
from readiness.instruments import Area, Instrument, Item
from readiness.people import turned
from readiness.priorities import DONT_KNOW_PERCENT
from readiness.release import (
    ITEMS_FROM,
    Bound,
    Rung,
    is_telling,
    released_agreement,
    released_item,
    released_margin,
    released_mean,
    rounded,
    rung_of,
)
from readiness.scoring import DONT_KNOW, NOT_APPLICABLE, Answer, level_of, scale_score, value_of

MOST_ALIKE = 0.95
LEAST_APART = 0.2
"""Agreement is told no closer than this to perfect: more would tell that everybody answered alike."""


@dataclass(frozen=True)
class Said:
    """What one person said, reversed items turned, with the scale mean of each area."""

    answers: Mapping[str, Answer]
    scores: Mapping[str, float | None]
    group_key: str | None
    is_late: bool


@dataclass(frozen=True)
class Crowd:
    """Some people's answers to one survey."""

    instrument: Instrument
    people: Sequence[Said]

    @property
    def n(self) -> int:
        """How many they are."""
        return len(self.people)

    def of(self, people: Iterable[Said]) -> "Crowd":
        """Return some of them."""
        return Crowd(self.instrument, list(people))

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many are in each group."""
        counts: dict[str, int] = {}
        for each in self.people:
            if each.group_key is not None:
                counts[each.group_key] = counts.get(each.group_key, 0) + 1
        return counts

    @cached_property
    def columns(self) -> Mapping[str, Sequence[Answer]]:
        """The answers to each item, person by person."""
        return {item.key: [each.answers[item.key] for each in self.people] for item in self.instrument.items}

    def scores(self, area_key: str) -> list[float]:
        """Return the scale means that there are in one area."""
        return [score for each in self.people if (score := each.scores[area_key]) is not None]

    def mean(self, area_key: str, minimum: int) -> float | None:
        """Return the mean of one area, None when fewer than the minimum have a score there."""
        scores = self.scores(area_key)
        return fmean(scores) if len(scores) >= minimum else None

    def distribution(self, item: Item) -> tuple[int, ...]:
        """Count the values given to one item, from the lowest up."""
        counts = Counter(self.columns[item.key])
        return tuple(counts[value] for value in range(self.instrument.low, self.instrument.high + 1))

    def unknown(self, items: Sequence[Item]) -> tuple[int, int]:
        """Count the answers "don't know" to some items, and those to which the items apply."""
        counts = Counter(answer for item in items for answer in self.columns[item.key])
        return counts[DONT_KNOW], counts.total() - counts[NOT_APPLICABLE]


def listen(instrument: Instrument, responses: Iterable[Response]) -> Crowd:
    """Read and score what people said; raises AnswerOutOfRange."""
    return Crowd(instrument, [_said(instrument, response) for response in responses])


def area_figures(crowd: Crowd, area: Area, *, headcount: int | None, minimum: int) -> dict[str, Any]:
    """Return what may be shown of one area; every figure is None when too few people have a score there."""
    scores = crowd.scores(area.key)
    rung = rung_of(len(scores), minimum)
    line: dict[str, Any] = {"key": area.key, "item_keys": [item.key for item in area.items], "rung": rung.value}
    if rung is Rung.NOTHING:
        return line | dict.fromkeys(_FIGURES) | {"is_much_unknown": False}
    agreed = _agreement(crowd, area, minimum)
    figures = _main_figures(crowd, area, scores, agreed, headcount)
    n_unknown, n_applicable = crowd.unknown(area.items)
    return line | {
        **figures,
        "level": level_of(figures["mean"] if figures["bound"] != Bound.OR_LESS else crowd.instrument.low).value,
        "is_much_unknown": n_unknown > 0 and n_unknown * 100 >= DONT_KNOW_PERCENT * n_applicable,
        **_fine_figures(rung, agreed, figures["bound"], n_unknown, n_applicable),
    }


def group_figures(crowd: Crowd, area: Area, *, headcount: int | None, minimum: int) -> dict[str, Any]:
    """Return what may be shown of one group in an area in which it has enough people with a score."""
    figures = _main_figures(crowd, area, crowd.scores(area.key), _agreement(crowd, area, minimum), headcount)
    return {name: figure for name, figure in figures.items() if name != "bound"}  # an area with one has no breakdown


def item_figures(crowd: Crowd, area: Area, item: Item) -> dict[str, Any]:
    """Return what may be shown of one item, in a crowd of ITEMS_FROM people or more."""
    distribution = crowd.distribution(item)
    n_unknown, n_applicable = crowd.unknown([item])
    figures = released_item(distribution)
    line = {
        "key": item.key,
        "area_key": area.key,
        "share_dont_know": n_unknown / n_applicable if n_applicable >= ITEMS_FROM else None,
    }
    if figures is None:
        nothing = dict.fromkeys(("n", "mean", "top_two", "top_two_bound", "distribution"))
        return line | nothing | {"is_widened": False}
    return line | {
        "n": None if figures.is_widened else sum(distribution),
        "mean": figures.mean,
        "is_widened": figures.is_widened,
        "top_two": figures.top_two,
        "top_two_bound": figures.top_two_bound,
        "distribution": None if figures.distribution is None else list(figures.distribution),
    }


def is_safe_part(crowd: Crowd, area_key: str, minimum: int) -> bool:
    """Say whether the mean of a part may become known: nobody in it, or enough people who do not nearly all agree."""
    if not crowd.n:
        return True
    mean = crowd.mean(area_key, minimum)
    return mean is not None and not is_telling(mean, low=crowd.instrument.low, high=crowd.instrument.high)


_FIGURES = (
    *("mean", "bound", "margin", "lower", "upper", "agreement", "level"),
    *("rwg", "ad", "share_dont_know"),
)


def _said(instrument: Instrument, response: Response) -> Said:
    answers = turned(instrument, read_answers(response.answers))
    scores = {
        area.key: scale_score([answers[item.key] for item in area.items], low=instrument.low, high=instrument.high)
        for area in instrument.areas
    }
    return Said(answers, scores, response.group_key, response.is_late)


def _main_figures(
    crowd: Crowd, area: Area, scores: list[float], agreed: tuple[float, float] | None, headcount: int | None
) -> dict[str, Any]:
    n, n_items, low, high = len(scores), len(area.items), crowd.instrument.low, crowd.instrument.high
    interval = mean_interval(scores)
    mean = released_mean(interval.mean or 0.0, n, low=low, high=high)
    margin = released_margin(interval.sd, n, n_items=n_items, headcount=headcount, mean=mean)
    word = agreement_word(*agreed, n_options=high - low + 1) if agreed else None
    agreement = released_agreement(word, n, n_items=n_items, mean=mean, low=low, high=high)
    return {
        "mean": mean.value,
        "bound": mean.bound.value if mean.bound else None,
        "margin": margin,
        "lower": None if margin is None else max(float(low), rounded(mean.value - margin, 3)),
        "upper": None if margin is None else min(float(high), rounded(mean.value + margin, 3)),
        "agreement": agreement.value if agreement else None,
    }


def _agreement(crowd: Crowd, area: Area, minimum: int) -> tuple[float, float] | None:
    columns = [[value_of(answer) for answer in crowd.columns[item.key]] for item in area.items]
    rows = list(zip(*columns, strict=True))
    found = scale_agreement(rows, n_options=crowd.instrument.high - crowd.instrument.low + 1)
    if found.rwg is None or found.ad_mean is None or found.n_complete < minimum:
        return None
    return found.rwg, found.ad_mean


def _fine_figures(
    rung: Rung, agreed: tuple[float, float] | None, bound: str | None, n_unknown: int, n_applicable: int
) -> dict[str, float | None]:
    """Return what only many people's answers may tell."""
    if rung is not Rung.ITEMS:
        return {"rwg": None, "ad": None, "share_dont_know": None}
    rwg, ad = agreed if agreed and bound is None else (None, None)
    return {
        "rwg": None if rwg is None else min(rounded(rwg, 2), MOST_ALIKE),
        "ad": None if ad is None else max(rounded(ad, 2), LEAST_APART),
        "share_dont_know": rounded(n_unknown / n_applicable, 2) if n_applicable else None,
    }

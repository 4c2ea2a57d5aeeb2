"""The numbers of one phase, made from what was entered: summed by period, divided, with the base marked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from lms.improvement.spc.errors import InvalidChart
from lms.improvement.spc.numbers import divide, known, mean, median, spread, total


class Aggregate(StrEnum):
    """What stands for several measurements of one period."""

    MEAN = "mean"
    MEDIAN = "median"
    SUM = "sum"
    SD = "sd"


_AGGREGATES: Mapping[Aggregate, Any] = {
    Aggregate.MEAN: mean,
    Aggregate.MEDIAN: median,
    Aggregate.SUM: total,
    Aggregate.SD: spread,
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Points one after another, NaN for what is missing: what is plotted, and what centre and limits come from."""

    first: int  # The position of the first point.
    y: list[float]
    sums: list[float]
    n: list[float] | None
    sizes: list[int]
    means: list[float]
    spreads: list[float]
    is_included: list[bool]
    is_base: list[bool]

    def base(self, values: Sequence[float]) -> list[float]:
        """Of numbers, one per point, those that the base holds."""
        return [value for value, is_base in zip(values, self.is_base, strict=True) if is_base]

    def part(self, start: int, stop: int) -> "Stretch":
        """The points between two indices."""
        return replace(
            self,
            first=self.first + start,
            y=self.y[start:stop],
            sums=self.sums[start:stop],
            n=None if self.n is None else self.n[start:stop],
            sizes=self.sizes[start:stop],
            means=self.means[start:stop],
            spreads=self.spreads[start:stop],
            is_included=self.is_included[start:stop],
            is_base=self.is_base[start:stop],
        )


def gather(
    y: Sequence[float | None],
    n: Sequence[float | None] | None,
    subgroups: Sequence[float] | None,
    aggregate: Aggregate,
) -> Stretch:
    """Bring what was entered into one point a period; every point is base until the settings say otherwise.

    y: measurements, counts or numerators. n: denominators of the same length. subgroups: to which period each belongs.
    Where y or n is missing, both are. Raises InvalidChart for lists that do not belong together.

    >>> gather([1, None, 3], [2, 2, 0], None, Aggregate.MEAN).y
    [0.5, nan, inf]
    """
    values, denominators = _checked("y", y), None if n is None else _checked("n", n)
    _check_lengths(len(values), n, subgroups)
    if denominators is not None:
        values, denominators = _complete(values, denominators)
    groups = _groups(len(values), subgroups)
    by_group = [[values[i] for i in group] for group in groups]
    sums = [total(group) if known(group) else math.nan for group in by_group]
    below = None if denominators is None else [total(denominators[i] for i in group) for group in groups]
    if below is None:
        plotted = [_AGGREGATES[aggregate](group) if known(group) else math.nan for group in by_group]
    else:
        plotted = [divide(above, under) for above, under in zip(sums, below, strict=True)]
    return Stretch(
        first=1,
        y=plotted,
        sums=sums,
        n=None if below is None else [math.nan if math.isnan(a) else b for a, b in zip(sums, below, strict=True)],
        sizes=[len(known(group)) for group in by_group],
        means=[mean(group) for group in by_group],
        spreads=[spread(group) for group in by_group],
        is_included=[True] * len(groups),
        is_base=[True] * len(groups),
    )


def _checked(name: str, values: Sequence[float | None]) -> list[float]:
    plain = [math.nan if value is None else float(value) for value in values]
    if any(value is not None and not math.isfinite(value) for value in values):
        raise InvalidChart(f"{name} holds a number that is not finite")
    if name == "n" and any(value < 0 for value in plain):
        raise InvalidChart("a denominator is below zero")
    return plain


def _check_lengths(length: int, n: Sequence[float | None] | None, subgroups: Sequence[float] | None) -> None:
    if n is not None and len(n) != length:
        raise InvalidChart(f"{length} values have {len(n)} denominators")
    if subgroups is not None and len(subgroups) != length:
        raise InvalidChart(f"{length} values have {len(subgroups)} subgroup numbers")


def _complete(values: list[float], denominators: list[float]) -> tuple[list[float], list[float]]:
    is_missing = [math.isnan(a) or math.isnan(b) for a, b in zip(values, denominators, strict=True)]
    return (
        [math.nan if missing else value for value, missing in zip(values, is_missing, strict=True)],
        [math.nan if missing else value for value, missing in zip(denominators, is_missing, strict=True)],
    )


def _groups(length: int, subgroups: Sequence[float] | None) -> list[list[int]]:
    if subgroups is None:
        return [[index] for index in range(length)]
    members: dict[float, list[int]] = {}
    for index, subgroup in enumerate(subgroups):
        members.setdefault(subgroup, []).append(index)
    return [members[subgroup] for subgroup in sorted(members)]

"""How well a team's confidence fits what came true. Pure: judged predictions in, scores and positions out.

A prediction counts when it was written before its test began, names how sure the team is, and its number was not known
already. Source of the score: Brier 1950, Monthly Weather Review 78, p. 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ENOUGH_JUDGED: Final = 5
"""Fewer judged predictions make a list and no verdict. Our own choice: 1 of 4 says nothing."""

RARE: Final = 0.05
"""Rarer than this under the team's own confidence, and the difference is more than chance."""

SURE_FROM: Final = 80
"""Percent from which on a team says that it is sure; for the plain sentence."""

BANDS: Final = ((1, 59), (60, 79), (80, 99))
"""How confidence is put together in the picture, in percent; both ends belong to a band."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A prediction that the data have judged. percent: how sure the team was, 1 to 99."""

    percent: int
    is_met: bool

    @property
    def share(self) -> float:
        """How sure the team was, 0 to 1."""
        return self.percent / 100


class Fit(StrEnum):
    """What the judged predictions say about the team's confidence."""

    TOO_FEW = "too-few"
    FITS = "fits"
    TOO_SURE = "too-sure"
    NOT_SURE_ENOUGH = "not-sure-enough"


@dataclass(frozen=True, slots=True)
class Band:
    """The predictions of one range of confidence. Shares are 0 to 1."""

    low: int
    high: int
    n: int
    n_met: int
    share_said: float
    share_met: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a team's judged predictions say, all in all."""

    n: int
    n_met: int
    n_sure: int
    n_sure_met: int
    score: float | None
    share_said: float | None
    fit: Fit
    bands: tuple[Band, ...]

    @property
    def n_missing(self) -> int:
        """How many more judged predictions a verdict needs."""
        return max(ENOUGH_JUDGED - self.n, 0)


def brier_score(judged: Sequence[Judged]) -> float | None:
    """Return the mean of (p - o)^2: 0 is perfect, 0.25 is a coin; None without judged predictions.

    >>> brier_score([Judged(90, True), Judged(50, False)])
    0.13
    """
    if not judged:
        return None
    return math.fsum((each.share - each.is_met) ** 2 for each in judged) / len(judged)


def calibrate(judged: Sequence[Judged]) -> Calibration:
    """Hold a team's confidence against what came true.

    judged: in any order, perhaps none.
    """
    sure = [each for each in judged if each.percent >= SURE_FROM]
    return Calibration(
        n=len(judged),
        n_met=sum(each.is_met for each in judged),
        n_sure=len(sure),
        n_sure_met=sum(each.is_met for each in sure),
        score=brier_score(judged),
        share_said=math.fsum(each.share for each in judged) / len(judged) if judged else None,
        fit=fit_of(judged),
        bands=tuple(band for low, high in BANDS if (band := _band(judged, low, high)) is not None),
    )


def fit_of(judged: Sequence[Judged]) -> Fit:
    """Say whether more or fewer predictions came true than the confidence in them allows by chance.

    The number that comes true, if each is as likely as was said, has an exact distribution (Poisson binomial); a number
    in a tail of less than `RARE` is more than chance.

    >>> fit_of([Judged(90, False)] * 5)
    <Fit.TOO_SURE: 'too-sure'>
    """
    if len(judged) < ENOUGH_JUDGED:
        return Fit.TOO_FEW
    chances = chances_of(judged)
    n_met = sum(each.is_met for each in judged)
    if math.fsum(chances[: n_met + 1]) < RARE:
        return Fit.TOO_SURE
    return Fit.NOT_SURE_ENOUGH if math.fsum(chances[n_met:]) < RARE else Fit.FITS


def chances_of(judged: Sequence[Judged]) -> list[float]:
    """Return how likely it is that 0, 1, 2, … of the predictions come true, if each is as likely as was said.

    >>> chances_of([Judged(50, True), Judged(50, True)])
    [0.25, 0.5, 0.25]
    """
    chances = [1.0]
    for each in judged:
        misses, hits = [chance * (1 - each.share) for chance in chances], [chance * each.share for chance in chances]
        chances = [miss + hit for miss, hit in zip([*misses, 0.0], [0.0, *hits], strict=True)]
    return chances


def _band(judged: Sequence[Judged], low: int, high: int) -> Band | None:
    own = [each for each in judged if low <= each.percent <= high]
    if not own:
        return None
    n_met = sum(each.is_met for each in own)
    return Band(low, high, len(own), n_met, math.fsum(each.share for each in own) / len(own), n_met / len(own))


# ---------------------------------------------------------------- the picture


ROW_HEIGHT: Final = 64
BASE: Final = 40  # pixels of a row above its line: two lines of words


@dataclass(frozen=True, slots=True)
class Row:
    """One band, drawn: what was said and what came true on one line. x in percent of the drawing, y in pixels."""

    band: Band
    y: float
    x_said: float
    x_met: float


@dataclass(frozen=True, slots=True)
class Picture:
    """All bands, one below the other."""

    rows: tuple[Row, ...]
    height: int


def draw(calibration: Calibration) -> Picture:
    """Place the bands of a calibration; the line of each goes from 0 to 100 percent.

    >>> draw(calibrate([Judged(90, True)])).rows[0].x_met
    100.0
    """
    rows = tuple(
        Row(band, n * ROW_HEIGHT + BASE, round(100 * band.share_said, 2), round(100 * band.share_met, 2))
        for n, band in enumerate(calibration.bands)
    )
    return Picture(rows, len(rows) * ROW_HEIGHT + 20)

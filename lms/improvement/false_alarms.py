"""Of 100 charts of pure noise, how many show a signal, by the rules, the baseline and the length of the chart.

Own simulation: 20,000 series of independent normal noise for each number. Without a baseline it agrees with the
published shares [anhoej-olesen-2014; spc.json, measured_false_alarms, whose dots are screened].
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final

BASELINES: Final = (12, 20)
"""Lengths of a frozen baseline that were tried; its line is less sure than it looks."""

# (useful points, Anhoej, Anhoej or 3 sigma). tests/lms/improvement/test_verdicts.py draws some rows again.
FALSE_ALARMS: Final[Mapping[int | None, tuple[tuple[int, float, float], ...]]] = {
    None: (
        (10, 0.0097, 0.0296),
        (12, 0.0122, 0.0396),
        (16, 0.0090, 0.0524),
        (20, 0.0210, 0.0722),
        (24, 0.0286, 0.0874),
        (30, 0.0267, 0.1012),
        (36, 0.0435, 0.1288),
        (48, 0.0379, 0.1535),
        (60, 0.0441, 0.1842),
        (80, 0.0626, 0.2411),
        (100, 0.0508, 0.2738),
    ),
    12: (
        (12, 0.0122, 0.0396),
        (16, 0.0133, 0.1009),
        (20, 0.0637, 0.1757),
        (24, 0.0801, 0.2157),
        (30, 0.1075, 0.2729),
        (36, 0.1472, 0.3347),
        (48, 0.1595, 0.3767),
        (60, 0.1893, 0.4281),
        (80, 0.2472, 0.5059),
        (100, 0.2302, 0.5269),
    ),
    20: (
        (20, 0.0210, 0.0722),
        (24, 0.0328, 0.1174),
        (30, 0.0488, 0.1648),
        (36, 0.0872, 0.2215),
        (48, 0.0973, 0.2832),
        (60, 0.1300, 0.3432),
        (80, 0.1692, 0.4168),
        (100, 0.1603, 0.4491),
    ),
}

# (useful points, share) for the rules that somebody may choose instead: runs about a mean without limits, and
# plot-the-dots with and without screened ranges.
OTHER_FALSE_ALARMS: Final[Mapping[str, Mapping[int | None, tuple[tuple[int, float], ...]]]] = {
    "runs-about-mean": {
        None: (
            (10, 0.0112),
            (12, 0.0162),
            (16, 0.0171),
            (20, 0.0329),
            (24, 0.0399),
            (30, 0.0396),
            (36, 0.0547),
            (48, 0.0476),
            (60, 0.0537),
            (80, 0.0741),
            (100, 0.0580),
        ),
        12: (
            (12, 0.0152),
            (16, 0.0187),
            (20, 0.0608),
            (24, 0.0736),
            (30, 0.0898),
            (36, 0.1316),
            (48, 0.1275),
            (60, 0.1596),
            (80, 0.2066),
            (100, 0.1951),
        ),
        20: (
            (20, 0.0364),
            (24, 0.0397),
            (30, 0.0515),
            (36, 0.0819),
            (48, 0.0796),
            (60, 0.1051),
            (80, 0.1477),
            (100, 0.1290),
        ),
    },
    "dots": {
        None: (
            (10, 0.0320),
            (12, 0.0461),
            (16, 0.0799),
            (20, 0.1146),
            (24, 0.1525),
            (30, 0.2081),
            (36, 0.2631),
            (48, 0.3559),
            (60, 0.4376),
            (80, 0.5482),
            (100, 0.6483),
        ),
        12: (
            (12, 0.0457),
            (16, 0.1323),
            (20, 0.2306),
            (24, 0.3100),
            (30, 0.4078),
            (36, 0.4805),
            (48, 0.5913),
            (60, 0.6683),
            (80, 0.7583),
            (100, 0.8244),
        ),
        20: (
            (20, 0.1186),
            (24, 0.1792),
            (30, 0.2769),
            (36, 0.3613),
            (48, 0.4930),
            (60, 0.5914),
            (80, 0.6994),
            (100, 0.7787),
        ),
    },
    "dots-screened": {
        None: (
            (10, 0.0546),
            (12, 0.0748),
            (16, 0.1111),
            (20, 0.1484),
            (24, 0.1887),
            (30, 0.2364),
            (36, 0.2968),
            (48, 0.3897),
            (60, 0.4669),
            (80, 0.5809),
            (100, 0.6702),
        ),
        12: (
            (12, 0.0726),
            (16, 0.1593),
            (20, 0.2509),
            (24, 0.3293),
            (30, 0.4150),
            (36, 0.4868),
            (48, 0.5963),
            (60, 0.6758),
            (80, 0.7683),
            (100, 0.8243),
        ),
        20: (
            (20, 0.1493),
            (24, 0.2112),
            (30, 0.3114),
            (36, 0.3898),
            (48, 0.5137),
            (60, 0.6008),
            (80, 0.7103),
            (100, 0.7859),
        ),
    },
}

_USUAL: Final = {"runs": 1, "runs-or-limits": 2}


def share_of_noise(column: str, *, baseline: int | None, n_useful: int) -> float | None:
    """Return the share of charts of pure noise that show a signal; between measured lengths the nearer one speaks.

    column: "runs", "runs-or-limits", "runs-about-mean", "dots" or "dots-screened". baseline: 12, 20 or None = the line
    is made from all points. n_useful: useful points of the chart.
    Returns 0 to 1; None for fewer or more points than were tried.

    >>> share_of_noise("runs", baseline=None, n_useful=24)
    0.0286
    """
    at = _USUAL.get(column)
    rows: Sequence[tuple[float, ...]] = (OTHER_FALSE_ALARMS[column] if at is None else FALSE_ALARMS)[baseline]
    if not rows or not rows[0][0] <= n_useful <= rows[-1][0]:
        return None
    found = bisect_left([row[0] for row in rows], n_useful)
    nearest = min(rows[max(found - 1, 0) : found + 1], key=lambda row: abs(row[0] - n_useful))
    return float(nearest[at or 1])

"""Which kind of chart fits which data."""

from enum import StrEnum
from typing import Final

from lms.improvement.spc.charts import Chart
from lms.improvement.spc.lines import Kind

WIDE_SHARE: Final = 0.2  # More than one point in five outside: the limits are too narrow for the data.
LARGE_DENOMINATOR: Final = 300  # From here on binomial limits of real services become too narrow. Our own advice.


class DataKind(StrEnum):
    """What is measured."""

    PERCENT = "percent"
    RATE = "rate"
    COUNT = "count"
    VALUE = "value"
    EVENTS_BETWEEN = "events-between"
    TIME_BETWEEN = "time-between"


_KINDS: Final = {
    DataKind.PERCENT: Kind.P,
    DataKind.RATE: Kind.U,
    DataKind.COUNT: Kind.C,
    DataKind.VALUE: Kind.I,
    DataKind.EVENTS_BETWEEN: Kind.G,
    DataKind.TIME_BETWEEN: Kind.T,
}


def choose_kind(data: DataKind) -> Kind:
    """Name the control chart for data of this kind, all with equal exposure where nothing is divided.

    Returns P, U, C, I, G or T. Source: montgomery, ch. 6 and 7; the wider P' and U' only after a look at the chart
    (see `wider_kind`).

    >>> choose_kind(DataKind.RATE)
    <Kind.U: 'u'>
    """
    return _KINDS[data]


def wider_kind(found: Chart, denominators: list[float | None]) -> Kind | None:
    """Offer P' or U' when denominators are large and many points fall outside the limits of P or U.

    found: a P or U chart. denominators: one per point; None = missing.
    Returns the wider kind, None when there is no reason for it.
    Formula: the middle denominator is 300 or more, and more than 1 in 5 points are outside. Source: laney-2002.

    >>> from lms.improvement.spc.charts import chart
    >>> y, n = [500, 900, 480, 950, 510, 890], [1000] * 6
    >>> wider_kind(chart(Kind.P, y, n), n)
    <Kind.P_PRIME: 'pp'>
    """
    wider = {Kind.P: Kind.P_PRIME, Kind.U: Kind.U_PRIME}.get(found.kind)
    known = sorted(size for size in denominators if size is not None)
    n_values = sum(point.value is not None for point in found.points)
    if wider is None or not n_values or not known or known[len(known) // 2] < LARGE_DENOMINATOR:
        return None
    return wider if len(found.outside_at) > WIDE_SHARE * n_values else None

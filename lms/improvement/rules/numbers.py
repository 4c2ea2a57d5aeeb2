"""Reading numbers as people write them, and what cannot be one."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from lms.improvement.rules.words import Unit

LARGEST_NUMBER: Final = 1_000_000_000


class NumberFlaw(StrEnum):
    """Why a number cannot be taken."""

    NOT_A_NUMBER = "not-a-number"
    UNCLEAR = "unclear"
    TOO_LARGE = "too-large"
    NEGATIVE = "negative"
    NOT_WHOLE = "not-whole"
    MISSING = "missing"
    ZERO_DENOMINATOR = "zero-denominator"
    MORE_THAN_ALL = "more-than-all"


class BadNumber(ValueError):
    """Text that cannot be read as one number."""

    def __init__(self, flaw: NumberFlaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


_NUMBER: Final = re.compile(r"(?P<sign>[-\u2212]?)(?P<whole>[0-9]*)(?:[.,](?P<part>[0-9]{1,9}))?", re.ASCII)
_THOUSANDS_LOOK: Final = 3


def read_number(text: str) -> float:
    """Read a number as people write it, with a point or a comma before the decimals.

    Three digits after the mark could be thousands or decimals: nobody can know, so that is refused as unclear.

    >>> read_number("12,5")
    12.5
    """
    written = text.strip().removesuffix("%").strip()
    found = _NUMBER.fullmatch(written)
    if not found or not (found["whole"] or found["part"]):
        raise BadNumber(NumberFlaw.NOT_A_NUMBER)
    if len(found["part"] or "") == _THOUSANDS_LOOK and found["whole"].strip("0"):
        raise BadNumber(NumberFlaw.UNCLEAR)
    if len(found["whole"]) > len(str(LARGEST_NUMBER)):
        raise BadNumber(NumberFlaw.TOO_LARGE)
    number = float(f"{found['whole'] or 0}.{found['part'] or 0}")
    return -number if found["sign"] else number


def flaws_of(unit: Unit, numerator: float | None, denominator: float | None) -> Mapping[str, NumberFlaw]:
    """Return what is wrong with the number of a period, by field."""
    flaws: dict[str, NumberFlaw] = {}
    for name, number in (("numerator", numerator), ("denominator", denominator)):
        flaw = _flaw_of(number, is_counted=unit in COUNTED and not (unit is Unit.RATE and name == "denominator"))
        if flaw and (number is not None or name == "numerator" or unit in SHARES):
            flaws[name] = flaw
    if "denominator" not in flaws and unit in SHARES and denominator == 0:
        flaws["denominator"] = NumberFlaw.ZERO_DENOMINATOR
    if not flaws and unit is Unit.PERCENT and numerator is not None and numerator > (denominator or 0):
        flaws["numerator"] = NumberFlaw.MORE_THAN_ALL
    return flaws


SHARES: Final = frozenset({Unit.PERCENT, Unit.RATE})  # written as two numbers
COUNTED: Final = frozenset({Unit.PERCENT, Unit.RATE, Unit.COUNT})


def _flaw_of(number: float | None, *, is_counted: bool) -> NumberFlaw | None:
    if number is None:
        return NumberFlaw.MISSING
    if number < 0:
        return NumberFlaw.NEGATIVE
    if number > LARGEST_NUMBER:
        return NumberFlaw.TOO_LARGE
    return NumberFlaw.NOT_WHOLE if is_counted and number != int(number) else None


def scale_of(unit: Unit, rate_per: int | None) -> float:
    """Return what a share is multiplied by to be written: 100 for percent, so many for a rate."""
    return 100.0 if unit is Unit.PERCENT else float(rate_per or 1) if unit is Unit.RATE else 1.0


def value_of(unit: Unit, rate_per: int | None, numerator: float | None, denominator: float | None) -> float | None:
    """Return the number of a period as people write it, or None when it is missing."""
    if numerator is None:
        return None
    if unit not in SHARES:
        return numerator
    return scale_of(unit, rate_per) * numerator / denominator if denominator else None

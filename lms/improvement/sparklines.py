"""A line of a word's size: how a measure went, where there is no room for its chart."""

from collections.abc import Sequence
from typing import Final

WIDTH: Final = 100
HEIGHT: Final = 24
MARGIN: Final = 2


def sparkline(values: Sequence[float | None]) -> str:
    """Return the `d` of an SVG path through the values, oldest first, in a box of 100 by 24; "" without two of them.

    values: None = missing; the line breaks there, and a value between two gaps is a dot.

    >>> sparkline([1, 2, None, 3])
    'M0 22L33.3 12M100 2h0'
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, spread = min(known), max(known) - min(known)
    pieces, is_begun = [], False
    for position, value in enumerate(values):
        if value is None:
            is_begun = False
            continue
        x = position * WIDTH / (len(values) - 1)
        share = (value - low) / spread if spread else 0.5
        y = HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)
        is_alone = not is_begun and (position + 1 == len(values) or values[position + 1] is None)
        pieces.append(f"{'L' if is_begun else 'M'}{x:.3g} {y:.3g}{'h0' if is_alone else ''}")
        is_begun = True
    return "".join(pieces)

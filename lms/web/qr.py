"""QR codes for links that people scan: one path that a page draws inline and a PDF takes as a picture."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import segno

_QUIET = 4  # modules of white around the code, which readers need


@dataclass(frozen=True)
class QrCode:
    """A square of `size` modules a side, its white border included; `path` is the dark part."""

    size: int
    path: str


def draw_qr(link: str) -> QrCode:
    """Draw a link; a code with an eighth of it hidden is still read."""
    made = segno.make_qr(link, error="m")
    rows = list(made.matrix_iter(border=_QUIET))
    return QrCode(len(rows), "".join(_row_path(number, row) for number, row in enumerate(rows)))


def qr_picture(code: QrCode) -> bytes:
    """Write a code as an SVG file."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {code.size} {code.size}">'
        f'<path fill="#ffffff" d="M0 0h{code.size}v{code.size}H0z"/><path fill="#1b2430" d="{code.path}"/></svg>'
    ).encode()


def _row_path(number: int, row: Iterable[int]) -> str:
    """Write the dark runs of one row as rectangles one module high."""
    place, drawn = 0, []
    for is_dark, run in groupby(row):
        length = len(list(run))
        if is_dark:
            drawn.append(f"M{place} {number}h{length}v1h-{length}z")
        place += length
    return "".join(drawn)

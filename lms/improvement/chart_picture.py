"""A chart as data for a picture to take away: the same geometry as the drawing on the page, in plain lists."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from lms.improvement.pictures import Picture

MOST_CHARACTERS: Final = 300
"""Longer texts are cut: a picture has no place to scroll."""


def picture_data(
    picture: Picture,
    *,
    title: str,
    subtitle: str,
    said: str,
    rules: str,
    source: str,
    drawn: str,
    signal: str,
    words: Mapping[str, str],
    remarks: tuple[str, ...] = (),
    language: str,
) -> dict[str, Any]:
    """Return what `templates/pdf/chart.typ` draws.

    words: "target" and "centre" stand at the ends of their lines, "nothing" where there is no number yet.
    """
    label = picture.signal_label
    return {
        "language": language,
        "title": cut(title),
        "subtitle": cut(subtitle),
        "said": cut(said),
        "rules": cut(rules, MOST_CHARACTERS * 3),
        "remarks": [cut(remark) for remark in remarks],
        "source": cut(source),
        "drawn": drawn,
        "nothing": words["nothing"],
        "height": picture.height,
        "top": picture.top,
        "bottom": picture.bottom,
        "radius": picture.dot_radius,
        "ticks": [{"y": tick.y, "text": picture.tick_figure(tick.value)} for tick in picture.ticks],
        "bands": [asdict(band) for band in picture.bands],
        "breaks": list(picture.breaks),
        "baseline": picture.baseline_x,
        "strokes": [asdict(stroke) for stroke in picture.strokes],
        "dots": [asdict(dot) for dot in picture.dots],
        "centres": [asdict(centre) for centre in picture.centres],
        "ends": _ends(picture, words),
        "target": None if picture.target is None else picture.target.y,
        "labels": [{"x": label.x, "text": label.text, "anchor": label.anchor} for label in picture.axis_labels],
        "flags": [
            {"x": flag.x, "y": flag.y, "number": str(flag.cycle.number), "text": cut(flag.cycle.label)}
            for flag in picture.flags
        ],
        "signal": None if label is None else {"x": label.x, "y": label.y, "anchor": label.anchor, "text": signal},
    }


def _ends(picture: Picture, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """The numbers and words at the ends of the middle line and of the target."""
    ends = [
        {"y": centre.label_y, "figure": picture.figure(centre.value), "word": words["centre"], "is_centre": True}
        for centre in picture.centres
        if centre.label_y is not None
    ]
    if picture.target is not None:
        figure = picture.figure(picture.target.value)
        ends.append({"y": picture.target.label_y, "figure": figure, "word": words["target"], "is_centre": False})
    return ends


def cut(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return a text on one line, cut where it is too long.

    >>> cut("one two", 5)
    'one …'
    """
    plain = " ".join(text.split())
    return plain if len(plain) <= most else f"{plain[: most - 2].rstrip()} …"

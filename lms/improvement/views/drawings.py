"""The many small shapes of a chart, written at once: a template takes longer for them than for all the rest."""

from markupsafe import Markup

from lms.improvement.pictures import Picture
from lms.improvement.pictures.shapes import Dot, Stroke
from lms.improvement.views.blueprint import bp

RING = 3.5  # pixels around a dot that is part of a signal


@bp.app_template_filter("chart_lines")
def chart_lines(picture: Picture) -> Markup:
    """Write the line through the points: a stroke from each to the next."""
    drawn = (
        f'<line class="chart-line" x1="{each.x1}%" y1="{each.y1}" x2="{each.x2}%" y2="{each.y2}"></line>'
        for each in picture.strokes
    )
    return Markup("".join(drawn))  # noqa: S704  # of numbers alone


@bp.app_template_filter("chart_bands")
def chart_bands(picture: Picture) -> Markup:
    """Write the room between the limits, with a line at each of them."""
    return Markup("".join(map(_band, picture.bands)))  # noqa: S704  # of numbers alone


def _band(band: Stroke) -> str:
    width, height = round(band.x2 - band.x1, 2), round(band.y2 - band.y1, 1)
    room = f'<rect class="chart-band" x="{band.x1}%" y="{band.y1}" width="{width}%" height="{height}"></rect>'
    limits = (
        f'<line class="chart-limit" x1="{band.x1}%" x2="{band.x2}%" y1="{y}" y2="{y}"></line>'
        for y in (band.y1, band.y2)
    )
    return room + "".join(limits)


@bp.app_template_filter("chart_dots")
def chart_dots(picture: Picture) -> Markup:
    """Write the points: a cross where one is left out, a ring around those of a signal."""
    radius = picture.dot_radius
    return Markup("".join(_dot(each, radius) for each in picture.dots))  # noqa: S704  # of numbers alone


def _dot(dot: Dot, radius: float) -> str:
    at = f'cx="{dot.x}%" cy="{dot.y}"'
    ring = f'<circle class="chart-dot-ring" {at} r="{radius + RING}"></circle>' if dot.is_signal else ""
    if dot.is_excluded:
        cross = f'<path d="M-4-4 4 4M-4 4 4-4" data-n="{dot.position}"></path>'
        return f'<svg class="chart-cross" x="{dot.x}%" y="{dot.y}" overflow="visible">{cross}</svg>{ring}'
    return f'<circle class="chart-dot" {at} r="{radius}" data-n="{dot.position}"></circle>{ring}'

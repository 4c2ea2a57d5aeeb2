"""Where everything on a chart is drawn, as plain numbers for an SVG that the server writes.

Lengths along the page are percentages of the drawing, heights are pixels, and text keeps its size: one drawing serves
320 px, a desktop and print. Words and numbers are put to it by `templates/macros/run_chart.html`.
"""

from lms.improvement.pictures.drawing import LABEL_GAP, Remarks, draw
from lms.improvement.pictures.shapes import CycleFlag, Dot, Period, Picture, Row, Size

__all__ = ["LABEL_GAP", "CycleFlag", "Dot", "Period", "Picture", "Remarks", "Row", "Size", "draw"]

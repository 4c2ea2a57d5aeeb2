"""Where everything of a driver diagram is drawn: columns for a desktop, an indented tree for a phone.

Lengths are units of the drawing, which a browser may scale. A line runs only in the gaps between columns, or through a
lane that is kept free for it, so it never crosses words. Texts are wrapped by how wide their letters are at most.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from lms.improvement.drivers import MOST_ROWS, Box, Diagram

FONT: Final = 15.0
LINE: Final = 20.0
PAD: Final = 12.0
STATUS: Final = 30.0  # height of the line that says how far an idea is
ACTION: Final = 44.0  # height of the link below an idea: a thumb's
MARK: Final = 20.0  # height of the line that counts a driver's measures
BETWEEN: Final = 14.0  # from one box down to the next
LANE: Final = 12.0  # kept free for a line that passes a column
HEADING: Final = 34.0
WIDE: Final = 980.0
GAP: Final = 56.0  # between columns
NARROW: Final = 320.0
INDENT: Final = 16.0
MOST_LINES: Final = 12

_THIN: Final = frozenset("iljtfrI.,:;'’!|()[]·- ")
_BROAD: Final = frozenset("mwMWQO@%&—…")


@dataclass(frozen=True, slots=True)
class Shape:
    """A box as it is drawn. `box` None: the aim. is_again: it was drawn in full before, under another driver."""

    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    column: int
    box: Box | None = None
    is_again: bool = False
    has_action: bool = False

    @property
    def middle(self) -> float:
        """The height at which lines arrive."""
        return self.y + self.height / 2

    @property
    def baselines(self) -> list[float]:
        """Where each line of the name stands."""
        return [round(self.y + PAD + LINE * n + FONT * 0.95, 1) for n in range(len(self.lines))]

    @property
    def below(self) -> float:
        """Where the name ends and the rest begins."""
        return round(self.y + PAD + LINE * len(self.lines), 1)

    @property
    def action_y(self) -> float:
        """Where the link of an idea begins."""
        return round(self.y + self.height - ACTION, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """A line from a driver to what serves it, through points; bent between them when `is_curved`."""

    points: tuple[tuple[float, float], ...]
    is_curved: bool = True

    @property
    def path(self) -> str:
        """The line as SVG writes it."""
        (x, y), *_rest = self.points
        parts = [f"M{x:g} {y:g}"]
        for (x1, y1), (x2, y2) in pairwise(self.points):
            middle = (x1 + x2) / 2
            bent = self.is_curved and y1 != y2
            parts.append(f"C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}" if bent else f"L{x2:g} {y2:g}")
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Heading:
    """Where the name of a column stands. column: 0 aim, 1 primary, 2 secondary, 3 ideas."""

    x: float
    column: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole picture."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]
    headings: tuple[Heading, ...] = ()


# ---------------------------------------------------------------- words


def width_of(text: str, size: float = FONT) -> float:
    """Return how wide a text is at most, by its letters.

    >>> width_of("mill") < width_of("warm")
    True
    """
    return sum(_letter(letter) for letter in text) * size


def _letter(letter: str) -> float:
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
        return 0.0
    if letter in _THIN:
        return 0.36
    if letter in _BROAD:
        return 0.92
    if unicodedata.east_asian_width(letter) in {"W", "F"} or ord(letter) > 0x1F000:
        return 1.15
    return 0.68 if letter.isupper() or letter.isdigit() else 0.56


def wrap(text: str, width: float, size: float = FONT) -> tuple[str, ...]:
    """Break a text into lines that are not wider than asked; a word that is too long is broken, too.

    >>> wrap("Same-day start at the walk-in clinic", 120)
    ('Same-day start', 'at the walk-in', 'clinic')
    """
    lines: list[str] = []
    line = ""
    for word in text.split():
        for part in _pieces(word, width, size):
            joined = f"{line} {part}".strip()
            if line and width_of(joined, size) > width:
                lines.append(line)
                line = part
            else:
                line = joined
    lines += [line] if line else []
    return (*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]} …") if len(lines) > MOST_LINES else tuple(lines)


def _pieces(word: str, width: float, size: float) -> list[str]:
    pieces, piece = [], ""
    for letter in word:
        if piece and width_of(piece + letter, size) > width:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]


def _height(box: Box | None, n_lines: int, *, has_action: bool, is_again: bool = False) -> float:
    height = 2 * PAD + LINE * n_lines
    if box is None or is_again:
        return height
    height += STATUS if box.is_idea else 0
    height += MARK if box.measures else 0
    return height + (ACTION - PAD if has_action and box.is_idea else 0)


# ---------------------------------------------------------------- columns


@dataclass(slots=True)
class _Slot:
    """What takes room in a column: a box, or a lane for a line that passes it. centre: where it comes to stand."""

    column: int
    height: float
    shape: Shape | None
    below: list["_Slot"]
    centre: float = 0.0


def draw_columns(diagram: Diagram, *, aim: str, has_actions: bool = False) -> Drawing:
    """Place a diagram from left to right: the aim, primary drivers, secondary drivers, change ideas.

    aim: its words, or what stands in its place. has_actions: room for a link below each idea. A column of drivers that
    nobody uses is left out.

    >>> draw_columns(Diagram("Aim", {1: Box(1, "Fast start", 1)}), aim="Aim").headings
    (Heading(x=0.0, column=0), Heading(x=518.0, column=1))
    """
    used = [0, *sorted({_column(diagram, box) for box in diagram.boxes.values()})]
    width = (WIDE - GAP * (len(used) - 1)) / max(len(used), 2)
    width = (WIDE - GAP) / 2 if len(used) == 1 else width
    places = {column: round(n * (width + GAP), 1) for n, column in enumerate(used)}
    columns = _slots(diagram, aim, used, width, has_actions=has_actions)
    for column in reversed(used):
        _settle(columns[column])
    top = min(slot.centre - slot.height / 2 for slots in columns.values() for slot in slots)
    for slot in (slot for slots in columns.values() for slot in slots):
        slot.centre += HEADING - top
    shapes = [
        replace(slot.shape, x=places[column], y=round(slot.centre - slot.height / 2, 1))
        for column in used
        for slot in columns[column]
        if slot.shape is not None
    ]
    return Drawing(
        width=WIDE,
        height=max(shape.y + shape.height for shape in shapes) + 4,
        shapes=tuple(shapes),
        lines=tuple(_lines(columns, places, width)),
        headings=tuple(Heading(x, column) for column, x in places.items()),
    )


def _column(diagram: Diagram, box: Box) -> int:
    return MOST_ROWS + 1 if box.is_idea else diagram.row_of(box.id)


def _slots(
    diagram: Diagram, aim: str, used: Sequence[int], width: float, *, has_actions: bool
) -> dict[int, list[_Slot]]:
    """Make the slots of every column in the order in which one reads down."""
    columns: dict[int, list[_Slot]] = {column: [] for column in used}
    slots: dict[int, _Slot] = {}

    def slot_of(box: Box | None, words: str, column: int) -> _Slot:
        lines = wrap(words, width - 2 * PAD)
        has_action = has_actions and box is not None and box.is_idea
        height = _height(box, len(lines), has_action=has_action)
        slot = _Slot(column, height, Shape(0, 0, width, height, lines, column, box, has_action=has_action), [])
        columns[column].append(slot)
        return slot

    def reach(start: _Slot, box: Box) -> None:
        """Lead a line from a slot to a box, with a lane in each column between."""
        column = _column(diagram, box)
        for between in (each for each in used if start.column < each < column):
            lane = _Slot(between, LANE, None, [])
            columns[between].append(lane)
            start.below.append(lane)
            start = lane
        if box.id in slots:
            start.below.append(slots[box.id])
            return
        slots[box.id] = slot_of(box, box.name, column)
        start.below.append(slots[box.id])
        for child in diagram.children_of(box.id):
            reach(slots[box.id], child)

    root = slot_of(None, aim, 0)
    for box in diagram.roots:
        reach(root, box)
    return columns


def _settle(slots: list[_Slot]) -> None:
    """Put each slot beside the middle of what hangs on it, as near as the others let it."""
    offsets, offset = [], 0.0
    for n, slot in enumerate(slots):
        offset += slot.height / 2 if n else 0.0
        offsets.append(offset)
        offset += slot.height / 2 + BETWEEN
    wished = [_wish(slot) for slot in slots]
    known = next((place - offset for place, offset in zip(wished, offsets, strict=True) if place is not None), 0.0)
    targets = []
    for place, offset in zip(wished, offsets, strict=True):
        known = known if place is None else place - offset
        targets.append(known)
    for slot, start, offset in zip(slots, _rising(targets), offsets, strict=True):
        slot.centre = start + offset


def _wish(slot: _Slot) -> float | None:
    return sum(each.centre for each in slot.below) / len(slot.below) if slot.below else None


def _rising(targets: Sequence[float]) -> list[float]:
    """Return the numbers nearest to these (least squares) that never fall.

    >>> _rising([1.0, 3.0, 2.0])
    [1.0, 2.5, 2.5]
    """
    pools: list[tuple[float, int]] = []
    for target in targets:
        pools.append((target, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            (second, n_second), (first, n_first) = pools.pop(), pools.pop()
            pools.append((first + second, n_first + n_second))
    return [total / n for total, n in pools for _each in range(n)]


def _lines(columns: Mapping[int, list[_Slot]], places: Mapping[int, float], width: float) -> list[Line]:
    """One line for each connection. Where it passes a column it keeps to its lane."""
    lines = []
    for slot in (slot for slots in columns.values() for slot in slots if slot.shape is not None):
        for below in slot.below:
            points, end = [(places[slot.column] + width, round(slot.centre, 1))], below
            while end.shape is None:
                x, y = places[end.column], round(end.centre, 1)
                points += [(x, y), (x + width, y)]
                end = end.below[0]
            lines.append(Line((*points, (places[end.column], round(end.centre, 1)))))
    return lines


# ---------------------------------------------------------------- tree


def draw_tree(diagram: Diagram, *, aim: str, has_actions: bool = False) -> Drawing:
    """Place a diagram from top to bottom, what serves a driver indented below it.

    Who serves several drivers is drawn in full under the first, and named again under the others.
    """
    shapes: list[Shape] = []
    lines: list[Line] = []
    seen: set[int] = set()

    def put(box: Box | None, words: str, depth: int) -> Shape:
        x, y = depth * INDENT, shapes[-1].y + shapes[-1].height + BETWEEN if shapes else 2.0
        width = NARROW - x
        is_again = box is not None and box.id in seen
        has_action = has_actions and box is not None and box.is_idea and not is_again
        rows = wrap(words, width - 2 * PAD)
        height = _height(box, len(rows), has_action=has_action, is_again=is_again)
        height += STATUS if is_again else 0
        column = 0 if box is None else _column(diagram, box)
        shape = Shape(x, round(y, 1), width, height, rows, column, box, is_again=is_again, has_action=has_action)
        shapes.append(shape)
        return shape

    def hang(parent: Shape, boxes: Sequence[Box], depth: int) -> None:
        stem = parent.x + INDENT / 2
        for box in boxes:
            shape = put(box, box.name, depth)
            elbow = ((stem, parent.y + parent.height), (stem, shape.y + 20), (shape.x, shape.y + 20))
            lines.append(Line(elbow, is_curved=False))
            if not shape.is_again:
                seen.add(box.id)
                hang(shape, diagram.children_of(box.id), depth + 1)

    hang(put(None, aim, 0), diagram.roots, 1)
    return Drawing(NARROW, round(shapes[-1].y + shapes[-1].height + 4, 1), tuple(shapes), tuple(lines))

"""The chain of cycles that a cycle belongs to, drawn as a ramp that rises. Pure: steps in, plain numbers out.

Time goes up: the first cycle stands at the bottom. Size goes to the right: the more people (or locations), the further.
Lengths along the page are percentages of the drawing and heights are pixels, as in `pictures`, so that one drawing
serves 320 px, a desktop and print.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from lms.improvement.rules import CycleState, Decision

ROW_HEIGHT: Final = 76
WORDS: Final = 40  # pixels of a row above its mark: two lines of words
FOOT: Final = 26  # room for the words under the axis
LEAST_X: Final = 6.0
MOST_X: Final = 94.0
LONGEST_LABEL: Final = 30
"""Characters of a title that fit beside its number on the narrowest phone."""


class Mark(StrEnum):
    """How a cycle is drawn: by its decision, or by where it is."""

    ADOPT = "adopt"
    ADAPT = "adapt"
    ABANDON = "abandon"
    OPEN = "open"
    NOT_RUN = "not-run"


class Size(StrEnum):
    """What the steps of a ramp are measured in."""

    PEOPLE = "people"
    SITES = "sites"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A cycle of a team, as far as its ramp needs it."""

    cycle_id: int
    number: int
    title: str
    state: CycleState
    predecessor_id: int | None = None
    decision: Decision | None = None
    scale_people: int | None = None
    scale_sites: int | None = None
    began_on: date | None = None

    @property
    def mark(self) -> Mark:
        """How it is drawn."""
        if self.state is CycleState.NOT_RUN:
            return Mark.NOT_RUN
        return Mark(self.decision.value) if self.decision else Mark.OPEN

    @property
    def label(self) -> str:
        """The title, cut where it is too long."""
        return self.title if len(self.title) <= LONGEST_LABEL else f"{self.title[: LONGEST_LABEL - 1].rstrip()}…"

    def size_in(self, size: Size) -> int | None:
        """How big it is, or None when nobody said."""
        return self.scale_people if size is Size.PEOPLE else self.scale_sites


@dataclass(frozen=True, slots=True)
class Node:
    """A cycle, drawn. x in percent, y in pixels; `is_size_known` is False where it stands below the one before it."""

    step: Step
    x: float
    y: float
    top: float
    is_size_known: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class Link:
    """From a cycle to the next one. x in percent, y in pixels."""

    x1: float
    y1: float
    x2: float
    y2: float
    is_branch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """A ramp, drawn. `nodes` from the newest, at the top, to the first; `slope` are the corners of the ground below."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    slope: tuple[tuple[float, float], ...]
    size: Size
    height: int
    first_size: int | None
    largest_size: int | None

    @property
    def n_cycles(self) -> int:
        """How many cycles belong to it."""
        return len(self.nodes)


def chain_of(cycle_id: int, steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the cycle, all that led to it and all that grew from these, branches too, in the order of their numbers.

    Links that lead nowhere or in a circle are left out. Unknown cycles have no chain.

    >>> two = [Step(cycle_id=n, number=n, title="x", state=CycleState.DRAFT, predecessor_id=n - 1) for n in (1, 2)]
    >>> [step.number for step in chain_of(1, two)]
    [1, 2]
    """
    by_id = {step.cycle_id: step for step in steps}
    if cycle_id not in by_id:
        return ()
    following = _following(by_id)
    root, seen = cycle_id, {cycle_id}
    while (before := by_id.get(by_id[root].predecessor_id or 0)) is not None and before.cycle_id not in seen:
        root = before.cycle_id
        seen.add(root)
    found, waiting = {root}, [root]
    while waiting:
        for after in following[waiting.pop()]:
            if after not in found:
                found.add(after)
                waiting.append(after)
    return tuple(sorted((by_id[each] for each in found), key=lambda step: (step.number, step.cycle_id)))


def _following(by_id: Mapping[int, Step]) -> dict[int, list[int]]:
    following: dict[int, list[int]] = defaultdict(list)
    for step in sorted(by_id.values(), key=lambda each: each.number):
        if step.predecessor_id in by_id and step.predecessor_id is not None:
            following[step.predecessor_id].append(step.cycle_id)
    return following


def draw(chain: Sequence[Step], *, here_id: int | None = None) -> Ramp:
    """Place the cycles of a chain. here_id: the cycle that the page is about.

    A cycle whose size nobody said stands where the one before it stands. Sizes are drawn on a logarithmic scale, so
    that the step from 1 to 5 people is seen beside the one to 200.
    """
    ordered = sorted(chain, key=lambda step: (step.number, step.cycle_id))
    is_by_people = any(step.scale_people is not None for step in ordered) or not any(
        step.scale_sites is not None for step in ordered
    )
    size = Size.PEOPLE if is_by_people else Size.SITES
    known = [n for step in ordered if (n := step.size_in(size)) is not None]
    most = max(known, default=0)
    xs: dict[int, float] = {}
    nodes: list[Node] = []
    for row, step in enumerate(ordered):
        n = step.size_in(size)
        xs[step.cycle_id] = xs.get(step.predecessor_id or 0, LEAST_X) if n is None else _x_of(n, most)
        top = float((len(ordered) - 1 - row) * ROW_HEIGHT)
        is_here = step.cycle_id == here_id
        nodes.append(Node(step, xs[step.cycle_id], top + WORDS + 16, top, n is not None, is_here))
    links, height = _links(nodes), len(ordered) * ROW_HEIGHT + FOOT
    return Ramp(
        nodes=tuple(reversed(nodes)),
        links=links,
        slope=_slope(nodes, links, height - FOOT),
        size=size,
        height=height,
        first_size=known[0] if known else None,
        largest_size=most if known else None,
    )


def _x_of(n: int, most: int) -> float:
    share = math.log1p(n) / math.log1p(most) if most else 0.0
    return round(LEAST_X + (MOST_X - LEAST_X) * share, 2)


def _links(nodes: Sequence[Node]) -> tuple[Link, ...]:
    """The first cycle that follows another goes on with its ramp; the later ones are branches."""
    by_id = {node.step.cycle_id: node for node in nodes}
    gone_on: set[int] = set()
    links = []
    for node in nodes:
        before = by_id.get(node.step.predecessor_id or 0)
        if before is None or before.y <= node.y:
            continue
        links.append(Link(before.x, before.y, node.x, node.y, before.step.cycle_id in gone_on))
        gone_on.add(before.step.cycle_id)
    return tuple(links)


def _slope(nodes: Sequence[Node], links: Sequence[Link], ground: int) -> tuple[tuple[float, float], ...]:
    """Return the way of the ramp without its branches, and down to the ground at the right."""
    if len(nodes) < 2:  # one point has no slope
        return ()
    onward = {(link.x1, link.y1): (link.x2, link.y2) for link in links if not link.is_branch}
    way = [(nodes[0].x, nodes[0].y)]
    while way[-1] in onward:
        way.append(onward[way[-1]])
    return (*way, (100.0, way[-1][1]), (100.0, float(ground)), (way[0][0], float(ground)))

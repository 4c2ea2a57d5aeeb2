"""A driver diagram on plain values: an aim, what drives it, what drives that, and the change ideas on the leaves.

A box may serve several others, and no path leads back to where it began: at most two rows of drivers stand between the
aim and an idea. Who serves nobody serves the aim.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from lms.improvement.rules import CycleState, Decision

MOST_ROWS: Final = 2  # of drivers: primary and secondary
MOST_BOXES: Final = 80  # more than this nobody reads as a picture


class DiagramEdit(StrEnum):
    """What one save did."""

    ADDED = "added"
    RENAMED = "renamed"
    MOVED = "moved"
    CONNECTED = "connected"
    PARTED = "parted"
    MEASURED = "measured"
    CLOSED = "closed"
    PUT_BACK = "put-back"


class Flaw(StrEnum):
    """Why two boxes cannot be connected or parted, or no more can be added."""

    ITSELF = "itself"
    UNKNOWN = "unknown"
    UNDER_IDEA = "under-idea"
    ALREADY_THERE = "already-there"
    CIRCLE = "circle"
    TOO_DEEP = "too-deep"
    NEEDS_DRIVER = "needs-driver"
    TOO_MANY = "too-many"


class IdeaStatus(StrEnum):
    """How far a change idea is."""

    NOT_TESTED = "not-tested"
    TESTING = "testing"
    ADOPTED = "adopted"
    ADAPTED = "adapted"
    ABANDONED = "abandoned"


TESTING: Final = frozenset({CycleState.DOING, CycleState.STUDYING})
TESTED: Final = frozenset({*TESTING, CycleState.ACTED, CycleState.REVIEWED})
STATUS_OF: Final = {
    Decision.ADOPT: IdeaStatus.ADOPTED,
    Decision.ADAPT: IdeaStatus.ADAPTED,
    Decision.ABANDON: IdeaStatus.ABANDONED,
}


def status_of(tests: Iterable[tuple[CycleState, Decision | None]]) -> IdeaStatus:
    """Say how far an idea is by the cycles that test it, the oldest first.

    >>> status_of([(CycleState.REVIEWED, Decision.ADAPT), (CycleState.DOING, None)]).value
    'testing'
    """
    status = IdeaStatus.NOT_TESTED
    for state, decision in tests:
        if state in TESTING:
            return IdeaStatus.TESTING
        if state in TESTED and decision is not None:
            status = STATUS_OF[decision]
    return status


def count_tests(tests: Iterable[tuple[CycleState, Decision | None]]) -> int:
    """Count the cycles that were begun."""
    return sum(state in TESTED for state, _decision in tests)


@dataclass(frozen=True)
class Box:
    """A driver or a change idea. What a picture does not need to know of the past is left out there."""

    id: int
    name: str
    position: int
    parent_ids: tuple[int, ...] = ()
    idea_id: int | None = None
    change_id: int | None = None  # where the library shows the idea
    measures: tuple[tuple[int, str], ...] = ()
    status: IdeaStatus | None = None
    n_tests: int = 0
    row_version: int = 0

    @property
    def is_idea(self) -> bool:
        """Whether it is a change idea."""
        return self.idea_id is not None


@dataclass(frozen=True)
class Diagram:
    """The open boxes of one team, and the aim they serve."""

    aim: str
    boxes: Mapping[int, Box]

    @cached_property
    def roots(self) -> Sequence[Box]:
        """What serves the aim itself."""
        return self._in_order(box for box in self.boxes.values() if not box.parent_ids)

    @cached_property
    def _children(self) -> Mapping[int, Sequence[Box]]:
        return {key: self._in_order(box for box in self.boxes.values() if key in box.parent_ids) for key in self.boxes}

    def children_of(self, box_id: int) -> Sequence[Box]:
        """What serves a box, in order."""
        return self._children.get(box_id, ())

    @staticmethod
    def _in_order(boxes: Iterable[Box]) -> Sequence[Box]:
        return sorted(boxes, key=lambda box: (box.position, box.id))

    def row_of(self, box_id: int) -> int:
        """The longest way from the aim: 1 for what serves nothing but it."""
        above = [self.row_of(parent_id) for parent_id in self.boxes[box_id].parent_ids if parent_id in self.boxes]
        return 1 + max(above, default=0)

    def n_rows_from(self, box_id: int) -> int:
        """How many rows of drivers begin here; 0 for an idea."""
        if self.boxes[box_id].is_idea:
            return 0
        return 1 + max((self.n_rows_from(child.id) for child in self.children_of(box_id)), default=0)

    def reaches(self, from_id: int, to_id: int) -> bool:
        """Whether a way leads down from one box to another."""
        return from_id == to_id or any(self.reaches(child.id, to_id) for child in self.children_of(from_id))

    def siblings_of(self, box_id: int) -> Sequence[Box]:
        """What stands beside a box below its first parent, itself among them."""
        parents = self.boxes[box_id].parent_ids
        return self.children_of(parents[0]) if parents else self.roots

    def parents_for(self, *, is_idea: bool, child_id: int | None = None) -> Sequence[Box]:
        """Under which drivers a new box, or this one, can be put."""
        kept = (box for box in self.walk() if flaw_of_link(self, box.id, child_id, is_idea=is_idea) is None)
        return list(kept)

    def walk(self) -> Sequence[Box]:
        """Every box once, as one reads down: a box before what serves it."""
        seen: dict[int, Box] = {}

        def visit(boxes: Sequence[Box]) -> None:
            for box in boxes:
                if box.id not in seen:
                    seen[box.id] = box
                    visit(self.children_of(box.id))

        visit(self.roots)
        return list(seen.values())


def flaw_of_link(diagram: Diagram, parent_id: int, child_id: int | None, *, is_idea: bool = False) -> Flaw | None:
    """Say why a box cannot be put under a driver, or None when it can. child_id: None for a new box."""
    parent = diagram.boxes.get(parent_id)
    if parent is None or (child_id is not None and child_id not in diagram.boxes):
        return Flaw.UNKNOWN
    if parent_id == child_id:
        return Flaw.ITSELF
    if parent.is_idea:
        return Flaw.UNDER_IDEA
    if child_id is not None and parent_id in diagram.boxes[child_id].parent_ids:
        return Flaw.ALREADY_THERE
    if child_id is not None and diagram.reaches(child_id, parent_id):
        return Flaw.CIRCLE
    below = diagram.n_rows_from(child_id) if child_id is not None else 0 if is_idea else 1
    return Flaw.TOO_DEEP if diagram.row_of(parent_id) + below > MOST_ROWS else None


def flaw_of_parting(diagram: Diagram, parent_id: int, child_id: int) -> Flaw | None:
    """Say why a box cannot be taken from a driver: an idea always serves one."""
    child = diagram.boxes.get(child_id)
    if child is None or parent_id not in child.parent_ids:
        return Flaw.UNKNOWN
    return Flaw.NEEDS_DRIVER if child.is_idea and len(child.parent_ids) == 1 else None


def closed_with(diagram: Diagram, box_id: int) -> list[int]:
    """Return what goes when a box goes: itself, and whatever serves nothing else."""
    gone, boxes, n_before = [box_id], diagram.walk(), 0
    while len(gone) > n_before:
        n_before = len(gone)
        gone += [box.id for box in boxes if box.id not in gone and box.parent_ids and set(box.parent_ids) <= set(gone)]
    return gone


def neighbor_of(diagram: Diagram, box_id: int, step: int) -> Box | None:
    """Return the sibling a box changes places with when it moves; None at the end. step: -1 up, 1 down."""
    siblings = diagram.siblings_of(box_id)
    place = next(n for n, box in enumerate(siblings) if box.id == box_id) + step
    return siblings[place] if 0 <= place < len(siblings) else None


# ---------------------------------------------------------------- as it is kept


def as_document(diagram: Diagram) -> dict[str, Any]:
    """Write a diagram as a plain table, for keeping, with how far its ideas are now."""
    boxes = [
        {
            "id": box.id,
            "name": box.name,
            "position": box.position,
            "parents": list(box.parent_ids),
            "idea": box.idea_id,
            "measures": [list(measure) for measure in box.measures],
            "status": box.status.value if box.status else None,
            "tests": box.n_tests,
        }
        for box in diagram.walk()
    ]
    return {"aim": diagram.aim, "boxes": boxes}


def from_document(document: Mapping[str, Any]) -> Diagram:
    """Read back what `as_document` wrote; the first documents did not say how far ideas were."""
    boxes = [
        Box(
            id=each["id"],
            name=each["name"],
            position=each["position"],
            parent_ids=tuple(each["parents"]),
            idea_id=each["idea"],
            measures=tuple((key, name) for key, name in each["measures"]),
            status=IdeaStatus(each["status"]) if each.get("status") else None,
            n_tests=each.get("tests", 0),
        )
        for each in document["boxes"]
    ]
    return Diagram(document["aim"], {box.id: box for box in boxes})

"""Finding a cycle that can be told as a story: one whose team has decided what follows."""

from typing import Final

from lms.authz import Actor
from lms.errors import NotFound
from lms.improvement.models import Cycle
from lms.improvement.queries.cycles import get_cycle_for
from lms.improvement.rules import CycleState

TOLD: Final = frozenset({CycleState.ACTED, CycleState.REVIEWED})


def get_story_for(actor: Actor, cycle_id: int) -> Cycle:
    """Return a finished cycle that the actor may read; one that goes on has no story yet (two statements)."""
    cycle = get_cycle_for(actor, cycle_id)
    if cycle.state not in TOLD:
        raise NotFound("story")
    return cycle

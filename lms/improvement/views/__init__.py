"""Pages of improvement."""

from lms.improvement.views import (
    charts,
    cycles,
    drawings,
    drivers,
    due,
    history,
    importing,
    library,
    measures,
    opening,
    overview,
    predictions,
    quick,
    ramps,
    stories,
    tasks,
    teams,
)
from lms.improvement.views.blueprint import bp

__all__ = [
    "bp",
    "charts",
    "cycles",
    "drawings",
    "drivers",
    "due",
    "history",
    "importing",
    "library",
    "measures",
    "opening",
    "overview",
    "predictions",
    "quick",
    "ramps",
    "stories",
    "tasks",
    "teams",
]

"""Changing teams, aims, measures, observations and cycles: one function for what somebody means to do."""

from lms.improvement.services.cycles import mark_returned, mark_reviewed
from lms.improvement.services.teams import (
    create_team,
    create_team_for,
    join_collaborative,
    leave_collaborative,
)

__all__ = [
    "create_team",
    "create_team_for",
    "join_collaborative",
    "leave_collaborative",
    "mark_returned",
    "mark_reviewed",
]

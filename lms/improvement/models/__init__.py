"""Tables of improvement teams: aims, change ideas, measures with their observations, and PDSA cycles."""

from lms.improvement.models.cycles import Cycle, CycleFlag, CycleRevision, Prediction
from lms.improvement.models.measures import Measure, MeasureDefinition, Observation
from lms.improvement.models.teams import Aim, AimVersion, ChangeIdea, Team, TeamMember

__all__ = [
    "Aim",
    "AimVersion",
    "ChangeIdea",
    "Cycle",
    "CycleFlag",
    "CycleRevision",
    "Measure",
    "MeasureDefinition",
    "Observation",
    "Prediction",
    "Team",
    "TeamMember",
]

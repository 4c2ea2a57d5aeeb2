"""Tables of improvement teams: aims, change ideas, measures with their observations, and PDSA cycles."""

from lms.improvement.models.charts import ChartSetting, KeptChart
from lms.improvement.models.cycles import Cycle, CycleFlag, CycleRevision, Prediction
from lms.improvement.models.drivers import Driver, DriverLink, DriverMeasure, DriverRevision
from lms.improvement.models.library import IdeaShare, IdeaSource, LibraryIdea
from lms.improvement.models.measures import Measure, MeasureDefinition, Observation
from lms.improvement.models.tasks import QuickNote, Task, TaskRevision
from lms.improvement.models.teams import Aim, AimVersion, ChangeIdea, Team, TeamMember

__all__ = [
    "Aim",
    "AimVersion",
    "ChangeIdea",
    "ChartSetting",
    "Cycle",
    "CycleFlag",
    "CycleRevision",
    "Driver",
    "DriverLink",
    "DriverMeasure",
    "DriverRevision",
    "IdeaShare",
    "IdeaSource",
    "KeptChart",
    "LibraryIdea",
    "Measure",
    "MeasureDefinition",
    "Observation",
    "Prediction",
    "QuickNote",
    "Task",
    "TaskRevision",
    "Team",
    "TeamMember",
]

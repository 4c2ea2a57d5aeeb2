"""Reading teams, measures and cycles. `get_…_for` looks through the actor's reach; the rest is for who already may."""

from lms.improvement.queries.charts import CycleLine, Entry, MeasureChart, SignedEntry, draw_chart
from lms.improvement.queries.cycles import (
    count_shared_cycles,
    get_cycle,
    get_cycle_for,
    get_idea_for,
    list_ideas,
    list_revisions,
)
from lms.improvement.queries.measures import get_measure_for, list_entries
from lms.improvement.queries.teams import (
    find_aim,
    get_team,
    get_team_for,
    list_aim_versions,
    list_readable_team_ids,
    list_teams_of_collaborative,
)
from lms.improvement.queries.work import Numbers, Work, load_work, numbers_of

__all__ = [
    "CycleLine",
    "Entry",
    "MeasureChart",
    "Numbers",
    "SignedEntry",
    "Work",
    "count_shared_cycles",
    "draw_chart",
    "find_aim",
    "get_cycle",
    "get_cycle_for",
    "get_idea_for",
    "get_measure_for",
    "get_team",
    "get_team_for",
    "list_aim_versions",
    "list_entries",
    "list_ideas",
    "list_readable_team_ids",
    "list_revisions",
    "list_teams_of_collaborative",
    "load_work",
    "numbers_of",
]

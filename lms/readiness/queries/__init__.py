"""Reading rounds, ratings and reports. Other slices find here what they ask most."""

from lms.readiness.queries.reports import GapBehind, get_action_for, get_gap, get_report, list_actions
from lms.readiness.queries.rounds import get_round_for, list_own_rounds

__all__ = [
    "GapBehind",
    "get_action_for",
    "get_gap",
    "get_report",
    "get_round_for",
    "list_actions",
    "list_own_rounds",
]

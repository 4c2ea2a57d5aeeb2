"""Reading technical assistance. Other slices find here what they ask most."""

from lms.assistance.queries.encounters import (
    count_totals,
    find_encounter,
    find_last_encounter,
    get_desk,
    list_encounters,
)
from lms.assistance.queries.requests import (
    count_requests,
    find_engagement,
    find_open_request_of_action,
    get_request,
    get_request_for,
    list_choices,
    list_engagements,
    list_requests,
    organization_names,
)
from lms.assistance.queries.reviews import CyclePanel, count_waiting, list_waiting, panel_for

__all__ = [
    "CyclePanel",
    "count_requests",
    "count_totals",
    "count_waiting",
    "find_encounter",
    "find_engagement",
    "find_last_encounter",
    "find_open_request_of_action",
    "get_desk",
    "get_request",
    "get_request_for",
    "list_choices",
    "list_encounters",
    "list_engagements",
    "list_requests",
    "list_waiting",
    "organization_names",
    "panel_for",
]

"""Reading organizations, their people, places and invitations. Other slices find here what they ask most."""

from lms.organizations.queries.people import (
    PeopleFilter,
    PersonRow,
    count_people,
    find_membership,
    list_leads,
    list_people,
)
from lms.organizations.queries.places import (
    get_organization,
    get_organization_for,
    list_job_roles,
    list_locations,
    list_own_organizations,
)

__all__ = [
    "PeopleFilter",
    "PersonRow",
    "count_people",
    "find_membership",
    "get_organization",
    "get_organization_for",
    "list_job_roles",
    "list_leads",
    "list_locations",
    "list_own_organizations",
    "list_people",
]

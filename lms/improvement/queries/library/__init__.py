"""Reading the change library: ideas of published packages, of teams one may read, and those that teams share.

A test is seen by those who read its team, and by the organizations of the coalition when the team shares the idea;
every number on these pages is made from such tests only.
"""

from lms.improvement.queries.library.changes import (
    Change,
    get_change_for,
    is_shared,
)
from lms.improvement.queries.library.outcomes import (
    NO_TESTS,
    family_of,
    has_share,
    is_copy,
    is_seen,
    is_shared_with,
    list_sharing_team_ids,
    outcomes_of,
    was_tested,
)
from lms.improvement.queries.library.packages import (
    Published,
    list_packages,
    number_of,
    package_numbers,
)
from lms.improvement.queries.library.shelf import (
    Asked,
    ChangeRow,
    Shelf,
)
from lms.improvement.queries.library.tried import (
    MOST_TEAMS,
    MOST_TESTS,
    TeamChoice,
    Test,
    find_taken,
    list_tests,
    list_writable_teams,
)

__all__ = [
    "MOST_TEAMS",
    "MOST_TESTS",
    "NO_TESTS",
    "Asked",
    "Change",
    "ChangeRow",
    "Published",
    "Shelf",
    "TeamChoice",
    "Test",
    "family_of",
    "find_taken",
    "get_change_for",
    "has_share",
    "is_copy",
    "is_seen",
    "is_shared",
    "is_shared_with",
    "list_packages",
    "list_sharing_team_ids",
    "list_tests",
    "list_writable_teams",
    "number_of",
    "outcomes_of",
    "package_numbers",
    "was_tested",
]

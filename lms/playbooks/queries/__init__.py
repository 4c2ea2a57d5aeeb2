"""Reading playbooks through what an actor may meet; `get_…_for` looks through the actor's reach."""

from lms.playbooks.queries.lists import PlaybookRow, count_playbooks, list_playbooks, list_readable_playbook_ids
from lms.playbooks.queries.people import (
    OwnedPage,
    list_belonging_ids,
    list_candidates,
    list_editors,
    list_owned_pages,
    list_written,
)
from lms.playbooks.queries.reach import (
    OpenPage,
    OpenPlaybook,
    OpenRevision,
    OwnPlace,
    get_page_for,
    get_place_for,
    get_playbook_for,
    get_revision_for,
    list_run_places,
)
from lms.playbooks.queries.texts import (
    care_of,
    count_revisions,
    find_revision,
    get_revision,
    html_of,
    list_due_pages,
    list_pages,
    list_revisions,
    list_texts,
)

__all__ = [
    "OpenPage",
    "OpenPlaybook",
    "OpenRevision",
    "OwnPlace",
    "OwnedPage",
    "PlaybookRow",
    "care_of",
    "count_playbooks",
    "count_revisions",
    "find_revision",
    "get_page_for",
    "get_place_for",
    "get_playbook_for",
    "get_revision",
    "get_revision_for",
    "html_of",
    "list_belonging_ids",
    "list_candidates",
    "list_due_pages",
    "list_editors",
    "list_owned_pages",
    "list_pages",
    "list_playbooks",
    "list_readable_playbook_ids",
    "list_revisions",
    "list_run_places",
    "list_texts",
    "list_written",
]

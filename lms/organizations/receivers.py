"""What other slices tell, and what then changes in organizations."""

from lms import signals
from lms.organizations.queries.people import list_led_organization_ids
from lms.organizations.services.memberships import close_ways_back


def connect() -> None:
    """Listen to the signals that close doors; connecting twice changes nothing."""
    signals.person_suspended.connect(_close_ways_back)


def _close_ways_back(_sender: None, *, person_id: int) -> None:
    """Close what a suspended lead could use with another account, or with somebody else's."""
    close_ways_back(person_id, list_led_organization_ids(person_id))

"""Messages of training. MESSAGES maps an outbox topic to the function that composes it when it is sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from lms.mail import Composer, Message, compose
from lms.settings import Settings
from lms.time_zones import zone_of_person
from lms.training.certificate_document import LAST_ZONE
from lms.training.queries.assignments import find_nudge_to_send
from lms.training.services.assignments import NUDGE_TOPIC


def compose_nudge(payload: Mapping[str, Any], now: datetime, settings: Settings) -> Message | None:
    """Build the reminder with everything this organization waits for; None when nothing waits any more."""
    found = find_nudge_to_send(payload["organization_id"], payload["person_id"])
    if found is None or found.person.email is None:
        return None
    language = found.person.language.value
    return compose(
        NUDGE_TOPIC,
        to=found.person.email,
        language=language,
        zone=zone_of_person(found.person.id),
        name=found.person.display_name,
        organization_name=found.organization_name,
        courses=[
            {
                "title": course.title[language],
                "due_on": course.due_on,
                "is_overdue": course.due_on < now.astimezone(ZoneInfo(LAST_ZONE)).date(),
                "link": f"{settings.site_url}/learn/{course.slug}",
            }
            for course in found.courses
        ],
    )


MESSAGES: Mapping[str, Composer] = {NUDGE_TOPIC: compose_nudge}

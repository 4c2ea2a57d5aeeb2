"""Messages of administration. MESSAGES maps an outbox topic to the function that composes it when it is sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lms.accounts.models import Person, PersonState
from lms.admin.queries.setup import TEST_MAIL
from lms.db import db
from lms.mail import Composer, Message, compose
from lms.settings import Settings
from lms.time_zones import zone_of_person


def compose_test(payload: Mapping[str, Any], now: datetime, settings: Settings) -> Message | None:
    """Build the mail with which an administrator tries whether mail leaves; None when they no longer are one."""
    person = db.session.get(Person, payload["person_id"])
    if person is None or person.email is None or person.state is not PersonState.ACTIVE or not person.is_administrator:
        return None
    return compose(
        TEST_MAIL,
        to=person.email,
        language=person.language,
        zone=zone_of_person(person.id),
        name=person.display_name,
        sent_at=now,
        url=f"{settings.site_url}/admin/setup",
    )


MESSAGES: Mapping[str, Composer] = {TEST_MAIL: compose_test}

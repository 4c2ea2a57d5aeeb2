"""Messages about staff surveys. MESSAGES maps an outbox topic to the function that composes it when it is sent.

The payload names an invite. Its link is derived here, at the last moment, by a key that no database holds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from lms.mail import Composer, Message, compose
from lms.readiness import survey_links
from lms.readiness.queries.surveys import InviteToSend, find_invite_to_send
from lms.readiness.services.inviting import INVITE_TOPIC, REMINDER_TOPIC
from lms.settings import Settings
from lms.time_zones import zone_of_organization


def compose_invite(payload: Mapping[str, Any], _now: datetime, settings: Settings) -> Message | None:
    """Build the mail that asks somebody to answer; None when they may no longer be asked."""
    return _compose(INVITE_TOPIC, payload, settings)


def compose_reminder(payload: Mapping[str, Any], _now: datetime, settings: Settings) -> Message | None:
    """Build the reminder; None when they are done, or may no longer be asked."""
    return _compose(REMINDER_TOPIC, payload, settings)


def link_of(invite_id: UUID, settings: Settings, language: str) -> str:
    """Return the address at which somebody answers."""
    return f"{settings.site_url}/survey/{survey_links.token_of(settings.survey_key, invite_id)}?lang={language}"


def _compose(topic: str, payload: Mapping[str, Any], settings: Settings) -> Message | None:
    found = find_invite_to_send(UUID(payload["invite_id"]))
    return None if found is None else _message(topic, found, settings)


def _message(topic: str, found: InviteToSend, settings: Settings) -> Message:
    return compose(
        topic,
        to=found.address,
        language=found.language,
        zone=zone_of_organization(found.round.organization_id),
        name=found.name,
        organization_name=found.round.organization.name,
        minutes=found.instrument.minutes,
        change_name=found.survey.change_name,
        closes_on=found.survey.reopened_until or found.round.closes_on,
        results_on=found.survey.results_on,
        link=link_of(found.invite.id, settings, found.language),
    )


MESSAGES: Mapping[str, Composer] = {INVITE_TOPIC: compose_invite, REMINDER_TOPIC: compose_reminder}

"""Messages of organizations. MESSAGES maps an outbox topic to the function that composes it when it is sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lms import links
from lms.mail import Composer, Message, compose
from lms.organizations import rules
from lms.organizations.queries.invitations import find_invitation_to_send
from lms.organizations.services.invitations import LINK_PURPOSE, MAIL_TOPIC
from lms.settings import Settings
from lms.time_zones import zone_of_organization


def compose_invitation(payload: Mapping[str, Any], _now: datetime, settings: Settings) -> Message | None:
    """Build the mail with the link; None when the invitation can no longer be used."""
    found = find_invitation_to_send(payload["invitation_id"])
    if found is None:
        return None
    invitation, address = found.invitation, found.invitation.email
    if address is None:
        return None
    secret = links.derive_secret(settings.secret_key, LINK_PURPOSE, invitation.nonce)
    return compose(
        MAIL_TOPIC,
        to=address,
        language=invitation.language.value,
        zone=zone_of_organization(invitation.organization_id),
        name=invitation.name,
        organization_name=invitation.organization.name,
        invited_by=found.invited_by,
        link=rules.join_url(settings.site_url, secret),
        expires_at=invitation.expires_at,
    )


MESSAGES: Mapping[str, Composer] = {MAIL_TOPIC: compose_invitation}

"""Messages of accounts. MESSAGES maps an outbox topic to the function that composes it when it is sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lms import links, mail
from lms.accounts import queries
from lms.accounts.models import LinkPurpose, OneUseLink, Person, PersonState
from lms.db import db
from lms.mail import Composer, Message
from lms.settings import Settings
from lms.time_zones import zone_of_person

RESET_PATH = "/password/reset"


def compose_password_reset(payload: Mapping[str, Any], now: datetime, settings: Settings) -> Message | None:
    """Build the mail with the link; None when nobody is to be written to, or the link can no longer be used."""
    found = db.session.get(OneUseLink, payload["link_id"]) if payload.get("link_id") else None
    if found is None:
        return None
    secret = links.derive_secret(settings.secret_key, LinkPurpose.PASSWORD_RESET, found.nonce)
    link = queries.find_open_link(secret, LinkPurpose.PASSWORD_RESET, now)
    if link is None:
        return None
    person = queries.get_person(link.person_id)
    return mail.compose(
        "accounts/password-reset",
        to=link.address,
        language=person.language,
        zone=zone_of_person(person.id),
        name=person.display_name,
        url=f"{settings.site_url}{RESET_PATH}/{secret}",
        until=link.expires_at,
    )


def compose_password_changed(payload: Mapping[str, Any], _now: datetime, settings: Settings) -> Message | None:
    """Build the mail that tells of a new password, so that a stranger's change is noticed."""
    person = db.session.get(Person, payload["person_id"])
    if person is None or person.email is None or person.state is not PersonState.ACTIVE:
        return None
    return mail.compose(
        "accounts/password-changed",
        to=person.email,
        language=person.language,
        zone=zone_of_person(person.id),
        name=person.display_name,
        changed_at=datetime.fromisoformat(payload["changed_at"]),
        url=f"{settings.site_url}/password/forgot",
    )


def compose_second_factor_changed(payload: Mapping[str, Any], _now: datetime, settings: Settings) -> Message | None:
    """Build the mail that tells of a changed second step, so that a stranger's doing is noticed."""
    person = db.session.get(Person, payload["person_id"])
    if person is None or person.email is None or person.state is not PersonState.ACTIVE:
        return None
    return mail.compose(
        "accounts/second-factor-changed",
        to=person.email,
        language=person.language,
        zone=zone_of_person(person.id),
        name=person.display_name,
        change=payload["change"],
        changed_at=datetime.fromisoformat(payload["changed_at"]),
        url=f"{settings.site_url}/account/second-factor",
    )


MESSAGES: Mapping[str, Composer] = {
    "accounts/second-factor-changed": compose_second_factor_changed,
    "accounts/password-reset": compose_password_reset,
    "accounts/password-changed": compose_password_changed,
}

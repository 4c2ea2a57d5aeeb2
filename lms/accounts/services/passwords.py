"""Changing passwords: by the person who knows the old one, or by a link sent to their address.

Hashes are made before the transaction begins (see `lms.accounts.passwords`).
"""

from datetime import timedelta

from sqlalchemy import select, update

from lms import audit, clock, links, outbox
from lms.accounts import queries
from lms.accounts.models import LinkPurpose, OneUseLink, Person, PersonState
from lms.accounts.services import sessions
from lms.db import db
from lms.outbox import OutboxKind

RESET_MINUTES = 60


def ask_for_reset(typed_name: str, *, site_key: str) -> None:
    """Send a link for a new password to a person's address; it voids older ones.

    For names that nobody has, and for people without address, the same rows are written and nothing is sent.
    """
    person = queries.find_person_by_name(typed_name)
    is_reachable = person is not None and person.email is not None and person.state is PersonState.ACTIVE
    _void_links(person.id if person else 0)
    link = _new_link(person, site_key) if person is not None and is_reachable else None
    outbox.put(OutboxKind.MAIL, "accounts/password-reset", {"link_id": link.id if link else None})
    audit.record(None, "asked for a password link", _subject(person.id if person else None))


def reset_password(link: OneUseLink, *, password_hash: str) -> bool:
    """Set a new password by a link and sign the person out everywhere; False when the link has been used meanwhile."""
    now = clock.now()
    used = (
        update(OneUseLink)
        .where(OneUseLink.id == link.id, OneUseLink.used_at.is_(None), OneUseLink.expires_at > now)
        .values(used_at=now)
    )
    if not db.session.execute(used).rowcount:  # type: ignore[attr-defined]  # DML returns a CursorResult
        return False
    _set_password(link.person_id, password_hash)
    sessions.end_all(link.person_id)
    audit.record(link.person_id, "reset their password", _subject(link.person_id))
    return True


def change_password(person_id: int, *, old_hash: str, password_hash: str, keep_session_id: int) -> bool:
    """Set a new password and end all other sessions; False when the password was changed elsewhere meanwhile."""
    if not _set_password(person_id, password_hash, old_hash=old_hash):
        return False
    n_sessions = sessions.end_all(person_id, keep_id=keep_session_id)
    audit.record(person_id, "changed their password", _subject(person_id), {"n_sessions": n_sessions})
    return True


def set_password_by_command(person_id: int, password_hash: str) -> None:
    """Set a password at the console, for somebody who has no other way in, and sign them out everywhere."""
    replace_password(person_id, password_hash)
    audit.record(None, "set a password by command", _subject(person_id))


def replace_password(person_id: int, password_hash: str) -> None:
    """Set a password as part of a recovery and sign the person out everywhere."""
    _set_password(person_id, password_hash)
    sessions.end_all(person_id)


def _set_password(person_id: int, password_hash: str, *, old_hash: str | None = None) -> bool:
    """Set a password, void the links that would set another, and tell the person by mail."""
    changed = update(Person).where(Person.id == person_id).values(password_hash=password_hash)
    if old_hash is not None:
        changed = changed.where(Person.password_hash == old_hash)
    if not db.session.execute(changed).rowcount:  # type: ignore[attr-defined]  # DML returns a CursorResult
        return False
    _void_links(person_id)
    if db.session.scalar(select(Person.email).where(Person.id == person_id)) is not None:
        changed_at = clock.now().isoformat()
        outbox.put(OutboxKind.MAIL, "accounts/password-changed", {"person_id": person_id, "changed_at": changed_at})
    return True


def _void_links(person_id: int) -> None:
    open_links = update(OneUseLink).where(OneUseLink.person_id == person_id, OneUseLink.used_at.is_(None))
    db.session.execute(open_links.values(used_at=clock.now()))


def _new_link(person: Person, site_key: str) -> OneUseLink:
    now, nonce = clock.now(), links.new_nonce()
    secret = links.derive_secret(site_key, LinkPurpose.PASSWORD_RESET, nonce)
    link = OneUseLink(
        person_id=person.id,
        purpose=LinkPurpose.PASSWORD_RESET,
        nonce=nonce,
        secret_hash=links.hash_secret(secret),
        address=person.email,
        created_at=now,
        expires_at=now + timedelta(minutes=RESET_MINUTES),
    )
    db.session.add(link)
    db.session.flush()  # the outbox names the link by its id
    return link


def _subject(person_id: int | None) -> audit.Subject:
    return audit.Subject("person", person_id)

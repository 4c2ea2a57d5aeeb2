"""Reading accounts."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from lms.accounts.models import Person, PersonState, SignInSession
from lms.db import db
from lms.errors import NotFound


def hash_key(key: str) -> str:
    """Return the hash under which a random secret is stored; long random keys need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def find_live_session(key: str, now: datetime, idle_minutes: int) -> SignInSession | None:
    """Return the session behind a cookie with its person, if it still holds (one statement)."""
    live = (
        select(SignInSession)
        .join(SignInSession.person)
        .options(contains_eager(SignInSession.person))
        .where(
            SignInSession.key_hash == hash_key(key),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
            SignInSession.last_seen_at > now - timedelta(minutes=idle_minutes),
            Person.state == PersonState.ACTIVE,
        )
    )
    return db.session.scalars(live).one_or_none()


def find_person_by_name(typed: str) -> Person | None:
    """Return the person with this e-mail address or alias, in any state (one statement)."""
    name = typed.strip().lower()
    held = select(Person).where((Person.email == name) if "@" in name else (Person.alias == name))
    return db.session.scalars(held).one_or_none()


def get_person(person_id: int) -> Person:
    """Return one person; for services and jobs, which already know that they may (one statement)."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound("person")
    return person

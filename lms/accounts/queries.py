"""Reading accounts."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, inspect, select

from lms import links
from lms.accounts import rules
from lms.accounts.models import (
    AccountExport,
    HalfSignIn,
    Language,
    LinkPurpose,
    OneUseLink,
    PasswordConfirmation,
    Person,
    PersonState,
    RecoveryCode,
    SecondFactor,
    SecondFactorRecoveryCode,
    SignInSession,
    Theme,
)
from lms.audit import AuditEntry
from lms.db import db, read_columns
from lms.errors import NotFound
from lms.jobs import Job


@dataclass(frozen=True)
class LiveSessions:
    """The newest sessions of a person that still hold, and how many there are."""

    rows: Sequence[SignInSession]
    n_sessions: int


@dataclass(frozen=True)
class LivePerson:
    """The person of a live session, as plain values: every page asks for them, and a row of the ORM costs twice."""

    id: int
    email: str | None
    alias: str | None
    name: str | None
    password_hash: str
    language: Language
    theme: Theme
    is_administrator: bool
    has_second_factor: bool

    @property
    def display_name(self) -> str:
        """The name others see."""
        return rules.display_name(self.name, self.alias, self.email)


@dataclass(frozen=True)
class LiveSession:
    """A signed-in browser, as plain values."""

    id: int
    person_id: int
    csrf_nonce: str
    organization_id: int | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    person: LivePerson


def by_shown_name() -> ColumnElement[str]:
    """Return what lists of people are ordered by: the name others see, whatever its case."""
    return func.lower(func.coalesce(func.nullif(Person.name, ""), Person.alias, Person.email))


def hash_key(key: str) -> str:
    """Return the hash under which a random secret is stored; long random keys need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def find_live_session(key: str, now: datetime, idle_minutes: int) -> LiveSession | None:
    """Return the session behind a cookie with its person, if it still holds (one statement)."""
    asked = {"key_hash": hash_key(key), "now": now, "idle_since": now - timedelta(minutes=idle_minutes)}
    row = read_columns(_live_session(), asked).first()
    if row is None:
        return None
    values: list[Any] = list(row)
    of_session, of_person, factor_of = values[:N_OF_SESSION], values[N_OF_SESSION:-1], values[-1]
    person = LivePerson(*of_person, factor_of is not None)  # type: ignore[call-arg]  # as many as there are columns
    return LiveSession(*of_session, person)  # type: ignore[call-arg]  # the same


def as_live(session: SignInSession) -> LiveSession:
    """Return a session that was opened a moment ago as plain values; its person must be loaded."""
    person = session.person
    own = {name: getattr(person, name) for name in LivePerson.__dataclass_fields__ if name != "has_second_factor"}
    held = {name: getattr(session, name) for name in LiveSession.__dataclass_fields__ if name != "person"}
    return LiveSession(**held, person=LivePerson(**own, has_second_factor=has_second_factor(person)))


N_OF_SESSION = len(LiveSession.__dataclass_fields__) - 1


@cache  # built once: putting it together takes longer than running it
def _live_session() -> Select[Any]:
    session, person, factor = SignInSession.__table__, Person.__table__, SecondFactor.__table__
    of_session = [session.c[name] for name in LiveSession.__dataclass_fields__ if name != "person"]
    of_person = [person.c[name] for name in LivePerson.__dataclass_fields__ if name != "has_second_factor"]
    return (
        select(*of_session, *of_person, factor.c.person_id.label("factor_of"))
        .select_from(session.join(person, person.c.id == session.c.person_id))
        .outerjoin(factor, factor.c.person_id == person.c.id)
        .where(
            session.c.key_hash == bindparam("key_hash"),
            session.c.ended_at.is_(None),
            session.c.expires_at > bindparam("now"),
            session.c.last_seen_at > bindparam("idle_since"),
            person.c.state == PersonState.ACTIVE,
        )
    )


def find_session_in_any_state(key: str) -> SignInSession | None:
    """Return the session behind a cookie even when it has ended: it tells whose browser this was, and opens nothing."""
    return db.session.scalars(select(SignInSession).where(SignInSession.key_hash == hash_key(key))).one_or_none()


def get_session_of(person_id: int, session_id: int) -> SignInSession:
    """Return one of a person's own sessions (one statement)."""
    own = select(SignInSession).where(SignInSession.id == session_id, SignInSession.person_id == person_id)
    session = db.session.scalars(own).one_or_none()
    if session is None:
        raise NotFound("session")
    return session


def list_live_sessions(person_id: int, now: datetime, idle_minutes: int, limit: int = 20) -> LiveSessions:
    """Return where a person is signed in, last used first (one statement)."""
    live = (
        select(SignInSession, func.count().over())
        .where(
            SignInSession.person_id == person_id,
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
            SignInSession.last_seen_at > now - timedelta(minutes=idle_minutes),
        )
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id.desc())
        .limit(limit)
    )
    rows = db.session.execute(live).all()
    return LiveSessions([row[0] for row in rows], rows[0][1] if rows else 0)


def find_person_by_name(typed: str) -> Person | None:
    """Return the person with this e-mail address or alias, in any state (one statement)."""
    name = rules.normal_name(typed)
    held = select(Person).where((Person.email == name) if "@" in name else (Person.alias == name))
    return db.session.scalars(held).one_or_none()


def get_person(person_id: int) -> Person:
    """Return one person; for services and jobs, which already know that they may (one statement)."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound("person")
    return person


def list_people(limit: int = 100, offset: int = 0) -> Sequence[Person]:
    """Return accounts in the order they were made (one statement)."""
    return db.session.scalars(select(Person).order_by(Person.id).limit(limit).offset(offset)).all()


def count_people() -> int:
    """Return how many accounts there are (one statement)."""
    return db.session.scalar(select(func.count()).select_from(Person)) or 0


def find_open_link(secret: str, purpose: LinkPurpose, now: datetime) -> OneUseLink | None:
    """Return the link with this secret while it can be used: not used, not too old, its address still the person's."""
    usable = (
        select(OneUseLink)
        .join(Person, Person.id == OneUseLink.person_id)
        .where(
            OneUseLink.secret_hash == links.hash_secret(secret),
            OneUseLink.purpose == purpose,
            OneUseLink.used_at.is_(None),
            OneUseLink.expires_at > now,
            OneUseLink.address == Person.email,
            Person.state == PersonState.ACTIVE,
        )
    )
    return db.session.scalars(usable).one_or_none()


def find_open_code(person_id: int) -> RecoveryCode | None:
    """Return the recovery code that works for a person now (one statement)."""
    newest = (
        select(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.voided_at.is_(None))
        .order_by(RecoveryCode.id.desc())
        .limit(1)
    )
    return db.session.scalars(newest).one_or_none()


def find_second_factor(person_id: int) -> SecondFactor | None:
    """Return a person's second factor as the database has it now (one statement)."""
    return db.session.get(SecondFactor, person_id, populate_existing=True)


def has_second_factor(person: Person | LivePerson) -> bool:
    """Say whether somebody has a second factor (no statement for the person of a request's session)."""
    if isinstance(person, LivePerson):
        return person.has_second_factor
    if "second_factor" in inspect(person).unloaded:
        return find_second_factor(person.id) is not None
    return person.second_factor is not None


def count_open_factor_codes(person_id: int) -> int:
    """Return how many codes on paper a person has left (one statement)."""
    is_open = (SecondFactorRecoveryCode.person_id == person_id, SecondFactorRecoveryCode.used_at.is_(None))
    return db.session.scalar(select(func.count()).where(*is_open)) or 0


def find_half_sign_in(key: str, now: datetime) -> HalfSignIn | None:
    """Return what waits for a code behind a cookie, used or not, while it may be used (one statement)."""
    held = (
        select(HalfSignIn)
        .join(Person, Person.id == HalfSignIn.person_id)
        .where(HalfSignIn.key_hash == hash_key(key), HalfSignIn.expires_at > now, Person.state == PersonState.ACTIVE)
    )
    return db.session.scalars(held).one_or_none()


def is_password_fresh(session: LiveSession, now: datetime) -> bool:
    """Say whether the password was given in this session a short while ago (one statement at most)."""
    since = now - timedelta(minutes=rules.MINUTES_OF_TRUST)
    if session.created_at > since:
        return True
    given_at = select(PasswordConfirmation.confirmed_at).where(PasswordConfirmation.session_id == session.id)
    confirmed_at = db.session.scalar(given_at)
    return confirmed_at is not None and confirmed_at > since


def list_rows_of(person_id: int) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return everything kept about an account, for the person's own copy: never a secret (five statements)."""
    account = select(
        Person.email,
        Person.alias,
        Person.name,
        Person.language,
        Person.theme,
        Person.state,
        Person.is_administrator,
        Person.created_at,
    ).where(Person.id == person_id)
    signed_in = (
        select(SignInSession.device, SignInSession.created_at, SignInSession.last_seen_at, SignInSession.ended_at)
        .where(SignInSession.person_id == person_id)
        .order_by(SignInSession.id)
    )
    codes = (
        select(RecoveryCode.issued_at, RecoveryCode.voided_at)
        .where(RecoveryCode.person_id == person_id)
        .order_by(RecoveryCode.id)
    )
    factor = select(SecondFactor.confirmed_at).where(SecondFactor.person_id == person_id)
    acts = (
        select(AuditEntry.recorded_at, AuditEntry.verb, AuditEntry.subject_kind, AuditEntry.subject_id)
        .where(AuditEntry.actor_id == person_id)
        .order_by(AuditEntry.id)
    )
    named = (
        ("account", account),
        ("where you signed in", signed_in),
        ("recovery codes", codes),
        ("second step at sign-in", factor),
        ("what the record of changes says you did", acts),
    )
    return [(name, [dict(row) for row in db.session.execute(each).mappings()]) for name, each in named]


@dataclass(frozen=True)
class AskedExport:
    """A copy that was asked for, and the job that makes it while it is remembered."""

    export: AccountExport
    job: Job | None


def list_exports(person_id: int, now: datetime, limit: int = 5) -> list[AskedExport]:
    """Return the copies somebody asked for that have not run out, newest first (one statement)."""
    asked = (
        select(AccountExport, Job)
        .outerjoin(Job, Job.id == AccountExport.job_id)
        .where(AccountExport.person_id == person_id, AccountExport.expires_at > now)
        .order_by(AccountExport.id.desc())
        .limit(limit)
    )
    return [AskedExport(*row) for row in db.session.execute(asked)]


def get_export_of(person_id: int, export_id: int, now: datetime) -> AccountExport:
    """Return one of somebody's own copies that can be fetched now (one statement)."""
    export = db.session.get(AccountExport, export_id)
    is_there = export is not None and export.person_id == person_id and export.file_name is not None
    if export is None or not is_there or export.expires_at <= now:
        raise NotFound("copy")
    return export

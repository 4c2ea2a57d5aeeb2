"""Reading the instruments that organizations adapt or bring in, through the actor's reach."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import contains_eager, undefer

from lms.authz import Actor, Permission, Scope, can
from lms.db import db
from lms.errors import NotFound
from lms.publications import ContentKind, ContentVersion
from lms.readiness.models.own_instruments import OwnInstrument
from lms.readiness.queries.instruments import read_version
from lms.readiness.rules import OWN_PREFIX
from readiness.instruments import Instrument

MOST_OWN = 100


@dataclass(frozen=True)
class OwnLine:
    """One own instrument as the list shows it."""

    own: OwnInstrument
    title_en: str
    title_es: str
    published: ContentVersion | None

    def title_in(self, language: str) -> str:
        """The title in one language, or what there is."""
        first, second = (self.title_es, self.title_en) if language == "es" else (self.title_en, self.title_es)
        return first or second


@dataclass(frozen=True)
class ReadableVersion:
    """A published version that the actor may read."""

    version: ContentVersion
    instrument: Instrument
    scope: Scope


def get_own_for(actor: Actor, own_id: int) -> OwnInstrument:
    """Return an own instrument of an organization the actor may see, with its draft (one statement)."""
    own = db.session.scalars(_one(), {"own_id": own_id}).one_or_none()
    if own is None or not (actor.is_administrator or own.organization_id in actor.seen_organization_ids):
        raise NotFound("instrument")
    return own


def lock_own(own_id: int) -> OwnInstrument:
    """Return an own instrument that nobody else changes until this transaction ends (one statement)."""
    locked = _one().where(OwnInstrument.id == own_id).with_for_update(key_share=True, of=OwnInstrument)
    return db.session.scalars(locked, {"own_id": own_id}).one()


def list_own(organization_id: int) -> list[OwnLine]:
    """Return an organization's own instruments, those in use first, then by title (one statement)."""
    return [OwnLine(*row) for row in db.session.execute(_list(), {"organization_id": organization_id})]


def count_own(organization_id: int) -> int:
    """Return how many own instruments an organization has (one statement)."""
    counted = select(func.count()).where(OwnInstrument.organization_id == organization_id)
    return db.session.scalar(counted) or 0


def find_own_by_key(event_uuid: str) -> OwnInstrument | None:
    """Return what a form with this key has made, or None (one statement)."""
    return db.session.scalars(select(OwnInstrument).where(OwnInstrument.event_uuid == event_uuid)).one_or_none()


def list_slugs(prefix: str) -> set[str]:
    """Return the slugs that begin so (one statement)."""
    return set(db.session.scalars(select(OwnInstrument.slug).where(OwnInstrument.slug.startswith(prefix))))


def get_version_for(actor: Actor, version_id: int) -> ReadableVersion:
    """Return a version of an instrument of the site, or of an organization that the actor belongs to or may read.

    Two statements at most, one more the first time.
    """
    version = db.session.scalars(_version(), {"version_id": version_id}).one_or_none()
    if version is None or not _is_readable(actor, version):
        raise NotFound("instrument")
    return ReadableVersion(version, read_version(version), Scope(person_id=actor.person_id))


def _is_readable(actor: Actor, version: ContentVersion) -> bool:
    if not version.slug.startswith(OWN_PREFIX):
        return True
    organization_id = db.session.scalar(_owner(), {"slug": version.slug})
    here = frozenset({organization_id} if organization_id is not None else ())
    return bool(here & actor.organization_ids) or can(actor, Permission.READINESS_READ, Scope(organization_ids=here))


@cache  # built once: putting them together takes longer than running them
def _one() -> Select[OwnInstrument]:
    return (
        select(OwnInstrument)
        .join(OwnInstrument.organization)
        .options(contains_eager(OwnInstrument.organization), undefer(OwnInstrument.draft))
        .where(OwnInstrument.id == bindparam("own_id"))
        .execution_options(populate_existing=True)
    )


@cache
def _list() -> Any:
    titles = [OwnInstrument.draft["title"][language].as_string() for language in ("en", "es")]
    return (
        select(OwnInstrument, *titles, ContentVersion)
        .outerjoin(ContentVersion, ContentVersion.id == OwnInstrument.published_id)
        .where(OwnInstrument.organization_id == bindparam("organization_id"))
        .order_by(OwnInstrument.is_retired, func.lower(titles[0]), OwnInstrument.id)
        .limit(MOST_OWN)
    )


@cache
def _version() -> Any:
    return select(ContentVersion).where(
        ContentVersion.id == bindparam("version_id"), ContentVersion.kind == ContentKind.INSTRUMENT
    )


@cache
def _owner() -> Any:
    return select(OwnInstrument.organization_id).where(OwnInstrument.slug == bindparam("slug"))

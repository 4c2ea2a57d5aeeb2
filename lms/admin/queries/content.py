"""Reading published content and who signed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Subquery, and_, func, select

from lms.accounts.models import Language
from lms.admin.queries.reach import get_site_for
from lms.authz import Actor, Scope
from lms.db import db
from lms.errors import NotFound
from lms.publications import ContentKind, ContentVersion, SignOff, list_sign_offs
from lms.readiness.rules import OWN_PREFIX


@dataclass(frozen=True)
class PublishedText:
    """What one version says in one language, and who stands behind it."""

    version: ContentVersion
    title: str
    language: Language
    text_hash: str
    sign_off: SignOff | None
    is_newest: bool = True

    @property
    def scope(self) -> Scope:
        """The site's own."""
        return Scope()


@dataclass(frozen=True)
class PublishedVersion:
    """The newest version of a course or page with its texts."""

    version: ContentVersion
    title: str
    texts: Mapping[Language, PublishedText]


def list_versions(language: str) -> list[PublishedVersion]:
    """Return the newest version of all content, titled in one language (two statements)."""
    numbers = _newest_numbers()
    is_newest = (
        ContentVersion.kind == numbers.c.kind,
        ContentVersion.slug == numbers.c.slug,
        ContentVersion.number == numbers.c.number,
    )
    newest = _titled(language).join(numbers, and_(*is_newest)).order_by(ContentVersion.kind, ContentVersion.slug)
    rows = db.session.execute(newest).all()
    hashes = [text_hash for version, _title in rows for text_hash in version.language_hashes.values()]
    signed = {(each.text_hash, each.language): each for each in list_sign_offs(hashes)}
    return [_version(version, title, signed) for version, title in rows]


def get_text_for(actor: Actor, version_id: int, language: str) -> PublishedText:
    """Return one language of one version (three statements)."""
    get_site_for(actor)
    row = db.session.execute(_titled(language).where(ContentVersion.id == version_id)).one_or_none()
    if row is None or language not in set(Language) or language not in row[0].language_hashes:
        raise NotFound("text")
    version, title = row
    signed = {(each.text_hash, each.language): each for each in list_sign_offs([version.language_hashes[language]])}
    newest = select(func.max(ContentVersion.number)).where(
        ContentVersion.kind == version.kind, ContentVersion.slug == version.slug
    )
    return _text(version, title, Language(language), signed, is_newest=version.number == db.session.scalar(newest))


def _version(version: ContentVersion, title: str | None, signed: Mapping[tuple[str, str], SignOff]) -> PublishedVersion:
    languages = [language for language in Language if language.value in version.language_hashes]
    texts = {language: _text(version, title, language, signed) for language in languages}
    return PublishedVersion(version, title or version.slug, texts)


def _text(
    version: ContentVersion,
    title: str | None,
    language: Language,
    signed: Mapping[tuple[str, str], SignOff],
    *,
    is_newest: bool = True,
) -> PublishedText:
    text_hash = version.language_hashes[language.value]
    sign_off = signed.get((text_hash, language.value))
    return PublishedText(version, title or version.slug, language, text_hash, sign_off, is_newest)


def _titled(language: str) -> Any:
    """Select versions with their titles, without loading the documents."""
    shown = language if language in set(Language) else Language.ENGLISH.value
    titles = (ContentVersion.document[kind]["title"][shown].as_string() for kind in ContentKind)
    return select(ContentVersion, func.coalesce(*titles))


def _newest_numbers() -> Subquery:
    slugs = (ContentVersion.kind, ContentVersion.slug)
    of_site = ContentVersion.slug.not_like(f"{OWN_PREFIX}%")  # an organization's own instruments are its own affair
    numbers = select(*slugs, func.max(ContentVersion.number).label("number"))
    return numbers.where(of_site).group_by(*slugs).subquery()

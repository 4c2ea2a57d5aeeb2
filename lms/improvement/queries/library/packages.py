"""Reading published packages, and the numbers of ideas in the library."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select

from lms import publications
from lms.db import db
from lms.improvement.catalog import ChangePackage, package_from_document
from lms.improvement.models import LibraryIdea
from lms.publications import ContentKind, ContentVersion
from lms.training.queries.published import Reference


@dataclass(frozen=True)
class Published:
    """A package as it stands, with the sources that its ideas name."""

    package: ChangePackage
    references: Mapping[str, Reference]


def list_packages() -> list[Published]:
    """Return the newest version of every package (one statement, more the first time)."""
    return [_read(version) for version in publications.list_newest(ContentKind.CHANGE_PACKAGE)]


def _read(version: ContentVersion) -> Published:
    return _parsed(version.id, version.content_hash)


@lru_cache(maxsize=16)  # a version never changes
def _parsed(version_id: int, _content_hash: str) -> Published:
    document = publications.load_document(version_id)
    references = {key: Reference(key=key, **said) for key, said in document["references"].items()}
    return Published(package_from_document(document["change-package"]), references)


def package_numbers() -> dict[str, int]:
    """Return the number of each idea of the packages by `package/idea` (one statement)."""
    numbers = select(LibraryIdea.package_slug, LibraryIdea.id).where(LibraryIdea.package_slug.is_not(None))
    return {slug: number for slug, number in db.session.execute(numbers) if slug}


def number_of(change_idea_id: int) -> int:
    """Return the number of a team's idea (one statement)."""
    return db.session.scalars(select(LibraryIdea.id).where(LibraryIdea.change_idea_id == change_idea_id)).one()

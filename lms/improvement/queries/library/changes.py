"""One idea of the library, for whoever may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, select

from lms.authz import Actor, Permission, Scope, can
from lms.coalitions.models import CoalitionOrganization
from lms.db import db
from lms.errors import NotFound
from lms.improvement.catalog import PackageIdea
from lms.improvement.library import Origin
from lms.improvement.models import ChangeIdea, IdeaShare, IdeaSource, LibraryIdea
from lms.improvement.queries.library.packages import Published, list_packages
from lms.improvement.queries.teams import with_reach
from lms.training.queries.published import Reference


@dataclass(frozen=True)
class Change:
    """An idea that the actor may read: from a package, or a team's with its team."""

    id: int
    scope: Scope
    published: Published | None = None
    package_idea: PackageIdea | None = None
    idea: ChangeIdea | None = None
    is_shared: bool = False
    source_id: int | None = None  # the number of the idea it was taken from
    root_id: int | None = None

    @property
    def origin(self) -> Origin:
        """Whose idea it is."""
        if self.idea is None:
            return Origin.PACKAGE
        return Origin.SHARED if self.is_shared else Origin.TEAM

    @property
    def references(self) -> list[Reference]:
        """The sources that a package names for it."""
        if self.published is None or self.package_idea is None:
            return []
        return [self.published.references[key] for key in self.package_idea.sources]

    def title_in(self, language: str) -> str:
        """Its title as a reader of that language sees it."""
        return self.package_idea.title[language] if self.package_idea else self.idea.title if self.idea else ""


def get_change_for(actor: Actor, idea_id: int) -> Change:
    """Return an idea of the library that the actor may read (two statements for a package's, three for a team's)."""
    row = db.session.execute(_whole(idea_id)).unique().one_or_none()
    if row is None:
        raise NotFound("change idea")
    number, idea, source = row
    change = _from_package(number, actor) if idea is None else _from_team(number.id, idea, source)
    if not can(actor, Permission.IMPROVEMENT_READ, change.scope):
        raise NotFound("change idea")
    return change


def _whole(idea_id: int) -> Any:
    return (
        select(LibraryIdea, ChangeIdea, IdeaSource)
        .outerjoin(ChangeIdea, ChangeIdea.id == LibraryIdea.change_idea_id)
        .outerjoin(IdeaSource, IdeaSource.change_idea_id == ChangeIdea.id)
        .options(*with_reach(ChangeIdea.team))
        .where(LibraryIdea.id == idea_id)
        .execution_options(populate_existing=True)
    )


def _from_package(number: LibraryIdea, actor: Actor) -> Change:
    for published in list_packages():
        for idea in published.package.ideas:
            if f"{published.package.slug}/{idea.slug}" == number.package_slug:
                scope = Scope(named_person_ids=frozenset({actor.person_id}))  # it comes with the site: all may read it
                return Change(number.id, scope, published=published, package_idea=idea)
    raise NotFound("change idea")


def _from_team(number: int, idea: ChangeIdea, source: IdeaSource | None) -> Change:
    coalition_ids = _shared_coalition_ids(idea)
    team = idea.team.scope
    scope = Scope(
        organization_ids=team.organization_ids,
        named_person_ids=team.named_person_ids,
        reader_organization_ids=team.reader_organization_ids,
        reader_coalition_ids=coalition_ids or frozenset(),
    )
    return Change(
        number,
        scope,
        idea=idea,
        is_shared=coalition_ids is not None,
        source_id=source.library_idea_id if source else None,
        root_id=source.root_id if source else None,
    )


def _shared_coalition_ids(idea: ChangeIdea) -> frozenset[int] | None:
    """Return the coalitions that an idea is shared with, or None when it is not shared (one statement)."""
    shared = (
        select(CoalitionOrganization.coalition_id)
        .select_from(IdeaShare)
        .outerjoin(
            CoalitionOrganization,
            and_(
                CoalitionOrganization.organization_id == idea.team.organization_id,
                CoalitionOrganization.left_at.is_(None),
            ),
        )
        .where(IdeaShare.change_idea_id == idea.id, IdeaShare.ended_at.is_(None))
    )
    found: Sequence[int | None] = db.session.scalars(shared).all()
    return frozenset(each for each in found if each is not None) if found else None


def is_shared(change_idea_id: int) -> bool:
    """Say whether a team shares its idea (one statement)."""
    shared = exists().where(IdeaShare.change_idea_id == change_idea_id, IdeaShare.ended_at.is_(None))
    return bool(db.session.scalar(select(shared)))

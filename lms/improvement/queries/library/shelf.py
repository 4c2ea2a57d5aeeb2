"""What one person finds in the library."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import ColumnElement, case, exists, func, or_, select, true

from lms.authz import Actor
from lms.db import db
from lms.improvement.library import Origin, Outcomes, holds_all
from lms.improvement.models import ChangeIdea, IdeaSource, LibraryIdea, Team
from lms.improvement.queries.library.outcomes import (
    NO_TESTS,
    has_share,
    is_copy,
    is_shared_with,
    outcomes_of,
    was_tested,
)
from lms.improvement.queries.library.packages import list_packages, package_numbers
from lms.improvement.queries.teams import readable_teams
from lms.organizations.models import Organization


@dataclass(frozen=True)
class Asked:
    """What somebody looks for."""

    words: tuple[str, ...] = ()
    topic: str = ""
    origin: Origin | None = None
    language: str = "en"


@dataclass(frozen=True)
class ChangeRow:
    """One idea of the list."""

    id: int
    title: str
    text: str
    topic: str = ""
    team_name: str = ""
    organization_name: str = ""
    is_shared: bool = False
    is_closed: bool = False
    outcomes: Outcomes = NO_TESTS

    @property
    def origin(self) -> Origin:
        """Whose idea it is."""
        if not self.team_name:
            return Origin.PACKAGE
        return Origin.SHARED if self.is_shared else Origin.TEAM


class Shelf:
    """What one person finds: package ideas that were tested, then ideas of teams, then package ideas nobody tested.

    Six statements for a page of any length.
    """

    def __init__(self, actor: Actor, asked: Asked) -> None:
        self._actor, self._asked = actor, asked
        self._readable = readable_teams(actor)
        self.packages = list_packages()
        self._numbers = package_numbers()
        self._from_packages = [] if asked.origin in {Origin.SHARED, Origin.TEAM} else self._matching()
        self._where = () if asked.origin is Origin.PACKAGE else self._of_teams()

    @property
    def topics(self) -> dict[str, str]:
        """The topics of all packages, in the reader's language."""
        named = (each.package.topics.items() for each in self.packages)
        return {key: name[self._asked.language] for topics in named for key, name in topics}

    def count(self) -> int:
        """How many ideas were found (one statement)."""
        return len(self._from_packages) + self._n_of_teams

    @cached_property
    def _n_of_teams(self) -> int:
        if not self._where:
            return 0
        counted = select(func.count()).select_from(ChangeIdea).join(Team, Team.id == ChangeIdea.team_id)
        counted = counted.join(Organization, Organization.id == Team.organization_id).where(*self._where)
        return db.session.scalar(counted) or 0

    def rows(self, *, limit: int, offset: int = 0) -> Sequence[ChangeRow]:
        """Return a page of what was found, with what became of each (three statements)."""
        told = self._with_outcomes(self._from_packages)
        tested = sorted((row for row in told if row.outcomes.n_tests), key=lambda row: -row.outcomes.n_tests)
        untested = [row for row in told if not row.outcomes.n_tests]
        page = tested[offset : offset + limit]
        offset = max(offset - len(tested), 0)
        if self._where and len(page) < limit:
            of_teams = self._rows_of_teams(limit=limit - len(page), offset=offset)
            page = [*page, *self._with_outcomes(of_teams)]
        offset = max(offset - self._n_of_teams, 0)
        return [*page, *untested[offset : offset + limit - len(page)]]

    def _with_outcomes(self, rows: Sequence[ChangeRow]) -> list[ChangeRow]:
        outcomes = outcomes_of([row.id for row in rows], self._actor, self._readable) if rows else {}
        return [replace(row, outcomes=outcomes.get(row.id, NO_TESTS)) for row in rows]

    def _matching(self) -> list[ChangeRow]:
        language, asked = self._asked.language, self._asked
        return [
            ChangeRow(number, idea.title[language], idea.what[language], topic=idea.topic)
            for published in self.packages
            for idea in published.package.ideas
            if asked.topic in {"", idea.topic} and holds_all(idea.words_in(language), asked.words)
            for number in (self._numbers[f"{published.package.slug}/{idea.slug}"],)
        ]

    def _of_teams(self) -> tuple[ColumnElement[bool], ...]:
        is_readable = ChangeIdea.team_id.in_(self._readable)
        is_shared = has_share() & or_(is_readable, is_shared_with(self._actor))
        is_own = is_readable & ~has_share() & ~is_copy()
        wanted = {Origin.SHARED: is_shared, Origin.TEAM: is_own, None: or_(is_shared, is_own)}
        is_there = or_(ChangeIdea.closed_at.is_(None), was_tested())
        texts = (ChangeIdea.title, ChangeIdea.description, Team.name, Organization.name)
        holds = [or_(*(text.icontains(word, autoescape=True) for text in texts)) for word in self._asked.words]
        return (wanted[self._asked.origin], is_there, *holds, self._is_of_topic())

    def _is_of_topic(self) -> ColumnElement[bool]:
        if not self._asked.topic:
            return true()
        slugs = {
            f"{each.package.slug}/{idea.slug}"
            for each in self.packages
            for idea in each.package.ideas
            if idea.topic == self._asked.topic
        }
        numbers = [number for slug, number in self._numbers.items() if slug in slugs]
        return exists().where(IdeaSource.change_idea_id == ChangeIdea.id, IdeaSource.root_id.in_(numbers))

    def _rows_of_teams(self, *, limit: int, offset: int) -> list[ChangeRow]:
        rows = (
            select(
                LibraryIdea.id,
                ChangeIdea.title,
                ChangeIdea.description,
                Team.name,
                Organization.name,
                has_share(),
                ChangeIdea.closed_at.is_not(None),
            )
            .join(LibraryIdea, LibraryIdea.change_idea_id == ChangeIdea.id)
            .join(Team, Team.id == ChangeIdea.team_id)
            .join(Organization, Organization.id == Team.organization_id)
            .where(*self._where)
            .order_by(
                case((has_share(), 0), else_=1),
                case((was_tested(), 0), else_=1),
                func.lower(ChangeIdea.title),
                ChangeIdea.id,
            )
        )
        return [
            ChangeRow(number, title, text, "", team, place, bool(shared), bool(closed))
            for number, title, text, team, place, shared, closed in db.session.execute(rows.limit(limit).offset(offset))
        ]

"""Reading the change library: ideas of published packages, of teams one may read, and those that teams share.

A test is seen by those who read its team, and by the organizations of the coalition when the team shares the idea;
every number on these pages is made from such tests only.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, false, func, or_, select, true, union
from sqlalchemy.orm import aliased

from lms import publications
from lms.authz import Actor, Permission, Scope, can
from lms.coalitions.models import CoalitionOrganization
from lms.db import db, read_columns
from lms.errors import NotFound
from lms.improvement.catalog import ChangePackage, PackageIdea, package_from_document
from lms.improvement.drivers import TESTED
from lms.improvement.library import Origin, Outcomes, add_up, holds_all
from lms.improvement.models import ChangeIdea, Cycle, IdeaShare, IdeaSource, LibraryIdea, Team, TeamMember
from lms.improvement.queries.teams import list_readable_team_ids, readable_teams, with_reach
from lms.improvement.rules import CycleState, Decision
from lms.organizations.models import Organization, OrganizationKind
from lms.publications import ContentKind, ContentVersion
from lms.training.queries.published import Reference

MOST_TESTS = 100
MOST_TEAMS = 300
NO_TESTS = Outcomes()


# ---------------------------------------------------------------- what comes with the site


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


# ---------------------------------------------------------------- the list


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
        is_shared = _has_share() & or_(is_readable, _is_shared_with(self._actor))
        is_own = is_readable & ~_has_share() & ~_is_copy()
        wanted = {Origin.SHARED: is_shared, Origin.TEAM: is_own, None: or_(is_shared, is_own)}
        is_there = or_(ChangeIdea.closed_at.is_(None), _was_tested())
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
                _has_share(),
                ChangeIdea.closed_at.is_not(None),
            )
            .join(LibraryIdea, LibraryIdea.change_idea_id == ChangeIdea.id)
            .join(Team, Team.id == ChangeIdea.team_id)
            .join(Organization, Organization.id == Team.organization_id)
            .where(*self._where)
            .order_by(
                case((_has_share(), 0), else_=1),
                case((_was_tested(), 0), else_=1),
                func.lower(ChangeIdea.title),
                ChangeIdea.id,
            )
        )
        return [
            ChangeRow(number, title, text, "", team, place, bool(shared), bool(closed))
            for number, title, text, team, place, shared, closed in db.session.execute(rows.limit(limit).offset(offset))
        ]


def outcomes_of(numbers: Collection[int], actor: Actor, team_ids: Any) -> dict[int, Outcomes]:
    """Return what the tests of these ideas came to, as far as the actor may see them (one statement)."""
    family = _family(numbers).subquery()
    tests = (
        select(family.c.number, Cycle.team_id, Cycle.state, Cycle.decision, func.count())
        .join(Cycle, Cycle.change_idea_id == family.c.change_idea_id)
        .join(ChangeIdea, ChangeIdea.id == family.c.change_idea_id)
        .where(Cycle.state.in_(TESTED), _is_seen(actor, team_ids))
        .group_by(family.c.number, Cycle.team_id, Cycle.state, Cycle.decision)
    )
    found: dict[int, list[tuple[int, CycleState, Decision | None, int]]] = defaultdict(list)
    for number, *test in db.session.execute(tests):
        found[number].append((test[0], test[1], test[2], test[3]))
    return {number: add_up(each) for number, each in found.items()}


def _family(numbers: Collection[int]) -> Any:
    """Select (number, change idea): the idea itself, what was taken from it, and what was taken from that."""
    own = select(LibraryIdea.id.label("number"), LibraryIdea.change_idea_id.label("change_idea_id"))
    taken = select(IdeaSource.library_idea_id, IdeaSource.change_idea_id)
    rooted = select(IdeaSource.root_id, IdeaSource.change_idea_id)
    return union(
        own.where(LibraryIdea.id.in_(numbers), LibraryIdea.change_idea_id.is_not(None)),
        taken.where(IdeaSource.library_idea_id.in_(numbers)),
        rooted.where(IdeaSource.root_id.in_(numbers)),
    )


def _is_seen(actor: Actor, team_ids: Any) -> ColumnElement[bool]:
    return or_(Cycle.team_id.in_(team_ids), _is_shared_with(actor))


def _has_share() -> ColumnElement[bool]:
    return exists().where(IdeaShare.change_idea_id == ChangeIdea.id, IdeaShare.ended_at.is_(None))


def _is_copy() -> ColumnElement[bool]:
    return exists().where(IdeaSource.change_idea_id == ChangeIdea.id)


def _was_tested() -> ColumnElement[bool]:
    tested = aliased(Cycle)
    return exists().where(tested.change_idea_id == ChangeIdea.id, tested.state.in_(TESTED))


def _is_shared_with(actor: Actor) -> ColumnElement[bool]:
    """Say whether the team of a change idea shares it with a coalition of the actor."""
    if not actor.coalition_ids:
        return false()
    owner, shared = aliased(Team), aliased(IdeaShare)
    return exists().where(
        shared.change_idea_id == ChangeIdea.id,
        shared.ended_at.is_(None),
        owner.id == ChangeIdea.team_id,
        CoalitionOrganization.organization_id == owner.organization_id,
        CoalitionOrganization.left_at.is_(None),
        CoalitionOrganization.coalition_id.in_(actor.coalition_ids),
    )


def list_sharing_team_ids(actor: Actor) -> list[int]:
    """Return the teams that share an idea with a coalition of the actor (one statement, none without a coalition)."""
    if not actor.coalition_ids:
        return []
    return list(read_columns(_sharing(), {"coalition_ids": sorted(actor.coalition_ids)}).scalars())


@cache  # built once: putting it together takes longer than running it
def _sharing() -> Select[int]:
    team, idea, shared = Team.__table__, ChangeIdea.__table__, IdeaShare.__table__
    around = CoalitionOrganization.__table__
    return (
        select(idea.c.team_id)
        .select_from(idea)
        .join(shared, and_(shared.c.change_idea_id == idea.c.id, shared.c.ended_at.is_(None)))
        .join(team, team.c.id == idea.c.team_id)
        .join(around, and_(around.c.organization_id == team.c.organization_id, around.c.left_at.is_(None)))
        .where(around.c.coalition_id.in_(bindparam("coalition_ids", expanding=True)))
        .distinct()
        .order_by(idea.c.team_id)
    )


# ---------------------------------------------------------------- one idea


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


@dataclass(frozen=True)
class Test:
    """One test of an idea, as far as the reader may see it. Who may not read the team gets no way to the cycle."""

    __test__ = False  # no test of ours

    cycle_id: int
    title: str
    state: CycleState
    decision: Decision | None
    is_readable: bool
    team_name: str
    organization_name: str
    organization_kind: OrganizationKind
    n_people: int | None
    n_sites: int | None
    ended_on: date | None
    learned: str
    decision_reason: str
    stop_reason: str
    surprises: str
    has_harm: bool


def list_tests(change: Change, actor: Actor) -> tuple[list[Test], Outcomes]:
    """Return the tests of an idea that the actor may see, the newest first, and their sum (three statements)."""
    team_ids = list_readable_team_ids(actor)
    readable, family = set(team_ids), _family([change.id]).subquery()
    seen = (
        select(Cycle, Team.name, Organization.name, Organization.kind)
        .join(family, family.c.change_idea_id == Cycle.change_idea_id)
        .join(ChangeIdea, ChangeIdea.id == Cycle.change_idea_id)
        .join(Team, Team.id == Cycle.team_id)
        .join(Organization, Organization.id == Team.organization_id)
        .where(Cycle.state.in_(TESTED), _is_seen(actor, team_ids))
        .order_by(func.coalesce(Cycle.acted_at, Cycle.begun_at, Cycle.created_at).desc(), Cycle.id.desc())
    )
    rows = [_test(*row, readable) for row in db.session.execute(seen.limit(MOST_TESTS))]
    return rows, outcomes_of([change.id], actor, team_ids).get(change.id, NO_TESTS)


def _test(cycle: Cycle, team: str, place: str, kind: OrganizationKind, readable: Collection[int]) -> Test:
    return Test(
        cycle_id=cycle.id,
        title=cycle.title,
        state=cycle.state,
        decision=cycle.decision,
        is_readable=cycle.team_id in readable,
        team_name=team,
        organization_name=place,
        organization_kind=kind,
        n_people=cycle.scale_people,
        n_sites=cycle.scale_sites,
        ended_on=cycle.ended_on,
        learned=cycle.learned,
        decision_reason=cycle.decision_reason,
        stop_reason=cycle.stop_reason,
        surprises=cycle.surprises,
        has_harm=cycle.has_harm,
    )


@dataclass(frozen=True)
class TeamChoice:
    """A team that can take an idea."""

    team_id: int
    name: str
    organization_name: str


def list_writable_teams(actor: Actor) -> list[TeamChoice]:
    """Return the actor's own open teams: those they are on or lead, by organization and name (one statement)."""
    is_member = exists().where(
        TeamMember.team_id == Team.id, TeamMember.person_id == actor.person_id, TeamMember.left_at.is_(None)
    )
    is_led = Team.organization_id.in_(actor.led_organization_ids)
    teams = (
        select(Team.id, Team.name, Organization.name)
        .join(Organization, Organization.id == Team.organization_id)
        .where(Team.closed_at.is_(None), or_(is_member, is_led))
        .order_by(func.lower(Organization.name), func.lower(Team.name), Team.id)
    )
    return [TeamChoice(*row) for row in db.session.execute(teams.limit(MOST_TEAMS))]


def find_taken(team_id: int, number: int) -> ChangeIdea | None:
    """Return the idea that a team took from this one before, or None (one statement)."""
    taken = (
        select(ChangeIdea)
        .join(IdeaSource, IdeaSource.change_idea_id == ChangeIdea.id)
        .where(ChangeIdea.team_id == team_id, IdeaSource.library_idea_id == number)
        .order_by(ChangeIdea.id)
    )
    return db.session.scalars(taken.limit(1)).first()

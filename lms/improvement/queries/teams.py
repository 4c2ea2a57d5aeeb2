"""Reading teams, their people and their aims."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from lms.accounts.models import Person, PersonState
from lms.authz import Actor, MembershipRole, Permission, can
from lms.db import db, read_columns
from lms.errors import NotFound
from lms.improvement.models import Aim, AimVersion, Cycle, Measure, Team, TeamMember
from lms.improvement.rules import UNDER_WAY
from lms.organizations.models import Membership, Organization

MOST_CHOICES = 1_000  # more than this is no list to choose from


def with_reach(*path: Any) -> list[Any]:
    """Return the loads without which a team does not know its scope; `path` leads to it (one more statement)."""
    members = joinedload(*path).selectinload(Team.members) if path else selectinload(Team.members)
    return [*with_companions(*path), members.joinedload(TeamMember.person)]


def with_companions(*path: Any) -> list[Any]:
    """Return the loads of a team but for its members, which `add_members` reads; `path` leads to it."""
    begun = joinedload(*path) if path else None
    return [(begun.joinedload(part) if begun else joinedload(part)) for part in (Team.organization, Team.companions)]


def add_members(team: Team) -> None:
    """Read the people of one team (one statement): the ORM would put it together anew each time."""
    set_committed_value(team, "members", list(db.session.scalars(_members(), {"team_id": team.id})))


def get_team_for(actor: Actor, team_id: int) -> Team:
    """Return a team the actor may read, with its people (two statements)."""
    team = _find_whole(team_id)
    if team is None or not can(actor, Permission.IMPROVEMENT_READ, team.scope):
        raise NotFound("team")
    return team


def get_team(team_id: int) -> Team:
    """Return one team with its people; for services and jobs (two statements)."""
    team = _find_whole(team_id)
    if team is None:
        raise NotFound("team")
    return team


def _find_whole(team_id: int) -> Team | None:
    found: Team | None = db.session.scalars(_whole_team(), {"team_id": team_id}).unique().one_or_none()
    if found is not None:
        add_members(found)
    return found


@cache  # built once: putting it together takes longer than running it
def _whole_team() -> Any:
    whole = select(Team).options(*with_companions()).where(Team.id == bindparam("team_id"))
    return whole.execution_options(populate_existing=True)


@cache
def _members() -> Any:
    now = (TeamMember.team_id == bindparam("team_id"), TeamMember.left_at.is_(None))
    members = select(TeamMember).options(joinedload(TeamMember.person)).where(*now).order_by(TeamMember.id)
    return members.execution_options(populate_existing=True)


def list_readable_team_ids(actor: Actor) -> list[int]:
    """Return the teams whose work the actor may read (one statement)."""
    if actor.is_administrator:
        return list(db.session.scalars(select(Team.id).order_by(Team.id)))
    asked = {
        "organization_ids": sorted(actor.organization_ids),
        "own_ids": sorted(_own_organization_ids(actor)),
        "person_id": actor.person_id,
    }
    return list(read_columns(_readable_ids(), asked).scalars())


@cache  # built once: putting it together takes longer than running it
def _readable_ids() -> Any:
    organization_ids: Any = bindparam("organization_ids", expanding=True)
    own_ids: Any = bindparam("own_ids", expanding=True)
    return select(Team.id).where(_is_within(organization_ids, own_ids, bindparam("person_id"))).order_by(Team.id)


def _is_readable_by(actor: Actor) -> ColumnElement[bool]:
    """Say the same as a team's scope, for many teams at once."""
    if actor.is_administrator:
        return true()
    return _is_within(actor.organization_ids, _own_organization_ids(actor), actor.person_id)


def readable_teams(actor: Actor) -> Any:
    """Select the teams whose work the actor may read, to stand inside another statement."""
    return select(Team.id).where(_is_readable_by(actor)).correlate(None)


def _own_organization_ids(actor: Actor) -> frozenset[int]:
    return actor.organization_ids.union(*(held.organization_ids for held in actor.coalition_roles))


def _is_within(organization_ids: Any, own_ids: Any, person_id: Any) -> ColumnElement[bool]:
    companion = aliased(Team)
    has_companion = exists().where(
        companion.collaborative_id == Team.collaborative_id,
        companion.closed_at.is_(None),
        companion.organization_id.in_(organization_ids),
    )
    return or_(Team.organization_id.in_(own_ids), has_companion, _has_member(person_id))


def _has_member(person_id: Any) -> ColumnElement[bool]:
    return exists().where(
        TeamMember.team_id == Team.id, TeamMember.person_id == person_id, TeamMember.left_at.is_(None)
    )


@dataclass(frozen=True)
class TeamRow:
    """One line of a list of teams."""

    team_id: int
    name: str
    organization_id: int
    organization_name: str
    aim: str | None
    n_measures: int
    n_cycles: int
    n_cycles_open: int


def count_teams(actor: Actor, *, is_own: bool) -> int:
    """Return how many open teams the actor is on, or reads beside those (one statement)."""
    counted = select(func.count()).select_from(Team).where(*_listed_for(actor, is_own=is_own))
    return db.session.scalar(counted) or 0


def list_teams(actor: Actor, *, is_own: bool, limit: int, offset: int = 0) -> list[TeamRow]:
    """Return open teams the actor is on, or reads beside those, by organization and name (one statement)."""
    listed = _rows().where(*_listed_for(actor, is_own=is_own))
    return _as_rows(listed.limit(limit).offset(offset))


def list_teams_of_organization(organization_id: int) -> list[TeamRow]:
    """Return the open teams of an organization by name (one statement)."""
    return _as_rows(_rows().where(Team.organization_id == organization_id, Team.closed_at.is_(None)).limit(100))


def list_teams_of_collaborative(collaborative_id: int) -> list[TeamRow]:
    """Return the open teams of a collaborative by organization (one statement)."""
    return _as_rows(_rows().where(Team.collaborative_id == collaborative_id, Team.closed_at.is_(None)).limit(200))


def _listed_for(actor: Actor, *, is_own: bool) -> tuple[ColumnElement[bool], ...]:
    own = _has_member(actor.person_id)
    return (Team.closed_at.is_(None), own) if is_own else (Team.closed_at.is_(None), ~own, _is_readable_by(actor))


def _rows() -> Select[Any]:
    of_team = (Cycle.team_id == Team.id,)
    n_measures = select(func.count()).where(Measure.team_id == Team.id, Measure.closed_at.is_(None))
    n_cycles = select(func.count()).where(*of_team)
    n_open = select(func.count()).where(*of_team, Cycle.state.in_(UNDER_WAY))
    return (
        select(
            Team.id,
            Team.name,
            Organization.id,
            Organization.name,
            AimVersion.what,
            n_measures.scalar_subquery(),
            n_cycles.scalar_subquery(),
            n_open.scalar_subquery(),
        )
        .join(Organization, Organization.id == Team.organization_id)
        .outerjoin(Aim, (Aim.team_id == Team.id) & Aim.closed_at.is_(None))
        .outerjoin(AimVersion, (AimVersion.aim_id == Aim.id) & (AimVersion.number == Aim.n_versions))
        .order_by(func.lower(Organization.name), func.lower(Team.name), Team.id)
    )


def _as_rows(listed: Select[Any]) -> list[TeamRow]:
    return [TeamRow(*row) for row in db.session.execute(listed)]


@dataclass(frozen=True)
class CurrentAim:
    """What a team wants to reach now."""

    aim: Aim
    version: AimVersion


def find_aim(team_id: int) -> CurrentAim | None:
    """Return the newest wording of the team's open aim, or None (one statement)."""
    row = db.session.execute(_newest_aim(), {"team_id": team_id}).one_or_none()
    return CurrentAim(*row) if row else None


class AimLine(NamedTuple):
    """The words of an aim, as a page shows them."""

    what: str
    how_much: str
    by_when_on: date | None
    for_whom: str
    measure_text: str


def find_aim_line(team_id: int) -> AimLine | None:
    """Return the newest words of the team's open aim, or None (one statement)."""
    row = read_columns(_aim_line(), {"team_id": team_id}).one_or_none()
    return AimLine._make(row) if row else None


@cache
def _aim_line() -> Any:
    return _newest_aim().with_only_columns(*(getattr(AimVersion, name) for name in AimLine._fields))


@cache
def _newest_aim() -> Any:
    newest = (
        select(Aim, AimVersion)
        .join(AimVersion, (AimVersion.aim_id == Aim.id) & (AimVersion.number == Aim.n_versions))
        .where(Aim.team_id == bindparam("team_id"), Aim.closed_at.is_(None))
    )
    return newest.execution_options(populate_existing=True)


def list_aim_versions(team_id: int) -> list[AimVersion]:
    """Return every wording of a team's aims, newest first (one statement)."""
    written = (
        select(AimVersion)
        .join(Aim, Aim.id == AimVersion.aim_id)
        .options(joinedload(AimVersion.written_by))
        .where(Aim.team_id == team_id)
        .order_by(AimVersion.id.desc())
    )
    return list(db.session.scalars(written.limit(MOST_CHOICES)))


@dataclass(frozen=True)
class PersonChoice:
    """Somebody who can be chosen."""

    person_id: int
    name: str


def list_people_of(organization_id: int) -> list[PersonChoice]:
    """Return who belongs to an organization now and can sign in, by name (one statement)."""
    return [PersonChoice(person.id, person.display_name) for person in db.session.scalars(_people_of(organization_id))]


def list_writers(team_id: int, organization_id: int) -> list[PersonChoice]:
    """Return who may write for a team: its members and the leads of its organization, by name (one statement)."""
    is_member = exists().where(
        TeamMember.team_id == team_id, TeamMember.person_id == Person.id, TeamMember.left_at.is_(None)
    )
    writers = _people_of(organization_id).where(or_(is_member, Membership.role == MembershipRole.LEAD))
    return [PersonChoice(person.id, person.display_name) for person in db.session.scalars(writers)]


def _people_of(organization_id: int) -> Select[Person]:
    return (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
            Person.state == PersonState.ACTIVE,
        )
        .order_by(func.lower(func.coalesce(Person.name, Person.alias, Person.email)), Person.id)
        .limit(MOST_CHOICES)
    )


def list_member_ids(team_ids: Collection[int]) -> dict[int, list[int]]:
    """Return who is on each team now (one statement)."""
    found: dict[int, list[int]] = {team_id: [] for team_id in team_ids}
    members = select(TeamMember.team_id, TeamMember.person_id).where(
        TeamMember.team_id.in_(team_ids), TeamMember.left_at.is_(None)
    )
    for team_id, person_id in db.session.execute(members.order_by(TeamMember.id)):
        found[team_id].append(person_id)
    return found

"""Who tried an idea, and which teams could."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, or_, select

from lms.authz import Actor
from lms.db import db
from lms.improvement.drivers import TESTED
from lms.improvement.library import Outcomes
from lms.improvement.models import ChangeIdea, Cycle, IdeaSource, Team, TeamMember
from lms.improvement.queries.library.changes import Change
from lms.improvement.queries.library.outcomes import NO_TESTS, family_of, is_seen, outcomes_of
from lms.improvement.queries.teams import list_readable_team_ids
from lms.improvement.rules import CycleState, Decision
from lms.organizations.models import Organization, OrganizationKind

MOST_TESTS = 100
MOST_TEAMS = 300


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
    readable, family = set(team_ids), family_of([change.id]).subquery()
    seen = (
        select(Cycle, Team.name, Organization.name, Organization.kind)
        .join(family, family.c.change_idea_id == Cycle.change_idea_id)
        .join(ChangeIdea, ChangeIdea.id == Cycle.change_idea_id)
        .join(Team, Team.id == Cycle.team_id)
        .join(Organization, Organization.id == Team.organization_id)
        .where(Cycle.state.in_(TESTED), is_seen(actor, team_ids))
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

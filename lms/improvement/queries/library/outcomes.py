"""What tests of ideas came to, and who may see which of them."""

from collections import defaultdict
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, func, or_, select, union
from sqlalchemy.orm import aliased

from lms.authz import Actor
from lms.coalitions.models import CoalitionOrganization
from lms.db import db, read_columns
from lms.improvement.drivers import TESTED
from lms.improvement.library import Outcomes, add_up
from lms.improvement.models import ChangeIdea, Cycle, IdeaShare, IdeaSource, LibraryIdea, Team
from lms.improvement.rules import CycleState, Decision

NO_TESTS = Outcomes()


def outcomes_of(numbers: Collection[int], actor: Actor, team_ids: Any) -> dict[int, Outcomes]:
    """Return what the tests of these ideas came to, as far as the actor may see them (one statement)."""
    family = family_of(numbers).subquery()
    tests = (
        select(family.c.number, Cycle.team_id, Cycle.state, Cycle.decision, func.count())
        .join(Cycle, Cycle.change_idea_id == family.c.change_idea_id)
        .join(ChangeIdea, ChangeIdea.id == family.c.change_idea_id)
        .where(Cycle.state.in_(TESTED), is_seen(actor, team_ids))
        .group_by(family.c.number, Cycle.team_id, Cycle.state, Cycle.decision)
    )
    found: dict[int, list[tuple[int, CycleState, Decision | None, int]]] = defaultdict(list)
    for number, *test in db.session.execute(tests):
        found[number].append((test[0], test[1], test[2], test[3]))
    return {number: add_up(each) for number, each in found.items()}


def family_of(numbers: Collection[int]) -> Any:
    """Select (number, change idea): the idea itself, what was taken from it, and what was taken from that."""
    own = select(LibraryIdea.id.label("number"), LibraryIdea.change_idea_id.label("change_idea_id"))
    taken = select(IdeaSource.library_idea_id, IdeaSource.change_idea_id)
    rooted = select(IdeaSource.root_id, IdeaSource.change_idea_id)
    return union(
        own.where(LibraryIdea.id.in_(numbers), LibraryIdea.change_idea_id.is_not(None)),
        taken.where(IdeaSource.library_idea_id.in_(numbers)),
        rooted.where(IdeaSource.root_id.in_(numbers)),
    )


def is_seen(actor: Actor, team_ids: Any) -> ColumnElement[bool]:
    return or_(Cycle.team_id.in_(team_ids), is_shared_with(actor))


def has_share() -> ColumnElement[bool]:
    return exists().where(IdeaShare.change_idea_id == ChangeIdea.id, IdeaShare.ended_at.is_(None))


def is_copy() -> ColumnElement[bool]:
    return exists().where(IdeaSource.change_idea_id == ChangeIdea.id)


def was_tested() -> ColumnElement[bool]:
    tested = aliased(Cycle)
    return exists().where(tested.change_idea_id == ChangeIdea.id, tested.state.in_(TESTED))


def is_shared_with(actor: Actor) -> ColumnElement[bool]:
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

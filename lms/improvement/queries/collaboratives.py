"""Which teams take part in collaboratives: what the pages of that earlier slice ask."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from lms.db import db
from lms.errors import NotFound
from lms.improvement.models import Team
from lms.organizations.models import Organization

MOST_CHOICES = 1_000  # more than this is no list to choose from


def organization_ids_of(collaborative_ids: Collection[int]) -> dict[int, list[int]]:
    """Return, for each collaborative, the organization of each of its open teams (one statement)."""
    found: dict[int, list[int]] = defaultdict(list)
    teams = select(Team.collaborative_id, Team.organization_id).where(
        Team.collaborative_id.in_(collaborative_ids), Team.closed_at.is_(None)
    )
    for collaborative_id, organization_id in db.session.execute(teams.order_by(Team.id)):
        if collaborative_id is not None:
            found[collaborative_id].append(organization_id)
    return found


def get_team_in(collaborative_id: int, team_id: int) -> Team:
    """Return a team of this collaborative with its organization (one statement)."""
    found = (
        select(Team)
        .options(joinedload(Team.organization))
        .where(Team.id == team_id, Team.collaborative_id == collaborative_id)
    )
    team = db.session.scalars(found).one_or_none()
    if team is None:
        raise NotFound("team")
    return team


def list_free_teams(organization_ids: Collection[int]) -> list[Team]:
    """Return open teams of these organizations that take part in nothing, by organization and name (one statement)."""
    free = (
        select(Team)
        .join(Team.organization)
        .options(joinedload(Team.organization))
        .where(Team.organization_id.in_(organization_ids), Team.collaborative_id.is_(None), Team.closed_at.is_(None))
        .order_by(func.lower(Organization.name), func.lower(Team.name), Team.id)
    )
    return list(db.session.scalars(free.limit(MOST_CHOICES)))

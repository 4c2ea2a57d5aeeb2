"""The smallest valid collaborative and its sessions."""

from datetime import date

from lms.coalitions.models import Coalition
from lms.collaboratives import services
from lms.collaboratives.models import Collaborative, CollaborativeSession
from lms.collaboratives.rules import Phase, SessionKind
from lms.collaboratives.services import Charter, Meeting
from lms.db import db
from lms.improvement.models import Team
from lms.improvement.services import teams
from lms.organizations.models import Organization


def make_collaborative(coalition: Coalition, *organizations: Organization, **said: object) -> Collaborative:
    values = {
        "name": "Same-day start",
        "aim": "Half of all people start medication the day they ask, by June.",
        "charter": "We meet every month.",
        "starts_on": date(2026, 1, 12),
        "ends_on": date(2026, 12, 11),
        "phase": Phase.ACTION,
    } | said
    collaborative = services.start_collaborative(coalition.id, Charter(**values), by_id=None)
    for organization in organizations:
        teams.create_team_for(collaborative.id, organization.id, name=collaborative.name, by_id=None)
    db.session.commit()
    return collaborative


def make_session(collaborative: Collaborative, **said: object) -> CollaborativeSession:
    values = {
        "kind": SessionKind.LEARNING,
        "title": "Learning session 1",
        "held_on": date(2026, 2, 3),
        "place": "Library",
        "notes": "",
    } | said
    session = services.add_session(collaborative, Meeting(**values), by_id=None)
    db.session.commit()
    return session


def team_of(collaborative: Collaborative, organization: Organization) -> Team:
    own = {"collaborative_id": collaborative.id, "organization_id": organization.id}
    return db.session.query(Team).filter_by(**own).one()

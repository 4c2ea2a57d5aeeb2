"""The people of the journeys: the small world of the permissions, and some who have not learned anything yet."""

from dataclasses import dataclass

from sqlalchemy import select

from lms import clock
from lms.accounts.models import Language, Person
from lms.authz import MembershipRole
from lms.coalitions.models import Coalition, CoalitionOrganization
from lms.db import db
from lms.organizations.models import JobRole, Location, Membership, Organization
from lms.training.courses import Course
from lms.training.queries.published import get_newest
from tests.factories.people import make_membership, make_organization, make_person
from tests.journeys.live import LiveSite
from tests.lms.world import COURSE, World, build_world

ENGLISH, SPANISH = "nina@example.org", "noe@example.org"
LONELY_LEAD = "sol@example.org"
LONELY_PLACE = "Shelter of St. John"


@dataclass(frozen=True)
class Town:
    """Ids of the world, and the course everybody takes."""

    world: World
    course: Course


def build_town() -> Town:
    """Fill an empty database."""
    world = build_world()
    shelter = db.session.scalars(select(Organization).where(Organization.id == world["organization"]["a"])).one()
    for email, name, language in ((ENGLISH, "Nina Soto", Language.ENGLISH), (SPANISH, "Noé Peña", Language.SPANISH)):
        make_membership(make_person(name, email=email, language=language), shelter)
    _add_the_longest(shelter)
    lonely = make_organization(LONELY_PLACE)
    make_membership(make_person("Sol Reyes", email=LONELY_LEAD), lonely, MembershipRole.LEAD)
    own = db.session.scalars(select(Coalition).where(Coalition.id == world["coalition"]["own"])).one()
    db.session.add(CoalitionOrganization(coalition_id=own.id, organization_id=lonely.id, joined_at=clock.now()))
    db.session.commit()
    return Town(world, get_newest(COURSE).course)


def _add_the_longest(place: Organization) -> None:
    """What lists and pages must hold without scrolling sideways: names as long as they may be, some without a gap."""
    gapless, spaced = "Wolfeschlegelsteinhausenbergerdorff", "María de los Ángeles "
    for number, name in enumerate((gapless * 3, spaced * 5)):
        person = make_person(name[:120].strip(), email=f"{gapless * 6}{number}@example.org".lower())
        make_membership(person, place)
    for kind, longest in ((Location, 120), (JobRole, 120)):
        db.session.add(kind(organization_id=place.id, name=(gapless * 4)[:longest]))
    db.session.commit()


def organization_of(live: LiveSite, login: str) -> int:
    """Return where somebody works."""
    with live.database():
        held = select(Membership.organization_id).join(Person, Person.id == Membership.person_id)
        return db.session.scalars(held.where(Person.email == login)).one()

"""People, organizations, coalitions, local facts and open invitations."""

from collections.abc import Sequence

from flask import current_app
from sqlalchemy import select

from lms import clock
from lms.accounts.models import Language, Person
from lms.accounts.services.people import create_person
from lms.authz import Capability, CoalitionRoleKind, MembershipRole
from lms.coalitions.models import FactKey
from lms.coalitions.services import appoint, create_coalition, join_coalition, set_fact
from lms.db import db
from lms.organizations.models import JobRole, Location, Membership
from lms.organizations.services.invitations import Offer, invite_person, make_open_link
from lms.organizations.services.memberships import Post, edit_membership, join_organization
from lms.organizations.services.places import add_job_role, add_location, create_organization
from lms.seeds.maker import DAYS, DOMAIN, Maker, OrganizationMade
from lms.seeds.story import CoalitionPlan, OrganizationPlan

PERSONAS = {
    "staff": ("Marisol Vega", "shelter", MembershipRole.STAFF),
    "member": ("Jonah Brooks", "clinic", MembershipRole.STAFF),
    "lead": ("Denise Holt", "shelter", MembershipRole.LEAD),
    "lead2": ("Rafael Quintero", "clinic", MembershipRole.LEAD),
    "expert": ("Ruth Okafor", None, None),
    "coordinator": ("Elena Marsh", None, None),
    "outsider": ("Victor Lang", "cedar", MembershipRole.LEAD),
}
IN_SPANISH = {"lead2"}


def make(maker: Maker) -> None:
    """Make everybody and everything that is there when the year begins. The first coalition is the one that works."""
    with clock.fixed(maker.at(DAYS + 30)):
        maker.people["admin"] = _person(maker, "admin", "Robin Castle", is_administrator=True).id
    ids = [_coalition(maker, plan) for plan in maker.story.town.coalitions]
    maker.coalition_id, maker.zone = ids[0], maker.story.town.coalitions[0].time_zone
    with clock.fixed(maker.at(DAYS - 5)):
        _make_personas(maker)
    with clock.fixed(maker.at(DAYS - 6)):
        _give_posts(maker.organizations["shelter"].id, maker.people["lead"])
    _facts(maker)
    db.session.flush()
    db.session.expunge_all()


def plan_invitations(maker: Maker) -> None:
    """Leave a link and two invitations open."""
    maker.later(2, _open_invitations, maker)


def _person(
    maker: Maker, key: str, name: str, *, language: Language = Language.ENGLISH, is_administrator: bool = False
) -> Person:
    return create_person(
        password_hash=maker.password_hash,
        email=f"{key}@{DOMAIN}",
        name=name,
        language=language,
        is_administrator=is_administrator,
    )


def _coalition(maker: Maker, plan: CoalitionPlan) -> int:
    admin_id = maker.people["admin"]
    with clock.fixed(maker.at(DAYS + 20)):
        coalition_id = create_coalition(
            name=plan.name,
            state_name=plan.state_name,
            counties=plan.counties,
            time_zone=plan.time_zone,
            by_id=admin_id,
        ).id
    for each in plan.organizations:
        maker.organizations[each.key] = _organization(maker, each, coalition_id)
    return coalition_id


def _organization(maker: Maker, plan: OrganizationPlan, coalition_id: int) -> OrganizationMade:
    admin_id = maker.people["admin"]
    with clock.fixed(maker.at(DAYS + 10)):
        organization_id = create_organization(name=plan.name, kind=plan.kind, by_id=admin_id).id
        join_coalition(coalition_id, organization_id, by_id=admin_id)
        for name in plan.job_roles:
            add_job_role(organization_id, name=name, by_id=admin_id)
        for name in plan.locations:
            add_location(organization_id, name=name, address=None, by_id=admin_id)
    job_roles = select(JobRole.id).where(JobRole.organization_id == organization_id).order_by(JobRole.id)
    locations = select(Location.id).where(Location.organization_id == organization_id).order_by(Location.id)
    posts = db.session.scalars(job_roles).all(), db.session.scalars(locations).all()
    for number in range(plan.n_people):
        # The first ones are there when the year begins; others come in its first months.
        with clock.fixed(maker.at(DAYS - max(0, number - 5) * 6)):
            person_id = _somebody(maker)
            maker.people[f"{plan.key}.{number}"] = person_id
            join_organization(
                person_id,
                organization_id,
                MembershipRole.LEAD if number == 0 else MembershipRole.STAFF,
                job_role_id=maker.rng.choice(posts[0]),
                location_id=maker.rng.choice(posts[1]),
            )
    return OrganizationMade(plan.key, organization_id, plan.name, maker.people[f"{plan.key}.0"])


def _somebody(maker: Maker) -> int:
    """Make the next person: one in twelve by alias, one in four with Spanish pages."""
    number = len(maker.people) - 1
    town = maker.story.town
    language = Language.SPANISH if number % 4 == 3 else Language.ENGLISH
    if number % 12 == 11:
        alias = f"{_nth(town.aliases, number // 12)}-{number}"
        return create_person(password_hash=maker.password_hash, alias=alias, language=language).id
    first, last = _nth(town.first_names, number), _nth(town.last_names, number * 7)
    return _person(maker, f"{first}.{last}.{number}".lower(), f"{first} {last}", language=language).id


def _nth(names: str, number: int) -> str:
    listed = names.split()
    return listed[number % len(listed)]


def _make_personas(maker: Maker) -> None:
    for key, (name, organization, role) in PERSONAS.items():
        language = Language.SPANISH if key in IN_SPANISH else Language.ENGLISH
        maker.people[key] = _person(maker, key, name, language=language).id
        if organization is not None and role is not None:
            join_organization(maker.people[key], maker.organizations[organization].id, role)
    by_id = maker.people["admin"]
    appoint(maker.coalition_id, f"coordinator@{DOMAIN}", CoalitionRoleKind.COORDINATOR, by_id=by_id)
    appoint(maker.coalition_id, f"expert@{DOMAIN}", CoalitionRoleKind.TA_EXPERT, by_id=maker.people["coordinator"])


def _give_posts(organization_id: int, lead_id: int) -> None:
    """Let some people of an organization have a supervisor and a capability."""
    for number, membership in enumerate(_memberships_of(organization_id)):
        if membership.person_id == lead_id or number % 3:
            continue
        post = Post(
            role=membership.role,
            job_role_id=membership.job_role_id,
            location_id=membership.location_id,
            supervisor_id=lead_id,
            capabilities=frozenset({Capability.FIELD_SUPERVISOR} if number == 0 else ()),
        )
        edit_membership(membership, post=post, row_version=membership.row_version, by_id=lead_id)


def _memberships_of(organization_id: int) -> Sequence[Membership]:
    members = select(Membership).where(Membership.organization_id == organization_id, Membership.ended_at.is_(None))
    return db.session.scalars(members.order_by(Membership.id)).all()


def _facts(maker: Maker) -> None:
    checked = maker.at(40)
    with clock.fixed(checked):
        for key, text in maker.story.town.facts.items():
            set_fact(
                maker.coalition_id,
                FactKey(key),
                row_version=0,
                text_en=text.en,
                text_es=text.es,
                source="Sample fact of the demonstration",
                checked_on=checked.date(),
                by_id=maker.people["coordinator"],
            )


def _open_invitations(maker: Maker) -> None:
    organization_id, by_id = maker.organizations["shelter"].id, maker.people["lead"]
    site_key = current_app.config["SETTINGS"].secret_key
    make_open_link(organization_id, offer=Offer(), max_uses=20, by_id=by_id, site_key=site_key, days=30)
    for name in ("Tomas Rhodes", "Priya Nash"):
        email = f"{name.lower().replace(' ', '.')}@{DOMAIN}"
        invite_person(organization_id, email=email, name=name, offer=Offer(), by_id=by_id, site_key=site_key)

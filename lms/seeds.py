"""The demonstration: three coalitions, twelve organizations and a year of learning, made through the services.

Everything follows from one random seed and the day it is made for; only secrets (the password, the certificates'
serials) are new each time. Names of people and places are invented, and numbers are ones that nobody answers.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import click
from flask import current_app
from sqlalchemy import select

from assessments.items import Question
from lms import clock
from lms.accounts.models import Language, Person
from lms.accounts.passwords import hash_password
from lms.accounts.services.people import create_person
from lms.authz import Actor, Capability, CoalitionRoleKind, MembershipRole
from lms.coalitions.models import Coalition, FactKey
from lms.coalitions.services import appoint, create_coalition, join_coalition, set_fact
from lms.db import db
from lms.errors import CommonsError
from lms.operations.command import in_site
from lms.operations.preparation import demo_password
from lms.organizations.models import JobRole, Location, Membership, Organization, OrganizationKind
from lms.organizations.services.invitations import Offer, invite_person, make_open_link
from lms.organizations.services.memberships import Post, edit_membership, end_membership, join_organization
from lms.organizations.services.places import add_job_role, add_location, create_organization
from lms.training.courses import LessonKind
from lms.training.queries import attempts, enrollments
from lms.training.scenarios import Quality, Scenario
from lms.training.services.assignments import assign_course
from lms.training.services.attempts import answer_question, start_attempt
from lms.training.services.enrollments import start_course
from lms.training.services.learning import StepDone, choose_in_scenario, record_steps

SEED = 20_260_101
COURSE = "overdose-response"
DAYS = 365
DOMAIN = "commons.test"
PERSONAS = ("staff", "member", "lead", "expert", "coordinator", "admin", "lead2", "outsider")
SIGN_INS = tuple((name, f"{name}@{DOMAIN}") for name in PERSONAS)

Say = Callable[[str], None]

SCENERY = Path(__file__).parent.parent / "content" / "demo" / "demo.toml"


@dataclass
class Maker:
    """What is being made, and for which day."""

    password_hash: str
    today: date
    scenery: Mapping[str, Any]
    rng: Random = field(default_factory=lambda: Random(SEED))
    n_people: int = 0

    def at(self, days_ago: int, hour: int = 9) -> datetime:
        """Return a moment so many days ago."""
        return datetime.combine(self.today - timedelta(days=days_ago), time(hour), UTC)

    def uuid(self) -> UUID:
        """Return a key as a device would make it."""
        return UUID(int=self.rng.getrandbits(128), version=4)


def seed_demo(*, password: str, say: Say, today: date | None = None) -> None:
    """Fill an empty database; the caller commits, so the demonstration is there whole or not at all."""
    maker = Maker(hash_password(password), today or clock.today(), tomllib.loads(SCENERY.read_text(encoding="utf-8")))
    with clock.fixed(maker.at(DAYS + 30)):
        admin = _person(maker, "admin", "Robin Castle", is_administrator=True)
    say("People, organizations and coalitions …")
    coalitions = [_coalition(maker, plan, admin) for plan in maker.scenery["coalitions"]]
    (rich, houses), (_, _), (_, neighbors) = coalitions
    _personas(maker, houses, neighbors, rich, admin)
    _facts(maker, rich, admin)
    say("A year of learning …")
    for plan, (_, organizations) in zip(maker.scenery["coalitions"], coalitions, strict=True):
        for shares, organization in zip(plan["organizations"], organizations, strict=True):
            _year_of_learning(maker, shares, organization)
    _open_invitations(maker, houses[0])


def _person(
    maker: Maker,
    key: str,
    name: str,
    *,
    language: Language = Language.ENGLISH,
    is_administrator: bool = False,
) -> Person:
    return create_person(
        password_hash=maker.password_hash,
        email=f"{key}@{DOMAIN}",
        name=name,
        language=language,
        is_administrator=is_administrator,
    )


def _coalition(maker: Maker, plan: Mapping[str, Any], admin: Person) -> tuple[Coalition, list[Organization]]:
    with clock.fixed(maker.at(DAYS + 20)):
        about = {key: plan[key] for key in ("name", "state_name", "counties", "time_zone")}
        coalition = create_coalition(**about, by_id=admin.id)
    return coalition, [_organization(maker, each, coalition, admin) for each in plan["organizations"]]


def _organization(maker: Maker, plan: Mapping[str, Any], coalition: Coalition, admin: Person) -> Organization:
    with clock.fixed(maker.at(DAYS + 10)):
        organization = create_organization(name=plan["name"], kind=OrganizationKind(plan["kind"]), by_id=admin.id)
        join_coalition(coalition.id, organization.id, by_id=admin.id)
        for name in plan["job_roles"]:
            add_job_role(organization.id, name=name, by_id=admin.id)
        for name in plan["locations"]:
            add_location(organization.id, name=name, address=None, by_id=admin.id)
    for number in range(plan["n_people"]):
        with clock.fixed(maker.at(DAYS - number * 4)):
            _member(maker, organization, MembershipRole.LEAD if number == 0 else MembershipRole.STAFF)
    return organization


def _member(maker: Maker, organization: Organization, role: MembershipRole) -> None:
    person = _somebody(maker)
    job_roles = select(JobRole.id).where(JobRole.organization_id == organization.id).order_by(JobRole.id)
    locations = select(Location.id).where(Location.organization_id == organization.id).order_by(Location.id)
    join_organization(
        person.id,
        organization.id,
        role,
        job_role_id=maker.rng.choice(db.session.scalars(job_roles).all()),
        location_id=maker.rng.choice(db.session.scalars(locations).all()),
    )


def _somebody(maker: Maker) -> Person:
    """Make the next person: one in twelve by alias, one in four with Spanish pages."""
    number = maker.n_people
    maker.n_people += 1
    language = Language.SPANISH if number % 4 == 3 else Language.ENGLISH
    if number % 12 == 11:
        alias = f"{_nth(maker, 'aliases', number // 12)}-{number}"
        return create_person(password_hash=maker.password_hash, alias=alias, language=language)
    first, last = _nth(maker, "first_names", number), _nth(maker, "last_names", number * 7)
    return _person(maker, f"{first}.{last}.{number}".lower(), f"{first} {last}", language=language)


def _nth(maker: Maker, kind: str, number: int) -> str:
    names = maker.scenery[kind].split()
    return str(names[number % len(names)])


def _personas(
    maker: Maker, rich: Sequence[Organization], small: Sequence[Organization], coalition: Coalition, admin: Person
) -> None:
    shelter, clinic = rich[0], rich[1]
    with clock.fixed(maker.at(DAYS - 5)):
        people = {
            "staff": _person(maker, "staff", "Marisol Vega"),
            "member": _person(maker, "member", "Jonah Brooks"),
            "lead": _person(maker, "lead", "Denise Holt"),
            "lead2": _person(maker, "lead2", "Rafael Quintero", language=Language.SPANISH),
            "expert": _person(maker, "expert", "Ruth Okafor"),
            "coordinator": _person(maker, "coordinator", "Elena Marsh"),
            "outsider": _person(maker, "outsider", "Victor Lang"),
        }
        for key, organization, role in (
            ("staff", shelter, MembershipRole.STAFF),
            ("member", clinic, MembershipRole.STAFF),
            ("lead", shelter, MembershipRole.LEAD),
            ("lead2", clinic, MembershipRole.LEAD),
            ("outsider", small[0], MembershipRole.LEAD),
        ):
            join_organization(people[key].id, organization.id, role)
        appoint(coalition.id, f"coordinator@{DOMAIN}", CoalitionRoleKind.COORDINATOR, by_id=admin.id)
        appoint(coalition.id, f"expert@{DOMAIN}", CoalitionRoleKind.TA_EXPERT, by_id=people["coordinator"].id)
    with clock.fixed(maker.at(DAYS - 6)):
        _give_posts(shelter, people["lead"])


def _give_posts(organization: Organization, lead: Person) -> None:
    """Let some people of an organization have a supervisor and a capability."""
    members = select(Membership).where(Membership.organization_id == organization.id, Membership.ended_at.is_(None))
    for number, membership in enumerate(db.session.scalars(members.order_by(Membership.id)).all()):
        if membership.person_id == lead.id or number % 3:
            continue
        post = Post(
            role=membership.role,
            job_role_id=membership.job_role_id,
            location_id=membership.location_id,
            supervisor_id=lead.id,
            capabilities=frozenset({Capability.FIELD_SUPERVISOR} if number == 0 else ()),
        )
        edit_membership(membership, post=post, row_version=membership.row_version, by_id=lead.id)


def _facts(maker: Maker, coalition: Coalition, admin: Person) -> None:
    checked = maker.at(40)
    with clock.fixed(checked):
        for key, text in maker.scenery["facts"].items():
            set_fact(
                coalition.id,
                FactKey(key),
                row_version=0,
                text_en=text["en"],
                text_es=text["es"],
                source="Sample fact of the demonstration",
                checked_on=checked.date(),
                by_id=admin.id,
            )


def _year_of_learning(maker: Maker, plan: Mapping[str, Any], organization: Organization) -> None:
    people = _people_of(organization)
    asked = maker.rng.sample(people, k=len(people) * 2 // 3)
    asked += [each for each in people if each[0].email == f"staff@{DOMAIN}" and each not in asked]
    days_ago = maker.rng.randrange(60, 120)
    lead_id = next(person.id for person, role in people if role is MembershipRole.LEAD)
    with clock.fixed(maker.at(days_ago)):
        due_on = maker.today + timedelta(days=maker.rng.choice((-14, -3, 5, 20)))
        assign_course(organization.id, [person.id for person, _ in asked], COURSE, due_on, lead_id)
    for number, (person, _role) in enumerate(people):
        if person.email == f"staff@{DOMAIN}":
            _learn(maker, person, days_ago=9, n_readings=2)
        elif person.email == f"member@{DOMAIN}" or number < len(people) * plan["share_finished"]:
            _learn(maker, person, days_ago=maker.rng.randrange(12, DAYS - 70), n_readings=6, is_finished=True)
        elif number < len(people) * (plan["share_finished"] + plan["share_begun"]):
            _learn(maker, person, days_ago=maker.rng.randrange(3, 90), n_readings=maker.rng.randrange(1, 6))
    _let_somebody_leave(maker, organization, lead_id)


def _people_of(organization: Organization) -> list[tuple[Person, MembershipRole]]:
    members = (
        select(Person, Membership.role)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organization_id == organization.id, Membership.ended_at.is_(None))
        .order_by(Person.id)
    )
    return [(person, role) for person, role in db.session.execute(members)]


def _learn(maker: Maker, person: Person, *, days_ago: int, n_readings: int, is_finished: bool = False) -> None:
    """Take the course as far as asked, a lesson every other day."""
    actor = Actor(person_id=person.id, display_name=person.display_name)
    with clock.fixed(maker.at(days_ago, hour=2)):
        start_course(person.id, COURSE)
    for number, slug in enumerate(_lesson_slugs(actor, LessonKind.READING)[:n_readings]):
        with clock.fixed(maker.at(max(days_ago - number * 2, 1), hour=3)):
            place = enrollments.get_lesson_for(actor, COURSE, slug)
            record_steps(place, [StepDone(maker.uuid(), step) for step in range(1, place.lesson.n_steps + 1)])
            db.session.expire_all()
    if is_finished:
        with clock.fixed(maker.at(max(days_ago - 12, 1), hour=4)):
            _walk_scenarios(maker, actor)
            _pass_check(maker, actor)


def _lesson_slugs(actor: Actor, kind: LessonKind) -> list[str]:
    lessons = enrollments.get_course_for(actor, COURSE).course.lessons
    return [lesson.slug for lesson in lessons if lesson.kind is kind]


def _walk_scenarios(maker: Maker, actor: Actor) -> None:
    for slug in _lesson_slugs(actor, LessonKind.SCENARIO):
        place = enrollments.get_scenario_for(actor, COURSE, slug)
        choices = _good_way(place.lesson.scenario) if place.lesson.scenario else ()
        for number, choice in enumerate(choices, start=1):
            choose_in_scenario(place, choice, number, maker.uuid())
        db.session.expire_all()


def _good_way(scenario: Scenario) -> Iterator[str]:
    """Yield the first good choice of each scene until the story ends."""
    scene = scenario.get_scene(scenario.start)
    while not scene.is_end:
        choice = next((each for each in scene.choices if each.quality is Quality.GOOD), scene.choices[0])
        yield choice.slug
        scene = scenario.get_scene(choice.next_slug)


def _pass_check(maker: Maker, actor: Actor) -> None:
    """Pass at the first try or, one in four, after a failed one."""
    n_wrong_by_try = (4, 1) if maker.rng.random() < 0.25 else (maker.rng.randrange(3),)
    (check,) = _lesson_slugs(actor, LessonKind.CHECK)
    for n_wrong in n_wrong_by_try:
        attempt = start_attempt(enrollments.get_check_for(actor, COURSE, check), maker.rng)
        wrong = set(maker.rng.sample(range(attempt.n_questions), k=n_wrong))
        for number in range(attempt.n_questions):
            db.session.expire_all()
            standing = attempts.get_attempt_for(actor, attempt.id)
            asked = standing.questions[number]
            chosen = _wrong_option(asked.question) if number in wrong else asked.question.correct_slugs
            answer_question(standing, asked.question.slug, chosen, maker.uuid(), clock.today())
        db.session.expire_all()


def _wrong_option(question: Question) -> list[str]:
    return [next(option.slug for option in question.options if not option.is_correct)]


def _let_somebody_leave(maker: Maker, organization: Organization, lead_id: int) -> None:
    people = [person for person, role in _people_of(organization) if role is MembershipRole.STAFF]
    leaver = people[-1]
    if leaver.email in {email for _, email in SIGN_INS}:
        return
    with clock.fixed(maker.at(maker.rng.randrange(10, 50))):
        open_one = select(Membership).where(
            Membership.person_id == leaver.id,
            Membership.organization_id == organization.id,
            Membership.ended_at.is_(None),
        )
        end_membership(db.session.scalars(open_one).one(), by_id=lead_id)


def _open_invitations(maker: Maker, organization: Organization) -> None:
    lead_id = next(person.id for person, role in _people_of(organization) if role is MembershipRole.LEAD)
    site_key = current_app.config["SETTINGS"].secret_key
    with clock.fixed(maker.at(2)):
        make_open_link(organization.id, offer=Offer(), max_uses=20, by_id=lead_id, site_key=site_key, days=30)
        for name in ("Tomas Rhodes", "Priya Nash"):
            email = f"{name.lower().replace(' ', '.')}@{DOMAIN}"
            invite_person(organization.id, email=email, name=name, offer=Offer(), by_id=lead_id, site_key=site_key)


cli = click.Group("seed", help="Fill an empty database with a demonstration.")


@cli.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@in_site
def demo(*, dry_run: bool) -> None:
    """Make three coalitions with a year of history. Refuses in production and where people are already."""
    settings = current_app.config["SETTINGS"]
    if not settings.is_demo:
        raise CommonsError("The demonstration is for demo sites; this one is in production.")
    if db.session.scalars(select(Person.id).limit(1)).first() is not None:
        raise CommonsError("There are people here already. The demonstration needs an empty database.")
    if dry_run:
        click.echo("Three coalitions, twelve organizations and about 150 people would be made.")
        return
    seed_demo(password=demo_password(settings), say=click.echo)
    db.session.commit()

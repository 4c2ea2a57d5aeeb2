"""A year of learning: who was asked, who finished, who is in the middle, who left."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from assessments.items import Question
from lms import clock
from lms.authz import Actor, MembershipRole
from lms.db import db
from lms.organizations.models import Membership
from lms.organizations.services.memberships import end_membership
from lms.seeds.maker import DAYS, Maker, OrganizationMade
from lms.seeds.story import OrganizationPlan
from lms.training.courses import LessonKind
from lms.training.queries import attempts, enrollments
from lms.training.queries.enrollments import CourseStanding, LessonStanding
from lms.training.scenarios import Quality, Scenario
from lms.training.services.assignments import assign_course
from lms.training.services.attempts import answer_question, start_attempt
from lms.training.services.enrollments import start_course
from lms.training.services.learning import StepDone, choose_in_scenario, record_steps

COURSE = "overdose-response"


def plan(maker: Maker) -> None:
    """Put the learning of every organization on the calendar."""
    for coalition in maker.story.town.coalitions:
        for each in coalition.organizations:
            _plan_organization(maker, each, maker.organizations[each.key])


def _plan_organization(maker: Maker, shares: OrganizationPlan, organization: OrganizationMade) -> None:
    rng, staff_id = maker.rng, maker.people["staff"]
    done_ids = {maker.people[key] for key in ("member", "lead", "lead2")}  # what waits for them is other work
    people = _people_of(organization.id)
    asked = rng.sample([each for each in people if each not in done_ids], k=len(people) * 2 // 3)
    asked += [each for each in people if each == staff_id and each not in asked]
    due_on = maker.today + timedelta(days=rng.choice((-14, -3, 5, 20)))
    maker.later(
        rng.randrange(60, 120), assign_course, organization.id, asked, COURSE, due_on, organization.lead_id, hour=8
    )
    for number, person_id in enumerate(people):
        if person_id == staff_id:
            _plan_learner(maker, person_id, days_ago=9, n_readings=2)
        elif person_id in done_ids or number < len(people) * shares.share_finished:
            _plan_learner(maker, person_id, days_ago=rng.randrange(14, DAYS - 90), n_readings=6, is_finished=True)
        elif number < len(people) * (shares.share_finished + shares.share_begun):
            _plan_learner(maker, person_id, days_ago=rng.randrange(3, 90), n_readings=rng.randrange(1, 6))
    leaver = _last_staff(organization.id)
    if leaver not in {staff_id, *done_ids}:
        maker.later(rng.randrange(24, 50), _leave, leaver, organization)


def _people_of(organization_id: int) -> list[int]:
    members = select(Membership.person_id).where(
        Membership.organization_id == organization_id, Membership.ended_at.is_(None)
    )
    return list(db.session.scalars(members.order_by(Membership.person_id)))


def _last_staff(organization_id: int) -> int:
    staff = select(Membership.person_id).where(
        Membership.organization_id == organization_id, Membership.role == MembershipRole.STAFF
    )
    return db.session.scalars(staff.order_by(Membership.person_id.desc())).first() or 0


def _plan_learner(maker: Maker, person_id: int, *, days_ago: int, n_readings: int, is_finished: bool = False) -> None:
    """Take the course as far as asked, a lesson every other day."""
    maker.later(days_ago, start_course, person_id, COURSE, hour=2)
    for number in range(n_readings):
        maker.later(max(days_ago - number * 2, 1), _read_lesson, maker, person_id, number, hour=3)
    if is_finished:
        maker.later(max(days_ago - 12, 1), _finish, maker, person_id, hour=4)


def _standing_of(person_id: int) -> CourseStanding:
    return enrollments.get_course_for(Actor(person_id=person_id, display_name=""), COURSE)


def _places(standing: CourseStanding, kind: LessonKind) -> list[LessonStanding]:
    return [each for each in standing.lessons if each.lesson.kind is kind]


def _read_lesson(maker: Maker, person_id: int, number: int) -> None:
    readings = _places(_standing_of(person_id), LessonKind.READING)
    if number < len(readings):
        place = readings[number]
        record_steps(place, [StepDone(maker.uuid(), step) for step in range(1, place.lesson.n_steps + 1)])


def _finish(maker: Maker, person_id: int) -> None:
    for place in _places(_standing_of(person_id), LessonKind.SCENARIO):
        choices = _good_way(place.lesson.scenario) if place.lesson.scenario else ()
        for number, choice in enumerate(choices, start=1):
            choose_in_scenario(place, choice, number, maker.uuid())
    # Pass at the first try or, one in four, after a failed one.
    for n_wrong in (4, 1) if maker.rng.random() < 0.25 else (maker.rng.randrange(3),):
        db.session.flush()
        db.session.expunge_all()
        _take_check(maker, person_id, n_wrong)


def _good_way(scenario: Scenario) -> Iterator[str]:
    """Yield the first good choice of each scene until the story ends."""
    scene = scenario.get_scene(scenario.start)
    while not scene.is_end:
        choice = next((each for each in scene.choices if each.quality is Quality.GOOD), scene.choices[0])
        yield choice.slug
        scene = scenario.get_scene(choice.next_slug)


def _take_check(maker: Maker, person_id: int, n_wrong: int) -> None:
    (place,) = _places(_standing_of(person_id), LessonKind.CHECK)
    attempt_id = start_attempt(place, maker.rng).id
    db.session.flush()
    db.session.expunge_all()
    standing = attempts.get_attempt_for(Actor(person_id=person_id, display_name=""), attempt_id)
    wrong = set(maker.rng.sample(range(len(standing.questions)), k=n_wrong))
    for number, asked in enumerate(standing.questions):
        chosen = _wrong_option(asked.question) if number in wrong else asked.question.correct_slugs
        answer_question(standing, asked.question.slug, chosen, maker.uuid(), clock.today())


def _wrong_option(question: Question) -> list[str]:
    return [next(option.slug for option in question.options if not option.is_correct)]


def _leave(person_id: int, organization: OrganizationMade) -> None:
    open_one = select(Membership).where(
        Membership.person_id == person_id,
        Membership.organization_id == organization.id,
        Membership.ended_at.is_(None),
    )
    end_membership(db.session.scalars(open_one).one(), by_id=organization.lead_id)

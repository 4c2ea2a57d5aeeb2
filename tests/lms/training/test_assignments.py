"""Asking people to finish a course by a day."""

from datetime import date

import pytest

from lms import signals
from lms.audit import AuditEntry
from lms.clock import now
from lms.db import db
from lms.errors import NotFound
from lms.training.models import Assignment
from lms.training.queries.enrollments import list_due_dates
from lms.training.services.assignments import assign_course
from tests.factories.learning import CHECK_PAGE, COURSE, answer_all, open_check
from tests.factories.people import make_membership, make_organization, make_person

DAY = date(2031, 5, 2)


@pytest.fixture
def organization(content):
    return make_organization()


@pytest.fixture
def lead(content):
    return make_person("Lead")


def test_people_are_asked_once_and_told(organization, lead):
    people = [make_person() for _number in range(3)]
    for person in people:
        make_membership(person, organization)
    told = []
    with signals.course_assigned.connected_to(lambda _sender, **said: told.append(said["assignment"].person_id)):
        ids = [person.id for person in people]
        assert assign_course(organization.id, [*ids, ids[0]], COURSE, DAY, by=lead.id) == 3
        assert assign_course(organization.id, ids, COURSE, DAY, by=lead.id) == 0
    assert sorted(told) == sorted(ids)
    assert db.session.query(AuditEntry).filter_by(verb="assigned course").count() == 1


def test_earliest_day_counts(organization, lead):
    person = make_person()
    make_membership(person, organization)
    for day in (date(2031, 6, 1), DAY, date(2031, 7, 1)):
        assign_course(organization.id, [person.id], COURSE, day, by=lead.id)
    assert list_due_dates(person.id) == {COURSE: DAY}


def test_who_does_not_belong_to_the_organization_cannot_be_asked(organization, lead):
    left, stranger = make_person(), make_person()
    make_membership(left, organization, ended_at=now())
    for person in (left, stranger):
        with pytest.raises(NotFound):
            assign_course(organization.id, [person.id], COURSE, DAY, by=lead.id)
    assert db.session.query(Assignment).count() == 0


def test_course_that_does_not_exist_cannot_be_assigned(organization, lead):
    with pytest.raises(NotFound):
        assign_course(organization.id, [], "never", DAY, by=lead.id)


def test_finishing_the_course_closes_every_assignment_of_it(site, learner, organization):
    other = make_organization("Another")
    for place in (organization, other):
        make_membership(learner, place)
        assign_course(place.id, [learner.id], COURSE, DAY, by=None)
    open_check(learner)
    answer_all(site, site.post(f"{CHECK_PAGE}/attempts", page=CHECK_PAGE).location)
    assert all(each.done_at for each in db.session.query(Assignment))
    assert list_due_dates(learner.id) == {}

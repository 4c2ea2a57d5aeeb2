"""What a coalition learned: counts of five and more, nobody named, nothing to be worked out."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms import clock
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.models import CoalitionOrganization
from lms.db import db
from lms.organizations.models import OrganizationState
from lms.training.coalition_learning import build_counts
from lms.training.queries.coalition_learning import list_course_counts
from lms.training.rules import CourseState
from tests.factories.certificates import make_enrollment
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)
from tests.statements import counted_statements

TITLE = {"en": "Small course", "es": "Curso pequeño"}


@pytest.fixture
def organization(content):
    return make_organization()


@pytest.fixture
def coalition(organization):
    return make_coalition("Tri-County", organization)


@pytest.fixture
def coordinator(coalition, client):
    person = make_person("Cora")
    make_coalition_role(person, coalition, CoalitionRoleKind.COORDINATOR)
    sign_in(client, person)
    return person


def members(organization, n_people):
    people = [make_person(f"Member {number}") for number in range(n_people)]
    for person in people:
        make_membership(person, organization)
    return people


def join(coalition, organization):
    joined = CoalitionOrganization(coalition_id=coalition.id, organization_id=organization.id, joined_at=clock.now())
    db.session.add(joined)
    db.session.commit()


def page_of(coalition):
    return f"/coalitions/{coalition.id}/learning"


def counts_of(coalition):
    (counts,) = list_course_counts(coalition.id)
    return counts.n_people, *counts.by_state.values()


def learn(*, finished=(), begun=()):
    for person in finished:
        make_enrollment(person, finished_at=clock.now())
    for person in begun:
        make_enrollment(person)


# ---------------------------------------------------------------- what may be shown


def build(n_people, n_begun, n_finished):
    return build_counts("small", TITLE, n_people=n_people, n_begun=n_begun, n_finished=n_finished)


def test_counts_of_five_and_more_are_shown_with_their_total():
    counts = build(30, 17, 12)
    assert counts.n_people == 30
    assert dict(counts.by_state) == {CourseState.FINISHED: 12, CourseState.UNDER_WAY: 5, CourseState.NOT_STARTED: 13}
    assert not counts.has_hidden


def test_a_small_count_is_hidden_with_a_second_one():
    counts = build(30, 12, 8)
    assert dict(counts.by_state) == {
        CourseState.FINISHED: None,
        CourseState.UNDER_WAY: None,
        CourseState.NOT_STARTED: 18,
    }
    assert counts.has_hidden
    assert not counts.is_hidden


def test_fewer_than_five_people_show_nothing():
    counts = build(4, 4, 4)
    assert counts.is_hidden
    assert set(counts.by_state.values()) == {None}


def test_nobody_yet_is_no_secret():
    assert build(0, 0, 0).n_people == 0


def test_people_who_left_between_two_readings_make_no_negative_count():
    assert build(6, 7, 5).n_people == 7


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_hidden_numbers_cannot_be_worked_out(n_finished, n_under_way, n_not_started):
    n_begun = n_finished + n_under_way
    counts = build(n_begun + n_not_started, n_begun, n_finished)
    shown = [n for n in counts.by_state.values() if n is not None]
    assert not any(0 < n < 5 for n in shown)
    if counts.n_people is None:
        assert shown == []
        return
    n_hidden = len(counts.by_state) - len(shown)
    assert n_hidden != 1
    assert n_hidden == 0 or counts.n_people - sum(shown) >= 5


# ---------------------------------------------------------------- who is counted


def test_people_are_counted_by_how_far_they_are(coalition, organization):
    people = members(organization, 17)
    learn(finished=people[:6], begun=people[6:11])
    assert counts_of(coalition) == (17, 6, 5, 6)


def test_a_person_counts_once(coalition, organization):
    people = members(organization, 12)
    second = make_organization("Second place")
    join(coalition, second)
    for person in people:
        make_membership(person, second)
    learn(finished=[*people[:6], *people[:6]], begun=people[:6])
    assert counts_of(coalition) == (12, 6, 0, 6)


def test_only_people_who_belong_now_are_counted(coalition, organization):
    people = members(organization, 10)
    learn(finished=people)
    left = make_membership(make_person("Left"), organization, ended_at=clock.now())
    learn(finished=[db.session.get(type(people[0]), left.person_id)])
    elsewhere = members(make_organization("Elsewhere"), 6)
    learn(finished=elsewhere)
    closed = make_organization("Closed", state=OrganizationState.CLOSED)
    join(coalition, closed)
    learn(finished=members(closed, 7))
    assert counts_of(coalition) == (10, 10, 0, 0)


# ---------------------------------------------------------------- the page


def test_page_says_the_finding_and_names_nobody(site, coordinator, coalition, organization):
    people = members(organization, 17)
    learn(finished=people[:6], begun=people[6:11])
    response = site.get(page_of(coalition))
    text = html.unescape(response.text)
    assert "6 of 17 people finished this course" in text
    assert text.count("5 people") == 2  # at the bar and in the table
    assert "Member" not in text
    assert "Some numbers are hidden" not in text
    assert response.headers["Cache-Control"] == "no-store"


def test_page_says_why_a_number_is_hidden(site, coordinator, coalition, organization):
    people = members(organization, 16)
    learn(finished=people[:3])
    text = html.unescape(site.get(page_of(coalition)).text)
    assert "Some numbers are hidden" in text
    assert "A number of 1 to 4 people could point to one person" in text
    assert "3 people" not in text
    assert "13 people" not in text
    assert "The number of people who finished is hidden" in text


def test_page_shows_nothing_of_a_few_people(site, coordinator, coalition, organization):
    learn(finished=members(organization, 3))
    text = html.unescape(site.get(page_of(coalition)).text)
    assert "There are fewer than 5 people to count" in text
    assert "3 people" not in text
    assert '<svg class="chart-svg' not in text


def test_page_of_an_empty_coalition_says_so(site, coordinator, coalition):
    assert "Nobody belongs to an organization" in html.unescape(site.get(page_of(coalition)).text)


def test_page_without_courses_says_so(site, app, client):
    coalition = make_coalition("New")
    person = make_person("Cora")
    make_coalition_role(person, coalition, CoalitionRoleKind.COORDINATOR)
    sign_in(client, person)
    assert "No course is published yet" in site.get(page_of(coalition)).text


def test_only_those_who_run_the_coalition_read_its_counts(site, client, coalition, organization):
    lead, expert, stranger = make_person("L"), make_person("E"), make_person("S")
    make_membership(lead, organization, MembershipRole.LEAD)
    make_coalition_role(expert, coalition, CoalitionRoleKind.TA_EXPERT)
    for person, status in ((lead, 403), (expert, 403), (stranger, 404)):
        sign_in(client, person)
        site.get(page_of(coalition), status=status)
    sign_in(client, make_person("Ada", is_administrator=True))
    site.get(page_of(coalition))


def test_many_people_cost_as_many_statements_as_few(site, coordinator, coalition, organization):
    costs = []
    for n_more in (1, 20):
        learn(finished=members(organization, n_more))
        site.get(page_of(coalition))
        with counted_statements() as statements:
            site.get(page_of(coalition))
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 8

"""What many do in the same second: real threads, each with a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from lms.authz import MembershipRole
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.organizations.models import Invitation, Location, Membership
from lms.organizations.services import invitations, joining, memberships, places
from lms.organizations.services.invitations import Offer
from lms.organizations.services.memberships import Post
from tests.factories.people import make_membership, make_person

KEY = "a site key"


@pytest.fixture
def at_once(app):
    """Run jobs at the same time, each in a transaction of its own; return what each gave, or the refusal."""

    def run(jobs):
        barrier = Barrier(len(jobs))

        def one(job):
            with app.app_context():
                barrier.wait()
                try:
                    result = job()
                    db.session.commit()
                except (Conflict, Invalid) as refusal:
                    db.session.rollback()
                    return refusal
                return result

        db.session.commit()  # this thread holds nothing while the others work
        with ThreadPoolExecutor(len(jobs)) as pool:
            return list(pool.map(one, jobs))

    return run


def open_link(house, max_uses):
    made = invitations.make_open_link(
        house.harbor.id, max_uses=max_uses, days=7, offer=Offer(), by_id=house.lead.id, site_key=KEY
    )
    db.session.commit()
    return made.id


def end(membership_id, by_id):
    return lambda: memberships.end_membership(db.session.get(Membership, membership_id), by_id=by_id)


def n_members(organization, **values):
    counted = (
        select(func.count()).select_from(Membership).filter_by(organization_id=organization.id, ended_at=None, **values)
    )
    return db.session.scalar(counted)


def test_twenty_people_on_a_link_for_three_make_three_members(house, at_once):
    link_id, before = open_link(house, 3), n_members(house.harbor)
    ids = [make_person(f"Person {number}").id for number in range(20)]
    results = at_once([lambda person_id=person_id: joining.accept_invitation(link_id, person_id) for person_id in ids])
    assert sum(isinstance(result, Conflict) for result in results) == 17
    assert n_members(house.harbor) == before + 3
    assert db.session.get(Invitation, link_id).n_uses == 3


def test_one_person_who_accepts_in_ten_tabs_joins_once_and_uses_one(house, at_once):
    link_id, person_id = open_link(house, 9), make_person("Ten Tabs").id
    results = at_once([lambda: joining.accept_invitation(link_id, person_id)] * 10)
    assert sum(isinstance(result, Conflict) for result in results) == 9
    assert db.session.get(Invitation, link_id).n_uses == 1


@pytest.mark.parametrize("round_number", range(3))
def test_of_two_leads_who_leave_in_the_same_second_one_stays(house, at_once, round_number):
    second = make_person("Second Lead")
    other = make_membership(second, house.harbor, MembershipRole.LEAD)
    leaves = [end(house.lead_membership.id, house.lead.id), end(other.id, second.id)]
    results = at_once(leaves if round_number % 2 else leaves[::-1])
    [refusal] = [result for result in results if isinstance(result, Conflict)]
    assert "always has a lead" in str(refusal)
    assert n_members(house.harbor, role=MembershipRole.LEAD) == 1


def test_leads_who_leave_and_step_down_at_once_leave_one(house, at_once):
    others = [make_membership(make_person(f"Lead {n}"), house.harbor, MembershipRole.LEAD) for n in range(3)]

    def step_down(membership_id):
        def job():
            membership = db.session.get(Membership, membership_id)
            memberships.edit_membership(membership, post=Post(MembershipRole.STAFF), row_version=1, by_id=1)
            return True

        return job

    jobs = [end(house.lead_membership.id, 1), end(others[0].id, 1), step_down(others[1].id), step_down(others[2].id)]
    results = at_once(jobs)
    assert sum(result is True for result in results) == 3
    assert n_members(house.harbor, role=MembershipRole.LEAD) == 1


def test_two_edits_that_began_from_the_same_row_do_not_overwrite_each_other(house, at_once):
    membership_id = house.staff_membership.id

    def edit(location_id):
        def job():
            membership = db.session.get(Membership, membership_id)
            post = Post(MembershipRole.STAFF, location_id=location_id)
            memberships.edit_membership(membership, post=post, row_version=1, by_id=1)
            return location_id

        return job

    results = at_once([edit(None), edit(house.location.id)])
    assert sum(isinstance(result, Conflict) for result in results) == 1
    [saved] = [result for result in results if not isinstance(result, Conflict)]
    assert db.session.get(Membership, membership_id, populate_existing=True).location_id == saved


def test_one_location_is_added_ten_times_at_once_and_there_once(house, at_once):
    organization_id = house.river.id
    add = lambda: places.add_location(organization_id, name="River Street", address=None, by_id=1)  # noqa: E731
    results = at_once([add] * 10)
    assert sum(isinstance(result, Invalid) for result in results) == 9
    assert len(list(db.session.scalars(select(Location).filter_by(organization_id=organization_id)))) == 1


def test_an_address_that_two_leads_invite_at_once_has_one_open_invitation(house, at_once):
    organization_id = house.harbor.id

    def invite():
        return invitations.invite_person(
            organization_id, email="new@example.org", name=None, offer=Offer(), by_id=1, site_key=KEY
        ).id

    at_once([invite] * 4)
    is_open = select(Invitation).filter_by(organization_id=organization_id, revoked_at=None)
    assert len(list(db.session.scalars(is_open))) == 1

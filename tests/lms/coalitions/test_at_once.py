"""What several do in the same second: real threads, each with a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import select

from lms.audit import AuditEntry, find_breaks
from lms.authz import CoalitionRoleKind
from lms.coalitions import queries, services
from lms.coalitions.models import CoalitionFact, CoalitionRole, FactKey
from lms.db import db
from lms.errors import CommonsError, Conflict, Invalid
from tests.factories.people import make_coalition_role, make_person


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
                except CommonsError as refusal:
                    db.session.rollback()
                    return refusal
                return result

        db.session.commit()  # this thread holds nothing while the others work
        with ThreadPoolExecutor(len(jobs)) as pool:
            return list(pool.map(one, jobs))

    return run


def end(role_id):
    return lambda: services.end_role(db.session.get(CoalitionRole, role_id), by_id=1, may_end_last_coordinator=False)


def test_of_two_coordinators_who_leave_at_once_one_stays(house, at_once):
    other = make_coalition_role(make_person(), house.own, CoalitionRoleKind.COORDINATOR)
    results = at_once([end(house.coordinator_role.id), end(other.id)])
    assert sorted(type(each) for each in results if each is not None) == [Conflict]
    open_roles = queries.list_roles(house.own.id, limit=9)
    assert [role.role for role in open_roles].count(CoalitionRoleKind.COORDINATOR) == 1


def test_one_person_is_appointed_once(house, at_once):
    email, coalition_id = make_person().email, house.own.id
    results = at_once(
        [lambda: services.appoint(coalition_id, email, CoalitionRoleKind.TA_EXPERT, by_id=None) for _ in range(5)]
    )
    assert sum(isinstance(each, Invalid) for each in results) == 4
    assert queries.count_roles(coalition_id) == 3


def test_an_organization_joins_once(house, at_once):
    coalition_id, organization_id = house.own.id, house.far.id
    results = at_once([lambda: services.join_coalition(coalition_id, organization_id, by_id=None) for _ in range(5)])
    assert sum(isinstance(each, Conflict) for each in results) == 4


def test_of_many_first_texts_one_is_kept(house, at_once):
    coalition_id = house.own.id

    def write(text):
        said = {"text_en": text, "text_es": text, "source": "s", "checked_on": date(2026, 1, 5), "by_id": None}
        return lambda: services.set_fact(coalition_id, FactKey.CRISIS_LINE, row_version=0, **said)

    results = at_once([write(f"text {number}") for number in range(5)])
    assert sum(isinstance(each, Conflict) for each in results) == 4
    assert len(db.session.scalars(select(CoalitionFact)).all()) == 1


def test_coalitions_of_one_name_get_slugs_of_their_own(app, at_once):
    said = {"name": "North Shore", "state_name": "Ohio", "counties": "", "time_zone": "UTC"}
    at_once([lambda: services.create_coalition(**said, by_id=None) for _ in range(5)])
    slugs = sorted(coalition.slug for coalition in queries.list_coalitions())
    assert slugs == ["north-shore", *(f"north-shore-{number}" for number in range(2, 6))]
    assert len(db.session.scalars(select(AuditEntry)).all()) == 5
    assert list(find_breaks()) == []

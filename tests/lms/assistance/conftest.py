"""Two organizations of one coalition with their experts, a third elsewhere, and everybody who might come by."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest

from lms.authz import CoalitionRoleKind, MembershipRole
from lms.db import db
from lms.errors import CommonsError
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)


@pytest.fixture
def house(app):
    """Harbor House and River Clinic with the experts Eve and Ed; Rita is an expert and works in River Clinic."""
    harbor, river, far = (make_organization(name) for name in ("Harbor House", "River Clinic", "Far Shelter"))
    coalition = make_coalition("Tri-County", harbor, river)
    far_coalition = make_coalition("Far County", far)
    names = "Lea Lead,Sam Staff,Tia Team,Eve Expert,Ed Expert,Rita Both,Cody Coordinator,Stan Stranger,Rick River"
    keys = "lead staff member expert other both coordinator stranger river_lead".split()
    people = {key: make_person(name) for key, name in zip(keys, names.split(","), strict=True)}
    for key in ("expert", "other", "both"):
        make_coalition_role(people[key], coalition, CoalitionRoleKind.TA_EXPERT)
    make_coalition_role(people["coordinator"], coalition, CoalitionRoleKind.COORDINATOR)
    far_expert = make_person("Fay Far")
    make_coalition_role(far_expert, far_coalition, CoalitionRoleKind.TA_EXPERT)
    make_membership(people["lead"], harbor, MembershipRole.LEAD)
    make_membership(people["staff"], harbor)
    make_membership(people["member"], harbor)
    make_membership(people["both"], river)
    make_membership(people["river_lead"], river, MembershipRole.LEAD)
    make_membership(people["stranger"], far, MembershipRole.LEAD)
    return SimpleNamespace(
        harbor=harbor,
        river=river,
        far=far,
        coalition=coalition,
        admin=make_person("Ada Admin", is_administrator=True),
        far_expert=far_expert,
        url=f"/organizations/{harbor.id}",
        **people,
    )


@pytest.fixture
def as_person(client):
    """Sign somebody in."""
    return lambda person: sign_in(client, person)


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

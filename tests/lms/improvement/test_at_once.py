"""The same thing asked at the same time: one is done, and the others are told why not."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from lms.authz import MembershipRole
from lms.db import db
from lms.improvement.models import Team
from lms.web import access
from tests.factories.people import make_membership, make_organization, make_person, sign_in

N = 5


def test_of_many_teams_with_one_name_one_is_made(app, site):
    lead, harbor = make_person("Lea Lead"), make_organization("Harbor House")
    make_membership(lead, harbor, MembershipRole.LEAD)
    sign_in(site.client, lead)
    path, harbor_id = f"/organizations/{harbor.id}/teams/new", harbor.id
    fields = [{"name": "Night shift", "members": str(lead.id), **site.hidden_fields(path)} for _ in range(N)]
    name, start = access.cookie_name(app.config["SETTINGS"]), Barrier(N)
    key = site.client.get_cookie(name).value
    db.session.remove()

    def send(said):
        client = app.test_client()
        client.set_cookie(name, key)
        start.wait()
        return client.post(path, data=said).status_code

    with ThreadPoolExecutor(N) as threads:
        assert sorted(threads.map(send, fields)) == [303] + [422] * (N - 1)
    made = select(Team).where(Team.organization_id == harbor_id, Team.name == "Night shift")
    assert len(db.session.scalars(made).all()) == 1

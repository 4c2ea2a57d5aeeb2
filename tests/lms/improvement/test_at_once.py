"""The same thing asked at the same time: one is done, and the others are told why not."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from lms.authz import CoalitionRoleKind, MembershipRole
from lms.db import db
from lms.improvement.models import Team
from lms.web import access
from tests.factories.collaboratives import make_collaborative
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)

N = 5


def test_of_many_teams_with_one_name_one_is_made(app, site):
    lead, harbor = make_person("Lea Lead"), make_organization("Harbor House")
    make_membership(lead, harbor, MembershipRole.LEAD)
    sign_in(site.client, lead)
    path, harbor_id = f"/organizations/{harbor.id}/teams/new", harbor.id
    fields = [{"name": "Night shift", "members": str(lead.id), **site.hidden_fields(path)} for _ in range(N)]
    assert send_at_once(app, site, path, fields) == [303] + [422] * (N - 1)
    made = select(Team).where(Team.organization_id == harbor_id, Team.name == "Night shift")
    assert len(db.session.scalars(made).all()) == 1


def test_an_organization_that_is_brought_in_by_several_takes_part_with_one_team(app, site):
    cody, harbor, elm = make_person("Cody"), make_organization("Harbor House"), make_organization("Elm Jail")
    coalition = make_coalition("Tri-County", harbor, elm)
    make_coalition_role(cody, coalition, CoalitionRoleKind.COORDINATOR)
    path, elm_id = f"/collaboratives/{make_collaborative(coalition).id}/teams/new", elm.id
    sign_in(site.client, cody)
    fields = [{"team": f"organization-{elm_id}", **site.hidden_fields(path)} for _ in range(N)]
    assert send_at_once(app, site, path, fields) == [303] + [422] * (N - 1)
    assert len(db.session.scalars(select(Team).where(Team.organization_id == elm_id)).all()) == 1


def send_at_once(app, site, path, fields):
    name, start = access.cookie_name(app.config["SETTINGS"]), Barrier(N)
    key = site.client.get_cookie(name).value
    db.session.remove()

    def send(said):
        client = app.test_client()
        client.set_cookie(name, key)
        start.wait()
        return client.post(path, data=said).status_code

    with ThreadPoolExecutor(N) as threads:
        return sorted(threads.map(send, fields))

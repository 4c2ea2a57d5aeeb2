"""Who is needed this week: what a coalition sees of its organizations, and what it does not."""

import pytest

from lms.authz import CoalitionRoleKind, MembershipRole
from lms.db import db
from lms.notifications.services import open_todo
from lms.notifications.words import TodoKind
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)


@pytest.fixture
def coalition(client):
    harbor, elsewhere = make_organization("Harbor House"), make_organization("Far Shelter")
    coalition, ana = make_coalition("Tri-County", harbor), make_person("Ana Ruiz")
    make_coalition("Far County", elsewhere)
    make_membership(ana, harbor, MembershipRole.LEAD)
    coordinator = make_person("Cody")
    make_coalition_role(coordinator, coalition, CoalitionRoleKind.COORDINATOR)
    for organization, kind, title in (
        (harbor, TodoKind.SETTLE_ACTION, "Write the protocol"),
        (harbor, TodoKind.CONFIRM_PAGE, "When the director drinks"),
        (harbor, TodoKind.FINISH_COURSE, "Overdose response"),
        (elsewhere, TodoKind.SETTLE_ACTION, "Hire a nurse"),
    ):
        open_todo(ana.id, kind, title, organization_id=organization.id, path="/readiness", title=title)
    db.session.commit()
    sign_in(client, coordinator)
    return coalition


def test_a_coordinator_sees_what_waits_but_neither_learning_nor_playbooks(site, coalition):
    page = site.get(f"/coalitions/{coalition.id}/week")
    assert "Write the protocol" in page.text
    for hidden in ("When the director drinks", "Overdose response", "Hire a nurse"):
        assert hidden not in page.text


def test_what_names_others_stays_in_no_cache(site, coalition):
    for path in (f"/coalitions/{coalition.id}/week", "/search?q=dose", "/notices"):
        assert site.get(path).headers["Cache-Control"] == "no-store", path

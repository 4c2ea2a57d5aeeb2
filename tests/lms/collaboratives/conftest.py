"""A coalition with four organizations, three of them in a collaborative, and a coalition beside it."""

from types import SimpleNamespace

import pytest

from lms.authz import CoalitionRoleKind, MembershipRole
from tests.factories.collaboratives import make_collaborative, make_session, team_of
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)


@pytest.fixture
def cohort(app):
    """Harbor House, River Clinic and Oak Library take part; Elm Jail does not. Far Shelter is elsewhere."""
    harbor, river, oak, elm = (
        make_organization(n) for n in ("Harbor House", "River Clinic", "Oak Library", "Elm Jail")
    )
    far = make_organization("Far Shelter")
    own, other = make_coalition("Tri-County", harbor, river, oak, elm), make_coalition("Far Valley", far)
    people = {name: make_person(name.title()) for name in "staff lead neighbor expert coordinator outsider".split()}
    people["admin"] = make_person("Admin", is_administrator=True)
    make_membership(people["staff"], harbor)
    make_membership(people["lead"], harbor, MembershipRole.LEAD)
    make_membership(people["neighbor"], elm, MembershipRole.LEAD)
    make_membership(people["outsider"], far, MembershipRole.LEAD)
    make_coalition_role(people["expert"], own, CoalitionRoleKind.TA_EXPERT)
    make_coalition_role(people["coordinator"], own, CoalitionRoleKind.COORDINATOR)
    collaborative = make_collaborative(own, harbor, river, oak)
    elsewhere = make_collaborative(other, far)
    return SimpleNamespace(
        harbor=harbor,
        river=river,
        oak=oak,
        elm=elm,
        far=far,
        own=own,
        other=other,
        collaborative=collaborative,
        elsewhere=elsewhere,
        session=make_session(collaborative),
        far_session=make_session(elsewhere),
        team=team_of(collaborative, harbor),
        far_team=team_of(elsewhere, far),
        url=f"/collaboratives/{collaborative.id}",
        list_url=f"/coalitions/{own.id}/collaboratives",
        **people,
    )


@pytest.fixture
def as_person(client):
    """Sign somebody in."""
    return lambda person: sign_in(client, person)

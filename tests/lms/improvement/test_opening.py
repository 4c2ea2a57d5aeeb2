import re
from html import unescape

import pytest
from sqlalchemy import select

from lms.authz import MembershipRole
from lms.db import db
from lms.improvement.models import Aim, AimVersion, Cycle, Measure, Observation, Team
from lms.readiness.models import RecommendedAction
from tests.factories.people import make_coalition, make_membership, make_organization, make_person, sign_in
from tests.factories.readiness import close, instrument, make_round, publish, rate_all


@pytest.fixture
def gap(app):
    """Harbor House closed a round; its report recommends something."""
    publish()
    harbor = make_organization()
    make_coalition("Tri-County", harbor)
    lead, staff = make_person("Lea Lead"), make_person("Sam Staff")
    make_membership(lead, harbor, MembershipRole.LEAD)
    make_membership(staff, harbor)
    a_round = make_round(harbor, lead)
    rate_all(a_round, lead, 2, universal_screening=1)
    close(a_round, lead)
    counted = [item.key for item in instrument().items if item.measure]
    actions = db.session.scalars(select(RecommendedAction).order_by(RecommendedAction.number)).all()
    action = next(each for each in actions if each.item_key in counted)
    for each in actions:
        db.session.expunge(each)  # each page reads it anew, with its round
    return action, lead, staff, harbor


def form_of(site, path):
    """Send the page's own form back, filled in as it was."""
    html = site.get(path).text
    form = html[html.index("<main") : html.index("</main>")]
    fields = {n: unescape(v) for n, v in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)}
    fields |= {
        n: unescape(v).strip()
        for n, v in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    }
    fields |= {"unit": "percent", "cadence": "month", "direction": "up", "team": ""}
    return {name: value for name, value in fields.items() if name not in {"csrf_token", "form_key"}}


def test_a_lead_opens_a_filled_in_cycle_from_a_gap(site, client, gap):
    action, lead, _staff, harbor = gap
    sign_in(client, lead)
    path = f"/improve/from-action/{action.id}"
    fields = form_of(site, path)
    assert fields["what"]
    assert fields["name"]
    fields |= {"cycle_title": "Ask at the front desk", "numerator": "4", "denominator": "20"}
    response = site.post(path, fields, status=303)
    cycle = db.session.scalars(select(Cycle)).one()
    assert response.location == f"/improve/cycles/{cycle.id}/plan"
    assert cycle.opened_from_action_id == action.id
    assert db.session.scalars(select(Team)).one().organization_id == harbor.id
    assert db.session.scalars(select(Observation)).one().numerator == 4
    assert db.session.scalars(select(AimVersion)).one().what == fields["what"]
    db.session.expire_all()
    opened = db.session.scalar(select(RecommendedAction.opened_path).where(RecommendedAction.id == action.id))
    assert opened == f"/improve/cycles/{cycle.id}"
    assert "was opened from this action before" in site.get(path).text


def test_a_second_opening_keeps_the_aim_of_the_team(site, client, gap):
    action, lead, _staff, _harbor = gap
    sign_in(client, lead)
    path = f"/improve/from-action/{action.id}"
    fields = form_of(site, path) | {"cycle_title": "Ask at the front desk"}
    site.post(path, fields, status=303)
    team = db.session.scalars(select(Team)).one()
    site.post(path, fields | {"team": str(team.id), "what": "Something else"}, status=303)
    assert len(db.session.scalars(select(Aim)).all()) == 1
    assert len(db.session.scalars(select(Measure)).all()) == 2


@pytest.mark.parametrize("broken", [
    {"team_name": ""}, {"what": ""}, {"denominator_text": ""}, {"numerator": "5", "denominator": "0"},
    {"numerator": "9", "denominator": "3"}, {"team": "987654"}, {"cycle_title": "x" * 10_000},
])  # fmt: skip
def test_what_is_missing_is_asked_for_and_nothing_is_opened(site, client, gap, broken):
    action, lead, _staff, _harbor = gap
    sign_in(client, lead)
    path = f"/improve/from-action/{action.id}"
    site.post(path, form_of(site, path) | {"cycle_title": "Ask at the desk"} | broken, status=422)
    assert db.session.scalars(select(Team)).all() == []


def test_only_the_lead_opens_work(site, client, gap):
    action, _lead, staff, _harbor = gap
    for person in (staff, make_person("Stan Stranger")):
        sign_in(client, person)
        site.get(f"/improve/from-action/{action.id}", status=404)

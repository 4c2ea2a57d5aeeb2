from datetime import date

import pytest

from lms.authz import CoalitionRoleKind
from lms.coalitions import queries, services
from lms.coalitions.catalog import default_facts
from lms.coalitions.models import FactKey
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.errors import NotFound
from lms.organizations.models import OrganizationState
from tests.factories.people import make_coalition, make_coalition_role, make_membership, make_person
from tests.statements import counted_statements


def set_fact(coalition, text="1-555-0100", key=FactKey.POISON_LINE):
    texts = {"text_en": text, "text_es": f"{text} (es)", "source": "s", "checked_on": date(2026, 1, 5)}
    services.set_fact(coalition.id, key, row_version=0, by_id=None, **texts)
    db.session.commit()


def test_members_experts_coordinators_and_administrators_find_a_coalition(house):
    for person in (house.staff, house.lead, house.expert, house.coordinator, house.admin):
        assert queries.get_coalition_for(load_actor(person), house.own.id) is house.own


@pytest.mark.parametrize("coalition_id", [None, 999_999])
def test_a_stranger_finds_none(house, coalition_id):
    with pytest.raises(NotFound):
        queries.get_coalition_for(load_actor(house.outsider), coalition_id or house.own.id)


def test_who_left_the_organization_no_longer_sees_its_coalition(house):
    services.leave_coalition(house.own.id, house.harbor.id, by_id=None)
    db.session.commit()
    with pytest.raises(NotFound):
        queries.get_coalition_for(load_actor(house.staff), house.own.id)


def test_parent_and_child_belong_together(house):
    admin = load_actor(house.admin)
    with pytest.raises(NotFound):
        queries.get_belonging_for(admin, house.own.id, house.far.id)
    with pytest.raises(NotFound):
        queries.get_role_for(admin, house.other.id, house.expert_role.id)
    with pytest.raises(NotFound):
        queries.get_fact_place_for(admin, house.own.id, "no-such-fact")


def test_closed_organizations_are_not_listed(house):
    house.river.state = OrganizationState.CLOSED
    db.session.commit()
    assert [each.name for each in queries.list_organizations(house.own.id, limit=9)] == ["Harbor House"]
    assert queries.count_organizations(house.own.id) == 1


def test_roles_are_listed_coordinators_first_then_by_name(house):
    make_coalition_role(make_person("abel"), house.own, CoalitionRoleKind.TA_EXPERT)
    names = [held.person.display_name for held in queries.list_roles(house.own.id, limit=9)]
    assert names == ["Coordinator", "abel", "Expert"]
    assert queries.count_roles(house.own.id) == 3


def test_organizations_outside_can_be_brought_in(house):
    assert [each.name for each in queries.list_organizations_outside(house.own.id)] == ["Far Shelter"]


def test_own_coalitions_are_those_one_sees(house):
    assert queries.list_coalitions_of(load_actor(house.expert)) == [house.own]
    assert queries.list_coalitions_of(load_actor(house.admin)) == []


def test_a_page_shows_the_phrases_that_are_true_everywhere_until_a_fact_is_set(house):
    assert queries.facts_for(load_actor(house.staff), "es") == default_facts("es")


def test_a_page_shows_the_facts_of_the_readers_coalition(house):
    set_fact(house.own)
    set_fact(house.other, "elsewhere")
    actor = load_actor(house.staff)
    with counted_statements() as statements:
        facts = queries.facts_for(actor, "es")
    assert facts == {**default_facts("es"), "poison-line": "1-555-0100 (es)"}
    assert len(statements) == 1


def test_a_ta_expert_reads_the_facts_of_the_coalition_helped(house):
    set_fact(house.own)
    assert queries.facts_for(load_actor(house.expert), "en")["poison-line"] == "1-555-0100"


def test_the_membership_one_acts_in_comes_before_a_coalition_role(house):
    set_fact(house.own)
    set_fact(house.other, "elsewhere")
    make_membership(house.expert, house.far)
    assert queries.facts_for(load_actor(house.expert, house.far.id), "en")["poison-line"] == "elsewhere"


def test_where_several_coalitions_fill_a_blank_the_oldest_speaks(house):
    younger = make_coalition("Younger", house.harbor)
    set_fact(younger, "younger")
    set_fact(younger, "only here", FactKey.CRISIS_LINE)
    set_fact(house.own, "older")
    facts = queries.facts_for(load_actor(house.staff), "en")
    assert (facts["poison-line"], facts["crisis-line"]) == ("older", "only here")


def test_nobody_and_people_without_a_coalition_cost_no_statement(app):
    loner = load_actor(make_person())
    with counted_statements() as statements:
        assert queries.facts_for(loner, "en") == queries.facts_for(None, "en") == default_facts("en")
    assert statements == []

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from lms import clock
from lms.accounts.models import Language, PersonState
from lms.audit import AuditEntry
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions import queries, services
from lms.coalitions.models import CoalitionRole, FactKey
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.organizations.models import Invitation, OrganizationKind
from lms.outbox import OutboxRow
from tests.factories.people import make_coalition_role, make_person


def entries(coalition):
    recorded = select(AuditEntry).where(AuditEntry.chain == coalition.id).order_by(AuditEntry.sequence)
    return list(db.session.scalars(recorded))


def create(name="North Shore", zone="America/Chicago"):
    return services.create_coalition(name=name, state_name="Ohio", counties="", time_zone=zone, by_id=None)


def set_fact(coalition, row_version=0, **values):
    texts = {"text_en": "Main street", "text_es": "Calle mayor", "source": "us", "checked_on": date(2026, 1, 5)}
    services.set_fact(coalition.id, FactKey.NALOXONE_WHERE, row_version=row_version, by_id=None, **{**texts, **values})


def test_a_coalition_is_created_and_its_own_chain_begins(app):
    coalition = create()
    db.session.commit()
    assert coalition.slug == "north-shore"
    assert [(entry.sequence, entry.verb) for entry in entries(coalition)] == [(1, "created a coalition")]


def test_two_coalitions_of_one_name_get_two_slugs(app):
    assert [create().slug, create().slug] == ["north-shore", "north-shore-2"]


def test_a_zone_that_does_not_exist_is_refused(app):
    with pytest.raises(Invalid) as refused:
        create(zone="America/Nowhere")
    assert set(refused.value.fields) == {"time_zone"}


def test_an_edit_that_began_from_an_older_text_changes_nothing(house):
    said = {"name": "New", "state_name": "Iowa", "counties": "", "time_zone": "UTC", "by_id": house.admin.id}
    services.edit_coalition(house.own.id, row_version=1, **said)
    with pytest.raises(Conflict):
        services.edit_coalition(house.own.id, row_version=1, **{**said, "name": "Newer"})
    db.session.commit()
    assert queries.get_coalition(house.own.id).name == "New"


def test_a_fact_is_set_and_changed(house):
    set_fact(house.own)
    set_fact(house.own, row_version=1, text_en="Oak street")
    db.session.commit()
    fact = queries.find_fact(house.own.id, FactKey.NALOXONE_WHERE)
    assert (fact.text_en, fact.row_version) == ("Oak street", 2)
    assert [entry.changes["row_version"] for entry in entries(house.own)] == [1, 2]


def test_audit_holds_no_text_of_a_fact(house):
    set_fact(house.own)
    db.session.commit()
    assert "Main street" not in str([entry.changes for entry in entries(house.own)])


@pytest.mark.parametrize("row_version", [0, 2])
def test_of_two_edits_that_meet_one_is_kept(house, row_version):
    set_fact(house.own)
    with pytest.raises(Conflict):
        set_fact(house.own, row_version=row_version, text_en="theirs")


def test_a_check_lies_in_the_past_of_the_coalitions_own_zone(house):
    with clock.fixed(datetime(2026, 3, 2, 3, 0, tzinfo=UTC)):  # still the first of March in New York
        set_fact(house.own, checked_on=date(2026, 3, 1))
        with pytest.raises(Invalid) as refused:
            set_fact(house.own, row_version=1, checked_on=date(2026, 3, 2))
    assert set(refused.value.fields) == {"checked_on"}


def test_an_organization_joins_once_and_leaves_once(house):
    services.join_coalition(house.own.id, house.far.id, by_id=None)
    with pytest.raises(Conflict):
        services.join_coalition(house.own.id, house.far.id, by_id=None)
    services.leave_coalition(house.own.id, house.far.id, by_id=None)
    with pytest.raises(Conflict):
        services.leave_coalition(house.own.id, house.far.id, by_id=None)
    services.join_coalition(house.own.id, house.far.id, by_id=None)
    db.session.commit()
    assert len(entries(house.own)) == 3


def test_an_organization_is_added_with_an_invitation_for_its_first_lead(house):
    organization = services.add_organization(
        house.own.id,
        name="Oak Library",
        kind=OrganizationKind.LIBRARY,
        lead_email="lee@example.org",
        lead_name=None,
        language=Language.SPANISH,
        by_id=house.coordinator.id,
        site_key="key",
    )
    db.session.commit()
    invitation = db.session.scalars(select(Invitation)).one()
    assert (invitation.organization_id, invitation.role) == (organization.id, MembershipRole.LEAD)
    assert invitation.language is Language.SPANISH
    assert db.session.scalars(select(OutboxRow.payload)).one() == {"invitation_id": invitation.id}
    assert organization.id in load_actor(house.coordinator).seen_organization_ids


def test_somebody_is_appointed_by_address_or_alias(house):
    ines, heron = make_person(email="ines@example.org"), make_person("", alias="heron")
    for typed, person in ((" Ines@Example.org ", ines), ("HERON", heron)):
        assert services.appoint(house.own.id, typed, CoalitionRoleKind.TA_EXPERT, by_id=None) is person
        db.session.commit()
        assert house.own.id in load_actor(person).coalition_ids


def test_an_unknown_and_a_suspended_account_read_the_same(house):
    make_person(email="gone@example.org", state=PersonState.SUSPENDED)
    sentences = set()
    for typed in ("gone@example.org", "nobody@example.org"):
        with pytest.raises(Invalid) as refused:
            services.appoint(house.own.id, typed, CoalitionRoleKind.TA_EXPERT, by_id=None)
        sentences.add(refused.value.fields["person_name"])
    assert len(sentences) == 1


def test_a_role_is_given_once(house):
    with pytest.raises(Invalid):
        services.appoint(house.own.id, house.expert.email, CoalitionRoleKind.TA_EXPERT, by_id=None)


def test_a_role_ends_once(house):
    for _ in range(2):
        role = db.session.get(CoalitionRole, house.expert_role.id)
        if role.ended_at is None:
            services.end_role(role, by_id=house.coordinator.id, may_end_last_coordinator=False)
            db.session.commit()
            continue
        with pytest.raises(Conflict):
            services.end_role(role, by_id=house.coordinator.id, may_end_last_coordinator=False)
    assert load_actor(house.expert).coalition_ids == frozenset()


def test_the_last_coordinator_cannot_go_but_an_administrator_may_end_the_role(house):
    with pytest.raises(Conflict):
        services.end_role(house.coordinator_role, by_id=house.coordinator.id, may_end_last_coordinator=False)
    services.end_role(house.coordinator_role, by_id=house.admin.id, may_end_last_coordinator=True)


def test_a_suspended_coordinator_is_no_other_coordinator(house):
    make_coalition_role(make_person(state=PersonState.SUSPENDED), house.own, CoalitionRoleKind.COORDINATOR)
    assert not queries.exists_other_coordinator(house.coordinator_role)
    make_coalition_role(make_person(), house.own, CoalitionRoleKind.COORDINATOR)
    services.end_role(house.coordinator_role, by_id=house.coordinator.id, may_end_last_coordinator=False)

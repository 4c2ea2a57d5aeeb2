"""What becomes of roles when people leave, pass on their work, are erased or turn out to be one person."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock, signals
from lms.accounts.models import PersonState
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.errors import NotFound
from lms.organizations.queries import find_membership
from lms.organizations.services.memberships import end_membership
from lms.succession import queries
from lms.succession.models import EvidenceKind, PositionKind, RoleEvidence, RolePosition
from lms.succession.rules import Level
from tests.factories.people import make_membership, make_organization, make_person
from tests.factories.succession import make_evidence, make_position, make_role

TODAY = clock.today()


def level_of(house, role):
    db.session.expire_all()
    return queries.get_role_for(load_actor(house.lead), role.id).coverage_on(TODAY).level


def open_positions(role):
    db.session.expire_all()
    held = select(RolePosition).where(RolePosition.role_id == role.id, RolePosition.ended_at.is_(None))
    return {(each.person_id, each.kind.value) for each in db.session.scalars(held)}


def leave(house, person):
    end_membership(find_membership(person.id, house.organization.id), by_id=house.lead.id)
    db.session.commit()


def test_a_role_is_vacant_when_its_holder_leaves(house):
    role = make_role(house.organization)
    make_position(role, house.ana)
    make_position(role, house.ben, PositionKind.BACKUP)
    assert level_of(house, role) is Level.BACKUP_NAMED
    assert queries.get_role_for(load_actor(house.ana), role.id)
    version = role.row_version
    leave(house, house.ana)
    assert level_of(house, role) is Level.VACANT
    assert role.row_version == version + 1
    with pytest.raises(NotFound):
        queries.get_role_for(load_actor(house.ana), role.id)
    (past,) = queries.get_role_for(load_actor(house.lead), role.id).past_positions
    assert past.name == "Ana Ruiz"


def test_a_coalition_role_ends_only_when_the_person_has_left_the_coalition(house):
    role = make_role(house.coalition)
    make_position(role, house.ana)
    other = make_organization("Elsewhere")
    make_membership(house.ana, other)
    db.session.commit()
    end_membership(find_membership(house.ana.id, other.id), by_id=house.lead.id) if False else None
    assert open_positions(role) == {(house.ana.id, "holder")}
    leave(house, house.ana)
    assert open_positions(role) == set()


def test_a_suspended_account_covers_nothing_and_keeps_its_place(house):
    role = make_role(house.organization)
    make_position(role, house.ana)
    house.ana.state = PersonState.SUSPENDED
    db.session.commit()
    assert level_of(house, role) is Level.VACANT
    assert open_positions(role) == {(house.ana.id, "holder")}


def pass_on(house, person, successor):
    said = {"person_id": person.id, "successor_id": successor.id if successor else None}
    answers = signals.person_left_work.send(
        None, organization_id=house.organization.id, actor=load_actor(house.lead), **said
    )
    db.session.commit()
    return sum(sum(counts.values()) for receiver, counts in answers if "succession" in receiver.__module__)


def test_work_that_is_passed_on_has_a_new_holder(house):
    first, second, third = (make_role(house.organization, name) for name in ("One", "Two", "Three"))
    elsewhere = make_role(make_organization("Another"), "Elsewhere")
    for role in (first, second, elsewhere):
        make_position(role, house.ana)
    make_position(second, house.ben, PositionKind.BACKUP)
    make_position(third, house.ana, PositionKind.BACKUP)
    make_position(third, house.ben)
    asked = signals.work_owned_asked.send(None, person_id=house.ana.id, organization_id=house.organization.id)
    owned = [row for receiver, rows in asked if "succession" in receiver.__module__ for row in rows]
    assert [(title, path) for _word, title, path in owned] == [
        (role.name, f"/succession/roles/{role.id}") for role in (first, second, third)
    ]
    assert pass_on(house, house.ana, house.ben) == 3
    assert [open_positions(role) for role in (first, second, third)] == [{(house.ben.id, "holder")}] * 3
    assert open_positions(elsewhere) == {(house.ana.id, "holder")}


def test_work_without_a_successor_ends(house):
    role = make_role(house.organization)
    make_position(role, house.ana)
    assert pass_on(house, house.ana, make_person("Stranger")) == 1
    assert open_positions(role) == set()


def test_an_erased_person_stays_as_a_former_member(house):
    role = make_role(house.organization)
    make_position(role, house.ana)
    make_evidence(role, house.ana, EvidenceKind.TRAINED, TODAY - timedelta(days=9))
    signals.person_erased.send(None, person_id=house.ana.id)
    db.session.commit()
    assert level_of(house, role) is Level.VACANT
    (past,) = queries.get_role_for(load_actor(house.lead), role.id).past_positions
    assert past.name is None
    assert [each.person_id for each in db.session.scalars(select(RoleEvidence))] == [None]


def test_merged_accounts_keep_the_stronger_position(house):
    both, one = make_role(house.organization, "Both"), make_role(house.organization, "One")
    make_position(both, house.ana, PositionKind.BACKUP)
    make_position(both, house.ben)
    make_position(one, house.ben, PositionKind.BACKUP)
    signals.people_merged.send(None, kept_id=house.ana.id, gone_id=house.ben.id)
    db.session.commit()
    assert open_positions(both) == {(house.ana.id, "holder")}
    assert open_positions(one) == {(house.ana.id, "backup")}


def test_everybody_can_have_what_is_kept_about_them(house):
    role = make_role(house.organization)
    make_position(role, house.ana)
    make_evidence(role, house.ana, EvidenceKind.TRAINED, TODAY)
    answers = signals.person_data_asked.send(None, person_id=house.ana.id)
    kept = dict(row for receiver, rows in answers if "succession" in receiver.__module__ for row in rows)
    assert kept["critical_roles"][0]["role"] == "Naloxone stock"
    assert kept["role_evidence"][0]["kind"] == "trained"

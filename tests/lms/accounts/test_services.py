"""Making, suspending and looking after accounts."""

import pytest

from lms import signals
from lms.accounts import queries
from lms.accounts.models import Language, PersonState
from lms.accounts.services import people, recovery, sessions
from lms.audit import AuditEntry
from lms.db import db
from lms.errors import Conflict, Invalid, NotFound
from tests.factories.people import PASSWORD_HASH, make_person, sign_in
from tests.lms.accounts.conftest import live_sessions, verbs


def create(**values):
    person = people.create_person(password_hash=PASSWORD_HASH, **values)
    db.session.commit()
    return person


def test_an_account_with_an_address_is_made(app):
    person = create(email=" Ana@Example.ORG ", name=" Ana\n Ruiz ", language=Language.SPANISH)
    assert (person.email, person.alias, person.name) == ("ana@example.org", None, "Ana Ruiz")
    assert (person.language, person.state, person.is_administrator) == ("es", PersonState.ACTIVE, False)
    assert verbs() == ["made an account"]


def test_an_account_with_an_alias_is_made(app):
    person = create(alias="Night.Heron")
    assert (person.email, person.alias, person.display_name) == (None, "night.heron", "night.heron")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "email"),
        ({"email": "", "alias": ""}, "email"),
        ({"email": "ana"}, "email"),
        ({"email": "x" * 10_000 + "@example.org"}, "email"),
        ({"alias": "a b"}, "alias"),
        ({"alias": "ana@example.org"}, "alias"),
    ],
)
def test_an_unfit_account_is_refused_beside_its_field(app, values, field):
    with pytest.raises(Invalid) as refused:
        create(**values)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"email": "ANA@example.org"}, "email"),
        ({"alias": "Night.HERON"}, "alias"),
        ({"email": "new@example.org", "alias": "night.heron"}, "alias"),
        ({"email": "ana@example.org", "alias": "new-alias"}, "email"),
    ],
)
def test_an_account_that_exists_is_not_made_twice(ana, heron, values, field):
    with pytest.raises(Invalid) as refused:
        create(**values)
    assert list(refused.value.fields) == [field]


def test_a_suspended_person_is_out_everywhere_and_others_are_told(site, ana):
    admin, told = make_person("Admin", is_administrator=True), []
    sign_in(site.client, ana)

    def note(_sender, person_id):
        told.append(person_id)

    with signals.person_suspended.connected_to(note):
        assert people.suspend_person(ana.id, by_id=admin.id)
        assert not people.suspend_person(ana.id, by_id=admin.id)
    db.session.commit()
    assert told == [ana.id]
    assert live_sessions() == []
    site.get("/account", status=303)
    assert verbs() == ["suspended an account"]


def test_a_reactivated_person_signs_in_again(ana):
    admin = make_person("Admin", is_administrator=True)
    people.suspend_person(ana.id, by_id=admin.id)
    assert people.reactivate_person(ana.id, by_id=admin.id)
    assert not people.reactivate_person(ana.id, by_id=admin.id)
    db.session.commit()
    assert queries.get_person(ana.id).state is PersonState.ACTIVE


def test_the_last_administrator_stays(ana):
    admin = make_person("Admin", is_administrator=True)
    with pytest.raises(Conflict):
        people.suspend_person(admin.id, by_id=ana.id)
    db.session.rollback()
    second = make_person("Second", is_administrator=True)
    assert people.suspend_person(admin.id, by_id=second.id)
    with pytest.raises(Conflict):
        people.suspend_person(second.id, by_id=admin.id)


def test_nobody_suspends_themselves(app):
    admin = make_person("Admin", is_administrator=True)
    make_person("Second", is_administrator=True)
    with pytest.raises(Conflict):
        people.suspend_person(admin.id, by_id=admin.id)


def test_an_administrator_signs_somebody_out_everywhere(app, ana, heron):
    for _ in range(2):
        sign_in(app.test_client(), ana)
    sign_in(app.test_client(), heron)
    assert sessions.end_sessions(ana.id, by_id=heron.id) == 2
    db.session.commit()
    assert [each.person_id for each in live_sessions()] == [heron.id]


def test_a_lead_gives_a_new_code_and_the_audit_does_not_know_it(ana, heron):
    first, second = (recovery.issue_recovery_code(heron.id, by_id=ana.id) for _ in range(2))
    db.session.commit()
    assert recovery.recover_account("night.heron", first, password_hash=PASSWORD_HASH) is None
    assert recovery.recover_account("night.heron", second, password_hash=PASSWORD_HASH) is not None
    db.session.commit()
    said = [(entry.subject_id, entry.changes) for entry in db.session.scalars(db.select(AuditEntry))]
    assert first not in str(said)
    assert second not in str(said)


# ---- reading


def test_a_person_is_found_by_address_or_alias_however_it_is_typed(ana, heron):
    assert queries.find_person_by_name(" ANA@example.org") is ana
    assert queries.find_person_by_name("Night.Heron\n") is heron
    for typed in ("", "ana", "nobody@example.org", "\x00", "x" * 10_000):
        assert queries.find_person_by_name(typed) is None


def test_a_session_is_found_only_through_its_person(app, ana, heron):
    session = sign_in(app.test_client(), ana)
    assert queries.get_session_of(ana.id, session.id) is session
    with pytest.raises(NotFound):
        queries.get_session_of(heron.id, session.id)

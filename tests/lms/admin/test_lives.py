"""People who move, and two accounts of one person."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from lms import clock
from lms.accounts.models import Person, PersonState, SignInSession
from lms.accounts.services.recovery import issue_recovery_code
from lms.admin.queries import merging
from lms.authz import Capability, CoalitionRoleKind, MembershipRole
from lms.coalitions.models import CoalitionRole
from lms.db import db
from lms.organizations.models import Membership, MembershipCapability, OrganizationState
from lms.training.models import Assignment, Certificate, Enrollment
from tests.factories.learning import begin, publish_small_course, read_through
from tests.factories.people import (
    PASSWORD,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)
from tests.factories.second_factors import give_second_factor
from tests.lms.accounts.conftest import verbs


@pytest.fixture
def river(app):
    return make_organization("River Clinic")


@pytest.fixture
def sam(house):
    person = make_person("Sam Staff", email="sam@example.org")
    make_membership(person, house.harbor)
    return person


def open_memberships(person):
    held = select(Membership).where(Membership.person_id == person.id, Membership.ended_at.is_(None))
    return {each.organization_id: each.role for each in db.session.scalars(held)}


def move(site, person, membership, organization, *, role="staff", status=303):
    fields = {"membership": membership.id, "organization": organization.id, "role": role}
    return site.post(f"/admin/people/{person.id}/move", fields, status=status)


def membership_of(person, organization):
    return db.session.scalars(
        select(Membership).where(Membership.person_id == person.id, Membership.organization_id == organization.id)
    ).first()


# ---- moving


@pytest.mark.usefixtures("as_admin")
def test_a_person_moves_with_what_they_learned(house, sam, river, site, tmp_path):
    publish_small_course(tmp_path)
    begin(sam)
    move(site, sam, membership_of(sam, house.harbor), river)
    assert open_memberships(sam) == {river.id: MembershipRole.STAFF}
    assert db.session.scalars(select(Enrollment.person_id)).all() == [sam.id]
    assert verbs()[-1] == "moved a person"


def test_the_only_lead_stays_until_there_is_another(house, river, as_admin, site):
    move(site, house.ana, membership_of(house.ana, house.harbor), river, status=409)
    assert open_memberships(house.ana) == {house.harbor.id: MembershipRole.LEAD}


def test_nobody_moves_to_where_they_are_or_to_a_closed_place(house, sam, river, as_admin, site):
    held = membership_of(sam, house.harbor)
    move(site, sam, held, house.harbor, status=422)
    river.state = OrganizationState.CLOSED
    db.session.commit()
    move(site, sam, held, river, status=422)
    assert open_memberships(sam) == {house.harbor.id: MembershipRole.STAFF}


def test_another_persons_membership_is_not_moved(house, sam, river, as_admin, site):
    move(site, sam, membership_of(house.ana, house.harbor), river, status=422)
    for role in ("administrator", "", "coordinator"):
        move(site, sam, membership_of(sam, house.harbor), river, role=role, status=422)
    assert open_memberships(house.ana) == {house.harbor.id: MembershipRole.LEAD}


def test_who_belongs_nowhere_cannot_be_moved(house, as_admin, site):
    assert "Nothing to move from" in site.get(f"/admin/people/{house.cora.id}/move").text


# ---- two accounts of one person


@pytest.fixture
def twin(house):
    """Ana's second account, by alias: staff at Harbor House."""
    person = make_person("Ana R.", alias="night.heron")
    make_membership(person, house.harbor)
    return person


def merge(site, kept, gone, status=303):
    page = f"/admin/people/{kept.id}/merge?other={gone.email or gone.alias}"
    return site.post(f"/admin/people/{kept.id}/merge", {"other_id": gone.id}, page=page, status=status)


def test_the_other_account_is_named_and_seen_before_anything_happens(house, twin, as_admin, site):
    page = f"/admin/people/{house.ana.id}/merge"
    assert "Name the other one" in site.get(page).text
    assert "We found nobody" in site.get(f"{page}?other=<script>alert(1)</script>").text
    shown = site.get(f"{page}?other=Night.Heron").text
    assert "Organizations they belong or belonged to (1)" in shown
    assert "ana@example.org · night.heron" in shown
    assert verbs() == []


def test_two_accounts_become_one_and_the_transcript_is_kept(house, twin, as_admin, site, tmp_path):
    publish_small_course(tmp_path)
    actor = begin(twin)
    read_through(actor, "recognise")
    make_coalition_role(twin, house.coalition, CoalitionRoleKind.TA_EXPERT)
    merge(site, house.ana, twin)
    (enrollment,) = db.session.scalars(select(Enrollment))
    assert enrollment.person_id == house.ana.id
    assert open_memberships(house.ana) == {house.harbor.id: MembershipRole.LEAD}
    assert open_memberships(twin) == {}
    assert db.session.scalars(select(CoalitionRole.person_id).where(CoalitionRole.role == "ta-expert")).all() == [
        house.ana.id
    ]
    assert merging.count_rows_of(twin.id) == {}
    assert verbs()[-1] == "merged two accounts"


def test_certificates_and_finished_courses_move_and_duplicates_are_settled(house, twin, as_admin, site, tmp_path):
    publish_small_course(tmp_path)
    read_through(begin(twin), "recognise")
    begin(house.ana)
    version_id = db.session.scalars(select(Enrollment.version_id)).first()
    now = clock.now()
    finished = Enrollment(
        person_id=twin.id,
        course_slug="small",
        version_id=version_id,
        started_at=now,
        last_event_at=now,
        finished_at=now,
    )
    db.session.add(finished)
    db.session.flush()
    values = {"course_slug": "small", "version_id": version_id, "language": "en", "n_correct": 1, "n_questions": 1}
    certificate = Certificate(
        enrollment_id=finished.id, person_id=twin.id, serial="A", name_shown="Ana", issued_on=date(2026, 1, 5), **values
    )
    db.session.add(certificate)
    for person, done_at in ((house.ana, None), (twin, now)):
        asked = {"organization_id": house.harbor.id, "course_slug": "small", "due_on": date(2026, 2, 1)}
        db.session.add(Assignment(person_id=person.id, assigned_at=now, done_at=done_at, **asked))
    db.session.commit()
    merge(site, house.ana, twin)
    db.session.expire_all()
    held = db.session.scalars(select(Enrollment).order_by(Enrollment.id)).all()
    assert [(each.person_id, each.finished_at is None) for each in held] == [
        (house.ana.id, True),
        (house.ana.id, False),
    ]
    assert certificate.person_id == house.ana.id
    (assignment,) = db.session.scalars(select(Assignment))
    assert (assignment.person_id, assignment.done_at) == (house.ana.id, now)


def test_the_greater_role_and_all_capabilities_are_kept(house, twin, as_admin, site):
    twins = membership_of(twin, house.harbor)
    db.session.add(MembershipCapability(membership_id=twins.id, capability=Capability.MENTOR))
    db.session.commit()
    own = membership_of(house.ana, house.harbor)
    merge(site, twin, house.ana)
    assert open_memberships(twin) == {house.harbor.id: MembershipRole.LEAD}
    assert db.session.get(Membership, own.id).ended_at is not None
    assert [each.capability for each in db.session.scalars(select(MembershipCapability))] == [Capability.MENTOR]


def test_supervision_never_ends_in_itself(house, twin, as_admin, site):
    own, twins = membership_of(house.ana, house.harbor), membership_of(twin, house.harbor)
    own.supervisor_id, twins.supervisor_id = twin.id, house.ana.id
    third = make_membership(make_person("Third"), house.harbor, supervisor_id=twin.id)
    db.session.commit()
    merge(site, house.ana, twin)
    db.session.expire_all()
    assert (own.supervisor_id, twins.supervisor_id, third.supervisor_id) == (None, None, house.ana.id)


def test_one_way_to_sign_in_is_left_and_nobody_is_signed_in(house, twin, as_admin, site, app):
    clients = [app.test_client() for _ in range(2)]
    for client, person in zip(clients, (house.ana, twin), strict=True):
        sign_in(client, person)
    issue_recovery_code(twin.id, by_id=twin.id)
    give_second_factor(twin)
    merge(site, house.ana, twin)
    db.session.expire_all()
    kept, gone = db.session.get(Person, house.ana.id), db.session.get(Person, twin.id)
    assert (kept.email, kept.alias, kept.name) == ("ana@example.org", "night.heron", "Ana Ruiz")
    assert (gone.email, gone.name, gone.state, gone.display_name) == (
        None,
        None,
        PersonState.SUSPENDED,
        "Former member",
    )
    assert [client.get("/account").status_code for client in clients] == [303, 303]
    assert db.session.scalars(select(SignInSession).where(SignInSession.person_id == twin.id)).all() == []
    fields = {"name": "night.heron", "password": PASSWORD}
    from tests.pages import Site  # noqa: PLC0415

    assert Site(app.test_client()).post("/sign-in", fields).status_code == 303
    assert Site(app.test_client()).post("/sign-in", {**fields, "name": gone.alias}).status_code == 422


def test_what_cannot_become_one_is_refused_in_words(house, twin, as_admin, site):
    merge(site, house.ana, house.ana, status=409)
    merge(site, house.ana, house.alba, status=409)
    other_admin = make_person("Other", is_administrator=True)
    merge(site, house.ana, other_admin, status=409)
    house.ana.state = PersonState.SUSPENDED
    db.session.commit()
    merge(site, house.ana, twin, status=409)
    house.ana.state = PersonState.ACTIVE
    db.session.commit()
    merge(site, house.ana, twin)
    merge(site, house.cora, twin, status=409)
    site.post(f"/admin/people/{twin.id}/reactivate", page=f"/admin/people/{twin.id}", status=409)
    assert (
        "cannot be the one that goes" in site.get(f"/admin/people/{house.ana.id}/merge?other={other_admin.email}").text
    )


@pytest.mark.parametrize("other", ["", "x", "-1", "999999", "9" * 30, "<script>"])
def test_a_broken_account_is_refused(house, as_admin, site, other):
    path = f"/admin/people/{house.ana.id}/merge"
    site.post(path, {"other_id": other}, page=path, status=409)


def test_a_second_click_merges_once(house, twin, as_admin, site):
    path = f"/admin/people/{house.ana.id}/merge"
    fields = {"other_id": twin.id, **site.hidden_fields(f"{path}?other=night.heron")}
    first, second = (site.client.post(path, data=fields) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location) == (303, path[:-6])
    assert verbs().count("merged two accounts") == 1


def test_it_asks_for_the_password_first(house, twin, client, site):
    sign_in(client, house.alba).created_at = clock.now() - timedelta(hours=1)
    db.session.commit()
    merge(site, house.ana, twin)
    assert "merged two accounts" not in verbs()


def test_nobody_else_knows_these_pages(house, twin, as_person, site):
    for person in (house.ana, house.cora, twin):
        as_person(person)
        for page in ("move", "merge"):
            site.get(f"/admin/people/{twin.id}/{page}", status=404)
            site.post(f"/admin/people/{twin.id}/{page}", {"other_id": house.ana.id}, status=404)

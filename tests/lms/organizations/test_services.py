from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock, signals
from lms.audit import AuditEntry
from lms.authz import Capability, MembershipRole
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.errors import Conflict, Invalid, TooMany
from lms.organizations.models import Invitation, InvitationKind, Membership, OrganizationKind
from lms.organizations.people_csv import ListedPerson
from lms.organizations.queries import people
from lms.organizations.queries.invitations import find_invitation_by_secret, state_of
from lms.organizations.rules import InvitationState
from lms.organizations.services import invitations, joining, memberships, places
from lms.organizations.services.invitations import Offer
from lms.organizations.services.joining import AccountNames, AlreadyBelongs, InvitationGone
from lms.organizations.services.memberships import LastLead, Post
from lms.organizations.services.places import StaleEdit
from lms.outbox import OutboxRow
from tests.factories.people import PASSWORD_HASH, make_membership, make_organization, make_person

KEY = "a site key"


def verbs():
    return list(db.session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def open_link(house, **changes):
    values = {"max_uses": 3, "days": 7, "offer": Offer(), "by_id": house.lead.id, "site_key": KEY} | changes
    made = invitations.make_open_link(house.harbor.id, **values)
    db.session.commit()
    return made


def invited(house, email="new@example.org", **changes):
    values = {"name": None, "offer": Offer(), "by_id": house.lead.id, "site_key": KEY} | changes
    made = invitations.invite_person(house.harbor.id, email=email, **values)
    db.session.commit()
    return made


def listed(email, role=MembershipRole.STAFF):
    return ListedPerson(2, email, None, role, None, None, "en")


@pytest.fixture
def heard():
    """What other slices are told."""
    told = []

    def joined(_sender, membership):
        told.append(("joined", membership.person_id))

    def ended(_sender, membership):
        told.append(("ended", membership.person_id))

    signals.person_joined.connect(joined)
    signals.membership_ended.connect(ended)
    yield told
    signals.person_joined.disconnect(joined)
    signals.membership_ended.disconnect(ended)


# ---- joining and leaving


def test_joining_opens_one_membership_and_tells_the_others(house, heard):
    newcomer = make_person("New Comer")
    membership = memberships.join_organization(
        newcomer.id, house.harbor.id, MembershipRole.STAFF, location_id=house.location.id
    )
    db.session.commit()
    assert (membership.location_id, membership.role, membership.row_version) == (
        house.location.id,
        MembershipRole.STAFF,
        1,
    )
    assert memberships.join_organization(newcomer.id, house.harbor.id, MembershipRole.LEAD) is None
    assert heard == [("joined", newcomer.id)]
    assert verbs() == ["joined an organization"]


def test_ending_a_membership_tells_the_others_and_happens_once(house, heard):
    assert memberships.end_membership(house.staff_membership, by_id=house.lead.id)
    assert not memberships.end_membership(house.staff_membership, by_id=house.lead.id)
    db.session.commit()
    assert heard == [("ended", house.staff.id)]
    assert verbs() == ["ended a membership"]


def test_the_last_lead_stays(house):
    with pytest.raises(LastLead):
        memberships.end_membership(house.lead_membership, by_id=house.admin.id)
    with pytest.raises(Invalid) as caught:
        memberships.edit_membership(
            house.lead_membership, post=Post(MembershipRole.STAFF), row_version=1, by_id=house.lead.id
        )
    assert "role" in caught.value.fields


def test_of_two_leads_one_may_go(house):
    make_membership(make_person("Second"), house.harbor, MembershipRole.LEAD)
    assert memberships.end_membership(house.lead_membership, by_id=house.lead.id)
    assert verbs() == ["left an organization"]


def test_people_whom_a_leaver_supervised_have_no_supervisor(house):
    house.heron_membership.supervisor_id = house.staff.id
    elsewhere = make_membership(house.heron, house.far, supervisor_id=house.staff.id)
    db.session.commit()
    memberships.end_membership(house.staff_membership, by_id=house.lead.id)
    db.session.commit()
    assert (house.heron_membership.supervisor_id, house.heron_membership.row_version) == (None, 2)
    assert elsewhere.supervisor_id == house.staff.id


def test_links_for_leads_end_with_a_lead_others_stay(house):
    make_membership(make_person("Second"), house.harbor, MembershipRole.LEAD)
    for_lead, for_staff = open_link(house, max_uses=1, offer=Offer(MembershipRole.LEAD)), open_link(house)
    memberships.end_membership(house.staff_membership, by_id=house.lead.id)
    assert state_of(for_lead) is InvitationState.OPEN
    memberships.end_membership(house.lead_membership, by_id=house.lead.id)
    db.session.commit()
    assert (state_of(for_lead), state_of(for_staff)) == (InvitationState.REVOKED, InvitationState.OPEN)


def test_editing_sets_everything_at_once(house):
    post = Post(
        MembershipRole.LEAD,
        house.job_role.id,
        house.location.id,
        house.lead.id,
        frozenset({Capability.MENTOR, Capability.AUTHOR}),
    )
    memberships.edit_membership(house.staff_membership, post=post, row_version=1, by_id=house.lead.id)
    db.session.commit()
    held = load_actor(house.staff).memberships[0]
    assert held.capabilities == {Capability.MENTOR, Capability.AUTHOR}
    assert held.role is MembershipRole.LEAD
    memberships.edit_membership(
        house.staff_membership, post=Post(MembershipRole.STAFF), row_version=2, by_id=house.lead.id
    )
    db.session.commit()
    assert load_actor(house.staff).memberships[0].capabilities == frozenset()
    assert (house.staff_membership.job_role_id, house.staff_membership.supervisor_id) == (None, None)


def test_an_edit_that_began_from_something_older_is_refused(house):
    memberships.edit_membership(
        house.staff_membership, post=Post(MembershipRole.STAFF), row_version=1, by_id=house.lead.id
    )
    with pytest.raises(StaleEdit):
        memberships.edit_membership(
            house.staff_membership, post=Post(MembershipRole.LEAD), row_version=1, by_id=house.lead.id
        )


@pytest.mark.parametrize("name", ["job_role", "location", "supervisor"])
def test_what_belongs_to_another_organization_cannot_be_given(house, name):
    foreign = {"job_role": house.far_job_role.id, "location": house.far_location.id, "supervisor": house.stranger.id}
    post = Post(MembershipRole.STAFF, **{f"{name}_id": foreign[name]})
    with pytest.raises(Invalid) as caught:
        memberships.edit_membership(house.staff_membership, post=post, row_version=1, by_id=house.lead.id)
    assert list(caught.value.fields) == [name]


def test_nobody_supervises_themselves(house):
    post = Post(MembershipRole.STAFF, supervisor_id=house.staff.id)
    with pytest.raises(Invalid):
        memberships.edit_membership(house.staff_membership, post=post, row_version=1, by_id=house.lead.id)


# ---- organizations and places


def test_a_new_organization_has_nobody(app):
    made = places.create_organization(name="New Place", kind=OrganizationKind.LIBRARY, by_id=None)
    db.session.commit()
    assert people.count_people(made.id) == 0
    assert verbs() == ["created an organization"]


def test_organizations_are_edited_from_what_was_seen(house):
    change = {"name": "Harbor", "kind": OrganizationKind.JAIL, "by_id": house.lead.id}
    places.edit_organization(house.harbor, row_version=1, **change)
    with pytest.raises(StaleEdit):
        places.edit_organization(house.harbor, row_version=1, **change | {"name": "Other"})
    assert (house.harbor.name, house.harbor.row_version) == ("Harbor", 2)


def test_closing_an_organization_withdraws_its_invitations(house):
    link = open_link(house)
    assert places.close_organization(house.harbor.id, by_id=house.admin.id)
    assert not places.close_organization(house.harbor.id, by_id=house.admin.id)
    db.session.commit()
    assert state_of(link) is InvitationState.REVOKED
    with pytest.raises(Conflict):
        open_link(house)


def test_two_places_of_one_organization_have_two_names(house):
    with pytest.raises(Invalid) as caught:
        places.add_location(house.harbor.id, name="MAIN street", address=None, by_id=house.lead.id)
    assert "name" in caught.value.fields
    places.add_location(house.river.id, name="Main Street", address="1 Main Street", by_id=house.admin.id)
    with pytest.raises(Invalid):
        places.add_job_role(house.harbor.id, name="outreach WORKER", by_id=house.lead.id)


def test_a_closed_place_can_be_opened_again_but_not_added_again(house):
    places.set_location_closed(house.location, is_closed=True, by_id=house.lead.id)
    with pytest.raises(Invalid, match="taken"):
        places.add_location(house.harbor.id, name="Main Street", address=None, by_id=house.lead.id)
    places.set_location_closed(house.location, is_closed=False, by_id=house.lead.id)
    assert house.location.closed_at is None


def test_a_place_keeps_its_own_name_when_it_is_edited(house):
    places.edit_location(house.location, name="MAIN STREET", address="Behind the library", by_id=house.lead.id)
    places.edit_job_role(house.job_role, name="Outreach Worker", by_id=house.lead.id)
    db.session.commit()
    assert (house.location.name, house.job_role.name) == ("MAIN STREET", "Outreach Worker")


# ---- inviting


def test_an_invitation_by_mail_puts_one_mail_in_the_outbox(house):
    invitation = invited(house)
    [row] = db.session.scalars(select(OutboxRow))
    assert (row.topic, row.payload) == ("organizations/invitation", {"invitation_id": invitation.id})
    assert (invitation.kind, invitation.max_uses) == (InvitationKind.PERSONAL, 1)


def test_a_new_invitation_to_the_same_address_replaces_the_older(house):
    first, second = invited(house), invited(house)
    assert (state_of(first), state_of(second)) == (InvitationState.REVOKED, InvitationState.OPEN)


def test_people_who_are_here_are_not_invited_again(house):
    with pytest.raises(Invalid) as caught:
        invited(house, email=house.staff.email)
    assert "email" in caught.value.fields


def test_a_link_for_leads_works_once(house):
    with pytest.raises(Invalid) as caught:
        open_link(house, max_uses=2, offer=Offer(MembershipRole.LEAD))
    assert "max_uses" in caught.value.fields


def test_invitations_offer_only_the_organizations_own_places(house):
    with pytest.raises(Invalid):
        open_link(house, offer=Offer(location_id=house.far_location.id))


def test_invitations_are_limited_by_the_hour(house, monkeypatch):
    monkeypatch.setattr(invitations, "INVITING", invitations.Limit("organizations/invite", n_tries=2, minutes=60))
    invited(house, "a@example.org")
    invited(house, "b@example.org")
    with pytest.raises(TooMany):
        invited(house, "c@example.org")


def test_a_list_invites_everybody_who_is_neither_here_nor_invited(house):
    invited(house, "waiting@example.org")
    addresses = ("new@example.org", "waiting@example.org", house.staff.email)
    n_invited = invitations.invite_people(
        house.harbor.id, [listed(address) for address in addresses], by_id=house.lead.id, site_key=KEY
    )
    db.session.commit()
    assert n_invited == 1
    assert len(list(db.session.scalars(select(OutboxRow)))) == 2
    assert verbs()[-1] == "invited people from a list"


def test_a_withdrawn_invitation_is_withdrawn_once(house):
    link = open_link(house)
    assert invitations.revoke_invitation(link, by_id=house.lead.id)
    assert not invitations.revoke_invitation(link, by_id=house.lead.id)
    db.session.commit()
    assert find_invitation_by_secret(invitations.secret_of(link, KEY)) is None


# ---- accepting


def test_accepting_gives_what_the_invitation_offers(house):
    offer = Offer(MembershipRole.STAFF, house.job_role.id, house.location.id)
    link, newcomer = open_link(house, offer=offer), make_person("New Comer")
    membership = joining.accept_invitation(link.id, newcomer.id)
    db.session.commit()
    assert (membership.job_role_id, membership.location_id) == (house.job_role.id, house.location.id)
    assert link.n_uses == 1


def test_who_belongs_already_uses_nothing_up(house):
    link = open_link(house)
    with pytest.raises(AlreadyBelongs):
        joining.accept_invitation(link.id, house.staff.id)
    db.session.rollback()
    assert link.n_uses == 0


def test_an_invitation_that_is_used_up_expired_or_withdrawn_lets_nobody_in(house):
    used, old, withdrawn = open_link(house, max_uses=1), open_link(house, days=1), open_link(house)
    joining.accept_invitation(used.id, make_person("First").id)
    invitations.revoke_invitation(withdrawn, by_id=house.lead.id)
    db.session.commit()
    with clock.fixed(clock.now() + timedelta(days=2)):
        for gone in (used, old, withdrawn):
            with pytest.raises(InvitationGone):
                joining.accept_invitation(gone.id, make_person("Late").id)
            db.session.rollback()


def test_who_left_cannot_come_back_by_an_older_link_but_by_a_newer_one(house):
    link = open_link(house)
    memberships.end_membership(house.staff_membership, by_id=house.lead.id)
    db.session.commit()
    with pytest.raises(Conflict, match="left this organization"):
        joining.accept_invitation(link.id, house.staff.id)
    db.session.rollback()
    with clock.fixed(clock.now() + timedelta(minutes=1)):
        newer = open_link(house)
        assert joining.accept_invitation(newer.id, house.staff.id).ended_at is None


def new_account(invitation, names):
    return joining.accept_with_new_account(
        invitation.id, names, password_hash=PASSWORD_HASH, language="es", device="Firefox, Linux", days=30
    )


def test_a_new_account_by_alias_gets_a_recovery_code_and_a_session(house):
    made = new_account(open_link(house), AccountNames(alias="Gray.Heron"))
    person = made.opened.session.person
    db.session.commit()
    assert (person.alias, person.email, person.language) == ("gray.heron", None, "es")
    assert len(made.recovery_code) == 24
    assert people.find_membership(person.id, house.harbor.id) is not None


def test_a_new_account_by_mail_needs_no_recovery_code(house):
    made = new_account(invited(house), AccountNames(email="new@example.org", name="New Comer"))
    assert made.recovery_code is None


def test_a_name_that_is_taken_leaves_the_invitation_as_it_was(house):
    link = open_link(house)
    for names, field in (
        (AccountNames(alias="night.heron"), "alias"),
        (AccountNames(email=house.staff.email), "email"),
    ):
        with pytest.raises(Invalid) as caught:
            new_account(link, names)
        assert field in caught.value.fields
        db.session.rollback()
    assert link.n_uses == 0


def test_no_audit_entry_holds_a_name_or_a_secret(house):
    link = invited(house, name="Nina Neu")
    new_account(link, AccountNames(email="new@example.org", name="Nina Neu"))
    db.session.commit()
    told = " ".join(str(entry.changes) for entry in db.session.scalars(select(AuditEntry)))
    for secret in ("Nina", "new@example.org", invitations.secret_of(link, KEY), link.nonce):
        assert secret not in told


def test_rows_of_other_organizations_stay_untouched(house):
    other = make_organization("Other")
    make_membership(house.staff, other)
    memberships.end_membership(house.staff_membership, by_id=house.lead.id)
    db.session.commit()
    still_open = select(Membership.id).where(Membership.person_id == house.staff.id, Membership.ended_at.is_(None))
    assert len(list(db.session.scalars(still_open))) == 1
    assert list(db.session.scalars(select(Invitation))) == []

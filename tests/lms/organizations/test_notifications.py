import pytest

from lms import clock
from lms.authz import MembershipRole
from lms.db import db
from lms.organizations.models import OrganizationState
from lms.organizations.notifications import MESSAGES
from lms.organizations.services.invitations import Offer, invite_person, revoke_invitation, secret_of


@pytest.fixture
def invitation(house, settings):
    house.lead.name = 'Lea <b>"Lead"</b>'
    made = invite_person(
        house.harbor.id,
        email="nina@example.org",
        name="Nina\r\nBcc: all@example.org",
        offer=Offer(MembershipRole.STAFF, language="en"),
        by_id=house.lead.id,
        site_key=settings.secret_key,
    )
    db.session.commit()
    return made


def message(invitation, settings):
    return MESSAGES["organizations/invitation"]({"invitation_id": invitation.id}, clock.now(), settings)


def test_the_mail_says_who_invites_to_what_and_how(invitation, settings):
    mail = message(invitation, settings)
    link = f"http://localhost/join/{secret_of(invitation, settings.secret_key)}"
    assert mail.to == "nina@example.org"
    assert mail.subject == "Your invitation to Harbor House"
    assert mail.text.count(link) == 1
    assert link in mail.html
    assert "invites you to join Harbor House on Coalition Commons" in mail.text


def test_names_are_text_in_both_parts_of_the_mail(invitation, settings):
    mail = message(invitation, settings)
    assert 'Lea <b>"Lead"</b>' in mail.text
    assert "<b>&#34;Lead" not in mail.html
    assert "Lea &lt;b&gt;" in mail.html


def test_the_mail_speaks_the_language_of_the_invitation(invitation, settings):
    invitation.language = "es"
    db.session.commit()
    assert 'lang="es"' in message(invitation, settings).html


def test_what_was_withdrawn_is_not_sent(house, invitation, settings):
    revoke_invitation(invitation, by_id=house.lead.id)
    db.session.commit()
    assert message(invitation, settings) is None


def test_what_is_too_old_or_used_is_not_sent(invitation, settings):
    with clock.fixed(invitation.expires_at):
        assert message(invitation, settings) is None
    invitation.n_uses = 1
    db.session.commit()
    assert message(invitation, settings) is None


def test_nothing_is_sent_for_a_closed_organization(house, invitation, settings):
    house.harbor.state, house.harbor.closed_at = OrganizationState.CLOSED, clock.now()
    db.session.commit()
    assert message(invitation, settings) is None

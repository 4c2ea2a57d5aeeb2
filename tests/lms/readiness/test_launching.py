"""The services behind a staff survey: what is refused, whom a message reaches, what becomes of people who leave."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from lms import clock, jobs, signals
from lms.db import db
from lms.errors import Invalid
from lms.organizations.models import Membership
from lms.organizations.services.memberships import end_membership
from lms.readiness.forms.addresses import read_addresses
from lms.readiness.forms.surveys import tenure_groups
from lms.readiness.models import Cut, Delivery, Invite, Round, Survey, SurveyReminder, Via
from lms.readiness.notifications import compose_invite, compose_reminder
from lms.readiness.queries import surveys
from lms.readiness.queries.instruments import get_newest, read_version
from lms.readiness.services import inviting, launching
from lms.readiness.services.launching import PlannedGroup, SurveyPlan, TooFewAlone
from lms.readiness.services.rounds import RoundClosed
from tests.factories.people import make_membership, make_person
from tests.factories.surveys import make_invite, make_survey, token_of

SLUG = "trauma-informed"


def plan(**others) -> SurveyPlan:
    today = clock.today()
    values = {
        "headcount": 14,
        "languages": ("en",),
        "closes_on": today + timedelta(days=14),
        "results_on": today + timedelta(days=21),
    }
    return SurveyPlan(**{**values, **others})


def start(place, **others) -> Round:
    version = get_newest(SLUG)
    instrument = read_version(version)
    opened = launching.start_survey(
        place.organization.id, version, instrument, plan(**others), today=clock.today(), by_id=place.lead.id
    )
    db.session.commit()
    return opened


def refused(place, **others) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        start(place, **others)
    db.session.rollback()
    return caught.value.fields


def test_everything_wrong_is_said_at_once(place):
    groups = (PlannedGroup("Nurse", 3), PlannedGroup("NURSE", 4))
    found = refused(place, headcount=0, languages=(), minimum=4, cut=Cut.LOCATION, groups=groups)
    assert set(found) == {"headcount", "languages", "minimum", "groups"}
    assert set(refused(place, groups=groups)) == {"groups"}  # without a cut there are none


def test_only_a_small_team_is_pooled(place):
    with pytest.raises(TooFewAlone):
        start(place, headcount=7)
    db.session.rollback()
    assert not db.session.get_one(Survey, start(place, headcount=8, is_pooled=True).id).is_pooled


def test_groups_with_unknown_numbers_need_not_add_up(place):
    opened = start(place, cut=Cut.TENURE, groups=tuple(PlannedGroup(name, None) for name in tenure_groups()))
    assert surveys.list_groups(opened.id)[0].name == "Less than 1 year / Menos de 1 año"
    assert [each.key for each in surveys.list_groups(opened.id)] == ["group-1", "group-2", "group-3"]


def test_a_paste_from_a_mail_program_is_read():
    read = read_addresses(
        "“Ana Ruiz” <Ana@Example.org>; bob@example.org,\r\n\u200bc@example.org \r\n\r\nbob@example.org"
    )
    assert read.addresses == ("ana@example.org", "bob@example.org", "c@example.org")


@pytest.mark.parametrize(
    "bad", ["ana", "ana@", "@example.org", "a b@example.org", "ana@exämple", "a\x00@example.org", "=cmd()"]
)
def test_what_is_no_address_is_named_with_its_line(bad):
    read = read_addresses(f"ok@example.org\n{bad}")
    assert read.addresses == ()
    assert "Line 2" in read.problems[0]


def test_only_twenty_bad_lines_are_named():
    read = read_addresses("\n".join(f"bad{n}" for n in range(30)))
    assert len(read.problems) == 21
    assert "10 more lines" in read.problems[-1]


# ---------------------------------------------------------------- messages


@pytest.fixture
def survey(place):
    return make_survey(place.organization, by=place.lead, headcount=20)


def payload(invite: Invite) -> dict[str, str]:
    return {"invite_id": str(invite.id)}


def test_a_message_holds_the_link_in_the_language_of_its_reader(app, place, survey):
    settings = app.config["SETTINGS"]
    invite = make_invite(survey, email="ana@example.org", language="es")
    message = compose_invite(payload(invite), clock.now(), settings)
    assert message is not None
    assert message.to == "ana@example.org"
    for text in (message.text, message.html):
        assert f"http://localhost/survey/{token_of(invite)}?lang=es" in text
    assert token_of(invite) not in message.subject
    reminder = compose_reminder(payload(make_invite(survey, person=place.staff)), clock.now(), settings)
    assert reminder is not None
    assert reminder.to == place.staff.email
    assert "Have you answered already?" in reminder.text


def test_nobody_is_written_to_who_is_done_or_gone_or_when_it_is_over(app, place, survey):
    settings = app.config["SETTINGS"]
    member = make_invite(survey, person=place.staff)
    done = make_invite(survey, email="done@example.org", is_done=True)
    open_one = make_invite(survey, email="open@example.org")
    assert compose_invite(payload(done), clock.now(), settings) is None
    assert compose_invite({"invite_id": str(uuid4())}, clock.now(), settings) is None
    held = place.actor(place.staff).memberships[0]

    end_membership(db.session.get_one(Membership, held.membership_id), by_id=place.lead.id)
    db.session.commit()
    assert compose_invite(payload(member), clock.now(), settings) is None
    held_round = db.session.get_one(Round, survey.id)
    held_round.state, held_round.closed_at = "closed", clock.now()
    db.session.commit()
    assert compose_invite(payload(open_one), clock.now(), settings) is None


def tell(invite: Invite, *, topic: str = inviting.INVITE_TOPIC, **told) -> Invite:
    about = {"was_delivered": False, "error": None, "is_last": True} | told
    extra = about.pop("payload", {})
    signals.delivery_tried.send(None, topic=topic, payload=payload(invite) | extra, **about)
    db.session.commit()
    return db.session.get_one(Invite, invite.id, populate_existing=True)


def test_what_became_of_a_message_is_noted(place, survey):
    invite = make_invite(survey, delivery=Delivery.WAITING)
    assert tell(invite, error="SMTPRecipientsRefused", is_last=False).failure == "refused:again"
    assert tell(invite, error="SomethingElse").failure == "other"
    sent = tell(invite, was_delivered=True)
    assert (sent.delivery, sent.failure, sent.sent_on) == (Delivery.SENT, None, clock.today())
    assert tell(invite).delivery is Delivery.NONE  # nothing was to be sent any more
    assert tell(invite, topic="accounts/password-reset", was_delivered=True).delivery is Delivery.NONE


def test_a_reminder_adds_up_even_when_a_second_try_succeeds(place, survey):
    invite = make_invite(survey)
    reminder = inviting.send_reminder(survey, today=clock.today(), by_id=place.lead.id)
    db.session.commit()
    about = {"topic": inviting.REMINDER_TOPIC, "payload": {"reminder_id": reminder.id}}
    tell(invite, error="TimeoutError", is_last=False, **about)
    tell(invite, error="TimeoutError", **about)
    held = db.session.get_one(SurveyReminder, reminder.id, populate_existing=True)
    assert (held.n_asked, held.n_sent, held.n_failed) == (1, 0, 1)
    tell(invite, was_delivered=True, **about)
    held = db.session.get_one(SurveyReminder, reminder.id, populate_existing=True)
    assert (held.n_sent, held.n_failed) == (1, 0)


def test_a_receiver_that_fails_sends_nothing_twice(app, place, survey, monkeypatch):

    def fail(*_arguments, **_more):
        raise RuntimeError

    inviting.invite_addresses(survey, ["ana@example.org"], "en", today=clock.today(), by_id=place.lead.id)
    db.session.commit()
    monkeypatch.setattr(inviting, "note_delivery", fail)
    for _ in range(3):
        with clock.fixed(clock.now() + timedelta(days=1)):
            jobs.work_once(app.extensions["commons.workshop"])
    assert len(list(app.config["SETTINGS"].data_dir.glob("mail/*.eml"))) == 1


def test_a_closed_survey_takes_nobody(place, survey):
    held = db.session.get_one(Round, survey.id)
    held.state, held.closed_at = "closed", clock.now()
    db.session.commit()
    with pytest.raises(RoundClosed):
        inviting.invite_addresses(survey, ["a@example.org"], "en", today=clock.today(), by_id=place.lead.id)


# ---------------------------------------------------------------- people who go


def test_who_is_erased_is_on_no_list(place, survey):
    make_invite(survey, person=place.staff)
    make_invite(survey, email=place.member.email)
    for person in (place.staff, place.member):
        inviting.forget_person(person.id)
    db.session.commit()
    assert db.session.execute(select(Invite.person_id, Invite.email)).all() == [(None, None), (None, None)]
    page = surveys.list_invites(survey.id, limit=10)
    assert [each.name for each in page] == ["", ""]


def test_two_accounts_of_one_person_are_asked_once_by_name(place, survey):
    other = make_survey(place.organization, slug=SLUG, change_name=None)
    twin = make_person("Twin")
    make_membership(twin, place.organization)
    make_invite(survey, person=place.staff)
    make_invite(survey, person=twin)
    make_invite(other, person=twin)
    inviting.merge_people(place.staff.id, twin.id)
    db.session.commit()
    held = db.session.execute(select(Invite.round_id, Invite.person_id).where(Invite.via == Via.MEMBER)).all()
    assert sorted(held, key=str) == sorted(
        [(survey.id, place.staff.id), (survey.id, None), (other.id, place.staff.id)], key=str
    )


def test_my_own_copy_names_the_surveys_i_was_asked_for(place, survey):
    make_invite(survey, person=place.staff)
    sections = dict(
        pair for _receiver, pairs in signals.person_data_asked.send(None, person_id=place.staff.id) for pair in pairs
    )
    assert [row["round_id"] for row in sections["readiness surveys"]] == [survey.id]
    assert "is_done" not in sections["readiness surveys"][0]

"""How a lead runs a staff survey in the browser, from the first step to the last late answer."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock, jobs
from lms.authz import Capability, CoalitionRoleKind, MembershipRole
from lms.db import db
from lms.organizations.models import JobRole, Membership, MembershipCapability
from lms.outbox import OutboxKind, OutboxRow
from lms.readiness import survey_links
from lms.readiness.models import Cut, Delivery, Invite, Round, Survey, SurveyGroup, SurveyReminder, Via
from lms.readiness.services import inviting
from tests.factories.people import make_coalition_role, make_membership, make_organization, make_person
from tests.factories.readiness import make_round
from tests.factories.surveys import ROLES, make_invite, make_responses, make_survey, poster_token_of, survey_key
from tests.statements import counted_statements


def url(a_round: Round, rest: str = "") -> str:
    return f"/readiness/surveys/{a_round.id}{rest}"


def new(place) -> str:
    return f"/organizations/{place.organization.id}/readiness/surveys/new"


def day(days: int) -> str:
    return str(clock.today() + timedelta(days=days))


def second_step(**others: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "instrument": "staff-survey",
        "change_name": "Same-day start",
        "cut": "none",
        "headcount": "14",
        "languages": ["en", "es"],
        "closes_on": day(14),
        "results_on": day(21),
        "minimum": "5",
    }
    return fields | others


@pytest.fixture
def survey(place):
    place.be(place.lead)
    return make_survey(place.organization, by=place.lead, headcount=24)


def survey_of(place) -> Survey:
    held = select(Survey).join(Round, Round.id == Survey.round_id).where(Round.organization_id == place.organization.id)
    return db.session.scalars(held).one()


# ---------------------------------------------------------------- opening it


def test_a_lead_opens_a_survey_in_three_steps(site, place):
    place.be(place.lead)
    first = site.get(new(place)).text
    assert "Step 1 of 3" in first
    assert "The usual one" in first
    assert "about 6 minutes" in first
    assert "/readiness/samples/staff-survey" in first
    asked = f"{new(place)}?instrument=staff-survey&change_name=Same-day+start&cut=none"
    second = site.get(asked).text
    assert "Step 2 of 3" in second
    assert re.search(r'name="headcount"[^>]* value="4"', second)  # four people have an account
    answer = site.post(new(place), second_step(), status=303, page=asked)
    third = site.get(answer.location).text
    assert "Step 3 of 3" in third
    assert "4 people find the survey on the home page" in third
    held = survey_of(place)
    assert (held.change_name, held.headcount, held.cut, held.languages) == (
        "Same-day start",
        14,
        Cut.NONE,
        ["en", "es"],
    )
    members = db.session.scalars(select(Invite).where(Invite.round_id == held.round_id)).all()
    assert {each.via for each in members} == {Via.MEMBER}
    assert len(members) == 4


def test_the_same_form_sent_twice_opens_one_survey(site, place):
    place.be(place.lead)
    asked = f"{new(place)}?instrument=staff-survey&change_name=Same-day+start&cut=none"
    data = {**site.hidden_fields(asked), **second_step()}
    first, again = (place.client.post(new(place), data=data) for _ in range(2))
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    other = site.post(new(place), second_step(), status=409, page=asked).text
    assert "Go to the open survey" in other
    assert 'value="14"' in other


def test_the_first_step_asks_for_the_change_and_keeps_what_was_chosen(site, place):
    place.be(place.lead)
    page = site.get(f"{new(place)}?instrument=staff-survey&change_name=&cut=job-role", status=422).text
    assert "Name the change" in page
    assert re.search(r'value="job-role"[^>]* checked', page)
    back = site.get(f"{new(place)}?instrument=trauma-informed&change_name=X&cut=tenure&step=1").text
    assert re.search(r'value="trauma-informed"[^>]* checked', back)
    site.get(f"{new(place)}?instrument=trauma-informed&cut=none")  # it asks about no change
    site.get(f"{new(place)}?instrument=moud-readiness&cut=none", status=422)  # nobody answers that alone
    site.get(f"{new(place)}?instrument=staff-survey&change_name=X&cut=stars", status=422)


def test_job_roles_are_filled_in_from_the_people(site, place):
    nurse = JobRole(organization_id=place.organization.id, name="Nurse")
    db.session.add_all([nurse, JobRole(organization_id=place.organization.id, name="Peer")])
    db.session.flush()
    for person in (place.member, place.second):
        db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one().job_role_id = nurse.id
    db.session.commit()
    place.be(place.lead)
    page = site.get(f"{new(place)}?instrument=trauma-informed&cut=job-role").text
    assert re.findall(r'name="group_name" value="([^"]+)"', page) == ["Nurse", "Peer"]
    assert re.findall(r'name="group_headcount" value="([^"]*)"', page)[:2] == ["2", ""]
    groups = {"group_name": ["Nurse", "Peer", ""], "group_headcount": ["9", "5", ""], "group_key": ["", "", ""]}
    fields = second_step(instrument="trauma-informed", cut="job-role", **groups)
    site.post(new(place), fields, status=303, page=f"{new(place)}?instrument=trauma-informed&cut=job-role")
    held = db.session.scalars(select(SurveyGroup).order_by(SurveyGroup.number)).all()
    assert [(each.name, each.headcount) for each in held] == [("Nurse", 9), ("Peer", 5)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"headcount": "0"}, "Enter a number from 1 to 5000"),
        ({"headcount": "10000"}, "Enter a number from 1 to 5000"),
        ({"headcount": "🙂"}, "Not a valid integer"),
        ({"headcount": ""}, "Enter a number"),
        ({"headcount": "3"}, "4 people here can answer already"),
        ({"closes_on": day(-1)}, "from tomorrow to one year"),
        ({"closes_on": day(0)}, "from tomorrow to one year"),
        ({"closes_on": "soon"}, "Not a valid date"),
        ({"closes_on": day(20), "results_on": day(19)}, "Results come after the survey closes"),
        ({"results_on": day(400)}, "within half a year"),
        ({"languages": []}, "at least one language"),
        ({"languages": ["en", "tlh"]}, "is not a valid choice|are not valid choices"),
        ({"minimum": "4"}, "Enter a number from 5 to 50"),
        ({"change_name": "x" * 161}, "160 characters or fewer"),
        ({"change_name": ""}, "Name the change"),
    ],
)
def test_what_cannot_be_is_named_at_its_field(site, place, fields, sentence):
    place.be(place.lead)
    asked = f"{new(place)}?instrument=staff-survey&change_name=X&cut=none"
    page = site.post(new(place), second_step(**fields), status=422, page=asked).text
    assert re.search(sentence, page)
    if "headcount" not in fields:
        assert 'value="14"' in page
    assert db.session.scalars(select(Survey)).all() == []


@pytest.mark.parametrize(
    ("names", "counts", "sentence"),
    [
        (["Nurse", "nurse "], ["7", "7"], "is there twice"),
        (["Nurse", "Peer"], ["7", "9"], "add up to 16 people, and you said that 14"),
        (["Nurse", "Peer"], ["7", "6"], "add up to 13 people"),
        (["Nurse", "Peer"], ["20", ""], "add up to 20 people"),
        (["Nurse"], ["14"], "Name 2 to 12 groups"),
        (["Nurse", ""], ["7", "7"], "Name the group, or clear the number"),
        (["Nurse", "Peer"], ["7", "seven"], "Enter a number from 0 to 5000"),
        (["Nurse", "x" * 121], ["7", "7"], "120 characters or fewer"),
        ([f"Group {n}" for n in range(13)], ["1"] * 13, "Name 2 to 12 groups"),
    ],
)
def test_groups_that_cannot_be_are_named(site, place, names, counts, sentence):
    place.be(place.lead)
    groups = {"group_name": names, "group_headcount": counts, "group_key": [""] * len(names)}
    asked = f"{new(place)}?instrument=trauma-informed&cut=location"
    fields = second_step(instrument="trauma-informed", cut="location", **groups)
    page = site.post(new(place), fields, status=422, page=asked).text
    assert sentence in page
    assert f'value="{names[0]}"' in page


def test_a_formula_a_right_to_left_name_and_a_tag_are_only_words(site, place):
    place.be(place.lead)
    names = ["=cmd()", "\u202eecnalubma <b>"]
    groups = {"group_name": names, "group_headcount": ["7", "7"], "group_key": ["", ""]}
    asked = f"{new(place)}?instrument=trauma-informed&cut=location"
    fields = second_step(instrument="trauma-informed", cut="location", **groups)
    answer = site.post(new(place), fields, status=303, page=asked)
    page = site.get(answer.location.replace("/share", "")).text
    assert "=cmd()" in page
    assert "<b>" not in page


def test_a_small_team_is_offered_other_ways(site, place):
    place.be(place.lead)
    asked = f"{new(place)}?instrument=trauma-informed&cut=none"
    fields = second_step(instrument="trauma-informed", headcount="6")
    page = site.post(new(place), fields, status=422, page=asked).text
    assert "You are a small team" in page
    assert f"/organizations/{place.organization.id}/readiness/new" in page
    site.post(new(place), fields | {"is_pooled": "y"}, status=303, page=asked)
    assert survey_of(place).is_pooled


def test_a_facilitator_may_do_it_too_and_nobody_else(site, place, survey):
    held = db.session.scalars(select(Membership).where(Membership.person_id == place.member.id)).one()
    db.session.add(MembershipCapability(membership_id=held.id, capability=Capability.READINESS_FACILITATOR))
    db.session.commit()
    pages = (
        url(survey),
        url(survey, "/share"),
        url(survey, "/edit"),
        url(survey, "/paper"),
        url(survey, "/poster.pdf"),
    )
    place.be(place.member)
    for path in (*pages, new(place)):
        site.get(path)
    place.be(place.staff)
    for path in pages:
        site.get(path, status=404)
    place.be(place.outsider)
    for path in pages:
        site.get(path, status=404)
    coordinator = make_person("Cora")
    make_coalition_role(coordinator, place.coalition, CoalitionRoleKind.COORDINATOR)
    for person in (place.expert, place.be(coordinator)):
        place.be(person)
        for path in pages:
            site.get(path, status=403)
        assert "Fewer than 5 of 24" in site.get(f"/readiness/rounds/{survey.id}").text


def test_a_team_round_is_no_survey(site, place):
    place.be(place.lead)
    rated = make_round(place.organization, place.member, by=place.lead)
    site.get(url(rated), status=404)
    site.get(url(rated, "/share"), status=404)


# ---------------------------------------------------------------- the day view


def test_the_day_view_counts_in_steps_of_five(site, place, survey):
    make_responses(survey, 4, 4, 3, 2)
    assert "Fewer than 5 of 24 people have answered" in site.get(url(survey)).text
    make_responses(survey, 4, 4, 3)
    page = site.get(url(survey)).text
    assert "5 or more of 24 people have answered" in page
    assert "7" not in re.sub(r"<svg.*?</svg>", "", re.search(r'id="answered".*?</section>', page, re.DOTALL)[0])


def test_the_day_view_promises_nothing_for_a_group_that_is_never_shown(site, place):
    place.be(place.lead)
    held = make_survey(place.organization, headcount=24, groups=(("nurse", "Nurses", 20), ("desk", "Front desk", 4)))
    page = site.get(url(held)).text
    assert re.search(r"of its own:\s*Nurses \(20\)<", page)
    assert re.search(r"Too small to be shown alone[^<]*Front desk \(4\)<", page)


def test_the_day_view_costs_the_same_for_one_and_for_twenty(site, place, survey):
    make_invite(survey, email="one@example.org")
    site.get(url(survey))
    with counted_statements() as few:
        site.get(url(survey))
    for number in range(20):
        make_invite(survey, email=f"n{number}@example.org")
    make_responses(survey, 4, 4)
    with counted_statements() as many:
        site.get(url(survey))
    assert len(few) == len(many) <= 10


def test_lists_show_the_survey_and_lead_there(site, place, survey):
    make_responses(survey, *([4] * 6))
    for path in ("/readiness", f"/organizations/{place.organization.id}/readiness"):
        page = site.get(path).text
        assert f"/readiness/rounds/{survey.id}" in page
        assert "5 or more of 24" in page
    answer = site.get(f"/readiness/rounds/{survey.id}", status=303)
    assert answer.location == url(survey)
    with counted_statements() as seen:
        site.get("/readiness")
    assert len(seen) <= 10


def test_a_member_finds_the_survey_on_the_home_page(site, place, survey):
    invite = make_invite(survey, person=place.staff)
    place.be(place.staff)
    page = site.get("/").text
    assert "asks how things are, in confidence" in page
    assert survey_links.token_of(survey_key(), invite.id) in page
    assert "Nothing waits for you" not in page
    place.be(place.second)  # who was not asked
    assert "asks how things are, in confidence" not in site.get("/").text


# ---------------------------------------------------------------- letting people know


def test_the_share_page_holds_poster_link_and_print(site, place, survey):
    page = site.get(url(survey, "/share")).text
    assert f"http://localhost/survey/poster/{poster_token_of(survey)}" in page
    for path in ("lang=en&amp;paper=letter", "lang=es&amp;paper=a4", "/paper?in=es"):
        assert path in page
    for asked in ("?lang=es&paper=a4", "?lang=en&paper=letter", "?lang=tlh&paper=stone"):
        answer = place.client.get(url(survey, f"/poster.pdf{asked}"))
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF")
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_poster_is_drawn_for_a_place_that_our_fonts_cannot_write(site, place, survey):
    place.organization.name = "بيت المرفأ 🏠"
    db.session.commit()
    assert place.client.get(url(survey, "/poster.pdf")).data.startswith(b"%PDF")


def test_a_new_poster_voids_the_old(site, place, survey):
    old = poster_token_of(survey)
    site.post(url(survey, "/poster"), status=303, page=url(survey, "/share"))
    assert poster_token_of(survey) != old
    assert place.client.get(f"/survey/poster/{old}").status_code == 404
    assert place.client.get(f"/survey/poster/{poster_token_of(survey)}").status_code == 200


def invite(site, survey, text: str, *, status: int = 303, **fields: str):
    data = {"whom": "addresses", "emails": text, "language": "en", **fields}
    return site.post(url(survey, "/invites"), data, status=status, page=url(survey, "/share"))


def addresses(survey) -> set[str]:
    return set(db.session.scalars(select(Invite.email).where(Invite.round_id == survey.id, Invite.email.is_not(None))))


def test_pasted_addresses_are_invited_once(site, place, survey):
    invite(site, survey, "Ana@Example.org\nana@example.org\r\nBob <bob@example.org>; c@example.org,\n\n")
    assert addresses(survey) == {"ana@example.org", "bob@example.org", "c@example.org"}
    rows = db.session.scalars(select(OutboxRow).where(OutboxRow.topic == inviting.INVITE_TOPIC)).all()
    assert len(rows) == 3
    assert all(set(row.payload) == {"invite_id"} for row in rows)
    answer = invite(site, survey, "bob@example.org\nd@example.org")
    assert "One was invited before" in site.get(answer.location).text
    assert len(addresses(survey)) == 4


def test_bad_lines_are_named_and_nothing_is_lost(site, place, survey):
    text = "ana@example.org\nfoo@\n=cmd()\nx@example.org%0ABcc: y@example.org\n<script>@example.org"
    page = invite(site, survey, text, status=422).text
    for line in ("Line 2", "Line 3", "Line 4", "Line 5"):
        assert line in page
    assert "ana@example.org" in page
    assert addresses(survey) == set()
    assert "<script>@" not in page


def test_ten_thousand_addresses_are_too_many(site, place, survey):
    page = invite(site, survey, "\n".join(f"p{n}@example.org" for n in range(10_000)), status=422).text
    assert "at most 1000 addresses at once" in page.replace(",", "")
    assert addresses(survey) == set()


def test_more_invited_than_people_is_refused(site, place, survey):
    page = invite(site, survey, "\n".join(f"p{n}@example.org" for n in range(25)), status=422).text
    assert "25 invited people, and you said that 24 work here" in page
    assert "p24@example.org" in page


def test_line_ends_in_an_address_make_no_header(site, place, survey):
    invite(site, survey, "ana@example.org\r\nBcc: eve@example.org", status=422)
    invite(site, survey, "ana@example.org\x0bBcc@example.org", status=422)
    assert addresses(survey) == set()


def test_an_address_of_a_member_invites_the_member(site, place, survey):
    invite(site, survey, f"{place.staff.email}\nnew@example.org")
    held = db.session.scalars(select(Invite).where(Invite.person_id == place.staff.id)).one()
    assert (held.via, held.email, held.delivery) == (Via.MEMBER, None, Delivery.WAITING)
    assert addresses(survey) == {"new@example.org"}
    page = invite(site, survey, place.staff.email)
    assert "All of them were invited before" in site.get(page.location).text


def test_members_get_a_message_only_when_the_lead_says_so(site, place, survey):
    otter = make_person("Otter", alias="otter", email=None)
    make_membership(otter, place.organization)
    for person in (place.staff, place.second, otter):
        make_invite(survey, person=person)
    page = site.get(url(survey, "/share")).text
    assert "Send 2 of them a message" in page
    site.post(url(survey, "/invites"), {"whom": "members"}, status=303, page=url(survey, "/share"))
    states = dict(db.session.execute(select(Invite.person_id, Invite.delivery)).all())
    assert (states[place.staff.id], states[otter.id]) == (Delivery.WAITING, Delivery.NONE)
    assert "No address" in site.get(url(survey)).text


def test_new_members_are_added(site, place, survey):
    late = make_person("Late")
    make_membership(late, place.organization)
    site.post(url(survey, "/invites"), {"whom": "new-members"}, status=303, page=url(survey, "/share"))
    assert late.id in set(db.session.scalars(select(Invite.person_id)))
    answer = site.post(url(survey, "/invites"), {"whom": "new-members"}, status=303, page=url(survey, "/share"))
    assert "nobody new" in site.get(answer.location).text


# ---------------------------------------------------------------- changing it


def edit_fields(survey, **others: object) -> dict[str, object]:
    return {
        "headcount": "24",
        "languages": ["en", "es"],
        "closes_on": str(survey.closes_on),
        "results_on": day(21),
        "row_version": "1",
    } | others


def test_people_and_days_change(site, place, survey):
    page = site.get(url(survey, "/edit")).text
    assert 'value="24"' in page
    site.post(url(survey, "/edit"), edit_fields(survey, headcount="30", closes_on=day(20)), status=303)
    held = db.session.get_one(Round, survey.id, populate_existing=True)
    assert (survey_of(place).headcount, held.closes_on, held.row_version) == (30, clock.today() + timedelta(days=20), 2)
    stale = site.post(url(survey, "/edit"), edit_fields(survey, headcount="26"), status=409).text
    assert "Somebody else changed this survey" in stale
    assert 'value="26"' in stale


def test_a_headcount_below_what_is_known_says_a_step_only(site, place):
    place.be(place.lead)
    survey = make_survey(place.organization, by=place.lead, headcount=24)
    make_responses(survey, *([4] * 13))
    page = site.post(url(survey, "/edit"), edit_fields(survey, headcount="9"), status=422).text
    assert "10 or more have answered already" in page
    assert "13" not in re.search(r'class="error-summary".*?</div>', page, re.DOTALL)[0]
    site.post(url(survey, "/edit"), edit_fields(survey, headcount="11"), status=303)  # it tells nothing about 11 and 13


def test_group_headcounts_change_and_names_stay(site, place):
    place.be(place.lead)
    survey = make_survey(place.organization, by=place.lead, headcount=12, groups=ROLES)
    keys, names = [each[0] for each in ROLES], [each[1] for each in ROLES]
    groups = {"group_key": keys, "group_name": [names[0], "Another name"], "group_headcount": ["7", "5"]}
    site.post(url(survey, "/edit"), edit_fields(survey, headcount="12", **groups), status=303)
    held = db.session.scalars(select(SurveyGroup).order_by(SurveyGroup.number)).all()
    assert [(each.name, each.headcount) for each in held] == [(names[0], 7), (names[1], 5)]
    bad = {**groups, "group_headcount": ["7", "9"]}
    page = site.post(url(survey, "/edit"), edit_fields(survey, headcount="12", row_version="2", **bad), status=422).text
    assert "add up to 16" in page


# ---------------------------------------------------------------- reminding


def test_a_reminder_goes_to_those_not_known_to_be_done(site, place, survey):
    make_invite(survey, email="open@example.org")
    make_invite(survey, email="done@example.org", is_done=True)
    make_invite(survey, email="today@example.org", delivery=Delivery.SENT, sent_on=clock.today())
    make_invite(survey, via=Via.POSTER)
    assert "Remind one person" in site.get(url(survey)).text
    site.post(url(survey, "/reminders"), status=303, page=url(survey))
    sent = db.session.scalars(select(SurveyReminder)).one()
    assert sent.n_asked == 1
    page = site.get(url(survey)).text
    assert "The next reminder can go out from" in page
    assert "1 to be sent, 0 went out, 0 failed" in page
    again = site.post(url(survey, "/reminders"), status=409, page=url(survey, "/share")).text
    assert "a short while ago" in again
    assert len(db.session.scalars(select(SurveyReminder)).all()) == 1


def test_without_anybody_to_remind_nothing_is_sent(site, place, survey):
    make_invite(survey, email="done@example.org", is_done=True)
    site.post(url(survey, "/reminders"), status=409, page=url(survey, "/share"))
    assert db.session.scalars(select(SurveyReminder)).all() == []


def test_a_reminder_can_follow_after_three_days(site, place, survey):
    make_invite(survey, email="open@example.org")
    with clock.fixed(clock.now() - timedelta(days=3)):
        inviting.send_reminder(survey, today=clock.today(), by_id=place.lead.id)
        db.session.commit()
    db.session.execute(Invite.__table__.update().values(delivery="sent"))
    db.session.commit()
    site.post(url(survey, "/reminders"), status=303, page=url(survey))
    assert len(db.session.scalars(select(SurveyReminder)).all()) == 2


def work(app) -> None:
    jobs.work_once(app.extensions["commons.workshop"])


def test_messages_prove_that_they_went(app, site, place, survey):
    invite(site, survey, "ana@example.org")
    assert "On its way" in site.get(url(survey)).text
    work(app)
    page = site.get(url(survey)).text
    assert "On its way" not in page
    assert "Sent" in page
    held = db.session.scalars(select(Invite).where(Invite.email == "ana@example.org")).one()
    assert (held.delivery, held.sent_on) == (Delivery.SENT, clock.today())
    token = survey_links.token_of(survey_key(), held.id)
    letter = next(app.config["SETTINGS"].data_dir.glob("mail/*.eml")).read_bytes().decode()
    assert token in letter.replace("=\n", "").replace("=\r\n", "")


def test_a_message_that_fails_is_shown_with_its_reason(app, site, place, survey, monkeypatch):
    invite(site, survey, "ana@example.org\nbob@example.org")
    composer = app.extensions["commons.workshop"].deliveries[OutboxKind.MAIL]

    def refuse(row, now):
        raise ConnectionRefusedError

    app.extensions["commons.workshop"].deliveries[OutboxKind.MAIL] = refuse
    work(app)
    page = site.get(url(survey)).text
    assert "tried again by itself" in page
    for _ in range(5):
        with clock.fixed(clock.now() + timedelta(days=1)):
            db.session.execute(OutboxRow.__table__.update().values(available_at=clock.now()))
            db.session.commit()
            work(app)
    page = site.get(url(survey)).text
    assert "2 messages did not go out" in page
    assert "mail server could not be reached" in page
    app.extensions["commons.workshop"].deliveries[OutboxKind.MAIL] = composer
    site.post(url(survey, "/invites"), {"whom": "failed"}, status=303, page=url(survey))
    work(app)
    assert "did not go out" not in site.get(url(survey)).text


def test_a_reminder_counts_what_went_out_and_what_failed(app, site, place, survey):
    make_invite(survey, email="ana@example.org")
    site.post(url(survey, "/reminders"), status=303, page=url(survey))
    work(app)
    assert "1 to be sent, 1 went out, 0 failed" in site.get(url(survey)).text


# ---------------------------------------------------------------- closing, and opening again


def test_closing_with_few_answers_says_what_happens(site, place, survey):
    page = site.get(url(survey)).text
    assert "Fewer than 5 have answered, so the report would show no results" in page
    answer = site.post(url(survey, "/close"), status=303, page=url(survey))
    assert answer.location.endswith(f"/readiness/rounds/{survey.id}/report")
    page = site.get(url(survey)).text
    assert "Take late answers" in page
    assert "Close it now" not in page
    assert site.get(url(survey, "/share"), status=303).location == url(survey)


def test_a_closed_survey_takes_late_answers_until_a_day(site, place, survey):
    site.post(url(survey, "/close"), status=303, page=url(survey))
    path = url(survey, "/reopen")
    assert "2" in site.get(path).text
    site.post(path, {"until": day(-1)}, status=422)
    site.post(path, {"until": "soon"}, status=422)
    site.post(path, {"until": day(5)}, status=303)
    page = site.get(url(survey)).text
    assert "Takes late answers" in page
    assert "Takes late answers" in site.get("/readiness").text
    answer = site.post(url(survey, "/close"), status=303, page=url(survey))
    assert answer.location.endswith("/report")
    assert survey_of(place).reopened_until is None


def test_a_closed_survey_invites_and_reminds_nobody(site, place, survey):
    hidden = site.hidden_fields(url(survey, "/share"))
    site.post(url(survey, "/close"), status=303, page=url(survey))
    for path, data in ((url(survey, "/reminders"), {}), (url(survey, "/invites"), {"emails": "a@example.org"})):
        answer = place.client.post(path, data={**hidden, **data, "whom": "addresses", "language": "en"})
        assert answer.status_code == 409
    assert db.session.scalars(select(OutboxRow).where(OutboxRow.topic.in_(inviting.TOPICS))).all() == []


# ---------------------------------------------------------------- samples


@pytest.mark.parametrize("slug", ["staff-survey", "change-readiness", "trauma-informed"])
def test_each_survey_has_a_sample_report_that_says_it_is_made_up(site, place, slug):
    place.be(place.staff)
    page = site.get(f"/readiness/samples/{slug}").text
    assert "These numbers are made up" in page
    assert "Up to three next steps" in page
    site.get(f"/readiness/samples/{slug}?lang=es")


def test_there_is_no_sample_of_what_nobody_offers(site, place):
    place.be(place.staff)
    site.get("/readiness/samples/nothing", status=404)
    site.get("/readiness/samples/own-secret", status=404)


def test_another_organization_cannot_be_surveyed(site, place):
    place.be(place.lead)
    elsewhere = make_organization("Elsewhere")
    lead = make_person("Else Lead")
    make_membership(lead, elsewhere, MembershipRole.LEAD)
    site.get(f"/organizations/{elsewhere.id}/readiness/surveys/new", status=404)
    site.get(url(make_survey(elsewhere, by=lead)), status=404)

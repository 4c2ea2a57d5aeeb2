"""What a team notes beside its ratings: the parking lot, links, the round before, the screen for the wall."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.readiness.forms.talks import flaw_of
from lms.readiness.models import Campaign, EvidenceLink, Invite, ParkedTopic, Round, Survey, TalkNote, Via
from lms.readiness.queries import people as people_queries
from lms.readiness.queries import talks
from lms.readiness.queries.instruments import get_newest
from lms.readiness.services import people
from tests.factories.people import make_person
from tests.factories.readiness import close, make_round, rate, rate_all, said

SAME_DAY = "same-day-start"
LINK = {"item": SAME_DAY, "url": "https://example.org/protocol?page=2", "label": "Our protocol"}


def url(a_round: Round, rest: str = "") -> str:
    return f"/readiness/rounds/{a_round.id}{rest}"


@pytest.fixture
def team(place):
    return make_round(place.organization, place.member, by=place.lead)


# ---------------------------------------------------------------- the parking lot


def test_a_topic_is_parked_and_settled(site, place, team):
    place.be(place.member)
    fields = {"text": "Who pays for the <b>cabinet</b>?", "item": SAME_DAY, "place": "start"}
    answer = site.post(url(team, "/parked"), fields, status=303, page=url(team))
    assert answer.location == url(team, "/areas/start#parked")
    page = site.get(url(team))
    assert "Who pays for the &lt;b&gt;cabinet&lt;/b&gt;?" in page.text
    assert "Parked by Member" in page.text
    (topic,) = db.session.scalars(select(ParkedTopic)).all()
    path = url(team, f"/parked/{topic.id}/settle")
    site.post(path, {"outcome": " "}, status=422, page=url(team))
    site.post(path, {"outcome": "The county does."}, status=303, page=url(team))
    page = site.get(url(team))
    assert "The county does." in page.text
    late = site.post(path, {"outcome": "Nobody does."}, status=409, page=url(team))
    assert "Somebody else has said meanwhile" in late.text
    assert "Nobody does." in late.text


def test_parking_twice_parks_once(site, place, team):
    place.be(place.member)
    fields = {**site.hidden_fields(url(team)), "text": "Once"}
    for _time in range(2):
        assert site.client.post(url(team, "/parked"), data=fields).status_code == 303
    assert len(db.session.scalars(select(ParkedTopic)).all()) == 1


@pytest.mark.parametrize("text", ["", " \n ", "x" * 601])
def test_what_cannot_be_parked_is_shown_again(site, place, team, text):
    place.be(place.member)
    page = site.post(url(team, "/parked"), {"text": text}, status=422, page=url(team))
    assert text.strip() in page.text
    assert db.session.scalars(select(ParkedTopic)).all() == []


def test_a_closed_round_parks_nothing_but_settles(site, place, team):
    place.be(place.member)
    site.post(url(team, "/parked"), {"text": "Waits"}, status=303, page=url(team))
    rate_all(team, place.member, 3)
    close(team, place.lead)
    page = site.post(url(team, "/parked"), {"text": "Too late for this"}, status=409, page=url(team))
    assert "Too late for this" not in page.text or "closed" in page.text
    (topic,) = db.session.scalars(select(ParkedTopic)).all()
    site.post(url(team, f"/parked/{topic.id}/settle"), {"outcome": "Done"}, status=303, page=url(team))


def test_a_full_parking_lot_says_so(site, place, team):
    now = clock.now()
    db.session.add_all(
        ParkedTopic(event_uuid=uuid4(), round_id=team.id, text="Full", by_id=place.member.id, parked_at=now)
        for _number in range(talks.MOST_PARKED)
    )
    db.session.commit()
    place.be(place.member)
    page = site.post(url(team, "/parked"), {"text": "One more"}, status=409, page=url(team))
    assert "One more" in page.text
    assert "no more fit" in page.text


def test_who_else_meets_the_parking_lot(site, place, team):
    place.be(place.member)
    site.post(url(team, "/parked"), {"text": "Ours"}, status=303, page=url(team))
    (topic,) = db.session.scalars(select(ParkedTopic)).all()
    other = make_round(place.other, place.outsider)
    for person, status in ((place.expert, 403), (place.staff, 404), (place.outsider, 404)):
        place.be(person)
        for rest, fields in (
            ("/parked", {"text": "x"}),
            (f"/parked/{topic.id}/settle", {"outcome": "x"}),
            ("/links", LINK),
        ):
            assert site.post(url(team, rest), fields, page="/").status_code == status
        site.get(url(team, "/projector/start"), status=status)
    place.be(place.outsider)
    assert site.post(url(other, f"/parked/{topic.id}/settle"), {"outcome": "x"}, page="/").status_code == 404
    place.be(place.expert)
    assert "Ours" in site.get(url(team)).text


# ---------------------------------------------------------------- links to evidence


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)//https://example.org",
        "data:text/html,x",
        "//example.org",
        "example.org",
        "https://",
        "https:///etc/passwd",
        "https://localhost/x",
        "https://example.org:0/",
        "https://example.org:99999999/",
        "https://[::1",
        "https://bank.example@evil.example/",
        "https://user:secret@example.org/",
        "https://example.org\\@evil.example/",
        "https://exa mple.org/",
        'https://example.org/"onclick="x',
        "https://example.org/\x01",
        "ftp://example.org",
    ],
)
def test_an_unsafe_address_is_no_evidence(address):
    assert flaw_of(address)


@pytest.mark.parametrize(
    "address", ["https://example.org", "HTTPS://Example.org/a%20b?c=d#e", "https://bücher.example/ü"]
)
def test_a_safe_address_is_taken(address):
    assert flaw_of(address) is None


def test_a_link_is_kept_with_its_item_and_removed(site, place, team):
    place.be(place.member)
    answer = site.post(url(team, "/links"), LINK, status=303, page=url(team, "/areas/start"))
    assert answer.location == url(team, f"/areas/start#links-{SAME_DAY}")
    for path in (url(team, "/areas/start"), url(team, "/items"), url(team, "/projector/start")):
        page = site.get(path)
        assert 'href="https://example.org/protocol?page=2" rel="noopener noreferrer nofollow external"' in page.text
        assert "Our protocol" in page.text
    (link,) = db.session.scalars(select(EvidenceLink)).all()
    for _time in range(2):
        site.post(url(team, f"/links/{link.id}/remove"), status=303, page=url(team, "/areas/start"))
    assert "Our protocol" not in site.get(url(team, "/items")).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "javascript:alert(1)"),
        ("url", "https://example.org/" + "x" * 500),
        ("url", ""),
        ("label", ""),
        ("label", "y" * 121),
        ("item", ""),
        ("item", "no-such-item"),
    ],
)
def test_a_link_that_cannot_be_taken_is_shown_again(site, place, team, field, value):
    place.be(place.member)
    page = site.post(url(team, "/links"), {**LINK, field: value}, status=422, page=url(team, "/areas/start"))
    assert 'href="javascript' not in page.text
    assert value in page.text or field == "item"
    assert db.session.scalars(select(EvidenceLink)).all() == []


def test_a_link_of_another_round_is_not_found(site, place, team):
    place.be(place.member)
    site.post(url(team, "/links"), LINK, status=303, page=url(team, "/areas/start"))
    (link,) = db.session.scalars(select(EvidenceLink)).all()
    other = make_round(place.other, place.outsider)
    place.be(place.outsider)
    assert site.post(url(other, f"/links/{link.id}/remove"), page="/").status_code == 404


# ---------------------------------------------------------------- the round before


def test_an_item_shows_what_was_said_in_the_round_before_and_what_changed(site, place, team):
    rate_all(team, place.member, 2)
    close(team, place.lead)
    again = make_round(place.organization, place.member, by=place.lead)
    place.be(place.member)
    assert site.get(url(again, "/areas/start")).text.count(": 2.") == 5
    rate(again, place.member, {SAME_DAY: said(4)})
    for path in (url(again, "/areas/start"), url(again, "/items")):
        assert ": 2. Now: 4." in site.get(path).text
    rate(again, place.member, {SAME_DAY: said(5)})
    assert "changed it from 4 to 5" in site.get(url(again, "/areas/start")).text


def test_a_first_round_has_nothing_before_it(site, place, team):
    place.be(place.member)
    assert "In the round of" not in site.get(url(team, "/areas/start")).text


# ---------------------------------------------------------------- the wall


def test_the_wall_shows_one_item_and_leads_through_all(site, place, team):
    rate(team, place.member, {SAME_DAY: said(4, "Nine of ten charts")})
    place.be(place.member)
    seen, path = [], url(team, "/projector/find")
    while path:
        page = site.get(path)
        assert page.text.count("<h1>") == 1
        seen.append(page.text.split("<h1>")[1].split("<")[0].strip())
        following = page.text.split('rel="next"')
        path = following[1].split('href="')[1].split('"')[0].replace("&amp;", "&") if len(following) > 1 else ""
    assert len(seen) == 40
    assert len(set(seen)) == 40
    assert 'rel="prev"' not in site.get(url(team, "/projector/find")).text
    page = site.get(url(team, "/projector/start"))
    assert "Nine of ten charts" in page.text
    assert "What stands now: 4" in page.text


@pytest.mark.parametrize("item", ["0", "-3", "99", "x", "９", "1" * 400])
def test_a_broken_number_on_the_wall_shows_an_item(site, place, team, item):
    place.be(place.member)
    site.get(url(team, f"/projector/start?item={item}"))


def test_a_topic_parked_from_the_wall_leads_back_to_the_item(site, place, team):
    place.be(place.member)
    path = url(team, "/projector/start")
    fields = {"text": "Ask the pharmacy", "item": SAME_DAY, "place": "projector"}
    answer = site.post(url(team, "/parked"), fields, status=303, page=path)
    assert "/projector/start?item=" in answer.location
    assert "Ask the pharmacy" in site.get(answer.location).text


# ---------------------------------------------------------------- people


def survey_with_invites(place, *invites: dict[str, object]) -> Round:
    opened = Round(
        organization_id=place.organization.id,
        instrument_slug="staff-survey",
        version_id=get_newest("staff-survey").id,
        opened_at=clock.now(),
        closes_on=clock.today() + timedelta(days=10),
    )
    db.session.add(opened)
    db.session.flush()
    survey = Survey(round_id=opened.id, headcount=20, languages=["en"], results_on=clock.today(), poster_salt="salt")
    db.session.add(survey)
    db.session.flush()
    for each in invites:
        db.session.add(Invite(id=uuid4(), round_id=opened.id, created_on=clock.today(), **each))
    db.session.commit()
    return opened


def test_everything_that_names_a_person_goes_with_them_or_bears_no_name(site, place, team):
    member = place.member
    place.be(member)
    site.post(url(team, "/parked"), {"text": "Ours"}, status=303, page=url(team))
    site.post(url(team, "/links"), LINK, status=303, page=url(team, "/areas/start"))
    note = TalkNote(
        event_uuid=uuid4(), round_id=team.id, item_key=SAME_DAY, text="x", by_id=member.id, noted_at=clock.now()
    )
    db.session.add(note)
    survey_with_invites(
        place,
        {"via": Via.MEMBER, "person_id": member.id},
        {"via": Via.EMAIL, "email": member.email.upper()},
        {"via": Via.EMAIL, "email": "somebody@example.org"},
    )
    campaign = Campaign(
        event_uuid=str(uuid4()),
        coalition_id=place.coalition.id,
        version_id=place.version.id,
        closes_on=clock.today(),
        results_on=clock.today(),
        started_by_id=member.id,
        started_at=clock.now(),
    )
    db.session.add(campaign)
    db.session.commit()
    sections = dict(people_queries.list_rows_of(member.id))
    for name in ("parked topics", "evidence links", "talk notes", "invites", "campaigns"):
        assert len(sections[f"readiness {name}"]) == 1, name
    people.forget_person(member.id)
    db.session.commit()
    assert talks.list_topics(team.id)[0].by_name is None
    assert talks.list_links(team.id)[SAME_DAY][0].by_name is None
    assert talks.list_talks(team.id)[SAME_DAY][0].by_name is None
    assert [each.email for each in db.session.scalars(select(Invite))] == ["somebody@example.org"]
    assert db.session.scalars(select(Campaign.started_by_id)).all() == [None]
    assert not any(rows for _name, rows in people_queries.list_rows_of(member.id))
    place.be(place.lead)
    assert "Parked by A former member" in site.get(url(team)).text


def test_merged_people_have_one_invite_to_a_round(place):
    kept, gone = place.member, make_person("Gone")
    both = survey_with_invites(
        place,
        {"via": Via.MEMBER, "person_id": kept.id},
        {"via": Via.MEMBER, "person_id": gone.id, "is_done": True},
    )
    people.merge_people(kept.id, gone.id)
    db.session.commit()
    left = db.session.execute(select(Invite.person_id, Invite.is_done).where(Invite.round_id == both.id)).all()
    assert [tuple(each) for each in left] == [(kept.id, True)]

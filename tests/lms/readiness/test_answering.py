"""Masking, drafts and pages as plain values; closing, reopening and looking after a survey."""

from datetime import UTC, datetime, timedelta

import pytest

from lms import clock, jobs
from lms.db import db
from lms.errors import Conflict, Invalid, NotFound
from lms.jobs import Job
from lms.readiness import survey_answers, survey_links
from lms.readiness.jobs import SURVEY_UPKEEP, handlers
from lms.readiness.models import (
    Draft,
    Invite,
    RecommendedAction,
    Round,
    RoundState,
    Survey,
    SurveyResponse,
    SurveySnapshot,
    Via,
)
from lms.readiness.queries import answering
from lms.readiness.services import answering as services
from lms.readiness.services import surveys as closing
from lms.readiness.services.answering import LinkUsed, NotTaken, PosterFull
from lms.readiness.services.rounds import RoundClosed
from lms.readiness.services.surveys import NotReopened
from lms.readiness.survey_answers import Answered
from lms.readiness.survey_text import mask
from lms.settings import Settings
from readiness.instruments import Instrument
from tests.factories import surveys
from tests.factories.people import make_membership
from tests.lms.readiness.conftest import Place

# By the clock of the coalition in tests (New York) it is noon, and three at night.
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.fixture
def survey(place: Place) -> Round:
    return surveys.make_survey(place.organization, by=place.lead)


def sent_in(a_round: Round, n: int = 1, answer: int = 4) -> list[Invite]:
    """So many people answer by links of their own, through the services."""
    invites = [surveys.make_invite(a_round) for _ in range(n)]
    for invite in invites:
        submit(invite, answer)
    return invites


def submit(invite: Invite, answer: int = 4, comment: str = "") -> None:
    services.keep_answers(place_of(invite), {"effort": str(answer), "resolve": "dont-know"})
    if comment:
        services.keep_comment(place_of(invite), comment)
    services.submit(place_of(invite), today=clock.today())
    db.session.commit()


def place_of(invite: Invite) -> answering.Place:
    found = answering.find_place(surveys.survey_key(), surveys.token_of(invite))
    assert found is not None
    return found


def look_after(settings: Settings, at: datetime = NOON) -> str:
    job = jobs.ask(SURVEY_UPKEEP)
    db.session.commit()
    said = handlers(settings)[SURVEY_UPKEEP](db.session.get_one(Job, job.id), at)
    db.session.commit()
    db.session.expire_all()
    return said


def n_done() -> int:
    return db.session.query(Invite).filter_by(is_done=True).count()


@pytest.mark.parametrize(
    ("typed", "masked"),
    [
        ("Ask Karen, 555-010-7788, or k.lee@example.org.", "Ask [name], [number], or [address]."),
        ("Dr. Patel never listens", "Dr. [name] never listens"),
        ("My boss Denise Whitlock shouts. Denise should stop.", "My boss [name] shouts. [name] should stop."),
        ("karen never listens", "[name] never listens"),
        ("Will we get time? I asked Will about it.", "Will we get time? I asked [name] about it."),
        ("La doctora Gómez grita. Llame al (614) 555-0199.", "La doctora [name] grita. Llame al [number]."),
        ("Mi jefa (Ana) es buena: gracias", "Mi jefa ([name]) es buena: gracias"),
        ("Write to ana (at) example (dot) org or @ana_r", "Write to [address] or [name]"),
        ("See www.facebook.com/lee", "See [address]"),
        ("lateesha is rude", "[name] is rude"),
        ("Quetzalina Wobbleton said so. Tell Wobbleton.", "[name] said so. Tell [name]."),
        ("The nurse Jackie helps", "The nurse [name] helps"),
    ],
)
def test_what_names_somebody_is_masked(typed: str, masked: str):
    assert mask(typed, ["Lateesha Jones"]) == masked


@pytest.mark.parametrize(
    "typed",
    [
        "We need Narcan on every shift, and TA in March.",
        "We have 5 of 12 beds, 80% full, since 2024.",
        "WE NEED MORE TIME",
        "Nurses help. Peers help too. I like it here.",
        "Hay que hablar más en español. El lunes falta gente.",
        "No",
        "",
    ],
)
def test_what_names_nobody_stays(typed: str):
    assert mask(typed) == typed


def test_pages_hold_four_or_five_statements_and_all_of_them():
    whole = Instrument.__new__(Instrument)
    for n_items in (*range(1, 41), 60):
        items = tuple(type("Item", (), {"key": f"i{n}"})() for n in range(n_items))
        object.__setattr__(whole, "areas", (type("Area", (), {"items": items})(),))
        pages = survey_answers.pages_of(whole)
        assert [item for page in pages for item in page.items] == list(items)
        assert all(len(page.items) <= 5 for page in pages)
        assert min(len(page.items) for page in pages) >= min(4, n_items) or n_items in {6, 7, 11}
        assert pages[0].first == 1
        assert pages[-1].last == n_items


def test_draft_reads_back_in_the_order_of_the_instrument(place: Place):
    instrument = surveys.survey_instrument()
    keys = [item.key for item in instrument.items]
    answered = Answered(dict.fromkeys(reversed(keys), "3"), "peer", "Hm.", "es")
    document = survey_answers.as_document(answered, instrument)
    assert list(document["items"]) == keys
    assert survey_answers.from_document(document) == answered


def test_links_are_derived_and_bound_to_the_key(place: Place, survey: Round):
    invite = surveys.make_invite(survey)
    token = surveys.token_of(invite)
    assert len(token) == survey_links.TOKEN_LENGTH
    assert survey_links.read_token(surveys.survey_key(), token) == invite.id
    assert survey_links.read_token("another key", token) is None
    assert survey_links.draft_key("a", token) != survey_links.draft_key("b", token)
    for broken in ("", "x", token + "A", token[:-1], token.replace(token[3], "!"), "é" * 43):
        assert survey_links.read_token(surveys.survey_key(), broken) is None


def test_second_sending_in_is_refused(survey: Round):
    (invite,) = sent_in(survey)
    with pytest.raises(LinkUsed):
        services.submit(place_of(invite), today=clock.today())
    with pytest.raises(LinkUsed):
        services.keep_answers(place_of(invite), {"effort": "1"})
    db.session.rollback()
    assert db.session.query(SurveyResponse).count() == 1


def test_close_computes_once_and_deletes_what_was_not_sent(place: Place, survey: Round, settings: Settings):
    sent_in(survey, 6, answer=2)
    services.keep_answers(place_of(surveys.make_invite(survey)), {"effort": "1"})
    db.session.commit()
    closing.close_survey(survey, today=clock.today(), by_id=place.lead.id)
    db.session.commit()
    snapshot = db.session.query(SurveySnapshot).one()
    assert (snapshot.round_id, snapshot.number) == (survey.id, 1)
    assert {each.snapshot_number for each in db.session.query(SurveyResponse)} == {1}
    assert db.session.query(Draft).count() == 0
    assert db.session.get_one(Round, survey.id).state is RoundState.CLOSED
    with pytest.raises(RoundClosed):
        closing.close_survey(survey, today=clock.today(), by_id=place.lead.id)


def test_close_proposes_at_most_three_actions(place: Place):
    poor = surveys.make_survey(place.organization)
    surveys.make_responses(poor, *[1] * 8)
    closing.close_survey(poor, today=clock.today(), by_id=None)
    db.session.commit()
    actions = db.session.query(RecommendedAction).filter_by(round_id=poor.id).all()
    assert 1 <= len(actions) <= 3


def test_close_with_fewer_than_five_says_that_nothing_can_be_shown(place: Place, survey: Round):
    sent_in(survey, 4)
    closing.close_survey(survey, today=clock.today(), by_id=None)
    db.session.commit()
    assert db.session.query(RecommendedAction).count() == 0
    document = db.session.query(SurveySnapshot).one().document
    assert "4" not in str({key: document.get(key) for key in ("n", "n_answered", "rung")})


def test_reopened_survey_counts_late_answers_only_in_batches(place: Place, survey: Round):
    today, by_id = clock.today(), place.lead.id
    used = sent_in(survey, 6)
    with pytest.raises(Conflict):
        closing.reopen_survey(survey, today, today=today, by_id=by_id)
    closing.close_survey(survey, today=today, by_id=by_id)
    with pytest.raises(NotReopened):
        closing.end_reopening(survey, today=today, by_id=by_id)
    with pytest.raises(Invalid):
        closing.reopen_survey(survey, today + timedelta(days=31), today=today, by_id=by_id)
    closing.reopen_survey(survey, today, today=today, by_id=by_id)
    db.session.commit()
    with pytest.raises(LinkUsed):
        services.keep_answers(place_of(used[0]), {"effort": "1"})
    db.session.rollback()
    late = sent_in(survey, 3)
    assert closing.end_reopening(survey, today=today, by_id=by_id) is None
    db.session.commit()
    assert closing.count_late(survey.id) == 3
    assert db.session.query(SurveySnapshot).count() == 1
    closing.reopen_survey(survey, today, today=today, by_id=by_id)
    db.session.commit()
    with pytest.raises(LinkUsed):
        services.keep_answers(place_of(late[0]), {"effort": "1"})
    db.session.rollback()
    sent_in(survey, 2)
    assert closing.end_reopening(survey, today=today, by_id=by_id) is not None
    db.session.commit()
    assert [each.number for each in db.session.query(SurveySnapshot).order_by(SurveySnapshot.number)] == [1, 2]
    assert closing.count_late(survey.id) == 0


def test_upkeep_notes_who_is_done_for_five_or_more(survey: Round, settings: Settings):
    sent_in(survey, 4)
    assert "0 noted" in look_after(settings)
    assert "0 noted" in look_after(settings, NIGHT)
    assert n_done() == 0
    sent_in(survey, 1)
    assert "5 noted" in look_after(settings)
    assert n_done() == 5
    sent_in(survey, 4)
    look_after(settings)
    look_after(settings, NIGHT)
    assert n_done() == 5


def test_links_stay_used_after_they_were_noted_and_after_the_close(place: Place, survey: Round, settings: Settings):
    invites = sent_in(survey, 5)
    look_after(settings)
    last = sent_in(survey, 1)
    for invite in (*invites, *last):
        assert place_of(invite).door is answering.Door.USED
    closing.close_survey(survey, today=clock.today(), by_id=None)
    closing.reopen_survey(survey, clock.today(), today=clock.today(), by_id=place.lead.id)
    db.session.commit()
    assert len(db.session.get_one(Survey, survey.id).used_keys) == 1
    assert n_done() == 5
    for invite in (*invites, *last):
        assert place_of(invite).door is answering.Door.USED
    sent_in(survey, 4)
    look_after(settings)
    assert n_done() == 10
    assert db.session.get_one(Survey, survey.id).used_keys == []


def test_upkeep_closes_what_is_due_by_the_clock_of_the_organization(place: Place, settings: Settings):
    with clock.fixed(NOON):
        due = surveys.make_survey(place.organization, days=0)
        later = surveys.make_survey(place.other, days=1)
    evening = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)  # half past eleven of the same day in New York
    assert "0 closed" in look_after(settings, evening)
    said = look_after(settings, evening + timedelta(hours=1))
    assert "1 closed" in said
    assert db.session.get_one(Round, due.id).state is RoundState.CLOSED
    assert db.session.get_one(Round, later.id).state is RoundState.OPEN


def test_upkeep_ends_a_reopening(place: Place, survey: Round, settings: Settings):
    closing.close_survey(survey, today=clock.today(), by_id=None)
    closing.reopen_survey(survey, clock.today(), today=clock.today(), by_id=place.lead.id)
    db.session.commit()
    look_after(settings, clock.now() + timedelta(days=2))
    assert db.session.get_one(Survey, survey.id).reopened_until is None
    with pytest.raises(NotTaken):
        services.keep_answers(place_of(surveys.make_invite(survey)), {"effort": "1"})


def test_members_find_their_own_link_until_they_have_answered(place: Place, survey: Round):
    key = surveys.survey_key()
    invite = surveys.make_invite(survey, person=place.staff)
    (own,) = answering.list_own_invites(place.staff.id, key)
    assert own.path == f"/survey/{surveys.token_of(invite)}"
    assert (own.round.id, own.organization_name, own.closes_on) == (survey.id, "Harbor House", survey.closes_on)
    assert answering.list_own_invites(place.member.id, key) == []
    submit(invite)
    assert answering.list_own_invites(place.staff.id, key) == []
    make_membership(place.staff, place.other)
    other = surveys.make_survey(place.other)
    surveys.make_invite(other, person=place.staff)
    assert len(answering.list_own_invites(place.staff.id, key)) == 1
    closing.close_survey(other, today=clock.today(), by_id=None)
    db.session.commit()
    assert answering.list_own_invites(place.staff.id, key) == []


def test_poster_makes_an_invite_that_names_nobody(survey: Round):
    asked = answering.find_by_poster(surveys.survey_key(), surveys.poster_token_of(survey))
    assert asked is not None
    services.open_by_poster(asked, "a nonce", surveys.survey_key(), language="es")
    db.session.commit()
    invite = db.session.query(Invite).one()
    assert (invite.via, invite.email, invite.person_id, invite.language) == (Via.POSTER, None, None, "es")


def test_places_of_a_poster_that_nobody_used_become_free_at_night(place: Place, settings: Settings):
    with clock.fixed(NOON):
        small = surveys.make_survey(place.organization, headcount=2)
        key = surveys.survey_key()
        asked = answering.find_by_poster(key, surveys.poster_token_of(small))
        assert asked is not None
        used, idle = (services.open_by_poster(asked, nonce, key, language="en") for nonce in ("one", "two"))
        begun = answering.find_place(key, used)
        assert begun is not None
        services.keep_answers(begun, {"effort": "4"})
        stale = answering.find_place(key, idle)
        assert stale is not None
        db.session.commit()
        with pytest.raises(PosterFull):
            services.open_by_poster(asked, "three", key, language="en")
        db.session.rollback()
    look_after(settings, NIGHT)
    assert answering.find_place(key, used) is not None
    assert answering.find_place(key, idle) is None
    with pytest.raises(NotFound):
        services.keep_answers(stale, {"effort": "4"})
    db.session.rollback()
    assert services.open_by_poster(asked, "three", key, language="en")
    db.session.rollback()

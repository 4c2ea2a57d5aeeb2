"""Reading a lesson: screens recorded once, from a form or from a phone, and practice questions with their reasons."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from lms import clock
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.training.models import EventKind, LearningEvent, LessonProgress
from lms.training.rules import Progress
from lms.training.services import learning
from lms.training.services.learning import StepDone
from tests.factories.learning import COURSE_PAGE, READING_PAGE, begin, hidden, place_of
from tests.factories.people import make_coalition, make_membership, make_organization, make_person, sign_in
from tests.statements import counted_statements

STEPS = f"{READING_PAGE}/steps"
PRACTICE = f"{READING_PAGE}/practice"


def shown_screen(html):
    """Return the part of a page that holds the one screen that is not hidden."""
    sections = html.split('<section class="lesson-step"')[1:]
    (shown,) = [each for each in sections if " hidden>" not in each.partition(">")[0] + ">"]
    return shown.partition("</section>")[0]


def send_steps(site, events, *, page=READING_PAGE, url=STEPS):
    token = site.hidden_fields(page)["csrf_token"]
    headers = {"X-CSRF-Token": token, "Accept": "application/json"}
    return site.client.post(url, json={"events": events}, headers=headers)


def event(step, key=None, occurred_at="2026-01-31T14:02:11.000Z"):
    return {"event_uuid": str(key or uuid4()), "step": step, "occurred_at": occurred_at}


def n_events():
    return db.session.query(LearningEvent).count()


# ---------------------------------------------------------------- the page


def test_lesson_of_a_course_not_started_offers_to_start_and_writes_nothing(site, learner):
    html = site.get(READING_PAGE).text
    assert "You have not started this course" in html
    assert f'action="{COURSE_PAGE}/start"' in html
    assert n_events() == 0


def test_all_screens_are_in_the_page_and_one_is_shown(site, learner):
    begin(learner)
    html = site.get(READING_PAGE).text
    assert html.count('class="lesson-step"') == 3
    assert "Does the person wake up?" in shown_screen(html)
    assert "Screen 1 of 3" in html
    assert "about 9 minutes left" in html


def test_facts_sources_and_what_is_to_be_confirmed_are_in_the_page(site, learner):
    begin(learner)
    html = site.get(READING_PAGE).text
    assert "Call 911." in html
    assert '<a href="#source-label"' in html
    assert 'id="source-label"' in html
    assert "“Label of the spray”, Maker, 2024" in html
    assert "a page about help lines, County</li>" in html
    assert "to be confirmed by a clinician" in html
    assert "Not yet reviewed. Version 1.0.0." in html


@pytest.mark.parametrize("asked", ["0", "99", "-1", "x", "٣", "1e3", "", "9" * 300])
def test_any_step_in_the_address_shows_a_screen(site, learner, asked):
    begin(learner)
    assert shown_screen(site.get(f"{READING_PAGE}?step={asked}").text)


def test_page_speaks_spanish(site, learner):
    begin(learner)
    html = site.get(f"{READING_PAGE}?lang=es").text
    assert "¿Despierta la persona?" in html
    assert "pendiente de confirmación clínica" in html


def test_lesson_that_the_course_does_not_have_is_not_found(site, learner):
    begin(learner)
    site.get("/learn/small/never", status=404)
    site.post("/learn/small/never/steps", page=READING_PAGE, status=404)


@pytest.mark.parametrize("lesson", ["library", "check"])
def test_steps_belong_to_readings_only(site, learner, lesson):
    begin(learner)
    site.post(f"/learn/small/{lesson}/steps", {"step": "1"}, page=READING_PAGE, status=404)


def test_lesson_page_costs_at_most_six_statements(site, learner):
    organization = make_organization()
    make_membership(learner, organization)
    make_coalition("Tri-County", organization)
    begin(learner)
    site.get(READING_PAGE)
    with counted_statements() as seen:
        site.get(READING_PAGE)
    assert len(seen) <= 6, seen


def test_no_markdown_is_rendered_when_a_lesson_is_read(site, learner, monkeypatch):
    begin(learner)
    monkeypatch.setattr("lms.prose.render_prose", None)
    site.get(READING_PAGE)


# ---------------------------------------------------------------- without a script


def test_next_leads_to_the_next_screen_and_the_lesson_resumes_there(site, learner):
    begin(learner)
    response = site.post(STEPS, {"step": "1"}, page=READING_PAGE, status=303)
    assert response.location == f"{READING_PAGE}?step=2"
    assert "How do they breathe?" in shown_screen(site.get(READING_PAGE).text)


def test_last_screen_ends_the_lesson_with_the_next_one(site, learner):
    begin(learner)
    for step in ("1", "2", "3"):
        response = site.post(STEPS, {"step": step}, page=READING_PAGE, status=303)
    assert response.location == f"{READING_PAGE}?done=1"
    html = site.get(response.location).text
    assert "Lesson done" in html
    assert "/learn/small/naloxone" in html


def test_last_screen_leads_back_to_one_that_was_left_out(site, learner):
    begin(learner)
    site.post(STEPS, {"step": "1"}, page=READING_PAGE)
    response = site.post(STEPS, {"step": "3"}, page=READING_PAGE)
    assert response.location == f"{READING_PAGE}?step=2"
    assert "not read yet" in site.get(response.location).text


def test_finished_lesson_opens_at_its_beginning(site, learner):
    begin(learner)
    for step in ("1", "2", "3"):
        site.post(STEPS, {"step": step}, page=READING_PAGE)
    assert "Does the person wake up?" in shown_screen(site.get(READING_PAGE).text)


@pytest.mark.parametrize("step", ["", "x", "1" * 10_000, "😀", "<script>", "=cmd()"])
def test_step_that_is_no_number_is_refused_in_words(site, learner, step):
    begin(learner)
    response = site.post(STEPS, {"step": step}, page=READING_PAGE)
    assert response.status_code == 422
    assert n_events() == 0


def test_step_before_the_course_is_started_is_refused(site, learner):
    assert site.post(STEPS, {"step": "1"}, page=COURSE_PAGE).status_code == 409


# ---------------------------------------------------------------- from the phone


def test_steps_kept_on_the_phone_are_saved_together(site, learner):
    begin(learner)
    keys = [uuid4(), uuid4()]
    response = send_steps(site, [event(1, keys[0]), event(2, keys[1])])
    assert response.status_code == 200
    assert response.json == {
        "saved": [str(key) for key in keys],
        "progress": {"n_steps_done": 2, "n_steps": 3, "is_completed": False},
    }


def test_same_events_again_are_saved_once(site, learner):
    begin(learner)
    events = [event(1), event(2), event(3)]
    first, second = send_steps(site, events), send_steps(site, events)
    assert first.json == second.json
    assert second.json["progress"]["is_completed"] is True
    assert n_events() == 3


def test_steps_of_two_devices_come_in_any_order(site, learner):
    begin(learner)
    assert send_steps(site, [event(3)]).json["progress"]["n_steps_done"] == 0
    assert send_steps(site, [event(1)]).json["progress"]["n_steps_done"] == 1
    assert send_steps(site, [event(2)]).json["progress"] == {"n_steps_done": 3, "n_steps": 3, "is_completed": True}


def test_screen_the_lesson_does_not_have_is_left_out(site, learner):
    begin(learner)
    response = send_steps(site, [event(0), event(4), event(-1), event(10**30), event(1)])
    assert response.status_code == 200
    assert len(response.json["saved"]) == 1
    assert n_events() == 1


def test_event_of_somebody_else_is_left_out(site, learner):
    begin(learner)
    key = uuid4()
    other = begin(make_person())
    learning.record_steps(place_of(other), [StepDone(key, 1)])
    db.session.commit()
    response = send_steps(site, [event(1, key)])
    assert response.json["saved"] == []
    assert response.json["progress"]["n_steps_done"] == 0
    assert n_events() == 1


def test_device_clock_is_trusted_between_the_start_and_now(site, learner):
    begin(learner)
    send_steps(site, [event(1, occurred_at="2999-01-01T00:00:00Z"), event(2, occurred_at="1970-01-01T00:00:00Z")])
    send_steps(site, [event(3, occurred_at="yesterday")])
    for recorded in db.session.query(LearningEvent):
        assert clock.now() - timedelta(minutes=5) < recorded.occurred_at <= recorded.recorded_at


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"events": []},
        {"events": "x"},
        {"events": [1]},
        {"events": [event(1)] * 51},
        {"events": [event(1)], "person": 3},
        {"events": [event(1) | {"enrollment_id": 3}]},
        {"events": [event("1")]},
        {"events": [event(True)]},
        {"events": [event(1) | {"event_uuid": "x"}]},
        {"events": [event(1) | {"event_uuid": 7}]},
        {"events": [{"step": 1}]},
    ],
)
def test_anything_else_than_steps_is_refused_as_json(site, learner, body):
    begin(learner)
    headers = {"X-CSRF-Token": site.hidden_fields(READING_PAGE)["csrf_token"], "Accept": "application/json"}
    response = site.client.post(STEPS, json=body, headers=headers)
    assert response.status_code == 422
    assert response.json["error"]
    assert n_events() == 0


def test_broken_json_is_refused(site, learner):
    begin(learner)
    headers = {"X-CSRF-Token": site.hidden_fields(READING_PAGE)["csrf_token"], "Accept": "application/json"}
    response = site.client.post(STEPS, data='{"events": [', content_type="application/json", headers=headers)
    assert response.status_code == 422


def test_steps_without_the_token_of_the_page_are_refused(site, learner):
    begin(learner)
    response = site.client.post(STEPS, json={"events": [event(1)]}, headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert n_events() == 0


def test_steps_of_who_is_signed_out_stay_on_the_phone(app, content, client):
    response = client.post(STEPS, json={"events": [event(1)]}, headers={"Accept": "application/json"})
    assert response.status_code == 401


# ---------------------------------------------------------------- progress only grows


def test_progress_never_goes_back(content, app):
    actor = begin(make_person())
    learning.record_steps(place_of(actor), [StepDone(uuid4(), 1), StepDone(uuid4(), 2), StepDone(uuid4(), 3)])
    db.session.commit()
    completed_at = db.session.query(LessonProgress).one().completed_at
    saved = learning.record_steps(place_of(actor), [StepDone(uuid4(), 1)])
    db.session.commit()
    row = db.session.query(LessonProgress).one()
    assert saved.progress == Progress(3, is_completed=True)
    assert (row.n_steps_done, row.completed_at) == (3, completed_at)


def test_same_key_for_two_screens_counts_for_the_first(content, app):
    actor, key = begin(make_person()), uuid4()
    saved = learning.record_steps(place_of(actor), [StepDone(key, 1), StepDone(key, 2)])
    assert saved.progress.n_steps_done == 1
    assert n_events() == 1


def test_steps_before_the_start_are_a_conflict(content, app):
    with pytest.raises(Conflict):
        learning.record_steps(place_of(load_actor(make_person())), [StepDone(uuid4(), 1)])


# ---------------------------------------------------------------- practice


def practice_fields(html, option="wait"):
    return {"question": hidden(html, "question"), "event_uuid": hidden(html, "event_uuid"), "option": option}


def test_practice_answer_shows_the_reason_of_every_option(site, learner):
    begin(learner)
    html = site.get(f"{READING_PAGE}?step=3").text
    assert "Stay." not in html
    response = site.post(PRACTICE, practice_fields(html, "leave"), page=READING_PAGE, status=303)
    assert response.location == f"{READING_PAGE}?step=3"
    screen = shown_screen(site.get(response.location).text)
    assert "Not quite. Here is why." in screen
    assert "It takes time." in screen
    assert "Stay." in screen
    assert "Your answer: not this one" in screen
    assert "data-step-last" in screen


def test_right_practice_answer_says_so(site, learner):
    begin(learner)
    html = site.get(f"{READING_PAGE}?step=3").text
    site.post(PRACTICE, practice_fields(html), page=READING_PAGE)
    assert "That is right." in site.get(f"{READING_PAGE}?step=3").text


def test_practice_can_be_left_out(site, learner):
    begin(learner)
    assert "Go on without answering" in shown_screen(site.get(f"{READING_PAGE}?step=3").text)


def test_practice_can_be_answered_again_and_the_last_answer_is_shown(site, learner):
    begin(learner)
    for option in ("leave", "wait"):
        html = site.get(f"{READING_PAGE}?step=3&again=1").text
        site.post(PRACTICE, practice_fields(html, option), page=READING_PAGE, status=303)
    assert "That is right." in site.get(f"{READING_PAGE}?step=3").text


def test_practice_sent_twice_is_recorded_once(site, learner):
    begin(learner)
    html = site.get(f"{READING_PAGE}?step=3").text
    fields = practice_fields(html) | site.hidden_fields(READING_PAGE)
    first = site.client.post(PRACTICE, data=fields)
    second = site.client.post(PRACTICE, data=fields)
    third = site.client.post(PRACTICE, data=fields | {"form_key": str(uuid4())})
    assert first.location == second.location == third.location
    assert n_events() == 1


@pytest.mark.parametrize("option", ["", "never", "<script>alert(1)</script>", "=cmd()", "a" * 10_000, "😀\u202e"])
def test_practice_without_a_fitting_answer_asks_for_one(site, learner, option):
    begin(learner)
    html = site.get(f"{READING_PAGE}?step=3").text
    response = site.post(PRACTICE, practice_fields(html, option), page=READING_PAGE)
    assert response.status_code == 422
    assert "Choose an answer first." in shown_screen(response.text)
    assert n_events() == 0


def test_practice_question_of_another_lesson_is_refused(site, learner):
    begin(learner)
    fields = {"question": "awake", "option": "wait", "event_uuid": str(uuid4())}
    assert site.post(PRACTICE, fields, page=READING_PAGE).status_code == 422
    assert site.post("/learn/small/naloxone/practice", fields, page=READING_PAGE).status_code == 422


def test_answer_with_a_broken_key_is_recorded_under_a_new_one(site, learner):
    begin(learner)
    site.post(PRACTICE, {"question": "signs", "option": "wait", "event_uuid": "x"}, page=READING_PAGE, status=303)
    recorded = db.session.query(LearningEvent).one()
    assert recorded.kind is EventKind.PRACTICE_ANSWERED
    assert isinstance(recorded.event_uuid, UUID)


def test_invalid_practice_answer_is_invalid(content, app):
    with pytest.raises(Invalid):
        learning.answer_practice(place_of(begin(make_person())), "signs", ["wait", "leave"], uuid4())


def test_two_people_have_each_their_own_place(site, learner):
    begin(learner)
    other = make_person()
    actor = begin(other)
    learning.record_steps(place_of(actor), [StepDone(uuid4(), 1, datetime.now(UTC))])
    db.session.commit()
    assert "Screen 1 of 3" in site.get(READING_PAGE).text
    sign_in(site.client, other)
    assert "Screen 2 of 3" in site.get(READING_PAGE).text

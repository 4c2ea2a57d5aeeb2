"""The knowledge check: the server owns questions, order and score, and the first answer counts."""

from random import Random
from uuid import uuid4

import pytest

from lms import clock, signals
from lms.audit import AuditEntry
from lms.db import db
from lms.errors import Conflict
from lms.training.models import Attempt, AttemptAnswer, Certificate, Enrollment
from lms.training.queries import attempts as queries
from lms.training.services import attempts as services
from tests.factories.learning import (
    CHECK_PAGE,
    COURSE_PAGE,
    answer_all,
    begin,
    hidden,
    open_check,
    place_of,
    read_through,
)
from tests.factories.people import make_coalition, make_membership, make_organization, make_person, sign_in
from tests.statements import counted_statements


def start(site):
    return site.post(f"{CHECK_PAGE}/attempts", page=CHECK_PAGE, status=303).location


def answer(site, attempt_page, option, **changed):
    html = site.get(attempt_page).text
    fields = {"question": hidden(html, "question"), "event_uuid": hidden(html, "event_uuid"), "option": option}
    return site.post(f"{attempt_page}/answers", fields | changed, page=attempt_page)


# ---------------------------------------------------------------- before the first question


def test_check_opens_after_the_other_lessons(site, learner):
    actor = begin(learner)
    html = site.get(CHECK_PAGE).text
    assert "The check opens after the other lessons" in html
    assert 'href="/learn/small/recognise"' in html
    assert site.post(f"{CHECK_PAGE}/attempts", page=COURSE_PAGE).status_code == 409
    read_through(actor, "recognise", "naloxone")
    assert site.post(f"{CHECK_PAGE}/attempts", page=COURSE_PAGE).status_code == 409


def test_check_says_what_is_needed_to_pass(site, learner):
    open_check(learner)
    html = site.get(CHECK_PAGE).text
    assert "You pass with 2 of 2 right answers." in html
    assert "Start the check" in html


def test_only_a_check_has_attempts(site, learner):
    begin(learner)
    for lesson in ("recognise", "library", "never"):
        site.post(f"/learn/small/{lesson}/attempts", page=COURSE_PAGE, status=404)


def test_start_pressed_twice_opens_one_attempt(site, learner):
    open_check(learner)
    assert start(site) == start(site)
    assert db.session.query(Attempt).count() == 1


def test_open_attempt_is_gone_on_with(site, learner):
    open_check(learner)
    attempt = start(site)
    assert f'href="{attempt}"' in site.get(CHECK_PAGE).text


# ---------------------------------------------------------------- question by question


def test_one_question_at_a_time(site, learner):
    open_check(learner)
    html = site.get(start(site)).text
    assert html.count("<legend") == 1
    assert "Question 1 of 2" in html
    assert "It takes time." not in html


def test_answer_shows_every_reason_and_then_the_next_question(site, learner):
    open_check(learner)
    attempt = start(site)
    response = answer(site, attempt, "leave")
    assert response.status_code == 303
    assert response.location == f"{attempt}?question=1"
    html = site.get(response.location).text
    assert "Not quite. Here is why." in html
    assert "It takes time." in html
    assert "Stay." in html
    assert "Next question" in html
    assert "Question 2 of 2" in site.get(attempt).text


def test_first_answer_counts(site, learner):
    open_check(learner)
    attempt = start(site)
    first = site.get(attempt).text
    answer(site, attempt, "leave")
    again = {"question": hidden(first, "question"), "event_uuid": str(uuid4()), "option": "wait"}
    response = site.post(f"{attempt}/answers", again, page=attempt, status=303)
    assert response.location == f"{attempt}?question=1"
    assert "Not quite" in site.get(response.location).text
    assert db.session.query(AttemptAnswer).one().is_correct is False


@pytest.mark.parametrize("option", ["", "never", "<script>", "=cmd()", "a" * 10_000, "😀"])
def test_answer_that_fits_no_option_asks_for_one(site, learner, option):
    open_check(learner)
    response = answer(site, start(site), option)
    assert response.status_code == 422
    assert "Choose an answer first." in response.text
    assert db.session.query(AttemptAnswer).count() == 0


def test_two_options_where_one_is_asked_are_refused(site, learner):
    open_check(learner)
    assert answer(site, start(site), ["wait", "leave"]).status_code == 422


@pytest.mark.parametrize("question", ["", "signs", "never", "x" * 10_000])
def test_question_that_was_not_drawn_is_refused(site, learner, question):
    open_check(learner)
    assert answer(site, start(site), "wait", question=question).status_code == 422
    assert db.session.query(AttemptAnswer).count() == 0


def test_reasons_are_shown_for_answered_questions_only(site, learner):
    open_check(learner)
    attempt = start(site)
    for asked in ("1", "2", "0", "3", "x", "-1"):
        assert "It takes time." not in site.get(f"{attempt}?question={asked}").text


def test_key_of_somebody_elses_answer_is_ignored(site, learner):
    open_check(learner)
    key = str(uuid4())
    answer(site, start(site), "wait", event_uuid=key)
    other = make_person()
    open_check(other)
    sign_in(site.client, other)
    own = start(site)
    answer(site, own, "wait", event_uuid=key)
    assert "Question 1 of 2" in site.get(own).text


# ---------------------------------------------------------------- results


def test_passing_finishes_the_course_with_a_certificate(site, learner):
    open_check(learner)
    heard = []
    with signals.course_finished.connected_to(lambda _sender, **said: heard.append(said)):
        html = answer_all(site, start(site))
    assert "You passed" in html
    assert "You answered 2 of 2 questions right." in html
    enrollment = db.session.query(Enrollment).one()
    certificate = db.session.query(Certificate).one()
    assert enrollment.finished_at is not None
    assert (certificate.n_correct, certificate.n_questions) == (2, 2)
    assert f"/certificates/{certificate.id}" in html
    assert [(said["enrollment"].id, said["finished_on"]) for said in heard] == [(enrollment.id, certificate.issued_on)]
    verbs = [verb for (verb,) in db.session.query(AuditEntry.verb).order_by(AuditEntry.id)]
    assert verbs[-3:] == ["finished attempt", "issued certificate", "finished course"]


def test_failing_names_what_to_read_again(site, learner):
    open_check(learner)
    html = answer_all(site, start(site), right=1)
    assert "Not there yet" in html
    assert "You answered 1 of 2 questions right." in html
    assert "To pass you need 2." in html
    assert "Worth reading again" in html
    assert "Try again" in html
    assert db.session.query(Enrollment).one().finished_at is None
    assert db.session.query(Certificate).count() == 0


def test_three_failed_tries_bring_advice_and_no_lock(site, learner):
    open_check(learner)
    for _number in range(3):
        html = answer_all(site, start(site), right=0)
    assert "Read first, then try again" in html
    assert "Read first, then try again" in site.get(CHECK_PAGE).text
    assert "You passed" in answer_all(site, start(site))


def test_answers_can_be_looked_at_again(site, learner):
    open_check(learner)
    attempt = start(site)
    answer_all(site, attempt)
    assert "That is right." in site.get(f"{attempt}?question=2").text


def test_last_answer_sent_twice_finishes_once(site, learner):
    open_check(learner)
    attempt = start(site)
    answer(site, attempt, "wait")
    html = site.get(attempt).text
    fields = {"question": hidden(html, "question"), "event_uuid": hidden(html, "event_uuid"), "option": "wait"}
    for _number in range(2):
        site.post(f"{attempt}/answers", fields, page=attempt, status=303)
    assert db.session.query(Certificate).count() == 1
    assert db.session.query(AuditEntry).filter_by(verb="finished course").count() == 1


def test_passed_check_has_no_further_attempt(site, learner):
    actor = open_check(learner)
    answer_all(site, start(site))
    assert "You passed this check." in site.get(CHECK_PAGE).text
    with pytest.raises(Conflict):
        services.start_attempt(place_of(actor, "check"), Random(1))


def test_certificate_is_dated_where_the_person_is(site, learner):
    organization = make_organization()
    make_membership(learner, organization)
    make_coalition("Tri-County", organization)
    open_check(learner)
    evening_in_ohio = clock.now().replace(year=2031, month=1, day=2, hour=3)
    with clock.fixed(evening_in_ohio):
        sign_in(site.client, learner)
        answer_all(site, start(site))
    assert db.session.query(Certificate).one().issued_on.isoformat() == "2031-01-01"


# ---------------------------------------------------------------- whose it is, what it costs


def test_attempt_of_somebody_else_does_not_exist(site, learner):
    open_check(learner)
    attempt = start(site)
    sign_in(site.client, make_person("Admin", is_administrator=True))
    site.get(attempt, status=404)
    site.post(f"{attempt}/answers", {"question": "awake", "option": "wait"}, page="/learn", status=404)
    site.get("/attempts/999999", status=404)


def test_drawing_depends_on_chance_only_and_avoids_what_was_seen(content, app):
    actor = open_check(make_person())
    first = services.start_attempt(place_of(actor, "check"), Random(7))
    seen = {each["question"] for each in first.questions}
    first.finished_at, first.n_correct, first.is_passed = clock.now(), 0, False
    db.session.commit()
    second = services.start_attempt(place_of(actor, "check"), Random(7))
    assert second.number == 2
    assert {each["question"] for each in second.questions} != seen


def test_option_order_is_kept(site, learner):
    open_check(learner)
    attempt = start(site)
    order = db.session.query(Attempt).one().questions[0]["options"]
    html = site.get(attempt).text
    places = [html.index(f'value="{slug}"') for slug in order]
    assert places == sorted(places)


def test_question_and_result_cost_at_most_six_statements(site, learner):
    open_check(learner)
    attempt = start(site)
    site.get(attempt)
    with counted_statements() as asking:
        site.get(attempt)
    answer_all(site, attempt)
    with counted_statements() as result:
        site.get(attempt)
    assert len(asking) <= 6, asking
    assert len(result) <= 6, result


def test_failed_attempts_are_counted(content, app):
    actor = open_check(make_person())
    place = place_of(actor, "check")
    attempt = services.start_attempt(place, Random(1))
    assert queries.count_failed_attempts(place.enrollment.id, "check") == 0
    attempt.finished_at, attempt.n_correct, attempt.is_passed = clock.now(), 0, False
    db.session.flush()
    assert queries.count_failed_attempts(place.enrollment.id, "check") == 1

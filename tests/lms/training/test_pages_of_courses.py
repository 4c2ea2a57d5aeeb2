"""The list of courses and the page of one, as people see them."""

import gzip
from datetime import date, timedelta

import pytest

from lms import clock
from lms.coalitions.models import CoalitionFact, FactKey
from lms.db import db
from lms.publications import ContentKind, ContentSignOff, find_newest
from lms.training.models import Enrollment
from lms.training.services.assignments import assign_course
from lms.training.services.publishing import publish_courses
from tests.factories.learning import COURSE, COURSE_PAGE, READING_PAGE, answer_all, begin, open_check, read_through
from tests.factories.people import make_coalition, make_membership, make_organization, make_person, sign_in
from tests.house.sources import ROOT
from tests.statements import counted_statements


def test_list_shows_a_course_with_its_state_and_minutes(site, learner):
    html = site.get("/learn").text
    assert "Small course" in html
    assert "Not started" in html
    assert "about 28 minutes" in html


def test_list_shows_minutes_left_and_the_day_a_course_is_due(site, learner):
    organization = make_organization()
    make_membership(learner, organization)
    assign_course(organization.id, [learner.id], COURSE, date(2031, 5, 2), by=None)
    read_through(begin(learner), "recognise")
    html = site.get("/learn").text
    assert "Under way" in html
    assert "about 19 minutes left" in html
    assert "Due Fri, May 2, 2031" in html


def test_list_without_courses_says_so_and_points_to_the_emergency_steps(app, client, site):
    sign_in(client, make_person())
    html = site.get("/learn").text
    assert "No courses here yet" in html
    assert "/overdose-now" in html


def test_course_names_objectives_lessons_and_one_thing_to_do(site, learner):
    html = site.get(COURSE_PAGE).text
    assert "Recognize." in html
    assert html.partition("<main")[2].partition("</main>")[0].count("button-primary") == 1
    assert "Start the course" in html
    assert "Opens after the other lessons" in html


def test_unknown_course_is_not_found(site, learner):
    site.get("/learn/never", status=404)
    site.post("/learn/never/start", status=404)


def test_course_of_a_stranger_needs_a_sign_in(app, content, client):
    response = client.get(COURSE_PAGE)
    assert response.status_code == 303
    assert "/sign-in" in response.location


def test_start_leads_to_the_first_lesson(site, learner):
    response = site.post(f"{COURSE_PAGE}/start", page=COURSE_PAGE, status=303)
    assert response.location == READING_PAGE
    html = site.get(COURSE_PAGE).text
    assert "Continue the course" in html
    assert "Under way" in html


def test_start_pressed_twice_starts_once(site, learner):
    fields = site.hidden_fields(COURSE_PAGE)
    first = site.client.post(f"{COURSE_PAGE}/start", data=fields)
    second = site.client.post(f"{COURSE_PAGE}/start", data=fields)
    third = site.post(f"{COURSE_PAGE}/start", page=COURSE_PAGE)
    assert first.location == second.location == third.location
    assert db.session.query(Enrollment).count() == 1


def test_start_of_a_course_under_way_leads_to_where_one_is(site, learner):
    read_through(begin(learner), "recognise")
    assert site.post(f"{COURSE_PAGE}/start", page=COURSE_PAGE, status=303).location == "/learn/small/naloxone"


def test_course_says_that_no_clinician_has_signed_it(site, learner):
    html = site.get(COURSE_PAGE).text
    assert "Not yet signed by a clinician" in html
    assert "Not yet reviewed." in html


def test_signature_under_one_language_counts_for_that_language_only(site, learner):
    sign_off("en")
    english, spanish = site.get(COURSE_PAGE).text, site.get(f"{COURSE_PAGE}?lang=es").text
    assert "Not yet signed" not in english
    assert "Dr. Ruth Okafor, MD" in english
    assert "Dr. Ruth Okafor" not in spanish


def sign_off(language):
    version = find_newest(ContentKind.COURSE, COURSE)
    signed = ContentSignOff(
        text_hash=version.language_hashes[language],
        language=language,
        signer_name="Dr. Ruth Okafor",
        signer_credential="MD",
        reviewed_on=date(2030, 3, 1),
        recorded_by_id=1,
        recorded_at=clock.now(),
    )
    db.session.add(signed)
    db.session.commit()


def test_clinical_course_shows_lines_to_call_and_the_local_facts(site, learner):
    organization = make_organization()
    make_membership(learner, organization)
    coalition = make_coalition("Tri-County", organization)
    fact = {"source": "County", "checked_on": date(2030, 1, 1), "coalition_id": coalition.id}
    where = CoalitionFact(key=FactKey.NALOXONE_WHERE, text_en="Front <desk>", text_es="Recepción", **fact)
    crisis = CoalitionFact(key=FactKey.CRISIS_LINE, text_en="988, or text HOME", text_es="988", **fact)
    db.session.add_all([where, crisis])
    db.session.commit()
    html = site.get(COURSE_PAGE).text
    assert 'href="tel:911"' in html
    assert 'href="tel:988"' in html
    assert 'href="tel:18002221222"' in html
    assert "Front &lt;desk&gt;" in html
    assert "/overdose-now/card" in html


def test_page_speaks_spanish(site, learner):
    assert "Curso pequeño" in site.get(f"{COURSE_PAGE}?lang=es").text


def test_finished_course_can_be_taken_again(site, learner):
    open_check(learner)
    attempt = site.post("/learn/small/check/attempts", page="/learn/small/check").location
    answer_all(site, attempt)
    html = site.get(COURSE_PAGE).text
    assert "Finished" in html
    assert "See your certificate" in html
    site.post(f"{COURSE_PAGE}/start", page=COURSE_PAGE, status=303)
    html = site.get(COURSE_PAGE).text
    assert "Continue the course" in html
    assert "about 28 minutes left" in html


def test_expired_certificate_asks_to_take_the_course_again(site, learner):
    open_check(learner)
    with clock.fixed(clock.now() - timedelta(days=1000)):
        sign_in(site.client, learner)
        answer_all(site, site.post("/learn/small/check/attempts", page="/learn/small/check").location)
    sign_in(site.client, learner)
    html = site.get(COURSE_PAGE).text
    assert "Your certificate has expired" in html
    assert "Take the course again" in html


def test_one_stays_on_the_version_one_began(site, learner, content):
    begin(learner)
    course = content / "courses" / "small" / "course.toml"
    course.write_text(course.read_text("utf-8").replace("Small course", "Better course"), "utf-8")
    publish_courses(content)
    db.session.commit()
    html = site.get(COURSE_PAGE).text
    assert "Small course" in html
    assert "There is a newer version" in html
    sign_in(site.client, make_person())
    assert "Better course" in site.get(COURSE_PAGE).text


def test_course_page_costs_at_most_six_statements(site, learner):
    make_coalition("Tri-County", organization := make_organization())
    make_membership(learner, organization)
    begin(learner)
    site.get(COURSE_PAGE)
    with counted_statements() as seen:
        site.get(COURSE_PAGE)
    assert len(seen) <= 6, seen


@pytest.mark.parametrize("n_people", [1, 20])
def test_list_costs_the_same_with_one_assignment_and_with_twenty(site, learner, n_people):
    for _number in range(n_people):
        organization = make_organization()
        make_membership(learner, organization)
        assign_course(organization.id, [learner.id], COURSE, date(2031, 5, 2), by=None)
    begin(learner)
    site.get("/learn")
    with counted_statements() as seen:
        site.get("/learn")
    assert len(seen) == 5, seen


def test_shipped_course_can_be_opened_lesson_by_lesson_in_both_languages(site, client, app):
    publish_courses(ROOT / "content")
    db.session.commit()
    sign_in(client, make_person())
    site.post("/learn/overdose-response/start", page="/learn/overdose-response", status=303)
    for language in ("en", "es"):
        page = site.get(f"/learn/overdose-response?lang={language}")
        assert page.text.count("todo-title") == 8
        for slug in ("recognise", "respond", "naloxone", "breathing", "after", "ourselves", "library-night"):
            lesson = site.get(f"/learn/overdose-response/{slug}?lang={language}")
            assert "{{fact" not in lesson.text
            assert "[@" not in lesson.text
            assert len(gzip.compress(lesson.data, 6)) <= 8 * 1024, slug

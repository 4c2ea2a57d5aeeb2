"""The record: a person's own transcript."""

import html
from datetime import UTC, date, datetime, timedelta

from lms import clock
from lms.authz import MembershipRole
from lms.db import db
from lms.training.models import Enrollment
from lms.training.queries.record import MOST_ATTEMPTS, get_record
from tests.factories.certificates import make_assignment, make_attempt, make_certificate, make_enrollment
from tests.factories.people import make_coalition, make_membership, make_organization, make_person, sign_in
from tests.statements import counted_statements

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def text_of(site):
    return " ".join(html.unescape(site.get("/record").text).split())


def test_an_empty_record_says_what_to_do(site, learner):
    text = text_of(site)
    assert "Nothing here yet" in text
    assert 'href="/learn"' in text
    assert "Print the record" not in text


def test_a_course_under_way_can_be_continued(site, learner):
    with clock.fixed(NOON):
        make_enrollment(learner)
        text = text_of(site)
    assert "Small course" in text
    assert "Started on Mon, Mar 2, 2026" in text
    assert 'href="/learn/small"' in text


def test_a_finished_course_shows_its_certificate_and_tries(site, learner):
    with clock.fixed(NOON):
        held = make_certificate(learner, expires_on=date(2028, 3, 2))
        _tries(held.enrollment_id, [1, 0, 2])
        text = text_of(site)
    assert f"Certificate {held.serial}, valid through Thu, Mar 2, 2028." in text
    assert f'href="/certificates/{held.id}"' in text
    assert "3 tries at the knowledge check" in text
    assert "Try 3 on Mon, Mar 2, 2026: 2 of 2 right. Passed." in text
    assert "Try 1 on Mon, Mar 2, 2026: 1 of 2 right. Not passed yet." in text


def test_certificates_that_no_longer_count_say_so(site, learner):
    make_certificate(learner, expires_on=date(2020, 1, 1))
    make_certificate(learner, revoked_at=clock.now())
    make_certificate(learner, expires_on=None)
    text = text_of(site)
    for words in ("Expired", "Revoked", "Valid", "It does not expire."):
        assert words in text


def test_a_course_finished_without_certificate_is_still_on_record(site, learner):
    make_enrollment(learner, finished_at=clock.now())
    text = text_of(site)
    assert "Finished on" in text
    assert "See the certificate" not in text


def test_days_are_those_where_the_person_is(site, learner):
    organization = make_organization()
    make_coalition("East", organization)  # New York
    make_membership(learner, organization)
    with clock.fixed(datetime(2026, 3, 3, 3, tzinfo=UTC)):
        make_enrollment(learner, finished_at=clock.now())
        make_assignment(learner, organization, date(2026, 3, 2))
        text = text_of(site)
    assert "Finished on Mon, Mar 2, 2026" in text
    assert "Overdue" not in text


def test_many_tries_are_counted_and_the_newest_listed(site, learner):
    enrollment = make_enrollment(learner)
    _tries(enrollment.id, [0] * (MOST_ATTEMPTS + 5))
    text = text_of(site)
    assert "25 tries at the knowledge check" in text
    assert "Try 25 on" in text
    assert "Try 6 on" in text
    assert "Try 5 on" not in text
    assert "Older ones are counted and not listed." in text


def test_what_was_asked_stands_with_its_day_and_state(site, learner):
    harbor = make_organization('Harbor & "House" <b>')
    with clock.fixed(NOON):
        make_assignment(learner, harbor, date(2026, 3, 1))
        make_assignment(learner, harbor, date(2026, 3, 2))
        make_assignment(learner, harbor, date(2026, 2, 1), done_at=clock.now())
        make_assignment(learner, harbor, date(2026, 1, 1), withdrawn_at=clock.now())
        raw = site.get("/record").text
    text = html.unescape(raw)
    assert "Harbor &amp; &#34;House&#34; &lt;b&gt;" in raw
    assert [text.count(word) for word in ("Overdue", "Waiting", "Done")] == [1, 1, 1]
    assert text.index("Overdue") < text.index("Waiting") < text.index("Done")
    assert "Jan 1, 2026" not in text


def test_nobody_finds_anybody_elses_record_there(site, client, learner):
    organization = make_organization()
    make_membership(learner, organization)
    held = make_certificate(learner)
    make_attempt(make_enrollment(learner))
    make_assignment(learner, organization, date(2026, 3, 1))
    lead = make_person("Lena Lead")
    make_membership(lead, organization, MembershipRole.LEAD)
    sign_in(client, lead)
    text = text_of(site)
    assert held.serial not in text
    assert "Nothing here yet" in text


def test_the_record_speaks_spanish_course_titles(site, learner):
    make_certificate(learner)
    assert "Curso pequeño" in html.unescape(site.get("/record?lang=es").text)


def test_the_record_asks_for_a_sign_in(site, client, content):
    assert client.get("/record").location == "/sign-in?next=/record"


def test_a_long_record_costs_as_many_statements_as_a_short_one(site, learner):
    organization = make_organization()
    make_membership(learner, organization)
    costs = []
    for n_more in (1, 19):
        for number in range(n_more):
            held = make_certificate(learner)
            _tries(held.enrollment_id, [2])
            make_assignment(learner, organization, date(2026, 3, 1) + timedelta(days=n_more + number))
        site.get("/record")
        with counted_statements() as statements:
            site.get("/record")
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 8


def test_reading_a_record_takes_four_statements(learner):
    make_certificate(learner)
    asked = {"zone": "America/New_York", "today": date(2026, 3, 1), "checked_on": date(2026, 3, 1)}
    person_id = learner.id
    get_record(person_id, **asked)
    with counted_statements() as statements:
        record = get_record(person_id, **asked)
    assert len(statements) == 4
    assert not record.is_empty


def _tries(enrollment_id, scores):
    enrollment = db.session.get(Enrollment, enrollment_id)
    for number, n_correct in enumerate(scores, start=1):
        make_attempt(enrollment, number, n_correct=n_correct, is_passed=n_correct == 2)

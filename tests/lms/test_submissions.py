from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

from lms import clock, submissions
from lms.db import db
from lms.submissions import Earlier
from lms.web.site import Site

KEY = UUID("0f3b0a52-3b6c-4a44-9f57-0f1f6d6f9c11")


def test_the_second_answer_shows_the_first_ones_result(app: Site):
    assert submissions.begin(KEY, 1, "/learn") is None
    submissions.complete(KEY, "/learn/done")
    db.session.commit()
    assert submissions.begin(KEY, 1, "/learn") == Earlier("/learn/done")


def test_a_form_that_was_refused_can_be_sent_again(app: Site):
    assert submissions.begin(KEY, 1, "/learn") is None
    db.session.rollback()
    assert submissions.begin(KEY, 1, "/learn") is None


def test_somebody_elses_key_tells_nothing(app: Site):
    submissions.begin(KEY, 1, "/learn")
    submissions.complete(KEY, "/learn/secret")
    db.session.commit()
    assert submissions.begin(KEY, 2, "/learn") == Earlier(None)
    assert submissions.begin(KEY, 1, "/elsewhere") == Earlier(None)


def test_of_twenty_copies_one_is_taken(app: Site):
    def send(_number: int) -> bool:
        with app.app_context():
            is_first = submissions.begin(KEY, 1, "/learn") is None
            db.session.commit()
            return is_first

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(send, range(20))) == 1


def test_a_very_long_path_is_still_one_form(app: Site):
    path = "/" + "x" * 2000
    assert submissions.begin(KEY, None, path) is None
    assert submissions.begin(KEY, None, path) == Earlier(None)


def test_a_place_too_long_to_keep_and_a_path_with_a_nul_are_no_reason_to_fail(app: Site):
    key = uuid4()
    assert submissions.begin(key, 1, "/join/\0") is None
    submissions.complete(key, "/" + "%C3%A9" * 1_000)
    db.session.commit()
    assert submissions.begin(key, 1, "/join/\0") == Earlier(None)


def test_old_submissions_are_forgotten(app: Site):
    submissions.begin(KEY, 1, "/learn")
    submissions.begin(uuid4(), 1, "/learn")
    assert submissions.forget_before(clock.now() - timedelta(days=1)) == 0
    assert submissions.forget_before(clock.now() + timedelta(seconds=1)) == 2

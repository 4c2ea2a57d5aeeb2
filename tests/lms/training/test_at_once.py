"""The same thing at the same moment from several devices happens once, and nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from uuid import uuid4

import pytest

from lms import clock
from lms.audit import AuditEntry
from lms.db import db
from lms.training.models import Attempt, Certificate, Enrollment, LearningEvent, LessonProgress
from lms.training.queries import attempts as queries
from lms.training.queries.scenarios import list_choices
from lms.training.services import attempts, learning
from lms.training.services.enrollments import start_course
from lms.training.services.learning import StepDone
from tests.factories.learning import COURSE, begin, open_check, place_of
from tests.factories.people import make_person

N_DEVICES = 6


@pytest.fixture
def at_once(app) -> Callable[[Callable[[int], object]], None]:
    """Run something on several devices at the same moment, each with a database connection of its own."""

    def run(act: Callable[[int], object]) -> None:
        db.session.commit()
        ready = Barrier(N_DEVICES)

        def device(number: int) -> None:
            with app.app_context():
                ready.wait(30)
                act(number)
                db.session.commit()

        with ThreadPoolExecutor(N_DEVICES) as pool:
            list(pool.map(device, range(N_DEVICES)))
        db.session.expire_all()

    return run


def test_starting_starts_once(content, at_once):
    person_id = make_person().id
    at_once(lambda _number: start_course(person_id, COURSE))
    assert db.session.query(Enrollment).count() == 1
    assert db.session.query(AuditEntry).filter_by(verb="started course").count() == 1


def test_screens_read_on_several_devices_all_count(content, at_once):
    actor = begin(make_person())
    at_once(lambda number: learning.record_steps(place_of(actor), [StepDone(uuid4(), number % 3 + 1)]))
    assert db.session.query(LearningEvent).count() == 3
    assert db.session.query(LessonProgress).one().completed_at is not None


def test_one_scene_takes_one_choice(content, at_once):
    actor = begin(make_person())
    choices = ("call-out", "walk-on", "ask-for-help")
    at_once(lambda number: learning.choose_in_scenario(place_of(actor, "library"), choices[number % 3], 1, uuid4()))
    assert len(list_choices(place_of(actor, "library").enrollment.id, "library")) == 1


def test_one_attempt_is_drawn(content, at_once):
    actor = open_check(make_person())
    at_once(lambda number: attempts.start_attempt(place_of(actor, "check"), Random(number)))
    assert db.session.query(Attempt).count() == 1


def test_last_answer_finishes_once(content, at_once):
    actor = open_check(make_person())
    attempt = attempts.start_attempt(place_of(actor, "check"), Random(1))
    db.session.commit()
    today, attempt_id = clock.today(), attempt.id
    first, last = (each["question"] for each in attempt.questions)

    def answer(slug: str) -> None:
        standing = queries.get_attempt_for(actor, attempt_id)
        attempts.answer_question(standing, slug, ["wait"], uuid4(), today)

    answer(first)
    at_once(lambda _number: answer(last))
    assert db.session.query(Certificate).count() == 1
    assert db.session.query(AuditEntry).filter_by(verb="finished course").count() == 1
    assert db.session.query(Enrollment).one().finished_at is not None

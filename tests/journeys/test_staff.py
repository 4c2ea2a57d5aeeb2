"""Night-shift staff take the course on a phone, from the sign-in page to a certificate that a stranger can check."""

import io
import itertools
import re
from uuid import uuid4

import pypdf
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from lms.accounts.models import Person
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.training.courses import Lesson
from lms.training.models import Certificate, EventKind, LearningEvent
from lms.training.queries.enrollments import get_lesson_for
from lms.training.services.learning import StepDone, record_steps
from tests.conftest import ENGINES, IS_THOROUGH
from tests.journeys.devices import Devices, sign_in
from tests.journeys.learning import Learner, readings, story
from tests.journeys.live import LiveSite
from tests.journeys.town import ENGLISH, SPANISH, Town
from tests.lms.world import COURSE

# Language, with scripts or without, how many of the six lessons were read before tonight, and the database.
WAYS = [
    pytest.param(("en", True, 0), ENGINES[0], id="en"),
    pytest.param(("es", True, 3), ENGINES[-1], id="es"),
    pytest.param(("es", False, 4), ENGINES[0], id="es-without-scripts"),
    *([pytest.param(("en", False, 4), ENGINES[0], id="en-without-scripts")] if IS_THOROUGH else []),
]
NAMES = {"en": (ENGLISH, "Nina Soto"), "es": (SPANISH, "Noé Peña")}
N_WRONG = 3  # of ten, with eight needed


@pytest.mark.parametrize(("way", "engine"), WAYS, indirect=["engine"])
def test_staff_finish_the_course_and_a_stranger_checks_the_certificate(
    way: tuple[str, bool, int], live: LiveSite, devices: Devices, town: Town
) -> None:
    language, scripts, n_read = way
    login, name = NAMES[language]
    first, second, strange = (devices.phone(language=language, scripts=scripts) for _ in range(3))
    sign_in(first, login)
    expect(first.locator("html")).to_have_attribute("lang", language)
    learner = Learner(first, town.course)
    learner.start()
    note_as_read(live, login, readings(town.course)[:n_read])
    learner = read_on_two_devices(learner, readings(town.course)[n_read:], second, login)
    learner.go_on(story(town.course))
    learner.walk_story()
    learner.go_on(town.course.check)
    learner.begin_check()
    fail_and_be_told_what_to_read(learner)
    learner.page.locator("form[action$='/attempts'] button").click()
    learner.take_check()
    show_certificate(learner.page, language)
    expect_what_the_server_knows(live, login, town)
    download(learner.page, name, language)
    check_as_a_stranger(learner.page, strange)


def read_on_two_devices(learner: Learner, lessons: list[Lesson], other: Page, login: str) -> Learner:
    """Stop in the middle of a lesson on one phone, and go on with it on another."""
    halfway = len(lessons) // 2
    learner.resume()
    for lesson, following in itertools.pairwise(lessons[: halfway + 1]):
        learner.read(lesson)
        learner.go_on(following)
    learner.read(lessons[halfway], last=3)
    sign_in(other, login)
    moved = Learner(other, learner.course)
    moved.resume()
    moved.read(lessons[halfway], first=4)
    for lesson in lessons[halfway + 1 :]:
        moved.go_on(lesson)
        moved.read(lesson)
    return moved


def note_as_read(live: LiveSite, login: str, lessons: list[Lesson]) -> None:
    with live.database():
        actor = load_actor(db.session.scalars(select(Person).where(Person.email == login)).one())
        for lesson in lessons:
            place = get_lesson_for(actor, COURSE, lesson.slug)
            record_steps(place, [StepDone(uuid4(), step) for step in range(1, lesson.n_steps + 1)])
            db.session.commit()
            db.session.expire_all()


def fail_and_be_told_what_to_read(learner: Learner) -> None:
    missed = learner.take_check(n_wrong=N_WRONG)
    wanted = {question.lesson for question in missed}
    links = learner.page.locator("#reread-title + div a")
    offered = {link.get_attribute("href").split("/")[-1].split("?")[0] for link in links.all()}
    assert offered == wanted


def show_certificate(page: Page, language: str) -> None:
    page.locator("a[href^='/certificates/']").click()
    expect(page.locator(".certificate h1")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", language)


def expect_what_the_server_knows(live: LiveSite, name: str, town: Town) -> None:
    """Every screen once, and one certificate."""
    with live.database():
        (certificate,) = db.session.scalars(select(Certificate).join(Person).where(Person.email == name)).all()
        enrollment_id = certificate.enrollment_id
        done = select(LearningEvent).where(
            LearningEvent.enrollment_id == enrollment_id, LearningEvent.kind == EventKind.STEP_DONE
        )
        noted = [(event.lesson_slug, event.detail["step"]) for event in db.session.scalars(done)]
    screens = [(lesson.slug, step) for lesson in readings(town.course) for step in range(1, lesson.n_steps + 1)]
    assert sorted(noted) == sorted(screens)


def download(page: Page, name: str, language: str) -> None:
    with page.expect_download() as started:
        page.locator("a[href*='.pdf']").click()
    path = started.value.path()
    reader = pypdf.PdfReader(io.BytesIO(path.read_bytes()))
    assert name in " ".join(reader.pages[0].extract_text().split())
    assert reader.trailer["/Root"]["/Lang"] == language


def check_as_a_stranger(page: Page, stranger: Page) -> None:
    stranger.goto(page.locator(".copy-field input").input_value())
    expect(stranger.locator(".chip-success")).to_be_visible()
    expect(stranger.locator("dl dd").first).to_have_text(re.compile(r"^N\. ?[SP]\.$"))

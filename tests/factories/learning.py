"""A published small course, people in the middle of it, and a learner who clicks through its pages."""

import re
from pathlib import Path
from uuid import uuid4

from lms.accounts.models import Person
from lms.authz import Actor
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.training.queries import enrollments
from lms.training.queries.enrollments import LessonStanding
from lms.training.services import learning
from lms.training.services.enrollments import start_course
from lms.training.services.learning import StepDone
from lms.training.services.publishing import publish_courses
from tests.factories.small_course import write_small_course
from tests.pages import Site

COURSE = "small"
COURSE_PAGE = "/learn/small"
READING_PAGE = "/learn/small/recognise"
STORY_PAGE = "/learn/small/library"
CHECK_PAGE = "/learn/small/check"

SOURCES = """
[label]
title = "Label of the spray"
publisher = "Maker"
year = "2024"
url = "https://label.example.org/"
read = "full"
exact = true
confirmed = true

[health-line]
title = "a page about help lines"
publisher = "County"
year = "n.d."
exact = false
"""


def write_content(parent: Path) -> Path:
    """Write a content folder with the small course and its sources."""
    folder = parent / "content"
    (folder / "courses").mkdir(parents=True)
    (folder / "pages").mkdir()
    write_small_course(folder / "courses")
    (folder / "sources.toml").write_text(SOURCES, encoding="utf-8")
    return folder


def publish_small_course(parent: Path) -> Path:
    """Publish the small course and return its content folder."""
    folder = write_content(parent)
    publish_courses(folder)
    db.session.commit()
    return folder


def begin(person: Person) -> Actor:
    """Start the small course and return who may act in it."""
    start_course(person.id, COURSE)
    db.session.commit()
    return load_actor(person)


def place_of(actor: Actor, lesson_slug: str = "recognise") -> LessonStanding:
    """Look up where somebody stands, as a page does at its beginning."""
    db.session.expire_all()
    return enrollments.get_lesson_for(actor, COURSE, lesson_slug)


def read_through(actor: Actor, *lesson_slugs: str) -> None:
    """Read lessons from their first screen to their last."""
    for slug in lesson_slugs:
        place = place_of(actor, slug)
        learning.record_steps(place, [StepDone(uuid4(), step + 1) for step in range(place.lesson.n_steps)])
    db.session.commit()


def walk_through_story(actor: Actor, *choices: str) -> None:
    """Walk through the story."""
    for number, choice in enumerate(choices or ("ask-for-help",), start=1):
        learning.choose_in_scenario(place_of(actor, "library"), choice, number, uuid4())
    db.session.commit()


def open_check(person: Person) -> Actor:
    """Do everything that comes before the check."""
    actor = begin(person)
    read_through(actor, "recognise", "naloxone")
    walk_through_story(actor)
    return actor


def hidden(html: str, name: str) -> str:
    """Return the value of the first hidden input of that name."""
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def answer_all(site: Site, attempt_page: str, *, right: int | None = None) -> str:
    """Answer every open question of an attempt, the first `right` of them rightly (default: all); return the result."""
    number = 0
    while 'name="option"' in (html := site.get(attempt_page).text):
        number += 1
        chosen = "wait" if right is None or number <= right else "leave"
        fields = {"question": hidden(html, "question"), "event_uuid": hidden(html, "event_uuid"), "option": chosen}
        site.post(f"{attempt_page}/answers", fields, status=303, page=attempt_page)
    return html

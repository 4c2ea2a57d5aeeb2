"""Where a person stands in courses and lessons: the loaders of the learning pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
)

from lms import publications
from lms.authz import Actor, Scope
from lms.db import db, read_columns
from lms.errors import Conflict, NotFound
from lms.publications import ContentKind, ContentVersion
from lms.training import rules
from lms.training.courses import Course, Lesson, LessonKind
from lms.training.models import Assignment, Certificate, Enrollment, EventKind, LearningEvent, LessonProgress
from lms.training.queries import published as published_courses
from lms.training.queries.published import PublishedCourse
from lms.training.rules import CourseState, NextStep, Progress


@dataclass(frozen=True)
class Begun:
    """An enrollment as plain values, with how far its person is in each lesson begun."""

    id: int
    person_id: int
    started_at: datetime
    finished_at: datetime | None
    progress: Mapping[str, Progress]


@dataclass(frozen=True)
class Certified:
    """A certificate that a person holds in a course, valid or expired."""

    id: int
    enrollment_id: int
    expires_on: date | None


@dataclass(frozen=True)
class CourseStanding:
    """One person and one course: the version they are on (else the newest), and how far they are."""

    person_id: int
    published: PublishedCourse
    newest_version_id: int
    enrollment: Begun | None
    certificate: Certified | None = None
    due_on: date | None = None

    @property
    def scope(self) -> Scope:
        """Learning is the person's own."""
        return Scope(person_id=self.person_id)

    @property
    def course(self) -> Course:
        """The course as the person has it."""
        return self.published.course

    @property
    def state(self) -> CourseState:
        """How far the person is; a course is under way from its start, before the first step is done."""
        if self.enrollment is None:
            return CourseState.NOT_STARTED
        return CourseState.UNDER_WAY if self.enrollment.finished_at is None else CourseState.FINISHED

    @property
    def progress(self) -> Mapping[str, Progress]:
        """How far the person is in each lesson begun."""
        return self.enrollment.progress if self.enrollment is not None else {}

    @property
    def next_step(self) -> NextStep | None:
        """The first step that is not done."""
        return rules.next_step(self.course, self.progress)

    @property
    def minutes_left(self) -> int:
        """How long the rest takes, about."""
        return rules.minutes_left(self.course, self.progress)

    @property
    def lessons(self) -> tuple["LessonStanding", ...]:
        """Every lesson of the course, in order."""
        return tuple(LessonStanding(self, lesson) for lesson in self.course.lessons)

    @property
    def has_newer_version(self) -> bool:
        """Whether the course was published again since the person began."""
        return self.newest_version_id != self.published.version_id


@dataclass(frozen=True)
class LessonStanding:
    """One person and one lesson of a course."""

    standing: CourseStanding
    lesson: Lesson

    @property
    def scope(self) -> Scope:
        """Learning is the person's own."""
        return self.standing.scope

    @property
    def published(self) -> PublishedCourse:
        """The version the person is on."""
        return self.standing.published

    @property
    def course(self) -> Course:
        """The course as the person has it."""
        return self.standing.course

    @property
    def progress(self) -> Progress:
        """How far the person is in this lesson."""
        return self.standing.progress.get(self.lesson.slug, Progress())

    @property
    def minutes_left(self) -> int:
        """How long the rest of this lesson takes, about."""
        n_left = self.lesson.n_steps - self.progress.n_steps_done
        return -(-self.lesson.minutes * n_left // self.lesson.n_steps)

    @property
    def is_open(self) -> bool:
        """Whether this lesson may be done now: a check waits for the other lessons."""
        return rules.is_lesson_open(self.course, self.lesson.slug, self.standing.progress)

    @property
    def enrollment(self) -> Begun:
        """The enrollment that takes what is done here; raises Conflict when the course was not started."""
        if self.standing.enrollment is None:
            raise Conflict("Start the course first.")
        return self.standing.enrollment

    @property
    def following(self) -> Lesson | None:
        """The first lesson that is not done, this one aside; None when this is the last."""
        others = [each for each in self.course.lessons if each.slug != self.lesson.slug]
        done = {slug for slug, progress in self.standing.progress.items() if progress.is_completed}
        return next((each for each in others if each.slug not in done), None)


def get_course_for(actor: Actor, course_slug: str) -> CourseStanding:
    """Return where the actor stands in a course (one statement, one more for a version this process has not read)."""
    rows = read_columns(_standing(), {"person_id": actor.person_id, "course_slug": course_slug}).all()
    if not rows:
        raise NotFound("course")
    row = rows[0]
    return CourseStanding(
        person_id=actor.person_id,
        published=published_courses.read_named(row.version_id, row.content_hash, row.source_version, row.text_hashes),
        newest_version_id=row.newest_id,
        enrollment=_begun(rows),
        certificate=None
        if row.certificate_id is None
        else Certified(row.certificate_id, row.certified_enrollment_id, row.expires_on),
        due_on=row.due_on,
    )


def get_lesson_for(actor: Actor, course_slug: str, lesson_slug: str) -> LessonStanding:
    """Return where the actor stands in a lesson (one statement)."""
    standing = get_course_for(actor, course_slug)
    return LessonStanding(standing, standing.course.get_lesson(lesson_slug))


def get_reading_for(actor: Actor, course_slug: str, lesson_slug: str) -> LessonStanding:
    """Return where the actor stands in a reading lesson (one statement)."""
    return _of_kind(LessonKind.READING, get_lesson_for(actor, course_slug, lesson_slug))


def get_scenario_for(actor: Actor, course_slug: str, lesson_slug: str) -> LessonStanding:
    """Return where the actor stands in a scenario (one statement)."""
    return _of_kind(LessonKind.SCENARIO, get_lesson_for(actor, course_slug, lesson_slug))


def get_check_for(actor: Actor, course_slug: str, lesson_slug: str) -> LessonStanding:
    """Return where the actor stands in a knowledge check (one statement)."""
    return _of_kind(LessonKind.CHECK, get_lesson_for(actor, course_slug, lesson_slug))


def list_standings(person_id: int) -> list[CourseStanding]:
    """Return where a person stands in every published course, what is due first, then by title.

    Three statements, one more for each version this process has not read yet.
    """
    due = list_due_dates(person_id)
    begun = _list_begun(person_id)
    standings = [
        CourseStanding(
            person_id=person_id,
            published=begun[version.slug][0] if version.slug in begun else published_courses.read_version(version),
            newest_version_id=version.id,
            enrollment=begun[version.slug][1] if version.slug in begun else None,
            due_on=due.get(version.slug),
        )
        for version in publications.list_newest(ContentKind.COURSE)
    ]
    return sorted(standings, key=lambda each: (each.due_on or date.max, each.course.slug))


def _list_begun(person_id: int) -> Mapping[str, tuple[PublishedCourse, Begun | None]]:
    """Return the open enrollment in each course, else the newest, with its version (one statement)."""
    found = read_columns(_current_enrollments(), {"person_id": person_id})
    by_course: dict[str, list[Any]] = {}
    for _id, rows in groupby(found, key=attrgetter("enrollment_id")):
        held = list(rows)
        by_course[held[0].course_slug] = held  # an open one comes last
    return {
        slug: (
            published_courses.read_named(
                rows[0].version_id, rows[0].content_hash, rows[0].source_version, rows[0].text_hashes
            ),
            _begun(rows),
        )
        for slug, rows in by_course.items()
    }


def _begun(rows: Sequence[Any]) -> Begun | None:
    """Return the enrollment that these rows tell of, one row for each lesson begun."""
    first = rows[0]
    if first.enrollment_id is None:
        return None
    progress = {
        row.lesson_slug: Progress(row.n_steps_done, row.completed_at is not None)
        for row in rows
        if row.lesson_slug is not None
    }
    return Begun(first.enrollment_id, first.person_id, first.started_at, first.finished_at, progress)


def list_due_dates(person_id: int) -> dict[str, date]:
    """Return by which day a person was asked to finish each course, the earliest day (one statement)."""
    due = read_columns(_due_dates(), {"person_id": person_id})
    return {row.course_slug: row.due_on for row in due}


@cache
def _due_dates() -> Select[str, date]:
    due = select(Assignment.course_slug, func.min(Assignment.due_on).label("due_on")).where(
        *_is_asked(bindparam("person_id"))
    )
    return due.group_by(Assignment.course_slug)


def lock_enrollment(enrollment_id: int) -> None:
    """Hold an enrollment until the transaction ends, so that two devices write one after the other (one statement)."""
    read_columns(_lock(), {"enrollment_id": enrollment_id})


@cache
def _lock() -> Select[int]:
    return select(_enrollment.c.id).where(_enrollment.c.id == bindparam("enrollment_id")).with_for_update()


def list_events(enrollment_id: int, lesson_slug: str, *kinds: EventKind) -> Sequence[LearningEvent]:
    """Return what was done in a lesson, in the order it was recorded (one statement)."""
    given = {"enrollment_id": enrollment_id, "lesson_slug": lesson_slug, "kinds": kinds}
    return db.session.scalars(_events(), given).all()


def list_steps_done(enrollment_id: int, lesson_slug: str) -> set[int]:
    """Return the screens of a lesson that were read (one statement)."""
    given = {"enrollment_id": enrollment_id, "lesson_slug": lesson_slug, "kinds": (EventKind.STEP_DONE,)}
    return {detail["step"] for detail in read_columns(_event_details(), given).scalars()}


def list_practice_answers(enrollment_id: int, lesson_slug: str) -> Mapping[str, Sequence[str]]:
    """Return the options chosen last for each practice question of a lesson (one statement)."""
    given = {"enrollment_id": enrollment_id, "lesson_slug": lesson_slug, "kinds": (EventKind.PRACTICE_ANSWERED,)}
    details = read_columns(_event_details(), given).scalars()
    return {detail["question"]: detail["options"] for detail in details}


_event = LearningEvent.__table__
_version, _enrollment, _progress = ContentVersion.__table__, Enrollment.__table__, LessonProgress.__table__
_certificate = Certificate.__table__
_OF_ENROLLMENT = (
    _version.c.id.label("version_id"),
    _version.c.content_hash,
    _version.c.source_version,
    cast(_version.c.language_hashes, String).label("text_hashes"),
    _enrollment.c.id.label("enrollment_id"),
    _enrollment.c.person_id,
    _enrollment.c.started_at,
    _enrollment.c.finished_at,
    _progress.c.lesson_slug,
    _progress.c.n_steps_done,
    _progress.c.completed_at,
)
_IN_LESSON = (
    _event.c.enrollment_id == bindparam("enrollment_id"),
    _event.c.lesson_slug == bindparam("lesson_slug"),
    _event.c.kind.in_(bindparam("kinds", expanding=True)),
)


@cache
def _events() -> Select[LearningEvent]:
    return select(LearningEvent).where(*_IN_LESSON).order_by(LearningEvent.id)


@cache
def _event_details() -> Select[dict[str, Any]]:
    return select(_event.c.detail).where(*_IN_LESSON).order_by(_event.c.id)


@cache  # built once: putting it together takes longer than running it
def _standing() -> Select[Any]:
    """At most one row: newest version, newest enrollment, newest certificate not revoked, earliest day it is due."""
    person_id: BindParameter[int] = bindparam("person_id")
    course_slug: BindParameter[str] = bindparam("course_slug")
    newest = (
        select(_version.c.id)
        .where(_version.c.kind == ContentKind.COURSE, _version.c.slug == course_slug)
        .order_by(_version.c.number.desc())
        .limit(1)
    )
    begun = (
        select(_enrollment.c.id)
        .where(_enrollment.c.person_id == person_id, _enrollment.c.course_slug == course_slug)
        .order_by(_enrollment.c.finished_at.is_not(None), _enrollment.c.id.desc())
        .limit(1)
    )
    held = select(func.max(_certificate.c.id)).where(
        _certificate.c.person_id == person_id,
        _certificate.c.course_slug == course_slug,
        _certificate.c.revoked_at.is_(None),
    )
    due = select(func.min(Assignment.due_on)).where(*_is_asked(person_id), Assignment.course_slug == course_slug)
    newest_version = _version.alias("newest_version")
    return (
        select(
            newest_version.c.id.label("newest_id"),
            *_OF_ENROLLMENT,
            _certificate.c.id.label("certificate_id"),
            _certificate.c.enrollment_id.label("certified_enrollment_id"),
            _certificate.c.expires_on,
            _alone(due).label("due_on"),
        )
        .select_from(newest_version)
        .outerjoin(_enrollment, _enrollment.c.id == _alone(begun))
        .join(_version, _version.c.id == func.coalesce(_enrollment.c.version_id, newest_version.c.id))
        .outerjoin(_progress, _progress.c.enrollment_id == _enrollment.c.id)
        .outerjoin(_certificate, _certificate.c.id == _alone(held))
        .where(newest_version.c.id == _alone(newest))
    )


def _alone(query: Select[Any]) -> ScalarSelect[Any]:
    """Keep a query inside a query apart from the tables around it."""
    return query.correlate(None).scalar_subquery()


@cache
def _current_enrollments() -> Select[Any]:
    """The open enrollment in each course and the newest one, a row for each lesson begun; what is open comes last."""
    person_id: BindParameter[int] = bindparam("person_id")
    mine = _enrollment.alias("mine")
    newest = select(func.max(mine.c.id)).where(mine.c.person_id == person_id).group_by(mine.c.course_slug)
    is_open = and_(_enrollment.c.person_id == person_id, _enrollment.c.finished_at.is_(None))
    return (
        select(_enrollment.c.course_slug, *_OF_ENROLLMENT)
        .select_from(_enrollment)
        .join(_version, _version.c.id == _enrollment.c.version_id)
        .outerjoin(_progress, _progress.c.enrollment_id == _enrollment.c.id)
        .where(or_(is_open, _enrollment.c.id.in_(newest)))
        .order_by(_enrollment.c.finished_at.is_(None), _enrollment.c.id)
    )


def _is_asked(person_id: int | BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    return (Assignment.person_id == person_id, Assignment.done_at.is_(None), Assignment.withdrawn_at.is_(None))


def _of_kind(kind: LessonKind, place: LessonStanding) -> LessonStanding:
    if place.lesson.kind is not kind:
        raise NotFound("lesson")
    return place

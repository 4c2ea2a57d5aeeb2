"""The list of courses, and one course: what it teaches, how far one is, and the one thing to do next."""

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, url_for
from flask_babel import gettext as _

from lms import clock
from lms.authz import Permission
from lms.coalitions import queries as coalitions
from lms.coalitions.catalog import default_facts
from lms.training import rules
from lms.training.certificate_document import LAST_ZONE
from lms.training.courses import LessonKind
from lms.training.queries import enrollments, published
from lms.training.queries.enrollments import CourseStanding
from lms.training.queries.published import PublishedCourse
from lms.training.rules import CertificateState
from lms.training.services.enrollments import start_course as begin_course
from lms.training.views import bp, page_language
from lms.web import access, pages
from lms.web.access import requires
from lms.web.site import see

_NUMBER = re.compile(r"[0-9(][0-9 ()-]{1,18}[0-9]")


@dataclass(frozen=True)
class Review:
    """Who stands behind a text, and since when; without a date it waits for its reviewer."""

    is_clinical: bool
    reviewed_on: date | None
    reviewer: str | None
    version: str


@dataclass(frozen=True)
class PrimaryAction:
    """The one thing a course page asks for."""

    text: str
    url: str
    is_post: bool = False


@bp.get("/learn")
@requires(Permission.LEARNING_DO)
def list_courses() -> str:
    """List all courses with what is due first."""
    standings = enrollments.list_standings(access.signed_in_actor().person_id)
    return pages.render("training/list_courses.html", standings=standings)


@bp.get("/learn/<course_slug>")
@requires(Permission.LEARNING_DO, on=enrollments.get_course_for)
def show_course(standing: CourseStanding) -> str:
    """Show one course."""
    language = page_language()
    facts = coalitions.facts_for(access.signed_in_actor(), language) if standing.course.is_clinical else {}
    review = review_of(standing.published, language)
    return pages.render(
        "training/show_course.html",
        standing=standing,
        course=standing.course,
        action=lambda: _primary_action(standing),
        has_valid_certificate=_has_valid_certificate(standing),
        review=review,
        text_key=(standing.published.version_id, language, review, tuple(facts.items())),
        standing_key=_standing_key(standing),
        crisis_lines=lambda: _crisis_lines(facts) if facts else [],
        local_lines=lambda: _local_lines(facts, language) if facts else [],
        references=lambda: standing.published.list_references(sorted(standing.published.references)),
    )


@bp.post("/learn/<course_slug>/start")
@requires(Permission.LEARNING_DO, on=enrollments.get_course_for)
def start_course(standing: CourseStanding) -> Response:
    """Begin a course, or begin it again after it was finished."""
    begin_course(standing.person_id, standing.course.slug)
    begun = enrollments.get_course_for(access.signed_in_actor(), standing.course.slug)
    return see(_next_url(begun))


def review_of(course: PublishedCourse, language: str) -> Review:
    """Return who has signed this text in this language (one statement)."""
    signed = published.find_sign_off(course, language)
    if signed is None:
        return Review(course.course.is_clinical, None, None, course.source_version)
    reviewer = f"{signed.signer_name}, {signed.signer_credential}"
    return Review(course.course.is_clinical, signed.reviewed_on, reviewer, course.source_version)


def _standing_key(standing: CourseStanding) -> Hashable:
    """Everything that a course page says of the person."""
    return (
        standing.state,
        standing.due_on,
        standing.has_newer_version,
        standing.certificate.id if standing.certificate else None,
        _has_valid_certificate(standing),
        tuple(sorted((slug, done.n_steps_done, done.is_completed) for slug, done in standing.progress.items())),
    )


def _primary_action(standing: CourseStanding) -> PrimaryAction:
    slug, step = standing.course.slug, standing.next_step
    if standing.enrollment is None:
        return PrimaryAction(_("Start the course"), url_for("training.start_course", course_slug=slug), is_post=True)
    if standing.enrollment.finished_at is None and step is not None:
        is_check = standing.course.get_lesson(step.lesson_slug).kind is LessonKind.CHECK
        return PrimaryAction(_("Take the check") if is_check else _("Continue the course"), _next_url(standing))
    if standing.certificate is not None and _has_valid_certificate(standing):
        url = url_for("training.show_certificate", certificate_id=standing.certificate.id)
        return PrimaryAction(_("See your certificate"), url)
    return PrimaryAction(_("Take the course again"), url_for("training.start_course", course_slug=slug), is_post=True)


def _next_url(standing: CourseStanding) -> str:
    step = standing.next_step
    lesson_slug = step.lesson_slug if step else standing.course.check.slug
    return url_for("training.show_lesson", course_slug=standing.course.slug, lesson_slug=lesson_slug)


def _has_valid_certificate(standing: CourseStanding) -> bool:
    held = standing.certificate
    if held is None:
        return False
    state = rules.certificate_state(clock.today(LAST_ZONE), expires_on=held.expires_on, revoked_on=None)
    return state is CertificateState.VALID


def _crisis_lines(facts: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
    """Lines to call with one tap: only what is a number and nothing else."""
    lines = (
        ("emergency-number", "911", _("Emergency: someone will not wake or breathes badly")),
        ("crisis-line", "988", _("Crisis line: someone to talk to, day and night")),
        ("poison-line", "", _("Poison line: questions about a drug or a dose")),
    )
    numbers = ((facts[key] if _NUMBER.fullmatch(facts[key]) else default, label) for key, default, label in lines)
    return [{"number": number, "label": label} for number, label in numbers if number]


def _local_lines(facts: Mapping[str, str], language: str) -> Sequence[Mapping[str, str]]:
    """What the coalition says in words, and where naloxone is."""
    known = default_facts(language)
    rows = (
        ("crisis-line", _("Crisis line"), not _NUMBER.fullmatch(facts["crisis-line"])),
        ("poison-line", _("Poison line"), not _NUMBER.fullmatch(facts["poison-line"])),
        (
            "never-use-alone-line",
            _("For people who use alone"),
            facts["never-use-alone-line"] != known["never-use-alone-line"],
        ),
        ("naloxone-where", _("Where to get naloxone"), True),
    )
    return [{"label": label, "value": facts[key]} for key, label, is_shown in rows if is_shown]

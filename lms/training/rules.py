"""Decisions about learning on plain values: what comes next, who is finished, what a certificate is worth today."""

import calendar
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from lms.training.courses import Course, Lesson, LessonKind

FAILED_ATTEMPTS_BEFORE_ADVICE: Final = 3
SERIAL_BYTES: Final = 10

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Douglas Crockford, Base 32: no I, L, O, U
_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SERIAL_LENGTH: Final = SERIAL_BYTES * 8 // 5
_GROUP: Final = 4
_LONGEST_TYPED: Final = 100
_MONTHS_A_YEAR: Final = 12


class CourseState(StrEnum):
    """How far a person is with a course."""

    NOT_STARTED = "not-started"
    UNDER_WAY = "under-way"
    FINISHED = "finished"


class CertificateState(StrEnum):
    """What a certificate is worth on a given day."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a person is in one lesson. A check is completed when it is passed."""

    n_steps_done: int = 0
    is_completed: bool = False


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next; `step` counts from 1."""

    lesson_slug: str
    step: int


_NOT_BEGUN: Final = Progress()


# ---------------------------------------------------------------- the way through a course


def course_state(course: Course, progress: Mapping[str, Progress]) -> CourseState:
    """Tell how far a person is; `progress` is by lesson, and a lesson that is missing there is not begun."""
    lessons = [progress.get(lesson.slug, _NOT_BEGUN) for lesson in course.lessons]
    if all(each.is_completed for each in lessons):
        return CourseState.FINISHED
    if any(each.is_completed or each.n_steps_done > 0 for each in lessons):
        return CourseState.UNDER_WAY
    return CourseState.NOT_STARTED


def is_lesson_open(course: Course, lesson_slug: str, progress: Mapping[str, Progress]) -> bool:
    """Say whether a lesson may be done now: all in any order, the check only after all the others.

    A check once passed stays open. Raises UnknownLesson.
    """
    lesson = course.get_lesson(lesson_slug)
    if lesson.kind is not LessonKind.CHECK or _is_completed(lesson, progress):
        return True
    return all(_is_completed(each, progress) for each in course.lessons if each.kind is not LessonKind.CHECK)


def next_step(course: Course, progress: Mapping[str, Progress]) -> NextStep | None:
    """Name the first step, in the order of the course, that is not done; None when the course is finished."""
    for lesson in course.lessons:
        if not _is_completed(lesson, progress):
            return NextStep(lesson.slug, min(_n_steps_done(lesson, progress) + 1, lesson.n_steps))
    return None


def minutes_left(course: Course, progress: Mapping[str, Progress]) -> int:
    """Estimate the minutes that the rest takes, each lesson rounded up."""
    return sum(
        -(-lesson.minutes * (lesson.n_steps - _n_steps_done(lesson, progress)) // lesson.n_steps)
        for lesson in course.lessons
    )


def share_done(course: Course, progress: Mapping[str, Progress]) -> float:
    """Tell how much of the course is done, from 0 to 1, weighing each lesson by its minutes.

    Exactly 1 when the course is finished, and only then.
    """
    if course_state(course, progress) is CourseState.FINISHED:
        return 1.0
    done = sum(lesson.minutes * _n_steps_done(lesson, progress) / lesson.n_steps for lesson in course.lessons)
    return min(done / course.minutes, 0.99)


def _is_completed(lesson: Lesson, progress: Mapping[str, Progress]) -> bool:
    return progress.get(lesson.slug, _NOT_BEGUN).is_completed


def _n_steps_done(lesson: Lesson, progress: Mapping[str, Progress]) -> int:
    if _is_completed(lesson, progress):
        return lesson.n_steps
    return min(max(progress.get(lesson.slug, _NOT_BEGUN).n_steps_done, 0), lesson.n_steps)


# ---------------------------------------------------------------- attempts


def should_reread_first(n_failed_attempts: int) -> bool:
    """Say whether to advise reading again before the next attempt. It is advice: attempts are not limited."""
    return n_failed_attempts >= FAILED_ATTEMPTS_BEFORE_ADVICE


def lessons_to_reread(course: Course, wrong_slugs: Collection[str]) -> tuple[str, ...]:
    """Name the lessons behind the questions answered wrongly, in the order of the course; raises UnknownQuestion."""
    behind = {course.bank.get_question(slug).lesson for slug in wrong_slugs}
    return tuple(lesson.slug for lesson in course.lessons if lesson.slug in behind)


# ---------------------------------------------------------------- certificates


def can_issue_certificate(course: Course, progress: Mapping[str, Progress], *, has_valid_certificate: bool) -> bool:
    """Say whether to issue a certificate now: the course is finished and no valid one for it exists."""
    return not has_valid_certificate and course_state(course, progress) is CourseState.FINISHED


def expires_on(issued_on: date, months: int) -> date | None:
    """Return the last day of validity; None when the certificate does not expire (0 months).

    A day that the month does not have becomes its last day.

    >>> expires_on(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    if months == 0:
        return None
    years, month_index = divmod(issued_on.month - 1 + months, _MONTHS_A_YEAR)
    year, month = issued_on.year + years, month_index + 1
    return date(year, month, min(issued_on.day, calendar.monthrange(year, month)[1]))


def certificate_state(today: date, *, expires_on: date | None, revoked_on: date | None) -> CertificateState:
    """Tell what a certificate is worth today; it is valid through its last day, and revoked stays revoked."""
    if revoked_on is not None and revoked_on <= today:
        return CertificateState.REVOKED
    if expires_on is not None and expires_on < today:
        return CertificateState.EXPIRED
    return CertificateState.VALID


def initials_of(name: str, *, is_alias: bool = False) -> str:
    """Return what the public page shows of a name: the first letters of its first and last word.

    Works on any script and never reveals more than these letters. An alias shows its first letter only. A name without
    letters and digits shows a dash.

    >>> initials_of("Ana María López")
    'A. L.'
    >>> initials_of("river", is_alias=True)
    'R.'
    """
    words = re.split(r"[\s\u200b]+", unicodedata.normalize("NFC", name))
    letters = [letter for word in words if (letter := _first_letter(word))]
    if not letters:
        return "–"
    shown = letters[:1] if is_alias or len(letters) == 1 else [letters[0], letters[-1]]
    return " ".join(f"{letter}." for letter in shown)


def _first_letter(word: str) -> str:
    """Return the first letter or digit of a word with its accents, as a capital where that is a single letter."""
    start = next((place for place, character in enumerate(word) if character.isalnum()), None)
    if start is None:
        return ""
    end = start + 1
    while end < len(word) and unicodedata.category(word[end]).startswith("M"):
        end += 1
    letter = word[start:end]
    capital = letter.upper()
    return capital if len(capital) == len(letter) else letter


# ---------------------------------------------------------------- serials


def serial_from_bytes(data: bytes) -> str:
    """Write random bytes as a serial that people can read aloud: Crockford's base 32 in groups of four.

    `data` holds SERIAL_BYTES bytes (80 bits); raises ValueError for any other number.

    >>> serial_from_bytes(bytes(10))
    '0000-0000-0000-0000'
    """
    if len(data) != SERIAL_BYTES:
        raise ValueError(f"A serial takes {SERIAL_BYTES} bytes.")
    number = int.from_bytes(data, "big")
    places = range(_SERIAL_LENGTH - 1, -1, -1)
    return _grouped("".join(_CROCKFORD[number >> 5 * place & 31] for place in places))


def normalize_serial(typed: str) -> str | None:
    """Return the serial that a person meant; None when it cannot be one.

    Small letters, blanks, any hyphens, O for 0, and I or L for 1 are forgiven.

    >>> normalize_serial(" abcd efgh-0O1i-lxyz ")
    'ABCD-EFGH-0011-1XYZ'
    """
    if len(typed) > _LONGEST_TYPED:
        return None
    plain = unicodedata.normalize("NFKC", typed).upper().translate(_LOOKALIKES)
    serial = "".join(character for character in plain if not _is_gap(character))
    if len(serial) != _SERIAL_LENGTH or any(character not in _CROCKFORD for character in serial):
        return None
    return _grouped(serial)


def _grouped(serial: str) -> str:
    return "-".join(serial[place : place + _GROUP] for place in range(0, len(serial), _GROUP))


def _is_gap(character: str) -> bool:
    """Blanks, hyphens and dashes of all kinds, and marks that show nothing."""
    return character.isspace() or unicodedata.category(character) in {"Pd", "Cf"} or character in "\u2212_."

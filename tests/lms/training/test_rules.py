"""What comes next, who is finished, what a certificate is worth, and what a stranger sees of a name."""

import random
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.errors import UnknownQuestion
from lms.training.courses import Course, UnknownLesson
from lms.training.rules import (
    SERIAL_BYTES,
    CertificateState,
    CourseState,
    NextStep,
    Progress,
    can_issue_certificate,
    certificate_state,
    course_state,
    expires_on,
    initials_of,
    is_lesson_open,
    lessons_to_reread,
    minutes_left,
    next_step,
    normalize_serial,
    serial_from_bytes,
    share_done,
    should_reread_first,
)
from tests.factories.small_course import build_small_course

DONE = Progress(n_steps_done=1, is_completed=True)
ALL_BUT_CHECK = {"recognise": DONE, "naloxone": DONE, "library": DONE}
ALL = {**ALL_BUT_CHECK, "check": DONE}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    parent: Path = tmp_path_factory.mktemp("content")
    return build_small_course(parent)


@pytest.mark.parametrize(
    ("progress", "state"),
    [
        ({}, CourseState.NOT_STARTED),
        ({"recognise": Progress()}, CourseState.NOT_STARTED),
        ({"recognise": Progress(1)}, CourseState.UNDER_WAY),
        (ALL_BUT_CHECK, CourseState.UNDER_WAY),
        (ALL, CourseState.FINISHED),
    ],
)
def test_course_is_finished_when_every_lesson_is(
    course: Course, progress: Mapping[str, Progress], state: CourseState
) -> None:
    assert course_state(course, progress) is state


def test_lessons_open_in_any_order(course: Course) -> None:
    assert all(is_lesson_open(course, slug, {}) for slug in ("recognise", "naloxone", "library"))


@pytest.mark.parametrize("missing", ["recognise", "naloxone", "library"])
def test_check_opens_only_after_all_other_lessons(course: Course, missing: str) -> None:
    progress = {**ALL_BUT_CHECK, missing: Progress(n_steps_done=2)}
    assert not is_lesson_open(course, "check", progress)
    assert is_lesson_open(course, "check", ALL_BUT_CHECK)


def test_check_once_passed_stays_open(course: Course) -> None:
    assert is_lesson_open(course, "check", {"check": DONE})


def test_a_lesson_of_another_course_is_not_found(course: Course) -> None:
    with pytest.raises(UnknownLesson):
        is_lesson_open(course, "elsewhere", {})


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        ({}, NextStep("recognise", 1)),
        ({"recognise": Progress(2)}, NextStep("recognise", 3)),
        ({"recognise": Progress(3)}, NextStep("recognise", 3)),
        ({"recognise": DONE}, NextStep("naloxone", 1)),
        ({"naloxone": DONE, "library": DONE}, NextStep("recognise", 1)),
        (ALL_BUT_CHECK, NextStep("check", 1)),
        (ALL, None),
    ],
)
def test_next_step_is_the_first_one_not_done(
    course: Course, progress: Mapping[str, Progress], expected: NextStep | None
) -> None:
    assert next_step(course, progress) == expected


@pytest.mark.parametrize(
    ("progress", "minutes"),
    [({}, 28), ({"recognise": Progress(1)}, 25), ({"recognise": Progress(2)}, 22), (ALL_BUT_CHECK, 5), (ALL, 0)],
)
def test_minutes_left_shrink_with_every_step(course: Course, progress: Mapping[str, Progress], minutes: int) -> None:
    assert minutes_left(course, progress) == minutes


def test_share_done_weighs_lessons_by_their_minutes(course: Course) -> None:
    assert share_done(course, {}) == 0
    assert share_done(course, {"recognise": Progress(1)}) == pytest.approx(3 / 28)
    assert share_done(course, ALL) == 1


def test_share_done_reaches_one_only_at_the_end(course: Course) -> None:
    all_steps = {lesson.slug: Progress(lesson.n_steps) for lesson in course.lessons}
    assert share_done(course, all_steps) < 1


@given(data=st.data())
def test_doing_more_never_looks_like_less(data: st.DataObject, course: Course) -> None:
    slugs = [lesson.slug for lesson in course.lessons]
    steps = st.dictionaries(st.sampled_from(slugs), st.builds(Progress, st.integers(-1, 5), st.booleans()))
    progress = data.draw(steps)
    more = {**progress, data.draw(st.sampled_from(slugs)): DONE}
    assert minutes_left(course, more) <= minutes_left(course, progress)
    assert 0 <= share_done(course, progress) <= share_done(course, more) + 1e-9
    assert (next_step(course, progress) is None) == (course_state(course, progress) is CourseState.FINISHED)


@pytest.mark.parametrize(("n_failed", "is_advised"), [(0, False), (2, False), (3, True), (7, True)])
def test_after_three_failed_attempts_reading_again_is_advised(n_failed: int, is_advised: bool) -> None:
    assert should_reread_first(n_failed) is is_advised


def test_lessons_behind_wrong_answers_come_once_in_course_order(course: Course) -> None:
    assert lessons_to_reread(course, ["how-long", "breath", "awake"]) == ("recognise", "naloxone")
    assert lessons_to_reread(course, []) == ()
    with pytest.raises(UnknownQuestion):
        lessons_to_reread(course, ["nothing"])


def test_certificate_is_issued_once_for_a_finished_course(course: Course) -> None:
    assert can_issue_certificate(course, ALL, has_valid_certificate=False)
    assert not can_issue_certificate(course, ALL, has_valid_certificate=True)
    assert not can_issue_certificate(course, ALL_BUT_CHECK, has_valid_certificate=False)


@pytest.mark.parametrize(
    ("issued_on", "months", "expected"),
    [
        (date(2026, 3, 15), 24, date(2028, 3, 15)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 3, 15), 0, None),
    ],
)
def test_certificate_expires_so_many_months_later(issued_on: date, months: int, expected: date | None) -> None:
    assert expires_on(issued_on, months) == expected


@given(issued_on=st.dates(date(2000, 1, 1), date(2100, 1, 1)), months=st.integers(1, 120))
def test_expiry_stays_in_the_right_month(issued_on: date, months: int) -> None:
    expiry = expires_on(issued_on, months)
    assert expiry is not None
    assert (expiry.year * 12 + expiry.month) - (issued_on.year * 12 + issued_on.month) == months
    assert expiry.day == issued_on.day or (expiry.day < issued_on.day and (expiry + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("today", "expiry", "revoked_on", "state"),
    [
        (date(2026, 5, 1), date(2026, 5, 1), None, CertificateState.VALID),
        (date(2026, 5, 2), date(2026, 5, 1), None, CertificateState.EXPIRED),
        (date(2099, 1, 1), None, None, CertificateState.VALID),
        (date(2026, 5, 2), None, date(2026, 5, 2), CertificateState.REVOKED),
        (date(2026, 5, 1), None, date(2026, 5, 2), CertificateState.VALID),
        (date(2026, 5, 2), date(2026, 5, 1), date(2026, 4, 1), CertificateState.REVOKED),
    ],
)
def test_certificate_is_valid_through_its_last_day_unless_revoked(
    today: date, expiry: date | None, revoked_on: date | None, state: CertificateState
) -> None:
    assert certificate_state(today, expires_on=expiry, revoked_on=revoked_on) is state


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ana María López", "A. L."),
        ("  grace   hopper ", "G. H."),
        ("Cher", "C."),
        ("Élodie", "É."),
        ("E\u0301lodie Ñandú", "É. Ñ."),
        ("王小明", "王."),
        ("김 민수", "김. 민."),
        ("محمد علي", "م. ع."),
        ("नीता शर्मा", "नी. श."),
        ("Иван Петров", "И. П."),
        ("'Alice' (Smith)", "A. S."),
        ("Nurse 27", "N. 2."),
        ("ßeta", "ß."),
        ("🙂 —", "–"),
        ("", "–"),
    ],
)
def test_a_stranger_sees_only_initials(name: str, initials: str) -> None:
    assert initials_of(name) == initials


def test_an_alias_shows_its_first_letter_only() -> None:
    assert initials_of("blue heron", is_alias=True) == "B."


@given(name=st.text(max_size=60), is_alias=st.booleans())
def test_initials_never_reveal_more_than_two_letters(name: str, is_alias: bool) -> None:
    shown = initials_of(name, is_alias=is_alias)
    letters = [character for character in shown if character.isalnum()]
    assert len(letters) <= (1 if is_alias else 2)
    assert len(unicodedata.normalize("NFC", shown)) <= 12


@given(st.binary(min_size=SERIAL_BYTES, max_size=SERIAL_BYTES))
def test_serial_is_four_groups_of_four_and_normal_already(data: bytes) -> None:
    serial = serial_from_bytes(data)
    assert [len(group) for group in serial.split("-")] == [4, 4, 4, 4]
    assert not set(serial) & set("ILOU")
    assert normalize_serial(serial) == serial


@given(st.binary(min_size=SERIAL_BYTES, max_size=SERIAL_BYTES))
def test_no_two_serials_come_from_different_bytes(data: bytes) -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = 0
    for character in serial_from_bytes(data).replace("-", ""):
        number = number * 32 + alphabet.index(character)
    assert number.to_bytes(SERIAL_BYTES, "big") == data


@given(st.binary(min_size=SERIAL_BYTES, max_size=SERIAL_BYTES), st.integers(0, 999))
def test_serial_typed_by_hand_is_understood(data: bytes, seed: int) -> None:
    serial = serial_from_bytes(data)
    rng = random.Random(seed)
    slips = {"0": "0Oo", "1": "1IiLl", "-": ["-", " ", "", "–", " - "]}
    typed = "".join(rng.choice(slips.get(character, [character, character.lower()])) for character in serial)
    assert normalize_serial(f" {typed}\n") == serial


@pytest.mark.parametrize(
    "typed", ["", "ABCD", "ABCD-EFGH-JKMN-PQR", "ABCD-EFGH-JKMN-PQRSX", "UBCD-EFGH-JKMN-PQRS", "é" * 16, "A" * 5000]
)
def test_what_cannot_be_a_serial_is_none(typed: str) -> None:
    assert normalize_serial(typed) is None


def test_serial_needs_exactly_its_bytes() -> None:
    with pytest.raises(ValueError, match="10 bytes"):
        serial_from_bytes(b"123")

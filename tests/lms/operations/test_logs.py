import io
import logging
import re
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import IntegrityError

from lms import audit
from lms.operations import logs

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Z]+ [\w.]+ .*")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    token = audit.request_reference.set(None)
    stream = io.StringIO()
    logs.start_log("INFO", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    audit.request_reference.reset(token)
    logging.captureWarnings(capture=False)


def only_line(stream: io.StringIO) -> str:
    (line,) = stream.getvalue().splitlines()
    assert LINE.fullmatch(line), line
    return line


def test_an_event_is_one_line(written: io.StringIO):
    logging.getLogger("lms.jobs").info("work failed table=%s id=%s", "job", 3)
    assert only_line(written).endswith("Z INFO lms.jobs work failed table=job id=3")


@pytest.mark.parametrize("breaking", ["\n", "\r", "\x0b", "\x0c", "\x1b[2J", "\x85", "\u2028", "\0"])
def test_nobody_can_forge_a_line(written: io.StringIO, breaking: str):
    logging.getLogger("lms").warning("said %s", f"one{breaking}2026-01-01T00:00:00Z INFO lms all is well")
    assert only_line(written).count("Z WARNING") == 1
    assert breaking not in written.getvalue().rstrip("\n")


def log_exception(error: Exception) -> None:
    logging.getLogger("lms").error("work failed", exc_info=error)


def test_an_exception_stays_on_its_line(written: io.StringIO):
    log_exception(ValueError("first\nsecond"))
    assert only_line(written).endswith("work failed exception=ValueError: first\\nsecond")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("path=/join/abcdefghij", "path=/join/(hidden)"),
        ("path=/password/reset/abcdef?x=1", "path=/password/reset/(hidden)?x=1"),
        ("to ana.ruiz+x@harbor.example.org now", "to (address) now"),
        ("postgresql://commons:pass-word@db/commons", "postgresql://commons:(hidden)@db/commons"),
        ("duplicate key\nDETAIL: Key (email)=(x) exists.", "duplicate key\\nDETAIL: (hidden)"),
    ],
)
def test_what_names_a_person_or_opens_a_door_is_taken_out(written: io.StringIO, said: str, kept: str):
    logging.getLogger("lms").error("event %s", said)
    assert only_line(written).endswith(f"event {kept}")


def test_values_of_a_failed_statement_are_taken_out(written: io.StringIO):
    log_exception(IntegrityError("INSERT INTO person", {"password_hash": "$argon2id$x"}, Exception("UNIQUE")))
    assert "argon2id" not in only_line(written)


def test_a_line_names_its_request(written: io.StringIO):
    token = audit.request_reference.set("abc123")
    try:
        logging.getLogger("lms").info("event one=1")
        logging.getLogger("lms").info("event request=other")
    finally:
        audit.request_reference.reset(token)
    first, second = written.getvalue().splitlines()
    assert first.endswith("event one=1 request=abc123")
    assert second.endswith("event request=other")

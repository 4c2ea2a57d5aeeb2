"""The database as the commands reach it, outside any request."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from lms.db import prepare_engine, reading
from lms.errors import CommonsError
from lms.settings import Settings

BUSY_TIMEOUT_MS = 15_000
SECONDS_TO_ANSWER = 10.0
POLL_SECONDS = 0.5


class DatabaseAway(CommonsError):
    """The database does not answer, or there is none yet."""


def exists(settings: Settings) -> bool:
    """Say whether there is a database to look at; looking at a missing SQLite file would make it."""
    return not settings.is_sqlite or Path(settings.database_url.removeprefix("sqlite:///")).exists()


def make_engine(url: str) -> Engine:
    """Return an engine that keeps no connection open and never shows values in its errors."""
    is_sqlite = url.startswith("sqlite")
    arguments = {"timeout": 0} if is_sqlite else {"connect_timeout": 5}
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
    prepare_engine(engine, BUSY_TIMEOUT_MS)
    return engine


@contextmanager
def opened(
    settings: Settings, say: Callable[[str], None] = lambda _line: None, *, makes_database: bool = False
) -> Iterator[Engine]:
    """Give an engine on the site's database once it answers; raise DatabaseAway when it does not."""
    if not makes_database and not exists(settings):
        raise DatabaseAway("There is no database yet: start the site once, or run `commons migrate`.")
    engine = make_engine(settings.database_url)
    try:
        _wait_until_it_answers(engine, say)
        yield engine
    except OperationalError as error:
        raise DatabaseAway(said_by(error)) from error
    finally:
        engine.dispose()


def said_by(error: OperationalError) -> str:
    """Return a sentence about a database that is away, busy or full."""
    reason = str(error.orig).strip().splitlines()[0].rstrip(".")
    return f"The database does not answer: {reason}."


def _wait_until_it_answers(engine: Engine, say: Callable[[str], None]) -> None:
    deadline = time.monotonic() + (0 if engine.dialect.name == "sqlite" else SECONDS_TO_ANSWER)
    is_said = False
    while True:
        try:
            with reading(), engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            return
        except OperationalError as error:
            if time.monotonic() >= deadline:
                raise DatabaseAway(said_by(error)) from error
        if not is_said:
            say("Waiting for the database to answer.")
            is_said = True
        time.sleep(POLL_SECONDS)

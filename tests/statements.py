"""Counting what a page costs the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from lms.db import db


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Collect the SQL statements sent inside the block; BEGIN and PRAGMA do not count."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, _parameters, _context, _many):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        seen[:] = [each for each in seen if not each.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE"))]

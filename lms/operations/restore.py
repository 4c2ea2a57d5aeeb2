"""Restoring a backup: verified first, put in place whole or not at all, the old database kept aside.

The rows go into a new, empty schema at the backup's own revision; then the migrations of this release run. Beside
SQLite that is a new file which takes the old one's name at the end; in PostgreSQL it is one transaction, with the old
tables moved to the schema `before_restore`.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, cast, column, inspect, select, table, text, update
from sqlalchemy import types as sql
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlalchemy.orm import Session

from lms import audit, clock, schema
from lms.accounts.models import SignInSession
from lms.errors import CommonsError
from lms.operations import archive
from lms.operations.archive import Archive, Cell, Damaged
from lms.operations.backup import ROWS_AT_ONCE, Manifest, TablePart, stored_columns, table_names
from lms.operations.database import DatabaseAway, make_engine, opened, said_by
from lms.operations.folder import (
    INDEX_FOLDER,
    OWNER_ONLY_FILE,
    OWNER_ONLY_FOLDER,
    FolderRefused,
    held_alone,
    prepare_folder,
    read_mode,
    sync_folder,
    write_durably,
)
from lms.schema import ForeignSchema
from lms.settings import SITE_FILE, Mode, Settings

ASIDE = "before-restore"
ASIDE_SCHEMA = "before_restore"
SECONDS_TO_LEAVE = 2.0  # a closed connection stays in PostgreSQL's list for a moment
POLL_SECONDS = 0.1
HALF_MADE = ".restoring"
COMPANIONS = ("-wal", "-shm")


class DatabaseInUse(CommonsError):
    """Another program uses the database that is to be replaced."""


@dataclass(frozen=True)
class Restored:
    """What a restore did, or would do."""

    manifest: Manifest
    first_break: audit.Head | None


def check(settings: Settings, path: Path) -> Manifest:
    """Verify a backup and say whether this release and this data folder can take it; raises CommonsError."""
    with archive.opened(path) as backup:
        _refuse_unfit(settings, backup.manifest)
        return backup.manifest


def restore(settings: Settings, path: Path) -> Restored:
    """Replace the site's database by a backup. The site must be stopped."""
    with archive.opened(path) as backup:
        manifest = backup.manifest
        _refuse_unfit(settings, manifest)
        prepare_folder(replace(settings, mode=Mode(manifest.mode)))
        with held_alone(settings.data_dir):
            first_break = _put_in_place(settings, backup)
            _put_site_file_back(settings, backup)
            # The index is made anew from what was restored.
            shutil.rmtree(settings.data_dir / INDEX_FOLDER, ignore_errors=True)
    return Restored(manifest, first_break)


def _put_in_place(settings: Settings, backup: Archive) -> audit.Head | None:
    put = _into_sqlite if settings.is_sqlite else _into_postgresql
    try:
        return put(settings, backup)
    except OperationalError as error:
        raise DatabaseAway(f"{said_by(error)} Nothing was changed.") from error
    except DatabaseAway as error:
        raise DatabaseAway(f"{error} Nothing was changed.") from error
    except OSError as error:
        raise DatabaseAway(f"The database cannot be written: {error.strerror}. Nothing was changed.") from error


def _refuse_unfit(settings: Settings, manifest: Manifest) -> None:
    if manifest.schema_revision not in schema.known_revisions():
        raise ForeignSchema(
            f"This backup was made by release {manifest.release} with the schema {manifest.schema_revision}, "
            "which this release does not know. Use a newer release."
        )
    mode = read_mode(settings.data_dir)
    if mode is not None and mode is not Mode(manifest.mode):
        raise FolderRefused(
            f"This is the backup of a {manifest.mode} site, and the data folder holds a {mode.value} site. "
            "Name an empty data folder with DATA_DIR."
        )


def _put_site_file_back(settings: Settings, backup: Archive) -> None:
    content = backup.site_file()
    if content is not None and not (settings.data_dir / SITE_FILE).exists():
        write_durably(settings.data_dir / SITE_FILE, content)


# ---------------------------------------------------------------- SQLite


def _into_sqlite(settings: Settings, backup: Archive) -> audit.Head | None:
    place = Path(settings.database_url.removeprefix("sqlite:///"))
    made = place.with_name(place.name + HALF_MADE)
    place.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY_FOLDER)
    _remove(made)
    try:
        engine = make_engine(f"sqlite:///{made}")
        schema.upgrade(engine, backup.manifest.schema_revision)
        with _without_foreign_keys(engine) as connection:
            _fill(connection, backup)
            if connection.execute(text("PRAGMA foreign_key_check")).first() is not None:
                raise Damaged("The backup is damaged: it has rows that point nowhere.")
        schema.upgrade(engine)
        with engine.begin() as connection:
            first_break = _after_filling(connection)
        engine.dispose()
        _close_whole(made)
        _swap(place, made)
    finally:
        _remove(made)
    return first_break


@contextmanager
def _without_foreign_keys(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        schema.switch_foreign_keys(connection, on=False)
        with connection.begin():
            yield connection


def _close_whole(path: Path) -> None:
    """Bring everything into the one file and make it last."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.chmod(OWNER_ONLY_FILE)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _swap(place: Path, made: Path) -> None:
    """Give the new file the old one's name in one step; the old one stays beside it under another name."""
    aside = place.with_name(f"{place.name}.{ASIDE}")
    if place.exists():
        _close_if_well(place)
        _remove(aside)
        os.link(place, aside)
        for ending in COMPANIONS:
            companion = place.with_name(place.name + ending)
            if companion.exists():
                companion.rename(aside.with_name(aside.name + ending))
    made.replace(place)
    sync_folder(place.parent)


def _close_if_well(place: Path) -> None:
    """Bring the write-ahead log into the old file, unless that file is what is broken."""
    try:
        with closing(sqlite3.connect(place)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.DatabaseError:
        return
    if busy:
        raise DatabaseInUse("Another program uses the database. Stop it first.")


def _remove(path: Path) -> None:
    for ending in ("", *COMPANIONS):
        path.with_name(path.name + ending).unlink(missing_ok=True)


# ---------------------------------------------------------------- PostgreSQL


def _into_postgresql(settings: Settings, backup: Archive) -> audit.Head | None:
    with opened(settings) as engine, engine.begin() as connection:
        _refuse_company(connection)
        _move_aside(connection)
        schema.upgrade_on(connection, backup.manifest.schema_revision)
        references = _drop_references(connection)
        _fill(connection, backup)
        _add_references(connection, references)
        _set_sequences(connection)
        schema.upgrade_on(connection)
        return _after_filling(connection)


def _refuse_company(connection: Connection) -> None:
    deadline = monotonic() + SECONDS_TO_LEAVE
    while _has_company(connection):
        if monotonic() > deadline:
            raise DatabaseInUse("Another program is connected to the database. Stop it first.")
        sleep(POLL_SECONDS)


def _has_company(connection: Connection) -> bool:
    connection.execute(text("SELECT pg_stat_clear_snapshot()"))
    others = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    return bool(connection.scalar(others))


def _move_aside(connection: Connection) -> None:
    """Move every table and function that belongs to no extension out of the way."""
    connection.execute(text(f"DROP SCHEMA IF EXISTS {ASIDE_SCHEMA} CASCADE"))
    connection.execute(text(f"CREATE SCHEMA {ASIDE_SCHEMA}"))
    quote = connection.dialect.identifier_preparer.quote
    for name in inspect(connection).get_table_names():
        connection.execute(text(f"ALTER TABLE {quote(name)} SET SCHEMA {ASIDE_SCHEMA}"))
    own_functions = text(
        "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace "
        "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    )
    for signature in connection.scalars(own_functions).all():
        connection.execute(text(f"ALTER FUNCTION {signature} SET SCHEMA {ASIDE_SCHEMA}"))


def _drop_references(connection: Connection) -> list[tuple[str, str, str]]:
    """Take the foreign keys off, so that rows may come in any order; they are checked when they come back."""
    found = text(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
    )
    references = [(row[0], row[1], row[2]) for row in connection.execute(found)]
    for owner, name, _definition in references:
        connection.execute(text(f"ALTER TABLE {owner} DROP CONSTRAINT {name}"))
    return references


def _add_references(connection: Connection, references: list[tuple[str, str, str]]) -> None:
    try:
        for owner, name, definition in references:
            connection.exec_driver_sql(f"ALTER TABLE {owner} ADD CONSTRAINT {name} {definition}")
    except DBAPIError as error:
        raise Damaged("The backup is damaged: it has rows that point nowhere.") from error


# From the catalogue itself: of a function asked about each column, PostgreSQL may ask for columns of other schemas too.
_SEQUENCES = """
    SELECT quote_ident(owner.relname), quote_ident(key.attname), sequence.oid::regclass::text
    FROM pg_class AS sequence
    JOIN pg_depend AS link ON link.objid = sequence.oid AND link.deptype IN ('a', 'i')
        AND link.classid = 'pg_class'::regclass AND link.refclassid = 'pg_class'::regclass
    JOIN pg_class AS owner ON owner.oid = link.refobjid
    JOIN pg_attribute AS key ON key.attrelid = owner.oid AND key.attnum = link.refobjsubid
    WHERE sequence.relkind = 'S' AND owner.relnamespace = current_schema()::regnamespace"""


def _set_sequences(connection: Connection) -> None:
    """Let numbering go on after the largest number in use."""
    for owner, key, sequence in connection.execute(text(_SEQUENCES)).all():
        largest = f"SELECT max({key}) FROM {owner}"  # noqa: S608  # names come quoted from the database itself
        connection.execute(text(f"SELECT setval('{sequence}', coalesce(({largest}), 1), ({largest}) IS NOT NULL)"))


# ---------------------------------------------------------------- rows


def _fill(connection: Connection, backup: Archive) -> None:
    parts = {part.table: part for part in backup.manifest.tables}
    if set(parts) != set(table_names(connection)):
        raise Damaged("The backup is damaged: its tables are not those of its schema.")
    for name, part in parts.items():
        kinds = stored_columns(connection, name)
        if sorted(part.columns) != sorted(kinds):
            raise Damaged(f"The backup is damaged: the columns of {name} are not those of its schema.")
        _empty(connection, name)
        try:
            n_rows = _insert(connection, backup, part, kinds)
        except OperationalError:
            raise
        except (DBAPIError, StatementError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
            raise Damaged(f"The backup is damaged: a row of {name} does not fit its table.") from error
        if n_rows != part.n_rows:
            raise Damaged(f"The backup is damaged: {name} has {n_rows} rows, not {part.n_rows}.")


def _empty(connection: Connection, name: str) -> None:
    """Remove what a migration wrote into a new table. An empty one is left alone: the audit log cannot be emptied."""
    if connection.execute(select(text("1")).select_from(table(name)).limit(1)).first() is not None:
        connection.execute(table(name).delete())


def _insert(connection: Connection, backup: Archive, part: TablePart, kinds: dict[str, Any]) -> int:
    is_sqlite = connection.dialect.name == "sqlite"
    readers = [_reader_of(kinds[name], is_sqlite=is_sqlite) for name in part.columns]
    places = {name: _place(f"cell_{number}", kinds[name]) for number, name in enumerate(part.columns)}
    statement = table(part.table, *(column(name) for name in part.columns)).insert().values(places)
    rows, n_rows = backup.rows(part), 0
    while some := list(islice(rows, ROWS_AT_ONCE)):
        connection.execute(statement, [_bound(row, readers) for row in some])
        n_rows += len(some)
    return n_rows


def _place(key: str, kind: Any) -> Any:
    """JSON goes in as the text it was read as, letter by letter."""
    if isinstance(kind, sql.JSON):
        return (
            cast(bindparam(key, type_=sql.Text()), kind)
            if isinstance(kind, postgresql.JSON)
            else bindparam(key, type_=sql.Text())
        )
    return bindparam(key, type_=kind)


def _bound(row: list[Cell], readers: list[Callable[[Any], Any]]) -> dict[str, Any]:
    cells = enumerate(zip(row, readers, strict=True))
    return {f"cell_{number}": None if cell is None else read(cell) for number, (cell, read) in cells}


def _reader_of(kind: Any, *, is_sqlite: bool) -> Callable[[Any], Any]:
    if isinstance(kind, sql.DateTime) and is_sqlite:
        return _read_naive
    return next((read for known, read in READERS if isinstance(kind, known)), _read_text)


def _read_naive(cell: str) -> datetime:
    return datetime.fromisoformat(cell).astimezone(UTC).replace(tzinfo=None)


def _read_flag(cell: object) -> bool:
    if not isinstance(cell, bool):
        raise TypeError
    return cell


def _read_whole(cell: object) -> int:
    if not isinstance(cell, int) or isinstance(cell, bool):
        raise TypeError
    return cell


def _read_text(cell: object) -> str:
    if not isinstance(cell, str):
        raise TypeError
    return cell


READERS: Sequence[tuple[type[Any], Callable[[Any], Any]]] = (
    (sql.DateTime, datetime.fromisoformat),
    (sql.Date, date.fromisoformat),
    (sql.Time, time.fromisoformat),
    (sql.Uuid, UUID),
    (sql.Boolean, _read_flag),
    (sql.Integer, _read_whole),
    (sql.Float, float),
    (sql.Numeric, Decimal),
)


# ---------------------------------------------------------------- after


def _after_filling(connection: Connection) -> audit.Head | None:
    """End the sessions of the backup's day, and look whether the audit chain is whole."""
    ended = update(SignInSession).where(SignInSession.ended_at.is_(None)).values(ended_at=clock.now())
    connection.execute(ended)
    with Session(connection) as session:
        first = next(audit.breaks_in(session.scalars(audit.entries_in_order())), None)
        return None if first is None else audit.Head(first.chain, first.sequence, first.entry_hash)

"""Backups: one zip file that is whole or not there, and shows every changed byte.

Rows are written as JSON lines, the same from both databases, so that a backup of one restores into the other. They are
read in one transaction that sees one moment. `manifest.json` names every file with its SHA-256; the zip's comment is
the SHA-256 of everything before it. Never inside: the site's secret key, the demo password, mail, the search index.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from sqlalchemy import JSON, Connection, Engine, Text, cast, column, func, inspect, select, table, type_coerce

from lms import clock, schema
from lms.db import reading
from lms.errors import CommonsError
from lms.operations.folder import OWNER_ONLY_FILE, OWNER_ONLY_FOLDER, sync_folder
from lms.operations.release import release
from lms.settings import SITE_FILE, Settings

FORMAT = "coalition-commons backup"
FORMAT_VERSION = 1
MANIFEST = "manifest.json"
DIGEST_LENGTH = 64
ROWS_AT_ONCE = 1000
NOTHING_TO_KEEP = frozenset({schema.VERSION_TABLE})


class NoBackup(CommonsError):
    """A backup cannot be made; the sentence says why."""


@dataclass(frozen=True)
class Part:
    """One file of a backup."""

    file: str
    size: int
    sha256: str


@dataclass(frozen=True)
class TablePart(Part):
    """The rows of one table, one JSON list a line."""

    table: str
    columns: list[str]
    n_rows: int


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, and where it comes from."""

    format: str
    format_version: int
    release: str
    schema_revision: str
    mode: str
    engine: str
    created_at: str
    tables: list[TablePart]
    files: list[Part]

    @property
    def n_rows(self) -> int:
        """How many rows all tables hold together."""
        return sum(part.n_rows for part in self.tables)


@dataclass(frozen=True)
class Made:
    """A backup that was written."""

    path: Path
    manifest: Manifest


def create(settings: Settings, engine: Engine, target: Path) -> Made:
    """Write a backup to a file, or under a name with the time into a folder."""
    path = _path_for(target)
    if path.exists():
        raise NoBackup(f"There is already a file {path}. Choose another name.")
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY_FOLDER)
        _remove_leftovers(path.parent)
        with _removed_afterwards(scratch):
            manifest = _write(settings, engine, scratch)
            os.link(scratch, path)  # unlike a rename, this never writes over another backup
        sync_folder(path.parent)
    except OSError as error:
        raise NoBackup(f"The backup cannot be written to {path}: {error.strerror}.") from error
    return Made(path, manifest)


def count_rows(engine: Engine) -> dict[str, int]:
    """Return how many rows a backup made now would hold, by table (one statement a table)."""
    with snapshot(engine) as connection:
        counted = {name: select(func.count()).select_from(table(name)) for name in table_names(connection)}
        return {name: connection.scalar(statement) or 0 for name, statement in counted.items()}


def _remove_leftovers(folder: Path) -> None:
    """Remove what backups left that were killed."""
    a_day_ago = (clock.now() - timedelta(days=1)).timestamp()
    for path in folder.glob(".commons-*.zip.*"):
        if path.stat().st_mtime < a_day_ago:
            path.unlink(missing_ok=True)


@contextmanager
def _removed_afterwards(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one moment and keeps nobody from writing."""
    with reading(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


def table_names(connection: Connection) -> list[str]:
    """Return the tables a backup holds."""
    return sorted(set(inspect(connection).get_table_names()) - NOTHING_TO_KEEP)


def stored_columns(connection: Connection, name: str) -> dict[str, Any]:
    """Return the columns of a table that are stored, not computed: name → type."""
    columns = inspect(connection).get_columns(name)
    return {each["name"]: each["type"] for each in columns if not each.get("computed")}


def file_digest(file: IO[bytes], n_bytes: int) -> str:
    """Return the SHA-256 of the first bytes of a file."""
    file.seek(0)
    digest = hashlib.sha256()
    while n_bytes > 0 and (piece := file.read(min(1 << 20, n_bytes))):
        digest.update(piece)
        n_bytes -= len(piece)
    return digest.hexdigest()


def _path_for(target: Path) -> Path:
    if target.suffix == ".zip":
        return target
    stem = f"commons-{clock.now():%Y%m%dT%H%M%SZ}"
    names = (f"{stem}{ending}.zip" for ending in ("", *(f"-{number}" for number in range(2, 100))))
    return next(path for name in names if not (path := target / name).exists())


def _write(settings: Settings, engine: Engine, scratch: Path) -> Manifest:
    descriptor = os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_TRUNC, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive, snapshot(engine) as rows:
            manifest = _write_all(settings, archive, rows)
            archive.comment = b"0" * DIGEST_LENGTH
        file.flush()
        size = file.seek(0, os.SEEK_END)
        digest = file_digest(file, size - DIGEST_LENGTH)
        file.seek(size - DIGEST_LENGTH)
        file.write(digest.encode())
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _write_all(settings: Settings, archive: zipfile.ZipFile, connection: Connection) -> Manifest:
    revision = schema.revision_on(connection)
    if revision is None:
        raise NoBackup("The database is empty: there is nothing to back up.")
    manifest = Manifest(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        release=release(),
        schema_revision=revision,
        mode=settings.mode.value,
        engine=connection.dialect.name,
        created_at=clock.now().isoformat(),
        tables=[_write_table(archive, connection, name) for name in table_names(connection)],
        files=list(_write_files(settings, archive)),
    )
    archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
    return manifest


def _write_table(archive: zipfile.ZipFile, connection: Connection, name: str) -> TablePart:
    file, digest, size, n_rows = f"tables/{name}.jsonl", hashlib.sha256(), 0, 0
    columns = list(stored_columns(connection, name))
    with archive.open(file, "w", force_zip64=True) as out:
        for row in _rows(connection, name, inspect(connection)):
            line = json.dumps([_plain(value) for value in row], separators=(",", ":")).encode() + b"\n"
            out.write(line)
            digest.update(line)
            size, n_rows = size + len(line), n_rows + 1
    return TablePart(file, size, digest.hexdigest(), name, columns, n_rows)


def _rows(connection: Connection, name: str, inspector: Any) -> Iterator[Any]:
    stored = stored_columns(connection, name)
    order: list[Any] = [column(key) for key in inspector.get_pk_constraint(name)["constrained_columns"]]
    wanted = [_as_written(connection, column(key, kind)) for key, kind in stored.items()]
    statement = select(*wanted).select_from(table(name)).order_by(*order)
    yield from connection.execute(statement.execution_options(yield_per=ROWS_AT_ONCE))


def _as_written(connection: Connection, each: Any) -> Any:
    """Read JSON as the text that is stored, so that not even a blank in it changes."""
    if not isinstance(each.type, JSON):
        return each
    return cast(each, Text) if connection.dialect.name == "postgresql" else type_coerce(each, Text)


def _plain(value: Any) -> Any:
    """Write a value as JSON knows it, the same from both databases."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case UUID():
            return value.hex
        case Decimal():
            return str(value)
        case _:
            raise NoBackup(f"Backups do not know how to write a value of type {type(value).__name__}.")


def _write_files(settings: Settings, archive: zipfile.ZipFile) -> Iterator[Part]:
    site_file = settings.data_dir / SITE_FILE
    if site_file.exists():
        content = site_file.read_bytes()
        archive.writestr(SITE_FILE, content)
        yield Part(SITE_FILE, len(content), hashlib.sha256(content).hexdigest())

"""The database door: base model, column types, and how a transaction begins."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVarTuple

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CursorResult, DateTime, Dialect, Engine, Enum, MetaData, Select, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of all tables."""

    metadata = MetaData(naming_convention=NAMING)


MODEL_MODULES = (
    "lms.audit",
    "lms.outbox",
    "lms.jobs",
    "lms.limits",
    "lms.publications",
    "lms.submissions",
    "lms.accounts.models",
    "lms.organizations.models",
    "lms.coalitions.models",
    "lms.training.models",
    "lms.readiness.models",
    "lms.collaboratives.models",
    "lms.improvement.models",
    "lms.playbooks.models",
    "lms.succession.models",
    "lms.assistance.models",
    "lms.notifications.models",
    "lms.search.models",
)

Columns = TypeVarTuple("Columns")

db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware on the way in, aware and in UTC on the way out, on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment must carry its time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def word_column(enum: type[StrEnum], name: str) -> Enum:
    """Return a column type that stores an enum by its value and checks it in the database."""
    return Enum(
        enum,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        name=name,
        values_callable=lambda members: [member.value for member in members],
    )


def insert_once(table: type[Base], **values: Any) -> bool:
    """Insert a row unless a unique constraint already holds one; say whether this call inserted it (one statement)."""
    return bool(insert_new(table, [values]))


def insert_new(table: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Insert those rows that no unique constraint already holds; return the first key of each (one statement)."""
    # As parameters, not as VALUES of the statement: so it is compiled once and kept.
    return list(db.session.scalars(_insert_of(table, db.session.get_bind().dialect.name), [dict(row) for row in rows]))


@cache
def _insert_of(table: type[Base], dialect: str) -> ReturningInsert[Any]:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    # The bare table: an ORM insert costs three times as much and gives nothing here.
    bare = table.__table__
    statement = insert(bare).on_conflict_do_nothing()  # type: ignore[arg-type]  # it is a Table
    # The rows that come back tell: PostgreSQL counts no rows of an INSERT that returns its key.
    return statement.returning(*inspect(table).primary_key)


def read_columns(statement: Select[*Columns], values: Mapping[str, Any]) -> CursorResult[*Columns]:
    """Run a select of columns within the transaction of the session, past the ORM: half the work (one statement).

    For what nearly every page asks. What the session holds for writing is written first, as it does itself.
    """
    session = db.session()
    session.flush()
    return session.connection().execute(statement, values)


_reads_only: ContextVar[bool] = ContextVar("reads_only", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Begin transactions inside this block without taking SQLite's write lock."""
    token = _reads_only.set(True)
    try:
        yield
    finally:
        _reads_only.reset(token)


def prepare_engine(engine: Engine, busy_timeout_ms: int) -> None:
    """Take over SQLite's BEGIN: its driver begins only at the first write, so a read before it protects nothing."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={busy_timeout_ms}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is deleted is overwritten: nothing of a survey stays in the free pages
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if _reads_only.get():
            connection.connection.dbapi_connection.execute(
                "BEGIN"
            )  # takes no lock, so that it cannot fail, and needs no care
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")


def import_models() -> None:
    """Import every module that holds tables, so that the metadata is whole."""
    for name in MODEL_MODULES:
        import_module(name)

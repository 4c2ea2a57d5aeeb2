"""Bringing the database to the schema of this release: one transaction, safe to run again after a kill.

Alembic is imported only where there is something to migrate: a start that finds the database up to date does not wait
half a second for it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

from lms.db import Base, import_models, reading
from lms.errors import CommonsError

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD_FILE = MIGRATIONS / "head.txt"
VERSION_TABLE = "alembic_version"
ONE_AT_A_TIME = 7_305_221  # the advisory lock of PostgreSQL that two migrating processes meet at


class ForeignSchema(CommonsError):
    """The database was written by a newer release, or is not ours."""


class OutdatedSchema(CommonsError):
    """The database waits for migrations."""


def head_revision() -> str:
    """Return the newest revision this release knows."""
    return HEAD_FILE.read_text(encoding="utf-8").strip()


def current_revision(engine: Engine) -> str | None:
    """Return the revision of the database, or None when it has never been migrated."""
    with reading(), engine.connect() as connection:
        return revision_on(connection)


def revision_on(connection: Connection) -> str | None:
    """Return the revision that an open connection sees."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608  # our own name


def pending_revisions(current: str | None) -> list[str]:
    """Return the revisions a database still lacks, oldest first; raise ForeignSchema for one that nobody here knows."""
    if current == head_revision():
        return []
    known = known_revisions()
    if current is not None and current not in known:
        raise ForeignSchema(
            f"The database is at revision {current}, which this release does not know. Use a newer release."
        )
    return known[known.index(current) + 1 :] if current else known


def known_revisions() -> list[str]:
    """Return every revision of this release, oldest first."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415  # see the top of this file

    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


def refuse_foreign(engine: Engine) -> None:
    """Raise ForeignSchema when the database was written by a newer release, or holds somebody else's tables."""
    with reading(), engine.connect() as connection:
        current = revision_on(connection)
        strangers = inspect(connection).get_table_names() if current is None else []
    if strangers:
        raise ForeignSchema(f"The database is not ours: it holds a table named {min(strangers)}. Use an empty one.")
    pending_revisions(current)


def refuse_outdated(engine: Engine) -> None:
    """Raise OutdatedSchema unless the database is at this release's schema (two statements)."""
    refuse_foreign(engine)
    if current_revision(engine) != head_revision():
        raise OutdatedSchema(
            "The database is not up to date. Run `commons migrate`, or start the site with `commons run`."
        )


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the missing migrations in one transaction, with SQLite's foreign keys off while tables are rebuilt."""
    with engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            switch_foreign_keys(connection, on=False)
        try:
            with connection.begin():
                upgrade_on(connection, revision)
        finally:
            if is_sqlite:
                switch_foreign_keys(connection, on=True)


def upgrade_on(connection: Connection, revision: str = "head") -> None:
    """Run the missing migrations inside the transaction that the caller began."""
    from alembic import command  # noqa: PLC0415  # see the top of this file

    import_models()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ONE_AT_A_TIME})
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def differences(engine: Engine) -> list[Any]:
    """Return what differs between the models and the database; nothing should."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  # see the top of this file
    from alembic.migration import MigrationContext  # noqa: PLC0415

    import_models()
    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": _is_in_models}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Base.metadata))


def _is_in_models(name: str | None, _kind: str, _parents: object) -> bool:
    """Full text is a generated column on PostgreSQL alone, so the models do not know it."""
    return name not in {"tokens", "ix_search_doc_tokens"}


def switch_foreign_keys(connection: Connection, *, on: bool) -> None:
    """Turn SQLite's foreign keys on or off, which works only outside a transaction."""
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101  # for the type checker: an open connection has its driver's
    driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415  # see the top of this file

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config

"""Bringing the database to the schema of this release: one transaction, safe to run again after a kill."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from lms.db import Base, import_models
from lms.errors import CommonsError

MIGRATIONS = Path(__file__).parent / "migrations"


class ForeignSchema(CommonsError):
    """The database was written by a newer release, or is not ours."""


def head_revision() -> str:
    """Return the newest revision this release knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current_revision(engine: Engine) -> str | None:
    """Return the revision of the database, or None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def refuse_foreign(engine: Engine) -> None:
    """Raise ForeignSchema when the database is at a revision this release does not know."""
    current = current_revision(engine)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise ForeignSchema(f"The database is at revision {current}, which this release does not know. Use a newer release.")


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the missing migrations in one transaction, with SQLite's foreign keys off while tables are rebuilt."""
    import_models()
    with engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            _switch_foreign_keys(connection, on=False)
        try:
            with connection.begin():
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
        finally:
            if is_sqlite:
                _switch_foreign_keys(connection, on=True)


def differences(engine: Engine) -> list[object]:
    """Return what differs between the models and the database; nothing should."""
    import_models()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def _switch_foreign_keys(connection: Connection, *, on: bool) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101  # for the type checker: an open connection has its driver's
    driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config

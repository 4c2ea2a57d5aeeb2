import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from lms import schema
from lms.db import MODEL_MODULES, Base, import_models, prepare_engine
from lms.operations.database import make_engine
from lms.schema import ForeignSchema, OutdatedSchema
from tests.house.sources import ROOT


@pytest.fixture
def empty(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database that nothing was ever written to."""
    if engine == "sqlite":
        made = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
        yield made
        made.dispose()
        return
    server = request.getfixturevalue("postgres")
    url = server.clone("template0")
    made = make_engine(url)
    yield made
    made.dispose()
    server.drop(url)


@pytest.fixture
def migrated(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_an_empty_database_is_brought_to_the_head(empty: Engine):
    assert schema.current_revision(empty) is None
    assert schema.pending_revisions(None) == schema.known_revisions()
    schema.upgrade(empty)
    assert schema.current_revision(empty) == schema.head_revision()
    assert tables(empty) == {*Base.metadata.tables, schema.VERSION_TABLE}


def test_upgrading_twice_is_harmless(migrated: Engine):
    before = tables(migrated)
    schema.upgrade(migrated)
    schema.upgrade(migrated)
    assert tables(migrated) == before
    assert schema.pending_revisions(schema.current_revision(migrated)) == []


def test_models_and_migrations_do_not_differ(migrated: Engine):
    assert schema.differences(migrated) == []


def test_the_head_file_names_the_newest_migration():
    assert schema.head_revision() == ScriptDirectory(str(schema.MIGRATIONS)).get_current_head()
    assert schema.known_revisions()[-1] == schema.head_revision()


def test_every_foreign_key_is_checked(engine: str, migrated: Engine):
    with migrated.connect() as connection:
        if engine == "sqlite":
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        else:
            unchecked = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"
            assert connection.scalar(text(unchecked)) == 0


def test_foreign_keys_are_on_again_after_a_migration(engine: str, empty: Engine):
    schema.upgrade(empty)
    if engine == "sqlite":
        with empty.connect() as connection:
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_migration_that_does_not_end_leaves_nothing_behind(empty: Engine):
    with empty.connect() as connection, connection.begin() as transaction:
        schema.upgrade_on(connection)
        transaction.rollback()
    assert tables(empty) == set()
    schema.upgrade(empty)
    assert schema.differences(empty) == []


def test_a_database_of_a_newer_release_is_refused(migrated: Engine):
    with migrated.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ForeignSchema, match="9999"):
        schema.refuse_foreign(migrated)


def test_a_database_of_something_else_is_refused(empty: Engine):
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id integer)"))
    with pytest.raises(ForeignSchema, match="invoices"):
        schema.refuse_foreign(empty)


def test_commands_refuse_a_database_that_waits_for_migrations(empty: Engine, migrated: Engine):
    schema.refuse_foreign(empty)
    with pytest.raises(OutdatedSchema):
        schema.refuse_outdated(empty)
    schema.refuse_outdated(migrated)


def test_every_module_with_tables_is_known():
    import_models()
    declaring = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "lms").rglob("*.py")
        if "__tablename__ = " in path.read_text("utf-8") and path.name != "db.py"
    }
    assert {re.sub(r"(?<=\.models)\.\w+$", "", each) for each in declaring} == set(MODEL_MODULES)
    assert declaring <= set(sys.modules)


def test_every_table_has_a_primary_key(migrated: Engine):
    inspector = inspect(migrated)
    assert [name for name in tables(migrated) if not inspector.get_pk_constraint(name)["constrained_columns"]] == []


def test_sqlite_keeps_what_it_committed(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / 'kept.sqlite3'}")
    prepare_engine(engine, 1_000)
    with engine.connect() as connection:
        facts = {name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")}
    engine.dispose()
    assert facts == {"journal_mode": "wal", "synchronous": 2}


# What the first release wrote: one row of each table that a later migration touches, and what points at it.
BEFORE = """
INSERT INTO person (id, email, password_hash, language, theme, state, is_administrator, created_at)
    VALUES (1, 'ana@example.org', 'x', 'en', 'auto', 'active', false, '2026-01-05 08:00:00');
INSERT INTO content_version
    (id, kind, slug, number, source_version, document, content_hash, language_hashes, published_at)
    VALUES (1, 'course', 'small', 1, '1', '{}', 'h', '{}', '2026-01-05 08:00:00');
INSERT INTO enrollment (id, person_id, course_slug, version_id, started_at, last_event_at)
    VALUES (1, 1, 'small', 1, '2026-01-05 08:00:00', '2026-01-05 08:00:00');
INSERT INTO todo (id, person_id, kind, subject, created_at)
    VALUES (1, 1, 'finish-course', 'small', '2026-01-05 08:00:00');
INSERT INTO search_doc (id, kind, subject, language, scope, path, title, body)
    VALUES (1, 'help', 'privacy', 'en', 'public', '/help/privacy', 'Privacy', 'What is kept.')
""".split(";")
NEW_TODO = text(
    "INSERT INTO todo (id, person_id, kind, subject, created_at) VALUES (2, 1, :kind, :subject, '2026-01-05 08:00:00')"
)


def test_what_the_first_release_kept_is_there_after_every_later_migration(empty: Engine):
    schema.upgrade(empty, "0001")
    with empty.begin() as connection:
        for statement in BEFORE:
            connection.execute(text(statement))
    schema.upgrade(empty)
    assert schema.differences(empty) == []
    with empty.begin() as connection:
        for table in ("person", "content_version", "enrollment", "todo", "search_doc"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 1, table  # noqa: S608  # our own names
        found = connection.execute(text("SELECT kind, subject, path FROM todo")).one()
        assert tuple(found) == ("finish-course", "small", None)


@pytest.mark.parametrize("kind", ["settle-action", "confirm-page"])
def test_new_words_may_be_written_after_a_migration(empty: Engine, kind: str):
    schema.upgrade(empty, "0001")
    with empty.begin() as connection:
        connection.execute(text(BEFORE[0]))
    schema.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(NEW_TODO, {"kind": kind, "subject": "7"})


@pytest.mark.parametrize(("kind", "subject"), [("no-such-kind", "7"), ("finish-course", "small")])
def test_checks_and_indexes_still_hold_after_a_migration(empty: Engine, kind: str, subject: str):
    schema.upgrade(empty, "0001")
    with empty.begin() as connection:
        for statement in BEFORE:
            connection.execute(text(statement))
    schema.upgrade(empty)
    with pytest.raises(IntegrityError), empty.begin() as connection:
        connection.execute(NEW_TODO, {"kind": kind, "subject": subject})

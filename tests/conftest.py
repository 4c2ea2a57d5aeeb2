"""What all tests share: a database copied per test, the site on it, and no way out.

`COMMONS_TEST_DATABASE=sqlite` (or `postgresql`) runs the tests on one engine only; without it they run on both.
"""

import os
import shutil
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine, event, make_url

from lms import create_app, schema
from lms.db import db, prepare_engine
from lms.operations import translations
from lms.settings import Settings, read_settings
from lms.web import static_files
from lms.web.site import Site
from tests import addresses
from tests.pages import Site as PageReader
from tests.postgres import KEPT, KeptDatabase, PostgresServer, database_name

# Every commit of the embedded database waits for the disk; in memory the suite takes a third of the time.
MEMORY = Path("/dev/shm")
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 1 << 30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

addresses.share()
static_files.open_static_files = cache(static_files.open_static_files)  # the files stay as they are during a run

# What a statement comes to in the words of an engine is kept with the engine, and each test has an engine of its own:
# so that statements are compiled once in a process, all engines of a kind share their words and what they keep.
# Where tests use one database after another, the engine itself stays, with its open connection.
_first_engines: dict[str, Engine] = {}
_kept_engines: dict[str, Engine] = {}
_make_engine = SQLAlchemy._make_engine


def _engine_that_remembers(self: SQLAlchemy, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
    name = make_url(options["url"]).database or ""
    if name in _kept_engines:
        return _kept_engines[name]
    engine = _make_engine(self, bind_key, options, app)
    first = _first_engines.get(engine.dialect.driver)
    if first is None:  # only who has been connected knows which version it speaks to
        event.listen(engine, "connect", lambda *_: _first_engines.setdefault(engine.dialect.driver, engine), once=True)
    else:
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
    if name.endswith(KEPT):
        _kept_engines[name] = engine
        # A site that ends disposes of its engine; another one in the same test may still be at work with this one.
        engine.dispose = _stay_open  # type: ignore[method-assign]
    return engine


def _stay_open(*, close: bool = True) -> None:
    """Leave a kept engine to `forget_engine`."""


SQLAlchemy._make_engine = _engine_that_remembers  # type: ignore[method-assign]

# The same examples in each run, and as much time for each as a busy machine takes.
hypothesis.settings.register_profile("commons", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("commons")

# `make trust` tries everything on both engines and in every look; `make test` takes each thing once, and a sample.
IS_THOROUGH = os.environ.get("COMMONS_THOROUGH") == "1"
ENGINES = os.environ.get("COMMONS_TEST_DATABASE", "sqlite,postgresql").split(",")


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each test that touches the database runs once on each engine."""
    return str(request.param)


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each test has a site of its own; all of them share the compiled templates, and the compiled translations."""
    translations.compile_stale()
    folder = tmp_path_factory.getbasetemp().parent / "templates"
    folder.mkdir(exist_ok=True)
    Site.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: object) -> None:
        is_local = self.family == socket.AF_UNIX or (isinstance(address, tuple) and address[0] in {"127.0.0.1", "::1"})
        assert is_local, f"a test tried to reach {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a migrated file."""
    file = tmp_path_factory.mktemp("template") / "commons.sqlite3"
    migrate(f"sqlite:///{file}")
    return str(file)


@pytest.fixture(scope="session")
def postgresql_template(postgres: PostgresServer) -> str:
    """The name of a migrated database."""
    postgres.create_template("commons_template", migrate)
    return "commons_template"


@pytest.fixture(scope="session")
def database_template(engine: str, request: pytest.FixtureRequest) -> str:
    """The migrated database that each test copies; each engine's is made once, however often the engines take turns."""
    return str(request.getfixturevalue(f"{engine}_template"))


def migrate(url: str) -> None:
    database = create_engine(url)
    prepare_engine(database, 15_000)
    schema.upgrade(database)
    database.dispose()


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, database_template: str, tmp_path: Path) -> Iterator[str]:
    if engine == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.clone(database_template)
        yield url
        server.drop(url)
        return
    file = tmp_path / "commons.sqlite3"
    shutil.copyfile(database_template, file)
    yield f"sqlite:///{file}"


@pytest.fixture(scope="session")
def kept_database(postgres: PostgresServer, postgresql_template: str) -> Iterator[KeptDatabase]:
    kept = KeptDatabase(postgres, postgresql_template)
    yield kept
    forget_engine(kept.url)
    kept.close()


@pytest.fixture
def site_database_url(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The database of a site inside the test process: on PostgreSQL one for all such tests, emptied between them.

    Copying a database for each takes ten times as long, and its first statements find nothing prepared.
    """
    if engine != "postgresql":
        yield request.getfixturevalue("database_url")
        return
    kept = request.getfixturevalue("kept_database")
    yield kept.url
    if not kept.empty():
        forget_engine(kept.url)
        kept.renew()


def forget_engine(url: str) -> None:
    if engine := _kept_engines.pop(database_name(url), None):
        Engine.dispose(engine)


@pytest.fixture
def settings(site_database_url: str, tmp_path: Path) -> Settings:
    return read_settings(
        {
            "MODE": "demo",
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": site_database_url,
            "SECRET_KEY": "for tests only, not a secret",
            "SITE_URL": "http://localhost",
        }
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Site]:
    site = create_app(settings)
    with site.app_context():
        yield site
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Site) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def site(client: FlaskClient) -> PageReader:
    """Read pages and send forms as a browser would."""
    return PageReader(client)

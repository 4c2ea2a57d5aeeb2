"""A browser and the real site for each journey; the town it happens in is built once and copied."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from lms import create_app
from lms.db import db
from lms.operations import translations
from lms.settings import read_settings
from tests import chromium
from tests.conftest import ENGINES, migrate
from tests.journeys import live as live_site
from tests.journeys.devices import PATIENCE_MS, Devices
from tests.journeys.live import LiveSite
from tests.journeys.town import Town, build_town
from tests.journeys.work import Crew, bring_in_crew
from tests.postgres import PostgresServer

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    return {**chromium.launch_arguments(), "ignore_default_args": ["--disable-back-forward-cache"]}


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Town]:
    """The database file that each journey copies, and what is in it."""
    translations.compile_stale()
    folder = tmp_path_factory.mktemp("town")
    file = folder / "original.sqlite3"
    migrate(f"sqlite:///{file}")
    return file, fill(f"sqlite:///{file}", folder)


@pytest.fixture(scope="session")
def postgres_original(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    def make(url: str) -> None:
        migrate(url)
        fill(url, tmp_path_factory.mktemp("town"))

    postgres.create_template("journeys", make)
    return "journeys"


def fill(url: str, folder: Path) -> Town:
    keys = {"SECRET_KEY": "only to fill it", "SURVEY_KEY": live_site.SURVEY_KEY}
    site = create_app(read_settings({"DATA_DIR": str(folder), "DATABASE_URL": url, **keys}))
    with site.app_context():
        town = build_town()
        db.session.remove()
        if url.startswith("sqlite"):
            with db.engine.connect() as connection:
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return town


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The database of a journey: one engine unless it asks for all with `@on_every_engine`."""
    return str(getattr(request, "param", ENGINES[0]))


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if engine == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.clone(request.getfixturevalue("postgres_original"))
        yield url
        server.drop(url)
        return
    file, _town = request.getfixturevalue("original")
    shutil.copyfile(file, tmp_path / "commons.sqlite3")
    yield f"sqlite:///{tmp_path / 'commons.sqlite3'}"


@pytest.fixture
def town(original: tuple[Path, Town]) -> Town:
    return original[1]


@pytest.fixture
def live(database_url: str, tmp_path: Path) -> Iterator[LiveSite]:
    with live_site.running(database_url, tmp_path) as site:
        yield site


@pytest.fixture
def crew(live: LiveSite) -> Crew:
    return bring_in_crew(live)


@pytest.fixture
def devices(live: LiveSite, new_context: Callable[..., BrowserContext]) -> Iterator[Devices]:
    """Opens browsers; none of them may have complained."""
    opened = Devices(new_context, live.url)
    yield opened
    assert not opened.complaints, opened.complaints

"""Migrations, restores and backups killed at moments chosen by chance, then simply run again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from lms import schema
from lms.operations import archive, backup, restore
from lms.operations.database import make_engine
from lms.settings import Settings, read_settings
from tests.killing import moments, run_until_killed
from tests.running_site import make_production_folder

N_KILLS = 12
READ = "settings = read_settings({{'DATA_DIR': {data_dir!r}, 'DATABASE_URL': {url!r}}})"
MIGRATE = (
    "from lms import schema; from lms.db import import_models; from lms.operations.database import make_engine\n"
    "import alembic.command; import_models(); engine = make_engine({url!r})\n"
    "print('go', flush=True); schema.upgrade(engine)"
)
RESTORE = (
    "from pathlib import Path; from lms.operations import restore; from lms.settings import read_settings\n"
    "import alembic.command; " + READ + "\n"
    "print('go', flush=True); restore.restore(settings, Path({file!r}))"
)
CREATE = (
    "from pathlib import Path; from lms.operations import backup; from lms.settings import read_settings\n"
    "from lms.operations.database import make_engine; " + READ + "; engine = make_engine({url!r})\n"
    "print('go', flush=True); backup.create(settings, engine, Path({file!r}))"
)


@pytest.fixture
def empty_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'killed.sqlite3'}"
        return
    server = request.getfixturevalue("postgres")
    url = server.clone("template0")
    yield url
    server.drop(url)


@pytest.fixture
def killed(empty_url: str) -> Iterator[Engine]:
    made = make_engine(empty_url)
    yield made
    made.dispose()


def full_length(work) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def test_a_migration_killed_anywhere_is_done_again(killed: Engine, empty_url: str, tmp_path: Path):
    longest = full_length(lambda: schema.upgrade(make_engine(f"sqlite:///{tmp_path / 'measured.sqlite3'}")))
    n_killed = 0
    for seconds in moments(3, 2 * longest, N_KILLS):
        if run_until_killed(MIGRATE.format(url=empty_url), seconds):
            break
        n_killed += 1
        found = set(inspect(killed).get_table_names())
        assert not found or schema.current_revision(killed) == schema.head_revision(), "a part of a migration stayed"
    schema.upgrade(killed)
    assert schema.differences(killed) == []
    assert n_killed > 0


def test_a_restore_killed_anywhere_leaves_the_old_database_or_the_new_one(
    site_settings: Settings, killed: Engine, empty_url: str, tmp_path: Path
):
    made = make_backup(site_settings, tmp_path)
    schema.upgrade(killed)
    target = read_settings({"DATA_DIR": str(make_production_folder(tmp_path / "target")), "DATABASE_URL": empty_url})
    longest = full_length(lambda: restore.restore(target, made))
    code = RESTORE.format(data_dir=str(target.data_dir), url=empty_url, file=str(made))
    for seconds in moments(4, longest, N_KILLS):
        run_until_killed(code, seconds)
        assert schema.differences(killed) == []
    assert restore.restore(target, made).first_break is None
    assert schema.differences(killed) == []


def test_a_backup_killed_anywhere_is_whole_or_not_there(site_settings: Settings, tmp_path: Path):
    longest = full_length(lambda: make_backup(site_settings, tmp_path))
    for number, seconds in enumerate(moments(5, longest, N_KILLS)):
        file = tmp_path / f"killed-{number}.zip"
        code = CREATE.format(data_dir=str(site_settings.data_dir), url=site_settings.database_url, file=str(file))
        run_until_killed(code, seconds)
        if file.exists():
            with archive.opened(file):
                pass


def make_backup(settings: Settings, folder: Path) -> Path:
    engine = make_engine(settings.database_url)
    try:
        return backup.create(settings, engine, folder / "made.zip").path
    finally:
        engine.dispose()

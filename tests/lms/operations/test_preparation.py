import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from click.testing import CliRunner
from sqlalchemy import Engine, text

from lms import schema
from lms.cli import commons
from lms.operations import archive, preparation, translations
from lms.operations.database import DatabaseAway, make_engine, opened
from lms.operations.folder import BACKUPS
from lms.publications import ContentKind, list_newest
from lms.schema import ForeignSchema
from lms.settings import Settings, read_settings
from lms.web.site import Site
from tests.house.sources import ROOT
from tests.running_site import make_production_folder

COURSE = "overdose-response"


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def content(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "content", tmp_path / "content")
    return tmp_path / "content"


# ---------------------------------------------------------------- database


def test_a_database_that_is_up_to_date_is_left_alone(settings: Settings, database: Engine, said: list[str]):
    preparation.prepare_database(settings, said.append)
    assert said == []
    assert not (settings.data_dir / BACKUPS).exists()


def test_an_existing_database_is_backed_up_before_it_is_migrated(
    settings: Settings, database: Engine, said: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(schema, "pending_revisions", lambda _current: ["0002"])
    assert preparation.migrate(settings, database, said.append) == ["0002"]
    (made,) = (settings.data_dir / BACKUPS).glob("*.zip")
    with archive.opened(made) as backup:
        assert backup.manifest.schema_revision == schema.head_revision()
    assert said[0].startswith("Backed up the database to ")


def test_a_foreign_database_is_refused(settings: Settings, database: Engine, said: list[str]):
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ForeignSchema):
        preparation.prepare_database(settings, said.append)


def test_a_database_that_is_away_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]):
    monkeypatch.setattr("lms.operations.database.SECONDS_TO_ANSWER", 0.0)
    away = read_settings({"DATA_DIR": str(tmp_path), "DATABASE_URL": f"postgresql:///x?host={tmp_path}"})
    with pytest.raises(DatabaseAway, match="does not answer"), opened(away, said.append):
        pass


def test_migrating_by_command_says_what_it_does(tmp_path: Path):
    environ = {"DATA_DIR": str(make_production_folder(tmp_path / "data"))}
    said = [
        CliRunner(env=environ).invoke(commons, ["migrate", *words]).output
        for words in (["--dry-run"], [], [], ["--dry-run"])
    ]
    assert said[0].startswith("Would run 0001")
    assert said[1].startswith("Brought the database from nothing to ")
    assert said[2] == said[3] == "The database is up to date.\n"


# ---------------------------------------------------------------- content


def test_content_is_published_once(app: Site, settings: Settings, content: Path, said: list[str]):
    preparation.publish_content(settings, said.append, content)
    assert COURSE in said[0]
    (course,) = list_newest(ContentKind.COURSE)
    preparation.publish_content(settings, said.append, content)
    assert len(said) == 1
    assert list_newest(ContentKind.COURSE) == [course]


def test_a_changed_file_is_noticed(app: Site, settings: Settings, content: Path, said: list[str]):
    preparation.publish_content(settings, said.append, content)
    page = content / "pages" / "about.md"
    page.write_text(page.read_text().replace("title = ", "title = ", 1) + "\nOne more sentence.\n")
    os.utime(page, ns=(1, 1))
    preparation.publish_content(settings, said.append, content)
    assert said[1:] == ["Published about."]


def test_another_database_gets_the_content_too(app: Site, settings: Settings, content: Path, said: list[str]):
    (settings.data_dir / preparation.CONTENT_STAMP).write_text("the stamp of another database")
    preparation.publish_content(settings, said.append, content)
    assert len(said) == 1


def test_broken_content_stops_nothing(app: Site, settings: Settings, content: Path, said: list[str]):
    preparation.publish_content(settings, said.append, content)
    (content / "courses" / COURSE / "course.toml").write_text("slug = ")
    preparation.publish_content(settings, said.append, content)
    assert "stays as it was" in said[1]
    assert [version.number for version in list_newest(ContentKind.COURSE)] == [1]


# ---------------------------------------------------------------- demo


def test_the_demo_password_is_made_once_and_kept_for_the_owner(settings: Settings):
    made = preparation.demo_password(settings)
    assert preparation.demo_password(settings) == made
    assert len(made) >= 14
    path = settings.data_dir / "demo-password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert preparation.demo_password(replace(settings, demo_password="chosen by hand")) == "chosen by hand"


def test_a_demo_that_somebody_uses_is_not_filled_again(app: Site, settings: Settings, said: list[str], monkeypatch):
    filled = []
    monkeypatch.setattr("lms.seeds.seed_demo", lambda **_: filled.append(make_somebody()))
    preparation.fill_demo(settings, said.append)
    preparation.fill_demo(settings, said.append)
    assert len(filled) == 1


def make_somebody():
    from tests.factories.people import make_person  # noqa: PLC0415  # makes its row only when called

    return make_person()


# ---------------------------------------------------------------- translations


def test_translations_are_compiled_when_they_are_newer(tmp_path: Path):
    source = tmp_path / "es" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Yes"\nmsgstr "Sí"\n')
    assert translations.compile_stale(tmp_path) == ["es"]
    assert translations.compile_stale(tmp_path) == []
    with source.with_suffix(".mo").open("rb") as file:
        assert read_mo(file).get("Yes").string == "Sí"
    newer = source.with_suffix(".mo").stat().st_mtime_ns + 1
    os.utime(source, ns=(newer, newer))
    assert translations.compile_stale(tmp_path) == ["es"]
    assert {path.name for path in source.parent.iterdir()} == {"messages.mo", "messages.po"}

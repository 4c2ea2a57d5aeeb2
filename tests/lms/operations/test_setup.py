import os
import stat
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from lms import create_app
from lms.accounts import passwords
from lms.accounts.models import Person
from lms.cli import commons
from lms.db import db
from lms.errors import CommonsError
from lms.operations import setup
from lms.operations.folder import FolderRefused, prepare_folder, refuse_unfinished
from lms.operations.setup import Plan, SetupRefused
from lms.settings import SITE_FILE, Mode, Settings, read_settings

PLAN = Plan(
    site_name='Tri-County "Commons" 🌿',
    site_url="https://commons.example.org/",
    admin_email="Robin@Example.org",
    admin_name="Robin Castle",
    admin_password="seven green umbrellas",
)


@pytest.fixture
def fresh(database_url: str, tmp_path: Path) -> Settings:
    return read_settings({"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": database_url})


@pytest.fixture
def said() -> list[str]:
    return []


def people(settings: Settings) -> Iterator[tuple[str | None, bool, str]]:
    site = create_app(settings)
    with site.app_context():
        for person in db.session.scalars(select(Person)):
            yield person.email, person.is_administrator, person.password_hash
        db.session.remove()
        db.engine.dispose()


def test_a_site_is_set_up_with_its_name_address_and_administrator(fresh: Settings, said: list[str]):
    setup.set_up(fresh, PLAN, said.append)
    settings = read_settings({"DATA_DIR": str(fresh.data_dir), "DATABASE_URL": fresh.database_url})
    assert settings.mode is Mode.PRODUCTION
    assert settings.site_name == PLAN.site_name
    assert settings.site_url == "https://commons.example.org"
    refuse_unfinished(settings)
    ((email, is_administrator, password_hash),) = people(settings)
    assert (email, is_administrator) == ("robin@example.org", True)
    assert passwords.is_right(PLAN.admin_password, password_hash)


def test_what_is_written_is_for_its_owner_only(fresh: Settings, said: list[str]):
    setup.set_up(fresh, PLAN, said.append)
    assert stat.S_IMODE(fresh.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((fresh.data_dir / SITE_FILE).stat().st_mode) == 0o600
    assert set(tomllib.loads((fresh.data_dir / SITE_FILE).read_text())) == {"mode", "site_name", "site_url"}


def test_a_site_is_set_up_once(fresh: Settings, said: list[str]):
    setup.set_up(fresh, PLAN, said.append)
    with pytest.raises(SetupRefused, match="already"):
        setup.set_up(fresh, PLAN, said.append)


def test_killed_before_its_end_it_is_simply_done_again(fresh: Settings, said: list[str]):
    setup.set_up(fresh, PLAN, said.append)
    (fresh.data_dir / SITE_FILE).unlink()
    setup.set_up(fresh, replace(PLAN, admin_password="another good umbrella"), said.append)
    assert "kept, with its password" in said[-1]
    assert len(list(people(fresh))) == 1


def test_a_database_with_accounts_is_refused(fresh: Settings, said: list[str]):
    setup.set_up(fresh, PLAN, said.append)
    (fresh.data_dir / SITE_FILE).unlink()
    with pytest.raises(SetupRefused, match="holds accounts"):
        setup.set_up(fresh, replace(PLAN, admin_email="somebody@example.org"), said.append)


def test_a_demo_folder_is_refused(fresh: Settings, said: list[str]):
    prepare_folder(fresh)
    with pytest.raises(FolderRefused, match="demo"):
        setup.set_up(fresh, PLAN, said.append)


@pytest.mark.parametrize(
    "change",
    [
        {"site_name": " "},
        {"site_name": "x" * 81},
        {"site_name": "two\nlines"},
        {"site_url": "http://commons.example.org"},
        {"site_url": "commons.example.org"},
        {"site_url": "https://commons.example.org/path"},
        {"admin_email": "robin"},
        {"admin_password": "short"},
        {"admin_password": "password123"},
        {"admin_password": "robin castle"},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(fresh: Settings, said: list[str], change: dict[str, str]):
    before = sorted(os.walk(fresh.data_dir))
    with pytest.raises(CommonsError):
        setup.set_up(fresh, replace(PLAN, **change), said.append)
    assert sorted(os.walk(fresh.data_dir)) == before


def test_a_site_on_this_machine_may_do_without_https(fresh: Settings):
    assert setup.check(fresh, replace(PLAN, site_url="http://localhost:8000")).trusted_hosts == ("localhost",)


def test_the_command_takes_everything_from_its_options(fresh: Settings, tmp_path: Path):
    (tmp_path / "password").write_text("seven green umbrellas\n")
    words = ["init", "--name", "Tri-County", "--url", "https://commons.example.org", "--admin-email", "r@example.org"]
    words += ["--admin-name", "Robin", "--admin-password-file", str(tmp_path / "password")]
    runner = CliRunner(env={"DATABASE_URL": fresh.database_url, "DATA_DIR": str(fresh.data_dir)})
    planned = runner.invoke(commons, [*words, "--dry-run"])
    assert planned.output.startswith("Would set up Tri-County at https://commons.example.org")
    assert not (fresh.data_dir / SITE_FILE).exists()
    done = runner.invoke(commons, words)
    assert done.exit_code == 0
    assert done.output.endswith("Start it with `commons run`.\n")
    assert isinstance(runner.invoke(commons, words).exception, SetupRefused)
    as_demo = runner.invoke(commons, ["run", "--dry-run"], env={"MODE": "demo", "PORT": "0"})
    assert isinstance(as_demo.exception, FolderRefused)
    planned = runner.invoke(commons, ["run", "--dry-run"], env={"PORT": "0"})
    assert "Would start a production site at https://commons.example.org" in planned.output


def test_what_is_not_given_is_asked_for(fresh: Settings):
    runner = CliRunner(env={"DATABASE_URL": fresh.database_url, "DATA_DIR": str(fresh.data_dir)})
    answers = ("Tri-County", "https://commons.example.org", "r@example.org", "Robin", *["seven green umbrellas"] * 2)
    asked = runner.invoke(commons, ["init", "--dry-run"], input="".join(f"{answer}\n" for answer in answers))
    assert asked.exit_code == 0, asked.output
    assert "seven green umbrellas" not in asked.output

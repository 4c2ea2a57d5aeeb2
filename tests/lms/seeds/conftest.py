"""One demonstration for all tests of this folder that only read it."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lms import clock, create_app
from lms.db import db
from lms.operations.command import opened_site
from lms.seeds import seed_demo
from lms.settings import Settings, read_settings
from lms.training.cli import SHIPPED, load_content
from lms.web.site import Site

TODAY = date(2031, 5, 7)
NOW = datetime(2031, 5, 7, 17, tzinfo=UTC)


def fill(site_settings: Settings) -> None:
    """Publish the content and live through the year."""
    with opened_site(site_settings, create_app), clock.fixed(NOW):
        load_content(SHIPPED)
        db.session.commit()
        seed_demo(password="of nobody real", say=lambda _: None, today=TODAY)
        db.session.commit()


def settings_in(folder: Path) -> Settings:
    return read_settings({"MODE": "demo", "DATA_DIR": str(folder), "SITE_URL": "http://localhost"})


@pytest.fixture(scope="session")
def demo_settings(sqlite_template: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a site whose database holds the demonstration; nobody changes it.

    Filling it takes many seconds, so one process of the run does it for all.
    """
    run = tmp_path_factory.getbasetemp()
    shared = (run.parent if "PYTEST_XDIST_WORKER" in os.environ else run) / "demonstration"  # never that of another run
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "filled").exists():
            shutil.copyfile(sqlite_template, shared / "commons.sqlite3")
            fill(settings_in(shared))
            (shared / "filled").touch()
    own: Path = tmp_path_factory.mktemp("demonstration")
    with closing(sqlite3.connect(shared / "commons.sqlite3")) as whole:
        whole.execute("VACUUM INTO ?", (str(own / "commons.sqlite3"),))
    return settings_in(own)


@pytest.fixture
def demo(demo_settings: Settings) -> Iterator[Site]:
    with opened_site(demo_settings, create_app) as site, clock.fixed(NOW):
        yield site

"""Fixtures of tests that start the site; a `conftest.py` beside such tests imports them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lms.settings import Settings, read_settings
from tests.running_site import RunningSite, make_production_folder
from tests.trial_writers import trial_site_running

__all__ = ["data_dir", "running", "site_settings"]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return make_production_folder(tmp_path / "data")


@pytest.fixture
def site_settings(data_dir: Path, database_url: str) -> Settings:
    return read_settings({"DATA_DIR": str(data_dir), "DATABASE_URL": database_url})


@pytest.fixture
def running(data_dir: Path, database_url: str) -> Iterator[RunningSite]:
    """The site with the trial door, running."""
    with trial_site_running(data_dir, DATABASE_URL=database_url) as site:
        yield site

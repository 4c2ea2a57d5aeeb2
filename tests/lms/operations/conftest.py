"""A production site's folder for each test that starts the site, and a database that programs may do anything to."""

import pytest

from tests.site_fixtures import *  # noqa: F403  # fixtures, named in its __all__


@pytest.fixture
def site_database_url(database_url: str) -> str:
    return database_url

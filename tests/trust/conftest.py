"""A production site's folder for each test that starts the site."""

from tests.site_fixtures import *  # noqa: F403  # fixtures, named in its __all__

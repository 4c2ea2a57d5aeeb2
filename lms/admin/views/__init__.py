"""Pages of administrators."""

from lms.admin.views import content, lives, people, places, record, setup, site, work  # noqa: F401  # they register their pages
from lms.admin.views.blueprint import bp

__all__ = ["bp"]

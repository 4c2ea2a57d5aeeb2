"""Pages of playbooks."""

from lms.playbooks.views import books, pages, revisions
from lms.playbooks.views.blueprint import bp

__all__ = ["books", "bp", "pages", "revisions"]

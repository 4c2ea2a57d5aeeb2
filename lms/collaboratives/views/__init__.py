"""Pages of collaboratives, their sessions and teams."""

from lms.collaboratives.views import collaboratives, sessions, teams
from lms.collaboratives.views.blueprint import bp

__all__ = ["bp", "collaboratives", "sessions", "teams"]

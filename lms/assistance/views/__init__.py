"""Pages of technical assistance."""

from lms.assistance.views import desk, encounters, requests, reviews
from lms.assistance.views.blueprint import bp

__all__ = ["bp", "desk", "encounters", "requests", "reviews"]

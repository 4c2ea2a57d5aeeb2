"""Pages of improvement."""

from lms.improvement.views import cycles, measures, opening, teams
from lms.improvement.views.blueprint import bp

__all__ = ["bp", "cycles", "measures", "opening", "teams"]

"""Pages of readiness: rounds, ratings, reports and their actions."""

from lms.readiness.views import comparing, landing, rating, reports, rounds
from lms.readiness.views.blueprint import bp

__all__ = ["bp", "comparing", "landing", "rating", "reports", "rounds"]

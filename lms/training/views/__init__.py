"""Pages of training: courses, lessons, attempts, certificates."""

from flask import Blueprint
from flask_babel import get_locale

bp = Blueprint("training", __name__)


def page_language() -> str:
    """Return the language this page speaks."""
    return str(get_locale() or "en")


# Each of these adds its pages to the blueprint above.
from lms.training.views import assignments, attempts, certificates, courses, lessons, record  # noqa: E402, F401

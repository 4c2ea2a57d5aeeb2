"""Edits that meet."""

from lms.errors import Conflict


class StaleEdit(Conflict):
    """Somebody changed the thing while this form was open. Nothing was overwritten."""

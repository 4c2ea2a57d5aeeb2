"""Pages of accounts."""

from lms.accounts.views import account, last_seen, preferences, recovery, resets, sign_in
from lms.accounts.views.blueprint import bp

__all__ = ["account", "bp", "last_seen", "preferences", "recovery", "resets", "sign_in"]

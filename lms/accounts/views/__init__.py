"""Pages of accounts."""

from lms.accounts.views import (
    account,
    confirming,
    last_seen,
    preferences,
    recovery,
    resets,
    second_factor,
    sign_in,
)
from lms.accounts.views.blueprint import bp

__all__ = [
    "account",
    "bp",
    "confirming",
    "last_seen",
    "preferences",
    "recovery",
    "resets",
    "second_factor",
    "sign_in",
]

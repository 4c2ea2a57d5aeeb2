"""Pages of accounts."""

from lms.accounts.views import (
    account,
    confirming,
    data,
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
    "data",
    "last_seen",
    "preferences",
    "recovery",
    "resets",
    "second_factor",
    "sign_in",
]

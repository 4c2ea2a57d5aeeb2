"""Changing technical assistance. Other slices find here what they ask most."""

from lms.assistance.services.comments import settle_comment, write_comment
from lms.assistance.services.encounters import Contact, log_encounter
from lms.assistance.services.requests import ask_for_help, close_request, take_request, withdraw_request
from lms.assistance.services.reviews import Verdict, decide_review, request_review

__all__ = [
    "Contact",
    "Verdict",
    "ask_for_help",
    "close_request",
    "decide_review",
    "log_encounter",
    "request_review",
    "settle_comment",
    "take_request",
    "withdraw_request",
    "write_comment",
]

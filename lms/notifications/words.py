"""The kinds of things that wait for people, and of things that people are told. Pure."""

from enum import StrEnum


class TodoKind(StrEnum):
    """Why something waits for a person."""

    FINISH_COURSE = "finish-course"
    RATE_READINESS = "rate-readiness"
    DECIDE_ACTIONS = "decide-actions"
    SETTLE_ACTION = "settle-action"
    REVIEW_CYCLE = "review-cycle"
    ANSWER_REVIEW = "answer-review"
    ENTER_OBSERVATION = "enter-observation"
    DECIDE_PHASES = "decide-phases"
    ANSWER_REQUEST = "answer-request"
    CONFIRM_PAGE = "confirm-page"
    ANSWER_OFFER = "answer-offer"


class NoticeKind(StrEnum):
    """What somebody is told."""

    COURSE_ASSIGNED = "course-assigned"
    COURSE_REMINDED = "course-reminded"
    ROUND_OPENED = "round-opened"
    REPORT_READY = "report-ready"
    ACTION_GIVEN = "action-given"
    REVIEW_ASKED = "review-asked"
    REVIEW_ACCEPTED = "review-accepted"
    REVIEW_RETURNED = "review-returned"
    CYCLE_COMMENTED = "cycle-commented"
    PHASES_PROPOSED = "phases-proposed"
    HARM_NOTED = "harm-noted"
    HELP_ASKED = "help-asked"
    HELP_CHANGED = "help-changed"
    NUMBER_DUE = "number-due"
    SURVEY_OFFERED = "survey-offered"


class MailChoice(StrEnum):
    """How somebody hears of a kind of notice, beside the page of notices."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    NEVER = "never"

"""How people hear of things when they have not chosen otherwise, and what may still be told."""

from collections.abc import Mapping

from lms.authz import Actor
from lms.notifications.words import MailChoice, NoticeKind

DEFAULTS: Mapping[NoticeKind, MailChoice] = {
    NoticeKind.COURSE_ASSIGNED: MailChoice.AT_ONCE,
    NoticeKind.COURSE_REMINDED: MailChoice.NEVER,  # the reminder is a mail of its own
    NoticeKind.ROUND_OPENED: MailChoice.AT_ONCE,
    NoticeKind.REPORT_READY: MailChoice.DAILY,
    NoticeKind.ACTION_GIVEN: MailChoice.AT_ONCE,
    NoticeKind.REVIEW_ASKED: MailChoice.DAILY,
    NoticeKind.REVIEW_ACCEPTED: MailChoice.DAILY,
    NoticeKind.REVIEW_RETURNED: MailChoice.AT_ONCE,
    NoticeKind.CYCLE_COMMENTED: MailChoice.DAILY,
    NoticeKind.PHASES_PROPOSED: MailChoice.DAILY,
    NoticeKind.HARM_NOTED: MailChoice.AT_ONCE,
    NoticeKind.HELP_ASKED: MailChoice.AT_ONCE,
    NoticeKind.HELP_CHANGED: MailChoice.AT_ONCE,
    NoticeKind.NUMBER_DUE: MailChoice.DAILY,
    NoticeKind.SURVEY_OFFERED: MailChoice.AT_ONCE,
}
ALWAYS_AT_ONCE = (NoticeKind.HARM_NOTED,)
"""What is mailed at once whatever somebody chose: it cannot wait for another day."""

CHOSEN = tuple(kind for kind in NoticeKind if kind not in {NoticeKind.COURSE_REMINDED, *ALWAYS_AT_ONCE})
"""What people choose for themselves."""


def mail_of(kind: NoticeKind, chosen: MailChoice | None) -> MailChoice:
    """Return how somebody hears of a kind who chose this, or nothing."""
    if kind in ALWAYS_AT_ONCE:
        return MailChoice.AT_ONCE
    return chosen or DEFAULTS[kind]


def may_hear(actor: Actor, organization_id: int | None) -> bool:
    """Say whether a matter of an organization may still be told to somebody."""
    return organization_id is None or actor.is_administrator or organization_id in actor.seen_organization_ids

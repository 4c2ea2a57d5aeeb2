"""Mail about notices, one at once or those of a day together. Whether it may still be told is asked when it is sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from lms.db import db
from lms.mail import Composer, Message, compose
from lms.notifications import queries, rules
from lms.notifications.models import Notice
from lms.notifications.services import DIGEST_TOPIC, NOTICE_TOPIC
from lms.notifications.words import NoticeKind
from lms.settings import Settings

WORDS: Mapping[NoticeKind, Any] = {
    NoticeKind.COURSE_ASSIGNED: _l("You are asked to finish a course"),
    NoticeKind.COURSE_REMINDED: _l("A reminder: a course waits for you"),
    NoticeKind.ROUND_OPENED: _l("You are asked to rate readiness together"),
    NoticeKind.REPORT_READY: _l("A readiness report is ready"),
    NoticeKind.ACTION_GIVEN: _l("An action is now yours"),
    NoticeKind.REVIEW_ASKED: _l("A cycle waits for a review"),
    NoticeKind.REVIEW_ACCEPTED: _l("A cycle of your team was accepted"),
    NoticeKind.REVIEW_RETURNED: _l("A cycle of your team came back with questions"),
    NoticeKind.CYCLE_COMMENTED: _l("There is a new comment on a cycle"),
    NoticeKind.PHASES_PROPOSED: _l("New phases of a chart wait for your yes"),
    NoticeKind.HARM_NOTED: _l("Something harmful was noted in a cycle"),
    NoticeKind.HELP_ASKED: _l("An organization asks for help"),
    NoticeKind.HELP_CHANGED: _l("There is news about a request for help"),
    NoticeKind.NUMBER_DUE: _l("A number waits to be entered"),
    NoticeKind.SURVEY_OFFERED: _l("Your coalition asks you to survey your staff"),
}


def compose_notice(payload: Mapping[str, Any], _now: datetime, settings: Settings) -> Message | None:
    """Build the mail about one notice; None when it was opened, or is no longer the reader's business."""
    notice = db.session.get(Notice, payload["notice_id"])
    if notice is None or notice.read_at is not None:
        return None
    return _compose(NOTICE_TOPIC, notice.person_id, [notice], settings)


def compose_digest(payload: Mapping[str, Any], _now: datetime, settings: Settings) -> Message | None:
    """Build the day's mail; None when all of it was opened, or is no longer the reader's business."""
    since = datetime.fromisoformat(payload["since"])
    return _compose(
        DIGEST_TOPIC, payload["person_id"], queries.list_unread_since(payload["person_id"], since), settings
    )


def _compose(topic: str, person_id: int, notices: Sequence[Notice], settings: Settings) -> Message | None:
    reader = queries.find_reader(person_id)
    if reader is None:
        return None
    person, actor = reader
    told = [each for each in notices if rules.may_hear(actor, each.organization_id)]
    if not told or person.email is None:
        return None
    with force_locale(person.language.value):
        items = [{"what": str(WORDS[n.kind]), "title": n.title, "link": f"{settings.site_url}{n.path}"} for n in told]
    return compose(
        topic,
        to=person.email,
        language=person.language.value,
        zone=actor.time_zone,
        name=person.display_name,
        items=items,
        choices_link=f"{settings.site_url}/account/notifications",
    )


MESSAGES: Mapping[str, Composer] = {NOTICE_TOPIC: compose_notice, DIGEST_TOPIC: compose_digest}

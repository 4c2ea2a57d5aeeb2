"""Sending mail from the outbox, where each message is composed when it is sent; digests, and numbers that are due."""

import logging
import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from lms.improvement.queries.due import Reminder, list_reminders
from lms.improvement.rules import last_day
from lms.jobs import Delivery, Job, JobHandler, Round
from lms.mail import Composer, Message
from lms.notifications import mailbox, queries, services
from lms.notifications.words import NoticeKind, TodoKind
from lms.outbox import OutboxRow
from lms.settings import Settings

log = logging.getLogger(__name__)

SMTP_TIMEOUT_SECONDS = 20
DAYS_TOLD = timedelta(days=100)  # longer than anybody is asked for the number of one month
DAYS_TO_ENTER = timedelta(days=8)  # after the last day of the week or month: time to count


def mail_delivery(composers: Mapping[str, Composer], settings: Settings) -> Delivery:
    """Return the function that delivers one mail row; a composer's None means: no longer to be sent."""

    def deliver(row: OutboxRow, now: datetime) -> bool:
        message = composers[row.topic](row.payload, now, settings)
        if message is None:
            log.info("mail dropped outbox=%s topic=%s", row.id, row.topic)
            return False
        _send(_envelope(row, message, now, settings), row, settings)
        return True

    return deliver


def _envelope(row: OutboxRow, message: Message, now: datetime, settings: Settings) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = settings.mail_from, message.to, " ".join(message.subject.split())
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<outbox-{row.id}-{int(row.created_at.timestamp())}@{settings.trusted_hosts[0]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail


def _send(mail: EmailMessage, row: OutboxRow, settings: Settings) -> None:
    if settings.smtp_host is None:
        mailbox.keep_message(settings.data_dir / "mail", f"{row.id:08d}", mail)
        return
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=SMTP_TIMEOUT_SECONDS) as server:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password or "")
        server.send_message(mail)


def send_digests(job: Job, _now: datetime) -> str:
    """Gather the day's notices into one mail for each person who chose so."""
    readers = queries.list_digest_readers()
    for person_id in readers:
        services.send_digest(person_id)
    job.n_done = job.n_total = len(readers)
    return f"{len(readers)} digests"


def ask_for_numbers(job: Job, now: datetime) -> str:
    """Let a number that is due wait for who enters it, and remind each of them once of each period."""
    due = list_reminders(now)
    told = queries.list_told(NoticeKind.NUMBER_DUE, now - DAYS_TOLD)
    for each in due:
        services.open_todo(
            each.person_id,
            TodoKind.ENTER_OBSERVATION,
            each.measure.id,
            organization_id=each.measure.organization_id,
            due_on=last_day(each.period_on, each.measure.cadence) + DAYS_TO_ENTER,
            path=f"/improve/measures/{each.measure.id}/observations",
            title=each.measure.name,
        )
        if (each.person_id, _path_of(each)) not in told:
            services.notify(
                [each.person_id],
                NoticeKind.NUMBER_DUE,
                title=each.measure.name,
                path=_path_of(each),
                organization_id=each.measure.organization_id,
            )
    job.n_done = job.n_total = len(due)
    return f"{len(due)} numbers due"


def _path_of(reminder: Reminder) -> str:
    """Where the number of that one period is entered: a person is told of an address once."""
    return f"/improve/measures/{reminder.measure.id}/observations?period={reminder.period_on.isoformat()}"


DIGESTS = "notifications-digests"
NUMBERS = "notifications-numbers"
HANDLERS: Mapping[str, JobHandler] = {DIGESTS: send_digests, NUMBERS: ask_for_numbers}
ROUNDS: tuple[Round, ...] = (Round(DIGESTS, timedelta(days=1)), Round(NUMBERS, timedelta(hours=6)))

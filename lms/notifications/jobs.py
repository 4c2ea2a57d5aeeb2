"""Sending mail from the outbox: each message is composed now, and only if it may still be sent."""

import logging
import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from lms.jobs import Delivery
from lms.mail import Composer, Message
from lms.notifications import mailbox
from lms.outbox import OutboxRow
from lms.settings import Settings

log = logging.getLogger(__name__)

SMTP_TIMEOUT_SECONDS = 20


def mail_delivery(composers: Mapping[str, Composer], settings: Settings) -> Delivery:
    """Return the function that delivers one mail row; a composer's None means: no longer to be sent."""

    def deliver(row: OutboxRow, now: datetime) -> None:
        message = composers[row.topic](row.payload, now, settings)
        if message is None:
            log.info("mail dropped outbox=%s topic=%s", row.id, row.topic)
            return
        _send(_envelope(row, message, now, settings), row, settings)

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

"""What a new site still lacks before people can rely on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import exists, func, select

from lms.accounts.models import Person, PersonState, SecondFactor
from lms.admin.queries.overview import find_newest_backup
from lms.audit import AuditEntry
from lms.db import db
from lms.jobs import Job
from lms.leases import WorkState
from lms.outbox import OutboxRow
from lms.settings import Settings

TEST_MAIL = "admin/test-mail"
MAKE_BACKUP = "admin-make-backup"
MAIL_ARRIVED = "sent a test mail that was delivered"
BACKUPS = "backups"


class SetupStep(StrEnum):
    """What there is to set up."""

    MAIL = "mail"
    BACKUP = "backup"
    DOMAIN = "domain"
    SECOND_FACTOR = "second-factor"


@dataclass(frozen=True)
class Setup:
    """How far each step is."""

    has_mail_server: bool
    test_mail: OutboxRow | None
    is_mail_recorded: bool
    newest_backup_at: datetime | None
    backup_job: Job | None
    site_url: str
    is_public: bool
    without_factor: Sequence[Person]

    @property
    def is_mail_delivered(self) -> bool:
        """Whether the newest test left, or an earlier one did and none has failed since."""
        if self.test_mail is not None and self.test_mail.state in {WorkState.DONE, WorkState.PARKED}:
            return self.test_mail.state is WorkState.DONE
        return self.is_mail_recorded

    @property
    def open_steps(self) -> tuple[SetupStep, ...]:
        """What is still to be done, the most urgent first; empty when the site is set up."""
        asked = (
            (SetupStep.DOMAIN, self.is_public),
            (SetupStep.SECOND_FACTOR, not self.without_factor),
            (SetupStep.MAIL, self.has_mail_server and self.is_mail_delivered),
            (SetupStep.BACKUP, self.newest_backup_at is not None),
        )
        return tuple(step for step, is_done in asked if not is_done)


def read_setup(settings: Settings) -> Setup:
    """Return how far the site is set up (four statements, and a look into the folder of backups)."""
    tested = select(OutboxRow).where(OutboxRow.topic == TEST_MAIL).order_by(OutboxRow.id.desc()).limit(1)
    asked = select(Job).where(Job.kind == MAKE_BACKUP).order_by(Job.id.desc()).limit(1)
    recorded = select(exists().where(AuditEntry.verb == MAIL_ARRIVED))
    return Setup(
        has_mail_server=settings.smtp_host is not None,
        test_mail=db.session.scalars(tested).first(),
        is_mail_recorded=bool(db.session.scalar(recorded)),
        newest_backup_at=find_newest_backup(settings.data_dir / BACKUPS),
        backup_job=db.session.scalars(asked).first(),
        site_url=settings.site_url,
        is_public=is_public(settings.site_url),
        without_factor=_list_administrators_without_factor(),
    )


def count_open_steps(settings: Settings) -> int:
    """Return how many steps are still to be done (four statements)."""
    return len(read_setup(settings).open_steps)


def is_public(site_url: str) -> bool:
    """Say whether an address is one that other people can reach without being overheard.

    >>> is_public("https://commons.example.org"), is_public("http://commons.example.org"), is_public("https://10.0.0.7")
    (True, False, False)
    """
    parts = urlsplit(site_url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host


def _list_administrators_without_factor() -> Sequence[Person]:
    has_factor = exists().where(SecondFactor.person_id == Person.id)
    without = select(Person).where(Person.is_administrator, Person.state == PersonState.ACTIVE, ~has_factor)
    return db.session.scalars(without.order_by(func.lower(func.coalesce(Person.name, Person.email)), Person.id)).all()

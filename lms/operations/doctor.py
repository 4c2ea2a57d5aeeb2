"""What is well with a site and what is not, each in one sentence that says what to do."""

import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from lms import clock, schema
from lms.audit import AuditEntry
from lms.db import db
from lms.errors import CommonsError
from lms.jobs import Job
from lms.leases import WorkState
from lms.operations import heads
from lms.operations.folder import BACKUPS, FolderRefused, refuse_other_mode, refuse_unfinished
from lms.outbox import OutboxRow
from lms.settings import SECRET_FILE, SURVEY_KEY_FILE, Settings

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRESQL = 15
LOW_BYTES, VERY_LOW_BYTES = 1 << 30, 100 << 20
BACKUP_HOURS = 26  # a daily backup, and two hours for a slow night
STUCK_MINUTES = 30
MANY_REFUSALS = 100


class Kind(StrEnum):
    """How a check ended."""

    WELL = "well"
    CARE = "care"
    ILL = "ill"


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    name: str
    kind: Kind
    sentence: str


Check = Callable[[Settings], tuple[Kind, str]]


def look(settings: Settings) -> Iterator[Finding]:
    """Run every check, in the order in which one would mend things. The caller opened the site."""
    is_answering = True
    for check in CHECKS_WITHOUT_DATABASE:
        yield _run(check, settings)
    for check in CHECKS_ON_DATABASE:
        if is_answering:
            finding = _run(check, settings)
            is_answering = not (check in NEEDED and finding.kind is Kind.ILL)
            yield finding


def _run(check: Check, settings: Settings) -> Finding:
    name = check.__name__.removeprefix("_").replace("_", " ")
    try:
        return Finding(name, *check(settings))
    except CommonsError as error:
        return Finding(name, Kind.ILL, str(error))
    except SQLAlchemyError as error:
        return Finding(name, Kind.ILL, f"The database does not answer ({type(error).__name__}).")


# ---------------------------------------------------------------- without the database


def _python(_settings: Settings) -> tuple[Kind, str]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    kind = Kind.WELL if sys.version_info >= OLDEST_PYTHON else Kind.ILL
    return kind, f"Python {version}; 3.11 or newer is needed."


def _data_folder(settings: Settings) -> tuple[Kind, str]:
    refuse_other_mode(settings)
    refuse_unfinished(settings)
    if not settings.data_dir.exists():
        raise FolderRefused(f"There is no data folder {settings.data_dir} yet: start the site once.")
    open_to = stat.S_IMODE(settings.data_dir.stat().st_mode) & 0o077
    if open_to:
        return Kind.ILL, f"Others may look into the data folder: run `chmod 700 {settings.data_dir}`."
    return Kind.WELL, f"The data folder {settings.data_dir} is closed to others."


def _free_space(settings: Settings) -> tuple[Kind, str]:
    place = settings.data_dir if settings.data_dir.exists() else settings.data_dir.parent
    free = shutil.disk_usage(place).free
    kind = Kind.ILL if free < VERY_LOW_BYTES else Kind.CARE if free < LOW_BYTES else Kind.WELL
    return kind, f"{free >> 20} MB are free beside the data folder."


def _secret(settings: Settings) -> tuple[Kind, str]:
    if len(settings.secret_key) < 32:
        return Kind.ILL, "The secret key is too short: use 32 characters or more."
    return _own_key(settings, SECRET_FILE) or (
        Kind.WELL,
        "The secret key is there. Keep a copy of it apart from the backups.",
    )


def _survey_key(settings: Settings) -> tuple[Kind, str]:
    if len(settings.survey_key) < 32:
        return Kind.ILL, "The key of surveys is too short: use 32 characters or more."
    if settings.survey_key == settings.secret_key:
        return Kind.ILL, "The key of surveys is the secret key: let it be another."
    return _own_key(settings, SURVEY_KEY_FILE) or (
        Kind.WELL,
        "The key of surveys is there. Keep it apart from the database and its backups.",
    )


def _own_key(settings: Settings, file: str) -> tuple[Kind, str] | None:
    """Say what is wrong with the file of a key, None when others cannot read it."""
    path = settings.data_dir / file
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Kind.ILL, f"Others may read {path}: run `chmod 600 {path}`."
    return None


def _address(settings: Settings) -> tuple[Kind, str]:
    if settings.is_https or settings.is_demo:
        return Kind.WELL, f"People reach the site at {settings.site_url}."
    return Kind.ILL, f"People reach the site at {settings.site_url}, without HTTPS: others on the way can read along."


def _mail(settings: Settings) -> tuple[Kind, str]:
    if settings.smtp_host is None:
        kind = Kind.WELL if settings.is_demo else Kind.ILL
        return kind, "No mail leaves this site: SMTP_HOST is not set, so messages are kept in the data folder."
    if not settings.smtp_starttls:
        return Kind.CARE, f"Mail goes to {settings.smtp_host} without encryption: SMTP_STARTTLS is off."
    return Kind.WELL, f"Mail goes through {settings.smtp_host}."


def _backups(settings: Settings) -> tuple[Kind, str]:
    made = [path.stat().st_mtime for path in (settings.data_dir / BACKUPS).glob("commons-*.zip")]
    if settings.is_demo:
        return Kind.WELL, "A demo site needs no backups."
    if not made:
        return Kind.CARE, "There is no backup in the data folder. Run `commons backup create` every night."
    age = clock.now() - datetime.fromtimestamp(max(made), UTC)
    kind = Kind.WELL if age < timedelta(hours=BACKUP_HOURS) else Kind.CARE
    return kind, f"The newest backup is {int(age.total_seconds() // 3600)} hours old."


# ---------------------------------------------------------------- on the database


def _database(settings: Settings) -> tuple[Kind, str]:
    if settings.is_sqlite:
        mode = db.session.scalar(text("PRAGMA journal_mode"))
        keeps = db.session.scalar(text("PRAGMA synchronous"))
        is_safe = mode == "wal" and keeps == 2  # FULL: NORMAL forgets the last commits at a power cut
        return Kind.WELL if is_safe else Kind.ILL, f"SQLite answers, journal {mode}, synchronous {keeps}."
    version = int(db.session.scalar(text("SHOW server_version_num")) or 0) // 10_000
    kind = Kind.WELL if version >= OLDEST_POSTGRESQL else Kind.ILL
    return kind, f"PostgreSQL {version} answers; {OLDEST_POSTGRESQL} or newer is needed."


def _schema(_settings: Settings) -> tuple[Kind, str]:
    schema.refuse_outdated(db.engine)
    return Kind.WELL, f"The database is at {schema.head_revision()}, as this release needs."


def _whole_database(settings: Settings) -> tuple[Kind, str]:
    if not settings.is_sqlite:
        is_checked = db.session.scalar(text("SHOW data_checksums")) == "on"
        kind = Kind.WELL if is_checked else Kind.CARE
        return kind, f"Data checksums are {'on' if is_checked else 'off: switch them on with pg_checksums'}."
    said = db.session.scalar(text("PRAGMA quick_check(1)"))
    return (Kind.WELL, "The database file is whole.") if said == "ok" else (Kind.ILL, "The database file is damaged.")


def _background_work(_settings: Settings) -> tuple[Kind, str]:
    late = clock.now() - timedelta(minutes=STUCK_MINUTES)
    n_parked, n_late = 0, 0
    for table in (Job, OutboxRow):
        n_parked += db.session.scalar(select(func.count()).where(table.state == WorkState.PARKED)) or 0
        waits = select(func.count()).where(table.state == WorkState.WAITING, table.available_at < late)
        n_late += db.session.scalar(waits) or 0
    if n_late:
        return Kind.ILL, f"{n_late} pieces of work wait for longer than {STUCK_MINUTES} minutes: is the site running?"
    if n_parked:
        return Kind.CARE, f"{n_parked} pieces of work failed five times and wait for you on the page Admin, Jobs."
    return Kind.WELL, "No work is parked, and none is late."


def _search(_settings: Settings) -> tuple[Kind, str]:
    n_documents = db.session.scalar(text("SELECT count(*) FROM search_doc")) or 0
    if not n_documents:
        return Kind.CARE, "Nothing can be found by search yet: publish content with `commons content load`."
    return Kind.WELL, f"{n_documents} texts can be found by search."


def _refusals(_settings: Settings) -> tuple[Kind, str]:
    since = clock.now() - timedelta(days=1)
    counted = select(func.count()).where(AuditEntry.verb == "access denied", AuditEntry.recorded_at > since)
    n_refused = db.session.scalar(counted) or 0
    kind = Kind.WELL if n_refused < MANY_REFUSALS else Kind.CARE
    return kind, f"{n_refused} requests were refused in the last 24 hours."


def _audit_record(settings: Settings) -> tuple[Kind, str]:
    breaks = heads.list_breaks(settings.audit_head_file)
    if breaks:
        return Kind.ILL, f"The record of changes is broken at {breaks[0]}."
    if settings.audit_head_file is None and not settings.is_demo:
        return Kind.CARE, "The record of changes is whole. Set AUDIT_HEAD_FILE to notice if its end is cut off."
    return Kind.WELL, "The record of changes is whole."


CHECKS_WITHOUT_DATABASE: tuple[Check, ...] = (
    _python,
    _data_folder,
    _free_space,
    _secret,
    _survey_key,
    _address,
    _mail,
    _backups,
)
NEEDED: tuple[Check, ...] = (_database, _schema)
CHECKS_ON_DATABASE: tuple[Check, ...] = (
    *NEEDED,
    _whole_database,
    _background_work,
    _search,
    _refusals,
    _audit_record,
)

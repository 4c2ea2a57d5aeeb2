"""Jobs of accounts."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from flask import render_template
from flask_babel import force_locale
from sqlalchemy import select

from lms import links, signals
from lms.accounts import erasure_ledger, export_files
from lms.accounts.models import Person
from lms.accounts.services import erasure, exports, upkeep
from lms.db import db
from lms.jobs import Job, JobHandler, Round, show_progress
from lms.notifications import mailbox
from lms.operations.folder import BACKUPS, MAILBOX, write_durably
from lms.settings import Settings
from lms.time_zones import by_clock_of, zone_of_person

FORGET = "accounts-forget-old-rows"
FILE_WAITS = timedelta(hours=1)  # a file without a row may be one whose row is just being written


def forget_old_rows(_job: Job, now: datetime) -> str:
    """Delete sessions, links and codes that have served their time."""
    return ", ".join(f"{n} {kind}" for kind, n in asdict(upkeep.forget_old_rows(now)).items())


def handlers(settings: Settings) -> Mapping[str, JobHandler]:
    """Return what the worker does for accounts."""
    return {
        FORGET: forget_old_rows,
        exports.EXPORT: _exporter(settings),
        exports.SWEEP: _sweeper(settings),
        erasure.KEEP_LEDGER: _ledger_keeper(settings),
    }


ROUNDS: tuple[Round, ...] = (
    Round(FORGET, timedelta(days=1)),
    Round(exports.SWEEP, timedelta(hours=6)),
    Round(erasure.KEEP_LEDGER, timedelta(days=1)),
)


def _exporter(settings: Settings) -> JobHandler:
    """Every slice is asked in turn, and the page says how far that is. The file is there before its row says so."""

    def make_export(job: Job, now: datetime) -> str:
        job_id, receivers = job.id, list(signals.person_data_asked.receivers_for(None))
        export = exports.find_asked(job_id)
        if export is None:
            return "nobody waits for it"
        person_id = export.person_id
        answers: list[tuple[str, list[dict[str, object]]]] = []
        for number, receive in enumerate(receivers, start=1):
            answers += receive(None, person_id=person_id) or ()
            show_progress(job, number, len(receivers))
        export = exports.find_asked(job_id)
        if export is None:
            return "nobody waits for it any more"
        packed = export_files.packed(export_files.gathered(answers), _about(person_id, settings, now), now)
        folder, name = settings.data_dir / export_files.EXPORTS, export_files.new_name()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(folder / name, packed)
        exports.keep_export(export, name, len(packed), now)
        return f"{len(packed)} bytes"

    return make_export


def _about(person_id: int, settings: Settings, now: datetime) -> str:
    language = db.session.scalars(select(Person.language).where(Person.id == person_id)).one()
    with force_locale(language.value), by_clock_of(zone_of_person(person_id)):
        return render_template("accounts/about_export.txt", made_at=now, site_url=settings.site_url)


def _sweeper(settings: Settings) -> JobHandler:
    def sweep(_job: Job, now: datetime) -> str:
        n_rows = exports.forget_expired(now)
        folder = settings.data_dir / export_files.EXPORTS
        n_files = export_files.sweep(folder, exports.list_kept_files(), now - FILE_WAITS)
        return f"{n_rows} copies, {n_files} files"

    return sweep


def _ledger_keeper(settings: Settings) -> JobHandler:
    def keep(job: Job, _now: datetime) -> str:
        path = settings.data_dir / BACKUPS / erasure_ledger.LEDGER_FILE
        n_added, mark = erasure_ledger.add(path, erasure.list_erased()), job.payload.get("address_mark")
        n_mails = _delete_mail(settings, mark) if mark else 0
        for name in job.payload.get("files", ()):  # copies that the erased person had asked for
            (settings.data_dir / export_files.EXPORTS / name).unlink(missing_ok=True)
        return f"{n_added} written down, {n_mails} messages deleted"

    return keep


def _delete_mail(settings: Settings, mark: str) -> int:
    """Delete the messages to an erased address that lie in the data folder where no mail server is set."""

    def is_theirs(address: str) -> bool:
        return links.derive_secret(settings.secret_key, erasure.MAIL_PURPOSE, address.strip().lower()) == mark

    return mailbox.delete_messages(settings.data_dir / MAILBOX, is_theirs)

"""A person's own copy of everything that is kept about them: asked for here, made by a job, gone after a while."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from lms import audit, clock, jobs, limits
from lms.accounts.models import AccountExport, Person, PersonState
from lms.db import db
from lms.jobs import Job
from lms.leases import WorkState
from lms.limits import Limit

EXPORT = "accounts-export-data"
SWEEP = "accounts-sweep-exports"
DAYS_KEPT = 7
ASKING = Limit("accounts/export", n_tries=5, minutes=24 * 60)


def ask_for_export(person_id: int) -> bool:
    """Ask for a copy; False when one is being made already."""
    limits.check(ASKING, str(person_id))
    db.session.get_one(Person, person_id, populate_existing=True, with_for_update=True)  # two tabs ask for one copy
    if _is_being_made(person_id):
        return False
    limits.count(ASKING, str(person_id))
    now = clock.now()
    job = jobs.ask(EXPORT, asked_by_id=person_id)
    db.session.flush()  # the copy names its job by its id
    export = AccountExport(person_id=person_id, job_id=job.id, asked_at=now, expires_at=now + timedelta(days=DAYS_KEPT))
    db.session.add(export)
    audit.record(person_id, "asked for a copy of their data", audit.Subject("person", person_id))
    return True


def find_asked(job_id: int) -> AccountExport | None:
    """Return the copy that a job is to make; None when nobody waits for it any more."""
    asked = (
        select(AccountExport)
        .join(Person, Person.id == AccountExport.person_id)
        .where(AccountExport.job_id == job_id, AccountExport.made_at.is_(None), Person.state == PersonState.ACTIVE)
    )
    return db.session.scalars(asked).one_or_none()


def keep_export(export: AccountExport, file_name: str, n_bytes: int, now: datetime) -> None:
    """Note where a copy lies, after its file is there."""
    export.file_name, export.n_bytes, export.made_at = file_name, n_bytes, now


def note_fetched(export_id: int, person_id: int) -> None:
    """Record that a copy was fetched."""
    audit.record(person_id, "fetched a copy of their data", audit.Subject("export", export_id))


def forget_expired(now: datetime) -> int:
    """Delete the rows of copies that have run out; return how many. Their files go with the next sweep."""
    gone = db.session.execute(delete(AccountExport).where(AccountExport.expires_at <= now))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult


def list_kept_files() -> set[str]:
    """Return the names of all files that a row still knows."""
    kept = select(AccountExport.file_name).where(AccountExport.file_name.is_not(None))
    return {name for name in db.session.scalars(kept) if name is not None}


def _is_being_made(person_id: int) -> bool:
    waiting = (
        select(AccountExport.id)
        .join(Job, Job.id == AccountExport.job_id)
        .where(
            AccountExport.person_id == person_id,
            AccountExport.made_at.is_(None),
            Job.state.in_((WorkState.WAITING, WorkState.WORKING)),
        )
    )
    return db.session.scalars(waiting.limit(1)).first() is not None

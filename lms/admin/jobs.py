"""Jobs of administration."""

from collections.abc import Mapping
from datetime import datetime

from lms.admin.queries.setup import MAKE_BACKUP
from lms.db import db
from lms.jobs import Job, JobHandler
from lms.operations import backup
from lms.operations.folder import BACKUPS
from lms.settings import Settings


def handlers(settings: Settings) -> Mapping[str, JobHandler]:
    """Return what the worker does for administrators."""

    def make_backup(_job: Job, _now: datetime) -> str:
        db.session.rollback()  # a backup reads everything: nobody shall wait for it
        made = backup.create(settings, db.engine, settings.data_dir / BACKUPS)
        return f"{made.path.name}, {made.path.stat().st_size} bytes"

    return {MAKE_BACKUP: make_backup}

"""Erasing again whom a restored backup brought back, by the ledger beside the backups."""

from pathlib import Path

from lms.accounts import erasure_ledger
from lms.accounts.erasure_ledger import LEDGER_FILE
from lms.accounts.services import erasure
from lms.db import db
from lms.operations.folder import BACKUPS
from lms.settings import Settings


def erase_again(settings: Settings, *, beside: Path | None = None) -> int:
    """Erase everybody in the ledger whom the database knows again; return how many. Safe to run again.

    `beside`: a backup from elsewhere, whose own ledger counts as well and is taken over.
    """
    own = settings.data_dir / BACKUPS / LEDGER_FILE
    theirs = erasure_ledger.read(beside.parent / LEDGER_FILE) if beside is not None else []
    if theirs:
        erasure_ledger.add(own, theirs)
    ledger = erasure_ledger.read(own)
    if not ledger:
        return 0
    n_erased = erasure.erase_again(ledger, site_key=settings.secret_key)
    db.session.commit()
    return n_erased

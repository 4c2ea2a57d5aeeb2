"""The few numbers an administrator looks at first."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from lms import clock
from lms.accounts.models import SignInSession
from lms.db import db
from lms.jobs import Job
from lms.leases import WorkState
from lms.organizations.models import Organization, OrganizationState
from lms.outbox import OutboxKind, OutboxRow

ACTIVE_DAYS = 30


@dataclass(frozen=True)
class Overview:
    """How the site stands now."""

    n_active_people: int
    n_organizations: int
    n_parked_jobs: int
    n_parked_mail: int

    @property
    def n_attention(self) -> int:
        """How many things wait for an administrator."""
        return self.n_parked_jobs + self.n_parked_mail


def read_overview() -> Overview:
    """Count what the first page shows (one statement)."""
    since = clock.now() - timedelta(days=ACTIVE_DAYS)
    is_parked = (OutboxRow.kind == OutboxKind.MAIL, OutboxRow.state == WorkState.PARKED)
    seen = select(func.count(SignInSession.person_id.distinct())).where(SignInSession.last_seen_at >= since)
    counted = select(
        seen.scalar_subquery(),
        select(func.count()).where(Organization.state == OrganizationState.ACTIVE).scalar_subquery(),
        select(func.count()).where(Job.state == WorkState.PARKED).scalar_subquery(),
        select(func.count()).where(*is_parked).scalar_subquery(),
    )
    return Overview(*db.session.execute(counted).one())


def find_newest_backup(folder: Path) -> datetime | None:
    """Return when the newest backup in a folder was made, None when there is none."""
    made = [path.stat().st_mtime for path in folder.glob("commons-*.zip")] if folder.is_dir() else []
    return datetime.fromtimestamp(max(made), UTC) if made else None

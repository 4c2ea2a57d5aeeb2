"""Tell of harm the same day."""

import sqlalchemy as sa
from alembic import op

from lms.migrations.words import let_hold

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


TOLD = (
    "course-assigned",
    "course-reminded",
    "round-opened",
    "report-ready",
    "action-given",
    "review-asked",
    "review-accepted",
    "review-returned",
    "cycle-commented",
    "harm-noted",
    "help-asked",
    "help-changed",
)


def upgrade() -> None:
    let_hold("notice", "kind", TOLD)
    let_hold("notice_preference", "kind", TOLD)
    op.create_index(
        "ix_notice_path_of_harm",
        "notice",
        ["path"],
        unique=False,
        sqlite_where=sa.text("kind = 'harm-noted'"),
        postgresql_where=sa.text("kind = 'harm-noted'"),
    )

"""Tell people what happened."""

import sqlalchemy as sa
from alembic import op

from lms.migrations.words import let_hold

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


WAITING = (
    "finish-course",
    "rate-readiness",
    "decide-actions",
    "settle-action",
    "review-cycle",
    "answer-review",
    "enter-observation",
    "answer-request",
    "confirm-page",
)
FOUND = ("lesson", "help", "playbook-page", "cycle", "change-idea")


def alter() -> None:
    op.add_column(
        "todo",
        sa.Column(
            "path", sa.String(length=300), nullable=True, comment="where it is done; none: its kind and subject say it"
        ),
    )
    op.add_column("todo", sa.Column("title", sa.String(length=200), nullable=True))
    let_hold("todo", "kind", WAITING)
    let_hold("search_doc", "kind", FOUND)


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "course-assigned",
                "course-reminded",
                "round-opened",
                "report-ready",
                "action-given",
                "review-asked",
                "review-accepted",
                "review-returned",
                "cycle-commented",
                "help-asked",
                "help-changed",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "organization_id",
            sa.Integer(),
            nullable=True,
            comment="whose matter it is; who no longer sees it is no longer told",
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("waits_for_digest", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_notice_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notice_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_person_id_id", "notice", ["person_id", "id"], unique=False)
    op.create_index(
        "ix_notice_waits_for_digest",
        "notice",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("waits_for_digest"),
        postgresql_where=sa.text("waits_for_digest"),
    )
    op.create_table(
        "notice_preference",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "course-assigned",
                "course-reminded",
                "round-opened",
                "report-ready",
                "action-given",
                "review-asked",
                "review-accepted",
                "review-returned",
                "cycle-commented",
                "help-asked",
                "help-changed",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "mail",
            sa.Enum("at-once", "daily", "never", name="mail", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notice_preference_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_notice_preference")),
    )
    alter()

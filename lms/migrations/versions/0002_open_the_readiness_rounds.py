"""Open the readiness rounds."""

import sqlalchemy as sa
from alembic import op

from lms.migrations.words import let_hold

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def alter() -> None:
    let_hold("content_version", "kind", ("course", "page", "instrument"))


def upgrade() -> None:
    op.create_table(
        "readiness_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("instrument_slug", sa.String(length=80), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "closed", name="state", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "closes_on",
            sa.Date(),
            nullable=False,
            comment="the day by which the team means to be done; a round closes by hand",
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("is_shared", sa.Boolean(), nullable=False, comment="whether all staff may read the report"),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_readiness_round_closed")),
        sa.CheckConstraint("state = 'closed' OR NOT is_shared", name=op.f("ck_readiness_round_shared")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_readiness_round_closed_by_id_person")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name=op.f("fk_readiness_round_opened_by_id_person")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_readiness_round_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["content_version.id"], name=op.f("fk_readiness_round_version_id_content_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_round")),
    )
    op.create_index(
        "ix_readiness_round_organization_id_opened_at",
        "readiness_round",
        ["organization_id", "opened_at"],
        unique=False,
    )
    op.create_index(
        "uq_readiness_round_open",
        "readiness_round",
        ["organization_id", "instrument_slug"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "readiness_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="the place on the report, the most pressing first"),
        sa.Column("area_key", sa.String(length=80), nullable=False),
        sa.Column("item_key", sa.String(length=80), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "course",
                "assistance",
                "cycle",
                "playbook",
                "conversation",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title_en", sa.String(length=300), nullable=False),
        sa.Column("title_es", sa.String(length=300), nullable=False),
        sa.Column(
            "triggers", sa.JSON(), nullable=False, comment="what calls for it, as `readiness.priorities.Trigger`"
        ),
        sa.Column(
            "rating", sa.Integer(), nullable=True, comment="of the item when the round was closed: where to start from"
        ),
        sa.Column(
            "is_escalated", sa.Boolean(), nullable=False, comment="something was tried and the item did not rise"
        ),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "declined",
                "done",
                "dropped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it was declined or dropped"),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "opened_path", sa.String(length=300), nullable=True, comment="what was opened from it, where it can be seen"
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'accepted' OR (owner_id IS NOT NULL AND due_on IS NOT NULL)",
            name=op.f("ck_readiness_action_owned"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('declined', 'dropped') OR reason IS NOT NULL", name=op.f("ck_readiness_action_reasoned")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_readiness_action_decided_by_id_person")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_readiness_action_owner_id_person")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_action_round_id_readiness_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_action")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_readiness_action_round_id_number")),
    )
    op.create_index("ix_readiness_action_owner_id", "readiness_action", ["owner_id"], unique=False)
    op.create_table(
        "readiness_presence",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("present_on", sa.Date(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_readiness_presence_person_id_person")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_readiness_presence_recorded_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_presence_round_id_readiness_round")
        ),
        sa.PrimaryKeyConstraint("round_id", "present_on", "person_id", name=op.f("pk_readiness_presence")),
    )
    op.create_index("ix_readiness_presence_person_id", "readiness_presence", ["person_id"], unique=False)
    op.create_table(
        "readiness_rating",
        sa.Column(
            "id", sa.Integer(), nullable=False, comment="grows within a round: a round is locked while it is rated"
        ),
        sa.Column("event_uuid", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.String(length=80), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "value",
                "skipped",
                "not-applicable",
                "dont-know",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.String(length=2000), nullable=False),
        sa.Column("dissent", sa.String(length=2000), nullable=False, comment="who sees it otherwise, and why"),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'value') = (value IS NOT NULL)", name=op.f("ck_readiness_rating_answered")),
        sa.CheckConstraint("value IS NULL OR (value >= 1 AND value <= 5)", name=op.f("ck_readiness_rating_value")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_readiness_rating_by_id_person")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_rating_round_id_readiness_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_rating")),
        sa.UniqueConstraint("event_uuid", name=op.f("uq_readiness_rating_event_uuid")),
    )
    op.create_index("ix_readiness_rating_round_id_item_key", "readiness_rating", ["round_id", "item_key"], unique=False)
    op.create_table(
        "readiness_report",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("engine_version", sa.String(length=40), nullable=False, comment="of the scoring that computed it"),
        sa.Column("levels", sa.JSON(), nullable=False, comment="area → its level, for lists"),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_report_round_id_readiness_round")
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_readiness_report")),
    )
    op.create_table(
        "readiness_team_member",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_readiness_team_member_person_id_person")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_team_member_round_id_readiness_round")
        ),
        sa.PrimaryKeyConstraint("round_id", "person_id", name=op.f("pk_readiness_team_member")),
    )
    op.create_index("ix_readiness_team_member_person_id", "readiness_team_member", ["person_id"], unique=False)
    alter()

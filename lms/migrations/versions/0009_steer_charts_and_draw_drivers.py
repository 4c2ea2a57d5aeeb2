"""Steer charts and draw drivers."""

import sqlalchemy as sa
from alembic import op

from lms.migrations.words import let_hold

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


CONTENT = ("course", "page", "instrument", "change-package")

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
    "number-due",
)


def alter() -> None:
    let_hold("notice", "kind", TOLD)
    let_hold("notice_preference", "kind", TOLD)
    let_hold("content_version", "kind", CONTENT)
    # Every change idea has a number in the library.
    op.execute("INSERT INTO library_idea (change_idea_id) SELECT id FROM change_idea ORDER BY id")


def upgrade() -> None:
    op.create_table(
        "driver_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "edit",
            sa.Enum(
                "added",
                "renamed",
                "moved",
                "connected",
                "parted",
                "measured",
                "closed",
                "put-back",
                name="edit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "subject", sa.String(length=160), nullable=False, comment="the name of what was changed, as it was then"
        ),
        sa.Column("document", sa.JSON(), nullable=False, comment="the aim and every box, whole"),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_driver_revision_saved_by_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_driver_revision_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_driver_revision")),
        sa.UniqueConstraint("team_id", "number", name=op.f("uq_driver_revision_team_id_number")),
    )
    op.create_table(
        "chart_setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="counts the measure's settings; forms send the newest"
        ),
        sa.Column(
            "state",
            sa.Enum(
                "accepted", "proposed", "declined", name="state", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("proposal_id", sa.Integer(), nullable=True, comment="the proposal that this one answers"),
        sa.Column(
            "kind",
            sa.Enum(
                "run",
                "i",
                "mr",
                "c",
                "u",
                "up",
                "p",
                "pp",
                "g",
                "t",
                "ip",
                "xbar",
                "s",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "rules",
            sa.Enum(
                "anhoej",
                "anhoej-and-limits",
                "limits",
                "plot-the-dots",
                name="rules",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("freeze_on", sa.Date(), nullable=True, comment="the last period of the baseline"),
        sa.Column("centre", sa.Double(), nullable=True, comment="in the unit people write; a percent from 0 to 100"),
        sa.Column("is_screened", sa.Boolean(), nullable=False),
        sa.Column("phases", sa.JSON(), nullable=False, comment="first_on, reason, cycle_id, cycle_number"),
        sa.Column("exclusions", sa.JSON(), nullable=False, comment="period_on, reason"),
        sa.Column("note", sa.String(length=300), nullable=False, comment="what a TA expert says to a proposal"),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state <> 'declined' OR proposal_id IS NOT NULL", name=op.f("ck_chart_setting_answer")),
        sa.CheckConstraint("state <> 'proposed' OR proposal_id IS NULL", name=op.f("ck_chart_setting_proposal")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_chart_setting_measure_id_measure")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["chart_setting.id"], name=op.f("fk_chart_setting_proposal_id_chart_setting")
        ),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_chart_setting_written_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chart_setting")),
        sa.UniqueConstraint("measure_id", "number", name=op.f("uq_chart_setting_measure_id_number")),
    )
    op.create_table(
        "driver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("change_idea_id", sa.Integer(), nullable=True, comment="none: it is a driver"),
        sa.Column("name", sa.String(length=160), nullable=True, comment="none: the change idea's title"),
        sa.Column("position", sa.Integer(), nullable=False, comment="among its siblings, the smallest first"),
        sa.Column(
            "row_version", sa.Integer(), nullable=False, comment="counts edits; forms send the one they began from"
        ),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name IS NULL OR name <> ''", name=op.f("ck_driver_words")),
        sa.CheckConstraint("(change_idea_id IS NULL) = (name IS NOT NULL)", name=op.f("ck_driver_name")),
        sa.ForeignKeyConstraint(
            ["change_idea_id"], ["change_idea.id"], name=op.f("fk_driver_change_idea_id_change_idea")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_driver_created_by_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_driver_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_driver")),
        sa.UniqueConstraint("change_idea_id", name=op.f("uq_driver_change_idea_id")),
    )
    op.create_index("ix_driver_team_id", "driver", ["team_id"], unique=False)
    op.create_table(
        "idea_share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_idea_id", sa.Integer(), nullable=False),
        sa.Column("shared_by_id", sa.Integer(), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_idea_id"], ["change_idea.id"], name=op.f("fk_idea_share_change_idea_id_change_idea")
        ),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_idea_share_ended_by_id_person")),
        sa.ForeignKeyConstraint(["shared_by_id"], ["person.id"], name=op.f("fk_idea_share_shared_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idea_share")),
    )
    op.create_index(
        "uq_idea_share_open",
        "idea_share",
        ["change_idea_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "library_idea",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_slug", sa.String(length=140), nullable=True, comment="package/idea; none: a team's idea"),
        sa.Column("change_idea_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(package_slug IS NULL) = (change_idea_id IS NOT NULL)", name=op.f("ck_library_idea_one_origin")
        ),
        sa.ForeignKeyConstraint(
            ["change_idea_id"], ["change_idea.id"], name=op.f("fk_library_idea_change_idea_id_change_idea")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_idea")),
        sa.UniqueConstraint("change_idea_id", name=op.f("uq_library_idea_change_idea_id")),
        sa.UniqueConstraint("package_slug", name=op.f("uq_library_idea_package_slug")),
    )
    op.create_table(
        "driver_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=False),
        sa.Column("child_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("parent_id <> child_id", name=op.f("ck_driver_link_itself")),
        sa.ForeignKeyConstraint(["child_id"], ["driver.id"], name=op.f("fk_driver_link_child_id_driver")),
        sa.ForeignKeyConstraint(["parent_id"], ["driver.id"], name=op.f("fk_driver_link_parent_id_driver")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_driver_link")),
    )
    op.create_index("ix_driver_link_child_id", "driver_link", ["child_id"], unique=False)
    op.create_index(
        "uq_driver_link_open",
        "driver_link",
        ["parent_id", "child_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "driver_measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("driver_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["driver_id"], ["driver.id"], name=op.f("fk_driver_measure_driver_id_driver")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_driver_measure_measure_id_measure")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_driver_measure")),
    )
    op.create_index("ix_driver_measure_measure_id", "driver_measure", ["measure_id"], unique=False)
    op.create_index(
        "uq_driver_measure_open",
        "driver_measure",
        ["driver_id", "measure_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "idea_source",
        sa.Column("change_idea_id", sa.Integer(), nullable=False),
        sa.Column("library_idea_id", sa.Integer(), nullable=False),
        sa.Column("root_id", sa.Integer(), nullable=False, comment="where the first of the row came from"),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_idea_id"], ["change_idea.id"], name=op.f("fk_idea_source_change_idea_id_change_idea")
        ),
        sa.ForeignKeyConstraint(
            ["library_idea_id"], ["library_idea.id"], name=op.f("fk_idea_source_library_idea_id_library_idea")
        ),
        sa.ForeignKeyConstraint(["root_id"], ["library_idea.id"], name=op.f("fk_idea_source_root_id_library_idea")),
        sa.ForeignKeyConstraint(["taken_by_id"], ["person.id"], name=op.f("fk_idea_source_taken_by_id_person")),
        sa.PrimaryKeyConstraint("change_idea_id", name=op.f("pk_idea_source")),
    )
    op.create_index("ix_idea_source_library_idea_id", "idea_source", ["library_idea_id"], unique=False)
    op.create_index("ix_idea_source_root_id", "idea_source", ["root_id"], unique=False)
    op.create_table(
        "kept_chart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_uuid", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="counts the measure's kept charts"),
        sa.Column(
            "why",
            sa.Enum(
                "by-hand", "cycle-acted", "rephased", name="why", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("cycle_id", sa.Integer(), nullable=True, comment="the cycle that was acted then"),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False, comment="what it said on that day"),
        sa.Column("kept_by_id", sa.Integer(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_kept_chart_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["kept_by_id"], ["person.id"], name=op.f("fk_kept_chart_kept_by_id_person")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_kept_chart_measure_id_measure")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_chart")),
        sa.UniqueConstraint("event_uuid", name=op.f("uq_kept_chart_event_uuid")),
        sa.UniqueConstraint("measure_id", "number", name=op.f("uq_kept_chart_measure_id_number")),
    )
    op.create_table(
        "quick_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_quick_note_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["person.id"], name=op.f("fk_quick_note_noted_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_note")),
        sa.UniqueConstraint("cycle_id", name=op.f("uq_quick_note_cycle_id")),
    )
    op.create_table(
        "task_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="counts the saves; forms send the one they began from"
        ),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_task_revision_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_task_revision_saved_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_revision")),
        sa.UniqueConstraint("cycle_id", "number", name=op.f("uq_task_revision_cycle_id_number")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="from 1; the order of the list"),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True, comment="somebody of the team"),
        sa.Column("who_text", sa.String(length=160), nullable=False, comment="or a job role, in words"),
        sa.Column("when_text", sa.String(length=160), nullable=False),
        sa.Column("where_text", sa.String(length=160), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True, comment="none: not done"),
        sa.Column("done_by_id", sa.Integer(), nullable=True, comment="who ticked it"),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name=op.f("fk_task_done_by_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_task_person_id_person")),
        sa.ForeignKeyConstraint(["revision_id"], ["task_revision.id"], name=op.f("fk_task_revision_id_task_revision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("revision_id", "position", name=op.f("uq_task_revision_id_position")),
    )
    op.create_index("ix_task_done_by_id", "task", ["done_by_id"], unique=False)
    op.create_index("ix_task_person_id", "task", ["person_id"], unique=False)
    alter()

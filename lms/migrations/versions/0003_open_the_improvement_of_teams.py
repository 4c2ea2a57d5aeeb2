"""Open the improvement of teams."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collaborative",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("coalition_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("aim", sa.Text(), nullable=False, comment="what all teams together want to reach"),
        sa.Column("charter", sa.Text(), nullable=False, comment="how the teams work together, and what is expected"),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "phase",
            sa.Enum(
                "prework",
                "action",
                "closing",
                "closed",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "row_version", sa.Integer(), nullable=False, comment="counts edits; forms send the one they began from"
        ),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_collaborative_days_in_order")),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_collaborative_coalition_id_coalition")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_collaborative_created_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collaborative")),
        sa.UniqueConstraint("coalition_id", "name", name=op.f("uq_collaborative_coalition_id_name")),
    )
    op.create_table(
        "collaborative_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collaborative_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "learning",
                "call",
                "congress",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False, comment="a room, or the address of a call"),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column(
            "row_version", sa.Integer(), nullable=False, comment="counts edits; forms send the one they began from"
        ),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["collaborative_id"],
            ["collaborative.id"],
            name=op.f("fk_collaborative_session_collaborative_id_collaborative"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_collaborative_session_created_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collaborative_session")),
    )
    op.create_index(
        "ix_collaborative_session_collaborative_id",
        "collaborative_session",
        ["collaborative_id", "held_on"],
        unique=False,
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("collaborative_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "row_version", sa.Integer(), nullable=False, comment="counts edits; forms send the one they began from"
        ),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["collaborative_id"], ["collaborative.id"], name=op.f("fk_team_collaborative_id_collaborative")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_team_created_by_id_person")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_team_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_team_organization_id_name")),
    )
    op.create_index("ix_team_collaborative_id", "team", ["collaborative_id"], unique=False)
    op.create_table(
        "aim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column(
            "n_versions", sa.Integer(), nullable=False, comment="the number of the newest version; forms send it"
        ),
        sa.Column("opened_from_action_id", sa.Integer(), nullable=True, comment="the readiness action it grew from"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_aim_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aim")),
    )
    op.create_index(
        "uq_aim_open",
        "aim",
        ["team_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "change_idea",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("team", "package", "library", name="origin", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_change_idea_created_by_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_change_idea_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_idea")),
    )
    op.create_index("ix_change_idea_team_id", "change_idea", ["team_id"], unique=False)
    op.create_table(
        "collaborative_session_attendance",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["collaborative_session.id"],
            name=op.f("fk_collaborative_session_attendance_session_id_collaborative_session"),
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_collaborative_session_attendance_team_id_team")
        ),
        sa.PrimaryKeyConstraint("session_id", "team_id", name=op.f("pk_collaborative_session_attendance")),
    )
    op.create_index(
        "ix_collaborative_session_attendance_team_id", "collaborative_session_attendance", ["team_id"], unique=False
    )
    op.create_table(
        "measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "outcome", "process", "balancing", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "chart_kind",
            sa.Enum(
                "run",
                "p",
                "pp",
                "u",
                "up",
                "c",
                "i",
                name="chart_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("backup_owner_id", sa.Integer(), nullable=True),
        sa.Column("n_definitions", sa.Integer(), nullable=False, comment="the number of the newest definition"),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["backup_owner_id"], ["person.id"], name=op.f("fk_measure_backup_owner_id_person")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_measure_created_by_id_person")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_measure_owner_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_measure_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
    )
    op.create_index("ix_measure_owner_id", "measure", ["owner_id"], unique=False)
    op.create_index("ix_measure_team_id", "measure", ["team_id"], unique=False)
    op.create_table(
        "team_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_team_member_person_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
    )
    op.create_index("ix_team_member_person_id", "team_member", ["person_id"], unique=False)
    op.create_index(
        "uq_team_member_open",
        "team_member",
        ["team_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "aim_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("aim_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("measure_text", sa.String(length=300), nullable=False, comment="how people will know"),
        sa.Column("how_much", sa.String(length=160), nullable=False),
        sa.Column("by_when_on", sa.Date(), nullable=True),
        sa.Column("for_whom", sa.String(length=300), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["aim_id"], ["aim.id"], name=op.f("fk_aim_version_aim_id_aim")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_aim_version_written_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aim_version")),
        sa.UniqueConstraint("aim_id", "number", name=op.f("uq_aim_version_aim_id_number")),
    )
    op.create_table(
        "cycle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="counts the team's cycles"),
        sa.Column("predecessor_id", sa.Integer(), nullable=True, comment="the one before it in its ramp"),
        sa.Column("change_idea_id", sa.Integer(), nullable=True),
        sa.Column("measure_id", sa.Integer(), nullable=True, comment="whose chart shows the cycle"),
        sa.Column("opened_from_action_id", sa.Integer(), nullable=True, comment="the readiness action it grew from"),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "planned",
                "doing",
                "studying",
                "acted",
                "reviewed",
                "not-run",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_explore", sa.Boolean(), nullable=False, comment="to learn something; nothing is predicted"),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("carried", sa.Text(), nullable=False, comment="what the cycle before it taught for this plan"),
        sa.Column("plan_what", sa.Text(), nullable=False),
        sa.Column("plan_who", sa.Text(), nullable=False),
        sa.Column("plan_when", sa.Text(), nullable=False),
        sa.Column("plan_where", sa.Text(), nullable=False),
        sa.Column("data_plan", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True, comment="as planned"),
        sa.Column("ends_on", sa.Date(), nullable=True, comment="as planned"),
        sa.Column("scale_people", sa.Integer(), nullable=True),
        sa.Column("scale_sites", sa.Integer(), nullable=True),
        sa.Column("began_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("what_happened", sa.Text(), nullable=False),
        sa.Column("surprises", sa.Text(), nullable=False),
        sa.Column("has_harm", sa.Boolean(), nullable=False, comment="somebody was harmed or nearly harmed"),
        sa.Column(
            "done_as_planned",
            sa.Enum(
                "yes", "partly", "no", name="done_as_planned", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("study_findings", sa.Text(), nullable=False),
        sa.Column("comparison", sa.Text(), nullable=False, comment="with the prediction"),
        sa.Column("learned", sa.Text(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum("adopt", "adapt", "abandon", name="decision", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("stop_reason", sa.Text(), nullable=False),
        sa.Column("not_run_reason", sa.Text(), nullable=False),
        sa.Column(
            "row_version", sa.Integer(), nullable=False, comment="counts edits; forms send the one they began from"
        ),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True, comment="when the prediction was locked"),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("studied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "returned_at", sa.DateTime(timezone=True), nullable=True, comment="a review sent it back; none: it did not"
        ),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_run_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_on IS NULL OR began_on IS NOT NULL", name=op.f("ck_cycle_time")),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= began_on", name=op.f("ck_cycle_order")),
        sa.CheckConstraint("scale_people IS NULL OR scale_people >= 0", name=op.f("ck_cycle_people")),
        sa.CheckConstraint("scale_sites IS NULL OR scale_sites >= 0", name=op.f("ck_cycle_sites")),
        sa.ForeignKeyConstraint(
            ["change_idea_id"], ["change_idea.id"], name=op.f("fk_cycle_change_idea_id_change_idea")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_cycle_created_by_id_person")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_cycle_measure_id_measure")),
        sa.ForeignKeyConstraint(["predecessor_id"], ["cycle.id"], name=op.f("fk_cycle_predecessor_id_cycle")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_cycle_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle")),
        sa.UniqueConstraint("team_id", "number", name=op.f("uq_cycle_team_id_number")),
    )
    op.create_index("ix_cycle_predecessor_id", "cycle", ["predecessor_id"], unique=False)
    op.create_index("ix_cycle_state_acted_at", "cycle", ["state", "acted_at"], unique=False)
    op.create_table(
        "measure_definition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("numerator_text", sa.String(length=300), nullable=False),
        sa.Column("denominator_text", sa.String(length=300), nullable=False),
        sa.Column("excluded_text", sa.String(length=300), nullable=False, comment="who or what is left out"),
        sa.Column("source_text", sa.String(length=300), nullable=False, comment="where the numbers are found"),
        sa.Column(
            "unit",
            sa.Enum(
                "percent",
                "count",
                "rate",
                "days",
                "hours",
                "minutes",
                name="unit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rate_per", sa.Integer(), nullable=True, comment="a rate is written per so many"),
        sa.Column(
            "cadence",
            sa.Enum("week", "month", name="cadence", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "direction",
            sa.Enum("up", "down", "neither", name="direction", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("target", sa.Double(), nullable=True, comment="in the unit people write; a percent from 0 to 100"),
        sa.Column(
            "holds_from_on", sa.Date(), nullable=True, comment="the first period counted so; none: from the beginning"
        ),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(unit = 'rate') = (rate_per IS NOT NULL)", name=op.f("ck_measure_definition_rate")),
        sa.CheckConstraint(
            "unit NOT IN ('percent', 'rate') OR denominator_text <> ''", name=op.f("ck_measure_definition_denominator")
        ),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_measure_definition_measure_id_measure")),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["person.id"], name=op.f("fk_measure_definition_written_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_definition")),
        sa.UniqueConstraint("measure_id", "number", name=op.f("uq_measure_definition_measure_id_number")),
    )
    op.create_table(
        "cycle_flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "plan-after-begin",
                "begin-backdated",
                "study-after-review",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_cycle_flag_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle_flag")),
        sa.UniqueConstraint("cycle_id", "kind", name=op.f("uq_cycle_flag_cycle_id_kind")),
    )
    op.create_table(
        "cycle_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="the cycle's row_version after it"),
        sa.Column(
            "state_before",
            sa.Enum(
                "draft",
                "planned",
                "doing",
                "studying",
                "acted",
                "reviewed",
                "not-run",
                name="state_before",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state_after",
            sa.Enum(
                "draft",
                "planned",
                "doing",
                "studying",
                "acted",
                "reviewed",
                "not-run",
                name="state_after",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("changes", sa.JSON(), nullable=False, comment="field, before, after"),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_cycle_revision_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_cycle_revision_saved_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle_revision")),
        sa.UniqueConstraint("cycle_id", "number", name=op.f("uq_cycle_revision_cycle_id_number")),
    )
    op.create_table(
        "observation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "event_uuid",
            sa.Uuid(),
            nullable=False,
            comment="made by the page, so that a second sending changes nothing",
        ),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("definition_id", sa.Integer(), nullable=False),
        sa.Column("period_on", sa.Date(), nullable=False, comment="the first day of the week or month"),
        sa.Column("numerator", sa.Double(), nullable=True),
        sa.Column("denominator", sa.Double(), nullable=True),
        sa.Column(
            "missing_reason",
            sa.Enum(
                "not-counted",
                "no-cases",
                "closed",
                "lost",
                "other",
                name="missing_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(numerator IS NULL) = (missing_reason IS NOT NULL)", name=op.f("ck_observation_value")),
        sa.CheckConstraint("denominator IS NULL OR denominator > 0", name=op.f("ck_observation_denominator")),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["measure_definition.id"], name=op.f("fk_observation_definition_id_measure_definition")
        ),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_observation_entered_by_id_person")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_observation_measure_id_measure")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
        sa.UniqueConstraint("event_uuid", name=op.f("uq_observation_event_uuid")),
    )
    op.create_index("ix_observation_measure_id_period_on", "observation", ["measure_id", "period_on"], unique=False)
    op.create_table(
        "prediction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=True),
        sa.Column(
            "shape",
            sa.Enum(
                "at-least", "at-most", "between", name="shape", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("low", sa.Double(), nullable=True, comment="in the unit people write, as a target"),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("by_on", sa.Date(), nullable=True),
        sa.Column("confidence_percent", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(measure_id IS NULL) = (shape IS NULL)", name=op.f("ck_prediction_shape_with_measure")),
        sa.CheckConstraint(
            "confidence_percent IS NULL OR confidence_percent BETWEEN 1 AND 99", name=op.f("ck_prediction_confidence")
        ),
        sa.CheckConstraint("low IS NULL OR high IS NULL OR low <= high", name=op.f("ck_prediction_range")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_prediction_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["measure_id"], ["measure.id"], name=op.f("fk_prediction_measure_id_measure")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prediction")),
        sa.UniqueConstraint("cycle_id", name=op.f("uq_prediction_cycle_id")),
    )

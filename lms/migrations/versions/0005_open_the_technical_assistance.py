"""Open the technical assistance."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assistance_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True, comment="none: a former member"),
        sa.Column("contact_id", sa.Integer(), nullable=True, comment="whom the expert talks to"),
        sa.Column(
            "topic",
            sa.Enum(
                "medication",
                "overdose-response",
                "harm-reduction",
                "staff-training",
                "protocols",
                "working-together",
                "data",
                "improvement",
                "stigma",
                "money",
                "succession",
                "other",
                name="topic",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("need", sa.Text(), nullable=False, comment="in the organization's own words"),
        sa.Column("wished_by", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "triaged",
                "assigned",
                "accepted",
                "active",
                "closing",
                "closed",
                "declined",
                "withdrawn",
                "referred",
                "escalated",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "opened_from_action_id", sa.Integer(), nullable=True, comment="the action of a readiness report behind it"
        ),
        sa.Column("expert_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "done",
                "partly",
                "referred",
                "declined",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("outcome_text", sa.Text(), nullable=False, comment="what came of it, or why not"),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome IS NULL OR closed_at IS NOT NULL", name=op.f("ck_assistance_request_outcome_of_closed")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_assistance_request_asked_by_id_person")),
        sa.ForeignKeyConstraint(["contact_id"], ["person.id"], name=op.f("fk_assistance_request_contact_id_person")),
        sa.ForeignKeyConstraint(["expert_id"], ["person.id"], name=op.f("fk_assistance_request_expert_id_person")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_assistance_request_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistance_request")),
    )
    op.create_index(op.f("ix_assistance_request_asked_at"), "assistance_request", ["asked_at"], unique=False)
    op.create_index(
        "ix_assistance_request_expert_id_closed_at", "assistance_request", ["expert_id", "closed_at"], unique=False
    )
    op.create_index(
        "ix_assistance_request_organization_id_closed_at",
        "assistance_request",
        ["organization_id", "closed_at"],
        unique=False,
    )
    op.create_index(
        "uq_assistance_request_open_action",
        "assistance_request",
        ["opened_from_action_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "assistance_engagement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=True, comment="none: a former member"),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("planned_hours", sa.Integer(), nullable=True),
        sa.Column("planned_until", sa.Date(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name=op.f("ck_assistance_engagement_days")),
        sa.CheckConstraint("planned_hours IS NULL OR planned_hours > 0", name=op.f("ck_assistance_engagement_hours")),
        sa.ForeignKeyConstraint(["expert_id"], ["person.id"], name=op.f("fk_assistance_engagement_expert_id_person")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_assistance_engagement_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["assistance_request.id"],
            name=op.f("fk_assistance_engagement_request_id_assistance_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistance_engagement")),
    )
    op.create_index(
        "ix_assistance_engagement_expert_id_ended_on", "assistance_engagement", ["expert_id", "ended_on"], unique=False
    )
    op.create_index(
        "ix_assistance_engagement_organization_id", "assistance_engagement", ["organization_id"], unique=False
    )
    op.create_index(
        "uq_assistance_engagement_open_request",
        "assistance_engagement",
        ["request_id"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_table(
        "assistance_encounter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=True, comment="none: a former member"),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("engagement_id", sa.Integer(), nullable=True),
        sa.Column("cycle_id", sa.Integer(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "video",
                "phone",
                "in-person",
                "writing",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "consultation",
                "coordination",
                "monitoring",
                "resource-delivery",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("contact_minutes", sa.Integer(), nullable=False),
        sa.Column("preparation_minutes", sa.Integer(), nullable=False),
        sa.Column("n_people", sa.Integer(), nullable=False, comment="people of the organization who took part"),
        sa.Column("decisions", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "contact_minutes >= 0 AND contact_minutes <= 1440", name=op.f("ck_assistance_encounter_contact_minutes")
        ),
        sa.CheckConstraint("n_people >= 1 AND n_people <= 1000", name=op.f("ck_assistance_encounter_n_people")),
        sa.CheckConstraint(
            "preparation_minutes >= 0 AND preparation_minutes <= 1440",
            name=op.f("ck_assistance_encounter_preparation_minutes"),
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_assistance_encounter_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["assistance_engagement.id"],
            name=op.f("fk_assistance_encounter_engagement_id_assistance_engagement"),
        ),
        sa.ForeignKeyConstraint(["expert_id"], ["person.id"], name=op.f("fk_assistance_encounter_expert_id_person")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_assistance_encounter_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["assistance_request.id"],
            name=op.f("fk_assistance_encounter_request_id_assistance_request"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistance_encounter")),
        sa.UniqueConstraint("uuid", name=op.f("uq_assistance_encounter_uuid")),
    )
    op.create_index(
        "ix_assistance_encounter_expert_id_created_at",
        "assistance_encounter",
        ["expert_id", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_assistance_encounter_organization_id_occurred_on",
        "assistance_encounter",
        ["organization_id", "occurred_on"],
        unique=False,
    )
    op.create_index("ix_assistance_encounter_request_id", "assistance_encounter", ["request_id"], unique=False)
    op.create_table(
        "cycle_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False, comment="whose team ran the cycle"),
        sa.Column("author_id", sa.Integer(), nullable=True, comment="none: a former member"),
        sa.Column(
            "field", sa.String(length=40), nullable=False, comment="name of the cycle's field; empty: the whole cycle"
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_ask", sa.Boolean(), nullable=False, comment="the team is asked to do something"),
        sa.Column("owner_id", sa.Integer(), nullable=True, comment="who is asked; none: the whole team"),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("answers_id", sa.Integer(), nullable=True, comment="the ask this answers"),
        sa.Column("replaces_id", sa.Integer(), nullable=True, comment="the wording before"),
        sa.CheckConstraint(
            "is_ask OR (owner_id IS NULL AND due_on IS NULL AND settled_at IS NULL)", name=op.f("ck_cycle_comment_ask")
        ),
        sa.ForeignKeyConstraint(
            ["answers_id"], ["cycle_comment.id"], name=op.f("fk_cycle_comment_answers_id_cycle_comment")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_cycle_comment_author_id_person")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_cycle_comment_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_cycle_comment_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_cycle_comment_owner_id_person")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["cycle_comment.id"], name=op.f("fk_cycle_comment_replaces_id_cycle_comment")
        ),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"], name=op.f("fk_cycle_comment_settled_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle_comment")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_cycle_comment_replaces_id")),
    )
    op.create_index("ix_cycle_comment_cycle_id_id", "cycle_comment", ["cycle_id", "id"], unique=False)
    op.create_index("ix_cycle_comment_owner_id_settled_at", "cycle_comment", ["owner_id", "settled_at"], unique=False)
    op.create_table(
        "cycle_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False, comment="whose team ran the cycle"),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="1 for the first reading, 2 after the cycle came back once"
        ),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "in-review",
                "returned",
                "resubmitted",
                "accepted",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "reviewer_id",
            sa.Integer(),
            nullable=True,
            comment="who reads it or decided; none: nobody yet, or a former member",
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (state IN ('requested', 'in-review', 'resubmitted'))",
            name=op.f("ck_cycle_review_decided"),
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_cycle_review_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_cycle_review_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["reviewer_id"], ["person.id"], name=op.f("fk_cycle_review_reviewer_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle_review")),
        sa.UniqueConstraint("cycle_id", "number", name=op.f("uq_cycle_review_cycle_id_number")),
    )
    op.create_index(
        "ix_cycle_review_decided_at_requested_at", "cycle_review", ["decided_at", "requested_at"], unique=False
    )
    op.create_index("ix_cycle_review_organization_id", "cycle_review", ["organization_id"], unique=False)
    op.create_index(
        "uq_cycle_review_waiting",
        "cycle_review",
        ["cycle_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "cycle_review_score",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column(
            "criterion",
            sa.Enum(
                "clear-aim",
                "testable-prediction",
                "small-enough",
                "data-fit",
                "honest-study",
                "sound-decision",
                name="criterion",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.CheckConstraint("score >= 0 AND score <= 3", name=op.f("ck_cycle_review_score_score")),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["cycle_review.id"],
            name=op.f("fk_cycle_review_score_review_id_cycle_review"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("review_id", "criterion", name=op.f("pk_cycle_review_score")),
    )

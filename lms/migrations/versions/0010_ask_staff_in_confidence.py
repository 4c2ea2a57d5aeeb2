"""Ask staff in confidence, and let seats rate alone."""

import sqlalchemy as sa
from alembic import op

from lms.migrations.words import let_hold

revision = "0010"
down_revision = "0009"
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
    "decide-phases",
    "answer-request",
    "confirm-page",
    "answer-offer",
)

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
    "phases-proposed",
    "harm-noted",
    "help-asked",
    "help-changed",
    "number-due",
    "survey-offered",
)


def alter() -> None:
    let_hold("todo", "kind", WAITING)
    let_hold("notice", "kind", TOLD)
    let_hold("notice_preference", "kind", TOLD)


def upgrade() -> None:
    op.create_table(
        "readiness_campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "event_uuid",
            sa.String(length=36),
            nullable=False,
            comment="of the form that made it: a second sending makes none",
        ),
        sa.Column("coalition_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("change_name", sa.String(length=160), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("results_on", sa.Date(), nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "pooled",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="the report over small organizations, computed once",
        ),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_readiness_campaign_coalition_id_coalition")
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"], ["person.id"], name=op.f("fk_readiness_campaign_started_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["content_version.id"], name=op.f("fk_readiness_campaign_version_id_content_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_campaign")),
        sa.UniqueConstraint("event_uuid", name=op.f("uq_readiness_campaign_event_uuid")),
    )
    op.create_index("ix_readiness_campaign_coalition_id", "readiness_campaign", ["coalition_id"], unique=False)
    op.create_table(
        "readiness_comparison",
        sa.Column("coalition_id", sa.Integer(), nullable=False),
        sa.Column("instrument_slug", sa.String(length=80), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_readiness_comparison_coalition_id_coalition")
        ),
        sa.PrimaryKeyConstraint("coalition_id", "instrument_slug", name=op.f("pk_readiness_comparison")),
    )
    op.create_table(
        "readiness_own_instrument",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "event_uuid",
            sa.String(length=36),
            nullable=False,
            comment="of the form that made it: a second sending makes none",
        ),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("based_on_id", sa.Integer(), nullable=True),
        sa.Column(
            "rights",
            sa.Enum(
                "adapted",
                "own",
                "licensed",
                "public",
                name="rights",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rights_note", sa.String(length=600), nullable=False, comment="who owns it, and what was agreed"),
        sa.Column("draft", sa.JSON(), nullable=False, comment="the document as it is edited"),
        sa.Column("published_id", sa.Integer(), nullable=True),
        sa.Column("is_retired", sa.Boolean(), nullable=False, comment="no new round is opened with it"),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["based_on_id"],
            ["content_version.id"],
            name=op.f("fk_readiness_own_instrument_based_on_id_content_version"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_readiness_own_instrument_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_readiness_own_instrument_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["published_id"],
            ["content_version.id"],
            name=op.f("fk_readiness_own_instrument_published_id_content_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_own_instrument")),
        sa.UniqueConstraint("event_uuid", name=op.f("uq_readiness_own_instrument_event_uuid")),
        sa.UniqueConstraint("slug", name=op.f("uq_readiness_own_instrument_slug")),
    )
    op.create_index(
        "ix_readiness_own_instrument_organization_id", "readiness_own_instrument", ["organization_id"], unique=False
    )
    op.create_table(
        "readiness_campaign_offer",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("declined_reason", sa.String(length=600), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_readiness_campaign_offer_answered_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["readiness_campaign.id"],
            name=op.f("fk_readiness_campaign_offer_campaign_id_readiness_campaign"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_readiness_campaign_offer_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_campaign_offer_round_id_readiness_round")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "organization_id", name=op.f("pk_readiness_campaign_offer")),
        sa.UniqueConstraint("round_id", name=op.f("uq_readiness_campaign_offer_round_id")),
    )
    op.create_index(
        "ix_readiness_campaign_offer_organization_id", "readiness_campaign_offer", ["organization_id"], unique=False
    )
    op.create_table(
        "readiness_evidence_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_uuid", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.String(length=80), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_readiness_evidence_link_by_id_person")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_evidence_link_round_id_readiness_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_evidence_link")),
        sa.UniqueConstraint("event_uuid", name=op.f("uq_readiness_evidence_link_event_uuid")),
    )
    op.create_index("ix_readiness_evidence_link_round_id", "readiness_evidence_link", ["round_id"], unique=False)
    op.create_table(
        "readiness_finished_seat",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column(
            "seat",
            sa.Enum("lead", "co-chair", "expert", name="seat", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_readiness_finished_seat_by_id_person")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_finished_seat_round_id_readiness_round")
        ),
        sa.PrimaryKeyConstraint("round_id", "seat", name=op.f("pk_readiness_finished_seat")),
    )
    op.create_table(
        "readiness_parked_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_uuid", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.String(length=80), nullable=True),
        sa.Column("text", sa.String(length=600), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=600), nullable=True, comment="what became of it"),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name=op.f("ck_readiness_parked_topic_settled")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_readiness_parked_topic_by_id_person")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_parked_topic_round_id_readiness_round")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["person.id"], name=op.f("fk_readiness_parked_topic_settled_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_parked_topic")),
        sa.UniqueConstraint("event_uuid", name=op.f("uq_readiness_parked_topic_event_uuid")),
    )
    op.create_index("ix_readiness_parked_topic_round_id", "readiness_parked_topic", ["round_id"], unique=False)
    op.create_table(
        "readiness_seat_rating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_uuid", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column(
            "seat",
            sa.Enum("lead", "co-chair", "expert", name="seat", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
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
        sa.Column(
            "value", sa.Integer(), nullable=True, comment="on the scale from 1 to 5; of a fact, its points put there"
        ),
        sa.Column("fact", sa.String(length=20), nullable=True, comment="the fact as given: yes, 2026-10-01 or 80"),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'value') = (value IS NOT NULL)", name=op.f("ck_readiness_seat_rating_answered")),
        sa.CheckConstraint("value IS NULL OR (value >= 1 AND value <= 5)", name=op.f("ck_readiness_seat_rating_value")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_readiness_seat_rating_by_id_person")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_seat_rating_round_id_readiness_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_seat_rating")),
        sa.UniqueConstraint("event_uuid", name=op.f("uq_readiness_seat_rating_event_uuid")),
    )
    op.create_index(
        "ix_readiness_seat_rating_round_id", "readiness_seat_rating", ["round_id", "seat", "item_key"], unique=False
    )
    op.create_table(
        "readiness_survey",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("change_name", sa.String(length=160), nullable=True, comment="the change that items ask about"),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column(
            "cut",
            sa.Enum(
                "none",
                "job-role",
                "location",
                "tenure",
                name="cut",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("minimum", sa.Integer(), nullable=False, comment="may be raised, never lowered"),
        sa.Column("is_pooled", sa.Boolean(), nullable=False, comment="too small for a report of its own: pooled only"),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("results_on", sa.Date(), nullable=False, comment="when staff were promised the results"),
        sa.Column(
            "poster_salt", sa.String(length=32), nullable=False, comment="a new one voids the poster links before it"
        ),
        sa.Column("n_by_poster", sa.Integer(), nullable=False),
        sa.Column("reopened_until", sa.Date(), nullable=True, comment="late answers are taken up to this day"),
        sa.Column(
            "used_keys",
            sa.JSON(),
            nullable=False,
            comment="spent marks at the close that were too few to be noted as done together",
        ),
        sa.CheckConstraint("headcount >= 1", name=op.f("ck_readiness_survey_headcount")),
        sa.CheckConstraint("minimum >= 5", name=op.f("ck_readiness_survey_minimum")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_survey_round_id_readiness_round")
        ),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_readiness_survey")),
    )
    op.create_table(
        "readiness_talk_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_uuid", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_readiness_talk_note_by_id_person")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_round.id"], name=op.f("fk_readiness_talk_note_round_id_readiness_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_talk_note")),
        sa.UniqueConstraint("event_uuid", name=op.f("uq_readiness_talk_note_event_uuid")),
    )
    op.create_index("ix_readiness_talk_note_round_id", "readiness_talk_note", ["round_id"], unique=False)
    op.create_table(
        "readiness_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_survey.round_id"], name=op.f("fk_readiness_comment_round_id_readiness_survey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_comment")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_readiness_comment_round_id", "readiness_comment", ["round_id"], unique=False)
    op.create_table(
        "readiness_draft",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("is_spent", sa.Boolean(), nullable=False),
        sa.CheckConstraint("NOT is_spent OR answers IS NULL", name=op.f("ck_readiness_draft_spent")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_survey.round_id"], name=op.f("fk_readiness_draft_round_id_readiness_survey")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_readiness_draft")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_readiness_draft_round_id", "readiness_draft", ["round_id"], unique=False)
    op.create_table(
        "readiness_invite",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column(
            "via",
            sa.Enum("email", "member", "poster", name="via", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column(
            "delivery",
            sa.Enum(
                "none",
                "waiting",
                "sent",
                "failed",
                name="delivery",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("failure", sa.String(length=200), nullable=True, comment="why the last message did not arrive"),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("is_done", sa.Boolean(), nullable=False, comment="set for several at once, later: see survey_upkeep"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_readiness_invite_person_id_person")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_survey.round_id"], name=op.f("fk_readiness_invite_round_id_readiness_survey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_invite")),
        sa.UniqueConstraint("round_id", "email", name=op.f("uq_readiness_invite_round_id_email")),
        sa.UniqueConstraint("round_id", "person_id", name=op.f("uq_readiness_invite_round_id_person_id")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_readiness_invite_person_id", "readiness_invite", ["person_id"], unique=False)
    op.create_table(
        "readiness_paper_sheet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False, comment="written on the sheet, to find it again"),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_survey.round_id"], name=op.f("fk_readiness_paper_sheet_round_id_readiness_survey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_paper_sheet")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_readiness_paper_sheet_round_id_code")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "readiness_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_asked", sa.Integer(), nullable=False),
        sa.Column("n_sent", sa.Integer(), nullable=False),
        sa.Column("n_failed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_readiness_reminder_by_id_person")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_survey.round_id"], name=op.f("fk_readiness_reminder_round_id_readiness_survey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_reminder")),
    )
    op.create_index("ix_readiness_reminder_round_id", "readiness_reminder", ["round_id"], unique=False)
    op.create_table(
        "readiness_response",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("group_key", sa.String(length=40), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False, comment="item → 1 to 5, or the word of its state"),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column(
            "entry",
            sa.Enum("screen", "paper", name="entry", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("snapshot_number", sa.Integer(), nullable=True, comment="the first snapshot that holds it"),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_survey.round_id"], name=op.f("fk_readiness_response_round_id_readiness_survey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_response")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_readiness_response_round_id", "readiness_response", ["round_id"], unique=False)
    op.create_table(
        "readiness_snapshot",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("engine_version", sa.String(length=40), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False, comment="only what may be shown"),
        sa.Column("computed_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["readiness_survey.round_id"], name=op.f("fk_readiness_snapshot_round_id_readiness_survey")
        ),
        sa.PrimaryKeyConstraint("round_id", "number", name=op.f("pk_readiness_snapshot")),
    )
    op.create_table(
        "readiness_survey_group",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["readiness_survey.round_id"],
            name=op.f("fk_readiness_survey_group_round_id_readiness_survey"),
        ),
        sa.PrimaryKeyConstraint("round_id", "key", name=op.f("pk_readiness_survey_group")),
    )
    alter()

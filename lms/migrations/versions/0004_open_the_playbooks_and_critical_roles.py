"""Open the playbooks and critical roles."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "critical_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("coalition_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.String(length=600), nullable=False),
        sa.Column(
            "criticality",
            sa.Enum(
                "life-safety",
                "service",
                "support",
                name="criticality",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "max_gap_days", sa.Integer(), nullable=False, comment="how many days it may stand still before harm is done"
        ),
        sa.Column("decision_rights", sa.String(length=2000), nullable=False),
        sa.Column(
            "vault_name", sa.String(length=160), nullable=False, comment="where passwords are kept; never a secret"
        ),
        sa.Column("recurring_tasks", sa.String(length=4000), nullable=False),
        sa.Column("key_relationships", sa.String(length=4000), nullable=False),
        sa.Column("documents", sa.String(length=4000), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(organization_id IS NULL) <> (coalition_id IS NULL)", name=op.f("ck_critical_role_one_owner")
        ),
        sa.CheckConstraint("max_gap_days BETWEEN 0 AND 365", name=op.f("ck_critical_role_max_gap_days")),
        sa.ForeignKeyConstraint(
            ["coalition_id"], ["coalition.id"], name=op.f("fk_critical_role_coalition_id_coalition")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_critical_role_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_critical_role")),
    )
    op.create_index(
        "ix_critical_role_coalition_id_closed_at", "critical_role", ["coalition_id", "closed_at"], unique=False
    )
    op.create_index(
        "ix_critical_role_organization_id_closed_at", "critical_role", ["organization_id", "closed_at"], unique=False
    )
    op.create_table(
        "playbook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("coalition_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column(
            "language",
            sa.Enum("en", "es", name="language", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "shared",
            sa.Enum(
                "nobody",
                "organization",
                "coalition",
                "public",
                name="shared",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("template_slug", sa.String(length=80), nullable=True),
        sa.Column("template_version", sa.String(length=40), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "shared <> 'organization' OR organization_id IS NOT NULL", name=op.f("ck_playbook_shared_within")
        ),
        sa.CheckConstraint("(organization_id IS NULL) <> (coalition_id IS NULL)", name=op.f("ck_playbook_owner")),
        sa.CheckConstraint("(template_slug IS NULL) = (template_version IS NULL)", name=op.f("ck_playbook_template")),
        sa.ForeignKeyConstraint(["coalition_id"], ["coalition.id"], name=op.f("fk_playbook_coalition_id_coalition")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_playbook_created_by_id_person")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_playbook_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook")),
    )
    op.create_index("ix_playbook_coalition_id", "playbook", ["coalition_id"], unique=False)
    op.create_index("ix_playbook_organization_id", "playbook", ["organization_id"], unique=False)
    op.create_table(
        "succession_sharing",
        sa.Column("organization_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["person.id"],
            name=op.f("fk_succession_sharing_changed_by_id_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_succession_sharing_organization_id_organization"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_succession_sharing")),
    )
    op.create_table(
        "playbook_editor",
        sa.Column("playbook_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_playbook_editor_person_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["playbook_id"], ["playbook.id"], name=op.f("fk_playbook_editor_playbook_id_playbook")),
        sa.PrimaryKeyConstraint("playbook_id", "person_id", name=op.f("pk_playbook_editor")),
    )
    op.create_index("ix_playbook_editor_person_id", "playbook_editor", ["person_id"], unique=False)
    op.create_table(
        "role_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "trained", "shadowed", "rehearsed", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("how", sa.String(length=400), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["person.id"], name=op.f("fk_role_evidence_noted_by_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_role_evidence_person_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["critical_role.id"], name=op.f("fk_role_evidence_role_id_critical_role"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_evidence")),
    )
    op.create_index("ix_role_evidence_person_id", "role_evidence", ["person_id"], unique=False)
    op.create_index("ix_role_evidence_role_id", "role_evidence", ["role_id"], unique=False)
    op.create_table(
        "role_position",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True, comment="none: a former member who was erased"),
        sa.Column(
            "kind",
            sa.Enum("holder", "backup", name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_role_position_person_id_person"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["critical_role.id"], name=op.f("fk_role_position_role_id_critical_role"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_position")),
    )
    op.create_index("ix_role_position_person_id_ended_at", "role_position", ["person_id", "ended_at"], unique=False)
    op.create_index(
        "uq_role_position_open",
        "role_position",
        ["role_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "playbook_page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("playbook_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False, comment="as the current revision has it, for lists"),
        sa.Column(
            "current_number", sa.Integer(), nullable=False, comment="number of the newest revision; edits compare it"
        ),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("backup_owner_id", sa.Integer(), nullable=True),
        sa.Column("review_every_days", sa.Integer(), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=True, comment="when somebody last said that all of it is correct"),
        sa.Column(
            "due_on", sa.Date(), nullable=True, comment="the day by which it is read again; services keep it in step"
        ),
        sa.Column("cycle_id", sa.Integer(), nullable=True, comment="the PDSA cycle whose result it keeps"),
        sa.Column("row_version", sa.Integer(), nullable=False, comment="counts changes of who looks after the page"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "backup_owner_id IS NULL OR (owner_id IS NOT NULL AND owner_id <> backup_owner_id)",
            name=op.f("ck_playbook_page_backup"),
        ),
        sa.CheckConstraint("current_number >= 1", name=op.f("ck_playbook_page_current_number")),
        sa.CheckConstraint("review_every_days BETWEEN 1 AND 1096", name=op.f("ck_playbook_page_review_every_days")),
        sa.ForeignKeyConstraint(
            ["backup_owner_id"], ["person.id"], name=op.f("fk_playbook_page_backup_owner_id_person")
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_playbook_page_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_playbook_page_owner_id_person")),
        sa.ForeignKeyConstraint(["playbook_id"], ["playbook.id"], name=op.f("fk_playbook_page_playbook_id_playbook")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_page")),
    )
    op.create_index("ix_playbook_page_backup_owner_id", "playbook_page", ["backup_owner_id"], unique=False)
    op.create_index("ix_playbook_page_cycle_id", "playbook_page", ["cycle_id"], unique=False)
    op.create_index("ix_playbook_page_owner_id", "playbook_page", ["owner_id"], unique=False)
    op.create_index("ix_playbook_page_playbook_id_position", "playbook_page", ["playbook_id", "position"], unique=False)
    op.create_table(
        "page_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "base_number", sa.Integer(), nullable=True, comment="the revision the author began from, or restored"
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "edit", "merge", "restore", "confirm", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="Markdown"),
        sa.Column("html", sa.Text(), nullable=False, comment="the text, rendered and cleaned once"),
        sa.Column("renderer", sa.Integer(), nullable=False, comment="version of the renderer that made the HTML"),
        sa.Column(
            "language",
            sa.Enum("en", "es", name="language", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=300), nullable=True, comment="what the author says about the change"),
        sa.Column("author_id", sa.Integer(), nullable=True, comment="none: a former member, or us"),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "number >= 1 AND (base_number IS NULL OR base_number < number)", name=op.f("ck_page_revision_number")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_page_revision_author_id_person")),
        sa.ForeignKeyConstraint(["page_id"], ["playbook_page.id"], name=op.f("fk_page_revision_page_id_playbook_page")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_revision")),
        sa.UniqueConstraint("page_id", "number", name=op.f("uq_page_revision_page_id_number")),
    )
    op.create_index("ix_page_revision_author_id", "page_revision", ["author_id"], unique=False)

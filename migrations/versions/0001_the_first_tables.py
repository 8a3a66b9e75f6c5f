"""The first tables."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import kernel.database


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "kernel_audit_entry",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False
        ),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_audit_entry")),
    )
    with op.batch_alter_table("kernel_audit_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_kernel_audit_entry_at"), ["at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_kernel_audit_entry_subject_id"), ["subject_id"], unique=False
        )

    op.create_table(
        "kernel_job",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "handed_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.Column("done_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_job")),
    )
    with op.batch_alter_table("kernel_job", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_kernel_job_handed_at"), ["handed_at"], unique=False
        )

    op.create_table(
        "kernel_known_key",
        sa.Column("account_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("fingerprint", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("made_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_kernel_known_key")),
    )
    op.create_table(
        "kernel_log_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "signed_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_kernel_log_checkpoint")),
    )
    op.create_table(
        "kernel_log_entry",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("receipt_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_kernel_log_entry")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_kernel_log_entry_receipt_id")),
    )
    op.create_table(
        "kernel_log_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_log_head")),
    )
    op.create_table(
        "kernel_log_node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "idx", name=op.f("pk_kernel_log_node")),
    )
    op.create_table(
        "kernel_organisation",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("credit_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_kernel_organisation_name")),
    )
    op.create_table(
        "kernel_receipt",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("idempotency", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False
        ),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column("leaf_index", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_receipt")),
        sa.UniqueConstraint("idempotency", name=op.f("uq_kernel_receipt_idempotency")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_kernel_receipt_leaf_index")),
    )
    with op.batch_alter_table("kernel_receipt", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_kernel_receipt_organisation_id"),
            ["organisation_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_kernel_receipt_subject_id"), ["subject_id"], unique=False
        )
        batch_op.create_index(
            "ix_kernel_receipt_waiting",
            ["id"],
            unique=False,
            sqlite_where=sa.text("leaf_index IS NULL"),
            postgresql_where=sa.text("leaf_index IS NULL"),
        )

    op.create_table(
        "kernel_workday_exception",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_kernel_workday_exception")),
    )
    op.create_table(
        "kernel_workday_year",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_kernel_workday_year")),
    )
    op.create_table(
        "licensing_price_ceiling",
        sa.Column("product_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ceiling_cents", sa.Integer(), nullable=False),
        sa.Column("is_trial", sa.Boolean(), nullable=False),
        sa.Column("filed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "filed_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.PrimaryKeyConstraint(
            "product_code", name=op.f("pk_licensing_price_ceiling")
        ),
    )
    op.create_table(
        "registry_code_number",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_registry_code_number")),
    )
    op.create_table(
        "sandbox_run",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("licence_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("licensee_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("account_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("product_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("dataset", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("snapshot_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mode", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sql", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("is_replay", sa.Boolean(), nullable=False),
        sa.Column("plan_digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("refusal_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("refusal_facts", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("result_digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "started_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "deadline_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "finished_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.Column("receipt_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_run")),
    )
    with op.batch_alter_table("sandbox_run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sandbox_run_licence_id"), ["licence_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_sandbox_run_licensee_id"), ["licensee_id"], unique=False
        )
        batch_op.create_index(
            "ix_sandbox_run_open", ["state", "deadline_at"], unique=False
        )
        batch_op.create_index(
            "ix_sandbox_run_replay",
            ["licence_id", "snapshot_id", "plan_digest"],
            unique=False,
        )

    op.create_table(
        "kernel_account",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("display_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False
        ),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "disabled_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_kernel_account_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_account")),
        sa.UniqueConstraint("name", name=op.f("uq_kernel_account_name")),
    )
    with op.batch_alter_table("kernel_account", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_kernel_account_organisation_id"),
            ["organisation_id"],
            unique=False,
        )

    op.create_table(
        "licensing_agreement",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("operator_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("concluded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "concluded_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column("signed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "signed_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.CheckConstraint(
            "ends_on > starts_on", name=op.f("ck_licensing_agreement_term")
        ),
        sa.ForeignKeyConstraint(
            ["body_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_licensing_agreement_body_id"),
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_licensing_agreement_operator_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licensing_agreement")),
        sa.UniqueConstraint("number", name=op.f("uq_licensing_agreement_number")),
    )
    with op.batch_alter_table("licensing_agreement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_licensing_agreement_operator_id"),
            ["operator_id"],
            unique=False,
        )

    op.create_table(
        "marketplace_invoice",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("payer_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("payer_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("payee_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("payee_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("total_cents", sa.Integer(), nullable=False),
        sa.Column("issued_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "issued_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column("paid_at", kernel.database.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "payment_reference", sqlmodel.sql.sqltypes.AutoString(), nullable=False
        ),
        sa.CheckConstraint(
            "total_cents >= 0", name=op.f("ck_marketplace_invoice_total")
        ),
        sa.ForeignKeyConstraint(
            ["payee_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_marketplace_invoice_payee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["payer_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_marketplace_invoice_payer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_marketplace_invoice_number")),
    )
    with op.batch_alter_table("marketplace_invoice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_marketplace_invoice_payee_id"), ["payee_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_marketplace_invoice_payer_id"), ["payer_id"], unique=False
        )

    op.create_table(
        "registry_application",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "organisation_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False
        ),
        sa.Column(
            "organisation_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False
        ),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("drafted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "reviewed_inside_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False
        ),
        sa.Column("accepted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reviewed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("coded_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("supplements", sa.Integer(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "submitted_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_is_provisional", sa.Boolean(), nullable=False),
        sa.Column("notice_starts_on", sa.Date(), nullable=True),
        sa.Column("notice_ends_on", sa.Date(), nullable=True),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column(
            "coded_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "accepted_by = '' OR accepted_by <> reviewed_by",
            name=op.f("ck_registry_application_two_people"),
        ),
        sa.CheckConstraint(
            "(code IS NULL) = (coded_at IS NULL)",
            name=op.f("ck_registry_application_code_and_date"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_registry_application_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_application")),
        sa.UniqueConstraint("code", name=op.f("uq_registry_application_code")),
    )
    with op.batch_alter_table("registry_application", schema=None) as batch_op:
        batch_op.create_index(
            "ix_registry_application_board", ["status", "due_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_registry_application_organisation_id"),
            ["organisation_id"],
            unique=False,
        )

    op.create_table(
        "sandbox_dataset",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("product_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("provider_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_sandbox_dataset_provider_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_dataset")),
        sa.UniqueConstraint("name", name=op.f("uq_sandbox_dataset_name")),
    )
    with op.batch_alter_table("sandbox_dataset", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sandbox_dataset_product_code"),
            ["product_code"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_sandbox_dataset_provider_id"), ["provider_id"], unique=False
        )

    op.create_table(
        "sandbox_meter_event",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("run_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("licence_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("licensee_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("meter", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["sandbox_run.id"], name=op.f("fk_sandbox_meter_event_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_meter_event")),
        sa.UniqueConstraint("run_id", name=op.f("uq_sandbox_meter_event_run_id")),
    )
    with op.batch_alter_table("sandbox_meter_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sandbox_meter_event_licence_id"),
            ["licence_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_sandbox_meter_event_licensee_id"),
            ["licensee_id"],
            unique=False,
        )

    op.create_table(
        "kernel_api_token",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("account_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("prefix", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("secret_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "expires_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "last_used_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.Column(
            "revoked_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["kernel_account.id"],
            name=op.f("fk_kernel_api_token_account_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_api_token")),
        sa.UniqueConstraint(
            "secret_hash", name=op.f("uq_kernel_api_token_secret_hash")
        ),
    )
    with op.batch_alter_table("kernel_api_token", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_kernel_api_token_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "kernel_membership",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("account_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["kernel_account.id"],
            name=op.f("fk_kernel_membership_account_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_membership")),
        sa.UniqueConstraint(
            "account_id", "role", name=op.f("uq_kernel_membership_account_id_role")
        ),
    )
    with op.batch_alter_table("kernel_membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_kernel_membership_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "kernel_web_session",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("account_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("secret_hash", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "expires_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "ended_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["kernel_account.id"],
            name=op.f("fk_kernel_web_session_account_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_web_session")),
        sa.UniqueConstraint(
            "secret_hash", name=op.f("uq_kernel_web_session_secret_hash")
        ),
    )
    with op.batch_alter_table("kernel_web_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_kernel_web_session_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "licensing_offer",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("product_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("dataset", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mode", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("operator_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("operator_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("agreement_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("policy_digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("ceiling_cents", sa.Integer(), nullable=False),
        sa.Column("published_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "published_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "withdrawn_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.CheckConstraint(
            "price_cents >= 0 AND price_cents <= ceiling_cents",
            name=op.f("ck_licensing_offer_price"),
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["licensing_agreement.id"],
            name=op.f("fk_licensing_offer_agreement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_licensing_offer_operator_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licensing_offer")),
    )
    with op.batch_alter_table("licensing_offer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_licensing_offer_operator_id"), ["operator_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_licensing_offer_product_code"),
            ["product_code"],
            unique=False,
        )

    op.create_table(
        "marketplace_invoice_line",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("invoice_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("run_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("licence_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("receipt_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["marketplace_invoice.id"],
            name=op.f("fk_marketplace_invoice_line_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_invoice_line")),
        sa.UniqueConstraint(
            "event_id", name=op.f("uq_marketplace_invoice_line_event_id")
        ),
    )
    with op.batch_alter_table("marketplace_invoice_line", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_marketplace_invoice_line_invoice_id"),
            ["invoice_id"],
            unique=False,
        )

    op.create_table(
        "registry_objection",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("application_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("contact", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("statement", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("evidence", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "made_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column("decision", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("decided_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "decided_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["registry_application.id"],
            name=op.f("fk_registry_objection_application_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_objection")),
    )
    with op.batch_alter_table("registry_objection", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registry_objection_application_id"),
            ["application_id"],
            unique=False,
        )

    op.create_table(
        "registry_step",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("application_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", kernel.database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("verb", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("target", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["registry_application.id"],
            name=op.f("fk_registry_step_application_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_step")),
    )
    with op.batch_alter_table("registry_step", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registry_step_application_id"),
            ["application_id"],
            unique=False,
        )

    op.create_table(
        "sandbox_snapshot",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("dataset_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["sandbox_dataset.id"],
            name=op.f("fk_sandbox_snapshot_dataset_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_snapshot")),
        sa.UniqueConstraint(
            "dataset_id", "version", name=op.f("uq_sandbox_snapshot_dataset_id_version")
        ),
    )
    with op.batch_alter_table("sandbox_snapshot", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sandbox_snapshot_dataset_id"), ["dataset_id"], unique=False
        )

    op.create_table(
        "licensing_application",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("offer_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("applicant_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("applicant_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("provider_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("justification", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reply", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "submitted_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.Column("decided_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "decided_at", kernel.database.UtcDateTime(timezone=True), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["applicant_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_licensing_application_applicant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"],
            ["licensing_offer.id"],
            name=op.f("fk_licensing_application_offer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_licensing_application_provider_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licensing_application")),
    )
    with op.batch_alter_table("licensing_application", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_licensing_application_applicant_id"),
            ["applicant_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_licensing_application_offer_id"), ["offer_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_licensing_application_provider_id"),
            ["provider_id"],
            unique=False,
        )

    op.create_table(
        "licensing_licence",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("application_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("offer_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("product_code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("licensee_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("licensee_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("provider_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("provider_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("policy_digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "starts_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column(
            "expires_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.Column("runs_granted", sa.Integer(), nullable=False),
        sa.Column("runs_reserved", sa.Integer(), nullable=False),
        sa.Column("runs_taken", sa.Integer(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "created_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.CheckConstraint(
            "runs_reserved >= 0 AND runs_taken >= 0 AND runs_reserved + runs_taken <= runs_granted",
            name=op.f("ck_licensing_licence_runs"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["licensing_application.id"],
            name=op.f("fk_licensing_licence_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["licensee_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_licensing_licence_licensee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"],
            ["licensing_offer.id"],
            name=op.f("fk_licensing_licence_offer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["kernel_organisation.id"],
            name=op.f("fk_licensing_licence_provider_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licensing_licence")),
        sa.UniqueConstraint(
            "application_id", name=op.f("uq_licensing_licence_application_id")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_licensing_licence_number")),
    )
    with op.batch_alter_table("licensing_licence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_licensing_licence_licensee_id"),
            ["licensee_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_licensing_licence_offer_id"), ["offer_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_licensing_licence_product_code"),
            ["product_code"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_licensing_licence_provider_id"),
            ["provider_id"],
            unique=False,
        )

    op.create_table(
        "licensing_signature",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("licence_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("side", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("account_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("signer_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("policy_digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "signed_at", kernel.database.UtcDateTime(timezone=True), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["licence_id"],
            ["licensing_licence.id"],
            name=op.f("fk_licensing_signature_licence_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licensing_signature")),
        sa.UniqueConstraint(
            "licence_id", "side", name=op.f("uq_licensing_signature_licence_id_side")
        ),
    )
    with op.batch_alter_table("licensing_signature", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_licensing_signature_licence_id"),
            ["licence_id"],
            unique=False,
        )

    _forbid_changes()


#: What was written here once is evidence: neither program nor person may change it later.
_EVIDENCE = (
    "kernel_audit_entry",
    "kernel_log_entry",
    "kernel_log_node",
    "kernel_log_checkpoint",
)


def _forbid_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _EVIDENCE:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION hexi_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in _EVIDENCE:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION hexi_append_only()"
        )

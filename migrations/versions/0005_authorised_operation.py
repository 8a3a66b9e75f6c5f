"""Authorised operation: plans, selections, consents, evaluations; agreements learn the whole procedure.

An agreement of before was concluded in one step by the implementing body: that step becomes its
countersignature, and one that still waits goes on waiting for the operator alone.
"""

import sqlalchemy as sa
from alembic import op

from kernel.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_AGREEMENT = "licensing_agreement"


def _organisation(name: str = "body_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["kernel_organisation.id"])


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "licensing_plan",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.String(), nullable=False),
        sa.Column("body_name", sa.String(), nullable=False),
        sa.Column("supersedes_id", sa.String(), nullable=True),
        sa.Column("mode", sa.String(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("scope", "items", "products")),
        sa.Column("term_months", sa.Integer(), nullable=False),
        sa.Column("hands", sa.JSON(), nullable=False),
        sa.Column("reply", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.JSON(), nullable=False),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("file_by", sa.Date(), nullable=True),
        sa.Column("filing_number", sa.String(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("term_months > 0", name=op.f("ck_licensing_plan_term")),
        _organisation(),
        sa.ForeignKeyConstraint(["supersedes_id"], ["licensing_plan.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_licensing_plan_body_id"), "licensing_plan", ["body_id"])
    op.create_table(
        "licensing_selection",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.String(), nullable=False),
        sa.Column("body_name", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("way_reasons", sa.String(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("published_where", sa.String(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("chosen_code", sa.String(), nullable=False),
        sa.Column("reasons", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["licensing_plan.id"]),
        _organisation(),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("plan_id", "body_id"):
        op.create_index(op.f(f"ix_licensing_selection_{name}"), "licensing_selection", [name])
    _change_agreements()
    _create_records()


def _change_agreements() -> None:
    # SQLite and PostgreSQL write a renaming alike; Alembic's own needs a copy of the table in SQLite.
    op.execute("ALTER TABLE licensing_agreement RENAME COLUMN concluded_by TO countersigned_by")
    op.execute("ALTER TABLE licensing_agreement RENAME COLUMN concluded_at TO created_at")
    # Both can also add a column that references; Alembic adds the reference apart, which SQLite cannot.
    for name, table in (("selection_id", "licensing_selection"), ("supersedes_id", _AGREEMENT)):
        op.execute(
            f"ALTER TABLE {_AGREEMENT} ADD COLUMN {name} VARCHAR "
            f"CONSTRAINT fk_{_AGREEMENT}_{name} REFERENCES {table} (id)"
        )
    for column in (
        sa.Column("affiliates", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("hands", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("decision", sa.JSON(), nullable=False, server_default="{}"),
        *(
            sa.Column(name, sa.String(), nullable=False, server_default="")
            for name in ("reply", "filing_number", "end_reason")
        ),
        *(
            sa.Column(name, UtcDateTime(timezone=True), nullable=True)
            for name in ("decided_at", "countersigned_at")
        ),
        *(
            sa.Column(name, sa.Date(), nullable=True)
            for name in ("file_by", "filed_on", "evaluate_by", "ended_on")
        ),
    ):
        op.add_column("licensing_agreement", column)
    op.execute(
        "UPDATE licensing_agreement SET countersigned_at = created_at, decided_at = created_at"
    )
    op.execute("UPDATE licensing_agreement SET end_reason = 'expired' WHERE status = 'ended'")


def _create_records() -> None:
    op.create_table(
        "licensing_sharing_consent",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("resource_code", sa.String(), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("organisation_name", sa.String(), nullable=False),
        sa.Column("document_number", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_by_name", sa.String(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
        _organisation("organisation_id"),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("resource_code", "organisation_id"):
        op.create_index(
            op.f(f"ix_licensing_sharing_consent_{name}"), "licensing_sharing_consent", [name]
        )
    for table, columns in (
        (
            "licensing_evaluation",
            (
                sa.Column("evaluated_on", sa.Date(), nullable=False),
                sa.Column("result", sa.String(), nullable=False),
                sa.Column("findings", sa.String(), nullable=False),
                sa.Column("next_on", sa.Date(), nullable=True),
            ),
        ),
        (
            "licensing_exit_step",
            (
                sa.Column("done_on", sa.Date(), nullable=False),
                sa.Column("step", sa.String(), nullable=False),
            ),
        ),
    ):
        op.create_table(
            table,
            sa.Column("id", sa.String(), nullable=False),
            sa.Column("agreement_id", sa.String(), nullable=False),
            *columns,
            sa.Column("recorded_by", sa.String(), nullable=False),
            sa.Column("recorded_by_name", sa.String(), nullable=False),
            sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=False),
            sa.ForeignKeyConstraint(["agreement_id"], ["licensing_agreement.id"]),
            sa.PrimaryKeyConstraint("id"),
        )
        op.create_index(op.f(f"ix_{table}_agreement_id"), table, ["agreement_id"])

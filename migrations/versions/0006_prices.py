"""Maximum allowed revenue, classes of products, every filing of a ceiling, and yearly deviations."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import kernel.database


revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = kernel.database.UtcDateTime
_ADDED_ONLY = (
    "licensing_revenue",
    "licensing_revenue_cost",
    "licensing_price_history",
    "licensing_deviation",
)


def upgrade() -> None:
    """Forward."""
    _create_revenue()
    _extend_ceilings()
    _create_history()
    _create_deviations()
    for table in _ADDED_ONLY:
        _forbid_changes(table)


def _create_revenue() -> None:
    op.create_table('licensing_revenue',
    sa.Column('id', _TEXT(), nullable=False),
    sa.Column('operator_id', _TEXT(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('subsidies_cents', sa.BigInteger(), nullable=False),
    sa.Column('yield_percent', _TEXT(), nullable=False),
    sa.Column('points', _TEXT(), nullable=False),
    sa.Column('tax_cents', sa.BigInteger(), nullable=False),
    sa.Column('carried_cents', sa.BigInteger(), nullable=False),
    sa.Column('allowed_cents', sa.BigInteger(), nullable=False),
    sa.Column('document_number', _TEXT(), nullable=False),
    sa.Column('decided_by', _TEXT(), nullable=False),
    sa.Column('decided_at', _MOMENT(timezone=True), nullable=False),
    sa.CheckConstraint('allowed_cents >= 0 AND ends_on >= starts_on', name=op.f('ck_licensing_revenue_allowed')),
    sa.ForeignKeyConstraint(['operator_id'], ['kernel_organisation.id'], name=op.f('fk_licensing_revenue_operator_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_licensing_revenue'))
    )
    op.create_index(op.f('ix_licensing_revenue_operator_id'), 'licensing_revenue', ['operator_id'])
    op.create_table('licensing_revenue_cost',
    sa.Column('revenue_id', _TEXT(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', _TEXT(), nullable=False),
    sa.Column('label', _TEXT(), nullable=False),
    sa.Column('product_class', _TEXT(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['revenue_id'], ['licensing_revenue.id'], name=op.f('fk_licensing_revenue_cost_revenue_id')),
    sa.PrimaryKeyConstraint('revenue_id', 'number', name=op.f('pk_licensing_revenue_cost'))
    )


def _extend_ceilings() -> None:
    # What was filed before is of the charged class; its day is that of its filing.
    with op.batch_alter_table("licensing_price_ceiling") as batch_op:
        batch_op.add_column(sa.Column("product_class", _TEXT(), nullable=False, server_default="industry"))
        batch_op.add_column(sa.Column("unit", _TEXT(), nullable=False, server_default="run"))
        batch_op.add_column(sa.Column("revenue_id", _TEXT(), nullable=True))
        batch_op.add_column(sa.Column("forecast_runs", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("effective_from", sa.Date(), nullable=False, server_default="1970-01-01"))
        batch_op.add_column(sa.Column("document_number", _TEXT(), nullable=False, server_default=""))
        batch_op.create_foreign_key(op.f("fk_licensing_price_ceiling_revenue_id"), "licensing_revenue", ["revenue_id"], ["id"])
        batch_op.create_check_constraint(
            op.f("ck_licensing_price_ceiling_class"),
            "ceiling_cents >= 0 AND (product_class = 'industry' OR ceiling_cents = 0)",
        )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    day = "DATE(filed_at, '+8 hours')" if is_sqlite else "(filed_at AT TIME ZONE 'Asia/Shanghai')::date"
    op.execute(f"UPDATE licensing_price_ceiling SET effective_from = {day}")


def _create_history() -> None:
    op.create_table('licensing_price_history',
    sa.Column('id', _TEXT(), nullable=False),
    sa.Column('product_code', _TEXT(), nullable=False),
    sa.Column('ceiling_cents', sa.Integer(), nullable=False),
    sa.Column('is_trial', sa.Boolean(), nullable=False),
    sa.Column('filed_by', _TEXT(), nullable=False),
    sa.Column('filed_at', _MOMENT(timezone=True), nullable=False),
    sa.Column('product_class', _TEXT(), nullable=False),
    sa.Column('unit', _TEXT(), nullable=False),
    sa.Column('revenue_id', _TEXT(), nullable=True),
    sa.Column('forecast_runs', sa.BigInteger(), nullable=False),
    sa.Column('effective_from', sa.Date(), nullable=False),
    sa.Column('document_number', _TEXT(), nullable=False),
    sa.ForeignKeyConstraint(['revenue_id'], ['licensing_revenue.id'], name=op.f('fk_licensing_price_history_revenue_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_licensing_price_history'))
    )
    op.create_index(op.f('ix_licensing_price_history_product_code'), 'licensing_price_history', ['product_code'])
    columns = (
        "product_code, ceiling_cents, is_trial, filed_by, filed_at, product_class, unit, "
        "revenue_id, forecast_runs, effective_from, document_number"
    )
    op.execute(
        f"INSERT INTO licensing_price_history (id, {columns}) "
        f"SELECT product_code, {columns} FROM licensing_price_ceiling"
    )


def _create_deviations() -> None:
    op.create_table('licensing_deviation',
    sa.Column('id', _TEXT(), nullable=False),
    sa.Column('operator_id', _TEXT(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('revenue_id', _TEXT(), nullable=False),
    sa.Column('actual_cents', sa.BigInteger(), nullable=False),
    sa.Column('allowed_cents', sa.BigInteger(), nullable=False),
    sa.Column('percent', _TEXT(), nullable=False),
    sa.Column('task', _TEXT(), nullable=False),
    sa.Column('excess_cents', sa.BigInteger(), nullable=False),
    sa.Column('report_due_on', sa.Date(), nullable=False),
    sa.Column('recorded_by', _TEXT(), nullable=False),
    sa.Column('recorded_at', _MOMENT(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['operator_id'], ['kernel_organisation.id'], name=op.f('fk_licensing_deviation_operator_id')),
    sa.ForeignKeyConstraint(['revenue_id'], ['licensing_revenue.id'], name=op.f('fk_licensing_deviation_revenue_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_licensing_deviation')),
    sa.UniqueConstraint('operator_id', 'year', name=op.f('uq_licensing_deviation_operator_id_year'))
    )
    op.create_index(op.f('ix_licensing_deviation_operator_id'), 'licensing_deviation', ['operator_id'])


def _forbid_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION hexi_append_only()"
    )
